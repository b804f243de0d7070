#include <innkeeper/field_names.hpp>

#include "engine/domain/dispatch.hpp"

#include "engine/base/internals.hpp"
#include "engine/changes/seals.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/crypto/webhook_signature.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/webhooks.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace innkeeper::webhooks {

namespace {

using domain::find_webhook_format;

/// How many rows one call looks at, and how many of these one turn of a tenant: the call holds the writer.
constexpr int most_looks = 256;
constexpr int most_looks_in_turn = 32;
/// How many requests may be in flight to one webhook, and to a receiver whose last attempt failed.
constexpr std::ptrdiff_t most_to_webhook = 2;
constexpr std::ptrdiff_t most_to_failing = 1;
/// How long a receiver rests after its first failure; doubled with each that follows. Shorter than any contract's first wait.
constexpr std::chrono::milliseconds first_rest{500};
constexpr std::chrono::milliseconds longest_rest{30'000};
/// How long failures count after the rest.
constexpr std::chrono::minutes memory{1};
/// How long a request is leased before it is given out again.
constexpr std::chrono::minutes lease{2};
/// How long a delivery rests whose tenant is not active, or whose contract is not there.
constexpr std::chrono::hours rest{1};

bool is_failure(const DeliveryResult& result) { return result.status == 0 || result.status == 429 || result.status >= 500; }

/// The signatures of a message, one for each secret that counts now.
Result<std::string> signatures(const Context& context, const Webhook& webhook, const std::string& id, std::int64_t timestamp,
                               const std::string& body) {
  std::string all;
  const bool has_former = webhook.former_until && *webhook.former_until > context.now;
  for (const auto* sealed : {&webhook.sealed, has_former ? &webhook.former : nullptr}) {
    if (sealed == nullptr) continue;
    const auto secret = context.internals.keyring.open(*sealed, changes::binding_of(webhook));
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

/// The request of a delivery, or nothing if it is not to be sent (now). Leaves the row as it is to be stored; what there are no
/// words for goes at once, and has no id then.
Result<std::optional<WebhookRequest>> make_request(Transaction& tx, const Context& context, const Result<Webhook>& webhook,
                                                   Delivery& delivery) {
  auto event = tx.get<Event>(delivery.event);
  auto app = tx.get<App>(delivery.app);
  const auto* webhook_format = webhook ? find_webhook_format(context, webhook->contract) : nullptr;
  if (!webhook || !event || !app || !webhook->is_enabled) {
    delivery.state = DeliveryState::failed;
    delivery.last_fault = "webhook.disabled";
    return std::optional<WebhookRequest>{};
  }
  // Its contract may be mounted again.
  if (webhook_format == nullptr || !tenants::require_active(tx, delivery.tenant)) {
    delivery.due_at = context.now + rest;
    return std::optional<WebhookRequest>{};
  }
  auto body = webhook_format->format(tx, context, *event, *app, delivery.uid);
  if (!body) return body.error();
  if (!*body) {
    if (auto erased = tx.erase<Delivery>(delivery.id); !erased) return erased.error();
    delivery.id = Id::none;
    return std::optional<WebhookRequest>{};
  }
  ++delivery.attempts;
  delivery.due_at = context.now + lease;
  WebhookRequest webhook_request{
      .id = delivery.id, .url = webhook->url, .body = std::move(**body), .timeout = webhook_format->timeout};
  const auto timestamp = std::chrono::floor<std::chrono::seconds>(context.now).time_since_epoch().count();
  auto signature = signatures(context, *webhook, delivery.uid, timestamp, webhook_request.body);
  const auto& sealed = webhook->credential;
  const auto credential =
      sealed.data.empty() ? std::optional{std::string{}} : context.internals.keyring.open(sealed, changes::binding_of(*webhook));
  if (!signature || !credential) {
    // One row that was tampered with holds up no other.
    delivery.state = DeliveryState::failed;
    delivery.last_fault = "internal";
    return std::optional<WebhookRequest>{};
  }
  webhook_request.headers.add(header::content_type, "application/json");
  webhook_request.headers.add("webhook-id", delivery.uid);
  webhook_request.headers.add("webhook-timestamp", std::to_string(timestamp));
  webhook_request.headers.add("webhook-signature", *signature);
  if (!credential->empty()) webhook_request.headers.add(header::authorization, "Basic " + crypto::base64_encode(*credential));
  if (!event->trace.empty()) webhook_request.headers.add("traceparent", event->trace);
  if (webhook_format->add_headers != nullptr) webhook_format->add_headers(delivery.uid, webhook_request.headers);
  return std::optional{std::move(webhook_request)};
}

/// One call of `take_due`.
class RoundRobin {
 public:
  RoundRobin(Transaction& tx, const Context& context, std::size_t most, Dispatch& dispatch)
      : tx_(tx), context_(context), most_(most), dispatch_(dispatch) {}

  /// Until nothing is left to give, nobody to give it to, or enough was looked at.
  Result<std::vector<WebhookRequest>> run() {
    bool is_full_circle = false;
    bool has_progress = false;
    while (webhook_requests_.size() < most_ && looks_ < most_looks) {
      auto tenant = next_tenant();
      if (!tenant) return tenant.error();
      // Tenants between the two have nothing pending.
      auto& turns = dispatch_.last_webhooks;
      turns.erase(turns.upper_bound(dispatch_.last_tenant), *tenant == Id::none ? turns.end() : turns.lower_bound(*tenant));
      dispatch_.last_tenant = *tenant;
      if (*tenant == Id::none) {
        if (is_full_circle && !has_progress) break;
        is_full_circle = true;
        has_progress = false;
      } else if (dispatch_.has_share(*tenant, most_ - webhook_requests_.size())) {
        auto turn = serve(*tenant);
        if (!turn) return turn.error();
        has_progress = has_progress || *turn;
      }
    }
    return std::move(webhook_requests_);
  }

 private:
  /// The next tenant that has something pending; none at the end of a circle.
  Result<Id> next_tenant() {
    auto query = Query<Delivery>{}.where(&Delivery::state, DeliveryState::pending);
    if (dispatch_.last_tenant != Id::none) query.where(&Delivery::tenant, Compare::greater, dispatch_.last_tenant);
    auto found = look(query.order_by(&Delivery::tenant).order_by(&Delivery::webhook).order_by(&Delivery::due_at));
    if (!found) return found.error();
    return *found ? (*found)->tenant : Id::none;
  }

  /// The earliest pending delivery of the tenant's next webhook; nothing behind the last.
  Result<std::optional<Delivery>> next_webhook(Id tenant, Id last) {
    auto query = Query<Delivery>{}.where(&Delivery::state, DeliveryState::pending).where(&Delivery::tenant, tenant);
    if (last != Id::none) query.where(&Delivery::webhook, Compare::greater, last);
    return look(query.order_by(&Delivery::webhook).order_by(&Delivery::due_at));
  }

  Result<std::optional<Delivery>> look(const Query<Delivery>& query) {
    ++looks_;
    auto found = tx_.first(query);
    if (found) return std::optional{std::move(*found)};
    if (found.error().code == Errc::not_found) return std::optional<Delivery>{};
    return found.error();
  }

  /// One turn of a tenant, in which it gets one request at most. Returns whether something was done.
  Result<bool> serve(Id tenant) {
    const auto at = dispatch_.last_webhooks.find(tenant);
    const Id begin = at == dispatch_.last_webhooks.end() ? Id::none : at->second;
    Id last = begin;
    bool has_wrapped = begin == Id::none;
    for (int i = 0; i < most_looks_in_turn && looks_ < most_looks; ++i) {
      auto delivery = next_webhook(tenant, last);
      if (!delivery) return delivery.error();
      if (!*delivery && has_wrapped) {
        dispatch_.last_webhooks.erase(tenant);
        return false;
      }
      has_wrapped = has_wrapped || !*delivery;
      last = *delivery ? (*delivery)->webhook : Id::none;
      if (!*delivery || (*delivery)->due_at > context_.now) continue;
      auto is_done = send(**delivery);
      if (!is_done) return is_done.error();
      if (!*is_done) continue;
      dispatch_.last_webhooks[tenant] = last;
      return true;
    }
    dispatch_.last_webhooks[tenant] = last;
    return false;
  }

  /// Gives a delivery out, or puts away what is not to be sent (now); answers whether it did either.
  Result<bool> send(Delivery& delivery) {
    const auto webhook = tx_.get<Webhook>(delivery.webhook);
    Receiver receiver{delivery.tenant, webhook ? domain::origin_of(webhook->url) : std::string_view{}};
    if (webhook && webhook->is_enabled && !dispatch_.may_send(delivery.webhook, receiver)) return false;
    auto webhook_request = make_request(tx_, context_, webhook, delivery);
    if (!webhook_request) return webhook_request.error();
    if (delivery.id != Id::none)
      if (auto stored = tx_.update(delivery); !stored) return stored.error();
    if (!*webhook_request) return true;
    dispatch_.note_taken(delivery.id, delivery.webhook, std::move(receiver), delivery.due_at);
    webhook_requests_.push_back(std::move(**webhook_request));
    return true;
  }

  Transaction& tx_;
  const Context& context_;
  const std::size_t most_;
  Dispatch& dispatch_;
  std::vector<WebhookRequest> webhook_requests_;
  int looks_ = 0;
};

}  // namespace

void Dispatch::refresh(Instant now) {
  std::erase_if(leases_, [&](const auto& each) { return each.second.until <= now; });
  std::erase_if(failures_, [&](const auto& each) { return each.second.rests_until + memory <= now; });
  now_ = now;
}

std::size_t Dispatch::held_by(Id tenant) const {
  return static_cast<std::size_t>(
      std::count_if(leases_.begin(), leases_.end(), [&](const auto& each) { return each.second.receiver.first == tenant; }));
}

bool Dispatch::may_send(Id webhook, const Receiver& receiver) const {
  const auto under_way = [&](auto is_counted) {
    return std::count_if(leases_.begin(), leases_.end(), [&](const auto& each) { return is_counted(each.second); });
  };
  if (under_way([&](const Lease& each) { return each.webhook == webhook; }) >= most_to_webhook) return false;
  const auto failures = failures_.find(receiver);
  if (failures == failures_.end()) return true;
  return failures->second.rests_until <= now_ &&
         under_way([&](const Lease& each) { return each.receiver == receiver; }) < most_to_failing;
}

void Dispatch::note_taken(Id delivery, Id webhook, Receiver receiver, Instant until) {
  leases_[delivery] = {webhook, std::move(receiver), now_, until};
}

void Dispatch::note_result(Id delivery, const DeliveryResult& result, Instant now) {
  const auto lease = leases_.extract(delivery);
  if (lease.empty()) return;
  const auto& [webhook, receiver, begun, until] = lease.mapped();
  if (!is_failure(result)) {
    failures_.erase(receiver);
    return;
  }
  auto& failures = failures_[receiver];
  // What was under way when another failed tells nothing new.
  if (begun < failures.rests_until) return;
  constexpr int most_doublings = 6;
  failures.rests_until = now + std::min(first_rest * (1 << std::min(failures.count, most_doublings)), longest_rest);
  ++failures.count;
}

Result<std::vector<WebhookRequest>> take_due(Transaction& tx, const Context& context, std::size_t most, Dispatch& dispatch) {
  dispatch.refresh(context.now);
  return RoundRobin{tx, context, most, dispatch}.run();
}

Result<void> complete(Transaction& tx, const Context& context, Id id, const DeliveryResult& result) {
  auto delivery = tx.get<Delivery>(id);
  // It may have gone with its webhook meanwhile.
  if (!delivery) return delivery.error().code == Errc::not_found ? Result<void>{} : delivery.error();
  // Given out a second time, it may be completed already; what was not given out cannot be.
  if (delivery->state != DeliveryState::pending || delivery->attempts == 0) return {};
  delivery->last_at = context.now;
  delivery->last_status = result.status;
  delivery->last_fault = result.fault;
  auto webhook = tx.get<Webhook>(delivery->webhook);
  if (!webhook) return webhook.error().code == Errc::not_found ? Result<void>{} : webhook.error();
  const auto* webhook_format = find_webhook_format(context, webhook->contract);
  const auto delays =
      webhook_format != nullptr ? webhook_format->retry_delays : std::span<const std::chrono::seconds>{retry_delays};
  const bool is_final = result.status != 0 && webhook_format != nullptr && webhook_format->is_any_answer_final;
  if (result.status >= 200 && result.status < 300)
    delivery->state = DeliveryState::delivered;
  else if (result.status == 410 || is_final || std::cmp_greater(delivery->attempts, delays.size()))
    delivery->state = DeliveryState::failed;
  else
    delivery->due_at = context.now + jittered(context.random, delays[static_cast<std::size_t>(delivery->attempts - 1)]);
  if (auto stored = tx.update(*delivery); !stored) return stored;
  if (result.status != 410) return {};
  // Gone, says the receiver: it wants no more.
  const Webhook before = *webhook;
  webhook->is_enabled = false;
  return domain::store(tx, context, before, *webhook);
}

}  // namespace innkeeper::webhooks
