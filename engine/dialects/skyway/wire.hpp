#pragma once

#include <innkeeper/dialect.hpp>
#include <innkeeper/operations.hpp>

#include "engine/json/long_list.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What app calls take and show (contract §2.1, §3, §4).
namespace innkeeper::dialects::skyway {

/// The apps of a tenant, and whether whole objects were asked for.
struct Wanted {
  bool is_expanded = false;
  std::optional<json::Bookmark<Mark>> after{};
};
Result<json::Piece<Mark>> do_list(Transaction&, const Context&, const Wanted&);
inline constexpr Operation<Wanted, json::Piece<Mark>> list{apps::list.name, apps::list.access, do_list};

Result<Wanted> read_listing(const Call&);
Result<apps::NewApp> read_new_app(const Call&);
Result<Edit<apps::Draft>> read_change(const Call&);
Result<Id> read_app_id(const Call&);
Result<Ref> read_app(const Call&);
Result<Removal> read_removal(const Call&);
Result<apps::NewSecret> read_new_secret(const Call&);

void write_piece(json::Piece<Mark>&&, const Context&, Response&);
void write_issued(const apps::Issued&, const Context&, Response&);
void write_app(const apps::View&, const Context&, Response&);
void write_empty(const Nothing&, const Context&, Response&);
void write_secret(const std::string&, const Context&, Response&);

/// Whether the app that the path names is the caller's: a fault in the body is told only then.
Result<void> admit_app(Transaction&, const Context&, const Params&);

/// Bytes in gigabytes of 10^9, rounded half up to three decimals, without zeros at the end: `12.75` (§3.3).
std::string to_gigabytes(std::int64_t bytes);

std::string draft_schema();
std::string app_schema();
std::string list_schema();
std::string secret_schema();
std::string empty_schema();

}  // namespace innkeeper::dialects::skyway
