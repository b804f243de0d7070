#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <vector>

namespace innkeeper::courier {

/// Whether the whole world means the same host by this address. Whoever may choose where a request goes must not reach what
/// stands behind our own walls: loopback, private networks, a cloud's metadata service.
bool is_public(const boost::asio::ip::address& address);

/// Whether every one of them is public.
bool are_public(const std::vector<boost::asio::ip::tcp::endpoint>& endpoints);

}  // namespace innkeeper::courier
