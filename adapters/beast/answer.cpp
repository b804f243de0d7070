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

void append_status_line(std::string& out, int status) {
  switch (status) {
    case 200:
      out += "HTTP/1.1 200 OK\r\n";
      return;
    case 201:
      out += "HTTP/1.1 201 Created\r\n";
      return;
    default:
      out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
      if (const auto known = http::int_to_status(static_cast<unsigned>(status)); known != http::status::unknown) {
        const auto reason = http::obsolete_reason(known);
        out.append(reason.data(), reason.size());
      }
      out += "\r\n";
  }
}

void append_length(std::string& out, std::size_t length) {
  std::array<char, 40> line{"Content-Length: "};
  char* end = std::to_chars(line.data() + 16, line.data() + 36, length).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(line.data(), end);
}

}  // namespace

std::string date_line(std::time_t second) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&second, &utc);
  std::string line = "Date: ";
  const auto append = [&](int number) {
    if (number < 10) line += '0';
    line += std::to_string(number);
  };
  line.append(days[static_cast<std::size_t>(utc.tm_wday)]).append(", ");
  append(utc.tm_mday);
  line.append(" ").append(months[static_cast<std::size_t>(utc.tm_mon)]).append(" ");
  append(utc.tm_year + 1900);
  line += ' ';
  append(utc.tm_hour);
  line += ':';
  append(utc.tm_min);
  line += ':';
  append(utc.tm_sec);
  return line.append(" GMT\r\n");
}

std::size_t append_answer(std::string& out, const Response& response, ResponseFraming how, std::string_view date_line) {
  const int status = response.status >= 200 && response.status <= 999 ? response.status : 500;
  const bool has_content = status != 204 && status != 304;
  const bool has_length = has_content && !response.feed;
  const bool has_body = has_content && !how.is_for_head;
  out.reserve(out.size() + 256 + (has_body ? response.body.size() : 0));
  append_status_line(out, status);
  out += date_line;
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    const auto [name, value] = response.headers[i];
    if (!is_ours(name)) out.append(name).append(": ").append(value).append("\r\n");
  }
  if (has_length) append_length(out, response.body.size());
  if (how.is_chunked) out += "Transfer-Encoding: chunked\r\n";
  if (how.is_last)
    out += "Connection: close\r\n";
  else if (how.says_keep_alive)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
  if (!has_body) return 0;
  if (how.is_chunked) {
    append_chunk(out, response.body);
    return 0;
  }
  out += response.body;
  return response.body.size();
}

void append_chunk(std::string& out, std::string_view piece) {
  if (piece.empty()) return;
  std::array<char, 2 * sizeof(std::size_t) + 2> line{};
  char* end = std::to_chars(line.data(), line.data() + 2 * sizeof(std::size_t), piece.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(line.data(), end).append(piece).append("\r\n");
}

}  // namespace innkeeper::beast
