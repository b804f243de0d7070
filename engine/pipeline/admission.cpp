#include "engine/pipeline/admission.hpp"

#include "engine/base/rate_limits.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace innkeeper::pipeline {

Result<void> require_guarded(const Dialect& dialect) {
  const auto wrong = [&](Reason reason, std::string_view what, const Route& route, std::string_view but) {
    return Error{
        Errc::invalid, reason,
        std::string{dialect.name}.append(what).append(to_string(route.method)).append(" ").append(route.path).append(but)};
  };
  constexpr std::array<std::string_view, 1> nothing{""};
  const auto bases = dialect.bases.empty() ? std::span<const std::string_view>{nothing} : dialect.bases;
  const auto authenticates_nobody = [&](const Route& route) {
    return std::any_of(bases.begin(), bases.end(), [&](std::string_view base) {
      const auto* scheme = scheme_of(dialect, std::string{base}.append(route.path));
      return scheme == nullptr || scheme->read_credentials == nullptr || scheme->authenticate == nullptr;
    });
  };
  for (const auto& route : dialect.routes) {
    if (!route.is_open && authenticates_nobody(route))
      return wrong(Reason{"routes.unguarded"}, " authenticates nobody, but ", route, " is not open");
    if (!route.needs_store && (!route.is_open || route.admit != nullptr || route.handler.access != Access::read))
      return wrong(Reason{"routes.storeless"}, " needs no store for ", route,
                   ", which is not open, or checks or writes something");
  }
  return {};
}

Result<void> require_permission(const Principal& who, const Permission& needs) {
  if (who.level() == AccessLevel::none)
    return Error{Errc::forbidden, Reason{"principal.missing"}, "whoever authenticates nobody gets nothing"};
  if (who.level() < needs.level)
    return Error{Errc::forbidden, Reason{"reach.missing"},
                 needs.level == AccessLevel::host ? "this is for operators over all tenants" : "this is for operators"};
  if (!who.has(needs.scope))
    return Error{Errc::forbidden, Reason{"scope.missing"}, "this needs the scope " + std::string{name_of(needs.scope)}};
  const bool is_about_all = needs.scope == Scope::tenants_write || needs.scope == Scope::operators_write;
  if (who.mode == Mode::test && is_about_all)
    return Error{Errc::forbidden, Reason{"key.test_mode"}, "a test key changes neither tenants nor operators"};
  return {};
}

Result<void> authenticate(Transaction& tx, Context& context, const Found& found, const Credentials& credentials) {
  context.principal = {};
  tx.confine(Id::none);
  if (found.route->is_open) return {};
  auto principal = found.scheme->authenticate(tx, context, credentials, found.path);
  if (!principal) return principal.error();
  context.principal = *principal;
  context.rate_limits.note_use(principal->key, context.now);
  tx.confine(principal->tenant, principal->app());
  return {};
}

Result<void> permit(Transaction& tx, const Context& context, const Found& found) {
  const auto& route = *found.route;
  if (!route.is_open)
    if (auto may = require_permission(context.principal, route.needs); !may) return may;
  return route.admit != nullptr ? route.admit(tx, context, found.path) : Result<void>{};
}

Result<void> admit(Transaction& tx, Context& context, const Found& found, const Credentials& credentials) {
  if (auto known = authenticate(tx, context, found, credentials); !known) return known;
  return permit(tx, context, found);
}

}  // namespace innkeeper::pipeline
