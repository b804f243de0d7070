#pragma once

#include <innkeeper/dialect.hpp>
#include <innkeeper/operations.hpp>

#include "engine/dialects/enablex/extras.hpp"
#include "engine/json/long_list.hpp"

#include <optional>
#include <string>

/// Rooms on the wire (§4, §5), and what this contract does with them beside what all do.
namespace innkeeper::dialects::enablex {

/// What a caller says of a room. Absent: the usual value in a new one, unchanged in one that is there.
struct Draft {
  std::optional<std::string> name{};
  std::optional<std::string> owner_ref{};
  Settings settings{};
  std::optional<bool> is_sip_enabled{};
  std::optional<std::string> sip_uri{};
  std::optional<JsonText> data{};
  /// What is wrong from `scheduled_time` on: whether something before it is wrong too, the room and the clock must tell.
  std::optional<Fault> fault{};
};
struct Change {
  Ref room{};
  Draft draft{};
};
/// A room and the application it is shown to.
struct Shown {
  Room room{};
  std::string service_id{};
};
inline constexpr std::int64_t largest_page = 100;
inline constexpr std::int64_t last_page = 1'000'000'000;
struct Part {
  std::int64_t skip = 0;
  std::optional<std::int64_t> most{};
  std::optional<json::Bookmark<Mark>> after{};
};
using RoomsPiece = json::Piece<Mark>;

Result<Shown> do_create(Transaction&, const Context&, const Draft&);
Result<Shown> do_find(Transaction&, const Context&, const Ref&);
Result<RoomsPiece> do_list(Transaction&, const Context&, const Part&);
Result<Nothing> do_update(Transaction&, const Context&, const Change&);

inline constexpr Operation<Draft, Shown> create_room{rooms::create.name, Access::write, do_create};
inline constexpr Operation<Ref, Shown> find_room{rooms::find.name, Access::read, do_find};
inline constexpr Operation<Part, RoomsPiece> list_rooms{rooms::list.name, Access::read, do_list};
inline constexpr Operation<Change, Nothing> update_room{rooms::update.name, Access::write, do_update};

/// The room that a path names, by its `room_id` only.
inline Ref room_in(const Params& path) { return Ref::of_uid(path["room_id"]); }

Result<Draft> read_new_room(const Call&);
Result<Ref> read_room(const Call&);
Result<Part> read_part(const Call&);
Result<Change> read_change(const Call&);
Result<Removal> read_removal(const Call&);

void write_new_room(const Shown&, const Context&, Response&);
void write_room(const Shown&, const Context&, Response&);
void write_text(std::string&& body, Response&);
/// A list that is written already, as far as it is.
template <class At>
void write_piece(json::Piece<At>&& piece, const Context&, Response& response) {
  write_text(std::move(piece.text), response);
}
void write_nothing(const Nothing&, const Context&, Response&);

/// Whether the room that the path names is there: a fault in the body is told only then.
Result<void> admit_room(Transaction&, const Context&, const Params&);

/// The body of a request as an object. Errors: `malformed`.
Result<json::Document> parse_object(const Call&);

std::string new_room_schema();
std::string change_schema();
std::string created_schema();
std::string room_schema();
std::string rooms_schema();

}  // namespace innkeeper::dialects::enablex
