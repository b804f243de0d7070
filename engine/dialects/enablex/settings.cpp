#include "engine/base/time.hpp"
#include "engine/dialects/enablex/wire.hpp"

#include <array>

/// The settings of a room (§4.2) as rows, and the bodies of requests that hold them.
namespace innkeeper::dialects::enablex {

namespace {

using contract::AsSent;
using contract::at_most;
using contract::no_limit;
using contract::one_of;
using contract::Rule;
using json::Kind;

constexpr std::int64_t longest = 255;
constexpr std::int64_t most_moderators = 5;
constexpr std::string_view other = "10018";
constexpr std::string_view fixed = "Fixed when the room is made";
constexpr std::array<std::string_view, 4> zones{"IN", "SG", "US", "XX"};
constexpr std::array<std::string_view, 2> recordings{"audio", "audiovideo"};

// ---- how values are taken ----------------------------------------------------------------------------------------------------

constexpr AsSent string{{"string"}, [](View value) { return value.is(Kind::string); }};
constexpr AsSent count{{"integer", "string"}, [](View value) { return contract::whole_number(value.text()).has_value(); }};
constexpr AsSent number_or_text{{"number", "string"},
                                [](View value) { return value.is(Kind::number) || value.is(Kind::string); }};
constexpr AsSent time_text{{"string"},
                           [](View value) { return value.is(Kind::string) && (value.text().empty() || read_time(value.text())); },
                           "must be YYYY-MM-DD HH:MM:SS"};

constexpr const auto& flag = contract::kept_truth;

struct Recorders {
  std::string moderator{}, participant{};
};
constexpr contract::KeptRow<Recorders> recorders_rows[] = {
    contract::kept<&Recorders::moderator, string>("/moderator", one_of(recordings)),
    contract::kept<&Recorders::participant, string>("/participant", one_of(recordings))};
constexpr contract::KeptObject<recorders_rows> recorders{};
struct Streaming {
  std::string auto_recording{}, url{};
};
constexpr contract::KeptRow<Streaming> streaming_rows[] = {
    contract::kept<&Streaming::auto_recording, flag>("/auto_recording"),
    contract::kept<&Streaming::url, string>("/url", at_most(2'048, contract::Unit::bytes))};
constexpr contract::KeptObject<streaming_rows> streaming{};

bool is_sip_uri(std::string_view uri) {
  const auto colon = uri.find(':');
  const auto scheme = uri.substr(0, colon);
  return colon != std::string_view::npos && colon + 1 < uri.size() && (scheme == "sip" || scheme == "sips") &&
         std::all_of(uri.begin(), uri.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// ---- settings ----------------------------------------------------------------------------------------------------------------

template <auto member, const auto& codec, class... Parts>
constexpr auto row(std::string_view path, std::string_view initial, const Parts&... parts) {
  return contract::kept<&RoomDraft::settings, member, codec>(path, initial, parts...);
}
constexpr Rule from(std::int64_t low, std::int64_t high = no_limit) { return contract::within_as_number_or_text(low, high); }

/// In the order in which they are checked.
constexpr std::array table{
    row<&Settings::mode, string>("/settings/mode", R"("group")", one_of(names_of<RoomMode>), code("10019"), fixed),
    row<&Settings::scheduled, flag>("/settings/scheduled", no, code("10003"), fixed),
    row<&Settings::adhoc, flag>("/settings/adhoc", no, code("10016"), fixed),
    row<&Settings::scheduled_time, time_text>("/settings/scheduled_time", "", code("10005"), "YYYY-MM-DD HH:MM:SS, UTC"),
    row<&Settings::duration, count>("/settings/duration", R"("30")", from(1), code("10011"), "Minutes"),
    row<&Settings::moderators, count>("/settings/moderators", "1", from(1, most_moderators).coded("10023"), code("10022")),
    row<&Settings::participants, count>("/settings/participants", R"("10")", from(1), code("10007"), "Moderators not counted"),
    row<&Settings::auto_recording, flag>("/settings/auto_recording", no, code("10008")),
    row<&Settings::active_talker, flag>("/settings/active_talker", yes, code("10012")),
    row<&Settings::wait_moderator, flag>("/settings/wait_moderator", "", code("10013"), "As wait_for_moderator"),
    row<&Settings::quality, string>("/settings/quality", R"("HD")", one_of(qualities), code("10014"),
                                    "No better than the application's"),
    row<&Settings::description, string>("/settings/description", R"("")", at_most(1'024), code(other)),
    row<&Settings::viewers, count>("/settings/viewers", "", from(0), code(other)),
    row<&Settings::wait_for_moderator, flag>("/settings/wait_for_moderator", "", code("10013"), "Held until a moderator joins"),
    row<&Settings::knock, flag>("/settings/knock", "", code("10025")),
    row<&Settings::peep, flag>("/settings/peep", "", code("10024")),
    row<&Settings::screen_share, flag>("/settings/screen_share", yes, code(other)),
    row<&Settings::canvas, flag>("/settings/canvas", no, code(other)),
    row<&Settings::abwd, flag>("/settings/abwd", "", code(other)),
    row<&Settings::facex, flag>("/settings/facex", "", code(other)),
    row<&Settings::max_active_talkers, count>("/settings/max_active_talkers", "6", from(1, 16), code(other)),
    row<&Settings::single_file_recording, flag>("/settings/single_file_recording", no, code(other)),
    row<&Settings::role_based_recording, recorders>("/settings/role_based_recording", "", code(other)),
    row<&Settings::live_recording, streaming>("/settings/live_recording", "", code(other)),
    row<&Settings::media_zone, string>("/settings/media_zone", R"("XX")", one_of(zones), code(other), "XX: the server decides"),
    row<&Settings::media_configuration, string>("/settings/media_configuration", R"("default")", at_most(longest), code(other)),
    row<&Settings::encryption, flag>("/settings/encryption", no, code(other)),
    row<&Settings::watermark, flag>("/settings/watermark", no, code(other)),
    row<&Settings::billing_code, number_or_text>("/settings/billing_code", "", at_most(longest), code(other)),
    row<&Settings::aor, string>("/settings/aor", "", at_most(longest), contract::matching(is_sip_uri), code("10026"),
                                "A SIP URI"),
};
static_assert(table.size() * sizeof(std::string) == sizeof(Settings));

// ---- bodies ------------------------------------------------------------------------------------------------------------------

constexpr contract::Policy open{.unknown = contract::Unknown::is_ignored_openly};

constexpr Field sip_rows[] = {field<&Sip::is_enabled, contract::truth>("/enabled"), field<&Sip::uri>("/uri", at_most(longest))};
constexpr auto sip_table = contract::fields<Sip>("", sip_rows, open);
/// An object, or a truth value alone for what it has enabled.
struct SipOrTruth {
  std::optional<Sip> read(View value) const {
    if (value.is(Kind::boolean)) return Sip{.is_enabled = value.boolean()};
    auto sip = contract::decode(sip_table, value);
    return sip ? std::optional{std::move(*sip)} : std::nullopt;
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    contract::describe_members(contract::describe_types(schema, {"object", "boolean"}), sip_table);
  }
};
constexpr SipOrTruth sip_or_truth{};
constexpr contract::ShortText trimmed{.is_trimmed = true};
constexpr contract::FreeObject own_data{"413"};

bool is_of_one_type(const RoomDraft& draft) { return draft.settings.scheduled != yes || draft.settings.adhoc != yes; }

/// In the order in which they are checked (§4.2).
constexpr auto room_rows = [] {
  constexpr std::array before{
      field<&RoomDraft::name, trimmed>("/name", contract::fault("name must be a text of 1 to 255 characters", "10002")),
      field<&RoomDraft::owner_ref, text_or_number>(
          "/owner_ref", contract::fault("owner_ref must be a text of 1 to 255 characters or a number", "10010")),
      contract::closed_object("/settings", contract::fault("settings must be an object", "10009"),
                              contract::fault("settings has a key that is not known: ", "10009"))};
  constexpr auto not_both =
      contract::check<is_of_one_type>("/settings/adhoc", contract::fault("a room is scheduled or ad hoc, not both", "10017"));
  constexpr std::array behind{
      field<&RoomDraft::media>("/settings/media", "Taken and not used"),
      field<&RoomDraft::sip, sip_or_truth>("/sip", contract::fault("sip must be an object with enabled and perhaps uri", "400")),
      field<&RoomDraft::data, own_data>("/data", contract::fault("data must be an object", "400"),
                                        "The application's own, shown as it came")};
  std::array<Field, before.size() + table.size() + 1 + behind.size()> rows{};
  auto* end = std::copy(before.begin(), before.end(), rows.data());
  for (const auto& each : table) {
    *end++ = each.member == &Settings::mode ? each.field : contract::postponed(each.field);
    if (each.member == &Settings::adhoc) *end++ = contract::postponed(not_both);
  }
  std::transform(behind.begin(), behind.end(), end, contract::postponed);
  return rows;
}();

/// This contract's sentences begin with the setting's name.
std::string sentence_of(const Field& row, const Rule* broken, std::string usual) {
  const auto name = std::string{row.path.substr(row.path.rfind('/') + 1)};
  const auto& rule = row.rules.front();
  if (rule.test == Rule::Test::within)
    return name + " must be an integer from " + std::to_string(rule.low) +
           (rule.high == no_limit ? " on" : " to " + std::to_string(rule.high));
  if (rule.test != Rule::Test::one_of) return name + ' ' + (broken == nullptr ? usual : "is not good");
  auto sentence = name + " must be one of";
  for (const auto word : rule.words) sentence.append(" ").append(word);
  return sentence;
}
constexpr contract::Policy worded{.unknown = contract::Unknown::is_ignored_openly, .sentence = sentence_of};

// ---- how settings are shown --------------------------------------------------------------------------------------------------

std::string quoted(std::string_view plain) { return '"' + std::string{plain} + '"'; }

/// What rooms of all contracts may have (native §7); more is shown as it was sent, and counts as this.
std::int64_t seats_of(std::int64_t count) { return std::min(count, rooms::most_seats); }
/// How long an ad hoc room of so many minutes lasts.
std::chrono::seconds lifetime_of(std::int64_t minutes) { return std::min(length_of(minutes), rooms::longest_lifetime); }

/// Has a count say another number, in the type that it has.
void set_count(std::string& shown, std::int64_t now) {
  if (count_in(shown) == now) return;
  const auto digits = std::to_string(now);
  shown = shown.starts_with('"') ? quoted(digits) : digits;
}

std::string to_time(Instant at) {
  auto time = base::to_rfc3339(at, base::Precision::seconds);
  time[10] = ' ';
  time.pop_back();
  return time;
}

}  // namespace

constinit const contract::Kept<Settings> stored_settings{table}, shown_settings{table, /*shows_initials=*/true};

constinit const contract::Fields<RoomDraft> new_room =
    contract::fields<RoomDraft>("NewRoom", room_rows, worded).requiring("/name").requiring("/owner_ref");
constinit const contract::Fields<RoomDraft> room_change = contract::fields<RoomDraft>("RoomChange", room_rows, worded);

std::string_view text_in(std::string_view json) { return json.starts_with('"') ? json.substr(1, json.size() - 2) : json; }

std::optional<std::int64_t> count_in(std::string_view json) { return contract::whole_number(text_in(json)); }

std::optional<Instant> read_time(std::string_view text) {
  constexpr std::size_t without_zone = 19;
  std::string whole{text};
  if (whole.size() > 10 && whole[10] == ' ') whole[10] = 'T';
  if (whole.size() == without_zone) whole += 'Z';
  return base::from_rfc3339(whole);
}

std::chrono::seconds length_of(std::int64_t minutes) {
  return std::chrono::minutes{std::min<std::int64_t>(minutes, 1'000'000'000)};
}

void show_settings(const Room& room, Settings& shown) {
  using std::chrono::minutes;
  for (const auto count : {&Settings::duration, &Settings::moderators, &Settings::participants})
    if ((shown.*count).empty()) shown.*count = shown_settings.value_of(shown, count);
  shown.mode = quoted(name_of(room.mode));
  shown.scheduled = room.kind == RoomKind::scheduled ? yes : no;
  shown.adhoc = room.kind == RoomKind::ad_hoc ? yes : no;
  if (room.kind != RoomKind::scheduled || !room.starts_at)
    shown.scheduled_time.clear();
  else if (read_time(text_in(shown.scheduled_time)) != room.starts_at)
    shown.scheduled_time = quoted(to_time(*room.starts_at));
  const auto length = count_in(shown.duration).value_or(0);
  if (const std::chrono::seconds life{room.lifetime}; room.kind == RoomKind::scheduled && room.starts_at && room.ends_at) {
    if (base::later(*room.starts_at, length_of(length)) != *room.ends_at)
      set_count(shown.duration, std::chrono::floor<minutes>(*room.ends_at - *room.starts_at).count());
  } else if (room.kind == RoomKind::ad_hoc && room.lifetime != 0 && lifetime_of(length) != life) {
    set_count(shown.duration, std::chrono::floor<minutes>(life).count());
  }
  set_count(shown.moderators, room.moderators == 0 ? most_moderators : std::min(room.moderators, most_moderators));
  if (seats_of(count_in(shown.participants).value_or(-1)) != room.capacity)
    set_count(shown.participants, room.capacity == 0 ? rooms::most_seats : room.capacity);
}

void share(const Settings& settings, rooms::Draft& draft) {
  const auto minutes = count_in(settings.duration);
  if (minutes && draft.starts_at && *draft.starts_at) draft.ends_at = base::later(**draft.starts_at, length_of(*minutes));
  if (minutes && draft.kind == RoomKind::ad_hoc) draft.lifetime = lifetime_of(*minutes);
  if (const auto count = count_in(settings.participants)) draft.capacity = seats_of(*count);
  if (const auto count = count_in(settings.moderators)) draft.moderators = *count;
}

void drop_said_back(Settings& wanted, const Settings& shown) {
  for (const auto count :
       {&Settings::duration, &Settings::moderators, &Settings::participants, &Settings::viewers, &Settings::max_active_talkers})
    if (wanted.*count == shown_settings.value_of(shown, count)) (wanted.*count).clear();
}

}  // namespace innkeeper::dialects::enablex
