#include "engine/dialects/native/events.hpp"

#include <innkeeper/contract/streams.hpp>

#include "engine/base/text.hpp"
#include "engine/changes/outbox.hpp"
#include "engine/dialects/native/page.hpp"

#include <span>

namespace innkeeper::dialects::native {

using contract::list_of;
using contract::nested;
using contract::Properties;
using contract::Property;
using contract::show;

// ---- what answers show ------------------------------------------------------------------------------------------------------

namespace {

std::optional<std::string> room_of(const Session& session) {
  if (session.room_uid.empty()) return std::nullopt;
  return session.room_uid;
}

/// Such as `2024-03`.
std::string month_of(const Usage& usage) {
  auto month = std::to_string(1'000'000 + usage.month).substr(1);
  return month.insert(4, 1, '-');
}

bool has_credential(const Webhook& webhook) { return !webhook.credential.data.empty(); }

/// A UUID that was made here.
struct Uuid : json::CodecOf<std::string> {
  void describe(Writer& schema) const { describe_type(schema, "string", false, "uuid"); }
};
constexpr Uuid uuid{};

std::optional<std::string> fault_of(const Delivery& delivery) {
  if (delivery.last_fault.empty()) return std::nullopt;
  return delivery.last_fault;
}
std::optional<Instant> due_of(const Delivery& delivery) {
  if (delivery.state != DeliveryState::pending) return std::nullopt;
  return delivery.due_at;
}
std::optional<std::int64_t> status_of(const Delivery& delivery) {
  if (delivery.last_status == 0) return std::nullopt;
  return delivery.last_status;
}

constexpr json::Choice actor{changes::actor_names};

struct Hex {
  void write(Writer& out, const Bytes& bytes) const {
    out.plain_string(base::to_hex(std::as_bytes(std::span{bytes.data.data(), bytes.data.size()})));
  }
  void describe(Writer& schema) const { schema.key("type").string("string"); }
};
constexpr Hex hex{};

}  // namespace

constexpr Property session_properties[] = {
    show<&Session::id, id_text>("id"),
    show<&Session::uid>("uid", "The media server's name for it"),
    show<&Session::app, id_text>("app"),
    show<room_of, text_or_null>("room", "The room's uid; the room may be gone"),
    show<&Session::room_name>("room_name", "As it was when the session started"),
    show<&Session::state>("state", "`announced`: its start was not reported yet"),
    show<&Session::started_at, time_or_null>("started_at"),
    show<&Session::ended_at, time_or_null>("ended_at"),
    show<&Session::participants>("participants", "How many joined"),
    show<&Session::created_at, time>("created_at", "When the first report came"),
};
constexpr Properties<Session> session{"Session", session_properties};

constexpr Property participation_properties[] = {
    show<&Participation::uid>("uid", "The media server's name for it"),
    show<&Participation::name>("name"),
    show<&Participation::role>("role"),
    show<&Participation::user_ref>("user_ref"),
    show<&Participation::member, id_or_null>("member"),
    show<&Participation::token, id_or_null>("join_token", "What it came in with"),
    show<&Participation::ip>("ip"),
    show<&Participation::agent>("agent"),
    show<&Participation::joined_at, time_or_null>("joined_at"),
    show<&Participation::left_at, time_or_null>("left_at"),
    show<&Participation::published, published_media>("published", "Kinds of media that were sent"),
    show<&Participation::subscribed_seconds>("subscribed_seconds"),
    show<&Participation::published_seconds>("published_seconds"),
};
constexpr Properties<Participation> participation{"Participation", participation_properties};

constexpr Property recording_properties[] = {
    show<&Recording::kind>("kind"),
    show<&Recording::url>("url"),
    show<&Recording::size>("size", "Bytes"),
    show<&Recording::at, time>("at"),
};
constexpr Properties<Recording> recording{"Recording", recording_properties};

constexpr Property record_properties[] = {
    show<&sessions::Record::session, nested<session>>("session"),
    show<&sessions::Record::participants, list_of<participation>>("participants"),
    show<&sessions::Record::recordings, list_of<recording>>("recordings"),
};
constexpr Properties<sessions::Record> record{"CallRecord", record_properties};

constexpr Property usage_properties[] = {
    show<month_of>("month", "UTC, such as 2024-03"),
    show<&Usage::signaling>("signaling", "Connections to the signalling server"),
    show<&Usage::turn_bytes>("turn_bytes"),
    show<&Usage::sfu_bytes>("sfu_bytes"),
};
constexpr Properties<Usage> usage{"Usage", usage_properties};

constexpr Property webhook_properties[] = {
    show<&Webhook::id, id_text>("id"),
    show<&Webhook::uid>("uid"),
    show<&Webhook::app, id_text>("app"),
    show<&Webhook::url>("url"),
    show<&Webhook::events, words>("events", "Types; `session.*` and `*` stand for many"),
    show<&Webhook::label>("label"),
    show<&Webhook::is_enabled>("is_enabled"),
    show<&Webhook::contract, contract_name>("contract", "In whose words it is told"),
    show<has_credential>("has_basic_auth", "Messages carry Basic credentials"),
    show<&Webhook::former_until, time_or_null>("former_secret_until", "Until then messages have two signatures"),
    show<&Webhook::created_at, time>("created_at"),
    show<&Webhook::updated_at, time>("updated_at"),
};
constexpr Properties<Webhook> webhook{"Webhook", webhook_properties};

constexpr Property issued_webhook_properties[] = {
    show<&webhooks::Issued::webhook, nested<webhook>>("webhook"),
    show<&webhooks::Issued::secret>("secret", "Verifies messages (https://www.standardwebhooks.com); shown this once"),
};
constexpr Properties<webhooks::Issued> issued_webhook{"IssuedWebhook", issued_webhook_properties};

constexpr Property delivery_properties[] = {
    show<&Delivery::id, id_text>("id"),
    show<&Delivery::uid, uuid>("uid", "The message's `webhook-id`"),
    show<&Delivery::webhook, id_text>("webhook"),
    show<&Delivery::event, id_text>("event"),
    show<&Delivery::type>("type"),
    show<&Delivery::state>("state"),
    show<&Delivery::attempts>("attempts"),
    show<due_of, time_or_null>("next_attempt_at"),
    show<status_of, count_or_null>("last_status", "HTTP status of the last answer"),
    show<fault_of, text_or_null>("last_fault", "Why there was none"),
    show<&Delivery::last_at, time_or_null>("last_attempt_at"),
    show<&Delivery::created_at, time>("created_at"),
};
constexpr Properties<Delivery> delivery{"Delivery", delivery_properties};

constexpr Property audit_row_properties[] = {
    show<&Audit::id, id_text>("id"),
    show<&Audit::tenant, id_or_null>("tenant"),
    show<&Audit::app, id_or_null>("app"),
    show<&Audit::at, time>("at"),
    show<&Audit::actor, actor>("actor", "Who did it"),
    show<&Audit::actor_id, id_or_null>("actor_id"),
    show<&Audit::key, id_or_null>("key"),
    show<&Audit::action>("action", "`app.create` and so on"),
    show<&Audit::object, id_or_null>("object"),
    show<&Audit::object_uid>("object_uid"),
    show<&Audit::before, object>("before", "What changed, as it was; secrets are masked"),
    show<&Audit::after, object>("after", "The same as it is now"),
    show<&Audit::request_id>("request_id"),
    show<&Audit::hash, hex>("hash", "Chains the row to the one before it"),
};
constexpr Properties<Audit> audit_row{"AuditRow", audit_row_properties};

namespace {

// ---- positions of a feed -----------------------------------------------------------------------------------------------------

/// No event has it.
constexpr Id no_event{-1};

constexpr std::string_view reset_detail =
    "There is no event at the position that was asked for: it was cleared away, or this database never gave it. Events may have "
    "been missed; what comes from now on follows. A position is what an `id:` line of this feed said, not the id in an event's "
    "data.";

/// The position behind an event, as an `id:` line says it: its id, and when it was stored. A database that was restored or moved
/// gives ids anew, but not at the same time.
std::string feed_id(Id event, Instant stored_at) {
  if (event == Id::none) return "0";
  return std::to_string(number(event)) + '-' + std::to_string(stored_at.time_since_epoch().count());
}

/// Reads such a position, or the id alone, as deliveries name events. Answers whether it is one.
bool read_feed_id(std::string_view text, events::FeedPosition& position) {
  const auto dash = text.find('-');
  const auto id = base::to_number(text.substr(0, dash));
  if (!id) return false;
  if (dash != std::string_view::npos) {
    const auto stored_at = base::to_number(text.substr(dash + 1));
    if (!stored_at) return false;
    position.stored_at = Instant{Instant::duration{*stored_at}};
  }
  position.after = Id{*id};
  return true;
}

}  // namespace

Result<events::FeedPosition> read_position(const Call& call) {
  events::FeedPosition from{.app = ref_in<OfApp>(call.path)};
  // A client that comes back gives the header, at the address that it came to at first.
  const auto given = call.request.headers.find(header::last_event_id);
  const auto text = given ? std::string{*given} : call.parameter("last_event_id").value_or("");
  if (text.empty() || read_feed_id(text, from)) return from;
  if (!given)
    return bad_parameter(
        "last_event_id",
        "must be what an `id:` line of the feed said, such as 57-1709514123000000, not the id in an event's data");
  // An EventSource that is answered anything but 200 never comes back.
  from.after = no_event;
  return from;
}

void write_feed_head(const events::FeedStart& start, const Context&, Response& response) {
  response.headers.set(header::content_type, contract::event_stream_media);
  const auto position = feed_id(start.after, start.stored_at);
  contract::ServerSentEvent head{.id = position, .retry = 3'000};
  std::string data;
  if (start.is_void) {
    Writer{data}.begin_object().key("code").string("position.unknown").key("detail").string(reset_detail).end_object();
    head.event = "reset";
    head.data = data;
  }
  contract::append(response.body, head);
}

FeedSource follow_events(const events::FeedPosition&, const events::FeedStart& start) {
  return {start.app,
          [position = events::FeedQuery{.app = start.app, .after = start.after}](Transaction& tx, const Context& context,
                                                                                 bool& has_more) mutable -> Result<std::string> {
            auto next = events::follow.run(tx, context, position);
            if (!next) return next.error();
            auto app = tx.get<App>(next->app);
            if (!app) return app.error();
            std::string text;
            for (const auto& event : next->events) {
              contract::append(
                  text,
                  {.id = feed_id(event.id, event.created_at), .event = event.type, .data = changes::message_of(event, app->uid)});
              position.after = event.id;
            }
            has_more = !next->events.empty() && next->events.back().id < next->last;
            return text;
          }};
}

std::string feed_schema() {
  return R"({"title":"EventFeed","type":"string","description":"Server-sent events. The data of each is what webhooks are )"
         R"(sent; the `id:` line is its position, for Last-Event-ID. An event named `reset` says that the position asked for is void: )"
         R"(it was cleared away, or never given by this database. Then events may have been missed, and the feed goes on from now; the )"
         R"(data of that event is an object with `code` and `detail`."})";
}

Result<webhooks::New> read_new_webhook(const Call& call) {
  auto draft = read_body<new_webhook>(call);
  if (!draft) return draft.error();
  return webhooks::New{.parent = ref_in<OfApp>(call.path), .url = *draft->url, .draft = std::move(*draft)};
}

void write_issued_webhook(const webhooks::Issued& issued, const Context&, Response& response) {
  write_secret<issued_webhook>(issued, response);
  set_etag(response, issued.webhook.version);
  set_created(response, "../../webhooks/", issued.webhook.id);
}

void write_replayed(const Delivery& row, const Context&, Response& response) {
  write_json<delivery>(row, response);
  response.status = 202;
}

}  // namespace innkeeper::dialects::native
