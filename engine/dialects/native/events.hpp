#pragma once

#include <innkeeper/operations/feeds.hpp>

#include "engine/changes/audit.hpp"
#include "engine/dialects/native/administration.hpp"
#include "engine/dialects/native/requests.hpp"

/// Call records, usage, events in and out, webhooks and the audit trail on the wire.
namespace innkeeper::dialects::native {

// ---- sessions ----------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Session> session;
inline constexpr ListSort session_sorts[] = {by_id, sort_by<&Session::created_at>("-created_at")};
inline constexpr ListFilter session_filters[] = {filter<&Session::state>("state"),
                                                 filter<&Session::room_uid>("room"),
                                                 filter<&Session::started_at>("started_after", Compare::greater),
                                                 filter<&Session::started_at>("started_before", Compare::less),
                                                 filter<&Session::created_at>("created_after", Compare::greater),
                                                 filter<&Session::created_at>("created_before", Compare::less)};

/// Which kinds of media were sent: an object of truth values.
struct Published {
  static constexpr auto kinds = domain::media_kinds;
  static std::string expectation(View value);
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
inline constexpr ListSort usage_sorts[] = {by_id, sort_by<&Usage::month>("-month")};

// ---- events ------------------------------------------------------------------------------------------------------------------

Result<events::Batch> read_batch(const Call&);
void write_batch_result(const events::BatchResult&, const Context&, Response&);
std::string batch_schema();
std::string batch_result_schema();

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
Result<webhooks::New> read_new_webhook(const Call&);
inline constexpr ListSort webhook_sorts[] = {by_id, sort_by<&Webhook::created_at>("-created_at")};
inline constexpr ListFilter webhook_filters[] = {filter<&Webhook::is_enabled>("is_enabled"),
                                                 filter<&Webhook::created_at>("created_after", Compare::greater),
                                                 filter<&Webhook::created_at>("created_before", Compare::less)};
/// By default a rotation leaves receivers a day to get the new secret.
struct WebhookRotation : Rotation {
  WebhookRotation() : Rotation{.grace = std::chrono::hours{24}} {}
};
inline constexpr Field webhook_rotation_rows[] = {
    rotation_row<WebhookRotation>("How long messages are signed with the old secret too; 86400 without it")};
inline constexpr auto webhook_rotation = fields<WebhookRotation>("WebhookRotation", webhook_rotation_rows, strict);
void write_issued_webhook(const webhooks::Issued&, const Context&, Response&);

extern const contract::Properties<Delivery> delivery;
inline constexpr ListSort delivery_sorts[] = {by_id, sort_by<&Delivery::created_at>("-created_at")};
inline constexpr ListFilter delivery_filters[] = {filter<&Delivery::state>("state"), filter<&Delivery::type>("type"),
                                                  filter<&Delivery::created_at>("created_after", Compare::greater),
                                                  filter<&Delivery::created_at>("created_before", Compare::less)};
void write_replayed(const Delivery&, const Context&, Response&);

// ---- audit -------------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Audit> audit_row;
inline constexpr ListFilter audit_filters[] = {filter<&Audit::action>("action"),
                                               filter<&Audit::app>("app"),
                                               filter<&Audit::key>("key"),
                                               filter<&Audit::object>("object"),
                                               filter<&Audit::object_uid>("object_uid"),
                                               filter<&Audit::at>("at_after", Compare::greater),
                                               filter<&Audit::at>("at_before", Compare::less)};

}  // namespace innkeeper::dialects::native
