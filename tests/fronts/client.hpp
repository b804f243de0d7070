#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

typedef struct ssl_st SSL;

namespace innkeeper::tests {

/// One answer as it came over the wire.
struct Answer {
  int status = 0;
  std::string head{};  ///< From the status line to the empty line.
  std::string body{};

  std::optional<std::string> find(std::string_view name) const;
  bool closes() const { return find("Connection") == "close"; }
};

/// How a client speaks TLS.
struct Manner {
  int version = 0;          ///< The only one it speaks; 0: as the library likes.
  std::string protocols{};  ///< What it offers by ALPN, as it goes over the wire.
};

/// A blocking HTTP client that sends exactly the bytes it is given. Throws when it waits for more than ten seconds. Over TLS it
/// believes every certificate, and greets when it first has something to say or hear.
class Client {
 public:
  /// An endpoint as `HttpServer::endpoints` shows it.
  explicit Client(const std::string& endpoint, int receive_buffer = 0, const Manner& manner = {});
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

  // Over TLS.
  /// The handshake. Answers why it did not come to its end; nothing if it did.
  std::string greet();
  /// Goes on with new keys, as TLS 1.3 lets either side do, and has the server do so too.
  void renew_keys();
  /// Past TLS.
  void send_raw(std::string_view bytes);
  /// The server's certificate, in PEM.
  std::string certificate() const;
  /// `TLSv1.3`, and so on.
  std::string version() const;
  /// What was chosen by ALPN.
  std::string protocol() const;
  /// Whether the other side has said that it ends, or just stopped.
  bool got_close_notify() const;

 private:
  ssize_t send_some(std::string_view bytes);
  ssize_t receive_some(char* to, std::size_t size);
  ssize_t decrypt_some(char* to, std::size_t size);
  struct Free {
    void operator()(SSL* ssl) const;
  };

  int socket_ = -1;
  std::unique_ptr<SSL, Free> tls_;
  std::string pending_;
};

}  // namespace innkeeper::tests
