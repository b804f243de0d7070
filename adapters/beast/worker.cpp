#include "adapters/beast/worker.hpp"

#include "adapters/beast/session.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace innkeeper::beast {
namespace asio = boost::asio;

Worker::Worker(const HttpOptions& options)
    : options_(options), mailbox_(std::make_shared<Mailbox>([this] { asio::post(context_, [this] { deliver(); }); })) {}

void Worker::stop() {
  if (!thread_.joinable()) return;
  asio::post(context_, [this] {
    mailbox_->close();
    is_draining_ = true;
    each([](Session& session) { session.close(); });
    is_stopping_ = true;
    timer_.cancel();
    work_.reset();
  });
  thread_.join();
}

void Worker::start(Engine& engine) {
  engine_ = &engine;
  thread_ = std::thread([this] { run(); });
}

void Worker::run() {
  mailbox_->belong_to_this_thread();
  now_ = woken_ = std::chrono::steady_clock::now();
  date_line_ = beast::date_line(std::time(nullptr));
  watch();
  for (;;) {
    try {
      context_.run();
      return;
    } catch (...) {
      report(std::current_exception());
    }
  }
}

void Worker::drain(Census::Seat seat) {
  asio::post(context_, [this, seat = std::move(seat)] {
    is_draining_ = true;
    each([](Session& session) { session.drain(); });
  });
}

void Worker::cut() {
  asio::post(context_, [this] { each([](Session& session) { session.close(); }); });
}

void Worker::admit(Stream stream, const Entrance& entrance, Census::Seat seat) {
  if (is_draining_) return;
  const auto place = sessions_.emplace(sessions_.end());
  std::shared_ptr<Session> session;
  try {
    session = std::make_shared<Session>(*this, std::move(stream), entrance, std::move(seat), place);
  } catch (...) {
    sessions_.erase(place);
    return report(std::current_exception());
  }
  *place = session;
  session->start();
}

void Worker::forget(std::list<std::shared_ptr<Session>>::iterator place) {
  if (last_served_ == place->get()) last_served_ = nullptr;
  sessions_.erase(place);
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

/// A session may take itself out while it is called.
template <class Call>
void Worker::each(Call call) {
  for (auto place = sessions_.begin(); place != sessions_.end();) {
    const std::shared_ptr<Session> session = *place++;
    call(*session);
  }
}

void Worker::watch() {
  timer_.expires_after(tick);
  timer_.async_wait([this](const boost::system::error_code& failure) {
    if (failure || is_stopping_) return;  // one that had expired when it was cancelled comes without a failure
    now_ += std::min<Moment::duration>(std::chrono::steady_clock::now() - woken_, 2 * tick);
    woken_ = std::chrono::steady_clock::now();
    tell_date();
    each([this](Session& session) { session.check(now_); });
    watch();
  });
}

/// The clock goes on where there is no memory for a new line.
void Worker::tell_date() noexcept {
  try {
    date_line_ = beast::date_line(std::time(nullptr));
  } catch (...) {
    report(std::current_exception());
  }
}

void Worker::deliver() {
  mailbox_->collect(letters_);
  for (const Letter& letter : letters_) {
    if (!letter.to->owner()) continue;
    const std::shared_ptr<Session> session = letter.to->owner()->shared_from_this();
    if (letter.answer)
      session->answer(*letter.answer);
    else
      session->feed();
  }
  letters_.clear();
}

}  // namespace innkeeper::beast
