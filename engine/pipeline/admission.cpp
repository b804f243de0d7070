#include <innkeeper/transaction.hpp>

#include "engine/pipeline/admission.hpp"

#include <innkeeper/model.hpp>
#include <innkeeper/operations/common.hpp>
#include <innkeeper/schema/model.hpp>

#include "engine/base/internals.hpp"
#include "engine/base/rate_limits.hpp"
#include "engine/base/text.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace innkeeper::pipeline {

namespace {

/// Whether a member who calls is the one whom the path names.
Result<void> require_self(Transaction& tx, const Principal& who, const PathMember& self, const Params& path) {
  if (self.parameter.empty() || who.kind != Principal::Kind::member) return {};
  const auto name = path[self.parameter];
  auto named = Id{base::to_number(name).value_or(0)};
  if (self.form == PathMember::Form::ref) {
    // A uid goes before an id of the same digits, as for the operation that the path is for.
    auto found = tx.first(Query<Member>{}.where(&Member::uid, name));
    if (!found && found.error().code != Errc::not_found) return found.error();
    if (found) named = found->id;
  }
  if (named == who.id) return {};
  return Error{Errc::forbidden, reason::member_other, "a member may do this for itself only"};
}

}  // namespace

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
  const auto names_member = [](const Route& route) {
    return !route.is_open && route.path.find("{" + std::string{route.self.parameter} + "}") != std::string_view::npos;
  };
  for (const auto& route : dialect.routes) {
    if (!route.is_open && authenticates_nobody(route))
      return wrong(Reason{"routes.unguarded"}, " authenticates nobody, but ", route, " is not open");
    if (!route.needs_store && (!route.is_open || route.admit != nullptr || route.handler.access != Access::read))
      return wrong(Reason{"routes.storeless"}, " needs no store for ", route,
                   ", which is not open, or checks or writes something");
    if (static_cast<std::size_t>(std::count(route.path.begin(), route.path.end(), '{')) > Params::capacity)
      return wrong(Reason{"routes.parameters"}, " has too many path parameters in ", route, "");
    if (!route.self.parameter.empty() && !names_member(route))
      return wrong(Reason{"routes.self"}, " has no caller or path parameter that is a member for ", route, "");
  }
  return {};
}

Result<void> require_permission(const Principal& who, const Permission& needs) {
  if (who.level() == AccessLevel::none)
    return Error{Errc::forbidden, Reason{"principal.missing"}, "whoever authenticates nobody gets nothing"};
  if (who.level() < needs.level)
    return Error{Errc::forbidden, Reason{"reach.missing"},
                 needs.level == AccessLevel::host     ? "this is for operators over all tenants"
                 : needs.level == AccessLevel::tenant ? "this is for operators"
                                                      : "this is for apps and operators"};
  if (who.kind == Principal::Kind::member) return {};
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
  context.internals.rate_limits.note_use(principal->key, context.now);
  tx.confine(principal->tenant, principal->app());
  return {};
}

Result<void> permit(Transaction& tx, const Context& context, const Found& found) {
  const auto& route = *found.route;
  if (!route.is_open) {
    if (auto may = require_permission(context.principal, route.needs); !may) return may;
    if (auto own = require_self(tx, context.principal, route.self, found.path); !own) return own;
  }
  return route.admit != nullptr ? route.admit(tx, context, found.path) : Result<void>{};
}

Result<void> admit(Transaction& tx, Context& context, const Found& found, const Credentials& credentials) {
  if (auto known = authenticate(tx, context, found, credentials); !known) return known;
  return permit(tx, context, found);
}

}  // namespace innkeeper::pipeline
