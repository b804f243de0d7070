#include "adapters/beast/head.hpp"

#include "adapters/beast/syntax.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

namespace innkeeper::beast {
namespace {

constexpr ByteSet target_bytes = without(range(0x21, 0x7e), "#");
constexpr ByteSet name_bytes = joined(letter_and_digit_bytes, bytes_of("-._~%"));
constexpr ByteSet digit_bytes = bytes_of("0123456789");
constexpr ByteSet ipv6_bytes = bytes_of("0123456789abcdefABCDEF:.");

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// `name` is in lower case.
bool is_named(std::string_view text, std::string_view name) {
  return std::equal(text.begin(), text.end(), name.begin(), name.end(), [](char a, char b) { return lower(a) == b; });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && has(blank_bytes, text.front())) text.remove_prefix(1);
  while (!text.empty() && has(blank_bytes, text.back())) text.remove_suffix(1);
  return text;
}

/// Whether one of eight bytes is below 0x20 or 0x7f. Anderson's "Bit Twiddling Hacks", "Determine if a word has a byte less than
/// n".
bool has_control(std::uint64_t bytes) {
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 0xff;
  const std::uint64_t deletes = bytes ^ (ones * 0x7f);
  return ((((bytes - ones * 0x20) & ~bytes) | ((deletes - ones) & ~deletes)) & (ones * 0x80)) != 0;
}

/// Where the first byte stands that no value may hold. In a head there is one, at the end of each line.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  for (std::uint64_t bytes; at + sizeof bytes <= text.size(); at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if (has_control(bytes)) break;
  }
  while (has(value_bytes, text[at])) ++at;
  return at;
}

/// Whether a line ends here. There is a byte behind this one.
bool is_line_end(std::string_view text, std::size_t at) { return text[at] == '\r' && text[at + 1] == '\n'; }

Error malformed(const char* detail) { return Error{.code = Errc::malformed, .detail = detail}; }

/// Whether a text is `host [":" port]` as RFC 3986 §3.2 has it, without the marks that only a merged or forged field would have.
bool is_host(std::string_view text) {
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos || end < 3 || !consists_of(ipv6_bytes, text.substr(1, end - 1))) return false;
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    const std::string_view name = text.substr(0, end);
    if (name.empty() || !consists_of(name_bytes, name)) return false;
    for (auto at = name.find('%'); at != std::string_view::npos; at = name.find('%', at + 1))
      if (at + 2 >= name.size() || !has(hex_bytes, name[at + 1]) || !has(hex_bytes, name[at + 2])) return false;
  }
  if (end == text.size()) return true;
  const std::string_view port = text.substr(end + 1);
  return text[end] == ':' && port.size() <= 5 && consists_of(digit_bytes, port);
}

/// Puts a target into origin form (RFC 9112 §3.2).
Result<void> read_target(std::string_view target, Head& head) {
  head.target = target.substr(0, max_target);
  if (target.size() > max_target) return Error{.code = Errc::target_too_long, .detail = "The request target is too long."};
  if (!consists_of(target_bytes, target)) return malformed("The request target holds a character that must be encoded.");
  if (head.method == "CONNECT") return malformed("This server is no proxy.");
  if (target.starts_with('/')) return {};
  if (target == "*" && head.method == "OPTIONS") return {};
  const auto scheme = target.find("://");
  if (scheme == std::string_view::npos ||
      !(is_named(target.substr(0, scheme), "http") || is_named(target.substr(0, scheme), "https")))
    return malformed("The request target is in no form that is served here.");
  const std::string_view rest = target.substr(scheme + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (!is_host(rest.substr(0, end))) return malformed("The host in the request target is malformed.");
  head.host = rest.substr(0, end);
  head.is_absolute = true;
  head.target = rest.substr(end);
  if (head.target.empty()) head.target = head.method == "OPTIONS" ? "*" : "/";
  return {};
}

/// RFC 9112 §3: method SP request-target SP HTTP-version.
Result<void> read_request_line(std::string_view line, Head& head) {
  const auto method_end = line.find(' ');
  if (method_end == 0 || method_end == std::string_view::npos || !consists_of(token_bytes, line.substr(0, method_end)))
    return malformed("This is not an HTTP request.");
  head.method = line.substr(0, method_end);
  const auto target_end = line.rfind(' ');
  if (target_end <= method_end + 1) return malformed("The request line is not a method, a target and a version.");
  if (auto target = read_target(line.substr(method_end + 1, target_end - method_end - 1), head); !target) return target;
  const std::string_view version = line.substr(target_end + 1);
  if (version.size() != 8 || !version.starts_with("HTTP/") || !has(digit_bytes, version[5]) || version[6] != '.' ||
      !has(digit_bytes, version[7]))
    return malformed("The HTTP version is malformed.");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return Error{.code = Errc::version_not_supported, .detail = "This server speaks HTTP/1.1."};
  head.is_http_11 = version[7] == '1';
  return {};
}

/// The fields that decide where a request ends and whom it is for, each of which may stand once, and what follows the answer.
struct Framing {
  unsigned hosts = 0, lengths = 0, encodings = 0;
  bool wants_close = false, wants_keep_alive = false;
};

Result<void> read_options(std::string_view value, Framing& framing) {
  for (std::size_t end = 0; end <= value.size();) {
    const std::size_t begin = end;
    end = std::min(value.find(',', begin), value.size());
    const std::string_view option = trim(value.substr(begin, end - begin));
    if (!consists_of(token_bytes, option)) return malformed("Connection is malformed.");
    framing.wants_close |= is_named(option, "close");
    framing.wants_keep_alive |= is_named(option, "keep-alive");
    ++end;
  }
  return {};
}

Result<void> read_host(std::string_view value, Framing& framing, Head& head) {
  if (++framing.hosts > 1) return malformed("There is more than one Host.");
  if (!is_host(value)) return malformed("Host is malformed.");
  if (!head.is_absolute) head.host = value;
  return {};
}

Result<void> read_length(std::string_view value, Framing& framing, Head& head) {
  if (++framing.lengths > 1) return malformed("There is more than one Content-Length.");
  if (value.empty() || !consists_of(digit_bytes, value)) return malformed("Content-Length is not a number.");
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), head.length);
  if (failure != std::errc{}) return Error{.code = Errc::too_large, .detail = "The body is too large."};
  return {};
}

Result<void> read_encoding(std::string_view value, Framing& framing, Head& head) {
  if (++framing.encodings > 1) return malformed("There is more than one Transfer-Encoding.");
  if (!is_named(value, "chunked")) return malformed("The only Transfer-Encoding taken is chunked.");
  head.is_chunked = true;
  return {};
}

Result<void> read_expectation(std::string_view value, Head& head) {
  if (!head.is_http_11) return {};
  if (!is_named(value, "100-continue")) return malformed("The only expectation met is 100-continue.");
  head.expects_continue = true;
  return {};
}

/// Few names have the length of one that matters here.
Result<void> read_field(std::string_view name, std::string_view value, Framing& framing, Head& head) {
  switch (name.size()) {
    case 4:
      return is_named(name, "host") ? read_host(value, framing, head) : Result<void>{};
    case 6:
      return is_named(name, "expect") ? read_expectation(value, head) : Result<void>{};
    case 10:
      return is_named(name, "connection") ? read_options(value, framing) : Result<void>{};
    case 14:
      return is_named(name, "content-length") ? read_length(value, framing, head) : Result<void>{};
    case 17:
      return is_named(name, "transfer-encoding") ? read_encoding(value, framing, head) : Result<void>{};
    default:
      return {};
  }
}

Result<void> settle(const Framing& framing, Head& head) {
  if (head.is_http_11 && framing.hosts == 0) return malformed("There is no Host.");
  if (framing.encodings > 0 && framing.lengths > 0)
    return malformed("Content-Length and Transfer-Encoding contradict each other.");
  if (framing.encodings > 0 && !head.is_http_11) return malformed("HTTP/1.0 knows no Transfer-Encoding.");
  head.keeps_alive = !framing.wants_close && (head.is_http_11 || framing.wants_keep_alive);
  return {};
}

}  // namespace

HeadEnd::Found HeadEnd::look(std::string_view bytes) {
  if (!bytes.empty() && seen_ == 0 && !has(token_bytes, bytes[0]) && bytes[0] != '\r') return Found::fault;
  for (auto feed = bytes.find('\n', seen_); feed != std::string_view::npos; feed = bytes.find('\n', line_)) {
    if (feed == line_ || bytes[feed - 1] != '\r') return Found::fault;
    const bool is_empty_line = feed == line_ + 1;
    line_ = feed + 1;
    if (is_empty_line) return Found::end;
  }
  seen_ = bytes.size();
  return Found::nothing;
}

Result<void> read_head(std::string_view bytes, Head& head) {
  const auto place = [&](std::string_view part) { return static_cast<std::uint32_t>(part.data() - bytes.data()); };
  const auto size = [](std::string_view part) { return static_cast<std::uint32_t>(part.size()); };
  Framing framing;
  std::size_t line_end = bytes.find("\r\n");
  if (auto line = read_request_line(bytes.substr(0, line_end), head); !line) return line;
  for (std::size_t begin = line_end + 2; !is_line_end(bytes, begin); begin = line_end + 2) {
    if (head.field_count == max_fields) return Error{.code = Errc::head_too_large, .detail = "There are too many header fields."};
    std::size_t name_end = begin;
    while (has(token_bytes, bytes[name_end])) ++name_end;
    if (name_end == begin || bytes[name_end] != ':') return malformed("A header field has no proper name.");
    const std::string_view name = bytes.substr(begin, name_end - begin);
    line_end = end_of_value(bytes, name_end + 1);
    const std::string_view value = trim(bytes.substr(name_end + 1, line_end - name_end - 1));
    if (bytes.substr(line_end, 2) == "\r\r" && is_named(name, "x-auth-token")) ++line_end;
    if (!is_line_end(bytes, line_end)) return malformed("A header field's value holds a control character.");
    if (auto field = read_field(name, value, framing, head); !field) return field;
    head.fields[head.field_count++] = {place(name), size(name), place(value), size(value)};
  }
  return settle(framing, head);
}

Result<void> read_unfinished_head(std::string_view bytes, Head& head) {
  std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  const auto method_end = line.find(' ');
  if (method_end == std::string_view::npos || !consists_of(token_bytes, line.substr(0, method_end))) return {};
  head.method = line.substr(0, method_end);
  const std::string_view rest = line.substr(method_end + 1);
  if (auto target = read_target(rest.substr(0, rest.find(' ')), head); !target || head.is_absolute) return target;
  for (auto at = bytes.find("\r\n"); at != std::string_view::npos; at = bytes.find("\r\n", at + 2)) {
    line = bytes.substr(at + 2, bytes.find("\r\n", at + 2) - at - 2);
    if (line.size() < 5 || !is_named(line.substr(0, 5), "host:")) continue;
    if (const std::string_view host = trim(line.substr(5)); is_host(host)) head.host = host;
    break;
  }
  return {};
}

}  // namespace innkeeper::beast
