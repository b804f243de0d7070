#pragma once

#include "tests/support/certificate.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace innkeeper::tests {

/// One connection that a server took, plain or over TLS. What fails says so by what it answers.
class Wire {
 public:
  Wire(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* identity);

  bool greet();
  /// The next request, head and body.
  std::string read_request();
  bool write(std::string_view bytes);
  /// Waits until the other side is gone. Answers what it still said.
  std::string read_to_end();
  /// The name that the client asked for; empty without TLS, or where it asked for none.
  std::string server_name();

 private:
  std::size_t read_some(char* to, std::size_t size);
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

/// Listens on this machine and does with each connection what it is told, one after the other.
class Server {
 public:
  using Manner = std::function<void(Wire&)>;

  explicit Server(Manner manner, const std::string& address = "127.0.0.1");
  /// Over TLS. `version`: the highest it speaks, 0 for the newest.
  Server(Manner manner, const Certificate& identity, int version = 0);
  ~Server();

  std::string port() const { return std::to_string(port_); }
  /// `http://127.0.0.1:PORT` or as it listens.
  std::string url() const;
  int connections() const { return connections_; }

 private:
  Server(Manner manner, const std::string& address, std::optional<boost::asio::ssl::context> identity);
  void accept();

  Manner manner_;
  std::optional<boost::asio::ssl::context> identity_;
  boost::asio::io_context context_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

/// A server that answers every request alike and keeps what it was asked.
class Listener {
 public:
  explicit Listener(std::string answer) : answer_(std::move(answer)) {}
  void operator()(Wire& wire);
  std::vector<std::string> requests() const;

 private:
  std::string answer_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
};

inline const std::string accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok";

}  // namespace innkeeper::tests
