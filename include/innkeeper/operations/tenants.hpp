#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::tenants {

struct Draft {
  std::optional<std::string> name{};
  std::optional<TenantStatus> status{};
};
struct New {
  Id id{};            ///< None: the next one.
  std::string uid{};  ///< Empty: generated.
  std::string name{};
  TenantStatus status = TenantStatus::active;
};

/// Errors: `already_exists` with `reason::uid_taken`.
extern const Operation<New, Tenant> create;
/// In any status. Errors, here and below: `not_found` with `reason::tenant_unknown`.
extern const Operation<Ref, Tenant> find;
extern const Operation<Listing, Page<Tenant>> list;
/// A status takes effect on the next request of every contract.
extern const Operation<Edit<Draft>, Tenant> update;
/// Marks it deleted: its rows stay, and nobody can access them any more.
extern const Operation<Removal, Nothing> remove;

/// The tenant, if it is active; else `forbidden` with `reason::tenant_deleted` or `reason::tenant_suspended`, or `not_found`.
Result<Tenant> require_active(Transaction&, Id tenant);

}  // namespace innkeeper::tenants
