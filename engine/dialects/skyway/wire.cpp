#include "engine/dialects/skyway/wire.hpp"

#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/contract/fields.hpp"
#include "engine/dialects/skyway/page.hpp"
#include "engine/domain/rules.hpp"
#include "engine/json/outline.hpp"

#include <array>
#include <functional>

namespace innkeeper::dialects::skyway {

using json::Writer;

namespace {

using contract::at_most;
using contract::each;
using contract::fault;
using contract::Field;
using contract::field;
using contract::fields;
using contract::items_at_most;
using contract::matching;
using contract::one_of;

constexpr std::array<std::string_view, 5> permission_names{"PEER_AUTHENTICATION", "RECORDING", "SFU", "TURN", "USER_LIST"};

constexpr Field draft_rows[] = {
    field<&apps::Draft::description>("/description", at_most(128).says("Description exceeding the maximum length"),
                                     fault(invalid_body), "What the app is for"),
    field<&apps::Draft::domains, json::text_set>("/domains", each(at_most(255)).says("Domain exceeding the maximum length"),
                                                 items_at_most(10), each(matching(domain::is_host_pattern)),
                                                 fault("Invalid domain format"),
                                                 "Hosts that peers may come from; a star may stand for the leftmost label"),
    field<&apps::Draft::status>("/status", fault("Invalid status"), "A suspended app admits no peers"),
    field<&apps::Draft::permissions, json::sorted_text_set>("/permissions", each(one_of(permission_names)),
                                                            fault("Invalid permissions"), "What the app's peers may use"),
    field<&apps::Draft::recording_bucket>("/recording_bucket_name", at_most(domain::bucket_length.most), fault(invalid_body),
                                          "Where recordings are stored"),
    field<&apps::Draft::recording_credential>("/recording_service_account_key", fault(invalid_body),
                                              "The text of the cloud service account's key file; never shown again")};
constexpr auto draft = fields<apps::Draft>("AppDraft", draft_rows);

/// Decimal digits of a JSON number, written without quotation marks.
struct Decimal {
  void write(Writer& out, const std::string& digits) const { out.raw(digits); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("number");
  }
};

constexpr auto month =
    json::outline<Usage>("Usage", json::row<Usage>("signaling", &Usage::signaling, "Connections to the signalling server"),
                         json::row<Usage>(
                             "turn", [](const Usage& usage) { return to_gigabytes(usage.turn_bytes); }, Decimal{},
                             "Traffic through TURN, in plus out, GB"),
                         json::row<Usage>(
                             "sfu", [](const Usage& usage) { return to_gigabytes(usage.sfu_bytes); }, Decimal{},
                             "Traffic through SFU, in plus out, GB"));

/// An object with one member a month, named `2024/03`.
struct MonthByMonth {
  void write(Writer& out, const std::array<Usage, 2>& months) const {
    out.begin_object();
    for (const auto& usage : months) {
      auto name = std::to_string(usage.month);
      name.insert(name.size() - 2, 1, '/');
      json::encode(out.plain_key(name), month, usage);
    }
    out.end_object();
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("object").key("additionalProperties").begin_object();
    json::describe(schema, month);
    schema.end_object();
  }
};

/// Whether a JSON array of strings holds a name that needs no escaping.
bool holds(const JsonText& texts, std::string_view name) {
  const auto quoted = '"' + std::string{name} + '"';
  for (auto at = texts.text.find(quoted); at != std::string::npos; at = texts.text.find(quoted, at + 1))
    if (texts.text[at - 1] == '[' || texts.text[at - 1] == ',') return true;
  return false;
}

constexpr std::array<std::string_view, 2> recording_statuses{"active", "unavailable"};
std::string_view recording_status(const App& app) {
  const bool can_store = !app.recording_bucket.empty() && !app.recording_credential.data.empty();
  return recording_statuses[can_store && holds(app.permissions, "RECORDING") ? 0 : 1];
}

constexpr auto recording =
    json::outline<App>("Recording", json::row<App>("status", recording_status, json::Choice{recording_statuses}, ""),
                       json::row<App>("bucket_name", &App::recording_bucket, "The bucket last set; empty when never set"));

using Strings = json::CodecOf<std::vector<std::string>>;
/// An array of strings that is kept as text.
struct StringsText : Strings {
  void write(Writer& out, const JsonText& texts) const { out.raw(texts); }
};

/// The number between quotation marks.
struct IdText {
  void write(Writer& out, Id id) const { out.quoted(number(id)); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("string");
  }
};

template <auto member>
constexpr auto of_app = [](const apps::View& view) -> const auto& {
  return view.app.*member;
};
template <auto member>
constexpr auto second_of_app =
    [](const apps::View& view) { return base::to_rfc3339(view.app.*member, base::Precision::seconds); };

constexpr auto id_row = json::row<apps::View>("id", of_app<&App::id>, IdText{}, "Decimal digits");
constexpr auto apikey_row = json::row<apps::View>("apikey", of_app<&App::uid>, "The public half of the app's credential");
constexpr auto description_row = json::row<apps::View>("description", of_app<&App::description>, "What the app is for");

constexpr auto short_app = json::outline<apps::View>("ShortApp", id_row, apikey_row, description_row);

constexpr auto app = json::outline<apps::View>(
    "App", id_row, apikey_row, description_row,
    json::row<apps::View>("domains", of_app<&App::domains>, StringsText{}, "Hosts that peers may come from"),
    json::row<apps::View>("permissions", of_app<&App::permissions>, StringsText{}, "What peers may use, in alphabetical order"),
    json::row<apps::View>("usage_summary", &apps::View::usage, MonthByMonth{}, "Last month and this month, UTC"),
    json::row<apps::View>("status", of_app<&App::status>, "`active` or `suspended`"),
    json::row<apps::View>("recording", &apps::View::app, json::nested<recording>, "Whether recordings can be stored"),
    json::row<apps::View>("created_at", second_of_app<&App::created_at>, json::date_time, "UTC"),
    json::row<apps::View>("updated_at", second_of_app<&App::updated_at>, json::date_time, "UTC; moves on each update"));

constexpr auto secret = json::outline<std::string>(
    "SecretKey", json::row<std::string>("secretkey", std::identity{}, "The secret half of the app's credential"));

constexpr auto empty = json::outline<Nothing>("Empty");

Error unknown_app() { return {Errc::not_found, innkeeper::reason::app_unknown, "no such app"}; }

/// Whatever is not a decimal number as this contract writes them names no app.
Result<Id> app_of(const Params& path) {
  const auto number = base::to_number(path["app_id"]);
  if (!number || *number == 0) return unknown_app();
  return Id{*number};
}

/// No body is as good as an empty object.
Result<apps::Draft> read_draft(const Call& call) {
  auto read = contract::decode(draft, call.request.body);
  if (!read && read.error().reason == json::reason::empty) return apps::Draft{};
  if (!read) return as_invalid_body(read.error());
  return read;
}

template <class E, class... Rows>
void write_json(Response& response, const json::Outline<E, Rows...>& table, const E& object) {
  Writer out{response.body};
  json::encode(out, table, object);
  say_json(response);
}

}  // namespace

Result<json::Piece<Mark>> do_list(Transaction& tx, const Context& context, const Wanted& wanted) {
  apps::Everything asked{.with_usage = wanted.is_expanded, .window = {.limit = rows_in_piece, .bytes = bytes_in_piece}};
  if (wanted.after) asked.window.after = wanted.after->at;
  auto page = apps::list.run(tx, context, asked);
  if (!page) return page.error();
  json::Piece<Mark> piece;
  if (!wanted.after) piece.text = '[';
  json::Elements elements(piece.text, wanted.after && wanted.after->has_elements);
  for (const auto& view : page->items)
    elements.add([&](Writer& out) { wanted.is_expanded ? json::encode(out, app, view) : json::encode(out, short_app, view); });
  if (page->next)
    piece.next = {.at = *page->next, .has_elements = elements.has_some()};
  else
    piece.text += ']';
  return piece;
}

Result<Wanted> read_listing(const Call& call) {
  const auto flag = call.parameter("expandApps");
  return Wanted{.is_expanded = flag && !base::equals_ignoring_case(*flag, "false")};
}

Result<apps::NewApp> read_new_app(const Call& call) {
  auto draft = read_draft(call);
  if (!draft) return draft.error();
  apps::NewApp wanted;
  wanted.draft = std::move(*draft);
  return wanted;
}

Result<Edit<apps::Draft>> read_change(const Call& call) {
  auto id = app_of(call.path);
  if (!id) return id.error();
  auto draft = read_draft(call);
  if (!draft) return draft.error();
  return Edit<apps::Draft>{.ref = *id, .draft = std::move(*draft)};
}

Result<Id> read_app_id(const Call& call) { return app_of(call.path); }

Result<Ref> read_app(const Call& call) {
  auto id = app_of(call.path);
  if (!id) return id.error();
  return Ref{*id};
}

Result<Removal> read_removal(const Call& call) {
  auto id = app_of(call.path);
  if (!id) return id.error();
  return Removal{.ref = *id};
}

Result<apps::NewSecret> read_new_secret(const Call& call) {
  auto id = app_of(call.path);
  if (!id) return id.error();
  return apps::NewSecret{*id, {}};
}

void write_piece(json::Piece<Mark>&& piece, const Context&, Response& response) {
  response.body = std::move(piece.text);
  say_json(response);
}

void write_issued(const apps::Issued& issued, const Context& context, Response& response) {
  write_app(issued.view, context, response);
}

void write_app(const apps::View& view, const Context&, Response& response) { write_json(response, app, view); }

void write_empty(const Nothing& nothing, const Context&, Response& response) { write_json(response, empty, nothing); }

void write_secret(const std::string& text, const Context&, Response& response) { write_json(response, secret, text); }

Result<void> admit_app(Transaction& tx, const Context&, const Params& path) {
  auto id = app_of(path);
  if (!id) return id.error();
  auto count = tx.count(Query<App>{}.where(&App::id, *id));
  if (!count) return count.error();
  if (*count == 0) return unknown_app();
  return {};
}

std::string to_gigabytes(std::int64_t bytes) {
  if (bytes == 0) return "0";
  constexpr std::int64_t megabyte = 1'000'000;
  const auto thousandths = bytes / megabyte + (bytes % megabyte >= megabyte / 2 ? 1 : 0);
  std::string text = std::to_string(thousandths / 1'000);
  if (thousandths % 1'000 == 0) return text;
  auto decimals = std::to_string(1'000 + thousandths % 1'000);
  decimals[0] = '.';
  decimals.erase(decimals.find_last_not_of('0') + 1);
  return text + decimals;
}

std::string draft_schema() { return contract::schema(draft); }
std::string app_schema() { return json::schema_of_shown<json::nested<app>>(); }
std::string list_schema() {
  return R"({"anyOf":[)" + json::schema_of_shown<json::list_of<short_app>>() + ',' + json::schema_of_shown<json::list_of<app>>() +
         "]}";
}
std::string secret_schema() { return json::schema_of_shown<json::nested<secret>>(); }
std::string empty_schema() { return json::schema_of_shown<json::nested<empty>>(); }

}  // namespace innkeeper::dialects::skyway
