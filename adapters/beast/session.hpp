#pragma once

#include "adapters/beast/chunked_body.hpp"
#include "adapters/beast/head.hpp"
#include "adapters/beast/reply_slot.hpp"
#include "adapters/beast/transport.hpp"
#include "adapters/beast/worker.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace innkeeper::beast {

/// One connection, on its worker's thread only. Requests are answered one after the other: the next one is parsed when the one
/// before it is answered, and answers gather into one write as long as the buffer holds whole requests. A body that does not come
/// with its head is waited for once the engine has let the head pass.
class Session final : public Watcher {
 public:
  Session(Worker& worker, NewConnection new_connection, Worker::Sessions::iterator place);

  void start();
  void on_ready(std::uint32_t events) noexcept override;
  /// The server is going: ends here if nothing has begun, else behind the answer under way.
  void drain();
  /// Ends the connection at once.
  void close();
  /// Acts on a deadline that has passed. Called each tick.
  void check(Moment now);
  /// The engine's answer to the request under way.
  void answer(const Response& response);
  /// The body that is going out has more, or is over.
  void feed();
  /// Its turn has come to send that.
  void send_piece();

  /// Whether it waits for a handshake, or for a request whose head is not whole, and since when.
  bool is_waiting() const { return is_waiting_; }
  Moment waiting_since() const { return waiting_since_; }

 private:
  enum class Phase : std::uint8_t {
    greeting,   ///< The TLS handshake.
    idle,       ///< Between requests.
    head,       ///< A head has begun.
    examining,  ///< The engine has the head.
    body,       ///< A body is expected.
    working,    ///< The engine has the request.
    feeding,    ///< The body of an answer is going out as it comes.
    lingering,  ///< All is said; what the peer still sends is thrown away, so that it reads our last words before a reset.
    closed,
  };

  template <class Call>
  void guarded(Call call) noexcept;
  void proceed();
  bool greet();
  void read();
  void read_on();
  void pump();
  bool gather();
  bool flush();
  void wait_for_room();
  void finish();
  void linger();
  void set_waiting(bool is_waiting);

  bool take_request();
  bool take_head();
  bool expect_body(const Head& head);
  bool examine();
  bool on_examined(const Response& response);
  bool take_body();
  void begin_request(std::string_view bytes, const Head& head);
  void submit();
  bool refuse(const Error& error);
  bool refuse_unfinished(const Error& error);
  void put(const Response& response, bool is_last);
  void set_deadline();
  void count_memory();
  void give_back_memory();
  bool is_with_engine() const { return phase_ == Phase::examining || phase_ == Phase::working; }
  /// A body is going out behind which the connection goes on.
  bool is_streaming() const { return phase_ == Phase::feeding && !is_last_; }
  std::string_view input() const;

  Worker& worker_;
  Transport transport_;
  std::optional<ConnectionSlots::Slot> slot_;
  const Worker::Sessions::iterator place_;

  Phase phase_ = Phase::idle;
  bool is_waiting_ = false;        ///< It stands among those that wait for a request.
  bool is_writing_ = false;        ///< There is no room for what is in `out_`.
  bool is_last_ = false;           ///< What is in `out_` ends the connection.
  bool has_skipped_line_ = false;  ///< RFC 9112 §2.2: one empty line before a request is passed over.
  bool is_examined_ = false;       ///< The engine has let the head pass.
  bool expects_continue_ = false;
  bool is_http_11_ = true;
  bool keeps_alive_ = false;  ///< The request allows another one behind it.
  bool is_chunked_ = false;   ///< What the feed says is framed.
  Moment waiting_since_{};
  Moment deadline_ = Moment::max();
  Moment begun_{};             ///< When the body was first waited for, or room for the answer.
  std::size_t moved_ = 0;      ///< Bytes received or sent since then.
  std::size_t discarded_ = 0;  ///< Bytes that came behind the last request, and were thrown away.
  std::size_t held_ = 0;       ///< Bytes of the memory budget.
  std::size_t moved_before_ = 0;
  unsigned slow_ticks_ = 0;  ///< In which little was moved, since `moved_before_`.

  boost::beast::flat_buffer in_{max_head};
  HeadEnd head_end_;
  Request request_;
  std::uint64_t body_left_ = 0;  ///< What is still to come of a body that is not chunked.
  std::optional<ChunkedBody> chunks_;
  std::shared_ptr<ReplySlot> reply_slot_;
  Output out_;
  std::shared_ptr<Feed> feed_;
};

}  // namespace innkeeper::beast
