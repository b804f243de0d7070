#pragma once

#include <innkeeper/entity.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The audit trail, events, webhooks, and the engine's own records.
namespace innkeeper {

/// One change: who made it, and what it changed. Each row is chained to the one before it.
struct Audit {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};  ///< None: it concerns no tenant, or all.
  Id app{};
  Instant at{};
  std::string actor{};  ///< `host`, `operator`, `app`, `member` or `nobody`.
  Id actor_id{};
  Id key{};              ///< The key that authenticated the actor.
  std::string action{};  ///< `app.create` and so on.
  Id object{};
  std::string object_uid{};
  JsonText before{"{}"};  ///< What changed, as it was: an object; secrets are masked.
  JsonText after{"{}"};   ///< The same as it is now.
  std::string request_id{};
  Bytes hash{};  ///< HMAC-SHA-256 under the pepper, of the row before and this.
};
template <>
inline constexpr auto description_of<Audit> =
    describe<Audit>("audit", column("tenant", &Audit::tenant), column("app", &Audit::app), column("at", &Audit::at),
                    column("actor", &Audit::actor), column("actor_id", &Audit::actor_id), column("key", &Audit::key),
                    column("action", &Audit::action), column("object", &Audit::object), column("object_uid", &Audit::object_uid),
                    column("before", &Audit::before), column("after", &Audit::after), column("request_id", &Audit::request_id),
                    column("hash", &Audit::hash))
        .owned_by("tenant")
        .within("app")
        .index("tenant", "at")
        .index("app", "at")
        .index("object")
        .since(2);

/// An event of an app: what a media server reported or what changed here, in the order it was stored.
struct Event {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};    ///< The reporter's id of it, or a UUID; unique inside the app.
  std::string type{};   ///< `session.started`, `room.created` and so on.
  Instant at{};         ///< When it happened.
  JsonText data{"{}"};  ///< An object.
  std::string trace{};  ///< The traceparent of the request that caused it.
  Instant created_at{};
};
template <>
inline constexpr auto description_of<Event> = describe<Event>("event", column("tenant", &Event::tenant),
                                                              column("app", &Event::app, references("app", OnRemove::cascade)),
                                                              column("uid", &Event::uid), column("type", &Event::type),
                                                              column("at", &Event::at), column("data", &Event::data),
                                                              column("trace", &Event::trace),
                                                              column("created_at", &Event::created_at))
                                                  .owned_by("tenant")
                                                  .within("app")
                                                  .unique("app", "uid")
                                                  .index("app")
                                                  .index("created_at")
                                                  .since(2)
                                                  .kept_for("created_at", as_configured)
                                                  .counted(1, QuotaKind::events, Needs::nothing, Growth::is_free);

/// Where an app's events are sent, signed.
struct Webhook {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};
  std::string url{};
  std::string events{};  ///< Types with blanks between them; `session.*` and `*` stand for many.
  std::string label{};
  bool is_enabled = true;
  Bytes sealed{};  ///< The signing secret, `whsec_` and base64.
  Bytes former{};  ///< The previous secret, sealed; signs too until `former_until`.
  std::optional<Instant> former_until{};
  Instant created_at{};
  Instant updated_at{};
  std::string contract{};  ///< The contract whose message format it gets; empty: the native one.
  Bytes credential{};      ///< Basic credentials that are sent to it (RFC 7617), `user:password`, sealed; empty: none.
};
template <>
inline constexpr auto description_of<Webhook> =
    describe<Webhook>("webhook", column("tenant", &Webhook::tenant),
                      column("app", &Webhook::app, references("app", OnRemove::cascade)),
                      column("uid", &Webhook::uid, name_length), column("url", &Webhook::url, Length{1, 2'048}),
                      column("events", &Webhook::events), column("label", &Webhook::label, text_length),
                      column("is_enabled", &Webhook::is_enabled), column("sealed", &Webhook::sealed),
                      column("former", &Webhook::former), column("former_until", &Webhook::former_until),
                      column("created_at", &Webhook::created_at), column("updated_at", &Webhook::updated_at),
                      column("contract", &Webhook::contract, 3, Length{0, 64}), column("credential", &Webhook::credential, 3))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("app", "created_at")
        .since(2)
        .counted(16, QuotaKind::bytes, Needs::all, Growth::is_bound);

enum class DeliveryState : std::uint8_t { pending, delivered, failed };
template <>
inline constexpr std::array<std::string_view, 3> names_of<DeliveryState>{"pending", "delivered", "failed"};

/// The delivery of one event to one webhook.
struct Delivery {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};
  Id webhook{};
  Id event{};
  std::string type{};
  DeliveryState state = DeliveryState::pending;
  std::int64_t attempts = 0;
  Instant due_at{};              ///< When it is tried next.
  std::int64_t last_status = 0;  ///< HTTP status of the last response; 0: there was none.
  std::string last_fault{};
  std::optional<Instant> last_at{};
  Instant created_at{};
};
template <>
inline constexpr auto description_of<Delivery> =
    describe<Delivery>("delivery", column("tenant", &Delivery::tenant), column("app", &Delivery::app),
                       column("uid", &Delivery::uid),
                       column("webhook", &Delivery::webhook, references("webhook", OnRemove::cascade)),
                       column("event", &Delivery::event), column("type", &Delivery::type), column("state", &Delivery::state),
                       column("attempts", &Delivery::attempts), column("due_at", &Delivery::due_at),
                       column("last_status", &Delivery::last_status), column("last_fault", &Delivery::last_fault),
                       column("last_at", &Delivery::last_at), column("created_at", &Delivery::created_at))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("state", "due_at")
        .index("webhook", "created_at")
        .index("created_at")
        .index("event")
        .since(2)
        .indexes_since(5)
        .index("state", "tenant", "webhook", "due_at")
        .kept_for("created_at", as_configured)
        .counted(9, QuotaKind::bytes, Needs::bytes, Growth::is_free);

/// `revoke_…`: the tokens of a member of one generation. `purge_…`: what belongs to a row that is gone, or keys that were
/// replaced.
enum class TaskKind : std::uint8_t {
  revoke_member_tokens,
  revoke_join_tokens,
  revoke_stream_keys,
  purge_member,
  purge_room,
  purge_device,
  purge_webhook,
  purge_app,
  purge_operator,
  purge_app_keys,
  purge_operator_keys,
  purge_key,
  close_participations,
  revoke_issued_join_tokens,
  revoke_issued_member_tokens,
  revoke_issued_stream_keys
};
template <>
inline constexpr std::array<std::string_view, 16> names_of<TaskKind>{"revoke_member_tokens",
                                                                     "revoke_join_tokens",
                                                                     "revoke_stream_keys",
                                                                     "purge_member",
                                                                     "purge_room",
                                                                     "purge_device",
                                                                     "purge_webhook",
                                                                     "purge_app",
                                                                     "purge_operator",
                                                                     "purge_app_keys",
                                                                     "purge_operator_keys",
                                                                     "purge_key",
                                                                     "close_participations",
                                                                     "revoke_issued_join_tokens",
                                                                     "revoke_issued_member_tokens",
                                                                     "revoke_issued_stream_keys"};

/// The remaining writes of a change that concerns many rows. Most such changes hold already, by a mark. Maintenance writes the
/// rows, some hundred a transaction.
struct Task {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  TaskKind kind = TaskKind::purge_room;
  Id object{};                  ///< The member, session, key, or what is gone.
  std::int64_t generation = 0;  ///< Of the object, as the change left it.
  std::string after{};          ///< The last row that was examined: its id, uid or position in an order.
  std::int64_t changed = 0;     ///< Rows, so far.
  Instant created_at{};         ///< When the change was made.
  std::string choice{};         ///< Which rows, where the object does not say.
};
template <>
inline constexpr auto description_of<Task> = describe<Task>("task", column("tenant", &Task::tenant), column("app", &Task::app),
                                                            column("kind", &Task::kind), column("object", &Task::object),
                                                            column("generation", &Task::generation, internal),
                                                            column("after", &Task::after), column("changed", &Task::changed),
                                                            column("created_at", &Task::created_at),
                                                            column("choice", &Task::choice, 8))
                                                 .owned_by("tenant")
                                                 .within("app")
                                                 .index("object")
                                                 .index("app")
                                                 .since(6);

/// The stored response to a request with an `Idempotency-Key`.
struct StoredAnswer {
  Id id{};
  std::int64_t version = 0;
  Bytes digest{};  ///< Of the caller, the route and the key.
  Bytes body{};    ///< Digest of the request.
  Bytes sealed{};  ///< The answer.
  Instant expires_at{};
  Id tenant{};  ///< The caller's tenant and app, whose quotas its bytes count against.
  Id app{};
};
template <>
inline constexpr auto description_of<StoredAnswer> =
    describe<StoredAnswer>("stored_answer", column("digest", &StoredAnswer::digest), column("body", &StoredAnswer::body),
                           column("sealed", &StoredAnswer::sealed), column("expires_at", &StoredAnswer::expires_at),
                           column("tenant", &StoredAnswer::tenant, 8), column("app", &StoredAnswer::app, 8))
        .unique("digest")
        .index("expires_at")
        .since(2)
        .kept_until("expires_at")
        .counted(10, QuotaKind::bytes, Needs::bytes, Growth::is_free);

/// What the engine keeps about itself, such as the sealed pepper.
struct Setting {
  Id id{};
  std::int64_t version = 0;
  std::string name{};
  Bytes value{};
};
template <>
inline constexpr auto description_of<Setting> =
    describe<Setting>("setting", column("name", &Setting::name), column("value", &Setting::value)).unique("name");

}  // namespace innkeeper
