#include "engine/dialects/skyway/wire.hpp"

#include <innkeeper/contract/properties.hpp>

#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/dialects/skyway/page.hpp"
#include "engine/domain/rules.hpp"

#include <array>

namespace innkeeper::dialects::skyway {

using contract::itself;
using contract::nested;
using contract::Properties;
using contract::Property;
using contract::show;
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
    field<&apps::Draft::recording_bucket>("/recording_bucket_name", at_most(domain::length_of<&App::recording_bucket>.most),
                                          fault(invalid_body), "Where recordings are stored"),
    field<&apps::Draft::recording_credential>("/recording_service_account_key", fault(invalid_body),
                                              "The text of the cloud service account's key file; never shown again")};
constexpr auto draft = fields<apps::Draft>("AppDraft", draft_rows);

/// Decimal digits of a JSON number, written without quotation marks.
struct Decimal {
  void write(Writer& out, const std::string& digits) const { out.raw(digits); }
  void describe(Writer& schema) const { schema.key("type").string("number"); }
};
constexpr Decimal decimal{};

template <auto member>
std::string gigabytes_of(const Usage& usage) {
  return to_gigabytes(usage.*member);
}

constexpr Property month_properties[] = {
    show<&Usage::signaling>("signaling", "Connections to the signalling server"),
    show<gigabytes_of<&Usage::turn_bytes>, decimal>("turn", "Traffic through TURN, in plus out, GB"),
    show<gigabytes_of<&Usage::sfu_bytes>, decimal>("sfu", "Traffic through SFU, in plus out, GB"),
};
constexpr Properties<Usage> month{"Usage", month_properties};

/// An object with one member a month, named `2024/03`.
struct MonthByMonth {
  void write(Writer& out, const std::array<Usage, 2>& months) const {
    out.begin_object();
    for (const auto& usage : months) {
      auto name = std::to_string(usage.month);
      name.insert(name.size() - 2, 1, '/');
      contract::encode(out.plain_key(name), month, usage);
    }
    out.end_object();
  }
  void describe(Writer& schema) const {
    schema.key("type").string("object").key("additionalProperties").begin_object();
    contract::describe(schema, month);
    schema.end_object();
  }
};
constexpr MonthByMonth month_by_month{};

/// Whether a JSON array of strings holds a name that needs no escaping.
bool holds(const JsonText& texts, std::string_view name) {
  const auto quoted = '"' + std::string{name} + '"';
  for (auto at = texts.text.find(quoted); at != std::string::npos; at = texts.text.find(quoted, at + 1))
    if (texts.text[at - 1] == '[' || texts.text[at - 1] == ',') return true;
  return false;
}

constexpr std::array<std::string_view, 2> recording_statuses{"active", "unavailable"};
constexpr json::Choice recording_choice{recording_statuses};
std::string_view recording_status(const App& app) {
  const bool can_store = !app.recording_bucket.empty() && !app.recording_credential.data.empty();
  return recording_statuses[can_store && holds(app.permissions, "RECORDING") ? 0 : 1];
}

constexpr Property recording_properties[] = {
    show<recording_status, recording_choice>("status"),
    show<&App::recording_bucket>("bucket_name", "The bucket last set; empty when never set"),
};
constexpr Properties<App> recording{"Recording", recording_properties};

using Strings = json::CodecOf<std::vector<std::string>>;
/// An array of strings that is kept as text.
struct StringsText : Strings {
  void write(Writer& out, const JsonText& texts) const { out.raw(texts); }
};
constexpr StringsText strings_text{};

/// The number between quotation marks.
struct IdText {
  void write(Writer& out, Id id) const { out.quoted(number(id)); }
  void describe(Writer& schema) const { schema.key("type").string("string"); }
};
constexpr IdText id_text{};

template <auto member>
const auto& of_app(const apps::View& view) {
  return view.app.*member;
}
template <auto member>
std::string second_of_app(const apps::View& view) {
  return base::to_rfc3339(view.app.*member, base::Precision::seconds);
}

constexpr Property id_row = show<of_app<&App::id>, id_text>("id", "Decimal digits");
constexpr Property apikey_row = show<of_app<&App::uid>>("apikey", "The public half of the app's credential");
constexpr Property description_row = show<of_app<&App::description>>("description", "What the app is for");

constexpr Property short_app_properties[] = {
    id_row,
    apikey_row,
    description_row,
};
constexpr Properties<apps::View> short_app{"ShortApp", short_app_properties};

constexpr Property app_properties[] = {
    id_row,
    apikey_row,
    description_row,
    show<of_app<&App::domains>, strings_text>("domains", "Hosts that peers may come from"),
    show<of_app<&App::permissions>, strings_text>("permissions", "What peers may use, in alphabetical order"),
    show<&apps::View::usage, month_by_month>("usage_summary", "Last month and this month, UTC"),
    show<of_app<&App::status>>("status", "`active` or `suspended`"),
    show<&apps::View::app, nested<recording>>("recording", "Whether recordings can be stored"),
    show<second_of_app<&App::created_at>, json::date_time>("created_at", "UTC"),
    show<second_of_app<&App::updated_at>, json::date_time>("updated_at", "UTC; moves on each update"),
};
constexpr Properties<apps::View> app{"App", app_properties};

constexpr Property secret_properties[] = {
    show<itself<std::string>>("secretkey", "The secret half of the app's credential"),
};
constexpr Properties<std::string> secret{"SecretKey", secret_properties};

constexpr Properties<Nothing> empty{"Empty"};

Error unknown_app() { return {Errc::not_found, innkeeper::reason::app_unknown, "no such app"}; }

/// Whatever is not a decimal number as this contract writes them names no app.
Result<Id> app_of(const Params& path) {
  const auto number = base::to_number(path["app_id"]);
  if (!number || *number == 0) return unknown_app();
  return Id{*number};
}

/// No body is as good as an empty object.
Result<apps::Draft> read_draft(const Call& call) {
  return contract::read_body(call, body_format, draft, contract::BodyPresence::optional);
}

template <class E>
void write_json(Response& response, const Properties<E>& table, const E& object) {
  Writer out{response.body};
  contract::encode(out, table, object);
  set_json_type(response);
}

}  // namespace

Result<contract::ListPiece> read_apps(Transaction& tx, const Context& context, const contract::ListQuery& query) {
  const auto* flag = query.own("expandApps");
  const bool is_expanded = flag != nullptr && !base::equals_ignoring_case(*flag, "false");
  auto page_request = contract::read_page_request(tx, context, query);
  if (!page_request) return page_request.error();
  const auto order = contract::order_of(*page_request);
  auto page = apps::list_views(tx, context, {.with_usage = is_expanded, .page_request = std::move(*page_request)});
  if (!page) return page.error();
  return contract::write_page(context, query, order, std::move(*page), is_expanded ? app : short_app);
}

Result<apps::New> read_new_app(const Call& call) {
  auto draft = read_draft(call);
  if (!draft) return draft.error();
  apps::New wanted;
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

Result<NewSecret> read_new_secret(const Call& call) {
  auto id = app_of(call.path);
  if (!id) return id.error();
  return NewSecret{*id, {}};
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
std::string app_schema() { return contract::schema(app); }
std::string list_schema() {
  return R"({"anyOf":[)" + contract::array_schema(short_app) + ',' + contract::array_schema(app) + "]}";
}
std::string secret_schema() { return contract::schema(secret); }
std::string empty_schema() { return contract::schema(empty); }

}  // namespace innkeeper::dialects::skyway
