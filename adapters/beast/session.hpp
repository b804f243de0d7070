#pragma once

#include "adapters/beast/chunked_body.hpp"
#include "adapters/beast/head.hpp"
#include "adapters/beast/pigeonhole.hpp"
#include "adapters/beast/wire.hpp"
#include "adapters/beast/worker.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace innkeeper::beast {

/// One connection, on its worker's thread only. Requests are answered one after the other: the next one is parsed when the one
/// before it is answered, and answers gather into one write as long as the buffer holds whole requests.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  using Place = std::list<std::shared_ptr<Session>>::iterator;

  Session(Worker& worker, Stream stream, const Entrance& entrance, Census::Seat seat, Place place);

  void start();
  /// The server is going: ends here if nothing has begun, else behind the answer under way.
  void drain();
  /// Ends the connection at once.
  void close();
  /// Acts on a deadline that has passed.
  void check(Moment now);
  /// The engine's answer to the request under way.
  void answer(const Response& response);
  /// The feed has something, or is over.
  void feed();

 private:
  enum class Phase : std::uint8_t {
    greeting,   ///< The TLS handshake.
    idle,       ///< Between requests.
    head,       ///< A head has begun.
    body,       ///< A body is expected.
    working,    ///< The engine has the request.
    feeding,    ///< An answer without an end is going out.
    lingering,  ///< All is said; what the peer still sends is thrown away, so that it reads our last words before a reset.
    closed,
  };

  template <class Call>
  void guarded(Call call) noexcept;
  void greet();
  void read();
  void on_read(const boost::system::error_code& failure, std::size_t size);
  void pump();
  bool gather();
  bool flush();
  void wait_for_room();
  void finish();
  void linger();

  bool take_request();
  bool take_head();
  bool take_body();
  void begin_request(std::string_view bytes, const Head& head);
  void submit();
  bool refuse(const Error& error);
  bool refuse_unfinished(const Error& error);
  void put(const Response& response, bool is_last);
  void set_deadline();
  std::string_view input() const;

  Worker& worker_;
  Wire wire_;
  Census::Seat seat_;
  Place place_;

  Phase phase_ = Phase::idle;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool is_last_ = false;           ///< What is in `out_` ends the connection.
  bool has_skipped_line_ = false;  ///< RFC 9112 §2.2: one empty line before a request is passed over.
  Moment deadline_ = Moment::max();
  Moment begun_{};            ///< When the body was first waited for.
  std::size_t received_ = 0;  ///< Bytes of the body since then; while lingering, bytes thrown away.

  boost::beast::flat_buffer in_{max_head};
  HeadEnd head_end_;
  Request request_;
  bool is_http_11_ = true;
  bool keeps_alive_ = false;     ///< The request allows another one behind it.
  std::uint64_t body_left_ = 0;  ///< What is still to come of a body that is not chunked.
  std::optional<ChunkedBody> chunks_;
  std::shared_ptr<Pigeonhole> pigeonhole_;
  Output out_;
  std::shared_ptr<Feed> feed_;
};

}  // namespace innkeeper::beast
