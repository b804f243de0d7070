#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace innkeeper::tests {

/// One answer as it came over the wire.
struct Answer {
  int status = 0;
  std::string head{};  ///< From the status line to the empty line.
  std::string body{};

  std::optional<std::string> find(std::string_view name) const;
  bool closes() const { return find("Connection") == "close"; }
};

/// A blocking HTTP client that sends exactly the bytes it is given. Throws when it waits for more than ten seconds.
class Client {
 public:
  /// An endpoint as `HttpServer::endpoints` shows it.
  explicit Client(const std::string& endpoint, int receive_buffer = 0);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes);
  /// The same, when the other side may have closed the connection already. Answers whether all of it went.
  bool try_send(std::string_view bytes);
  void finish_sending();

  /// What one receive gives; empty when the other side has closed.
  std::string receive();
  Answer read_answer(bool is_for_head = false);
  Answer ask(std::string_view bytes);
  /// All that comes until the other side closes. A reset counts as closing.
  std::string read_to_end();
  /// Waits for the other side to close, and answers whether it did so without sending anything.
  bool is_closed() { return read_to_end().empty(); }
  /// Whether nothing comes, not even an end, for that long.
  bool is_quiet_for(std::chrono::milliseconds time);

 private:
  int socket_ = -1;
  std::string pending_;
};

}  // namespace innkeeper::tests
