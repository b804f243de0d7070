#pragma once

#include "adapters/beast/answer.hpp"
#include "adapters/beast/connection_slots.hpp"
#include "adapters/beast/memory_budget.hpp"
#include "adapters/beast/poller.hpp"
#include "adapters/beast/reply_slot.hpp"

#include <innkeeper/http.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace innkeeper::beast {

using Moment = std::chrono::steady_clock::time_point;

class Acceptor;
class Identity;
class Session;
class Worker;

/// The listener that a connection came in by.
struct ListenerInfo {
  std::string listener;                ///< The `Origin::listener` name.
  const Identity* identity = nullptr;  ///< What TLS shows; null: the listener is plain.
  std::size_t number = 0;              ///< Of the listener, in `ConnectionSlots`.
};

/// An accepted connection that has no session yet.
struct NewConnection {
  Descriptor descriptor;
  const ListenerInfo* listener_info;
  std::string address;  ///< The peer's, empty for a Unix socket.
  ConnectionSlots::Slot slot;
};

/// What all threads of a server share.
struct ServerState {
  explicit ServerState(HttpOptions chosen)
      : options(std::move(chosen)), slots(options.connections, options.connections_per_address), memory(options.memory) {}

  const HttpOptions options;
  ConnectionSlots slots;
  MemoryBudget memory;
  std::vector<std::unique_ptr<Worker>> workers{};

  /// A slot for a new connection, if need be that of the connection that has waited longest for a request. From any thread.
  std::pair<ConnectionSlots::Slot, ConnectionSlots::Refusal> find_slot(std::size_t listener, const Network& network);

 private:
  bool evict();
};

/// One thread and the sessions it serves, which it shares with no other: no locks, no strands. Time here is coarse: it moves once
/// a `tick`, and deadlines are met up to two ticks late, never early. It stands still while a request holds up the thread: peers
/// do not pay for that.
class Worker {
 public:
  static constexpr std::chrono::milliseconds tick{250};
  using Sessions = std::list<std::unique_ptr<Session>>;

  explicit Worker(ServerState& server_state);
  ~Worker();

  void start(Engine& engine);
  /// Cuts what is left and joins the thread.
  void stop();
  /// Before the start, or from its own thread.
  void add(Acceptor& acceptor) { acceptors_.push_back(&acceptor); }

  // From any thread. A slot is kept until that is done.
  void drain(ConnectionSlots::Slot slot);
  void cut();
  void admit_later(NewConnection new_connection);
  void evict_one();
  /// Since when the connection has waited that has waited longest for a request; `Moment::max` if none does.
  Moment longest_wait_since() const { return longest_wait_since_.load(std::memory_order_relaxed); }

  // From the worker's own thread.
  void admit(NewConnection new_connection);
  void forget(Sessions::iterator place);
  /// A session that waits for a request, or does not any more.
  void note_waiting(Sessions::iterator place);
  void note_busy(Sessions::iterator place);
  /// Calls a session again in the next round, since nobody will tell that there is more to read.
  void revisit(Session& session) { to_revisit_.push_back(&session); }
  /// Has a session send the next piece of a body, when it is its turn: there is one in each round, so that long bodies hold up
  /// nobody.
  void queue_piece(Session& session) { to_send_.push_back(&session); }
  /// Counts a connection that got no slot, for the log.
  void note_refused(ConnectionSlots::Refusal why) { ++(why == ConnectionSlots::Refusal::full ? refused_ : refused_of_network_); }

  ServerState& server_state() { return server_state_; }
  Poller& poller() { return poller_; }
  Engine& engine() { return *engine_; }
  const HttpOptions& options() const { return server_state_.options; }
  MemoryBudget& memory() { return server_state_.memory; }
  const std::shared_ptr<CompletionQueue>& completions() const { return completions_; }
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
  /// What other threads ask this one to do.
  struct Commands {
    bool drain = false;
    bool cut = false;
    bool stop = false;
    std::size_t evict = 0;
    std::vector<ConnectionSlots::Slot> slots{};
    std::vector<NewConnection> new_connections{};
  };

  void run();
  void run_once();
  template <class Change>
  void command(Change change);
  void run_commands();
  void deliver();
  void visit_again();
  void send_piece();
  void watch_time();
  void evict();
  void publish_longest_wait();
  void update_date() noexcept;
  void log_refused();
  void note(std::string_view what) noexcept;
  template <class Call>
  void each(Call call);

  ServerState& server_state_;
  Engine* engine_ = nullptr;  ///< From `start` on.
  Poller poller_;
  std::shared_ptr<CompletionQueue> completions_;
  std::vector<Acceptor*> acceptors_;
  Sessions busy_;
  Sessions waiting_;  ///< Those that wait for a request, the longest waiting first.
  Sessions gone_;     ///< Those that closed in this round; what the poller told before may still be about them.
  std::vector<Session*> to_revisit_;
  std::vector<Session*> visited_;  ///< Those of this round, for their memory.
  std::deque<Session*> to_send_;
  std::atomic<Moment> longest_wait_since_{Moment::max()};
  Moment now_ = std::chrono::steady_clock::now();
  Moment woken_ = now_;  ///< When the time was last moved.
  Moment seen_ = now_;   ///< The clock in the last round.
  const Session* last_served_ = nullptr;
  std::size_t turns_ = 0;  ///< How many it had in a row.
  std::string date_line_;
  std::size_t refused_ = 0;
  std::size_t refused_of_network_ = 0;
  Moment refusals_logged_{};
  bool is_draining_ = false;
  bool is_stopped_ = false;

  std::mutex mutex_;
  Commands commands_;
  std::thread thread_;
};

}  // namespace innkeeper::beast
