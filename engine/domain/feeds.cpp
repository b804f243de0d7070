#include <innkeeper/operations.hpp>
#include <innkeeper/operations/feeds.hpp>
#include <innkeeper/schema/model.hpp>

namespace innkeeper::events {

namespace {

Result<FeedStart> do_open_feed(Transaction& tx, const Context& context, const FeedPosition& from) {
  auto app = apps::open(tx, context, from.app);
  if (!app) return app.error();
  FeedStart start{.app = app->id};
  if (from.after) {
    start.after = *from.after;
    if (start.after == Id::none) return start;
    auto event = tx.get<Event>(start.after);
    if (!event && event.error().code != Errc::not_found) return event.error();
    start.is_void = !event || event->app != app->id || from.stored_at.value_or(event->created_at) != event->created_at;
    if (!start.is_void) {
      start.stored_at = event->created_at;
      return start;
    }
  }
  auto newest = tx.first(Query<Event>{}.where(&Event::app, app->id).order_by(&Event::id, /*descending=*/true));
  if (!newest && newest.error().code != Errc::not_found) return newest.error();
  start.after = newest ? newest->id : Id::none;
  start.stored_at = newest ? newest->created_at : Instant{};
  return start;
}

}  // namespace

constinit const Operation<FeedPosition, FeedStart> open_feed{"events.follow", Access::read, do_open_feed};

}  // namespace innkeeper::events
