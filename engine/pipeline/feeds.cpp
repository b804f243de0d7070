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

class Feeds::LiveFeed final : public Feed {
 public:
  LiveFeed(std::shared_ptr<Feeds> feeds, const Dialect& dialect, const Route& route, Credentials credentials, Params path,
           FeedSource source)
      : feeds_(std::move(feeds)),
        dialect_(dialect),
        route_(route),
        credentials_(std::move(credentials)),
        path_(std::move(path)),
        source_(std::move(source)),
        request_id_(feeds_->house_.request_ids.next()),
        spoke_at_(feeds_->house_.clock.ticks()) {}

  void when_ready(std::function<void()> wake) override {
    {
      const std::lock_guard lock(mutex_);
      if (!has_news_ && !is_over_) {
        wake_ = std::move(wake);
        return;
      }
    }
    wake();
  }

  std::string take() override {
    bool has_more = false;
    auto text = take_next(has_more);
    if (has_more) wake(source_.app);
    return text;
  }

  bool is_over() const override { return is_over_; }

  void wake(Id app) {
    if (app != Id::none && app != source_.app) return;
    if (const auto call = note()) call();
  }
  void end() {
    is_over_ = true;
    if (const auto call = note()) call();
  }

 private:
  std::string take_next(bool& has_more) {
    const std::shared_lock alive(feeds_->gate_);
    if (feeds_->is_closed_) is_over_ = true;
    if (is_over_) return {};
    {
      const std::lock_guard lock(mutex_);
      has_news_ = false;
    }
    auto& house = feeds_->house_;
    std::string text;
    const auto read = house.store.run(Access::read, [&](Transaction& tx) { return this->read(tx, text, has_more); });
    if (!read) is_over_ = true;
    const auto now = house.clock.ticks();
    if (text.empty() && now - spoke_at_ >= silence) text = ":\n\n";
    if (!text.empty()) spoke_at_ = now;
    return text;
  }

  /// Who was let in once may not be welcome any more.
  Result<void> read(Transaction& tx, std::string& text, bool& has_more) {
    News news;
    auto context = feeds_->house_.context(request_id_, news);
    return run_guarded(context, route_.handler.operation, [&]() -> Result<void> {
      if (auto admitted = admit(tx, context, dialect_, route_, credentials_, path_); !admitted) return admitted;
      has_more = false;
      auto next = source_.read(tx, context, has_more);
      if (!next) return next.error();
      text = std::move(*next);
      return {};
    });
  }

  /// Answers what is to be called, once.
  std::function<void()> note() {
    const std::lock_guard lock(mutex_);
    has_news_ = true;
    return std::exchange(wake_, nullptr);
  }

  const std::shared_ptr<Feeds> feeds_;
  const Dialect& dialect_;
  const Route& route_;
  const Credentials credentials_;
  const Params path_;
  FeedSource source_;
  const std::string request_id_;
  std::uint64_t spoke_at_;
  std::atomic<bool> is_over_ = false;
  std::mutex mutex_;
  bool has_news_ = true;
  std::function<void()> wake_;
};

std::shared_ptr<Feed> Feeds::open(const Dialect& dialect, const Route& route, Credentials credentials, const Params& path,
                                  FeedSource source) {
  auto feed = std::make_shared<LiveFeed>(shared_from_this(), dialect, route, std::move(credentials), path, std::move(source));
  const std::lock_guard lock(mutex_);
  std::erase_if(feeds_, [](const auto& each) { return each.expired(); });
  feeds_.push_back(feed);
  return feed;
}

void Feeds::wake(Id app) {
  std::vector<std::shared_ptr<LiveFeed>> listeners;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& each : feeds_)
      if (auto feed = each.lock()) listeners.push_back(std::move(feed));
  }
  for (const auto& each : listeners) each->wake(app);
}

void Feeds::close() {
  {
    const std::unique_lock nobody_reads(gate_);
    is_closed_ = true;
  }
  std::vector<std::weak_ptr<LiveFeed>> listeners;
  {
    const std::lock_guard lock(mutex_);
    listeners.swap(feeds_);
  }
  for (const auto& each : listeners)
    if (const auto feed = each.lock()) feed->end();
}

}  // namespace innkeeper::pipeline
