#pragma once

#include "adapters/beast/output.hpp"
#include "adapters/beast/socket.hpp"
#include "adapters/beast/tls.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace innkeeper::beast {

/// What a session talks over: a socket, and TLS on it or not. Every call answers at once; `would_block` means: again, when the
/// poller tells of a change.
class Transport {
 public:
  /// Without an identity it is plain.
  Transport(Socket socket, const Identity* identity) : socket_(std::move(socket)) {
    if (identity) tls_.emplace(socket_, *identity);
  }
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  Socket& socket() { return socket_; }
  bool is_secure() const { return tls_.has_value(); }

  /// The handshake, where there is TLS.
  void greet(Failure& failure) { tls_->greet(failure); }
  std::size_t read_some(char* to, std::size_t size, Failure& failure) {
    return is_sealed() ? tls_->read_some(to, size, failure) : socket_.receive(to, size, failure);
  }
  std::size_t write_some(const char* from, std::size_t size, Failure& failure) {
    return tls_ ? tls_->write_some(from, size, failure) : socket_.send(from, size, failure);
  }
  /// Whether a read may give something although the poller will not say so.
  bool has_unread() const { return socket_.may_receive() || (is_sealed() && tls_->has_unread()); }

  /// What one write sends as one piece to the other side; more of it goes in pieces that nobody chose.
  std::size_t most_in_piece() const { return tls_ ? Tls::most_in_record : Output::unbounded; }

  /// Says that no more will come, if there is room for that; else `would_block`. What is read from then on is for throwing away.
  void finish_sending(Failure& failure) {
    if (tls_) tls_->send_close_notify(failure);
    if (tls_ && failure) return;
    is_finished_ = true;
    socket_.shutdown(failure);
  }

  void close() {
    Failure ignored;
    if (tls_) tls_->send_close_notify(ignored);
    socket_.close();
  }

 private:
  bool is_sealed() const { return tls_ && !is_finished_; }

  Socket socket_;
  std::optional<Tls> tls_;
  bool is_finished_ = false;
};

}  // namespace innkeeper::beast
