#pragma once

#include "adapters/beast/worker.hpp"

#include <innkeeper/result.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>
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
  std::vector<ListenSocket> sockets{};  ///< One for each worker for an IP address, one in all for a Unix socket.
  std::uint16_t port = 0;               ///< Of an IP address.
  std::string endpoint{};               ///< As `HttpServer::endpoints` shows it.
  SocketFile file{};
};

/// Listens on an address as `HttpOptions::listen` spells it, at each endpoint that it stands for. One that another server, also
/// one of ours, listens on is refused. Errors: `invalid` as `check_address`; `unavailable` with the address and the cause.
Result<std::vector<Listening>> listen(const std::string& address, bool is_secure, std::optional<unsigned> socket_mode,
                                      std::size_t workers, boost::asio::io_context& context);

/// Accepts connections from one socket, on a worker's thread, and hands them to workers in turn.
class Acceptor final : public Watcher {
 public:
  /// Worker `home` watches the socket; `workers` serve what comes.
  Acceptor(ListenSocket socket, ListenerInfo listener_info, Worker& home, std::vector<Worker*> workers);
  /// Throws `std::system_error`.
  void start();

  // From the home's own thread.
  void close();
  void resume();

 private:
  void on_ready(std::uint32_t events) noexcept override;
  bool accept();
  void hand_over(Descriptor descriptor, const sockaddr_storage& peer);
  void pause();

  ListenSocket socket_;
  const ListenerInfo listener_info_;
  Worker& home_;
  const std::vector<Worker*> workers_;
  std::size_t next_ = 0;
  bool is_paused_ = false;
};

}  // namespace innkeeper::beast
