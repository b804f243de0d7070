#pragma once

#include "adapters/beast/worker.hpp"

#include <innkeeper/result.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace innkeeper::beast {

using ListenSocket =
    boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol, boost::asio::io_context::executor_type>;

/// The file of a Unix socket. Taken away when this goes, unless another socket has come to stand in its place.
class SocketFile {
 public:
  SocketFile() = default;
  explicit SocketFile(std::string path);
  SocketFile(SocketFile&& other) noexcept : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}
  SocketFile& operator=(SocketFile&&) = delete;
  ~SocketFile() { remove(); }
  void remove();

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// The sockets that listen at one endpoint.
struct Listening {
  std::vector<ListenSocket> sockets{};  ///< One on each context for an IP address, one on the first for a Unix socket.
  std::uint16_t port = 0;               ///< Of an IP address.
  std::string endpoint{};               ///< As `HttpServer::endpoints` shows it.
  SocketFile file{};
};

using Contexts = std::vector<boost::asio::io_context*>;

/// Listens on an address as `HttpOptions::listen` spells it, at each endpoint that it stands for. One that another server, also
/// one of ours, listens on is refused. Errors: `invalid` as `check_address`; `unavailable` with the address and the cause.
Result<std::vector<Listening>> listen(const std::string& address, bool is_secure, std::optional<unsigned> socket_mode,
                                      const Contexts&);

/// Takes connections from one socket, on its context's thread, and hands them to workers in turn.
class Doorman {
 public:
  Doorman(ListenSocket socket, Entrance entrance, std::vector<Worker*> workers, Census& census, std::size_t limit);
  void start() { accept(); }
  /// Stops listening. From any thread. Keeps the seat until that is done.
  void close(Census::Seat seat);

 private:
  void accept();
  void hand_over(Stream stream, Worker& worker);
  void pause();

  ListenSocket socket_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      timer_;
  const Entrance entrance_;
  const std::vector<Worker*> workers_;
  std::size_t next_ = 0;
  Census& census_;
  const std::size_t limit_;
};

}  // namespace innkeeper::beast
