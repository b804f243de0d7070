#pragma once

#include <innkeeper/operations/common.hpp>

#include <chrono>

namespace innkeeper::rooms {

/// How long before its start a scheduled room can be joined.
inline constexpr std::chrono::minutes doors_open_before{15};

using New = innkeeper::New<Draft>;

/// Errors: `invalid` for a scheduled room without a start, or an end that is not after the start.
extern const Operation<New, Room> create;
/// Errors, here and below: `not_found` with `reason::room_unknown`, also once an ad hoc room's time is over.
extern const Operation<Ref, Room> find;
/// An expired ad hoc room may be listed until maintenance deletes it, within a minute.
extern const Operation<Listing, Page<Room>> list;
/// While a session runs only `status` and `metadata` may change. Errors: `conflict` with `reason::room_live`.
extern const Operation<Edit<Draft>, Room> update;
/// Also deletes its join tokens; call records stay. Errors: `conflict` with `reason::room_live` while a session runs.
extern const Operation<Removal, Nothing> remove;
/// Who is in the room now, in the order they were reported.
extern const Operation<Ref, std::vector<Participation>> present;

/// Whether an ad hoc room has expired: then it counts as deleted.
bool is_over(const Room&, Instant now);
/// A room that the caller may use now.
Result<Room> open(Transaction&, const Context&, const Ref&);
/// Whether somebody may join now. Errors: `conflict` with `reason::room_closed`; of scheduled rooms `room_early`, and `room_over`
/// once its end has passed and nobody is in it; `room_full` if those who were reported to be in it take all seats of that role.
Result<void> require_entry(Transaction&, const Context&, const Room&, JoinRole);
/// Deletes expired ad hoc rooms, at most `most` of them. Part of maintenance.
Result<void> purge_expired(Transaction&, const Context&, std::int64_t most);

}  // namespace innkeeper::rooms
