#include "engine/domain/webhooks.hpp"

#include "engine/base/internals.hpp"
#include "engine/changes/seals.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/crypto/webhook_signature.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/rules.hpp"
#include "engine/domain/tasks.hpp"

namespace innkeeper {

namespace domain {

namespace {

Result<std::optional<std::string>> format(Transaction&, const Context&, const Event& event, const App& app, std::string_view) {
  return std::optional{changes::message_of(event, app.uid)};
}
constexpr WebhookFormat native_format{
    .contract = "", .default_events = "*", .format = format, .retry_delays = webhooks::retry_delays};

}  // namespace

std::string_view origin_of(std::string_view url) {
  const auto host = url.find("://");
  return host == std::string_view::npos ? std::string_view{} : url.substr(0, url.find_first_of("/?", host + 3));
}

const WebhookFormat* find_webhook_format(const Context& context, std::string_view contract) {
  if (contract == native_format.contract) return &native_format;
  for (const auto* each : context.webhook_formats)
    if (each->contract == contract) return each;
  return nullptr;
}

bool exposes_credential(const Webhook& before, std::string_view url, bool has_new_credential) {
  return !before.credential.data.empty() && !has_new_credential && origin_of(before.url) != origin_of(url);
}

}  // namespace domain

namespace webhooks {

namespace {

using domain::find_webhook_format;

Result<void> apply(const Context& context, const Draft& draft, Webhook& webhook) {
  if (draft.contract) {
    const auto* webhook_format = find_webhook_format(context, *draft.contract);
    if (webhook_format == nullptr) {
      std::string sentence{"must be a contract that has messages for webhooks: native"};
      for (const auto* each : context.webhook_formats) sentence.append(", ").append(each->contract);
      return domain::refused("/contract", sentence.append(", not \"").append(*draft.contract).append("\""));
    }
    webhook.contract = *draft.contract;
    webhook.events = webhook_format->default_events;
  }
  if (draft.url && domain::exposes_credential(webhook, *draft.url, draft.credential.has_value()))
    return domain::refused("/basic_auth", std::string{domain::about_exposed_credentials});
  if (draft.credential)
    webhook.credential =
        *draft.credential ? context.internals.keyring.seal(**draft.credential, changes::binding_of(webhook)) : Bytes{};
  if (draft.url) webhook.url = *draft.url;
  if (draft.events) webhook.events = *draft.events;
  if (draft.label) webhook.label = *draft.label;
  if (draft.is_enabled) webhook.is_enabled = *draft.is_enabled;
  if (!domain::is_webhook_url(webhook.url)) return domain::refused("/url", std::string{domain::about_webhook_urls});
  return {};
}

std::string give_secret(const Context& context, Webhook& webhook) {
  auto secret = crypto::make_webhook_secret(context.random);
  webhook.sealed = context.internals.keyring.seal(secret, changes::binding_of(webhook));
  return secret;
}

Result<Issued> do_create(Transaction& tx, const Context& context, const New& wanted) {
  auto app = apps::open(tx, context, wanted.parent);
  if (!app) return app.error();
  auto have = tx.count(Query<Webhook>{}.where(&Webhook::app, app->id));
  if (!have) return have.error();
  if (*have >= domain::most_webhooks)
    return Error{Errc::quota_exceeded, Reason{"webhook.too_many"}, "an app has 20 webhooks at most"};
  Webhook webhook{.tenant = app->tenant, .app = app->id, .uid = crypto::make_uuid(context.random), .events = "*"};
  webhook.created_at = webhook.updated_at = context.now;
  auto draft = wanted.draft;
  draft.url = wanted.url;
  if (auto applied = apply(context, draft, webhook); !applied) return applied.error();
  auto secret = give_secret(context, webhook);
  if (auto stored = changes::insert(tx, context, webhook); !stored) return stored.error();
  return Issued{std::move(webhook), std::move(secret)};
}

Result<Webhook> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  return domain::find<Webhook>(tx, context, ref);
}

Result<Page<Webhook>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  return domain::page_of_app<Webhook>(tx, context, wanted);
}

Result<Webhook> do_update(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  return domain::edit<Webhook>(tx, context, wanted, [&](Webhook& webhook) { return apply(context, wanted.draft, webhook); });
}

Result<Nothing> do_remove(Transaction& tx, const Context& context, const Removal& wanted) {
  return domain::remove<Webhook>(tx, context, wanted, [&](const Webhook& webhook) {
    domain::Budget budget;
    return domain::begin(tx, context,
                         {.tenant = webhook.tenant, .app = webhook.app, .kind = TaskKind::purge_webhook, .object = webhook.id},
                         budget);
  });
}

Result<Issued> do_rotate(Transaction& tx, const Context& context, const Rotation& wanted) {
  auto webhook = domain::find<Webhook>(tx, context, wanted.ref);
  if (!webhook) return webhook.error();
  const Webhook before = *webhook;
  // Without grace the former goes at once, also where the clock is ahead and set back later.
  const bool overlaps = wanted.grace > std::chrono::seconds{0};
  webhook->former = overlaps ? webhook->sealed : Bytes{};
  webhook->former_until = overlaps ? std::optional{context.now + wanted.grace} : std::nullopt;
  auto secret = give_secret(context, *webhook);
  if (auto stored = domain::store(tx, context, before, *webhook, changes::rotated); !stored) return stored.error();
  return Issued{std::move(*webhook), std::move(secret)};
}

Result<Page<Delivery>> do_deliveries(Transaction& tx, const Context& context, const Listing& wanted) {
  auto webhook = domain::find<Webhook>(tx, context, wanted.parent);
  if (!webhook) return webhook.error();
  return domain::page(tx, Query<Delivery>{}.where(&Delivery::webhook, webhook->id), wanted.page_request);
}

Result<Delivery> do_replay(Transaction& tx, const Context& context, const Ref& ref) {
  auto former = domain::find<Delivery>(tx, context, ref);
  if (!former) return former;
  auto webhook = tx.get<Webhook>(former->webhook);
  if (!webhook) return webhook.error().code == Errc::not_found ? domain::unknown<Delivery>() : webhook.error();
  Delivery again{.tenant = former->tenant,
                 .app = former->app,
                 .uid = crypto::make_uuid(context.random),
                 .webhook = former->webhook,
                 .event = former->event,
                 .type = former->type,
                 .due_at = context.now,
                 .created_at = context.now};
  if (auto stored = tx.insert(again); !stored) return stored.error();
  // Told to nobody: it would go to the same receivers.
  if (auto recorded = changes::record<Delivery>(tx, context, {"replay", "replayed"}, nullptr, &again); !recorded)
    return recorded.error();
  return again;
}

}  // namespace

constinit const Operation<New, Issued> create{"webhooks.create", Access::write, do_create};
constinit const Operation<Ref, Webhook> find{"webhooks.find", Access::read, do_find};
constinit const Operation<Listing, Page<Webhook>> list{"webhooks.list", Access::read, do_list};
constinit const Operation<Edit<Draft>, Webhook> update{"webhooks.update", Access::write, do_update};
constinit const Operation<Removal, Nothing> remove{"webhooks.remove", Access::write, do_remove};
constinit const Operation<Rotation, Issued> rotate{"webhooks.rotate", Access::write, do_rotate};
constinit const Operation<Listing, Page<Delivery>> deliveries{"webhooks.deliveries", Access::read, do_deliveries};
constinit const Operation<Ref, Delivery> replay{"webhooks.replay", Access::write, do_replay};

}  // namespace webhooks

}  // namespace innkeeper
