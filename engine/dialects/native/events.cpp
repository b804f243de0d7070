#include "engine/dialects/native/events.hpp"

#include <innkeeper/contract/streams.hpp>

#include "engine/base/text.hpp"
#include "engine/changes/outbox.hpp"
#include "engine/dialects/native/page.hpp"

#include <algorithm>
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

// ---- what a report may say ---------------------------------------------------------------------------------------------------

using events::Report;

/// The one type that a kind of report has.
template <events::Type type>
struct OneType {
  std::optional<events::Type> read(View value) const {
    return value.is(json::Kind::string) && value.text() == name_of(type) ? std::optional{type} : std::nullopt;
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("string").key("const").string(name_of(type));
  }
};
template <events::Type type>
constexpr OneType<type> one_type{};

/// When something happened, which may have been in a leap second.
struct ReportedTime : Time {
  std::optional<Instant> read(View value) const {
    return value.is(json::Kind::string) ? base::from_rfc3339(value.text(), base::LeapSecond::taken) : std::nullopt;
  }
};
constexpr ReportedTime reported_time{};

template <auto member, class... Parts>
constexpr Field name_field(std::string_view path, const Parts&... parts) {
  return field<member>(path, at_most(domain::longest_name), parts...);
}
template <auto member>
constexpr Field count_field(std::string_view path) {
  return field<member>(path, within(0, most_exact));
}
constexpr auto session_field = name_field<&Report::session>("/session", required, at_least(1));
constexpr auto participant_field = name_field<&Report::participant>("/participant", required, at_least(1));
constexpr auto stream_key_field =
    name_field<&Report::stream_key>("/stream_key", required, at_least(1), "The secret itself, its uid or its id");

/// The rows of every report and those of one kind of it.
template <events::Type type, class... Rows>
constexpr std::array<Field, 3 + sizeof...(Rows)> report_rows(const Rows&... more) {
  return {field<&Report::id>("/id", required, at_least(1), at_most(255), "The reporter's own; a repetition is harmless"),
          field<&Report::type, one_type<type>>("/type", required),
          field<&Report::at, reported_time>("/at", required, "When it happened"), more...};
}

/// A sentence on an object, with the first of its members that may not be there.
std::string with_stranger(std::string sentence, View object, std::span<const std::string_view> names) {
  for (const auto each : object.members())
    if (std::find(names.begin(), names.end(), each.name) == names.end()) return sentence + json::not_this(each.name);
  return sentence;
}

constexpr Field value_rows[] = {field<&events::Value::at, reported_time>("/at", required),
                                field<&events::Value::value, scalar>("/value", required)};
constexpr auto reported_value = fields<events::Value>("ReportedValue", value_rows, strict);
struct Values {
  static std::string expectation() { return "must be an array of 1 to 1000 objects with at and value"; }
  std::optional<std::vector<events::Value>> read(View value) const {
    if (!value.is(json::Kind::array) || value.size() < 1 || value.size() > events::most_at_once) return std::nullopt;
    std::vector<events::Value> values;
    for (auto element : value.elements()) {
      auto one = contract::decode(reported_value, element);
      if (!one) return std::nullopt;
      values.push_back(std::move(*one));
    }
    return values;
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("array").key("minItems").integer(1).key("maxItems").integer(events::most_at_once);
    schema.key("items").raw(contract::schema(reported_value));
  }
};
constexpr Values reported_values{};

constexpr auto session_started_rows = report_rows<events::Type::session_started>(
    name_field<&Report::room>("/room", required, at_least(1), "By id or uid"), session_field);
constexpr auto participant_joined_rows = report_rows<events::Type::participant_joined>(
    session_field, participant_field, name_field<&Report::name>("/name"), name_field<&Report::role>("/role"),
    name_field<&Report::user_ref>("/user_ref"), name_field<&Report::member>("/member", "By id or uid"),
    name_field<&Report::ip>("/ip"), field<&Report::agent>("/agent", rules_of<&Participation::agent>),
    field<&Report::token>("/token", at_most(longest_token), "The join token it came in with, or its uid or id"));
constexpr auto participant_left_rows = report_rows<events::Type::participant_left>(
    session_field, participant_field, field<&Report::published, published_media>("/published"),
    count_field<&Report::subscribed_seconds>("/subscribed_seconds"),
    count_field<&Report::published_seconds>("/published_seconds"));
constexpr auto session_ended_rows = report_rows<events::Type::session_ended>(session_field);
constexpr auto recording_ready_rows = report_rows<events::Type::recording_ready>(
    session_field, field<&Report::kind>("/kind", required), field<&Report::url>("/url", required, rules_of<&Recording::url>),
    count_field<&Report::size>("/size"));
/// Where files went: an object of texts.
struct Destination {
  static constexpr std::array<std::string_view, 3> names{"name", "host", "account"};
  static std::string expectation(View value) {
    return with_stranger("must be an object with name and perhaps host and account, all texts", value, names);
  }
  std::optional<JsonText> read(View value) const {
    if (!value.find("name")) return std::nullopt;
    for (const auto each : value.members())
      if (!each.value.is(json::Kind::string) || each.value.text().size() > 255 ||
          std::find(names.begin(), names.end(), each.name) == names.end())
        return std::nullopt;
    return value.to_json();
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("object").key("properties").begin_object();
    for (const auto name : names) schema.key(name).begin_object().key("type").string("string").end_object();
    schema.end_object().key("required").begin_array().string("name").end_array().key("additionalProperties").boolean(false);
  }
};
constexpr Destination destination{};
constexpr auto files_transferred_rows = report_rows<events::Type::files_transferred>(
    session_field, field<&Report::destination, destination>("/destination", required, "Where they went"),
    field<&Report::files>("/files", required, items_at_most(1'000), each(at_most(2'048)), "Their URLs there"));
constexpr auto ingest_started_rows =
    report_rows<events::Type::ingest_started>(stream_key_field, name_field<&Report::mode>("/mode"));
constexpr auto ingest_published_rows = report_rows<events::Type::ingest_published>(stream_key_field);
constexpr auto ingest_stopped_rows = report_rows<events::Type::ingest_stopped>(stream_key_field);
constexpr auto usage_report_rows = report_rows<events::Type::usage>(count_field<&Report::signaling>("/signaling"),
                                                                    count_field<&Report::turn_bytes>("/turn_bytes"),
                                                                    count_field<&Report::sfu_bytes>("/sfu_bytes"));
constexpr auto readings_report_rows =
    report_rows<events::Type::readings>(name_field<&Report::device>("/device", required, at_least(1), "By id or uid"),
                                        field<&Report::values, reported_values>("/values", required));

/// In the order of `events::Type`.
constexpr std::array<contract::Fields<Report>, names_of<events::Type>.size()> reports{
    fields<Report>("SessionStarted", session_started_rows, strict),
    fields<Report>("ParticipantJoined", participant_joined_rows, strict),
    fields<Report>("ParticipantLeft", participant_left_rows, strict),
    fields<Report>("SessionEnded", session_ended_rows, strict),
    fields<Report>("RecordingReady", recording_ready_rows, strict),
    fields<Report>("FilesTransferred", files_transferred_rows, strict),
    fields<Report>("IngestStarted", ingest_started_rows, strict),
    fields<Report>("IngestPublished", ingest_published_rows, strict),
    fields<Report>("IngestStopped", ingest_stopped_rows, strict),
    fields<Report>("UsageReport", usage_report_rows, strict),
    fields<Report>("ReadingsReport", readings_report_rows, strict)};

/// What an event shows of a report: all but what stands beside it, and secrets.
JsonText data_of(View report) {
  constexpr std::array<std::string_view, 5> hidden{"id", "type", "at", "token", "stream_key"};
  JsonText data;
  Writer out{data.text};
  out.begin_object();
  for (const auto each : report.members())
    if (std::find(hidden.begin(), hidden.end(), each.name) == hidden.end()) out.key(each.name).raw(each.value.to_json());
  out.end_object();
  return data;
}

Result<Report> decode_report(View value, const std::string& pointer) {
  if (!value.is(json::Kind::object)) return Error{Errc::invalid, {}, {}, {{pointer, {}, "must be an object"}}};
  const auto name = value.find("type");
  const auto type = name && name->is(json::Kind::string) ? from_name<events::Type>(name->text()) : std::nullopt;
  if (!type) {
    auto sentence = name ? json::must_be_one_of(names_of<events::Type>, *name) : "is required";
    return Error{Errc::invalid, {}, {}, {{pointer + "/type", {}, std::move(sentence)}}};
  }
  auto report = contract::decode(reports[static_cast<std::size_t>(*type)], value, pointer);
  if (report) report->data = data_of(value);
  return report;
}

constexpr std::size_t most_faults = 100;

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

std::string Published::expectation(View value) {
  return with_stranger("must be an object of audio, video, screen, data and url, each true or false", value, kinds);
}
std::optional<JsonText> Published::read(View value) const {
  if (!value.is(json::Kind::object)) return std::nullopt;
  for (const auto each : value.members())
    if (!each.value.is(json::Kind::boolean) || std::find(kinds.begin(), kinds.end(), each.name) == kinds.end())
      return std::nullopt;
  return value.to_json();
}

Result<events::Batch> read_batch(const Call& call) {
  auto document = contract::read_body(call, body_format);
  if (!document) return document.error();
  const auto root = document->root();
  std::vector<Violation> faults;
  for (const auto each : root.members())
    if (each.name != "events") faults.push_back({"/" + std::string{each.name}, {}, "is not known"});
  const auto list = root.find("events");
  if (!list || !list->is(json::Kind::array) || list->size() == 0)
    faults.push_back({"/events", {}, list ? "must be an array of 1 to 1000 events" : "is required"});
  else if (list->size() > events::most_at_once)
    return Error{Errc::too_large, Reason{"events.too_many"}, "1000 events at most at a time"};

  events::Batch batch{.app = ref_in<OfApp>(call)};
  if (list && list->is(json::Kind::array)) {
    std::size_t position = 0;
    for (const auto each : list->elements()) {
      auto report = decode_report(each, "/events/" + std::to_string(position++));
      if (report) {
        batch.reports.push_back(std::move(*report));
        continue;
      }
      const auto violations = report.error().violations;
      faults.insert(faults.end(), violations.begin(), violations.end());
      if (faults.size() >= most_faults) break;
    }
  }
  if (faults.empty()) return batch;
  auto detail = faults.front().message;
  return Error{Errc::invalid, json::reason::invalid_fields, std::move(detail), std::move(faults)};
}

void write_batch_result(const events::BatchResult& result, const Context&, Response& response) {
  Writer{response.body}
      .begin_object()
      .key("accepted")
      .integer(result.accepted)
      .key("repeated")
      .integer(result.repeated)
      .end_object();
  set_json_type(response);
  response.status = 202;
}

std::string batch_schema() {
  std::string text;
  Writer schema{text};
  schema.begin_object().key("title").string("EventBatch").key("type").string("object").key("properties").begin_object();
  schema.key("events").begin_object().key("type").string("array").key("minItems").integer(1).key("maxItems");
  schema.integer(events::most_at_once).key("items").begin_object().key("oneOf").begin_array();
  for (const auto& each : reports) schema.raw(contract::schema(each));
  schema.end_array().end_object().end_object().end_object();
  schema.key("required").begin_array().string("events").end_array().key("additionalProperties").boolean(false).end_object();
  return text;
}

std::string batch_result_schema() {
  return R"({"title":"EventReceipt","type":"object","properties":{"accepted":{"type":"integer"},)"
         R"("repeated":{"type":"integer","description":"Reported before, and left alone"}},"required":["accepted","repeated"]})";
}

Result<events::FeedPosition> read_position(const Call& call) {
  events::FeedPosition from{.app = ref_in<OfApp>(call)};
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
