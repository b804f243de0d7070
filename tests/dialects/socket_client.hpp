#pragma once

#include "tests/dialects/transcript.hpp"

#include <string>

namespace innkeeper::tests {

/// A caller that writes HTTP/1.1 by hand on a TCP connection and keeps it as long as the server does.
class SocketClient {
 public:
  /// From `http://ADDRESS:PORT`, IPv4.
  explicit SocketClient(const std::string& endpoint);
  ~SocketClient();
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  /// Throws std::runtime_error where the server does not speak HTTP or says nothing for ten seconds.
  Answer exchange(const Sent&);

 private:
  void connect();
  void disconnect();
  bool send(const std::string& bytes);
  void receive();
  Answer read_answer(bool is_head);

  std::string address_;
  int port_ = 0;
  int socket_ = -1;
  std::string unread_;
};

}  // namespace innkeeper::tests
