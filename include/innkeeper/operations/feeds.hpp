#pragma once

#include <innkeeper/operations/events.hpp>

/// Where on an app's feed a reader begins. From there on it reads with `events::follow`.
namespace innkeeper::events {

/// Where a reader says that it stopped: after an event.
struct FeedPosition {
  Ref app{};
  std::optional<Id> after{};           ///< None: behind the newest event. `Id::none`: before the oldest that is kept.
  std::optional<Instant> stored_at{};  ///< When `after` was stored, if the reader knows: another event may have its id by now.
};
struct FeedStart {
  Id app{};
  Id after{};            ///< Where to begin: as requested, or behind the newest event.
  Instant stored_at{};   ///< When `after` was stored, unless that is `Id::none`.
  bool is_void = false;  ///< The app has no (such) event `FeedPosition::after`: events behind it may have been missed.
};

/// Retention deletes the oldest events first: as long as an event exists, none behind it is missing.
extern const Operation<FeedPosition, FeedStart> open_feed;

}  // namespace innkeeper::events
