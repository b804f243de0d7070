#include "engine/dialects/native/events.hpp"
#include "engine/dialects/native/page.hpp"

#include <algorithm>
#include <span>

/// What media servers, gateways and devices report.
namespace innkeeper::dialects::native {

namespace {

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

  events::Batch batch{.app = ref_in<OfApp>(call.path)};
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

}  // namespace innkeeper::dialects::native
