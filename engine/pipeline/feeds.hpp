#pragma once

#include <innkeeper/dialect.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace innkeeper::pipeline {

struct House;

/// Who waits for news of which app. Outlives the engine: feeds share it, and ask it whether the engine is still there.
class Feeds : public std::enable_shared_from_this<Feeds> {
 public:
  class LiveFeed;

  explicit Feeds(House& house) : house_(house) {}

  /// An answer that goes on until the caller may not see it any more, the engine ends or the front end lets go of it.
  std::shared_ptr<Feed> open(const Dialect&, const Route&, Credentials, const Params&, FeedSource);
  /// Something may be new: for one app, or for any.
  void wake(Id app);
  /// No feed touches the engine after this.
  void close();

 private:
  House& house_;
  std::shared_mutex gate_;
  bool is_closed_ = false;
  std::mutex mutex_;
  std::vector<std::weak_ptr<LiveFeed>> feeds_;
};

/// Has whatever stands between pass a feed on as it comes: caches keep none of it, and nginx does not gather it.
void forbid_buffering(Response&);

}  // namespace innkeeper::pipeline
