#pragma once

#include <innkeeper/operations/feeds.hpp>

#include "engine/dialects/native/administration.hpp"
#include "engine/dialects/native/requests.hpp"
#include "engine/ledger/audit.hpp"

/// Call records, usage, events in and out, webhooks and the audit trail on the wire.
namespace innkeeper::dialects::native {

// ---- sessions ----------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Session> session;
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
extern const contract::Properties<Participation> participation;
extern const contract::Properties<Recording> recording;
extern const contract::Properties<sessions::Record> record;

// ---- usage -------------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Usage> usage;
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

extern const contract::Properties<Webhook> webhook;
extern const contract::Properties<webhooks::Issued> issued_webhook;
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

extern const contract::Properties<Delivery> delivery;
template <>
inline constexpr std::array listed_of<Delivery>{chosen_by("state", &Delivery::state), chosen_by("type", &Delivery::type),
                                                by("created_at", &Delivery::created_at)};
void write_replayed(const Delivery&, const Context&, Response&);

// ---- audit -------------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Audit> audit_row;
template <>
inline constexpr std::array listed_of<Audit>{chosen_by("action", &Audit::action),
                                             chosen_by("app", &Audit::app),
                                             chosen_by("key", &Audit::key),
                                             chosen_by("object", &Audit::object),
                                             chosen_by("object_uid", &Audit::object_uid),
                                             chosen_by("at", &Audit::at)};

}  // namespace innkeeper::dialects::native
