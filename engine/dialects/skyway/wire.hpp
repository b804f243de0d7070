#pragma once

#include <innkeeper/dialect.hpp>
#include <innkeeper/operations.hpp>

#include <string>
#include <string_view>
#include <vector>

/// What app calls take and show (contract §2.1, §3, §4).
namespace innkeeper::dialects::skyway {

/// The apps of a tenant, and whether whole objects were asked for.
struct Listed {
  bool is_expanded = false;
  std::vector<apps::View> views;
};
Result<Listed> do_list(Transaction&, const Context&, const apps::Everything&);
inline constexpr Operation<apps::Everything, Listed> list{apps::list.name, apps::list.access, do_list};

Result<apps::Everything> read_listing(const Call&);
Result<apps::NewApp> read_new_app(const Call&);
Result<Edit<apps::Draft>> read_change(const Call&);
Result<Id> read_app_id(const Call&);
Result<Ref> read_app(const Call&);
Result<Removal> read_removal(const Call&);
Result<apps::NewSecret> read_new_secret(const Call&);

void write_listed(const Listed&, const Context&, Response&);
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
