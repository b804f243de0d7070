#include "engine/domain/webhooks.hpp"

#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/crypto/webhook_signature.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/rules.hpp"
#include "engine/ledger/seals.hpp"

#include <array>

namespace innkeeper {

namespace domain {

namespace {

/// Scheme, host and port.
std::string_view origin_of(std::string_view url) {
  const auto host = url.find("://");
  return host == std::string_view::npos ? std::string_view{} : url.substr(0, url.find_first_of("/?", host + 3));
}

Result<std::optional<std::string>> tell(Transaction&, const Context&, const Event& event, const App& app) {
  return std::optional{ledger::message_of(event, app.uid)};
}
constexpr Telling native_telling{.contract = "", .events = "*", .tell = tell, .waits = webhooks::waits};

}  // namespace

const Telling* telling_in(const Context& context, std::string_view contract) {
  if (contract == native_telling.contract) return &native_telling;
  for (const auto* each : context.tellings)
    if (each->contract == contract) return each;
  return nullptr;
}

bool exposes_credential(const Webhook& before, std::string_view url, bool has_new_credential) {
  return !before.credential.data.empty() && !has_new_credential && origin_of(before.url) != origin_of(url);
}

}  // namespace domain

namespace webhooks {

namespace {

using domain::telling_in;

/// How many due deliveries are looked at for those that can be sent.
constexpr std::int64_t look = 500;
/// How many parcels may be under way to one webhook: one that does not answer holds up no other.
constexpr int most_under_way = 2;
/// How long a parcel may be under way before it is given out again.
constexpr std::chrono::minutes lease{2};
/// How long a delivery rests whose tenant is not active, or whose contract is not there.
constexpr std::chrono::hours rest{1};

Result<void> apply(const Context& context, const Draft& draft, Webhook& webhook) {
  if (draft.contract) {
    const auto* telling = telling_in(context, *draft.contract);
    if (telling == nullptr) {
      std::string sentence{"must be a contract that has messages for webhooks: native"};
      for (const auto* each : context.tellings) sentence.append(", ").append(each->contract);
      return domain::refused("/contract", sentence.append(", not \"").append(*draft.contract).append("\""));
    }
    webhook.contract = *draft.contract;
    webhook.events = telling->events;
  }
  if (draft.url && domain::exposes_credential(webhook, *draft.url, draft.credential.has_value()))
    return domain::refused("/basic_auth", std::string{domain::about_exposed_credentials});
  if (draft.credential)
    webhook.credential = *draft.credential ? context.keyring.seal(**draft.credential, ledger::binding_of(webhook)) : Bytes{};
  if (draft.url) webhook.url = *draft.url;
  if (draft.events) webhook.events = *draft.events;
  if (draft.label) webhook.label = *draft.label;
  if (draft.is_enabled) webhook.is_enabled = *draft.is_enabled;
  if (!domain::is_webhook_url(webhook.url)) return domain::refused("/url", std::string{domain::about_webhook_urls});
  return {};
}

std::string give_secret(const Context& context, Webhook& webhook) {
  auto secret = crypto::make_webhook_secret(context.random);
  webhook.sealed = context.keyring.seal(secret, ledger::binding_of(webhook));
  return secret;
}

/// The signatures of a message, one for each secret that counts now.
Result<std::string> signatures(const Context& context, const Webhook& webhook, const std::string& id, std::int64_t timestamp,
                               const std::string& body) {
  std::string all;
  const bool has_former = webhook.former_until && *webhook.former_until > context.now;
  for (const auto* sealed : {&webhook.sealed, has_former ? &webhook.former : nullptr}) {
    if (sealed == nullptr) continue;
    const auto secret = context.keyring.open(*sealed, ledger::binding_of(webhook));
    const auto key = secret ? crypto::webhook_key_of(*secret) : std::nullopt;
    if (!key) return Error{Errc::internal, Reason{"webhook.seal_broken"}, "the sealed secret of a webhook does not open"};
    all.append(all.empty() ? "" : " ").append(crypto::sign_webhook(*key, id, timestamp, body));
  }
  return all;
}

/// A tenth more or less, so that what failed together does not come back together.
std::chrono::microseconds jittered(Random& random, std::chrono::seconds wait) {
  std::array<std::byte, 2> bytes;
  random.fill(bytes);
  const auto permille = 900 + (std::to_integer<int>(bytes[0]) << 8 | std::to_integer<int>(bytes[1])) % 201;
  return std::chrono::microseconds{wait} * permille / 1'000;
}

/// The parcel of a delivery, or nothing if it is not to be sent (now). Leaves the row as it is to be stored; what there are no
/// words for goes at once, and has no id then.
Result<std::optional<Parcel>> pack(Transaction& tx, const Context& context, Delivery& delivery) {
  auto webhook = tx.get<Webhook>(delivery.webhook);
  auto event = tx.get<Event>(delivery.event);
  auto app = tx.get<App>(delivery.app);
  const auto* telling = webhook ? telling_in(context, webhook->contract) : nullptr;
  if (!webhook || !event || !app || !webhook->is_enabled) {
    delivery.state = DeliveryState::failed;
    delivery.last_fault = "webhook.disabled";
    return std::optional<Parcel>{};
  }
  // Its contract may be mounted again.
  if (telling == nullptr || !tenants::require_active(tx, delivery.tenant)) {
    delivery.due_at = context.now + rest;
    return std::optional<Parcel>{};
  }
  auto body = telling->tell(tx, context, *event, *app);
  if (!body) return body.error();
  if (!*body) {
    if (auto erased = tx.erase<Delivery>(delivery.id); !erased) return erased.error();
    delivery.id = Id::none;
    return std::optional<Parcel>{};
  }
  ++delivery.attempts;
  delivery.due_at = context.now + lease;
  Parcel parcel{.id = delivery.id, .url = webhook->url, .body = std::move(**body), .timeout = telling->timeout};
  const auto timestamp = std::chrono::floor<std::chrono::seconds>(context.now).time_since_epoch().count();
  auto signature = signatures(context, *webhook, delivery.uid, timestamp, parcel.body);
  const auto& sealed = webhook->credential;
  const auto credential =
      sealed.data.empty() ? std::optional{std::string{}} : context.keyring.open(sealed, ledger::binding_of(*webhook));
  if (!signature || !credential) {
    // One row that was tampered with holds up no other.
    delivery.state = DeliveryState::failed;
    delivery.last_fault = "internal";
    return std::optional<Parcel>{};
  }
  parcel.headers.add(header::content_type, "application/json");
  parcel.headers.add("webhook-id", delivery.uid);
  parcel.headers.add("webhook-timestamp", std::to_string(timestamp));
  parcel.headers.add("webhook-signature", *signature);
  if (!credential->empty()) parcel.headers.add(header::authorization, "Basic " + crypto::base64_encode(*credential));
  if (!event->trace.empty()) parcel.headers.add("traceparent", event->trace);
  return std::optional{std::move(parcel)};
}

}  // namespace

Result<Issued> do_create(Transaction& tx, const Context& context, const New<Draft>& wanted) {
  auto app = apps::open(tx, context, wanted.parent);
  if (!app) return app.error();
  auto have = tx.count(Query<Webhook>{}.where(&Webhook::app, app->id));
  if (!have) return have.error();
  if (*have >= domain::most_webhooks)
    return Error{Errc::quota_exceeded, Reason{"webhook.too_many"}, "an app has 20 webhooks at most"};
  Webhook webhook{.tenant = app->tenant, .app = app->id, .uid = crypto::make_uuid(context.random), .events = "*"};
  webhook.created_at = webhook.updated_at = context.now;
  if (auto applied = apply(context, wanted.draft, webhook); !applied) return applied.error();
  auto secret = give_secret(context, webhook);
  if (auto stored = ledger::insert(tx, context, webhook); !stored) return stored.error();
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
    return domain::sweep(tx, Query<Delivery>{}.where(&Delivery::webhook, webhook.id));
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
  if (auto stored = domain::store(tx, context, before, *webhook, ledger::rotated); !stored) return stored.error();
  return Issued{std::move(*webhook), std::move(secret)};
}

Result<Page<Delivery>> do_deliveries(Transaction& tx, const Context& context, const Listing& wanted) {
  auto webhook = domain::find<Webhook>(tx, context, wanted.parent);
  if (!webhook) return webhook.error();
  return domain::page(tx, Query<Delivery>{}.where(&Delivery::webhook, webhook->id), wanted.window);
}

Result<Delivery> do_replay(Transaction& tx, const Context& context, const Ref& ref) {
  auto former = domain::find<Delivery>(tx, context, ref);
  if (!former) return former;
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
  if (auto recorded = ledger::record<Delivery>(tx, context, {"replay", "replayed"}, nullptr, &again); !recorded)
    return recorded.error();
  return again;
}

Result<std::vector<Parcel>> take_due(Transaction& tx, const Context& context, std::size_t most, Round& round) {
  auto due = tx.list(Query<Delivery>{}
                         .where(&Delivery::state, DeliveryState::pending)
                         .where(&Delivery::due_at, Compare::less_equal, context.now)
                         .where(&Delivery::due_at, Compare::greater_equal, round.from)
                         .order_by(&Delivery::due_at)
                         .limit(look));
  if (!due) return due.error();
  std::erase_if(round.taken, [&](const auto& each) { return each.second.until <= context.now; });
  std::map<Id, int> under_way;
  for (const auto& [id, taken] : round.taken) ++under_way[taken.webhook];
  std::vector<Parcel> parcels;
  for (auto& delivery : *due) {
    if (parcels.size() == most) return parcels;
    if (under_way[delivery.webhook] >= most_under_way) continue;
    auto parcel = pack(tx, context, delivery);
    if (!parcel) return parcel.error();
    if (delivery.id != Id::none)
      if (auto stored = tx.update(delivery); !stored) return stored.error();
    if (!*parcel) continue;
    ++under_way[delivery.webhook];
    round.taken[delivery.id] = {delivery.webhook, delivery.due_at};
    parcels.push_back(std::move(**parcel));
  }
  // Behind those that could not be sent now there may be others: the next look goes on there, and then begins anew.
  const bool is_at_end = std::cmp_less(due->size(), look);
  const auto last = is_at_end ? Instant{} : due->back().due_at;
  round.from = last == round.from && !is_at_end ? last + std::chrono::microseconds{1} : last;
  return parcels;
}

Result<void> settle(Transaction& tx, const Context& context, Id id, const Receipt& receipt) {
  auto delivery = tx.get<Delivery>(id);
  // It may have gone with its webhook meanwhile.
  if (!delivery) return delivery.error().code == Errc::not_found ? Result<void>{} : delivery.error();
  // Given out a second time, it may be settled already; what was not given out cannot be.
  if (delivery->state != DeliveryState::pending || delivery->attempts == 0) return {};
  delivery->last_at = context.now;
  delivery->last_status = receipt.status;
  delivery->last_fault = receipt.fault;
  auto webhook = tx.get<Webhook>(delivery->webhook);
  if (!webhook) return webhook.error();
  const auto* telling = telling_in(context, webhook->contract);
  const auto pauses = telling != nullptr ? telling->waits : std::span<const std::chrono::seconds>{waits};
  if (receipt.status >= 200 && receipt.status < 300)
    delivery->state = DeliveryState::delivered;
  else if (receipt.status == 410 || std::cmp_greater(delivery->attempts, pauses.size()))
    delivery->state = DeliveryState::failed;
  else
    delivery->due_at = context.now + jittered(context.random, pauses[static_cast<std::size_t>(delivery->attempts - 1)]);
  if (auto stored = tx.update(*delivery); !stored) return stored;
  if (receipt.status != 410) return {};
  // Gone, says the receiver: it wants no more.
  const Webhook before = *webhook;
  webhook->is_enabled = false;
  return domain::store(tx, context, before, *webhook);
}

}  // namespace webhooks

}  // namespace innkeeper
