#include <innkeeper/operations.hpp>

#include "engine/crypto/secret.hpp"

namespace innkeeper::tenants {

namespace {
Error unknown() { return {Errc::not_found, reason::tenant_unknown, "no such tenant"}; }
}  // namespace

Result<Tenant> do_create(Transaction& tx, const Context& context, const NewTenant& wanted) {
  Tenant tenant{.id = wanted.id, .uid = wanted.uid, .name = wanted.name, .status = wanted.status};
  tenant.created_at = tenant.updated_at = context.now;
  if (tenant.uid.empty()) {
    tenant.uid = crypto::make_hex(context.random, 16);
  } else {
    auto taken = tx.count(Query<Tenant>{}.where(&Tenant::uid, tenant.uid));
    if (!taken) return taken.error();
    if (*taken > 0) return Error{Errc::already_exists, reason::uid_taken, "a tenant has this uid"};
  }
  if (auto stored = tx.insert(tenant); !stored) return stored.error();
  return tenant;
}

Result<Tenant> do_find(Transaction& tx, const Context&, const std::string& uid) {
  auto tenant = tx.first(Query<Tenant>{}.where(&Tenant::uid, uid));
  if (!tenant && tenant.error().code == Errc::not_found) return unknown();
  return tenant;
}

Result<Tenant> do_update(Transaction& tx, const Context& context, const Change& change) {
  auto tenant = tx.get<Tenant>(change.tenant);
  if (!tenant) return tenant.error().code == Errc::not_found ? unknown() : tenant.error();
  if (change.name) tenant->name = *change.name;
  if (change.status) tenant->status = *change.status;
  tenant->updated_at = context.now;
  if (auto stored = tx.update(*tenant); !stored) return stored.error();
  return tenant;
}

Result<Tenant> require_active(Transaction& tx, Id id) {
  auto tenant = tx.get<Tenant>(id);
  if (!tenant) return tenant.error().code == Errc::not_found ? unknown() : tenant.error();
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

}  // namespace innkeeper::tenants
