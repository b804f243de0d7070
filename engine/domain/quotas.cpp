#include <innkeeper/operations.hpp>

#include "engine/base/internals.hpp"
#include "engine/base/rate_limits.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/quota_store.hpp"

namespace innkeeper::quotas {

namespace {

Result<View> view_of(Transaction& tx, const Context& context, Quota row) {
  const auto& defaults = context.internals.rate_limits.quotas();
  auto used = domain::usage_of(tx, row.tenant, row.app);
  if (!used) return used.error();
  auto all = domain::are_all_counted(tx);
  if (!all) return all.error();
  const auto limits = domain::limits_of(row, row.app == Id::none ? defaults.tenant : defaults.app);
  return View{std::move(row), limits, std::move(*used), *all};
}

Result<View> find(Transaction& tx, const Context& context, Id tenant, Id app) {
  auto row = domain::quota_of(tx, tenant, app);
  if (!row) return row.error();
  return view_of(tx, context, std::move(*row));
}

Result<View> update(Transaction& tx, const Context& context, Id tenant, Id app, const Edit<Draft>& wanted) {
  auto row = domain::quota_of(tx, tenant, app);
  if (!row) return row.error();
  if (auto fits = domain::require(wanted.match, *row); !fits) return fits.error();
  const Quota before = *row;
  for (std::size_t kind = 0; kind < quota_kinds; ++kind)
    if (const auto& given = wanted.draft.*by_kind<Draft>[kind]) (*row).*by_kind<Quota>[kind] = *given;
  const auto stored = domain::is_same(before, *row) ? Result<void>{}
                      : before.id == Id::none       ? changes::insert(tx, context, *row)
                                                    : changes::update(tx, context, before, *row);
  if (!stored) return stored.error();
  return view_of(tx, context, std::move(*row));
}

Result<View> do_find_of_app(Transaction& tx, const Context& context, const Ref& ref) {
  auto app = apps::open(tx, context, ref);
  if (!app) return app.error();
  return find(tx, context, app->tenant, app->id);
}

Result<View> do_find_of_tenant(Transaction& tx, const Context& context, const Ref& ref) {
  auto tenant = domain::look_up<Tenant>(tx, ref);
  if (!tenant) return tenant.error();
  return find(tx, context, tenant->id, Id::none);
}

Result<View> do_update_of_app(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  auto app = apps::open(tx, context, wanted.ref);
  if (!app) return app.error();
  return update(tx, context, app->tenant, app->id, wanted);
}

Result<View> do_update_of_tenant(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  auto tenant = domain::look_up<Tenant>(tx, wanted.ref);
  if (!tenant) return tenant.error();
  return update(tx, context, tenant->id, Id::none, wanted);
}

}  // namespace

constinit const Operation<Ref, View> find_of_app{"quotas.find_of_app", Access::read, do_find_of_app};
constinit const Operation<Ref, View> find_of_tenant{"quotas.find_of_tenant", Access::read, do_find_of_tenant};
constinit const Operation<Edit<Draft>, View> update_of_app{"quotas.update_of_app", Access::write, do_update_of_app};
constinit const Operation<Edit<Draft>, View> update_of_tenant{"quotas.update_of_tenant", Access::write, do_update_of_tenant};

}  // namespace innkeeper::quotas
