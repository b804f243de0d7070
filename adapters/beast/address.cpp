#include "adapters/beast/address.hpp"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace innkeeper::beast {
namespace asio = boost::asio;
namespace {

using asio::ip::tcp;

constexpr std::string_view unix_prefix = "unix:";
constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

/// What has digits and dots only is an IPv4 address or a mistake.
bool is_name_or_ipv4(std::string_view host) {
  if (host.empty() || host.size() > 253 || !std::all_of(host.begin(), host.end(), is_of_name)) return false;
  if (!std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; })) return true;
  boost::system::error_code failure;
  asio::ip::make_address_v4(host, failure);
  return !failure;
}

bool is_ipv6(std::string_view host) {
  boost::system::error_code failure;
  asio::ip::make_address_v6(std::string(host), failure);
  return !failure;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return {};
  return port;
}

std::optional<Address> parse_tcp(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return {};
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host)) return {};
  } else if (!host.empty() && !is_name_or_ipv4(host)) {
    return {};
  }
  return Address{.host = std::string(host), .port = *port};
}

}  // namespace

Result<Address> parse_address(const std::string& text, bool is_for_tls) {
  const auto invalid = [&](const std::string& rule) {
    return Error{.code = Errc::invalid, .reason = Reason{"listener.form"}, .detail = text + ": " + rule};
  };
  if (!is_for_tls && text.starts_with(unix_prefix)) {
    Address address{.path = text.substr(unix_prefix.size())};
    if (address.path.empty() || address.path.size() > longest_path)
      return invalid("the path of a socket must have 1 to " + std::to_string(longest_path) + " bytes");
    return address;
  }
  auto address = parse_tcp(text);
  if (!address) return invalid(std::string("must be HOST:PORT, [IPV6]:PORT or :PORT") + (is_for_tls ? "" : ", or unix:PATH"));
  return *std::move(address);
}

Result<std::vector<tcp::endpoint>> endpoints_of(const Address& address, asio::io_context& context) {
  if (address.host.empty()) return std::vector{tcp::endpoint(tcp::v4(), address.port), tcp::endpoint(tcp::v6(), address.port)};
  boost::system::error_code failure;
  const auto flags = asio::ip::resolver_base::passive | asio::ip::resolver_base::numeric_service;
  const auto found = tcp::resolver(context).resolve(address.host, std::to_string(address.port), flags, failure);
  if (failure) return Error{.code = Errc::unavailable, .reason = Reason{"listener.failed"}, .detail = failure.message()};
  std::vector<tcp::endpoint> endpoints;
  for (const auto& each : found)
    if (std::find(endpoints.begin(), endpoints.end(), each.endpoint()) == endpoints.end()) endpoints.push_back(each.endpoint());
  return endpoints;
}

}  // namespace innkeeper::beast

namespace innkeeper {

Result<void> check_address(const std::string& address, bool is_for_tls) {
  const auto parsed = beast::parse_address(address, is_for_tls);
  if (!parsed) return parsed.error();
  return {};
}

}  // namespace innkeeper
