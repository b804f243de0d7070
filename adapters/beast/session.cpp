#include <innkeeper/engine.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/store.hpp>

#include "adapters/beast/session.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/core/read_size.hpp>

#include <algorithm>
#include <utility>

namespace innkeeper::beast {
namespace asio = boost::asio;
namespace {

constexpr std::size_t first_buffer = 4 * 1024;
constexpr std::size_t gather_limit = 64 * 1024;   ///< Answers are sent when this much has gathered.
constexpr std::size_t keep_limit = 64 * 1024;     ///< Memory beyond this is not kept from one request to the next.
constexpr std::size_t free_limit = 8 * 1024;      ///< Memory up to this is not counted.
constexpr std::size_t waited_limit = 8 * 1024;    ///< A body up to this is waited for without asking the engine first.
constexpr std::size_t least_movement = 8 * 1024;  ///< In a tick, of those that hold memory while it is short.
constexpr unsigned most_slow_ticks = 4;
constexpr std::size_t discard_limit = 8 * 1024 * 1024;
constexpr std::chrono::seconds linger_time{2};
constexpr std::chrono::seconds body_grace{5};

Error short_of_memory() {
  return {.code = Errc::overloaded, .reason = Reason{"http.no_memory"}, .retry_after = std::chrono::seconds{1}};
}

/// Empties a string, and gives back its memory if that has become much.
void empty(std::string& text) {
  if (text.capacity() > keep_limit)
    give_back(text);
  else
    text.clear();
}

}  // namespace

Session::Session(Worker& worker, NewConnection new_connection, Worker::Sessions::iterator place)
    : worker_(worker),
      transport_(Socket{std::move(new_connection.descriptor)}, new_connection.listener_info->identity),
      place_(place),
      reply_slot_(std::make_shared<ReplySlot>(*this, worker.completions())) {
  slot_.emplace(std::move(new_connection.slot));
  request_.origin = {.address = std::move(new_connection.address),
                     .listener = new_connection.listener_info->listener,
                     .is_secure = transport_.is_secure()};
}

/// Runs what a handler does. A defect in it costs this connection and no other.
template <class Call>
void Session::guarded(Call call) noexcept {
  try {
    if (phase_ != Phase::closed) call();
  } catch (...) {
    worker_.report(std::current_exception());
    close();
  }
}

/// What the peer has sent by now is told of, as a change.
void Session::start() {
  guarded([this] {
    if (!request_.origin.address.empty()) transport_.socket().set_no_delay();
    if (transport_.is_secure()) {
      phase_ = Phase::greeting;
      deadline_ = worker_.deadline_in(worker_.options().head_timeout);
    } else {
      set_deadline();
    }
    set_waiting(true);
    worker_.poller().watch_changes(transport_.socket().number(), *this);
  });
}

void Session::on_ready(std::uint32_t events) noexcept {
  guarded([&] {
    transport_.socket().note(events);
    proceed();
  });
}

void Session::proceed() {
  if (phase_ == Phase::greeting && !greet()) return;
  if (is_writing_) {
    is_writing_ = false;
    pump();
  } else if (!is_with_engine() && !is_streaming()) {
    read();
  }
}

bool Session::greet() {
  Failure failure;
  transport_.greet(failure);
  if (failure == asio::error::would_block) {
    if (transport_.socket().may_receive()) worker_.revisit(*this);
    return false;
  }
  if (failure) {
    close();
    return false;
  }
  phase_ = Phase::idle;
  set_deadline();
  return true;
}

void Session::drain() {
  guarded([this] {
    if (phase_ == Phase::feeding && feed_ && !feed_->has_end()) {
      feed_.reset();
      if (!is_writing_) pump();
    } else if (phase_ == Phase::greeting ||
               (phase_ == Phase::idle && !is_writing_ && in_.size() == 0 && !transport_.has_unread())) {
      close();
    }
  });
}

void Session::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  transport_.close();
  feed_.reset();
  reply_slot_->abandon();
  worker_.memory().change(held_, 0);
  held_ = 0;
  slot_.reset();
  worker_.forget(place_);
}

void Session::check(Moment now) {
  guarded([&] {
    if (phase_ == Phase::idle && is_waiting_ && now - waiting_since_ >= Worker::tick) give_back_memory();
    const bool is_slow = held_ > 0 && !is_with_engine() && moved_ < moved_before_ + least_movement;
    slow_ticks_ = is_slow ? slow_ticks_ + 1 : 0;
    moved_before_ = moved_;
    if (slow_ticks_ >= most_slow_ticks && worker_.memory().is_short()) return close();
    if (now < deadline_) return;
    if (is_writing_ || (phase_ != Phase::head && phase_ != Phase::body)) return close();
    const Error late{.code = Errc::timed_out, .detail = "The request did not arrive in time."};
    if (phase_ == Phase::head)
      refuse_unfinished(late);
    else
      refuse(late);
    pump();
  });
}

void Session::answer(const Response& response) {
  guarded([&] {
    if (phase_ == Phase::examining) {
      if (on_examined(response)) submit();
    } else if (phase_ == Phase::working) {
      put(response, !keeps_alive_);
    } else {
      return;
    }
    if (!is_writing_) pump();
  });
}

void Session::feed() {
  guarded([this] {
    if (phase_ == Phase::feeding && feed_ && !is_writing_) worker_.queue_piece(*this);
  });
}

void Session::send_piece() {
  guarded([this] {
    if (!feed_) return;
    const bool is_over = feed_->is_over();
    const auto piece = feed_->take();
    if (is_chunked_)
      append_chunk(out_.text(), piece);
    else
      out_.text() += piece;
    if (is_over) {
      // Whoever reads it sees that the end is missing.
      if (feed_->is_cut()) return close();
      if (is_chunked_) out_.text() += last_chunk;
      feed_.reset();
      is_chunked_ = false;
      if (!is_last_) phase_ = Phase::idle;
    }
    pump();
  });
}

/// Takes what has come, once. If there may be more, the others have their turn first.
void Session::read() {
  if (!transport_.has_unread()) return;
  if (in_.capacity() == 0) in_.reserve(first_buffer);
  const auto room = in_.prepare(boost::beast::read_size(in_, max_head));
  Failure failure;
  const std::size_t size = transport_.read_some(static_cast<char*>(room.data()), room.size(), failure);
  if (failure == asio::error::would_block) {
    if (transport_.socket().may_receive()) worker_.revisit(*this);
    return;
  }
  if (failure) return close();
  if (phase_ == Phase::feeding || phase_ == Phase::lingering) {
    discarded_ += size;
    in_.clear();
    return discarded_ > discard_limit ? close() : read_on();
  }
  moved_ += size;
  in_.commit(size);
  worker_.note_turn(*this);
  pump();
}

/// The poller tells of changes only: what has come by now would not be told of.
void Session::read_on() {
  if (transport_.has_unread()) worker_.revisit(*this);
}

/// Answers what stands in the buffer, sends it, and sees to what comes next.
void Session::pump() {
  for (;;) {
    const bool has_more = gather();
    if (!flush() || is_with_engine()) return;
    if (feed_ || is_last_) return finish();
    if (has_more) continue;
    if (phase_ == Phase::idle && worker_.is_draining()) return linger();
    set_deadline();
    set_waiting(phase_ == Phase::idle || phase_ == Phase::head);
    return read_on();
  }
}

/// Answers whether there may be more to answer without reading.
bool Session::gather() {
  while (!is_last_ && !feed_ && !is_with_engine()) {
    if (out_.size() >= gather_limit) return true;
    if (!take_request()) return false;
    submit();
  }
  return false;
}

/// Answers whether all is sent. If not, the connection is closed, or `pump` is called when there is room.
bool Session::flush() {
  while (!out_.is_sent()) {
    Failure failure;
    const std::string_view piece = out_.next(transport_.most_in_piece());
    const std::size_t size = transport_.write_some(piece.data(), piece.size(), failure);
    out_.note_sent(size);
    moved_ += size;
    if (failure == asio::error::would_block) {
      wait_for_room();
      return false;
    }
    if (failure) {
      close();
      return false;
    }
  }
  out_.clear(keep_limit);
  if (phase_ != Phase::body && !is_streaming()) begun_ = {};
  count_memory();
  return true;
}

void Session::set_waiting(bool is_waiting) {
  if (is_waiting == is_waiting_) return;
  is_waiting_ = is_waiting;
  if (is_waiting) {
    waiting_since_ = worker_.now();
    worker_.note_waiting(place_);
  } else {
    worker_.note_busy(place_);
  }
}

void Session::wait_for_room() {
  is_writing_ = true;
  const bool is_first = begun_ == Moment{};
  const bool is_spent_by_others = is_first && worker_.memory().is_spent();
  if (is_first) {
    begun_ = worker_.now();
    moved_ = 0;
  }
  count_memory();
  if (is_spent_by_others && held_ > 0) return close();
  set_deadline();
}

void Session::finish() {
  if (!feed_) return linger();
  phase_ = Phase::feeding;
  set_deadline();
  if (is_last_) read_on();
  feed_->when_ready([reply_slot = reply_slot_] { reply_slot->ring(); });
}

void Session::linger() {
  Failure failure;
  transport_.finish_sending(failure);
  if (failure == asio::error::would_block) return wait_for_room();
  phase_ = Phase::lingering;
  slot_->mark_finished();
  if (failure) return close();
  set_deadline();
  in_.clear();
  read_on();
}

/// Answers whether a whole request has come. A request that is refused has not: its answer is put, as the last one.
bool Session::take_request() {
  if (phase_ == Phase::idle) {
    if (in_.size() == 0) return false;
    phase_ = Phase::head;
    head_end_.restart();
    deadline_ = worker_.deadline_in(worker_.options().head_timeout);
  }
  return phase_ == Phase::head ? take_head() : take_body();
}

bool Session::take_head() {
  if (!has_skipped_line_ && input().starts_with("\r\n")) {
    in_.consume(2);
    has_skipped_line_ = true;
    phase_ = Phase::idle;
    return take_request();
  }
  const auto found = head_end_.look(input());
  if (found == HeadEnd::Found::nothing && in_.size() < max_head) return false;
  if (found != HeadEnd::Found::end) {
    const bool is_fault = found == HeadEnd::Found::fault;
    return refuse_unfinished(is_fault
                                 ? Error{.code = Errc::malformed, .detail = "This is not HTTP, or a line does not end in CRLF."}
                                 : Error{.code = Errc::head_too_large, .detail = "The request head is too large."});
  }
  Head head;
  const std::string_view bytes = input().substr(0, head_end_.size());
  const auto read = read_head(bytes, head);
  begin_request(bytes, head);
  if (!read) return refuse(read.error());
  set_waiting(false);
  keeps_alive_ = head.keeps_alive;
  in_.consume(head_end_.size());
  return (!head.is_chunked && head.length == 0) || expect_body(head);
}

/// Answers whether all of it is there. If not, it is waited for: a small one at once, a large one when the engine wants it.
bool Session::expect_body(const Head& head) {
  const bool is_whole = !head.is_chunked && head.length <= in_.size();
  const std::size_t limit = is_whole ? worker_.engine().limits().body : worker_.engine().body_limit(request_);
  if (head.length > limit) return refuse(Error{.code = Errc::too_large, .detail = "The body is too large."});
  body_left_ = head.length;
  if (head.is_chunked) chunks_.emplace(request_.body, limit);
  phase_ = Phase::body;
  begun_ = worker_.now();
  moved_ = in_.size();
  expects_continue_ = head.expects_continue && in_.size() == 0;
  if (take_body()) return true;
  if (phase_ == Phase::body && worker_.memory().is_spent()) return refuse(short_of_memory());
  if (phase_ != Phase::body || (head.length <= waited_limit && !head.is_chunked && !expects_continue_)) return false;
  return examine();
}

/// Answers whether the body is whole.
bool Session::examine() {
  phase_ = Phase::examining;
  deadline_ = Moment::max();
  const auto answer = reply_slot_->await([this](Reply reply) { worker_.engine().examine(request_, std::move(reply)); });
  return answer && on_examined(*answer);
}

bool Session::on_examined(const Response& response) {
  if (response.status != 100) {
    put(response, true);
    empty(request_.body);
    chunks_.reset();
    return false;
  }
  is_examined_ = true;
  phase_ = Phase::body;
  begun_ = worker_.now();
  if (expects_continue_) out_.text() += "HTTP/1.1 100 Continue\r\n\r\n";
  return take_body();
}

bool Session::take_body() {
  if (!chunks_) {
    const std::string_view piece = input().substr(0, body_left_);
    request_.body += piece;
    body_left_ -= piece.size();
    in_.consume(piece.size());
    if (body_left_ == 0) return true;
  } else {
    const auto taken = chunks_->take(input());
    if (!taken) return refuse(taken.error());
    in_.consume(*taken);
    if (chunks_->is_done()) {
      chunks_.reset();
      return true;
    }
  }
  count_memory();
  return held_ > 0 && worker_.memory().is_spent() && refuse(short_of_memory());
}

void Session::begin_request(std::string_view bytes, const Head& head) {
  request_.method = parse_method(head.method);
  request_.target.assign(head.target.starts_with('?') ? "/" : "").append(head.target);
  if (!request_.target.starts_with('/') && request_.target != "*") request_.target = "/";
  request_.headers.assign(bytes, {head.fields.data(), head.field_count});
  if (head.is_absolute) request_.headers.set(header::host, head.host);
  is_http_11_ = head.is_http_11;
}

void Session::submit() {
  phase_ = Phase::working;
  deadline_ = Moment::max();
  const auto examined = std::exchange(is_examined_, false) ? Examined::yes : Examined::no;
  // Nobody else has been asking for a while: the thread has nothing better to do than to wait for this one's commit.
  const auto caller = worker_.is_alone_with(*this) ? Caller::waits : Caller::moves_on;
  const auto answer =
      reply_slot_->await([&](Reply reply) { worker_.engine().submit(request_, std::move(reply), caller, examined); });
  empty(request_.body);
  if (answer) put(*answer, !keeps_alive_);
}

/// Answers a request that cannot be taken whole. Nothing behind it can be trusted: the connection ends.
bool Session::refuse(const Error& error) {
  put(worker_.engine().refuse(request_, error), true);
  empty(request_.body);
  chunks_.reset();
  return false;
}

/// The same while the head is not whole.
bool Session::refuse_unfinished(const Error& error) {
  Head head;
  const auto read = read_unfinished_head(input(), head);
  begin_request({}, head);
  if (!head.host.empty()) request_.headers.set(header::host, head.host);
  const bool is_target_to_blame = error.code == Errc::head_too_large && !read && read.error().code == Errc::target_too_long;
  return refuse(is_target_to_blame ? read.error() : error);
}

void Session::put(const Response& response, bool is_last) {
  const bool has_end = response.feed && response.feed->has_end();
  const bool is_for_head = request_.method == Method::head;
  is_chunked_ = has_end && is_http_11_;
  is_last_ = is_last || (response.feed && !is_chunked_) || worker_.is_draining();
  const ResponseFraming how{
      .is_for_head = is_for_head, .is_last = is_last_, .says_keep_alive = !is_http_11_, .is_chunked = is_chunked_};
  out_.keep_whole(append_answer(out_.text(), response, how, worker_.date_line()));
  if (!is_for_head) feed_ = response.feed;
  has_skipped_line_ = false;
  begun_ = {};
  phase_ = Phase::idle;
}

void Session::set_deadline() {
  const HttpOptions& options = worker_.options();
  const auto at_rate = [&] { return std::chrono::milliseconds(moved_ * 1'000 / std::max<std::size_t>(options.body_rate, 1)); };
  if (is_writing_)
    deadline_ = begun_ + Worker::tick + options.idle_timeout + at_rate();
  else if (phase_ == Phase::idle)
    deadline_ = worker_.deadline_in(options.idle_timeout);
  else if (phase_ == Phase::lingering)
    deadline_ = worker_.deadline_in(linger_time);
  else if (phase_ == Phase::body)
    deadline_ = begun_ + Worker::tick + std::min<Moment::duration>(body_grace + at_rate(), options.body_timeout);
  else if (phase_ != Phase::head)
    deadline_ = Moment::max();
}

void Session::count_memory() {
  const std::size_t all = in_.capacity() + request_.body.capacity() + out_.capacity();
  const std::size_t counted = all - std::min(all, free_limit);
  if (counted == held_) return;
  worker_.memory().change(held_, counted);
  held_ = counted;
}

/// Of a connection that waits for a request nothing is kept but what it is.
void Session::give_back_memory() {
  if (in_.capacity() == 0 || in_.size() > 0) return;
  in_.clear();
  in_.shrink_to_fit();
  Request bare;
  bare.origin = std::move(request_.origin);
  std::swap(request_, bare);
  out_.clear(0);
  count_memory();
}

std::string_view Session::input() const {
  const auto bytes = in_.data();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace innkeeper::beast
