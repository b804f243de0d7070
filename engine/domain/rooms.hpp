#pragma once

#include "engine/domain/collection.hpp"
#include "engine/domain/tasks.hpp"

namespace innkeeper::domain {

/// That a scheduled room has a start, and that what ends does so after its start; the end that an ad hoc room's lifetime gives it
/// counts from its first session. Errors: `invalid`, pointing at the member.
Result<void> require_times(const Room&);

/// The rooms whose time is over, the earliest first.
Query<Room> rooms_over(const Instant& now);

/// Takes out what belongs to a room that goes.
Result<void> purge_room(Transaction&, const Context&, const Room&, Budget&);

/// Takes out a room whose time is over; its join tokens go as far as the budget does, the others in maintenance.
Result<void> take_out(Transaction&, const Context&, const Room&, Budget&);

/// A part of those who are in a room, behind a place, and how many they are in all.
Result<sessions::RecordPage<Participation>> present_part(Transaction&, const Room&,
                                                         const std::optional<sessions::RecordCursor>& after);
Result<std::int64_t> count_present(Transaction&, const Room&);

}  // namespace innkeeper::domain
