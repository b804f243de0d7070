#include "engine/domain/rooms.hpp"

#include "engine/crypto/secret.hpp"

#include <iterator>
#include <utility>

namespace innkeeper::rooms {

namespace {

Result<void> apply(const Draft& draft, Room& room) {
  apply_changes(draft, room);
  return domain::require_times(room);
}

Error is_live(std::string_view sentence) { return {Errc::conflict, reason::room_live, std::string{sentence}}; }

/// A session that runs keeps the room it began in.
Result<void> require_idle(const Room& before, const Room& after) {
  if (!before.is_live) return {};
  auto same = before;
  same.status = after.status;
  same.metadata = after.metadata;
  if (domain::is_same(same, after)) return {};
  return is_live("while a session is running only the status and the metadata may change");
}

/// The sessions that run in a room; mostly one.
Result<std::vector<Session>> running_in(Transaction& tx, const Room& room) {
  if (!room.is_live) return std::vector<Session>{};
  return tx.list(Query<Session>{}.where(&Session::room, room.id).where(&Session::state, SessionState::running));
}

const std::optional<Instant> not_yet;

/// Those who are in a session.
Query<Participation> present_in(Id session) {
  return Query<Participation>{}
      .where(&Participation::session, session)
      .where(&Participation::closed_at, not_yet)
      .where(&Participation::left_at, not_yet);
}

Result<void> require_seat(Transaction& tx, const Room& room, JoinRole role) {
  const auto seats = role == JoinRole::moderator ? room.moderators : role == JoinRole::participant ? room.capacity : 0;
  if (seats == 0) return {};
  auto sessions = running_in(tx, room);
  if (!sessions) return sessions.error();
  std::int64_t taken = 0;
  for (const auto& session : *sessions) {
    auto count = tx.count(present_in(session.id).where(&Participation::role, name_of(role)));
    if (!count) return count.error();
    taken += *count;
  }
  if (taken < seats) return {};
  return Error{Errc::conflict, reason::room_full, "all seats for a " + std::string{name_of(role)} + " are taken"};
}

}  // namespace

bool is_over(const Room& room, Instant now) {
  return room.kind == RoomKind::ad_hoc && !room.is_live && room.ends_at && *room.ends_at <= now;
}

Result<Room> open(Transaction& tx, const Context& context, const Ref& ref) {
  auto room = domain::find<Room>(tx, context, ref);
  if (room && is_over(*room, context.now)) return domain::unknown<Room>();
  return room;
}

Result<void> require_entry(Transaction& tx, const Context& context, const Room& room, JoinRole role) {
  if (room.status == RoomStatus::closed) return Error{Errc::conflict, reason::room_closed, "the room is closed"};
  if (room.kind == RoomKind::scheduled && room.starts_at) {
    if (context.now < *room.starts_at - doors_open_before)
      return Error{Errc::conflict, reason::room_early, "the room lets nobody in before 15 minutes before its start"};
    if (room.ends_at && *room.ends_at <= context.now && !room.is_live)
      return Error{Errc::conflict, reason::room_over, "the room's time is over"};
  }
  return require_seat(tx, room, role);
}

namespace {

Result<Room> do_create(Transaction& tx, const Context& context, const New& wanted) {
  auto app = apps::open(tx, context, wanted.parent);
  if (!app) return app.error();
  Room room{.tenant = app->tenant, .app = app->id, .uid = crypto::make_ordered_hex(context.random, context.now, 12)};
  room.created_at = room.updated_at = context.now;
  if (auto applied = apply(wanted.draft, room); !applied) return applied.error();
  if (auto stored = changes::insert(tx, context, room); !stored) return stored.error();
  return room;
}

Result<Room> do_find(Transaction& tx, const Context& context, const Ref& ref) { return open(tx, context, ref); }

Result<Page<Room>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  return domain::page_of_app<Room>(tx, context, wanted);
}

Result<Room> do_update(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  return domain::edit<Room>(tx, context, wanted, [&](Room& room) -> Result<void> {
    if (is_over(room, context.now)) return domain::unknown<Room>();
    const Room before = room;
    if (auto applied = apply(wanted.draft, room); !applied) return applied;
    return require_idle(before, room);
  });
}

Result<Nothing> do_remove(Transaction& tx, const Context& context, const Removal& wanted) {
  return domain::remove<Room>(tx, context, wanted, [&](const Room& room) -> Result<void> {
    if (is_over(room, context.now)) return domain::unknown<Room>();
    if (room.is_live) return is_live("a session is running in the room");
    domain::Budget budget;
    return domain::purge_room(tx, context, room, budget);
  });
}

Result<std::vector<Participation>> do_present(Transaction& tx, const Context& context, const Ref& ref) {
  auto room = open(tx, context, ref);
  if (!room) return room.error();
  auto sessions = running_in(tx, *room);
  if (!sessions) return sessions.error();
  std::vector<Participation> present;
  for (const auto& session : *sessions) {
    auto those = tx.list(present_in(session.id));
    if (!those) return those.error();
    present.insert(present.end(), std::make_move_iterator(those->begin()), std::make_move_iterator(those->end()));
  }
  return present;
}

}  // namespace

Result<void> purge_expired(Transaction& tx, const Context& context, std::int64_t most) {
  domain::Budget budget;
  for (std::int64_t taken = 0; taken < most && !budget.is_spent(); ++taken) {
    auto room = tx.first(domain::rooms_over(context.now));
    if (!room) return room.error().code == Errc::not_found ? Result<void>{} : room.error();
    if (auto gone = domain::take_out(tx, context, *room, budget); !gone) return gone;
  }
  return {};
}

constinit const Operation<New, Room> create{"rooms.create", Access::write, do_create};
constinit const Operation<Ref, Room> find{"rooms.find", Access::read, do_find};
constinit const Operation<Listing, Page<Room>> list{"rooms.list", Access::read, do_list};
constinit const Operation<Edit<Draft>, Room> update{"rooms.update", Access::write, do_update};
constinit const Operation<Removal, Nothing> remove{"rooms.remove", Access::write, do_remove};
constinit const Operation<Ref, std::vector<Participation>> present{"rooms.present", Access::read, do_present};

}  // namespace innkeeper::rooms

namespace innkeeper::domain {

Result<void> require_times(const Room& room) {
  if (room.kind == RoomKind::scheduled && !room.starts_at) return refused("/starts_at", "is needed by a scheduled room");
  const bool is_counted = room.kind == RoomKind::ad_hoc && room.lifetime > 0;
  if (!is_counted && room.starts_at && room.ends_at && *room.ends_at <= *room.starts_at)
    return refused("/ends_at", "must be after the start");
  return {};
}

Query<Room> rooms_over(const Instant& now) {
  return Query<Room>{}
      .where(&Room::kind, RoomKind::ad_hoc)
      .where(&Room::ends_at, Compare::less_equal, now)
      .where(&Room::is_live, false)
      .order_by(&Room::ends_at);
}

Result<void> purge_room(Transaction& tx, const Context& context, const Room& room, Budget& budget) {
  return begin(tx, context, {.tenant = room.tenant, .app = room.app, .kind = TaskKind::purge_room, .object = room.id}, budget);
}

Result<void> take_out(Transaction& tx, const Context& context, const Room& room, Budget& budget) {
  const auto cost = rows_of_change(tx, room.app);
  if (!cost) return cost.error();
  budget.spend(*cost);
  if (auto purged = purge_room(tx, context, room, budget); !purged) return purged;
  return changes::erase(tx, context, room);
}

Result<sessions::RecordPage<Participation>> present_part(Transaction& tx, const Room& room,
                                                         const std::optional<sessions::RecordCursor>& after) {
  auto running = rooms::running_in(tx, room);
  if (!running) return running.error();
  sessions::RecordPage<Participation> part;
  auto last = after ? after->session : Id::none;
  for (const auto& session : *running) {
    const bool goes_on = after && session.id == after->session && after->cursor;
    if (session.id < last || (session.id == last && !goes_on)) continue;
    if (std::cmp_greater_equal(part.items.size(), rows_in_piece)) {
      part.next.emplace().session = last;
      return part;
    }
    PageRequest page_request{.limit = rows_in_piece, .bytes = bytes_in_piece};
    if (goes_on) page_request.after = after->cursor;
    auto page = domain::page(tx, rooms::present_in(session.id), page_request);
    if (!page) return page.error();
    part.items.insert(part.items.end(), std::make_move_iterator(page->items.begin()), std::make_move_iterator(page->items.end()));
    last = session.id;
    if (page->next) {
      part.next.emplace(sessions::RecordCursor{last, std::move(page->next)});
      return part;
    }
  }
  return part;
}

Result<std::int64_t> count_present(Transaction& tx, const Room& room) {
  auto running = rooms::running_in(tx, room);
  if (!running) return running.error();
  std::int64_t total = 0;
  for (const auto& session : *running) {
    auto count = tx.count(rooms::present_in(session.id));
    if (!count) return count;
    total += *count;
  }
  return total;
}

}  // namespace innkeeper::domain
