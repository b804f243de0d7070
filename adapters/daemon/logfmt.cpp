#include "adapters/daemon/logfmt.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

namespace innkeeper::daemon {

namespace {

void append_digits(std::string& out, std::int64_t number, std::size_t width) {
  const auto begin = out.size();
  out.append(width, '0');
  for (auto at = out.size(); at > begin; number /= 10) out[--at] = static_cast<char>('0' + number % 10);
}

void append_time(std::string& out, Instant instant) {
  using namespace std::chrono;
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss time{instant - day};
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
  out += '.';
  append_digits(out, time.subseconds().count(), 6);
  out += 'Z';
}

constexpr bool is_plain(char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '=' && c != '\\'; }

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

void StderrLog::write(Severity severity, std::string_view event, std::span<const LogField> fields) {
  if (severity < threshold_ || threshold_ == Severity::off) return;
  thread_local std::string line;
  line.clear();
  append_line(line, clock_.now(), severity, event, fields);
  while (::write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) continue;
}

}  // namespace innkeeper::daemon
