#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/contract/lists.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include <string>
#include <string_view>

/// What app calls take and show (contract §2.1, §3, §4).
namespace innkeeper::dialects::skyway {

/// The apps of a tenant, an array of short objects or, with `expandApps`, of whole ones.
Result<contract::ListPiece> read_apps(Transaction&, const Context&, const contract::ListQuery&);
inline constexpr contract::ListFormat app_array{.media = "application/json; charset=utf-8"};
inline constexpr contract::ListFilter app_filters[] = {contract::own_filter("expandApps")};
inline constexpr contract::List apps_of_tenant{
    .format = &app_array, .name = &apps::list_views.name, .read = read_apps, .filters = app_filters};

Result<apps::New> read_new_app(const Call&);
Result<Edit<apps::Draft>> read_change(const Call&);
Result<Id> read_app_id(const Call&);
Result<Ref> read_app(const Call&);
Result<Removal> read_removal(const Call&);
Result<NewSecret> read_new_secret(const Call&);

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
