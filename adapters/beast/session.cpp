#include "adapters/beast/session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/read_size.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <utility>

namespace innkeeper::beast {
namespace asio = boost::asio;
namespace {

constexpr std::size_t first_buffer = 4 * 1024;
constexpr std::size_t gather_limit = 64 * 1024;  ///< Answers are sent when this much has gathered.
constexpr std::size_t keep_limit = 64 * 1024;    ///< Memory beyond this is not kept from one request to the next.
constexpr std::size_t discard_limit = 8 * 1024 * 1024;
constexpr std::chrono::seconds linger_time{2};
constexpr std::chrono::seconds body_grace{5};

std::string address_of(const Stream& stream) {
  boost::system::error_code failure;
  auto peer = stream.remote_endpoint(failure);
  if (failure) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = nullptr;
  if (peer.data()->sa_family == AF_INET) address = &reinterpret_cast<const sockaddr_in*>(peer.data())->sin_addr;
  if (peer.data()->sa_family == AF_INET6) address = &reinterpret_cast<const sockaddr_in6*>(peer.data())->sin6_addr;
  if (!address || !inet_ntop(peer.data()->sa_family, address, text.data(), text.size())) return {};
  return text.data();
}

/// Empties a string, and gives back its memory if that has become much.
void empty(std::string& text) {
  if (text.capacity() > keep_limit)
    text = std::string();
  else
    text.clear();
}

}  // namespace

Session::Session(Worker& worker, Stream stream, const Entrance& entrance, Census::Seat seat, Place place)
    : worker_(worker),
      wire_(std::move(stream), entrance.identity),
      seat_(std::move(seat)),
      place_(place),
      pigeonhole_(std::make_shared<Pigeonhole>(*this, worker.mailbox())) {
  request_.origin = {.address = address_of(wire_.socket()), .listener = entrance.listener, .is_secure = wire_.is_secure()};
  in_.reserve(first_buffer);
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

void Session::start() {
  guarded([this] {
    wire_.socket().non_blocking(true);
    boost::system::error_code failure;
    if (!request_.origin.address.empty()) wire_.socket().set_option(asio::ip::tcp::no_delay(true), failure);
    if (wire_.is_secure()) return greet();
    set_deadline();
    read();
  });
}

void Session::greet() {
  phase_ = Phase::greeting;
  deadline_ = worker_.deadline_in(worker_.options().head_timeout);
  wire_.async_greet([self = shared_from_this()](const boost::system::error_code& failure, std::size_t) {
    self->guarded([&] {
      if (failure) return self->close();
      self->phase_ = Phase::idle;
      self->set_deadline();
      self->read();
    });
  });
}

void Session::drain() {
  guarded([this] {
    if (phase_ == Phase::feeding) {
      feed_.reset();
      if (!is_writing_) pump();
    } else if (phase_ == Phase::greeting || (phase_ == Phase::idle && !is_writing_ && in_.size() == 0 && !wire_.has_unread())) {
      close();
    }
  });
}

void Session::close() {
  if (phase_ == Phase::closed) return;
  const auto self = shared_from_this();
  phase_ = Phase::closed;
  wire_.close();
  feed_.reset();
  pigeonhole_->abandon();
  worker_.forget(place_);
}

void Session::check(Moment now) {
  if (now < deadline_) return;
  guarded([this] {
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
    if (phase_ != Phase::working) return;
    put(response, !keeps_alive_);
    if (!is_writing_) pump();
  });
}

void Session::feed() {
  guarded([this] {
    if (phase_ != Phase::feeding || !feed_ || is_writing_) return;
    const bool is_over = feed_->is_over();
    out_.text() += feed_->take();
    if (is_over) feed_.reset();
    pump();
  });
}

void Session::read() {
  if (is_reading_) return;
  is_reading_ = true;
  const std::size_t size = boost::beast::read_size(in_, max_head);
  wire_.async_read_some(in_.prepare(size), [self = shared_from_this()](const boost::system::error_code& failure, std::size_t n) {
    self->guarded([&] { self->on_read(failure, n); });
  });
}

void Session::on_read(const boost::system::error_code& failure, std::size_t size) {
  is_reading_ = false;
  if (failure) return close();
  if (phase_ == Phase::feeding || phase_ == Phase::lingering) {
    received_ += size;
    in_.clear();
    return received_ > discard_limit ? close() : read();
  }
  in_.commit(size);
  worker_.note_turn(*this);
  if (phase_ == Phase::body) received_ += size;
  pump();
}

/// Answers what stands in the buffer, sends it, and sees to what comes next. Called when nothing is being written.
void Session::pump() {
  for (;;) {
    const bool has_more = gather();
    if (!flush() || phase_ == Phase::working) return;
    if (is_last_) return finish();
    if (has_more) continue;
    if (phase_ == Phase::idle && worker_.is_draining()) return linger();
    set_deadline();
    return read();
  }
}

/// Answers whether there may be more to answer without reading.
bool Session::gather() {
  while (!is_last_ && phase_ != Phase::working) {
    if (out_.size() >= gather_limit) return true;
    if (!take_request()) return false;
    submit();
  }
  return false;
}

/// Answers whether all is sent. If not, the connection is closed, or `pump` is called when it is.
bool Session::flush() {
  while (!out_.is_sent()) {
    boost::system::error_code failure;
    const std::string_view piece = out_.next(wire_.most_in_piece());
    out_.note_sent(wire_.write_some(asio::buffer(piece.data(), piece.size()), failure));
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
  return true;
}

void Session::wait_for_room() {
  is_writing_ = true;
  set_deadline();
  wire_.async_wait_for_room([self = shared_from_this()](const boost::system::error_code& broken) {
    self->guarded([&] {
      self->is_writing_ = false;
      if (broken) return self->close();
      self->set_deadline();
      self->pump();
    });
  });
}

void Session::finish() {
  if (!feed_) return linger();
  phase_ = Phase::feeding;
  set_deadline();
  read();
  feed_->when_ready([pigeonhole = pigeonhole_] { pigeonhole->ring(); });
}

void Session::linger() {
  boost::system::error_code failure;
  wire_.finish_sending(failure);
  if (failure == asio::error::would_block) return wait_for_room();
  phase_ = Phase::lingering;
  seat_.settle();
  if (failure) return close();
  received_ = 0;
  set_deadline();
  if (is_reading_) return;
  in_.clear();
  read();
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
  const std::size_t limit = worker_.engine().limits().body;
  if (head.length > limit) return refuse(Error{.code = Errc::too_large, .detail = "The body is too large."});
  keeps_alive_ = head.keeps_alive;
  in_.consume(head_end_.size());
  if (!head.is_chunked && head.length == 0) return true;
  body_left_ = head.length;
  if (head.is_chunked) chunks_.emplace(request_.body, limit);
  phase_ = Phase::body;
  begun_ = worker_.now();
  received_ = in_.size();
  if (head.expects_continue && in_.size() == 0) out_.text() += "HTTP/1.1 100 Continue\r\n\r\n";
  return take_body();
}

bool Session::take_body() {
  if (!chunks_) {
    const std::string_view piece = input().substr(0, body_left_);
    request_.body += piece;
    body_left_ -= piece.size();
    in_.consume(piece.size());
    return body_left_ == 0;
  }
  const auto taken = chunks_->take(input());
  if (!taken) return refuse(taken.error());
  in_.consume(*taken);
  if (!chunks_->is_done()) return false;
  chunks_.reset();
  return true;
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
  // Nobody else has been asking for a while: the thread has nothing better to do than to wait for this one's commit.
  const auto caller = worker_.is_alone_with(*this) ? Caller::waits : Caller::moves_on;
  const auto answer = pigeonhole_->await([&](Reply reply) { worker_.engine().submit(request_, std::move(reply), caller); });
  empty(request_.body);
  if (answer) put(*answer, !keeps_alive_);
}

/// Answers a request that cannot be taken whole. Nothing behind it can be trusted: the connection ends.
bool Session::refuse(const Error& error) {
  put(worker_.engine().refuse(request_, error), true);
  empty(request_.body);
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
  is_last_ = is_last || response.feed || worker_.is_draining();
  const bool is_for_head = request_.method == Method::head;
  const Delivery how{.is_for_head = is_for_head, .is_last = is_last_, .says_keep_alive = !is_http_11_};
  out_.keep_whole(append_answer(out_.text(), response, how, worker_.date_line()));
  if (!is_for_head) feed_ = response.feed;
  has_skipped_line_ = false;
  phase_ = Phase::idle;
}

void Session::set_deadline() {
  const HttpOptions& options = worker_.options();
  if (is_writing_ || phase_ == Phase::idle)
    deadline_ = worker_.deadline_in(options.idle_timeout);
  else if (phase_ == Phase::lingering)
    deadline_ = worker_.deadline_in(linger_time);
  else if (phase_ == Phase::body)
    deadline_ = begun_ + Worker::tick + body_grace +
                std::chrono::milliseconds(received_ * 1'000 / std::max<std::size_t>(options.body_rate, 1));
  else if (phase_ != Phase::head)
    deadline_ = Moment::max();
}

std::string_view Session::input() const {
  const auto bytes = in_.data();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace innkeeper::beast
