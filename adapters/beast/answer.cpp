#include "adapters/beast/answer.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace innkeeper::beast {
namespace http = boost::beast::http;
namespace {

constexpr std::array<std::string_view, 4> our_fields{"connection", "content-length", "date", "transfer-encoding"};

bool is_ours(std::string_view name) {
  const auto is_same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  return std::any_of(our_fields.begin(), our_fields.end(), [&](std::string_view ours) {
    return ours.size() == name.size() && std::equal(name.begin(), name.end(), ours.begin(), is_same);
  });
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

std::string_view DateText::now() {
  const std::time_t second = std::time(nullptr);
  if (second == second_) return text_;
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&second, &utc);
  const auto append = [this](int number) {
    if (number < 10) text_ += '0';
    append_number(text_, static_cast<std::size_t>(number));
  };
  text_.assign(days[static_cast<std::size_t>(utc.tm_wday)]).append(", ");
  append(utc.tm_mday);
  text_.append(" ").append(months[static_cast<std::size_t>(utc.tm_mon)]).append(" ");
  append(utc.tm_year + 1900);
  text_ += ' ';
  append(utc.tm_hour);
  text_ += ':';
  append(utc.tm_min);
  text_ += ':';
  append(utc.tm_sec);
  text_ += " GMT";
  second_ = second;
  return text_;
}

void append_answer(std::string& out, const Response& response, Delivery how, std::string_view date) {
  const int status = response.status >= 200 && response.status <= 999 ? response.status : 500;
  const bool has_content = status != 204 && status != 304;
  const bool has_length = has_content && !response.feed;
  out.reserve(out.size() + 256 + response.body.size());
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(status));
  out += ' ';
  if (const auto known = http::int_to_status(static_cast<unsigned>(status)); known != http::status::unknown) {
    const auto reason = http::obsolete_reason(known);
    out.append(reason.data(), reason.size());
  }
  out.append("\r\nDate: ").append(date).append("\r\n");
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    const auto [name, value] = response.headers[i];
    if (!is_ours(name)) out.append(name).append(": ").append(value).append("\r\n");
  }
  if (has_length) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  if (how.is_last)
    out += "Connection: close\r\n";
  else if (how.says_keep_alive)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
  if (has_content && !how.is_for_head) out += response.body;
}

}  // namespace innkeeper::beast
