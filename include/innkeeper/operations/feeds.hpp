#pragma once

#include <innkeeper/operations/events.hpp>

/// Where on an app's feed a reader begins. From there on it reads with `do_follow`.
namespace innkeeper::events {

/// What a reader says of where it was: behind an event.
struct FeedPosition {
  Ref app{};
  std::optional<Id> after{};           ///< None: behind the newest event. `Id::none`: before the oldest that is kept.
  std::optional<Instant> stored_at{};  ///< When `after` was stored, if the reader knows: another event may have its id by now.
};
struct FeedStart {
  Id app{};
  Id after{};            ///< Where to begin: as was said, or behind the newest event.
  Instant stored_at{};   ///< When `after` was stored, unless that is `Id::none`.
  bool is_void = false;  ///< The app has no (such) event `FeedPosition::after`: what came behind it may have been missed.
};
Result<FeedStart> do_open_feed(Transaction&, const Context&, const FeedPosition&);

/// Retention takes the oldest events, so that as long as an event is there nothing behind it is gone.
inline constexpr Operation<FeedPosition, FeedStart> open_feed{"events.follow", Access::read, do_open_feed};

}  // namespace innkeeper::events
