#include "adapters/beast/listener.hpp"

#include "adapters/beast/address.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

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

/// One socket on each context.
boost::system::result<Listening> open_all(tcp::endpoint endpoint, bool is_secure, const Contexts& contexts) {
  Listening listening;
  for (asio::io_context* context : contexts) {
    const bool is_first = listening.sockets.empty();
    ListenSocket socket(*context);
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
Attempt try_all(const std::vector<tcp::endpoint>& endpoints, bool is_secure, const Contexts& contexts) {
  Attempt attempt;
  for (auto endpoint : endpoints) {
    if (!attempt.opened.empty()) endpoint.port(attempt.opened.front().port);
    auto listening = open_all(endpoint, is_secure, contexts);
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
                                          const Contexts& contexts) {
  const auto endpoints = endpoints_of(address, *contexts.front());
  if (!endpoints) return unavailable(text, endpoints.error().detail);
  auto attempt = try_all(*endpoints, is_secure, contexts);
  // A port that is free on the first of several endpoints may be taken on the next.
  for (int more = 16; address.port == 0 && attempt.failure == asio::error::address_in_use && more > 0; --more)
    attempt = try_all(*endpoints, is_secure, contexts);
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
                                      const Contexts& contexts) {
  const auto parsed = parse_address(address, is_secure);
  if (!parsed) return parsed.error();
  if (!parsed->path.empty()) return listen_unix(address, parsed->path, socket_mode, *contexts.front());
  return listen_tcp(address, *parsed, is_secure, contexts);
}

Doorman::Doorman(ListenSocket socket, Entrance entrance, std::vector<Worker*> workers, Census& census, std::size_t limit)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      entrance_(std::move(entrance)),
      workers_(std::move(workers)),
      census_(census),
      limit_(limit) {}

void Doorman::close(Census::Seat seat) {
  asio::post(socket_.get_executor(), [this, seat = std::move(seat)] {
    Failure failure;
    socket_.close(failure);
    timer_.cancel();
  });
}

void Doorman::accept() {
  Worker& worker = *workers_[next_];
  socket_.async_accept(worker.context(), [this, &worker](const Failure& failure, Stream stream) {
    if (!socket_.is_open()) return;
    if (failure && failure != asio::error::connection_aborted) return pause();
    try {
      if (!failure) hand_over(std::move(stream), worker);
    } catch (...) {
      worker.report(std::current_exception());
    }
    accept();
  });
}

/// A connection over the limit is closed by going out of scope.
void Doorman::hand_over(Stream stream, Worker& worker) {
  Census::Seat seat = census_.enter(limit_);
  if (!seat) return;
  next_ = (next_ + 1) % workers_.size();
  if (&worker.context() == &socket_.get_executor().context()) return worker.admit(std::move(stream), entrance_, std::move(seat));
  asio::post(worker.context(), [this, &worker, stream = std::move(stream), seat = std::move(seat)]() mutable {
    worker.admit(std::move(stream), entrance_, std::move(seat));
  });
}

/// There are no descriptors or no memory left. Trying again at once would spin.
void Doorman::pause() {
  timer_.expires_after(Worker::tick);
  timer_.async_wait([this](const Failure& failure) {
    if (!failure && socket_.is_open()) accept();
  });
}

}  // namespace innkeeper::beast
