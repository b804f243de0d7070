#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::tenants {

struct Draft {
  std::optional<std::string> name{};
  std::optional<TenantStatus> status{};
};
struct NewTenant {
  Id id{};            ///< None: the next one.
  std::string uid{};  ///< Empty: generated.
  std::string name{};
  TenantStatus status = TenantStatus::active;
};
Result<Tenant> do_create(Transaction&, const Context&, const NewTenant&);
Result<Tenant> do_find(Transaction&, const Context&, const Ref&);
Result<Page<Tenant>> do_list(Transaction&, const Context&, const Listing&);
Result<Tenant> do_update(Transaction&, const Context&, const Edit<Draft>&);
Result<Nothing> do_remove(Transaction&, const Context&, const Removal&);

/// Errors: `already_exists` with `reason::uid_taken`.
inline constexpr Operation<NewTenant, Tenant> create{"tenants.create", Access::write, do_create};
/// In any status. Errors, here and below: `not_found` with `reason::tenant_unknown`.
inline constexpr Operation<Ref, Tenant> find{"tenants.find", Access::read, do_find};
inline constexpr Operation<Listing, Page<Tenant>> list{"tenants.list", Access::read, do_list};
/// A status takes effect on the next request of every contract.
inline constexpr Operation<Edit<Draft>, Tenant> update{"tenants.update", Access::write, do_update};
/// Marks it deleted: its rows stay, and nobody can access them any more.
inline constexpr Operation<Removal, Nothing> remove{"tenants.remove", Access::write, do_remove};

/// The tenant, if it is active; else `forbidden` with `reason::tenant_deleted` or `reason::tenant_suspended`, or `not_found`.
Result<Tenant> require_active(Transaction&, Id tenant);

}  // namespace innkeeper::tenants
