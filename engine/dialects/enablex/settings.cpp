#include "engine/dialects/enablex/settings.hpp"

#include <innkeeper/operations.hpp>

#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/dialects/enablex/page.hpp"
#include "engine/json/codecs.hpp"

#include <algorithm>
#include <charconv>
#include <span>

namespace innkeeper::dialects::enablex {

namespace {

using json::Kind;
using json::View;
using json::Writer;

enum class Type : std::uint8_t { flag, count, word, text, text_or_number, time, recorders, streaming, ignored };

struct Row {
  Setting setting;
  std::string_view name;
  Type type;
  std::string_view code;       ///< Of a value that is not good.
  std::string_view initial{};  ///< What is shown where nothing was sent, as JSON; empty: nothing.
  std::int64_t low = 0;
  std::int64_t high = 0;          ///< Of a count, or the length of a text; 0: no limit.
  std::string_view range_code{};  ///< Of a count out of its range, where that has a code of its own.
  std::span<const std::string_view> words{};
  std::string_view note{};
};

constexpr std::int64_t longest = 255;
constexpr std::string_view other = "10018";
constexpr std::array<std::string_view, 2> modes{"group", "lecture"};
constexpr std::array<std::string_view, 3> qualities{"HD", "SD", "LD"};
constexpr std::array<std::string_view, 4> zones{"IN", "SG", "US", "XX"};
constexpr std::array<std::string_view, 2> recorded{"moderator", "participant"};
constexpr std::array<std::string_view, 2> recordings{"audio", "audiovideo"};
constexpr std::size_t longest_url = 2'048;

constexpr std::array<Row, setting_count> table{{
    {Setting::mode, "mode", Type::word, "10019", R"("group")", 0, 0, {}, modes, "Fixed when the room is made"},
    {Setting::scheduled, "scheduled", Type::flag, "10003", "false", 0, 0, {}, {}, "Fixed when the room is made"},
    {Setting::adhoc, "adhoc", Type::flag, "10016", "false", 0, 0, {}, {}, "Fixed when the room is made"},
    {Setting::scheduled_time, "scheduled_time", Type::time, "10005", {}, 0, 0, {}, {}, "YYYY-MM-DD HH:MM:SS, UTC"},
    {Setting::duration, "duration", Type::count, "10011", R"("30")", 1, 0, {}, {}, "Minutes"},
    {Setting::moderators, "moderators", Type::count, "10022", "1", 1, 5, "10023"},
    {Setting::participants, "participants", Type::count, "10007", R"("10")", 1, 0, {}, {}, "Moderators not counted"},
    {Setting::auto_recording, "auto_recording", Type::flag, "10008", "false"},
    {Setting::active_talker, "active_talker", Type::flag, "10012", "true"},
    {Setting::wait_moderator, "wait_moderator", Type::flag, "10013", {}, 0, 0, {}, {}, "As wait_for_moderator"},
    {Setting::quality, "quality", Type::word, "10014", R"("HD")", 0, 0, {}, qualities, "No better than the application's"},
    {Setting::description, "description", Type::text, other, R"("")", 0, 1'024},
    {Setting::viewers, "viewers", Type::count, other},
    {Setting::wait_for_moderator, "wait_for_moderator", Type::flag, "10013", {}, 0, 0, {}, {}, "Held until a moderator joins"},
    {Setting::knock, "knock", Type::flag, "10025"},
    {Setting::peep, "peep", Type::flag, "10024"},
    {Setting::screen_share, "screen_share", Type::flag, other, "true"},
    {Setting::canvas, "canvas", Type::flag, other, "false"},
    {Setting::abwd, "abwd", Type::flag, other},
    {Setting::facex, "facex", Type::flag, other},
    {Setting::max_active_talkers, "max_active_talkers", Type::count, other, "6", 1, 16},
    {Setting::single_file_recording, "single_file_recording", Type::flag, other, "false"},
    {Setting::role_based_recording, "role_based_recording", Type::recorders, other},
    {Setting::live_recording, "live_recording", Type::streaming, other},
    {Setting::media_zone, "media_zone", Type::word, other, R"("XX")", 0, 0, {}, zones, "XX: the server decides"},
    {Setting::media_configuration, "media_configuration", Type::text, other, R"("default")", 0, longest},
    {Setting::encryption, "encryption", Type::flag, other, "false"},
    {Setting::watermark, "watermark", Type::flag, other, "false"},
    {Setting::billing_code, "billing_code", Type::text_or_number, other, {}, 0, longest},
    {Setting::aor, "aor", Type::text, "10026", {}, 0, longest, {}, {}, "A SIP URI"},
    {Setting::media, "media", Type::ignored, other, {}, 0, 0, {}, {}, "Taken and not used"},
}};
consteval bool is_in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].setting) != i) return false;
  return true;
}
static_assert(is_in_order());

/// An integer of 64 bits and nothing around it.
std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

bool is_among(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Whether all members of an object are known and good.
template <class Test>
bool all_members(View object, Test is_good) {
  for (const auto each : object.members())
    if (!is_good(each.name, each.value)) return false;
  return object.is(Kind::object);
}
bool is_recorders(View value) {
  return all_members(
      value, [](std::string_view name, View how) { return is_among(recorded, name) && is_among(recordings, how.text()); });
}
bool is_streaming(View value) {
  return all_members(value, [](std::string_view name, View how) {
    return (name == "auto_recording" && how.is(Kind::boolean)) ||
           (name == "url" && how.is(Kind::string) && how.text().size() <= longest_url);
  });
}
bool is_sip_uri(std::string_view text) {
  const auto colon = text.find(':');
  const auto scheme = text.substr(0, colon);
  return colon != std::string_view::npos && colon + 1 < text.size() && (scheme == "sip" || scheme == "sips") &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string sentence_of(const Row& row) {
  auto sentence = std::string{row.name};
  switch (row.type) {
    case Type::flag:
      return sentence + " must be true or false";
    case Type::count:
      sentence += " must be an integer from " + std::to_string(row.low);
      return row.high == 0 ? sentence + " on" : sentence + " to " + std::to_string(row.high);
    case Type::word:
      sentence += " must be one of";
      for (const auto word : row.words) sentence.append(" ").append(word);
      return sentence;
    case Type::time:
      return sentence + " must be YYYY-MM-DD HH:MM:SS";
    default:
      return sentence + " is not good";
  }
}

/// A value as it is kept. Errors: with the row's code.
Result<std::string> read_value(const Row& row, View value) {
  const auto refused = [&](std::string_view code) { return fault(code, sentence_of(row)); };
  const bool is_text = value.is(Kind::string);
  switch (row.type) {
    case Type::flag:
      if (value.is(Kind::boolean)) return std::string{value.boolean() ? "true" : "false"};
      if (is_text && (value.text() == "true" || value.text() == "false")) return std::string{value.text()};
      return refused(row.code);
    case Type::count: {
      const auto count = whole_number(value.text());  // a number as it is written
      if (!count) return refused(row.code);
      if (*count < row.low || (row.high > 0 && *count > row.high))
        return refused(row.range_code.empty() ? row.code : row.range_code);
      break;
    }
    case Type::word:
      if (!is_text || !is_among(row.words, value.text())) return refused(row.code);
      break;
    case Type::text:
      if (!is_text || std::cmp_greater(base::code_points(value.text()), row.high)) return refused(row.code);
      if (row.setting == Setting::aor && !is_sip_uri(value.text())) return refused(row.code);
      break;
    case Type::text_or_number:
      if (!(is_text && std::cmp_less_equal(base::code_points(value.text()), row.high)) && !value.is(Kind::number))
        return refused(row.code);
      break;
    case Type::time:
      if (!is_text || (!value.text().empty() && !read_time(value.text()))) return refused(row.code);
      break;
    case Type::recorders:
      if (!is_recorders(value)) return refused(row.code);
      break;
    case Type::streaming:
      if (!is_streaming(value)) return refused(row.code);
      break;
    case Type::ignored:
      return std::string{};
  }
  return value.to_json().text;
}

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
      return room.moderators == 0 ? table[static_cast<std::size_t>(setting)].high : std::min<std::int64_t>(room.moderators, 5);
    case Setting::participants:
      if (said && seats_of(*said) == room.capacity) return said;
      return room.capacity == 0 ? rooms::most_seats : room.capacity;
    default:
      return said;
  }
}

/// A count in the type that it was sent in, or else that of the usual value.
void write_count(Writer& out, const Row& row, const Settings& sent, const Room& room) {
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
  auto text = base::to_rfc3339(at, base::Precision::seconds);
  text[10] = ' ';
  text.pop_back();
  return text;
}

void write_value(Writer& out, const Row& row, const Settings& sent, const Room& room) {
  const auto& text = sent[row.setting];
  switch (row.setting) {
    case Setting::mode:
      out.plain_key(row.name).plain_string(name_of(room.mode));
      return;
    case Setting::scheduled:
      out.plain_key(row.name).boolean(room.kind == RoomKind::scheduled);
      return;
    case Setting::adhoc:
      out.plain_key(row.name).boolean(room.kind == RoomKind::ad_hoc);
      return;
    case Setting::scheduled_time:
      if (room.kind != RoomKind::scheduled || !room.starts_at) return;
      if (out.plain_key(row.name); read_time(sent.text(row.setting)) == room.starts_at)
        out.raw(text);
      else
        out.plain_string(to_time(*room.starts_at));
      return;
    default:
      break;
  }
  if (text.empty() && row.initial.empty()) return;
  out.plain_key(row.name);
  if (row.type == Type::count)
    write_count(out, row, sent, room);
  else
    out.raw(text.empty() ? row.initial : std::string_view{text});
}

void describe_recorders(Writer& schema) {
  schema.key("type").string("object").key("properties").begin_object();
  for (const auto who : recorded) {
    json::describe_names(schema.key(who).begin_object().key("type").string("string"), recordings);
    schema.end_object();
  }
  schema.end_object().key("additionalProperties").boolean(false);
}
void describe_streaming(Writer& schema) {
  schema.key("type").string("object").key("properties").begin_object();
  schema.key("auto_recording").begin_object().key("type").string("boolean").end_object();
  schema.key("url").begin_object().key("type").string("string").key("maxLength").integer(longest_url).end_object();
  schema.end_object().key("additionalProperties").boolean(false);
}

void describe_value(Writer& schema, const Row& row, bool is_shown) {
  switch (row.type) {
    case Type::flag:
      schema.key("type").string("boolean");
      break;
    case Type::count:
      schema.key("type").begin_array().string("integer").string("string").end_array();
      if (!is_shown) schema.key("minimum").integer(row.low);
      if (!is_shown && row.high > 0) schema.key("maximum").integer(row.high);
      break;
    case Type::text_or_number:
      schema.key("type").begin_array().string("number").string("string").end_array();
      break;
    case Type::word:
      json::describe_names(schema.key("type").string("string"), row.words);
      break;
    case Type::recorders:
      describe_recorders(schema);
      break;
    case Type::streaming:
      describe_streaming(schema);
      break;
    case Type::ignored:
      break;
    default:
      schema.key("type").string("string");
      if (!is_shown && row.high > 0) schema.key("maxLength").integer(row.high);
  }
  if (!row.note.empty()) schema.key("description").string(row.note);
}

void describe_all(Writer& schema, bool is_shown) {
  schema.key("type").string("object").key("properties").begin_object();
  for (const auto& row : table) {
    if (is_shown && row.type == Type::ignored) continue;
    schema.key(row.name).begin_object();
    describe_value(schema, row, is_shown);
    schema.end_object();
  }
  schema.end_object();
}

}  // namespace

std::optional<std::int64_t> Settings::count(Setting setting) const { return whole_number(text(setting)); }

std::string_view Settings::text(Setting setting) const {
  std::string_view text = (*this)[setting];
  return text.starts_with('"') ? text.substr(1, text.size() - 2) : text;
}

void Settings::overlay(const Settings& newer) {
  for (std::size_t i = 0; i < texts_.size(); ++i)
    if (!newer.texts_[i].empty()) texts_[i] = newer.texts_[i];
}

Result<Settings> read_settings(View object, std::optional<Fault>& fault) {
  for (const auto each : object.members())
    if (std::none_of(table.begin(), table.end(), [&](const Row& row) { return row.name == each.name; }))
      return enablex::fault("10009", "settings has a key that is not known: " + std::string{each.name});
  Settings sent;
  for (const auto& row : table) {
    const auto value = object.find(row.name);
    if (value && !value->is(Kind::null)) {
      auto text = read_value(row, *value);
      if (!text) {
        fault = {row.setting, text.error()};
        break;
      }
      sent[row.setting] = std::move(*text);
    }
    if (row.setting == Setting::adhoc && sent.is_true(Setting::scheduled) && sent.is_true(Setting::adhoc)) {
      fault = {row.setting, enablex::fault("10017", "a room is scheduled or ad hoc, not both")};
      break;
    }
  }
  return sent;
}

void drop_said_back(Settings& wanted, const Settings& sent, const Room& room) {
  for (const auto& row : table) {
    if (row.type != Type::count || (row.initial.empty() && !sent.has(row.setting))) continue;
    std::string shown;
    Writer out{shown};
    write_count(out, row, sent, room);
    if (wanted[row.setting] == shown) wanted[row.setting].clear();
  }
}

std::chrono::seconds length_of(std::int64_t minutes) {
  constexpr std::int64_t most = 1'000'000'000;
  return std::chrono::minutes{std::min(minutes, most)};
}

std::chrono::seconds lifetime_of(std::int64_t minutes) { return std::min(length_of(minutes), rooms::longest_lifetime); }

std::int64_t seats_of(std::int64_t count) { return std::min(count, rooms::most_seats); }

void write_stored(Writer& out, const Settings& sent) {
  out.begin_object();
  for (const auto& row : table)
    if (sent.has(row.setting)) out.plain_key(row.name).raw(sent[row.setting]);
  out.end_object();
}

Settings read_stored(View object) {
  Settings sent;
  auto row = table.begin();
  // We write them in the order of the table; an import need not.
  for (const auto each : object.members()) {
    const auto is_it = [&](const Row& one) { return one.name == each.name; };
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

std::optional<Instant> read_time(std::string_view text) {
  constexpr std::size_t without_zone = 19;
  std::string whole{text};
  if (whole.size() > 10 && whole[10] == ' ') whole[10] = 'T';
  if (whole.size() == without_zone) whole += 'Z';
  return base::from_rfc3339(whole);
}

void describe_taken(Writer& schema) {
  describe_all(schema, /*is_shown=*/false);
  schema.key("additionalProperties").boolean(false);
}

void describe_shown(Writer& schema) { describe_all(schema, /*is_shown=*/true); }

}  // namespace innkeeper::dialects::enablex
