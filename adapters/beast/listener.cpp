#include "adapters/beast/listener.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace innkeeper::beast {
namespace asio = boost::asio;
namespace {

using asio::ip::tcp;
using Failure = boost::system::error_code;
using SharesPort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr std::string_view unix_prefix = "unix:";

Error unavailable(const std::string& address, std::string_view cause) {
  return Error{.code = Errc::unavailable, .reason = Reason{"listener.failed"}, .detail = address + ": " + std::string(cause)};
}

std::optional<tcp::endpoint> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  Failure failure;
  const auto address = asio::ip::make_address(std::string(host), failure);
  if (failure || address.is_v6() != is_bracketed) return {};
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return {};
  return tcp::endpoint(address, port);
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

Result<Listening> listen_tcp(const std::string& address, bool is_secure, const std::vector<asio::io_context*>& contexts) {
  auto endpoint = parse_address(address);
  if (!endpoint)
    return unavailable(address,
                       is_secure ? "this is no ADDR:PORT or [IPV6]:PORT" : "this is no ADDR:PORT, [IPV6]:PORT or unix:PATH");
  Listening listening;
  for (asio::io_context* context : contexts) {
    const bool is_first = listening.sockets.empty();
    ListenSocket socket(*context);
    if (const Failure failure = open(socket, *endpoint, is_first)) return unavailable(address, failure.message());
    if (is_first) endpoint->port(port_of(socket));
    listening.sockets.push_back(std::move(socket));
  }
  const std::string host = endpoint->address().to_string();
  listening.endpoint = std::string(is_secure ? "https://" : "http://")
                           .append(endpoint->address().is_v6() ? "[" + host + "]" : host)
                           .append(":")
                           .append(std::to_string(endpoint->port()));
  return listening;
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

Result<Listening> listen_unix(const std::string& address, asio::io_context& context) {
  const std::string path = address.substr(unix_prefix.size());
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) return unavailable(address, "the path is empty or too long");
  remove_stale_file(context, path);
  const asio::local::stream_protocol::endpoint endpoint(path);
  ListenSocket socket(context);
  Failure failure;
  socket.open(endpoint.protocol(), failure);
  if (!failure) socket.bind(endpoint, failure);
  if (failure) return unavailable(address, failure.message());
  SocketFile file(path);
  socket.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) return unavailable(address, failure.message());
  Listening listening{.sockets = {}, .endpoint = "http+unix:" + path, .file = std::move(file)};
  listening.sockets.push_back(std::move(socket));
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

Result<Listening> listen(const std::string& address, bool is_secure, const std::vector<asio::io_context*>& contexts) {
  if (!is_secure && address.starts_with(unix_prefix)) return listen_unix(address, *contexts.front());
  return listen_tcp(address, is_secure, contexts);
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
