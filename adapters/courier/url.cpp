#include "adapters/courier/url.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>

namespace innkeeper::courier {
namespace {

constexpr std::size_t longest_name = 253;  // RFC 1035 §2.3.4, as text

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// Takes a prefix off, whatever its case.
bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  if (!std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) { return a == lower(b); })) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && std::all_of(text.begin(), text.end(), [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

bool is_ip6(std::string_view text) {
  boost::system::error_code failure;
  boost::asio::ip::make_address_v6(std::string(text), failure);
  return !failure && text.find('%') == std::string_view::npos;
}

/// Takes host and port apart.
bool read_authority(std::string_view text, Url& url) {
  const bool is_bracketed = text.starts_with('[');
  const auto host_end = is_bracketed ? text.find(']') : text.find(':');
  const std::string_view host =
      text.substr(is_bracketed, host_end == std::string_view::npos ? host_end : host_end - is_bracketed);
  std::string_view rest = host_end == std::string_view::npos ? std::string_view{} : text.substr(host_end + is_bracketed);
  if (is_bracketed ? host_end == std::string_view::npos || !is_ip6(host) : !is_name(host)) return false;
  url.host = host;
  url.authority = is_bracketed ? "[" + url.host + "]" : url.host;
  const std::uint16_t usual = url.is_secure ? 443 : 80;
  url.port = usual;
  if (rest.empty()) return true;
  if (!rest.starts_with(':')) return false;
  rest.remove_prefix(1);
  const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), url.port);
  if (fault != std::errc{} || end != rest.data() + rest.size() || url.port == 0) return false;
  if (url.port != usual) url.authority += ":" + std::to_string(url.port);
  return true;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '#' && c != '\\'; })) return {};
  Url url;
  url.is_secure = take_prefix(text, "https://");
  if (!url.is_secure && !take_prefix(text, "http://")) return {};
  const auto end = std::min(text.find_first_of("/?"), text.size());
  if (!read_authority(text.substr(0, end), url)) return {};
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

}  // namespace innkeeper::courier
