#include "engine/dialects/enablex/records.hpp"

#include <innkeeper/contract/properties.hpp>

#include "engine/base/time.hpp"
#include "engine/dialects/enablex/page.hpp"
#include "engine/dialects/enablex/rooms.hpp"
#include "engine/domain/rooms.hpp"
#include "engine/json/codecs.hpp"

#include <algorithm>

namespace innkeeper::dialects::enablex {

namespace {

using contract::itself;
using contract::nested;
using contract::Properties;
using contract::Property;
using contract::show;
using json::Writer;
using sessions::Archive;
using sessions::Call;

// ---- who is there ------------------------------------------------------------------------------------------------------------

/// What somebody in a role may do (§5.6).
struct Permissions {
  bool publish, subscribe, record, stats, controls;
};
Permissions permissions_of(std::string_view role, bool is_lecture) {
  if (role == name_of(JoinRole::moderator)) return {true, true, true, true, true};
  if (role == name_of(JoinRole::viewer)) return {false, true, false, true, false};
  return {!is_lecture, true, false, true, true};
}
constexpr Property permissions_properties[] = {
    show<&Permissions::publish>("publish"), show<&Permissions::subscribe>("subscribe"),      show<&Permissions::record>("record"),
    show<&Permissions::stats>("stats"),     show<&Permissions::controls>("controlhandlers"),
};
constexpr Properties<Permissions> permissions{"Permissions", permissions_properties};

struct User {
  const Participation& who;
  Permissions may;
};
template <auto member>
const std::string& of_participant(const User& user) {
  return user.who.*member;
}
constexpr Property user_properties[] = {
    show<of_participant<&Participation::name>>("name"),
    show<of_participant<&Participation::user_ref>>("user_ref", "Who it is, in the application's words"),
    show<of_participant<&Participation::role>>("role"),
    show<&User::may, nested<permissions>>("permissions"),
};
constexpr Properties<User> user{"User", user_properties};

// ---- call records ------------------------------------------------------------------------------------------------------------

/// Thousandths as a decimal number, without quotation marks.
struct Thousandths {
  void write(Writer& out, std::int64_t thousandths) const {
    auto digits = std::to_string(1'000 + thousandths % 1'000);
    digits[0] = '.';
    out.raw(std::to_string(thousandths / 1'000) + digits);
  }
  void describe(Writer& schema) const { schema.key("type").string("number"); }
};
constexpr Thousandths thousandths{};
struct Stamp {
  void write(Writer& out, Instant at) const { out.plain_string(to_stamp(at)); }
  void describe(Writer& schema) const { schema.key("type").string("string").key("format").string("date-time"); }
};
constexpr Stamp stamp{};
struct HexId {
  void write(Writer& out, Id id) const { out.plain_string(to_hex24(id)); }
  void describe(Writer& schema) const { schema.key("type").string("string"); }
};
constexpr HexId hex_id{};

Instant end_of(const Call& call) { return call.participation.closed_at.value_or(Instant{}); }
Instant begin_of(const Call& call) {
  return call.participation.joined_at.value_or(call.session.started_at.value_or(end_of(call)));
}
std::int64_t milliseconds_of(const Call& call) {
  return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::milliseconds>(end_of(call) - begin_of(call)).count());
}
/// Thousandths of minutes.
template <auto seconds>
std::int64_t minutes_of(const Call& call) {
  return call.participation.*seconds * 1'000 / 60;
}
std::string_view no_address(const Call&) { return {}; }
std::int64_t no_time(const Call&) { return 0; }

template <auto member>
const auto& of_session(const Call& call) {
  return call.session.*member;
}
template <auto member>
const auto& of_user(const Call& call) {
  return call.participation.*member;
}

/// Whether a kind of media was sent, as the texts `true` and `false`.
template <const std::string_view& sent>
std::string_view was_sent(const Call& call) {
  return call.participation.published.text.find(sent) != std::string::npos ? "true" : "false";
}
constexpr std::string_view sent_audio = R"("audio":true)";
constexpr std::string_view sent_data = R"("data":true)";
constexpr std::string_view sent_video = R"("video":true)";
constexpr std::string_view sent_screen = R"("screen":true)";
constexpr std::string_view sent_url = R"("url":true)";

constexpr Property room_details_properties[] = {
    show<of_session<&Session::room_name>>("name"),
    show<of_session<&Session::owner_ref>>("owner_ref"),
};
constexpr Properties<Call> room_details{"RoomDetails", room_details_properties};
constexpr Property room_part_properties[] = {
    show<of_session<&Session::room_uid>>("room_id"),
    show<begin_of, stamp>("connect_dt"),
    show<end_of, stamp>("disconnect_dt"),
    show<milliseconds_of, thousandths>("duration", "Seconds"),
    show<itself<Call>, nested<room_details>>("room_details", "As it was when the session began"),
};
constexpr Properties<Call> room_part{"CallRoom", room_part_properties};
constexpr Property user_part_properties[] = {
    show<of_user<&Participation::ip>>("ip"),           show<of_user<&Participation::name>>("name"),
    show<of_user<&Participation::role>>("role"),       show<of_user<&Participation::user_ref>>("ref"),
    show<of_user<&Participation::agent>>("agent"),     show<of_user<&Participation::token_uid>>("token", "The tokenId"),
    show<of_session<&Session::room_name>>("confName"),
};
constexpr Properties<Call> user_part{"CallUser", user_part_properties};
constexpr Property signalling_part_properties[] = {
    show<begin_of, stamp>("connect_dt"),
    show<no_address>("ip"),
    show<end_of, stamp>("disconnect_dt"),
    show<milliseconds_of, thousandths>("duration", "Seconds"),
    show<no_time, thousandths>("hold_duration", "Seconds"),
};
constexpr Properties<Call> signalling_part{"CallSignalling", signalling_part_properties};
constexpr Property tracks_properties[] = {
    show<was_sent<sent_audio>>("audio", "true or false"), show<was_sent<sent_data>>("data", "true or false"),
    show<was_sent<sent_video>>("video", "true or false"), show<was_sent<sent_screen>>("screen", "true or false"),
    show<was_sent<sent_url>>("url", "true or false"),
};
constexpr Properties<Call> tracks{"PublishedTrack", tracks_properties};
constexpr Property usage_properties[] = {
    show<minutes_of<&Participation::subscribed_seconds>, thousandths>("subscribed_minutes"),
    show<minutes_of<&Participation::published_seconds>, thousandths>("published_minutes"),
};
constexpr Properties<Call> usage{"CallUsage", usage_properties};

/// One record, and whose it is.
struct Told {
  const Call& call;
  const std::string& app_id;
};
const Call& call_of(const Told& told) { return told.call; }
const std::string& app_of_told(const Told& told) { return told.app_id; }
Instant end_of_call(const Told& told) { return end_of(told.call); }
template <auto member>
const auto& session_of(const Told& told) {
  return told.call.session.*member;
}
template <auto member>
const auto& participation_of(const Told& told) {
  return told.call.participation.*member;
}
constexpr Property call_record_properties[] = {
    show<end_of_call, stamp>("trans_date"),
    show<session_of<&Session::uid>>("conf_num", "The session"),
    show<participation_of<&Participation::uid>>("call_num", "The connection"),
    show<session_of<&Session::id>, hex_id>("call_log_id"),
    show<call_of, nested<room_part>>("room"),
    show<call_of, nested<user_part>>("user"),
    show<call_of, nested<signalling_part>>("sigserver"),
    show<call_of, nested<tracks>>("published_track"),
    show<call_of, nested<usage>>("usage"),
    show<app_of_told>("app_id"),
    show<participation_of<&Participation::id>, hex_id>("cdr_id"),
};
constexpr Properties<Told> call_record{"CallRecord", call_record_properties};

// ---- archives ----------------------------------------------------------------------------------------------------------------

constexpr Property file_properties[] = {
    show<&Recording::url>("url"),
};
constexpr Properties<Recording> file{"ArchiveFile", file_properties};
/// The files of one kind.
struct Files {
  RecordingKind kind;
  void write(Writer& out, const Archive& archive) const {
    out.begin_array();
    for (const auto& each : archive.recordings)
      if (each.kind == kind) contract::encode(out, file, each);
    out.end_array();
  }
  void describe(Writer& schema) const { contract::describe_array(schema, file); }
};
constexpr Files recordings{RecordingKind::recording};
constexpr Files transcoded{RecordingKind::transcoded};
/// An archive, and whose it is.
struct Kept {
  const Archive& archive;
  const std::string& app_id;
};
const Archive& archive_of(const Kept& kept) { return kept.archive; }
const std::string& app_of_kept(const Kept& kept) { return kept.app_id; }
Instant end_of_session(const Kept& kept) { return kept.archive.session.ended_at.value_or(Instant{}); }
template <auto member>
const auto& archived(const Kept& kept) {
  return kept.archive.session.*member;
}
/// The newest file of a kind; empty if there is none.
template <RecordingKind kind>
std::string_view newest(const Kept& kept) {
  std::string_view url;
  for (const auto& each : kept.archive.recordings)
    if (each.kind == kind) url = each.url;
  return url;
}
constexpr Property archive_record_properties[] = {
    show<archived<&Session::id>, hex_id>("_id"),
    show<end_of_session, stamp>("trans_date"),
    show<archived<&Session::uid>>("conf_num", "The session"),
    show<app_of_kept>("app_id"),
    show<archived<&Session::room_uid>>("room_id"),
    show<archive_of, recordings>("recording"),
    show<archive_of, transcoded>("transcoded"),
    show<newest<RecordingKind::chat>>("chatdata", "Empty if there is none"),
    show<newest<RecordingKind::metadata>>("metadata", "Empty if there is none"),
};
constexpr Properties<Kept> archive_record{"ArchiveRecord", archive_record_properties};

// ---- dial-in -----------------------------------------------------------------------------------------------------------------

constexpr std::string_view no_dial_in =
    R"(,"app_key":"","settings":{"sip":false},"sip":{"server_url":"","username":"","password":"","sig_servers":[],)"
    R"("media_servers":[]},"dialin":[]})";

/// Midnight of a day spelled `YYYY-MM-DD`, in UTC.
std::optional<Instant> day_of(std::string_view text) {
  constexpr std::size_t size = 10;
  return text.size() == size ? base::from_rfc3339(std::string{text}.append("T00:00:00Z")) : std::nullopt;
}

/// A part of what was asked for, as text. `write(out, record, uid of the app)` writes one record.
template <const auto& operation, class Write>
Result<RecordsPiece> piece_of(Transaction& tx, const Context& context, const Wanted& wanted, std::string_view head, Write write) {
  auto app = apps::open(tx, context, wanted.inquiry.app);
  if (!app) return app.error();
  auto inquiry = wanted.inquiry;
  if (wanted.after) inquiry.after = wanted.after->at;
  auto part = operation.run(tx, context, inquiry);
  if (!part) return part.error();
  json::PieceWriter<sessions::Place> piece(wanted.after, head);
  for (const auto& each : part->items) piece.add([&](Writer& out) { write(out, each, app->uid); });
  return piece.finish(std::move(part->next), "]}");
}

}  // namespace

Result<UsersWanted> read_users(const innkeeper::Call& call) {
  auto room = read_room(call);
  if (!room) return room.error();
  return UsersWanted{.room = std::move(*room)};
}

Result<RecordsPiece> do_users(Transaction& tx, const Context& context, const UsersWanted& wanted) {
  auto room = rooms::open(tx, context, wanted.room);
  if (!room) return room.error();
  auto part = domain::present_part(tx, *room, wanted.after ? std::optional{wanted.after->at} : std::nullopt);
  if (!part) return part.error();
  std::string head;
  if (!wanted.after) {
    auto total = domain::count_present(tx, *room);
    if (!total) return total.error();
    head = R"({"result":0,"total":)" + std::to_string(*total) + R"(,"users":[)";
  }
  json::PieceWriter<sessions::Place> piece(wanted.after, head);
  for (const auto& each : part->items)
    piece.add([&](Writer& out) {
      contract::encode(out, user, User{each, permissions_of(each.role, room->mode == RoomMode::lecture)});
    });
  return piece.finish(std::move(part->next), "]}");
}

Result<RecordsPiece> do_calls(Transaction& tx, const Context& context, const Wanted& wanted) {
  return piece_of<sessions::calls>(tx, context, wanted, R"({"result":0,"cdr":[)",
                                   [](Writer& out, const Call& call, const std::string& app) {
                                     contract::encode(out, call_record, {call, app});
                                   });
}

Result<RecordsPiece> do_archives(Transaction& tx, const Context& context, const Wanted& wanted) {
  return piece_of<sessions::archives>(tx, context, wanted, R"({"result":0,"archive":[)",
                                      [](Writer& out, const Archive& archive, const std::string& app) {
                                        contract::encode(out, archive_record, {archive, app});
                                      });
}

Result<App> do_dial_in(Transaction& tx, const Context& context, const Nothing&) { return apps::open(tx, context, {}); }

Result<Nothing> read_nothing(const innkeeper::Call&) { return Nothing{}; }

Result<Wanted> read_wanted(const innkeeper::Call& call) {
  Wanted all;
  auto& wanted = all.inquiry;
  const auto text_of = [&](std::string_view name) {
    const auto text = call.path[name];
    return text.empty() ? std::nullopt : std::optional{std::string{text}};
  };
  wanted.room = text_of("room_id");
  wanted.session = text_of("conf_num");
  if (const auto from = call.path["from_date"]; !from.empty()) {
    wanted.from = day_of(from);
    if (!wanted.from) return fault("10204", "from_date must be a day, YYYY-MM-DD");
    const auto last = day_of(call.path["to_date"]);
    if (!last || *last < *wanted.from) return fault("10203", "to_date must be a day, YYYY-MM-DD, not before from_date");
    wanted.until = *last + std::chrono::days{1};
  }
  return all;
}

void write_dial_in(const App& app, const Context&, Response& response) {
  response.body = R"({"result":0,"_id":")" + to_hex24(app.id) + '"';
  response.body += no_dial_in;
  say_json(response);
}

std::string users_schema() {
  return R"({"title":"Users","type":"object","properties":{"result":{"type":"integer","const":0},"total":{"type":"integer"},)"
         R"("users":)" +
         contract::array_schema(user) + R"(},"required":["result","total","users"]})";
}
std::string calls_schema() { return envelope_schema("CallRecords", "cdr", contract::array_schema(call_record)); }
std::string archives_schema() { return envelope_schema("Archives", "archive", contract::array_schema(archive_record)); }
std::string dial_in_schema() {
  return R"({"title":"DialIn","type":"object","properties":{"result":{"type":"integer","const":0},"_id":{"type":"string"},)"
         R"("app_key":{"type":"string","const":""},)"
         R"("settings":{"type":"object","properties":{"sip":{"type":"boolean"}},"required":["sip"]},)"
         R"("sip":{"type":"object","properties":{"server_url":{"type":"string"},"username":{"type":"string"},)"
         R"("password":{"type":"string"},"sig_servers":{"type":"array","items":{"type":"string"}},)"
         R"("media_servers":{"type":"array","items":{"type":"string"}}},)"
         R"("required":["server_url","username","password","sig_servers","media_servers"]},)"
         R"("dialin":{"type":"array","items":{"type":"object","additionalProperties":true},"description":"There are none"}},)"
         R"("required":["result","_id","app_key","settings","sip","dialin"]})";
}

}  // namespace innkeeper::dialects::enablex
