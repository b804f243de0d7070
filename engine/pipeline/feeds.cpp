#include "engine/pipeline/feeds.hpp"

#include "engine/pipeline/admission.hpp"
#include "engine/pipeline/pipeline.hpp"

#include <atomic>
#include <chrono>
#include <utility>

namespace innkeeper::pipeline {

namespace {
/// A comment is sent when nothing else was for so long: it finds out whether anybody is there (µs).
constexpr std::uint64_t silence = 15'000'000;
}  // namespace

/// Reads what a feed tells, each time as if its request had just come.
class Feeds::Reader {
 public:
  Reader(std::shared_ptr<Feeds> feeds, const Found& found, Credentials credentials, FeedSource source)
      : feeds_(std::move(feeds)),
        found_(found),
        credentials_(std::move(credentials)),
        source_(std::move(source)),
        request_id_(feeds_->state_.request_ids.next()) {}

  Id app() const { return source_.app; }
  Feeds& feeds() const { return *feeds_; }
  EngineState& state() const { return feeds_->state_; }
  bool is_closed() const { return feeds_->is_closed_; }

  /// Not to be called when `is_closed`, which the caller sees to that it stays so.
  Result<std::string> read(bool& has_more) {
    std::string text;
    auto done = state().store.run(Access::read, [&](Transaction& tx) { return read(tx, text, has_more); });
    if (!done) return done.error();
    return text;
  }
  /// The engine does not close as long as the lock is held.
  std::shared_lock<std::shared_mutex> stay() const { return std::shared_lock(feeds_->closing_mutex_); }

 private:
  /// Who was let in once may not be welcome any more.
  Result<void> read(Transaction& tx, std::string& text, bool& has_more) {
    PendingEvents pending_events;
    auto context = state().context(request_id_, pending_events);
    context.mount = found_.mount;
    context.operation = found_.route->handler.operation;
    return run_guarded(context, found_.route->handler.operation, [&]() -> Result<void> {
      if (auto admitted = admit(tx, context, found_, credentials_); !admitted) return admitted;
      has_more = false;
      auto next = source_.read(tx, context, has_more);
      if (!next) return next.error();
      text = std::move(*next);
      return {};
    });
  }

  const std::shared_ptr<Feeds> feeds_;
  const Found found_;
  const Credentials credentials_;
  FeedSource source_;
  const std::string request_id_;
};

/// Has no end, and waits for events.
class Feeds::LiveFeed final : public Feed, public Listener {
 public:
  explicit LiveFeed(Reader reader) : reader_(std::move(reader)), spoke_at_(reader_.state().clock.ticks()) {}
  ~LiveFeed() override { leave(); }

  void when_ready(std::function<void()> wake) override {
    {
      const std::lock_guard lock(mutex_);
      if (!has_events_ && !is_over()) {
        wake_ = std::move(wake);
        return;
      }
    }
    wake();
  }

  std::string take() override {
    bool has_more = false;
    auto text = take_next(has_more);
    if (has_more) wake();
    return text;
  }

  bool is_over() const override { return is_over_ || reader_.is_closed(); }

  void wake() override {
    if (const auto call = note()) call();
  }

 private:
  std::string take_next(bool& has_more) {
    const auto alive = reader_.stay();
    if (is_over()) return {};
    {
      const std::lock_guard lock(mutex_);
      has_events_ = false;
    }
    auto read = reader_.read(has_more);
    if (!read) end();
    std::string text = read ? std::move(*read) : std::string{};
    const auto now = reader_.state().clock.ticks();
    if (text.empty() && now - spoke_at_ >= silence) text = ":\n\n";
    if (!text.empty()) spoke_at_ = now;
    return text;
  }

  /// Its place is another's from now on, though its owner may keep it.
  void end() {
    is_over_ = true;
    leave();
  }
  void leave() { reader_.feeds().listeners_.remove(reader_.app(), this); }

  /// Answers what is to be called, once.
  std::function<void()> note() {
    const std::lock_guard lock(mutex_);
    has_events_ = true;
    return std::exchange(wake_, nullptr);
  }

  Reader reader_;
  std::uint64_t spoke_at_;
  std::atomic<bool> is_over_ = false;
  std::mutex mutex_;
  bool has_events_ = true;
  std::function<void()> wake_;
};

/// Goes on as long as there is more, which is there at any time.
class Feeds::LongBody final : public Feed {
 public:
  explicit LongBody(Reader reader) : reader_(std::move(reader)) {}

  bool has_end() const override { return true; }
  void when_ready(std::function<void()> wake) override { wake(); }
  bool is_over() const override { return state_ != State::under_way; }
  bool is_cut() const override { return state_ == State::cut; }

  std::string take() override {
    const auto alive = reader_.stay();
    if (is_over()) return {};
    bool has_more = false;
    auto read = reader_.is_closed() ? Error{Errc::unavailable} : reader_.read(has_more);
    if (!read)
      state_ = State::cut;
    else if (!has_more)
      state_ = State::whole;
    return read ? std::move(*read) : std::string{};
  }

 private:
  enum class State : std::uint8_t { under_way, whole, cut };
  Reader reader_;
  State state_ = State::under_way;
};

Result<std::shared_ptr<Feed>> Feeds::open(const Found& found, Credentials credentials, FeedSource source,
                                          const ListenerHolder& holder) {
  const auto app = source.app;
  const bool has_end = source.has_end;
  Reader reader(shared_from_this(), found, std::move(credentials), std::move(source));
  if (has_end) return std::shared_ptr<Feed>{std::make_shared<LongBody>(std::move(reader))};
  auto feed = std::make_shared<LiveFeed>(std::move(reader));
  if (auto added = listeners_.add(app, holder, feed); !added) return added.error();
  return std::shared_ptr<Feed>(std::move(feed));
}

void Feeds::wake(Id app) {
  for (const auto& each : listeners_.of(app)) each->wake();
}

void Feeds::close() {
  {
    const std::unique_lock nobody_reads(closing_mutex_);
    is_closed_ = true;
  }
  wake(Id::none);
}

void forbid_buffering(Response& response) {
  if (!response.headers.find("Cache-Control")) response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Accel-Buffering", "no");
}

}  // namespace innkeeper::pipeline
