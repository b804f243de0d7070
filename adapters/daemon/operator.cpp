#include "adapters/daemon/operator.hpp"

#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/files.hpp"
#include "adapters/daemon/instance.hpp"
#include "adapters/daemon/json_text.hpp"
#include "adapters/daemon/logfmt.hpp"

#include <algorithm>

namespace innkeeper::daemon {

namespace {

/// The scopes as one text with blanks between them.
Result<std::string> scopes_of(const std::vector<std::string>& lists) {
  std::string all;
  for (auto list : lists) {
    std::replace(list.begin(), list.end(), ',', ' ');
    for (std::string_view rest{list}; !rest.empty();) {
      const auto word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      if (word.empty()) continue;
      if (!Scopes::named(word))
        return Error{Errc::invalid, Reason{"settings.invalid"}, "'" + std::string{word} + "' is no scope"};
      all.append(all.empty() ? "" : " ").append(word);
    }
  }
  if (all.empty() && !lists.empty()) return Error{Errc::invalid, Reason{"settings.invalid"}, "must name a scope"};
  return all;
}

std::string known_scopes() {
  std::string text{"*, read"};
  for (const auto& row : scope_table) text.append(", ").append(row.name);
  return text;
}

/// Uids go before names: only they are unique.
Result<Ref> find_tenant(Transaction& tx, const std::string& text) {
  auto by_uid = tx.first(Query<Tenant>{}.where(&Tenant::uid, text));
  if (by_uid) return Ref{by_uid->id};
  if (by_uid.error().code != Errc::not_found) return by_uid.error();
  const auto named = Query<Tenant>{}.where(&Tenant::name, text);
  const auto count = tx.count(named);
  if (!count) return count.error();
  if (*count == 0) return Error{Errc::not_found, reason::tenant_unknown, "no tenant has the uid or the name '" + text + "'"};
  if (*count > 1) return Error{Errc::conflict, {}, "several tenants have the name '" + text + "': give the uid"};
  const auto tenant = tx.first(named);
  if (!tenant) return tenant.error();
  return Ref{tenant->id};
}

}  // namespace

int create_operator(const Settings& settings, const WantedOperator& wanted) {
  const auto scopes = scopes_of(wanted.scopes);
  if (!scopes) {
    auto error = scopes.error();
    return complain({error.code, error.reason, error.detail + "; there are: " + known_scopes()}, "--scopes");
  }
  StderrLog log(std::max(settings.log_level, Severity::warning));
  auto instance = open_instance(settings, log);
  if (!instance) return complain(instance.error());
  operators::New draft{.name = wanted.name, .scopes = *scopes};
  const auto created = instance->engine->run(
      Access::write, Principal{.kind = Principal::Kind::host}, [&](Transaction& tx, const Context& context) {
        if (wanted.tenant) {
          auto tenant = find_tenant(tx, *wanted.tenant);
          if (!tenant) return Result<void>{tenant.error()};
          draft.parent = *tenant;
        }
        auto issued = operators::create(tx, context, draft);
        if (!issued) return Result<void>{issued.error()};
        // Should this run again, the secret that was printed is kept.
        if (!draft.secret.empty()) return Result<void>{};
        draft.secret = issued->secret;
        return write_all("", "{\"operator\":" + json_text(wanted.name) + ",\"secret\":" + json_text(issued->secret) + "}\n");
      });
  return created ? 0 : complain(created.error(), wanted.name);
}

}  // namespace innkeeper::daemon
