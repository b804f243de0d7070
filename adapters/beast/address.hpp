#pragma once

#include <innkeeper/http.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace innkeeper::beast {

/// What an address of `HttpOptions` says.
struct Address {
  std::string path{};  ///< Of a Unix socket. Empty: it is for TCP.
  std::string host{};  ///< A name or an IP address without brackets. Empty: every interface.
  std::uint16_t port = 0;
};

/// Errors: `invalid` with the text and how an address is spelled.
Result<Address> parse_address(const std::string& text, bool is_for_tls);

/// The endpoints that a TCP address stands for, each once. A name is looked up, waiting for the answer. Errors: `unavailable`
/// with the cause.
Result<std::vector<boost::asio::ip::tcp::endpoint>> endpoints_of(const Address&, boost::asio::io_context&);

}  // namespace innkeeper::beast
