#include "adapters/beast/listener.hpp"

#include "adapters/beast/address.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

namespace innkeeper::beast {
namespace asio = boost::asio;
namespace {

using asio::ip::tcp;
using Failure = boost::system::error_code;
using SharesPort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

Error unavailable(const std::string& address, std::string_view cause) {
  return Error{.code = Errc::unavailable, .reason = Reason{"listener.failed"}, .detail = address + ": " + std::string(cause)};
}

/// Binds and listens. Ports are shared among the threads of one server only: the first socket takes the port for itself, which
/// fails where any other server listens, and shares it afterwards.
Failure open(ListenSocket& socket, const tcp::endpoint& endpoint, bool is_first) {
  Failure failure;
  const auto run = [&](auto step) {
    if (!failure) step();
  };
  run([&] { socket.open(endpoint.protocol(), failure); });
  run([&] { socket.set_option(asio::socket_base::reuse_address(true), failure); });
  if (endpoint.address().is_v6()) run([&] { socket.set_option(asio::ip::v6_only(true), failure); });
  if (!is_first) run([&] { socket.set_option(SharesPort(true), failure); });
  run([&] { socket.bind(endpoint, failure); });
  if (is_first) run([&] { socket.set_option(SharesPort(true), failure); });
  run([&] { socket.listen(asio::socket_base::max_listen_connections, failure); });
  return failure;
}

std::uint16_t port_of(const ListenSocket& socket) {
  tcp::endpoint bound;
  const auto generic = socket.local_endpoint();
  bound.resize(generic.size());
  std::memcpy(bound.data(), generic.data(), generic.size());
  return bound.port();
}

/// How sockets are made: one for each worker.
struct SocketSettings {
  std::size_t workers;
  asio::io_context& context;
};

boost::system::result<Listening> open_all(tcp::endpoint endpoint, bool is_secure, const SocketSettings& socket_settings) {
  Listening listening;
  while (listening.sockets.size() < socket_settings.workers) {
    const bool is_first = listening.sockets.empty();
    ListenSocket socket(socket_settings.context);
    if (const Failure failure = open(socket, endpoint, is_first)) return failure;
    if (is_first) endpoint.port(port_of(socket));
    listening.sockets.push_back(std::move(socket));
  }
  const std::string host = endpoint.address().to_string();
  listening.port = endpoint.port();
  listening.endpoint = std::string(is_secure ? "https://" : "http://")
                           .append(endpoint.address().is_v6() ? "[" + host + "]" : host)
                           .append(":")
                           .append(std::to_string(listening.port));
  return listening;
}

/// Whether this machine has no such address at all, as for IPv6 where that is turned off.
bool is_absent(const Failure& failure) {
  return failure == asio::error::address_family_not_supported || failure == boost::system::errc::address_not_available;
}

struct Attempt {
  std::vector<Listening> opened{};
  tcp::endpoint refused{};
  Failure failure{};
};

/// All endpoints of one address, on one port. One that is absent is left out, if another is there.
Attempt try_all(const std::vector<tcp::endpoint>& endpoints, bool is_secure, const SocketSettings& socket_settings) {
  Attempt attempt;
  for (auto endpoint : endpoints) {
    if (!attempt.opened.empty()) endpoint.port(attempt.opened.front().port);
    auto listening = open_all(endpoint, is_secure, socket_settings);
    if (listening) {
      attempt.opened.push_back(*std::move(listening));
      continue;
    }
    attempt.refused = endpoint;
    attempt.failure = listening.error();
    if (!is_absent(attempt.failure)) return attempt;
  }
  if (!attempt.opened.empty()) attempt.failure = {};
  return attempt;
}

Result<std::vector<Listening>> listen_tcp(const std::string& text, const Address& address, bool is_secure,
                                          const SocketSettings& socket_settings) {
  const auto endpoints = endpoints_of(address, socket_settings.context);
  if (!endpoints) return unavailable(text, endpoints.error().detail);
  auto attempt = try_all(*endpoints, is_secure, socket_settings);
  // A port that is free on the first of several endpoints may be taken on the next.
  for (int more = 16; address.port == 0 && attempt.failure == asio::error::address_in_use && more > 0; --more)
    attempt = try_all(*endpoints, is_secure, socket_settings);
  if (!attempt.failure) return std::move(attempt.opened);
  const auto refused = attempt.refused.address().to_string();
  return unavailable(text, (refused == address.host ? "" : refused + ": ") + attempt.failure.message());
}

/// Takes away the file of a socket that nobody listens on any more.
void remove_stale_file(asio::io_context& context, const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return;
  asio::local::stream_protocol::socket probe(context);
  Failure failure;
  probe.open({}, failure);
  probe.non_blocking(true, failure);
  probe.connect(path, failure);
  if (failure == asio::error::connection_refused) ::unlink(path.c_str());
}

/// The file takes over the mode that its socket has when it is bound, less the umask; then it gets all of it. Nobody can connect
/// before the socket listens.
Failure bind_file(ListenSocket& socket, const std::string& path, std::optional<unsigned> mode) {
  const auto last_error = [] { return Failure(errno, boost::system::system_category()); };
  if (mode && ::fchmod(socket.native_handle(), *mode) != 0) return last_error();
  Failure failure;
  socket.bind(asio::local::stream_protocol::endpoint(path), failure);
  if (failure || !mode || ::fchmodat(AT_FDCWD, path.c_str(), *mode, AT_SYMLINK_NOFOLLOW) == 0) return failure;
  failure = last_error();
  ::unlink(path.c_str());
  return failure;
}

Result<std::vector<Listening>> listen_unix(const std::string& address, const std::string& path, std::optional<unsigned> mode,
                                           asio::io_context& context) {
  remove_stale_file(context, path);
  ListenSocket socket(context);
  Failure failure;
  socket.open(asio::local::stream_protocol(), failure);
  if (!failure) failure = bind_file(socket, path, mode);
  struct stat found {};
  if (failure == asio::error::address_in_use && ::lstat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode))
    return unavailable(address, "there is something else than a socket");
  if (failure) return unavailable(address, failure.message());
  SocketFile file(path);
  socket.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) return unavailable(address, failure.message());
  std::vector<Listening> listening;
  listening.push_back({.sockets = {}, .port = 0, .endpoint = "http+unix:" + path, .file = std::move(file)});
  listening.back().sockets.push_back(std::move(socket));
  return listening;
}

/// An address as text; "" for a Unix socket.
std::string address_of(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = nullptr;
  if (peer.ss_family == AF_INET) address = &reinterpret_cast<const sockaddr_in&>(peer).sin_addr;
  if (peer.ss_family == AF_INET6) address = &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  if (!address || !inet_ntop(peer.ss_family, address, text.data(), text.size())) return {};
  return text.data();
}

Network network_of(const sockaddr_storage& peer) {
  std::array<std::uint8_t, 16> bytes{};
  if (peer.ss_family == AF_INET) {
    bytes[10] = bytes[11] = 0xff;  // as IPv6 writes addresses of IPv4
    std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr, 4);
  } else if (peer.ss_family == AF_INET6) {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr, 8);
  } else {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat found {};
  if (::lstat(path_.c_str(), &found) != 0) path_.clear();
  device_ = found.st_dev;
  inode_ = found.st_ino;
}

void SocketFile::remove() {
  struct stat found {};
  if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_)
    ::unlink(path_.c_str());
  path_.clear();
}

Result<std::vector<Listening>> listen(const std::string& address, bool is_secure, std::optional<unsigned> socket_mode,
                                      std::size_t workers, asio::io_context& context) {
  const auto parsed = parse_address(address, is_secure);
  if (!parsed) return parsed.error();
  if (!parsed->path.empty()) return listen_unix(address, parsed->path, socket_mode, context);
  return listen_tcp(address, *parsed, is_secure, {workers, context});
}

Acceptor::Acceptor(ListenSocket socket, ListenerInfo listener_info, Worker& home, std::vector<Worker*> workers)
    : socket_(std::move(socket)), listener_info_(std::move(listener_info)), home_(home), workers_(std::move(workers)) {}

void Acceptor::start() {
  socket_.non_blocking(true);
  home_.poller().watch_input(socket_.native_handle(), *this);
  home_.add(*this);
}

void Acceptor::close() {
  Failure failure;
  socket_.close(failure);
}

/// So many at a time that others have their turn in between: whoever waits is told of again.
void Acceptor::on_ready(std::uint32_t) noexcept {
  try {
    for (int left = 16; left > 0 && socket_.is_open() && accept(); --left) {
    }
  } catch (...) {
    home_.report(std::current_exception());
  }
}

bool Acceptor::accept() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  Descriptor descriptor{
      ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (descriptor) {
    hand_over(std::move(descriptor), peer);
    return true;
  }
  const bool is_peers_affair = errno == ECONNABORTED || errno == EINTR || errno == EPROTO || errno == EPERM;
  if (!is_peers_affair && errno != EAGAIN && errno != EWOULDBLOCK) pause();
  return is_peers_affair;
}

/// A connection without a slot is closed by going out of scope.
void Acceptor::hand_over(Descriptor descriptor, const sockaddr_storage& peer) {
  auto [slot, refusal] = home_.server_state().find_slot(listener_info_.number, network_of(peer));
  if (!slot) return home_.note_refused(refusal);
  Worker& worker = *workers_[next_];
  next_ = (next_ + 1) % workers_.size();
  NewConnection new_connection{std::move(descriptor), &listener_info_, address_of(peer), std::move(slot)};
  if (&worker == &home_)
    worker.admit(std::move(new_connection));
  else
    worker.admit_later(std::move(new_connection));
}

/// There are no descriptors or no memory left. Trying again at once would spin.
void Acceptor::pause() {
  home_.poller().forget(socket_.native_handle());
  is_paused_ = true;
}

void Acceptor::resume() {
  if (!is_paused_ || !socket_.is_open()) return;
  home_.poller().watch_input(socket_.native_handle(), *this);
  is_paused_ = false;
}

}  // namespace innkeeper::beast
