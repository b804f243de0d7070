#include <innkeeper/engine.hpp>

#include "adapters/beast/worker.hpp"

#include "adapters/beast/listener.hpp"
#include "adapters/beast/session.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace innkeeper::beast {

std::pair<ConnectionSlots::Slot, ConnectionSlots::Refusal> ServerState::find_slot(std::size_t listener, const Network& network) {
  auto found = slots.take(listener, network);
  if (found.second != ConnectionSlots::Refusal::full || !evict()) return found;
  return slots.take(listener, network);
}

/// Has the connection closed that has waited longest for a request. False if none waits.
bool ServerState::evict() {
  const auto longest = std::min_element(workers.begin(), workers.end(), [](const auto& a, const auto& b) {
    return a->longest_wait_since() < b->longest_wait_since();
  });
  if ((*longest)->longest_wait_since() == Moment::max() || !slots.expect_leaver()) return false;
  (*longest)->evict_one();
  return true;
}

Worker::Worker(ServerState& server_state)
    : server_state_(server_state), completions_(std::make_shared<CompletionQueue>([this] { poller_.wake(); })) {}

Worker::~Worker() {
  stop();
  completions_->close();
}

void Worker::start(Engine& engine) {
  engine_ = &engine;
  thread_ = std::thread([this] { run(); });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  command([](Commands& commands) { commands.stop = true; });
  thread_.join();
}

template <class Change>
void Worker::command(Change change) {
  {
    const std::lock_guard lock(mutex_);
    change(commands_);
  }
  poller_.wake();
}

void Worker::drain(ConnectionSlots::Slot slot) {
  command([&](Commands& commands) {
    commands.drain = true;
    commands.slots.push_back(std::move(slot));
  });
}

void Worker::cut() {
  command([](Commands& commands) { commands.cut = true; });
}

void Worker::admit_later(NewConnection new_connection) {
  command([&](Commands& commands) { commands.new_connections.push_back(std::move(new_connection)); });
}

void Worker::evict_one() {
  command([](Commands& commands) { ++commands.evict; });
}

void Worker::run() {
  completions_->belong_to_this_thread();
  now_ = woken_ = seen_ = std::chrono::steady_clock::now();
  update_date();
  while (!is_stopped_) {
    try {
      run_once();
    } catch (...) {
      report(std::current_exception());
    }
  }
}

void Worker::run_once() {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(woken_ + tick - seen_);
  const bool has_work = !to_revisit_.empty() || !to_send_.empty();
  poller_.wait(has_work ? milliseconds{0} : std::clamp(left, milliseconds{0}, milliseconds{tick}));
  visit_again();
  send_piece();
  deliver();
  run_commands();
  watch_time();
  publish_longest_wait();
  gone_.clear();
}

void Worker::visit_again() {
  visited_.swap(to_revisit_);
  for (Session* session : visited_) session->on_ready(0);
  visited_.clear();
}

void Worker::send_piece() {
  if (to_send_.empty()) return;
  Session* session = to_send_.front();
  to_send_.pop_front();
  session->send_piece();
}

void Worker::deliver() {
  for (auto completion = completions_->collect(); completion.to; completion = completions_->collect()) {
    Session* session = completion.to->owner();
    if (session == nullptr) continue;
    if (completion.answer)
      session->answer(*completion.answer);
    else
      session->feed();
  }
}

void Worker::run_commands() {
  Commands commands;
  {
    const std::lock_guard lock(mutex_);
    std::swap(commands, commands_);
  }
  for (NewConnection& new_connection : commands.new_connections) admit(std::move(new_connection));
  for (; commands.evict > 0; --commands.evict) evict();
  if (commands.drain || commands.stop) {
    is_draining_ = true;
    for (Acceptor* acceptor : acceptors_) acceptor->close();
    each([](Session& session) { session.drain(); });
  }
  if (commands.stop) completions_->close();
  if (commands.cut || commands.stop) each([](Session& session) { session.close(); });
  is_stopped_ = commands.stop;
}

void Worker::evict() {
  if (!waiting_.empty()) waiting_.front()->close();
  server_state_.slots.forget_leaver();
}

void Worker::watch_time() {
  seen_ = std::chrono::steady_clock::now();
  if (seen_ - woken_ < tick) return;
  now_ += std::min<Moment::duration>(seen_ - woken_, 2 * tick);
  woken_ = seen_;
  update_date();
  log_refused();
  for (Acceptor* acceptor : acceptors_) acceptor->resume();
  each([this](Session& session) { session.check(now_); });
}

void Worker::admit(NewConnection new_connection) {
  if (is_draining_) return;
  const auto place = busy_.emplace(busy_.end());
  try {
    *place = std::make_unique<Session>(*this, std::move(new_connection), place);
    (*place)->start();
  } catch (...) {
    busy_.erase(place);
    report(std::current_exception());
  }
}

void Worker::forget(Sessions::iterator place) {
  if (last_served_ == place->get()) last_served_ = nullptr;
  std::erase(to_revisit_, place->get());
  std::erase(to_send_, place->get());
  gone_.splice(gone_.end(), (*place)->is_waiting() ? waiting_ : busy_, place);
}

void Worker::note_waiting(Sessions::iterator place) { waiting_.splice(waiting_.end(), busy_, place); }
void Worker::note_busy(Sessions::iterator place) { busy_.splice(busy_.end(), waiting_, place); }

void Worker::publish_longest_wait() {
  const Moment since = waiting_.empty() ? Moment::max() : waiting_.front()->waiting_since();
  if (longest_wait_since_.load(std::memory_order_relaxed) != since) longest_wait_since_.store(since, std::memory_order_relaxed);
}

void Worker::report(std::exception_ptr defect) noexcept {
  try {
    std::rethrow_exception(std::move(defect));
  } catch (const std::exception& exception) {
    note(exception.what());
  } catch (...) {
    note("an exception of unknown type");
  }
}

void Worker::note(std::string_view what) noexcept {
  try {
    const std::array fields{LogField{"what", what}};
    engine_->log().write(Severity::error, "http.exception", fields);
  } catch (...) {  // a log that fails has nobody left to tell
  }
}

/// At most once a second.
void Worker::log_refused() {
  if (refused_ + refused_of_network_ == 0 || now_ - refusals_logged_ < std::chrono::seconds{1}) return;
  refusals_logged_ = now_;
  const std::array fields{LogField{"full", static_cast<std::int64_t>(std::exchange(refused_, 0))},
                          LogField{"address", static_cast<std::int64_t>(std::exchange(refused_of_network_, 0))}};
  engine_->log().write(Severity::warning, "http.refused", fields);
}

/// A session may take itself out while it is called.
template <class Call>
void Worker::each(Call call) {
  for (Sessions* sessions : {&busy_, &waiting_})
    for (auto place = sessions->begin(); place != sessions->end();) call(**place++);
}

/// The clock goes on where there is no memory for a new line.
void Worker::update_date() noexcept {
  try {
    date_line_ = beast::date_line(std::time(nullptr));
  } catch (...) {
    report(std::current_exception());
  }
}

}  // namespace innkeeper::beast
