#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::rooms {

/// `starts_at` and `ends_at` hold null where they are to be taken away.
struct Draft {
  std::optional<std::string> name{};
  std::optional<RoomKind> kind{};
  std::optional<RoomStatus> status{};
  std::optional<std::string> owner_ref{};
  std::optional<std::int64_t> capacity{};
  std::optional<std::optional<Instant>> starts_at{};
  std::optional<std::optional<Instant>> ends_at{};
  std::optional<JsonText> metadata{};
};
Result<Room> do_create(Transaction&, const Context&, const New<Draft>&);
Result<Room> do_find(Transaction&, const Context&, const Ref&);
Result<Page<Room>> do_list(Transaction&, const Context&, const Listing&);
Result<Room> do_update(Transaction&, const Context&, const Edit<Draft>&);
Result<Nothing> do_remove(Transaction&, const Context&, const Removal&);

/// Errors: `invalid` for a scheduled room without a start, or an end that is not after the start.
inline constexpr Operation<New<Draft>, Room> create{"rooms.create", Access::write, do_create};
/// Errors, here and below: `not_found` with `reason::room_unknown`.
inline constexpr Operation<Ref, Room> find{"rooms.find", Access::read, do_find};
inline constexpr Operation<Listing, Page<Room>> list{"rooms.list", Access::read, do_list};
inline constexpr Operation<Edit<Draft>, Room> update{"rooms.update", Access::write, do_update};
/// Takes its join tokens too; call records stay. Errors: `conflict` with `reason::room_live` while a session runs.
inline constexpr Operation<Removal, Nothing> remove{"rooms.remove", Access::write, do_remove};

}  // namespace innkeeper::rooms
