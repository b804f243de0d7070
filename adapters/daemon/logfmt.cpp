#include "adapters/daemon/logfmt.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <new>

namespace innkeeper::daemon {

namespace {

void append_digits(std::string& out, std::int64_t number, std::size_t width) {
  const auto begin = out.size();
  out.append(width, '0');
  for (auto at = out.size(); at > begin; number /= 10) out[--at] = static_cast<char>('0' + number % 10);
}

void append_second(std::string& out, std::chrono::sys_seconds second) {
  using namespace std::chrono;
  const auto day = floor<days>(second);
  const year_month_day date{day};
  const hh_mm_ss time{second - day};
  append_digits(out, int{date.year()}, 4);
  out += '-';
  append_digits(out, unsigned{date.month()}, 2);
  out += '-';
  append_digits(out, unsigned{date.day()}, 2);
  out += 'T';
  append_digits(out, time.hours().count(), 2);
  out += ':';
  append_digits(out, time.minutes().count(), 2);
  out += ':';
  append_digits(out, time.seconds().count(), 2);
}

/// Most lines of a thread are of the same second as the one before.
void append_time(std::string& out, Instant instant) {
  thread_local std::chrono::sys_seconds last{std::chrono::seconds{-1}};
  thread_local std::string text;
  const auto second = std::chrono::floor<std::chrono::seconds>(instant);
  if (second != last) {
    text.clear();
    append_second(text, second);
    last = second;
  }
  out.append(text).append(1, '.');
  append_digits(out, (instant - second).count(), 6);
  out += 'Z';
}

constexpr auto plain_characters = [] {
  std::array<bool, 256> plain{};
  for (char c = ' ' + 1; c < '\x7f'; ++c) plain[static_cast<unsigned char>(c)] = c != '"' && c != '=' && c != '\\';
  return plain;
}();
constexpr bool is_plain(char c) { return plain_characters[static_cast<unsigned char>(c)]; }

void append_text(std::string& out, std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) {
    out += text;
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append(1, '\\').append(1, c);
    else if (is_plain(c) || c == ' ' || c == '=')
      out += c;
    else
      out.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 0xFU]);
  }
  out += '"';
}

void append_value(std::string& out, const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) return append_text(out, *text);
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), std::get<std::int64_t>(field.value)).ptr;
  out.append(digits.begin(), end);
}

std::string line_about_dropped(std::uint64_t count) {
  const LogField fields[] = {{"lines", static_cast<std::int64_t>(count)}};
  std::string line;
  append_line(line, SystemClock{}.now(), Severity::warning, "log.dropped", fields);
  return line;
}

}  // namespace

void append_line(std::string& out, Instant instant, Severity severity, std::string_view event, std::span<const LogField> fields) {
  constexpr std::string_view levels[] = {"debug", "info", "warning", "error", "off"};
  out += "time=";
  append_time(out, instant);
  out.append(" level=").append(levels[static_cast<std::size_t>(severity)]).append(" event=");
  append_text(out, event);
  for (const auto& field : fields) {
    out.append(1, ' ').append(field.name).append(1, '=');
    append_value(out, field);
  }
  out += '\n';
}

StderrLog::StderrLog(Severity threshold) : threshold_(threshold), lines_(STDERR_FILENO, line_about_dropped) {}

void StderrLog::write(Severity severity, std::string_view event, std::span<const LogField> fields) {
  if (severity < threshold_ || threshold_ == Severity::off) return;
  thread_local std::string line;
  line.clear();
  try {
    append_line(line, clock_.now(), severity, event, fields);
  } catch (const std::bad_alloc&) {
    return lines_.drop();
  }
  lines_.write(line, severity >= Severity::warning);
}

}  // namespace innkeeper::daemon
