#pragma once

#include "adapters/beast/output.hpp"
#include "adapters/beast/tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace innkeeper::beast {

/// What a session talks over: a socket that does not block, and TLS on it or not. Its handlers keep it.
class Wire {
 public:
  using Failure = boost::system::error_code;

  /// Without an identity it is plain.
  Wire(Stream stream, const Identity* identity) : stream_(std::move(stream)) {
    if (identity) tls_.emplace(stream_, *identity);
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  Stream& socket() { return stream_; }
  bool is_secure() const { return tls_.has_value(); }

  /// The handshake, where there is TLS. `handler` gets a failure, or none, and 0.
  template <class Handler>
  void async_greet(Handler handler) {
    attempt([this](Failure& failure) { return tls_->greet(failure); }, std::move(handler));
  }

  template <class Handler>
  void async_read_some(boost::asio::mutable_buffer to, Handler handler) {
    if (tls_ && !is_finished_)
      attempt([this, to](Failure& failure) { return tls_->read_some(to, failure); }, std::move(handler));
    else
      stream_.async_read_some(to, std::move(handler));
  }

  std::size_t write_some(boost::asio::const_buffer from, Failure& failure) {
    return tls_ ? tls_->write_some(from, failure) : stream_.write_some(from, failure);
  }

  /// What one write sends as one piece to the other side; more of it goes in pieces that nobody chose.
  std::size_t most_in_piece() const { return tls_ ? Tls::most_in_record : Output::unbounded; }

  template <class Handler>
  void async_wait_for_room(Handler handler) {
    stream_.async_wait(tls_ ? tls_->wanted() : Stream::wait_write, std::move(handler));
  }

  /// Whether something has come that no handler was given yet.
  bool has_unread() { return stream_.available() > 0 || (tls_ && (is_handing_over_ || tls_->has_unread())); }

  /// Says that no more will come, if there is room for that; else `would_block`. What is read from then on is for throwing away.
  void finish_sending(Failure& failure) {
    if (tls_) tls_->say_farewell(failure);
    if (tls_ && failure) return;
    is_finished_ = true;
    stream_.shutdown(Stream::shutdown_send, failure);
  }

  void close() {
    Failure ignored;
    if (tls_) tls_->say_farewell(ignored);
    stream_.close(ignored);
  }

 private:
  /// Takes a step of TLS as soon as it does not block. The handler is never called before this returns.
  template <class Step, class Handler>
  void attempt(Step step, Handler handler) {
    Failure failure;
    const std::size_t size = step(failure);
    if (failure == boost::asio::error::would_block) return attempt_when_ready(std::move(step), std::move(handler));
    is_handing_over_ = true;
    boost::asio::post(stream_.get_executor(), [this, failure, size, handler = std::move(handler)]() mutable {
      is_handing_over_ = false;
      handler(failure, size);
    });
  }

  template <class Step, class Handler>
  void attempt_when_ready(Step step, Handler handler) {
    stream_.async_wait(tls_->wanted(),
                       [this, step = std::move(step), handler = std::move(handler)](const Failure& broken) mutable {
                         if (broken) return handler(broken, 0);
                         Failure failure;
                         const std::size_t size = step(failure);
                         if (failure == boost::asio::error::would_block)
                           return attempt_when_ready(std::move(step), std::move(handler));
                         handler(failure, size);
                       });
  }

  Stream stream_;
  std::optional<Tls> tls_;
  bool is_handing_over_ = false;
  bool is_finished_ = false;
};

}  // namespace innkeeper::beast
