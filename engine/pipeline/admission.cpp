#include "engine/pipeline/admission.hpp"

#include "engine/base/meters.hpp"

#include <string>

namespace innkeeper::pipeline {

Result<void> require_permission(const Principal& who, const Permission& needs) {
  const bool is_far_enough =
      needs.reach == Reach::app || who.kind == Principal::Kind::host ||
      (who.kind == Principal::Kind::administrator && (needs.reach == Reach::tenant || who.tenant == Id::none));
  if (!is_far_enough)
    return Error{Errc::forbidden, Reason{"reach.missing"},
                 needs.reach == Reach::host ? "this is for operators over all tenants" : "this is for operators"};
  if (!who.scopes.has(needs.scope))
    return Error{Errc::forbidden, Reason{"scope.missing"}, "this needs the scope " + std::string{name_of(needs.scope)}};
  const bool is_about_all = needs.scope == Scope::tenants_write || needs.scope == Scope::operators_write;
  if (who.mode == Mode::test && is_about_all)
    return Error{Errc::forbidden, Reason{"key.test_mode"}, "a test key changes neither tenants nor operators"};
  return {};
}

Result<void> admit(Transaction& tx, Context& context, const Dialect& dialect, const Route& route, const Credentials& credentials,
                   const Params& path) {
  context.principal = {};
  tx.confine(Id::none);
  if (route.is_open || dialect.authenticate == nullptr) return {};
  auto principal = dialect.authenticate(tx, context, credentials, path);
  if (!principal) return principal.error();
  context.principal = *principal;
  context.meters.note_use(principal->key, context.now);
  tx.confine(principal->tenant, principal->app());
  return {};
}

}  // namespace innkeeper::pipeline
