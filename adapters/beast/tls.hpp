#pragma once

#include "adapters/beast/identity.hpp"
#include "adapters/beast/socket.hpp"

#include <cstddef>
#include <memory>

namespace innkeeper::beast {

/// The server's side of TLS over a socket. Every call answers at once; `would_block` means: again, when the poller tells of a
/// change. Buffers no more than a record each way, and nothing while there is nothing under way.
class Tls {
 public:
  /// The most bytes in one record (RFC 8446 §5.1).
  static constexpr std::size_t most_in_record = 16 * 1024;

  /// The socket stays where it is as long as this.
  Tls(Socket& socket, const Identity& identity);

  /// The handshake.
  void greet(Failure& failure);
  /// The peer's farewell is `eof`.
  std::size_t read_some(char* to, std::size_t size, Failure& failure);
  /// Writes one record, of up to `most_in_record`. What would block is given again, in whole and perhaps with more behind it.
  std::size_t write_some(const char* from, std::size_t size, Failure& failure);
  /// Says that nothing more will be written. Nothing if that cannot be said any more.
  void send_close_notify(Failure& failure);
  /// Whether something of a record has come that is not read yet.
  bool has_unread() const;

 private:
  struct Free {
    void operator()(SSL* ssl) const;
    void operator()(BIO_METHOD* method) const;
  };

  static int send(BIO* bio, const char* bytes, std::size_t size, std::size_t* sent);
  static int receive(BIO* bio, char* bytes, std::size_t size, std::size_t* received);
  static long control(BIO* bio, int command, long, void*);
  static BIO_METHOD* socket_method();
  void judge(int outcome, Failure& failure);

  Socket& socket_;
  std::unique_ptr<SSL, Free> ssl_;
  int receives_left_ = 0;
  bool is_broken_ = false;
  bool has_said_farewell_ = false;
};

}  // namespace innkeeper::beast
