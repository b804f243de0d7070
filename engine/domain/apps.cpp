#include "engine/base/internals.hpp"
#include "engine/base/time.hpp"
#include "engine/changes/seals.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/key_bounds.hpp"
#include "engine/domain/keys.hpp"
#include "engine/domain/tasks.hpp"

#include <algorithm>

namespace innkeeper::apps {

namespace {

/// Callers act for tenants that are active now, not only when they were let in; the host may prepare any tenant.
Result<void> require_active(Transaction& tx, const Context& context, Id tenant) {
  if (context.principal.kind == Principal::Kind::host) return {};
  if (auto active = tenants::require_active(tx, tenant); !active) return active.error();
  return {};
}

/// All apps that the caller may see: a test key sees test apps.
Query<App> all_of(const Context& context) {
  Query<App> query;
  if (context.principal.mode == Mode::test) query.where(&App::mode, Mode::test);
  return query;
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
                                 .where(&Usage::month, Compare::less_equal, view.usage[1].month)
                                 .order_by(&Usage::month),
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
    app.recording_credential = plain.empty() ? Bytes{} : context.internals.keyring.seal(plain, changes::binding_of(app));
  }
}

}  // namespace

Result<App> open(Transaction& tx, const Context& context, const Ref& ref) {
  auto app = domain::look_up<App>(tx, ref.is_empty() ? Ref{context.principal.app()} : ref);
  if (!app) return app;
  if (auto active = require_active(tx, context, app->tenant); !active) return active.error();
  if (app->mode == Mode::live && context.principal.mode == Mode::test)
    return Error{Errc::forbidden, reason::test_mode, "a test key does not reach a live app"};
  return app;
}

Result<void> require_active(Transaction& tx, const App& app) {
  if (auto active = tenants::require_active(tx, app.tenant); !active) return active.error();
  if (app.status == AppStatus::suspended) return Error{Errc::forbidden, reason::app_suspended, "the app is suspended"};
  return {};
}

namespace {

Result<Issued> do_create(Transaction& tx, const Context& context, const New& wanted) {
  App app{.id = wanted.id, .tenant = context.principal.tenant, .uid = wanted.uid};
  app.mode = wanted.draft.mode.value_or(context.principal.mode);
  if (!wanted.parent.is_empty()) {
    auto tenant = domain::look_up<Tenant>(tx, wanted.parent);
    if (!tenant) return tenant.error();
    app.tenant = tenant->id;
  }
  if (app.tenant == Id::none) return domain::refused("/tenant", "must be named by a caller over all tenants");
  if (auto active = require_active(tx, context, app.tenant); !active) return active.error();
  if (app.mode == Mode::live && context.principal.mode == Mode::test)
    return Error{Errc::forbidden, reason::test_mode, "a test key makes no live app"};
  if (app.id != Id::none) {
    auto purging = tx.count(Query<Task>{}.where(&Task::object, app.id).where(&Task::kind, TaskKind::purge_app));
    if (!purging) return purging.error();
    if (*purging > 0) return Error{Errc::already_exists, Reason{"app.id_taken"}, "what an app of this id had is not gone yet"};
  }
  if (app.uid.empty()) {
    app.uid = crypto::make_uuid(context.random);
  } else {
    auto taken = tx.count(Query<App>{}.where(&App::uid, app.uid));
    if (!taken) return taken.error();
    if (*taken > 0) return Error{Errc::already_exists, reason::uid_taken, "an app has this uid"};
  }
  auto bounds = domain::bounded_by_maker(tx, context);
  if (!bounds) return bounds.error();
  bounds->mode = app.mode;
  app.created_at = app.updated_at = context.now;
  apply(wanted.draft, context, app);
  if (auto stored = changes::insert(tx, context, app); !stored) return stored.error();
  auto key = domain::add_key(tx, context, domain::holder_of(app), std::move(*bounds), wanted.secret);
  if (!key) return key.error();
  Issued issued{{.app = std::move(app), .usage = {}}, std::move(key->secret)};
  issued.view.usage = blank_usage(issued.view.app, context.now);
  return issued;
}

Result<View> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  auto app = open(tx, context, ref);
  if (!app) return app.error();
  return view_of(tx, context, std::move(*app));
}

Result<Page<View>> do_list_views(Transaction& tx, const Context& context, const ViewListing& wanted) {
  auto found = domain::page(tx, all_of(context), wanted.page_request);
  if (!found) return found.error();
  Page<View> page{.next = std::move(found->next), .total = found->total};
  page.items.reserve(found->items.size());
  for (auto& app : found->items) {
    if (!wanted.with_usage) {
      const auto usage = blank_usage(app, context.now);
      page.items.push_back({std::move(app), usage});
      continue;
    }
    auto view = view_of(tx, context, std::move(app));
    if (!view) return view.error();
    page.items.push_back(std::move(*view));
  }
  return page;
}

Result<Page<App>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  auto query = all_of(context);
  Id tenant{};
  if (!wanted.parent.is_empty()) {
    auto parent = domain::look_up<Tenant>(tx, wanted.parent);
    if (!parent) return parent.error();
    if (auto active = require_active(tx, context, parent->id); !active) return active.error();
    tenant = parent->id;
    query.where(&App::tenant, tenant);
  }
  return domain::page(tx, query, wanted.page_request);
}

Result<View> do_update(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  auto app = open(tx, context, wanted.ref);
  if (!app) return app.error();
  if (auto fits = domain::require(wanted.match, *app); !fits) return fits.error();
  if (context.principal.app() != Id::none && (wanted.draft.permissions || wanted.draft.status))
    return Error{Errc::forbidden, reason::reach_missing, "an app changes neither its permissions nor its status"};
  const App before = *app;
  apply(wanted.draft, context, *app);
  app->updated_at = context.now;
  if (auto stored = changes::update(tx, context, before, *app); !stored) return stored.error();
  return view_of(tx, context, std::move(*app));
}

Result<Nothing> do_remove(Transaction& tx, const Context& context, const Removal& wanted) {
  auto app = open(tx, context, wanted.ref);
  if (!app) return app.error();
  if (auto fits = domain::require(wanted.match, *app); !fits) return fits.error();
  domain::Budget budget;
  auto purged =
      domain::begin(tx, context, {.tenant = app->tenant, .app = app->id, .kind = TaskKind::purge_app, .object = app->id}, budget);
  if (!purged) return purged.error();
  if (auto gone = changes::erase(tx, context, *app); !gone) return gone.error();
  return Nothing{};
}

Result<std::string> do_secret(Transaction& tx, const Context& context, const Id& id) {
  auto app = open(tx, context, id);
  if (!app) return app.error();
  return domain::reveal_key(tx, context, domain::holder_of(*app));
}

Result<std::string> do_renew_secret(Transaction& tx, const Context& context, const NewSecret& wanted) {
  auto app = open(tx, context, wanted.holder);
  if (!app) return app.error();
  domain::Budget budget;
  return domain::replace_keys(tx, context, domain::holder_of(*app), app->mode, wanted.secret, budget);
}

}  // namespace

constinit const Operation<New, Issued> create{"apps.create", Access::write, do_create};
constinit const Operation<Ref, View> find{"apps.find", Access::read, do_find};
constinit const Operation<ViewListing, Page<View>> list_views{"apps.list", Access::read, do_list_views};
constinit const Operation<Listing, Page<App>> list{"apps.list", Access::read, do_list};
constinit const Operation<Edit<Draft>, View> update{"apps.update", Access::write, do_update};
constinit const Operation<Removal, Nothing> remove{"apps.remove", Access::write, do_remove};
constinit const Operation<Id, std::string> secret{"apps.secret", Access::read, do_secret};
constinit const Operation<NewSecret, std::string> renew_secret{"apps.renew_secret", Access::write, do_renew_secret};

}  // namespace innkeeper::apps
