#pragma once

#include <innkeeper/dialect.hpp>
#include <innkeeper/operations.hpp>

#include "engine/json/long_list.hpp"

#include <optional>
#include <string>
#include <vector>

/// Who is in a room (§5.6), and what is known of sessions that are over (§7, §8).
namespace innkeeper::dialects::enablex {

using RecordsPiece = json::Piece<sessions::Place>;

/// Those in a room, from where in their list.
struct UsersWanted {
  Ref room{};
  std::optional<json::Bookmark<sessions::Place>> after{};
};
Result<RecordsPiece> do_users(Transaction&, const Context&, const UsersWanted&);
inline constexpr Operation<UsersWanted, RecordsPiece> list_users{rooms::present.name, Access::read, do_users};
Result<UsersWanted> read_users(const Call&);

/// Which records, from where in their list.
struct Wanted {
  sessions::Inquiry inquiry{};
  std::optional<json::Bookmark<sessions::Place>> after{};
};
Result<RecordsPiece> do_calls(Transaction&, const Context&, const Wanted&);
Result<RecordsPiece> do_archives(Transaction&, const Context&, const Wanted&);
inline constexpr Operation<Wanted, RecordsPiece> list_calls{sessions::calls.name, Access::read, do_calls};
inline constexpr Operation<Wanted, RecordsPiece> list_archives{sessions::archives.name, Access::read, do_archives};
Result<App> do_dial_in(Transaction&, const Context&, const Nothing&);
inline constexpr Operation<Nothing, App> dial_in{"enablex.dial_in", Access::read, do_dial_in};

/// From what the path names of `room_id`, `from_date`, `to_date` and `conf_num`. Both days are included, in UTC.
Result<Wanted> read_wanted(const Call&);
Result<Nothing> read_nothing(const Call&);

void write_dial_in(const App&, const Context&, Response&);

std::string users_schema();
std::string calls_schema();
std::string archives_schema();
std::string dial_in_schema();

}  // namespace innkeeper::dialects::enablex
