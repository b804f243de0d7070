#include <innkeeper/contract/bodies.hpp>

#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/dialects/enablex/wire.hpp"

#include <algorithm>

/// The settings of a room (§4.2) as rows, and the bodies of requests that hold them.
namespace innkeeper::dialects::enablex {

namespace {

using contract::at_most;
using contract::code;
using contract::Field;
using contract::field;
using contract::fields;
using contract::no_limit;
using contract::one_of;
using contract::Rule;
using json::Kind;

constexpr std::int64_t longest = 255;
constexpr std::int64_t most_moderators = 5;
constexpr std::string_view other = "10018";
constexpr std::string_view fixed = "Fixed when the room is made";
constexpr std::array<std::string_view, 2> modes{"group", "lecture"};
constexpr std::array<std::string_view, 3> qualities{"HD", "SD", "LD"};
constexpr std::array<std::string_view, 4> zones{"IN", "SG", "US", "XX"};
constexpr std::array<std::string_view, 2> recordings{"audio", "audiovideo"};

// ---- how values are taken ----------------------------------------------------------------------------------------------------

/// A value of some types, kept as compact JSON in the type it came in.
struct AsSent {
  std::array<std::string_view, 2> types{};  ///< As JSON Schema names them.
  bool (*is_valid)(View) = nullptr;
  std::string_view message = "is not good";

  std::string expectation() const { return std::string{message}; }
  std::optional<std::string> read(View value) const {
    return is_valid(value) ? std::optional{value.to_json().text} : std::nullopt;
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type");
    if (types[1].empty())
      schema.string(types[0]);
    else
      schema.begin_array().string(types[0]).string(types[1]).end_array();
  }
};
bool is_text(View value) { return value.is(Kind::string); }
bool is_text_or_number(View value) { return is_text(value) || value.is(Kind::number); }
bool is_count(View value) { return contract::whole_number(value.text()).has_value(); }
bool is_time(View value) { return is_text(value) && (value.text().empty() || read_time(value.text())); }
constexpr AsSent text{{"string"}, is_text};
constexpr AsSent count{{"integer", "string"}, is_count};
constexpr AsSent number_or_text{{"number", "string"}, is_text_or_number};
constexpr AsSent time_text{{"string"}, is_time, "must be YYYY-MM-DD HH:MM:SS"};

/// A truth value, which may come as a text.
struct Truth : json::CodecOf<bool> {
  std::optional<bool> read(View value) const {
    if (value.is(Kind::boolean)) return value.boolean();
    if (value.text() == "true") return true;
    return value.text() == "false" ? std::optional{false} : std::nullopt;
  }
};
constexpr Truth truth{};
struct Flag : Truth {
  std::optional<std::string> read(View value) const {
    const auto is_true = Truth::read(value);
    return is_true ? std::optional<std::string>{*is_true ? "true" : "false"} : std::nullopt;
  }
};
constexpr Flag flag{};

/// An object that a table would take.
template <const auto& table>
struct ObjectAsSent {
  static std::string expectation() { return "is not good"; }
  std::optional<std::string> read(View value) const {
    return contract::decode(table, value) ? std::optional{value.to_json().text} : std::nullopt;
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    contract::describe_members(schema.key("type").string("object"), table);
  }
};
constexpr contract::Policy closed{.null = contract::Null::is_refused, .unknown = contract::Unknown::is_refused};
struct Recorders {
  std::string moderator{}, participant{};
};
constexpr Field recorders_rows[] = {field<&Recorders::moderator>("/moderator", one_of(recordings)),
                                    field<&Recorders::participant>("/participant", one_of(recordings))};
constexpr auto recorders_table = fields<Recorders>("", recorders_rows, closed);
constexpr ObjectAsSent<recorders_table> recorders{};
struct Streaming {
  bool is_automatic = false;
  std::string url{};
};
constexpr Field streaming_rows[] = {field<&Streaming::is_automatic>("/auto_recording"),
                                    field<&Streaming::url>("/url", at_most(2'048, contract::Unit::bytes))};
constexpr auto streaming_table = fields<Streaming>("", streaming_rows, closed);
constexpr ObjectAsSent<streaming_table> streaming{};

struct Ignored {
  std::optional<std::string> read(View) const { return std::string{}; }
  template <class Items>
  void describe(Writer&, Items&&) const {}
};
constexpr Ignored ignored{};

bool is_sip_uri(std::string_view uri) {
  const auto colon = uri.find(':');
  const auto scheme = uri.substr(0, colon);
  return colon != std::string_view::npos && colon + 1 < uri.size() && (scheme == "sip" || scheme == "sips") &&
         std::all_of(uri.begin(), uri.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// ---- settings ----------------------------------------------------------------------------------------------------------------

struct SettingRow {
  Setting setting{};
  Field field{};
  std::string_view initial{};  ///< What is shown where nothing was sent, as JSON; empty: nothing.
  bool is_count = false;

  constexpr std::string_view name() const { return field.path.substr(std::string_view{"/settings/"}.size()); }
};
template <Setting setting>
std::string& sent(Draft& draft) {
  return draft.settings[setting];
}
template <Setting setting, const auto& codec, class... Parts>
constexpr SettingRow row(std::string_view path, std::string_view initial, const Parts&... parts) {
  const auto taken = field<sent<setting>, codec>(path, parts...);
  return {setting, setting < Setting::scheduled_time ? taken : contract::postponed(taken), initial,
          static_cast<const void*>(&codec) == &count};
}
constexpr Rule from(std::int64_t low, std::int64_t high = no_limit) { return contract::within_as_number_or_text(low, high); }

constexpr std::array<SettingRow, setting_count> table{
    row<Setting::mode, text>("/settings/mode", R"("group")", one_of(modes), code("10019"), fixed),
    row<Setting::scheduled, flag>("/settings/scheduled", "false", code("10003"), fixed),
    row<Setting::adhoc, flag>("/settings/adhoc", "false", code("10016"), fixed),
    row<Setting::scheduled_time, time_text>(scheduled_time_path, "", code("10005"), "YYYY-MM-DD HH:MM:SS, UTC"),
    row<Setting::duration, count>("/settings/duration", R"("30")", from(1), code("10011"), "Minutes"),
    row<Setting::moderators, count>("/settings/moderators", "1", from(1, most_moderators).coded("10023"), code("10022")),
    row<Setting::participants, count>("/settings/participants", R"("10")", from(1), code("10007"), "Moderators not counted"),
    row<Setting::auto_recording, flag>("/settings/auto_recording", "false", code("10008")),
    row<Setting::active_talker, flag>("/settings/active_talker", "true", code("10012")),
    row<Setting::wait_moderator, flag>("/settings/wait_moderator", "", code("10013"), "As wait_for_moderator"),
    row<Setting::quality, text>(quality_path, R"("HD")", one_of(qualities), code("10014"), "No better than the application's"),
    row<Setting::description, text>("/settings/description", R"("")", at_most(1'024), code(other)),
    row<Setting::viewers, count>("/settings/viewers", "", from(0), code(other)),
    row<Setting::wait_for_moderator, flag>("/settings/wait_for_moderator", "", code("10013"), "Held until a moderator joins"),
    row<Setting::knock, flag>("/settings/knock", "", code("10025")),
    row<Setting::peep, flag>("/settings/peep", "", code("10024")),
    row<Setting::screen_share, flag>("/settings/screen_share", "true", code(other)),
    row<Setting::canvas, flag>("/settings/canvas", "false", code(other)),
    row<Setting::abwd, flag>("/settings/abwd", "", code(other)),
    row<Setting::facex, flag>("/settings/facex", "", code(other)),
    row<Setting::max_active_talkers, count>("/settings/max_active_talkers", "6", from(1, 16), code(other)),
    row<Setting::single_file_recording, flag>("/settings/single_file_recording", "false", code(other)),
    row<Setting::role_based_recording, recorders>("/settings/role_based_recording", "", code(other)),
    row<Setting::live_recording, streaming>("/settings/live_recording", "", code(other)),
    row<Setting::media_zone, text>("/settings/media_zone", R"("XX")", one_of(zones), code(other), "XX: the server decides"),
    row<Setting::media_configuration, text>("/settings/media_configuration", R"("default")", at_most(longest), code(other)),
    row<Setting::encryption, flag>("/settings/encryption", "false", code(other)),
    row<Setting::watermark, flag>("/settings/watermark", "false", code(other)),
    row<Setting::billing_code, number_or_text>("/settings/billing_code", "", at_most(longest), code(other)),
    row<Setting::aor, text>("/settings/aor", "", at_most(longest), contract::matching(is_sip_uri), code("10026"), "A SIP URI"),
    row<Setting::media, ignored>("/settings/media", "", code(other), "Taken and not used"),
};
consteval bool is_in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].setting) != i) return false;
  return true;
}
static_assert(is_in_order());

// ---- bodies ------------------------------------------------------------------------------------------------------------------

constexpr contract::Policy open{.unknown = contract::Unknown::is_ignored_openly};

constexpr Field sip_rows[] = {field<&SipDraft::is_enabled, truth>("/enabled"), field<&SipDraft::uri>("/uri", at_most(longest))};
constexpr auto sip_table = fields<SipDraft>("", sip_rows, open);
/// An object, or a truth value alone for what it has enabled.
struct SipOrTruth {
  std::optional<SipDraft> read(View value) const {
    if (value.is(Kind::boolean)) return SipDraft{.is_enabled = value.boolean()};
    auto sip = contract::decode(sip_table, value);
    return sip ? std::optional{std::move(*sip)} : std::nullopt;
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    contract::describe_members(schema.key("type").begin_array().string("object").string("boolean").end_array(), sip_table);
  }
};
constexpr SipOrTruth sip_or_truth{};

/// An object of the application's own that is not too long.
struct OwnData {
  std::optional<JsonText> read(View value, const Field& row, contract::Findings& findings) const {
    auto data = value.to_json();
    const auto longest_data = findings.longest_object();
    if (!value.is(Kind::object))
      contract::refuse(row, {}, findings);
    else if (data.text.size() > longest_data)
      findings.add(row.path, "data must have " + base::spell_bytes(longest_data) + " at most", "413");
    else
      return data;
    return std::nullopt;
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("object").key("additionalProperties").boolean(true);
  }
};
constexpr OwnData own_data{};

bool is_of_one_type(const Draft& draft) {
  return !draft.settings.is_true(Setting::scheduled) || !draft.settings.is_true(Setting::adhoc);
}

constexpr std::array first_rows{
    field<&Draft::name, trimmed_text>("/name", contract::fault("name must be a text of 1 to 255 characters", "10002")),
    field<&Draft::owner_ref, text_or_number>(
        "/owner_ref", contract::fault("owner_ref must be a text of 1 to 255 characters or a number", "10010")),
    contract::closed_object("/settings", contract::fault("settings must be an object", "10009"),
                            contract::fault("settings has a key that is not known: ", "10009"))};
constexpr auto not_both =
    contract::check<is_of_one_type>("/settings/adhoc", contract::fault("a room is scheduled or ad hoc, not both", "10017"));
constexpr std::array last_rows{
    contract::postponed(
        field<&Draft::sip, sip_or_truth>("/sip", contract::fault("sip must be an object with enabled and perhaps uri", "400"))),
    contract::postponed(field<&Draft::data, own_data>("/data", contract::fault("data must be an object", "400"),
                                                      "The application's own, shown as it came"))};

/// In the order in which they are checked (§4.2).
constexpr auto room_rows = [] {
  std::array<Field, first_rows.size() + table.size() + 1 + last_rows.size()> rows{};
  auto end = std::copy(first_rows.begin(), first_rows.end(), rows.begin());
  for (const auto& each : table) {
    *end++ = each.field;
    if (each.setting == Setting::adhoc) *end++ = not_both;
  }
  std::copy(last_rows.begin(), last_rows.end(), end);
  return rows;
}();

/// This contract's sentences begin with the setting's name.
std::string sentence_of(const Field& row, const Rule* broken, std::string usual) {
  auto sentence = std::string{row.path.substr(row.path.rfind('/') + 1)};
  for (const auto& rule : row.all_rules()) {
    if (rule.test == Rule::Test::within) {
      sentence += " must be an integer from " + std::to_string(rule.low);
      return rule.high == no_limit ? sentence + " on" : sentence + " to " + std::to_string(rule.high);
    }
    if (rule.test == Rule::Test::one_of) {
      sentence += " must be one of";
      for (const auto word : rule.words) sentence.append(" ").append(word);
      return sentence;
    }
  }
  return sentence + ' ' + (broken == nullptr ? usual : "is not good");
}
constexpr contract::Policy worded{.unknown = contract::Unknown::is_ignored_openly, .sentence = sentence_of};
constexpr auto new_room = fields<Draft>("NewRoom", room_rows, worded).requiring("/name").requiring("/owner_ref");
constexpr auto room_change = fields<Draft>("RoomChange", room_rows, worded);

Result<Draft> read_draft(const Call& call, const contract::Fields<Draft>& body) {
  contract::Postponed aside;
  auto draft = contract::read_body(call, {}, body, contract::BodyPresence::required, &aside);
  if (draft) draft->aside = std::move(aside);
  return draft;
}

// ---- how settings are shown --------------------------------------------------------------------------------------------------

/// What the room's columns say, where they do: they go before what was sent, since any contract may change them.
std::optional<std::int64_t> count_of(Setting setting, const Room& room, std::optional<std::int64_t> said) {
  using std::chrono::minutes;
  switch (setting) {
    case Setting::duration:
      if (room.kind == RoomKind::scheduled && room.starts_at && room.ends_at) {
        if (said && base::later(*room.starts_at, length_of(*said)) == *room.ends_at) return said;
        return std::chrono::floor<minutes>(*room.ends_at - *room.starts_at).count();
      }
      if (room.kind != RoomKind::ad_hoc || room.lifetime == 0) return said;
      if (const std::chrono::seconds life{room.lifetime}; !said || lifetime_of(*said) != life)
        return std::chrono::floor<minutes>(life).count();
      return said;
    case Setting::moderators:
      return room.moderators == 0 ? most_moderators : std::min<std::int64_t>(room.moderators, most_moderators);
    case Setting::participants:
      if (said && seats_of(*said) == room.capacity) return said;
      return room.capacity == 0 ? rooms::most_seats : room.capacity;
    default:
      return said;
  }
}

/// A count in the type that it was sent in, or else that of the usual value.
void write_count(Writer& out, const SettingRow& row, const Settings& sent, const Room& room) {
  const auto& spelled = sent.has(row.setting) ? sent[row.setting] : row.initial;
  const auto said = sent.count(row.setting);
  const auto now = count_of(row.setting, room, said);
  if (!now || now == said)
    out.raw(spelled);
  else if (spelled.starts_with('"'))
    out.quoted(*now);
  else
    out.integer(*now);
}

std::string to_time(Instant at) {
  auto time = base::to_rfc3339(at, base::Precision::seconds);
  time[10] = ' ';
  time.pop_back();
  return time;
}

void write_value(Writer& out, const SettingRow& row, const Settings& sent, const Room& room) {
  const auto& own = sent[row.setting];
  switch (row.setting) {
    case Setting::mode:
      out.plain_key(row.name()).plain_string(name_of(room.mode));
      return;
    case Setting::scheduled:
      out.plain_key(row.name()).boolean(room.kind == RoomKind::scheduled);
      return;
    case Setting::adhoc:
      out.plain_key(row.name()).boolean(room.kind == RoomKind::ad_hoc);
      return;
    case Setting::scheduled_time:
      if (room.kind != RoomKind::scheduled || !room.starts_at) return;
      if (out.plain_key(row.name()); read_time(sent.text(row.setting)) == room.starts_at)
        out.raw(own);
      else
        out.plain_string(to_time(*room.starts_at));
      return;
    default:
      break;
  }
  if (own.empty() && row.initial.empty()) return;
  out.plain_key(row.name());
  if (row.is_count)
    write_count(out, row, sent, room);
  else
    out.raw(own.empty() ? row.initial : std::string_view{own});
}

}  // namespace

void Settings::overlay(const Settings& newer) {
  for (std::size_t i = 0; i < texts_.size(); ++i)
    if (!newer.texts_[i].empty()) texts_[i] = newer.texts_[i];
}

void drop_said_back(Settings& wanted, const Settings& sent, const Room& room) {
  for (const auto& row : table) {
    if (!row.is_count || (row.initial.empty() && !sent.has(row.setting))) continue;
    std::string shown;
    Writer out{shown};
    write_count(out, row, sent, room);
    if (wanted[row.setting] == shown) wanted[row.setting].clear();
  }
}

void write_stored(Writer& out, const Settings& sent) {
  out.begin_object();
  for (const auto& row : table)
    if (sent.has(row.setting)) out.plain_key(row.name()).raw(sent[row.setting]);
  out.end_object();
}

Settings read_stored(View object) {
  Settings sent;
  auto row = table.begin();
  // We write them in the order of the table; an import need not.
  for (const auto each : object.members()) {
    const auto is_it = [&](const SettingRow& one) { return one.name() == each.name; };
    auto found = std::find_if(row, table.end(), is_it);
    if (found == table.end()) found = std::find_if(table.begin(), table.end(), is_it);
    if (found == table.end()) continue;
    sent[found->setting] = each.value.to_json().text;
    row = found;
  }
  return sent;
}

void write_shown(Writer& out, const Settings& sent, const Room& room) {
  out.begin_object();
  for (const auto& row : table) write_value(out, row, sent, room);
  out.end_object();
}

void describe_shown(Writer& schema) {
  schema.key("type").string("object").key("properties").begin_object();
  for (const auto& row : table) {
    if (row.setting == Setting::media) continue;
    contract::describe_unbounded(schema.key(row.name()).begin_object(), row.field);
    schema.end_object();
  }
  schema.end_object();
}

std::optional<Instant> read_time(std::string_view text) {
  constexpr std::size_t without_zone = 19;
  std::string whole{text};
  if (whole.size() > 10 && whole[10] == ' ') whole[10] = 'T';
  if (whole.size() == without_zone) whole += 'Z';
  return base::from_rfc3339(whole);
}

std::optional<std::string> ShortText::read(View value) const {
  if (value.is(Kind::number) && !takes_numbers) return std::nullopt;
  auto text = value.text();
  constexpr std::string_view blanks = " \t\r\n";
  if (is_trimmed) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    text = text.substr(0, text.find_last_not_of(blanks) + 1);
  }
  if (text.empty() || std::cmp_greater(base::code_points(text), longest)) return std::nullopt;
  return std::string{text};
}

void ShortText::describe(Writer& schema) const {
  schema.key("type");
  if (takes_numbers)
    schema.begin_array().string("string").string("number").end_array();
  else
    schema.string("string");
  schema.key("minLength").integer(1).key("maxLength").integer(longest);
}

Result<void> require_valid(const Draft& draft, std::string_view last_path) { return draft.aside.up_to(new_room, last_path); }

Result<Draft> read_new_room(const Call& call) { return read_draft(call, new_room); }

Result<Draft> read_room_change(const Call& call) { return read_draft(call, room_change); }

std::string new_room_schema() { return contract::schema(new_room); }
std::string change_schema() { return contract::schema(room_change); }

}  // namespace innkeeper::dialects::enablex
