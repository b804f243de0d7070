#include "engine/domain/collection.hpp"

#include "engine/crypto/secret.hpp"

namespace innkeeper::tenants {

namespace {

Result<Tenant> do_create(Transaction& tx, const Context& context, const New& wanted) {
  Tenant tenant{.id = wanted.id, .uid = wanted.uid, .name = wanted.name, .status = wanted.status};
  tenant.created_at = tenant.updated_at = context.now;
  if (tenant.uid.empty()) {
    tenant.uid = crypto::make_hex(context.random, 16);
  } else {
    auto taken = tx.count(Query<Tenant>{}.where(&Tenant::uid, tenant.uid));
    if (!taken) return taken.error();
    if (*taken > 0) return Error{Errc::already_exists, reason::uid_taken, "a tenant has this uid"};
  }
  if (auto stored = changes::insert(tx, context, tenant); !stored) return stored.error();
  return tenant;
}

Result<Tenant> do_find(Transaction& tx, const Context&, const Ref& ref) { return domain::look_up<Tenant>(tx, ref); }

Result<Page<Tenant>> do_list(Transaction& tx, const Context&, const Listing& wanted) {
  return domain::page(tx, Query<Tenant>{}, wanted.page_request);
}

Result<Tenant> do_update(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  auto tenant = domain::look_up<Tenant>(tx, wanted.ref);
  if (!tenant) return tenant;
  if (auto fits = domain::require(wanted.match, *tenant); !fits) return fits.error();
  const Tenant before = *tenant;
  if (wanted.draft.name) tenant->name = *wanted.draft.name;
  if (wanted.draft.status) tenant->status = *wanted.draft.status;
  if (auto stored = domain::store(tx, context, before, *tenant); !stored) return stored.error();
  return tenant;
}

Result<Nothing> do_remove(Transaction& tx, const Context& context, const Removal& wanted) {
  auto gone = do_update(tx, context, {wanted.ref, wanted.match, {.status = TenantStatus::deleted}});
  if (!gone) return gone.error();
  return Nothing{};
}

}  // namespace

Result<Tenant> require_active(Transaction& tx, Id id) {
  auto tenant = domain::look_up<Tenant>(tx, id);
  if (!tenant) return tenant;
  switch (tenant->status) {
    case TenantStatus::active:
      return tenant;
    case TenantStatus::suspended:
      return Error{Errc::forbidden, reason::tenant_suspended, "the tenant is suspended"};
    case TenantStatus::deleted:
      return Error{Errc::forbidden, reason::tenant_deleted, "the tenant is deleted"};
  }
  return Error{Errc::internal};
}

constinit const Operation<New, Tenant> create{"tenants.create", Access::write, do_create};
constinit const Operation<Ref, Tenant> find{"tenants.find", Access::read, do_find};
constinit const Operation<Listing, Page<Tenant>> list{"tenants.list", Access::read, do_list};
constinit const Operation<Edit<Draft>, Tenant> update{"tenants.update", Access::write, do_update};
constinit const Operation<Removal, Nothing> remove{"tenants.remove", Access::write, do_remove};

}  // namespace innkeeper::tenants
