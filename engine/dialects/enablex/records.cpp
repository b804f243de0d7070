#include "engine/dialects/enablex/records.hpp"

#include "engine/base/time.hpp"
#include "engine/dialects/enablex/page.hpp"
#include "engine/dialects/enablex/rooms.hpp"
#include "engine/domain/rooms.hpp"
#include "engine/json/outline.hpp"

#include <algorithm>
#include <functional>

namespace innkeeper::dialects::enablex {

namespace {

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
constexpr auto permissions = json::outline<Permissions>(
    "Permissions", json::row<Permissions>("publish", &Permissions::publish, ""),
    json::row<Permissions>("subscribe", &Permissions::subscribe, ""), json::row<Permissions>("record", &Permissions::record, ""),
    json::row<Permissions>("stats", &Permissions::stats, ""),
    json::row<Permissions>("controlhandlers", &Permissions::controls, ""));

struct User {
  const Participation& who;
  Permissions may;
};
constexpr auto user =
    json::outline<User>("User",
                        json::row<User>(
                            "name", [](const User& user) -> const std::string& { return user.who.name; }, ""),
                        json::row<User>(
                            "user_ref", [](const User& user) -> const std::string& { return user.who.user_ref; },
                            "Who it is, in the application's words"),
                        json::row<User>(
                            "role", [](const User& user) -> const std::string& { return user.who.role; }, ""),
                        json::row<User>("permissions", &User::may, json::nested<permissions>, ""));

// ---- call records ------------------------------------------------------------------------------------------------------------

/// Thousandths as a decimal number, without quotation marks.
struct Thousandths {
  void write(Writer& out, std::int64_t thousandths) const {
    auto digits = std::to_string(1'000 + thousandths % 1'000);
    digits[0] = '.';
    out.raw(std::to_string(thousandths / 1'000) + digits);
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("number");
  }
};
struct Stamp {
  void write(Writer& out, Instant at) const { out.plain_string(to_stamp(at)); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("string").key("format").string("date-time");
  }
};
struct HexId {
  void write(Writer& out, Id id) const { out.plain_string(to_hex24(id)); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("string");
  }
};

Instant end_of(const Call& call) { return call.participation.closed_at.value_or(Instant{}); }
Instant begin_of(const Call& call) {
  return call.participation.joined_at.value_or(call.session.started_at.value_or(end_of(call)));
}
std::int64_t milliseconds_of(const Call& call) {
  return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::milliseconds>(end_of(call) - begin_of(call)).count());
}
/// Thousandths of minutes.
std::int64_t minutes_of(std::int64_t seconds) { return seconds * 1'000 / 60; }

template <auto member>
constexpr auto of_session = [](const Call& call) -> const auto& {
  return call.session.*member;
};
template <auto member>
constexpr auto of_user = [](const Call& call) -> const auto& {
  return call.participation.*member;
};

/// A kind of media that was sent or not, as the texts `true` and `false`.
template <class Name>
constexpr auto track(std::string_view name, Name) {
  return json::row<Call>(
      name,
      [](const Call& call) -> std::string_view {
        constexpr std::string_view sent = Name::value;
        return call.participation.published.text.find(sent) != std::string::npos ? "true" : "false";
      },
      "true or false");
}
struct Audio {
  static constexpr std::string_view value = R"("audio":true)";
};
struct Data {
  static constexpr std::string_view value = R"("data":true)";
};
struct Video {
  static constexpr std::string_view value = R"("video":true)";
};
struct Screen {
  static constexpr std::string_view value = R"("screen":true)";
};
struct Url {
  static constexpr std::string_view value = R"("url":true)";
};

constexpr auto room_details = json::outline<Call>("RoomDetails", json::row<Call>("name", of_session<&Session::room_name>, ""),
                                                  json::row<Call>("owner_ref", of_session<&Session::owner_ref>, ""));
constexpr auto room_part = json::outline<Call>(
    "CallRoom", json::row<Call>("room_id", of_session<&Session::room_uid>, ""),
    json::row<Call>("connect_dt", begin_of, Stamp{}, ""), json::row<Call>("disconnect_dt", end_of, Stamp{}, ""),
    json::row<Call>("duration", milliseconds_of, Thousandths{}, "Seconds"),
    json::row<Call>("room_details", std::identity{}, json::nested<room_details>, "As it was when the session began"));
constexpr auto user_part = json::outline<Call>(
    "CallUser", json::row<Call>("ip", of_user<&Participation::ip>, ""),
    json::row<Call>("name", of_user<&Participation::name>, ""), json::row<Call>("role", of_user<&Participation::role>, ""),
    json::row<Call>("ref", of_user<&Participation::user_ref>, ""), json::row<Call>("agent", of_user<&Participation::agent>, ""),
    json::row<Call>("token", of_user<&Participation::token_uid>, "The tokenId"),
    json::row<Call>("confName", of_session<&Session::room_name>, ""));
constexpr auto signalling_part = json::outline<Call>(
    "CallSignalling", json::row<Call>("connect_dt", begin_of, Stamp{}, ""),
    json::row<Call>(
        "ip", [](const Call&) { return std::string_view{}; }, ""),
    json::row<Call>("disconnect_dt", end_of, Stamp{}, ""), json::row<Call>("duration", milliseconds_of, Thousandths{}, "Seconds"),
    json::row<Call>(
        "hold_duration", [](const Call&) { return std::int64_t{0}; }, Thousandths{}, "Seconds"));
constexpr auto tracks = json::outline<Call>("PublishedTrack", track("audio", Audio{}), track("data", Data{}),
                                            track("video", Video{}), track("screen", Screen{}), track("url", Url{}));
constexpr auto usage = json::outline<Call>(
    "CallUsage",
    json::row<Call>(
        "subscribed_minutes", [](const Call& call) { return minutes_of(call.participation.subscribed_seconds); }, Thousandths{},
        ""),
    json::row<Call>(
        "published_minutes", [](const Call& call) { return minutes_of(call.participation.published_seconds); }, Thousandths{},
        ""));

/// One record, and whose it is.
struct Told {
  const Call& call;
  const std::string& app_id;
};
constexpr auto call_of = [](const Told& told) -> const Call& { return told.call; };
constexpr auto call_record = json::outline<Told>(
    "CallRecord",
    json::row<Told>(
        "trans_date", [](const Told& told) { return end_of(told.call); }, Stamp{}, ""),
    json::row<Told>(
        "conf_num", [](const Told& told) -> const std::string& { return told.call.session.uid; }, "The session"),
    json::row<Told>(
        "call_num", [](const Told& told) -> const std::string& { return told.call.participation.uid; }, "The connection"),
    json::row<Told>(
        "call_log_id", [](const Told& told) { return told.call.session.id; }, HexId{}, ""),
    json::row<Told>("room", call_of, json::nested<room_part>, ""), json::row<Told>("user", call_of, json::nested<user_part>, ""),
    json::row<Told>("sigserver", call_of, json::nested<signalling_part>, ""),
    json::row<Told>("published_track", call_of, json::nested<tracks>, ""),
    json::row<Told>("usage", call_of, json::nested<usage>, ""),
    json::row<Told>(
        "app_id", [](const Told& told) -> const std::string& { return told.app_id; }, ""),
    json::row<Told>(
        "cdr_id", [](const Told& told) { return told.call.participation.id; }, HexId{}, ""));

// ---- archives ----------------------------------------------------------------------------------------------------------------

constexpr auto file = json::outline<Recording>("ArchiveFile", json::row<Recording>("url", &Recording::url, ""));
/// The files of one kind.
struct Files {
  RecordingKind kind;
  void write(Writer& out, const Archive& archive) const {
    out.begin_array();
    for (const auto& each : archive.recordings)
      if (each.kind == kind) json::encode(out, file, each);
    out.end_array();
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("array").key("items").begin_object();
    json::describe(schema, file);
    schema.end_object();
  }
};
/// The newest file of a kind; empty if there is none.
template <RecordingKind kind>
constexpr auto newest = [](const Archive& archive) -> std::string_view {
  std::string_view url;
  for (const auto& each : archive.recordings)
    if (each.kind == kind) url = each.url;
  return url;
};
struct Kept {
  const Archive& archive;
  const std::string& app_id;
};
constexpr auto archive_of = [](const Kept& kept) -> const Archive& { return kept.archive; };
constexpr auto archive_record = json::outline<Kept>(
    "ArchiveRecord",
    json::row<Kept>(
        "_id", [](const Kept& kept) { return kept.archive.session.id; }, HexId{}, ""),
    json::row<Kept>(
        "trans_date", [](const Kept& kept) { return kept.archive.session.ended_at.value_or(Instant{}); }, Stamp{}, ""),
    json::row<Kept>(
        "conf_num", [](const Kept& kept) -> const std::string& { return kept.archive.session.uid; }, "The session"),
    json::row<Kept>(
        "app_id", [](const Kept& kept) -> const std::string& { return kept.app_id; }, ""),
    json::row<Kept>(
        "room_id", [](const Kept& kept) -> const std::string& { return kept.archive.session.room_uid; }, ""),
    json::row<Kept>("recording", archive_of, Files{RecordingKind::recording}, ""),
    json::row<Kept>("transcoded", archive_of, Files{RecordingKind::transcoded}, ""),
    json::row<Kept>(
        "chatdata", [](const Kept& kept) { return newest<RecordingKind::chat>(kept.archive); }, "Empty if there is none"),
    json::row<Kept>(
        "metadata", [](const Kept& kept) { return newest<RecordingKind::metadata>(kept.archive); }, "Empty if there is none"));

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
  RecordsPiece piece;
  if (!wanted.after) piece.text = head;
  json::Elements elements(piece.text, wanted.after && wanted.after->has_elements);
  for (const auto& each : part->items) elements.add([&](Writer& out) { write(out, each, app->uid); });
  if (part->next)
    piece.next = {.at = std::move(*part->next), .has_elements = elements.has_some()};
  else
    piece.text += "]}";
  return piece;
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
  RecordsPiece piece;
  if (!wanted.after) {
    auto total = domain::count_present(tx, *room);
    if (!total) return total.error();
    piece.text = R"({"result":0,"total":)" + std::to_string(*total) + R"(,"users":[)";
  }
  json::Elements elements(piece.text, wanted.after && wanted.after->has_elements);
  for (const auto& each : part->items)
    elements.add([&](Writer& out) {
      json::encode(out, user, User{each, permissions_of(each.role, room->mode == RoomMode::lecture)});
    });
  if (part->next)
    piece.next = {.at = std::move(*part->next), .has_elements = elements.has_some()};
  else
    piece.text += "]}";
  return piece;
}

Result<RecordsPiece> do_calls(Transaction& tx, const Context& context, const Wanted& wanted) {
  return piece_of<sessions::calls>(tx, context, wanted, R"({"result":0,"cdr":[)",
                                   [](Writer& out, const Call& call, const std::string& app) {
                                     json::encode(out, call_record, {call, app});
                                   });
}

Result<RecordsPiece> do_archives(Transaction& tx, const Context& context, const Wanted& wanted) {
  return piece_of<sessions::archives>(tx, context, wanted, R"({"result":0,"archive":[)",
                                      [](Writer& out, const Archive& archive, const std::string& app) {
                                        json::encode(out, archive_record, {archive, app});
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
         json::schema_of_shown<json::list_of<user>>() + R"(},"required":["result","total","users"]})";
}
std::string calls_schema() { return envelope_schema("CallRecords", "cdr", json::schema_of_shown<json::list_of<call_record>>()); }
std::string archives_schema() {
  return envelope_schema("Archives", "archive", json::schema_of_shown<json::list_of<archive_record>>());
}
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
