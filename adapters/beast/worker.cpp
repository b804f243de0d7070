#include "adapters/beast/worker.hpp"

#include "adapters/beast/listener.hpp"
#include "adapters/beast/session.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace innkeeper::beast {

std::pair<Seats::Seat, Seats::Refusal> Premises::find_seat(std::size_t listener, const Network& network) {
  auto found = seats.take(listener, network);
  if (found.second != Seats::Refusal::full || !evict()) return found;
  return seats.take(listener, network);
}

/// Has the connection closed that has waited longest for a request. False if none waits.
bool Premises::evict() {
  const auto longest = std::min_element(workers.begin(), workers.end(), [](const auto& a, const auto& b) {
    return a->longest_wait_since() < b->longest_wait_since();
  });
  if ((*longest)->longest_wait_since() == Moment::max() || !seats.expect_leaver()) return false;
  (*longest)->evict_one();
  return true;
}

Worker::Worker(Premises& premises) : premises_(premises), mailbox_(std::make_shared<Mailbox>([this] { poller_.wake(); })) {}

Worker::~Worker() {
  stop();
  mailbox_->close();
}

void Worker::start(Engine& engine) {
  engine_ = &engine;
  thread_ = std::thread([this] { run(); });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  order([](Orders& orders) { orders.stop = true; });
  thread_.join();
}

template <class Change>
void Worker::order(Change change) {
  {
    const std::lock_guard lock(mutex_);
    change(orders_);
  }
  poller_.wake();
}

void Worker::drain(Seats::Seat seat) {
  order([&](Orders& orders) {
    orders.drain = true;
    orders.seats.push_back(std::move(seat));
  });
}

void Worker::cut() {
  order([](Orders& orders) { orders.cut = true; });
}

void Worker::admit_later(Arrival arrival) {
  order([&](Orders& orders) { orders.arrivals.push_back(std::move(arrival)); });
}

void Worker::evict_one() {
  order([](Orders& orders) { ++orders.evict; });
}

void Worker::run() {
  mailbox_->belong_to_this_thread();
  now_ = woken_ = seen_ = std::chrono::steady_clock::now();
  tell_date();
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
  follow_orders();
  watch_time();
  tell_longest_wait();
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
  for (auto letter = mailbox_->collect(); letter.to; letter = mailbox_->collect()) {
    Session* session = letter.to->owner();
    if (session == nullptr) continue;
    if (letter.answer)
      session->answer(*letter.answer);
    else
      session->feed();
  }
}

void Worker::follow_orders() {
  Orders orders;
  {
    const std::lock_guard lock(mutex_);
    std::swap(orders, orders_);
  }
  for (Arrival& arrival : orders.arrivals) admit(std::move(arrival));
  for (; orders.evict > 0; --orders.evict) evict();
  if (orders.drain || orders.stop) {
    is_draining_ = true;
    for (Doorman* doorman : doormen_) doorman->close();
    each([](Session& session) { session.drain(); });
  }
  if (orders.stop) mailbox_->close();
  if (orders.cut || orders.stop) each([](Session& session) { session.close(); });
  is_stopped_ = orders.stop;
}

void Worker::evict() {
  if (!waiting_.empty()) waiting_.front()->close();
  premises_.seats.forget_leaver();
}

void Worker::watch_time() {
  seen_ = std::chrono::steady_clock::now();
  if (seen_ - woken_ < tick) return;
  now_ += std::min<Moment::duration>(seen_ - woken_, 2 * tick);
  woken_ = seen_;
  tell_date();
  tell_refused();
  for (Doorman* doorman : doormen_) doorman->resume();
  each([this](Session& session) { session.check(now_); });
}

void Worker::admit(Arrival arrival) {
  if (is_draining_) return;
  const auto place = busy_.emplace(busy_.end());
  try {
    *place = std::make_unique<Session>(*this, std::move(arrival), place);
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

void Worker::tell_longest_wait() {
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
void Worker::tell_refused() {
  if (refused_ + refused_of_network_ == 0 || now_ - refusals_told_ < std::chrono::seconds{1}) return;
  refusals_told_ = now_;
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
void Worker::tell_date() noexcept {
  try {
    date_line_ = beast::date_line(std::time(nullptr));
  } catch (...) {
    report(std::current_exception());
  }
}

}  // namespace innkeeper::beast
