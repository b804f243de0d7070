#include "engine/crypto/secret.hpp"
#include "engine/domain/collection.hpp"

namespace innkeeper::rooms {

namespace {

Result<void> apply(const Draft& draft, Room& room) {
  if (draft.name) room.name = *draft.name;
  if (draft.kind) room.kind = *draft.kind;
  if (draft.status) room.status = *draft.status;
  if (draft.owner_ref) room.owner_ref = *draft.owner_ref;
  if (draft.capacity) room.capacity = *draft.capacity;
  if (draft.starts_at) room.starts_at = *draft.starts_at;
  if (draft.ends_at) room.ends_at = *draft.ends_at;
  if (draft.metadata) room.metadata = *draft.metadata;
  if (room.kind == RoomKind::scheduled && !room.starts_at) return domain::refused("/starts_at", "is needed by a scheduled room");
  if (room.starts_at && room.ends_at && *room.ends_at <= *room.starts_at)
    return domain::refused("/ends_at", "must be after the start");
  return {};
}

}  // namespace

Result<Room> do_create(Transaction& tx, const Context& context, const New<Draft>& wanted) {
  auto app = apps::open(tx, context, wanted.parent);
  if (!app) return app.error();
  Room room{.tenant = app->tenant, .app = app->id, .uid = crypto::make_ordered_hex(context.random, context.now, 12)};
  room.created_at = room.updated_at = context.now;
  if (auto applied = apply(wanted.draft, room); !applied) return applied.error();
  if (auto stored = ledger::insert(tx, context, room); !stored) return stored.error();
  return room;
}

Result<Room> do_find(Transaction& tx, const Context& context, const Ref& ref) { return domain::find<Room>(tx, context, ref); }

Result<Page<Room>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  return domain::page_of_app<Room>(tx, context, wanted);
}

Result<Room> do_update(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  return domain::edit<Room>(tx, context, wanted, [&](Room& room) { return apply(wanted.draft, room); });
}

Result<Nothing> do_remove(Transaction& tx, const Context& context, const Removal& wanted) {
  return domain::remove<Room>(tx, context, wanted, [&](const Room& room) -> Result<void> {
    if (room.is_live) return Error{Errc::conflict, reason::room_live, "a session is running in the room"};
    return domain::sweep(tx, Query<JoinToken>{}.where(&JoinToken::room, room.id));
  });
}

}  // namespace innkeeper::rooms
