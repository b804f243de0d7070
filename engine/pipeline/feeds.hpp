#pragma once

#include <innkeeper/dialect.hpp>
#include <innkeeper/engine.hpp>

#include "engine/pipeline/listeners.hpp"
#include "engine/pipeline/router.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <shared_mutex>

namespace innkeeper::pipeline {

struct House;

/// What answers go on with, and who waits for news of which app. Outlives the engine: feeds share it, and ask it whether the
/// engine is still there.
class Feeds : public std::enable_shared_from_this<Feeds> {
 public:
  class LiveFeed;
  class LongBody;

  Feeds(House& house, const Limits& limits) : house_(house), listeners_(limits.feeds_per_key, limits.feeds_per_app) {}

  /// An answer that goes on until its end, the caller, who came with this key, may not see it any more, the engine ends or the
  /// front end lets go of it. Errors: `rate_limited` with reason `feeds.too_many`.
  Result<std::shared_ptr<Feed>> open(const Found&, Credentials, FeedSource, Id key);
  /// Something may be new: for one app, or for any.
  void wake(Id app);
  /// No feed touches the engine after this.
  void close();

 private:
  class Reader;
  House& house_;
  std::shared_mutex gate_;
  std::atomic<bool> is_closed_ = false;
  Listeners listeners_;
};

/// Has whatever stands between pass a feed on as it comes: caches keep none of it, and nginx does not gather it.
void forbid_buffering(Response&);

}  // namespace innkeeper::pipeline
