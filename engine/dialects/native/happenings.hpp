#pragma once

#include <innkeeper/operations/feeds.hpp>

#include "engine/dialects/native/administration.hpp"
#include "engine/dialects/native/requests.hpp"
#include "engine/ledger/audit.hpp"

/// Call records, usage, events in and out, webhooks and the audit trail on the wire.
namespace innkeeper::dialects::native {

// ---- sessions ----------------------------------------------------------------------------------------------------------------

inline constexpr auto room_of_session = [](const Session& session) {
  return session.room_uid.empty() ? std::nullopt : std::optional{session.room_uid};
};
inline constexpr auto session =
    json::outline<Session>("Session", json::row<Session>("id", &Session::id, id_text, ""),
                           json::row<Session>("uid", &Session::uid, "The media server's name for it"),
                           json::row<Session>("app", &Session::app, id_text, ""),
                           json::row<Session>("room", room_of_session, text_or_null, "The room's uid; the room may be gone"),
                           json::row<Session>("room_name", &Session::room_name, "As it was when the session started"),
                           json::row<Session>("state", &Session::state, "`announced`: its start was not reported yet"),
                           json::row<Session>("started_at", &Session::started_at, time_or_null, ""),
                           json::row<Session>("ended_at", &Session::ended_at, time_or_null, ""),
                           json::row<Session>("participants", &Session::participants, "How many joined"),
                           json::row<Session>("created_at", &Session::created_at, time, "When the first report came"));
template <>
inline constexpr std::array listed_of<Session>{chosen_by("state", &Session::state), chosen_by("room", &Session::room_uid),
                                               chosen_by("started_at", &Session::started_at),
                                               by("created_at", &Session::created_at)};

/// Which kinds of media were sent: an object of truth values.
struct Published {
  static constexpr auto kinds = domain::media_kinds;
  static std::string wish(View value);
  std::optional<JsonText> read(View value) const;
  void write(Writer& out, const JsonText& sent) const { out.raw(sent); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("object").key("properties").begin_object();
    for (auto kind : kinds) schema.key(kind).begin_object().key("type").string("boolean").end_object();
    schema.end_object().key("additionalProperties").boolean(false);
  }
};
inline constexpr Published published_media{};
inline constexpr auto participation = json::outline<Participation>(
    "Participation", json::row<Participation>("uid", &Participation::uid, "The media server's name for it"),
    json::row<Participation>("name", &Participation::name, ""), json::row<Participation>("role", &Participation::role, ""),
    json::row<Participation>("user_ref", &Participation::user_ref, ""),
    json::row<Participation>("member", &Participation::member, id_or_null, ""),
    json::row<Participation>("join_token", &Participation::token, id_or_null, "What it came in with"),
    json::row<Participation>("ip", &Participation::ip, ""), json::row<Participation>("agent", &Participation::agent, ""),
    json::row<Participation>("joined_at", &Participation::joined_at, time_or_null, ""),
    json::row<Participation>("left_at", &Participation::left_at, time_or_null, ""),
    json::row<Participation>("published", &Participation::published, Published{}, "Kinds of media that were sent"),
    json::row<Participation>("subscribed_seconds", &Participation::subscribed_seconds, ""),
    json::row<Participation>("published_seconds", &Participation::published_seconds, ""));
inline constexpr auto recording = json::outline<Recording>(
    "Recording", json::row<Recording>("kind", &Recording::kind, ""), json::row<Recording>("url", &Recording::url, ""),
    json::row<Recording>("size", &Recording::size, "Bytes"), json::row<Recording>("at", &Recording::at, time, ""));
inline constexpr auto record = json::outline<sessions::Record>(
    "CallRecord", json::row<sessions::Record>("session", &sessions::Record::session, json::nested<session>, ""),
    json::row<sessions::Record>("participants", &sessions::Record::participants, json::list_of<participation>, ""),
    json::row<sessions::Record>("recordings", &sessions::Record::recordings, json::list_of<recording>, ""));

// ---- usage -------------------------------------------------------------------------------------------------------------------

inline constexpr auto month_of_usage = [](const Usage& usage) {
  auto month = std::to_string(1'000'000 + usage.month).substr(1);
  return month.insert(4, 1, '-');
};
inline constexpr auto usage = json::outline<Usage>(
    "Usage", json::row<Usage>("month", month_of_usage, "UTC, such as 2024-03"),
    json::row<Usage>("signaling", &Usage::signaling, "Connections to the signalling server"),
    json::row<Usage>("turn_bytes", &Usage::turn_bytes, ""), json::row<Usage>("sfu_bytes", &Usage::sfu_bytes, ""));
template <>
inline constexpr std::array listed_of<Usage>{sorted_by("month", &Usage::month)};

// ---- events ------------------------------------------------------------------------------------------------------------------

Result<events::Batch> read_batch(const Call&);
void write_receipt(const events::Receipt&, const Context&, Response&);
std::string batch_schema();
std::string receipt_schema();

Result<events::FeedPosition> read_position(const Call&);
void write_feed_head(const events::FeedStart&, const Context&, Response&);
FeedSource follow_events(const events::FeedPosition&, const events::FeedStart&);
std::string feed_schema();

// ---- webhooks ----------------------------------------------------------------------------------------------------------------

inline constexpr auto webhook = json::outline<Webhook>(
    "Webhook", json::row<Webhook>("id", &Webhook::id, id_text, ""), json::row<Webhook>("uid", &Webhook::uid, ""),
    json::row<Webhook>("app", &Webhook::app, id_text, ""), json::row<Webhook>("url", &Webhook::url, ""),
    json::row<Webhook>("events", &Webhook::events, words, "Types; `session.*` and `*` stand for many"),
    json::row<Webhook>("label", &Webhook::label, ""), json::row<Webhook>("is_enabled", &Webhook::is_enabled, ""),
    json::row<Webhook>("contract", &Webhook::contract, Contract{}, "In whose words it is told"),
    json::row<Webhook>(
        "has_basic_auth", [](const Webhook& row) { return !row.credential.data.empty(); }, "Messages carry Basic credentials"),
    json::row<Webhook>("former_secret_until", &Webhook::former_until, time_or_null, "Until then messages have two signatures"),
    json::row<Webhook>("created_at", &Webhook::created_at, time, ""),
    json::row<Webhook>("updated_at", &Webhook::updated_at, time, ""));
inline constexpr auto issued_webhook = json::outline<webhooks::Issued>(
    "IssuedWebhook", json::row<webhooks::Issued>("webhook", &webhooks::Issued::webhook, json::nested<webhook>, ""),
    json::row<webhooks::Issued>("secret", &webhooks::Issued::secret,
                                "Verifies messages (https://www.standardwebhooks.com); shown this once"));
inline constexpr Field webhook_rows[] = {
    field<&webhooks::Draft::url>("/url", rules_of<&Webhook::url>, "http or https"),
    field<&webhooks::Draft::events, words>(
        "/events", items_of<&Webhook::events>, longest_of<&Webhook::events>,
        each(matching(domain::is_event_pattern, "a type such as `session.started`, `session.*` or `*`")),
        "Types; `session.*` and `*` stand for many; all without it"),
    field<&webhooks::Draft::label>("/label", rules_of<&Webhook::label>),
    field<&webhooks::Draft::contract, contract_name>(
        "/contract", rules_of<&Webhook::contract>,
        "In whose words it is told; without it `native`. Sets `events` to what that contract tells"),
    field<&webhooks::Draft::credential, basic_auth>("/basic_auth", "What messages authenticate with"),
    field<&webhooks::Draft::is_enabled>("/is_enabled")};
inline constexpr auto new_webhook = fields<webhooks::Draft>("NewWebhook", webhook_rows, strict).requiring("/url");
inline constexpr auto webhook_change = fields<webhooks::Draft>("WebhookChange", webhook_rows, strict);
template <>
inline constexpr std::array listed_of<Webhook>{chosen_by("is_enabled", &Webhook::is_enabled),
                                               by("created_at", &Webhook::created_at)};
/// Without a wish of its own a rotation leaves receivers a day to get the new secret.
struct WebhookRotation : webhooks::Rotation {
  WebhookRotation() : Rotation{.grace = std::chrono::hours{24}} {}
};
inline constexpr Field webhook_rotation_rows[] = {
    rotation_row<WebhookRotation>("How long messages are signed with the old secret too; 86400 without it")};
inline constexpr auto webhook_rotation = fields<WebhookRotation>("WebhookRotation", webhook_rotation_rows, strict);
void write_issued_webhook(const webhooks::Issued&, const Context&, Response&);

/// A UUID that was made here.
struct Uuid : json::CodecOf<std::string> {
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "string", false, "uuid");
  }
};
inline constexpr auto fault_of_delivery = [](const Delivery& delivery) {
  return delivery.last_fault.empty() ? std::nullopt : std::optional{delivery.last_fault};
};
inline constexpr auto due_of_delivery = [](const Delivery& delivery) {
  return delivery.state == DeliveryState::pending ? std::optional{delivery.due_at} : std::nullopt;
};
inline constexpr auto status_of_delivery = [](const Delivery& delivery) {
  return delivery.last_status == 0 ? std::nullopt : std::optional{delivery.last_status};
};
inline constexpr auto delivery = json::outline<Delivery>(
    "Delivery", json::row<Delivery>("id", &Delivery::id, id_text, ""),
    json::row<Delivery>("uid", &Delivery::uid, Uuid{}, "The message's `webhook-id`"),
    json::row<Delivery>("webhook", &Delivery::webhook, id_text, ""), json::row<Delivery>("event", &Delivery::event, id_text, ""),
    json::row<Delivery>("type", &Delivery::type, ""), json::row<Delivery>("state", &Delivery::state, ""),
    json::row<Delivery>("attempts", &Delivery::attempts, ""),
    json::row<Delivery>("next_attempt_at", due_of_delivery, time_or_null, ""),
    json::row<Delivery>("last_status", status_of_delivery, count_or_null, "HTTP status of the last answer"),
    json::row<Delivery>("last_fault", fault_of_delivery, text_or_null, "Why there was none"),
    json::row<Delivery>("last_attempt_at", &Delivery::last_at, time_or_null, ""),
    json::row<Delivery>("created_at", &Delivery::created_at, time, ""));
template <>
inline constexpr std::array listed_of<Delivery>{chosen_by("state", &Delivery::state), chosen_by("type", &Delivery::type),
                                                by("created_at", &Delivery::created_at)};
void write_replayed(const Delivery&, const Context&, Response&);

// ---- audit -------------------------------------------------------------------------------------------------------------------

struct Hex {
  void write(Writer& out, const Bytes& bytes) const;
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("string");
  }
};
inline constexpr auto audit_row = json::outline<Audit>(
    "AuditRow", json::row<Audit>("id", &Audit::id, id_text, ""), json::row<Audit>("tenant", &Audit::tenant, id_or_null, ""),
    json::row<Audit>("app", &Audit::app, id_or_null, ""), json::row<Audit>("at", &Audit::at, time, ""),
    json::row<Audit>("actor", &Audit::actor, json::Choice{ledger::actor_names}, "Who did it"),
    json::row<Audit>("actor_id", &Audit::actor_id, id_or_null, ""), json::row<Audit>("key", &Audit::key, id_or_null, ""),
    json::row<Audit>("action", &Audit::action, "`app.create` and so on"),
    json::row<Audit>("object", &Audit::object, id_or_null, ""), json::row<Audit>("object_uid", &Audit::object_uid, ""),
    json::row<Audit>("before", &Audit::before, object, "What changed, as it was; secrets are masked"),
    json::row<Audit>("after", &Audit::after, object, "The same as it is now"),
    json::row<Audit>("request_id", &Audit::request_id, ""),
    json::row<Audit>("hash", &Audit::hash, Hex{}, "Chains the row to the one before it"));
template <>
inline constexpr std::array listed_of<Audit>{chosen_by("action", &Audit::action),
                                             chosen_by("app", &Audit::app),
                                             chosen_by("key", &Audit::key),
                                             chosen_by("object", &Audit::object),
                                             chosen_by("object_uid", &Audit::object_uid),
                                             chosen_by("at", &Audit::at)};

}  // namespace innkeeper::dialects::native
