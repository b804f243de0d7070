#include <innkeeper/operations.hpp>

#include "engine/base/time.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/keys.hpp"

#include <algorithm>

namespace innkeeper::apps {

namespace {

Error unknown() { return {Errc::not_found, reason::app_unknown, "no such app"}; }

Result<App> get(Transaction& tx, Id id) {
  auto app = tx.get<App>(id);
  if (!app && app.error().code == Errc::not_found) return unknown();
  return app;
}

domain::KeyHolder holder_of(const App& app) { return {KeyOwner::app, app.id, app.tenant}; }

/// Changes come from callers whose tenant is active now, not only when they were let in; the host may prepare any tenant.
Result<void> require_may_change(Transaction& tx, const Context& context, Id tenant) {
  if (context.principal.kind == Principal::Kind::host) return {};
  if (auto active = tenants::require_active(tx, tenant); !active) return active.error();
  return {};
}

/// Zeroes for last month and this month.
std::array<Usage, 2> blank_usage(const App& app, Instant now) {
  const auto month = base::month_of(now);
  Usage blank{.tenant = app.tenant, .app = app.id, .month = base::month_before(month)};
  std::array<Usage, 2> usage{blank, blank};
  usage[1].month = month;
  return usage;
}

void fill_in(std::array<Usage, 2>& usage, const Usage& found) { usage[found.month == usage[1].month ? 1 : 0] = found; }

Result<View> view_of(Transaction& tx, const Context& context, App app) {
  View view{.app = std::move(app), .usage = {}};
  view.usage = blank_usage(view.app, context.now);
  auto done = tx.each<Usage>(Query<Usage>{}
                                 .where(&Usage::app, view.app.id)
                                 .where(&Usage::month, Compare::greater_equal, view.usage[0].month)
                                 .where(&Usage::month, Compare::less_equal, view.usage[1].month),
                             [&](const Usage& found) {
                               fill_in(view.usage, found);
                               return true;
                             });
  if (!done) return done.error();
  return view;
}

void apply(const Draft& draft, const Context& context, App& app) {
  if (draft.name) app.name = *draft.name;
  if (draft.description) app.description = *draft.description;
  if (draft.status) app.status = *draft.status;
  if (draft.domains) app.domains = *draft.domains;
  if (draft.permissions) app.permissions = *draft.permissions;
  if (draft.recording_bucket) app.recording_bucket = *draft.recording_bucket;
  if (draft.recording_credential) {
    const auto& plain = *draft.recording_credential;
    app.recording_credential = plain.empty() ? Bytes{} : context.keyring.seal(plain, recording_credential_binding(app));
  }
}

}  // namespace

std::string recording_credential_binding(const App& app) { return "app.recording_credential:" + app.uid; }

Result<Issued> do_create(Transaction& tx, const Context& context, const NewApp& wanted) {
  App app{.id = wanted.id, .tenant = wanted.tenant == Id::none ? context.principal.tenant : wanted.tenant, .uid = wanted.uid};
  if (auto may = require_may_change(tx, context, app.tenant); !may) return may.error();
  if (app.uid.empty()) {
    app.uid = crypto::make_uuid(context.random);
  } else {
    auto taken = tx.count(Query<App>{}.where(&App::uid, app.uid));
    if (!taken) return taken.error();
    if (*taken > 0) return Error{Errc::already_exists, reason::uid_taken, "an app has this uid"};
  }
  app.created_at = app.updated_at = context.now;
  apply(wanted.draft, context, app);
  if (auto stored = tx.insert(app); !stored) return stored.error();
  auto secret = domain::add_key(tx, context, holder_of(app), wanted.secret);
  if (!secret) return secret.error();
  Issued issued{{.app = std::move(app), .usage = {}}, std::move(*secret)};
  issued.view.usage = blank_usage(issued.view.app, context.now);
  return issued;
}

Result<View> do_find(Transaction& tx, const Context& context, const Id& id) {
  auto app = get(tx, id);
  if (!app) return app.error();
  return view_of(tx, context, std::move(*app));
}

Result<std::vector<View>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  std::vector<View> views;
  auto listed = tx.each<App>(Query<App>{}, [&](App&& app) {
    const auto usage = blank_usage(app, context.now);
    views.push_back({std::move(app), usage});
    return true;
  });
  if (!listed) return listed.error();
  if (!wanted.with_usage) return views;

  const auto month = base::month_of(context.now);
  auto used = tx.each<Usage>(Query<Usage>{}
                                 .where(&Usage::month, Compare::greater_equal, base::month_before(month))
                                 .where(&Usage::month, Compare::less_equal, month),
                             [&](const Usage& found) {
                               const auto at = std::lower_bound(views.begin(), views.end(), found.app,
                                                                [](const View& view, Id app) { return view.app.id < app; });
                               if (at != views.end() && at->app.id == found.app) fill_in(at->usage, found);
                               return true;
                             });
  if (!used) return used.error();
  return views;
}

Result<View> do_update(Transaction& tx, const Context& context, const Change& change) {
  auto app = get(tx, change.app);
  if (!app) return app.error();
  if (auto may = require_may_change(tx, context, app->tenant); !may) return may.error();
  apply(change.draft, context, *app);
  app->updated_at = context.now;
  if (auto stored = tx.update(*app); !stored) return stored.error();
  return view_of(tx, context, std::move(*app));
}

Result<Nothing> do_remove(Transaction& tx, const Context& context, const Id& id) {
  auto app = get(tx, id);
  if (!app) return app.error();
  if (auto may = require_may_change(tx, context, app->tenant); !may) return may.error();
  if (auto erased = domain::erase_keys(tx, holder_of(*app)); !erased) return erased.error();
  if (auto erased = tx.erase(Query<Usage>{}.where(&Usage::app, id)); !erased) return erased.error();
  if (auto erased = tx.erase<App>(id); !erased) return erased.error();
  return Nothing{};
}

Result<std::string> do_secret(Transaction& tx, const Context& context, const Id& id) {
  auto app = get(tx, id);
  if (!app) return app.error();
  return domain::reveal_key(tx, context, holder_of(*app));
}

Result<std::string> do_renew_secret(Transaction& tx, const Context& context, const NewSecret& wanted) {
  auto app = get(tx, wanted.app);
  if (!app) return app.error();
  if (auto may = require_may_change(tx, context, app->tenant); !may) return may.error();
  return domain::replace_keys(tx, context, holder_of(*app), wanted.secret);
}

}  // namespace innkeeper::apps
