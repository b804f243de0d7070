#include <innkeeper/json/codecs.hpp>

#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/dialects/enablex/wire.hpp"
#include "engine/domain/rooms.hpp"

#include <algorithm>

/// Who is in a room (§5.6), and what is known of sessions that are over (§7, §8).
namespace innkeeper::dialects::enablex {

namespace {

using contract::Envelope;
using contract::itself;
using contract::nested;
using contract::Properties;
using contract::Property;
using contract::show;
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
/// 24 hexadecimal digits that stand for an id.
struct HexId {
  void write(Writer& out, Id id) const {
    std::array<std::byte, 12> bytes{};
    auto rest = static_cast<std::uint64_t>(number(id));
    for (std::size_t i = bytes.size(); rest > 0; rest >>= 8U) bytes[--i] = static_cast<std::byte>(rest & 0xffU);
    out.plain_string(base::to_hex(bytes));
  }
  void describe(Writer& schema) const { schema.key("type").string("string"); }
};
constexpr HexId hex_id{};

/// A record, and whose it is.
template <class Row>
struct Recorded {
  const Row& row;
  const std::string& app_id;
};
using CallOfApp = Recorded<Call>;
using ArchiveOfApp = Recorded<Archive>;
template <class Row>
const std::string& app_of(const Recorded<Row>& recorded) {
  return recorded.app_id;
}
template <auto member, class Row = Call>
const auto& of_session(const Recorded<Row>& recorded) {
  return recorded.row.session.*member;
}
template <auto member>
const auto& of_user(const CallOfApp& item) {
  return item.row.participation.*member;
}

Instant end_of(const CallOfApp& item) { return item.row.participation.closed_at.value_or(Instant{}); }
Instant begin_of(const CallOfApp& item) {
  return item.row.participation.joined_at.value_or(item.row.session.started_at.value_or(end_of(item)));
}
std::int64_t milliseconds_of(const CallOfApp& item) {
  return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::milliseconds>(end_of(item) - begin_of(item)).count());
}
/// Thousandths of minutes.
template <auto seconds>
std::int64_t minutes_of(const CallOfApp& item) {
  return item.row.participation.*seconds * 1'000 / 60;
}
std::string_view no_address(const CallOfApp&) { return {}; }
std::int64_t no_time(const CallOfApp&) { return 0; }

/// Whether a kind of media was sent, as the texts `true` and `false`.
template <const std::string_view& sent>
std::string_view was_sent(const CallOfApp& item) {
  return item.row.participation.published.text.find(sent) != std::string::npos ? "true" : "false";
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
constexpr Properties<CallOfApp> room_details{"RoomDetails", room_details_properties};
constexpr Property room_part_properties[] = {
    show<of_session<&Session::room_uid>>("room_id"),
    show<begin_of, stamp>("connect_dt"),
    show<end_of, stamp>("disconnect_dt"),
    show<milliseconds_of, thousandths>("duration", "Seconds"),
    show<itself<CallOfApp>, nested<room_details>>("room_details", "As it was when the session began"),
};
constexpr Properties<CallOfApp> room_part{"CallRoom", room_part_properties};
constexpr Property user_part_properties[] = {
    show<of_user<&Participation::ip>>("ip"),           show<of_user<&Participation::name>>("name"),
    show<of_user<&Participation::role>>("role"),       show<of_user<&Participation::user_ref>>("ref"),
    show<of_user<&Participation::agent>>("agent"),     show<of_user<&Participation::token_uid>>("token", "The tokenId"),
    show<of_session<&Session::room_name>>("confName"),
};
constexpr Properties<CallOfApp> user_part{"CallUser", user_part_properties};
constexpr Property signalling_part_properties[] = {
    show<begin_of, stamp>("connect_dt"),
    show<no_address>("ip"),
    show<end_of, stamp>("disconnect_dt"),
    show<milliseconds_of, thousandths>("duration", "Seconds"),
    show<no_time, thousandths>("hold_duration", "Seconds"),
};
constexpr Properties<CallOfApp> signalling_part{"CallSignalling", signalling_part_properties};
constexpr Property tracks_properties[] = {
    show<was_sent<sent_audio>>("audio", "true or false"), show<was_sent<sent_data>>("data", "true or false"),
    show<was_sent<sent_video>>("video", "true or false"), show<was_sent<sent_screen>>("screen", "true or false"),
    show<was_sent<sent_url>>("url", "true or false"),
};
constexpr Properties<CallOfApp> tracks{"PublishedTrack", tracks_properties};
constexpr Property usage_properties[] = {
    show<minutes_of<&Participation::subscribed_seconds>, thousandths>("subscribed_minutes"),
    show<minutes_of<&Participation::published_seconds>, thousandths>("published_minutes"),
};
constexpr Properties<CallOfApp> usage{"CallUsage", usage_properties};

constexpr Property call_record_properties[] = {
    show<end_of, stamp>("trans_date"),
    show<of_session<&Session::uid>>("conf_num", "The session"),
    show<of_user<&Participation::uid>>("call_num", "The connection"),
    show<of_session<&Session::id>, hex_id>("call_log_id"),
    show<itself<CallOfApp>, nested<room_part>>("room"),
    show<itself<CallOfApp>, nested<user_part>>("user"),
    show<itself<CallOfApp>, nested<signalling_part>>("sigserver"),
    show<itself<CallOfApp>, nested<tracks>>("published_track"),
    show<itself<CallOfApp>, nested<usage>>("usage"),
    show<app_of<Call>>("app_id"),
    show<of_user<&Participation::id>, hex_id>("cdr_id"),
};
constexpr Properties<CallOfApp> call_record{"CallRecord", call_record_properties};

// ---- archives ----------------------------------------------------------------------------------------------------------------

constexpr Property file_properties[] = {show<&Recording::url>("url")};
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
const Archive& archive_of(const ArchiveOfApp& item) { return item.row; }
Instant end_of_session(const ArchiveOfApp& item) { return item.row.session.ended_at.value_or(Instant{}); }
/// The newest file of a kind; empty if there is none.
template <RecordingKind kind>
std::string_view newest(const ArchiveOfApp& item) {
  std::string_view url;
  for (const auto& each : item.row.recordings)
    if (each.kind == kind) url = each.url;
  return url;
}
constexpr Property archive_record_properties[] = {
    show<of_session<&Session::id, Archive>, hex_id>("_id"),
    show<end_of_session, stamp>("trans_date"),
    show<of_session<&Session::uid, Archive>>("conf_num", "The session"),
    show<app_of<Archive>>("app_id"),
    show<of_session<&Session::room_uid, Archive>>("room_id"),
    show<archive_of, recordings>("recording"),
    show<archive_of, transcoded>("transcoded"),
    show<newest<RecordingKind::chat>>("chatdata", "Empty if there is none"),
    show<newest<RecordingKind::metadata>>("metadata", "Empty if there is none"),
};
constexpr Properties<ArchiveOfApp> archive_record{"ArchiveRecord", archive_record_properties};

// ---- dial-in -----------------------------------------------------------------------------------------------------------------

constexpr contract::Constant no_text{R"("")"};
bool has_sip(const App&) { return false; }
std::string_view no_name(const App&) { return {}; }
std::vector<std::string> no_servers(const App&) { return {}; }
struct NoNumbers {
  void write(Writer& out, const App&) const { out.begin_array().end_array(); }
  void describe(Writer& schema) const {
    schema.key("type").string("array").key("items").begin_object().key("type").string("object");
    schema.key("additionalProperties").boolean(true).end_object();
  }
};
constexpr NoNumbers no_numbers{};
constexpr Property dial_in_settings_properties[] = {show<has_sip>("sip")};
constexpr Properties<App> dial_in_settings{"", dial_in_settings_properties};
constexpr Property dial_in_server_properties[] = {
    show<no_name>("server_url"),     show<no_name>("username"),         show<no_name>("password"),
    show<no_servers>("sig_servers"), show<no_servers>("media_servers"),
};
constexpr Properties<App> dial_in_server{"", dial_in_server_properties};
/// There is nothing to dial in with.
constexpr Property dial_in_properties[] = {
    show<&App::id, hex_id>("_id"),
    contract::always<App, no_text>("app_key"),
    show<itself<App>, nested<dial_in_settings>>("settings"),
    show<itself<App>, nested<dial_in_server>>("sip"),
    show<itself<App>, no_numbers>("dialin", "There are none"),
};
constexpr Properties<App> dial_in_numbers{"DialIn", dial_in_properties};

// ---- requests and answers ----------------------------------------------------------------------------------------------------

std::int64_t total_of(const contract::Success& success) { return success.count; }
constexpr Property total_properties[] = {show<total_of>("total")};
constexpr Properties<contract::Success> result_and_total{"", result, total_properties};
constexpr Envelope users_found{.title = "Users", .before = &result_and_total, .member = "users", .is_list = true};
constexpr Envelope calls_found{.title = "CallRecords", .before = &result, .member = "cdr", .is_list = true};
constexpr Envelope archives_found{.title = "Archives", .before = &result, .member = "archive", .is_list = true};
constexpr Envelope numbers_found{.title = "DialIn", .before = &result};

/// Midnight of a day spelled `YYYY-MM-DD`, in UTC.
std::optional<Instant> day_of(std::string_view text) {
  constexpr std::size_t size = 10;
  return text.size() == size ? base::from_rfc3339(std::string{text}.append("T00:00:00Z")) : std::nullopt;
}

using sessions::RecordCursor;
using RecordsPiece = json::Piece<RecordCursor>;

/// Which records, from where in their list.
struct Wanted {
  sessions::RecordQuery record_query{};
  std::optional<json::Bookmark<RecordCursor>> after{};
};

/// A part of a list as text. `write(out, item)` writes one.
template <class Part, class Write>
RecordsPiece piece_of(Part&& part, const std::optional<json::Bookmark<RecordCursor>>& after, const Envelope& envelope,
                      const contract::Success& success, Write write) {
  json::PieceWriter<RecordCursor> piece(after, contract::head_of(envelope, success));
  for (const auto& each : part.items) piece.add([&](Writer& out) { write(out, each); });
  return piece.finish(std::move(part.next), contract::tail_of(envelope, success));
}

/// Those in a room, from where in their list.
struct UsersWanted {
  Ref room{};
  std::optional<json::Bookmark<RecordCursor>> after{};
};

Result<UsersWanted> read_users(const innkeeper::Call& call) { return UsersWanted{.room = room_in(call.path)}; }

Result<RecordsPiece> do_users(Transaction& tx, const Context& context, const UsersWanted& wanted) {
  auto room = rooms::open(tx, context, wanted.room);
  if (!room) return room.error();
  auto part = domain::present_part(tx, *room, wanted.after ? std::optional{wanted.after->at} : std::nullopt);
  if (!part) return part.error();
  contract::Success success{context};
  if (!wanted.after) {
    auto total = domain::count_present(tx, *room);
    if (!total) return total.error();
    success.count = *total;
  }
  return piece_of(std::move(*part), wanted.after, users_found, success, [&](Writer& out, const Participation& who) {
    contract::encode(out, user, User{who, permissions_of(who.role, room->mode == RoomMode::lecture)});
  });
}

/// `table` shows a record and the uid of its app.
template <const auto& operation, const Envelope& envelope, const auto& table>
Result<RecordsPiece> do_records(Transaction& tx, const Context& context, const Wanted& wanted) {
  auto app = apps::open(tx, context, wanted.record_query.app);
  if (!app) return app.error();
  auto record_query = wanted.record_query;
  if (wanted.after) record_query.after = wanted.after->at;
  auto part = operation.run(tx, context, record_query);
  if (!part) return part.error();
  return piece_of(std::move(*part), wanted.after, envelope, {context}, [&](Writer& out, const auto& row) {
    contract::encode(out, table, {row, app->uid});
  });
}

Result<App> do_dial_in(Transaction& tx, const Context& context, const Nothing&) { return apps::open(tx, context, {}); }

Result<Nothing> read_nothing(const innkeeper::Call&) { return Nothing{}; }

/// From what the path names of `room_id`, `from_date`, `to_date` and `conf_num`. Both days are included, in UTC.
Result<Wanted> read_wanted(const innkeeper::Call& call) {
  Wanted all;
  auto& wanted = all.record_query;
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

void write_dial_in(const App& app, const Context& context, Response& response) {
  write_answer(numbers_found, dial_in_numbers, app, context, response);
}

constexpr Operation<UsersWanted, RecordsPiece> users{rooms::present.name, Access::read, do_users};
constexpr Operation<Wanted, RecordsPiece> calls{sessions::calls.name, Access::read,
                                                do_records<sessions::calls, calls_found, call_record>};
constexpr Operation<Wanted, RecordsPiece> archives{sessions::archives.name, Access::read,
                                                   do_records<sessions::archives, archives_found, archive_record>};
constexpr Operation<Nothing, App> numbers{"enablex.dial_in", Access::read, do_dial_in};

}  // namespace

constinit const Handler list_users =
    serve_feed<users, read_users, write_piece<RecordCursor>, json::follow_list<users, UsersWanted, RecordCursor>>;
constinit const Handler list_calls =
    serve_feed<calls, read_wanted, write_piece<RecordCursor>, json::follow_list<calls, Wanted, RecordCursor>>;
constinit const Handler list_archives =
    serve_feed<archives, read_wanted, write_piece<RecordCursor>, json::follow_list<archives, Wanted, RecordCursor>>;
constinit const Handler dial_in = serve<numbers, read_nothing, write_dial_in>;

std::string users_schema() { return contract::schema(users_found, user); }
std::string calls_schema() { return contract::schema(calls_found, call_record); }
std::string archives_schema() { return contract::schema(archives_found, archive_record); }
std::string dial_in_schema() { return contract::schema(numbers_found, dial_in_numbers); }

}  // namespace innkeeper::dialects::enablex
