#pragma once

#include "adapters/beast/answer.hpp"
#include "adapters/beast/census.hpp"
#include "adapters/beast/mailbox.hpp"

#include <innkeeper/http.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace innkeeper::beast {

/// A connected socket of any family, bound to one worker's context.
using Stream = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, boost::asio::io_context::executor_type>;
using Moment = std::chrono::steady_clock::time_point;

class Identity;
class Session;

/// Where connections come in.
struct Entrance {
  std::string listener;                ///< The `Origin::listener` name.
  const Identity* identity = nullptr;  ///< What TLS shows; without one the entrance is plain.
};

/// One thread and the sessions it serves, which it shares with no other: no locks, no strands. One timer looks after all their
/// deadlines, so time here is coarse: it moves once a `tick`, and deadlines are met up to two ticks late, never early. It stands
/// still while a request holds up the thread: peers do not pay for that.
class Worker {
 public:
  static constexpr std::chrono::milliseconds tick{250};

  explicit Worker(const HttpOptions& options);
  ~Worker() { stop(); }

  void start(Engine& engine);
  /// Cuts what is left and joins the thread.
  void stop();
  boost::asio::io_context& context() { return context_; }

  // From any thread.
  void drain(Census::Seat seat);
  void cut();

  // From the worker's own thread.
  void admit(Stream stream, const Entrance& entrance, Census::Seat seat);
  void forget(std::list<std::shared_ptr<Session>>::iterator place);
  Engine& engine() { return *engine_; }
  const HttpOptions& options() const { return options_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  Moment deadline_in(std::chrono::steady_clock::duration time) const { return now_ + tick + time; }
  Moment now() const { return now_; }
  /// The Date field of an answer, the line whole.
  std::string_view date_line() const { return date_line_; }
  bool is_draining() const { return is_draining_; }
  /// Notes that a session got something to read.
  void note_turn(const Session& session) {
    turns_ = last_served_ == &session ? turns_ + 1 : 1;
    last_served_ = &session;
  }
  /// Whether the last eight turns were all this session's: then its request may hold up the thread, since nobody else is likely
  /// to wait for it. A guess from what was: another peer may send something at any time.
  bool is_alone_with(const Session& session) const { return last_served_ == &session && turns_ >= 8; }
  /// Notes an exception that nobody expected.
  void report(std::exception_ptr defect) noexcept;

 private:
  void run();
  void watch();
  void note(std::string_view what) noexcept;
  void tell_date() noexcept;
  void deliver();
  template <class Call>
  void each(Call call);

  Engine* engine_ = nullptr;  ///< From `start` on.
  const HttpOptions& options_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      timer_{context_};
  std::shared_ptr<Mailbox> mailbox_;
  std::list<std::shared_ptr<Session>> sessions_;
  Moment now_ = std::chrono::steady_clock::now();
  Moment woken_ = now_;  ///< When the time was last moved.
  const Session* last_served_ = nullptr;
  std::size_t turns_ = 0;  ///< How many it had in a row.
  std::string date_line_;
  std::vector<Letter> letters_;  ///< Those being delivered.
  bool is_draining_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace innkeeper::beast
