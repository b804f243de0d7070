#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/engine.hpp>

#include "engine/pipeline/listeners.hpp"
#include "engine/pipeline/router.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <shared_mutex>

namespace innkeeper::pipeline {

struct EngineState;

/// The open feeds, and which wait for events of which app. Outlives the engine: feeds share it, and ask it whether the engine is
/// still there.
class Feeds : public std::enable_shared_from_this<Feeds> {
 public:
  class LiveFeed;
  class LongBody;

  Feeds(EngineState& state, const Limits& limits) : state_(state), listeners_(limits.feeds_per_key, limits.feeds_per_app) {}

  /// An answer that goes on until its end, the caller, who is this holder, may not see it any more, the engine ends or the front
  /// end lets go of it. Errors: `rate_limited` with reason `feeds.too_many`.
  Result<std::shared_ptr<Feed>> open(const Found&, Credentials, FeedSource, const ListenerHolder&);
  /// There may be new events: of one app, or of any.
  void wake(Id app);
  /// No feed touches the engine after this.
  void close();

 private:
  class Reader;
  EngineState& state_;
  std::shared_mutex closing_mutex_;
  std::atomic<bool> is_closed_ = false;
  Listeners listeners_;
};

/// Has whatever stands between pass a feed on as it comes: caches keep none of it, and nginx does not gather it.
void forbid_buffering(Response&);

}  // namespace innkeeper::pipeline
