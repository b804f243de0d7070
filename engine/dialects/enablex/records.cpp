#include "engine/base/time.hpp"
#include "engine/dialects/enablex/wire.hpp"
#include "engine/domain/rooms.hpp"

/// Who is in a room (§5.6), and what is known of sessions that are over (§7, §8).
namespace innkeeper::dialects::enablex {

struct User {
  Participation who;
  bool is_in_lecture;
};
struct CallOfApp {
  sessions::Call call;
  std::string app_id;
};
struct ArchiveOfApp {
  sessions::Archive archive;
  std::string app_id;
};

namespace {

// ---- who is there ------------------------------------------------------------------------------------------------------------

/// What somebody in a role may do (§5.6).
bool may_all(const User&) { return true; }
bool is_moderator(const User& user) { return user.who.role == name_of(JoinRole::moderator); }
bool is_no_viewer(const User& user) { return user.who.role != name_of(JoinRole::viewer); }
bool may_publish(const User& user) { return is_moderator(user) || (is_no_viewer(user) && !user.is_in_lecture); }
constexpr Members permissions{"Permissions",
                              {show<may_publish>("publish"), show<may_all>("subscribe"), show<is_moderator>("record"),
                               show<may_all>("stats"), show<is_no_viewer>("controlhandlers")}};

constexpr Members user{
    "User",
    {show<of<&User::who, &Participation::name>>("name"),
     show<of<&User::who, &Participation::user_ref>>("user_ref", "Who it is, in the application's words"),
     show<of<&User::who, &Participation::role>>("role"), show<itself<User>, nested<permissions>>("permissions")}};

// ---- call records ------------------------------------------------------------------------------------------------------------

/// Thousandths as a decimal number, without quotation marks.
struct Thousandths {
  void write(Writer& out, std::int64_t thousandths) const {
    out.raw(std::to_string(thousandths / 1'000) + '.' + std::to_string(1'000 + thousandths % 1'000).substr(1));
  }
  void describe(Writer& schema) const { schema.key("type").string("number"); }
};
constexpr Thousandths thousandths{};
/// 24 hexadecimal digits that stand for an id.
struct HexId : json::CodecOf<std::string> {
  void write(Writer& out, Id id) const {
    std::string digits(24, '0');
    auto place = digits.rbegin();
    for (auto rest = number(id); rest > 0; rest /= 16) *place++ = "0123456789abcdef"[rest % 16];
    out.plain_string(digits);
  }
};
constexpr HexId hex_id{};
/// Whether a kind of media was sent, as the texts `true` and `false`.
struct WasSent : json::CodecOf<std::string> {
  std::string_view member;
  constexpr explicit WasSent(std::string_view sent) : member(sent) {}
  void write(Writer& out, const JsonText& published) const {
    out.plain_string(published.text.find(member) != std::string::npos ? yes : no);
  }
};
constexpr WasSent audio{R"("audio":true)"}, data{R"("data":true)"}, video{R"("video":true)"}, screen{R"("screen":true)"},
    url{R"("url":true)"};

template <auto member>
constexpr auto of_session = of<&CallOfApp::call, &sessions::Call::session, member>;
template <auto member>
constexpr auto of_user = of<&CallOfApp::call, &sessions::Call::participation, member>;

Instant end_of(const CallOfApp& item) { return item.call.participation.closed_at.value_or(Instant{}); }
Instant begin_of(const CallOfApp& item) {
  return item.call.participation.joined_at.value_or(item.call.session.started_at.value_or(end_of(item)));
}
std::int64_t milliseconds_of(const CallOfApp& item) {
  return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::milliseconds>(end_of(item) - begin_of(item)).count());
}
/// Thousandths of minutes.
template <auto seconds>
std::int64_t minutes_of(const CallOfApp& item) {
  return item.call.participation.*seconds * 1'000 / 60;
}
std::string_view no_address(const CallOfApp&) { return {}; }
std::int64_t no_time(const CallOfApp&) { return 0; }

constexpr Members room_details{
    "RoomDetails", {show<of_session<&Session::room_name>>("name"), show<of_session<&Session::owner_ref>>("owner_ref")}};
constexpr Members room_part{"CallRoom",
                            {
                                show<of_session<&Session::room_uid>>("room_id"),
                                show<begin_of, in_milliseconds>("connect_dt"),
                                show<end_of, in_milliseconds>("disconnect_dt"),
                                show<milliseconds_of, thousandths>("duration", "Seconds"),
                                show<itself<CallOfApp>, nested<room_details>>("room_details", "As it was when the session began"),
                            }};
constexpr Members user_part{"CallUser",
                            {
                                show<of_user<&Participation::ip>>("ip"),
                                show<of_user<&Participation::name>>("name"),
                                show<of_user<&Participation::role>>("role"),
                                show<of_user<&Participation::user_ref>>("ref"),
                                show<of_user<&Participation::agent>>("agent"),
                                show<of_user<&Participation::token_uid>>("token", "The tokenId"),
                                show<of_session<&Session::room_name>>("confName"),
                            }};
constexpr Members signalling_part{
    "CallSignalling",
    {show<begin_of, in_milliseconds>("connect_dt"), show<no_address>("ip"), show<end_of, in_milliseconds>("disconnect_dt"),
     show<milliseconds_of, thousandths>("duration", "Seconds"), show<no_time, thousandths>("hold_duration", "Seconds")}};
constexpr Members tracks{"PublishedTrack",
                         {show<of_user<&Participation::published>, audio>("audio", "true or false"),
                          show<of_user<&Participation::published>, data>("data", "true or false"),
                          show<of_user<&Participation::published>, video>("video", "true or false"),
                          show<of_user<&Participation::published>, screen>("screen", "true or false"),
                          show<of_user<&Participation::published>, url>("url", "true or false")}};
constexpr Members usage{"CallUsage",
                        {show<minutes_of<&Participation::subscribed_seconds>, thousandths>("subscribed_minutes"),
                         show<minutes_of<&Participation::published_seconds>, thousandths>("published_minutes")}};

constexpr Members call_record{"CallRecord",
                              {
                                  show<end_of, in_milliseconds>("trans_date"),
                                  show<of_session<&Session::uid>>("conf_num", "The session"),
                                  show<of_user<&Participation::uid>>("call_num", "The connection"),
                                  show<of_session<&Session::id>, hex_id>("call_log_id"),
                                  show<itself<CallOfApp>, nested<room_part>>("room"),
                                  show<itself<CallOfApp>, nested<user_part>>("user"),
                                  show<itself<CallOfApp>, nested<signalling_part>>("sigserver"),
                                  show<itself<CallOfApp>, nested<tracks>>("published_track"),
                                  show<itself<CallOfApp>, nested<usage>>("usage"),
                                  show<&CallOfApp::app_id>("app_id"),
                                  show<of_user<&Participation::id>, hex_id>("cdr_id"),
                              }};

// ---- archives ----------------------------------------------------------------------------------------------------------------

constexpr Members file{"ArchiveFile", {show<&Recording::url>("url")}};
using Recordings = std::vector<Recording>;
/// The files of one kind.
struct Files {
  RecordingKind kind;
  void write(Writer& out, const Recordings& recordings) const {
    out.begin_array();
    for (const auto& each : recordings)
      if (each.kind == kind) contract::encode(out, file, each);
    out.end_array();
  }
  void describe(Writer& schema) const { contract::describe_array(schema, file); }
};
constexpr Files streams{RecordingKind::recording}, transcoded{RecordingKind::transcoded};
/// The newest file of a kind; empty if there is none.
template <RecordingKind kind>
std::string_view newest(const ArchiveOfApp& item) {
  std::string_view found;
  for (const auto& each : item.archive.recordings)
    if (each.kind == kind) found = each.url;
  return found;
}

template <auto member>
constexpr auto of_archived = of<&ArchiveOfApp::archive, &sessions::Archive::session, member>;
constexpr auto files_of = of<&ArchiveOfApp::archive, &sessions::Archive::recordings>;
Instant end_of_session(const ArchiveOfApp& item) { return item.archive.session.ended_at.value_or(Instant{}); }
constexpr Members archive_record{"ArchiveRecord",
                                 {
                                     show<of_archived<&Session::id>, hex_id>("_id"),
                                     show<end_of_session, in_milliseconds>("trans_date"),
                                     show<of_archived<&Session::uid>>("conf_num", "The session"),
                                     show<&ArchiveOfApp::app_id>("app_id"),
                                     show<of_archived<&Session::room_uid>>("room_id"),
                                     show<files_of, streams>("recording"),
                                     show<files_of, transcoded>("transcoded"),
                                     show<newest<RecordingKind::chat>>("chatdata", "Empty if there is none"),
                                     show<newest<RecordingKind::metadata>>("metadata", "Empty if there is none"),
                                 }};

// ---- dial-in: there is nothing to dial in with -------------------------------------------------------------------------------

constexpr contract::Constant no_text{R"("")"};
bool has_sip(const App&) { return false; }
std::string_view no_name(const App&) { return {}; }
std::vector<std::string> no_servers(const App&) { return {}; }
struct NoNumbers {
  void write(Writer& out, const App&) const { out.raw("[]"); }
  void describe(Writer& schema) const {
    json::describe_array(schema, "object", [&] { schema.key("additionalProperties").boolean(true); });
  }
};
constexpr NoNumbers no_numbers{};
constexpr Members no_settings{"", {show<has_sip>("sip")}};
constexpr Members no_server{"",
                            {show<no_name>("server_url"), show<no_name>("username"), show<no_name>("password"),
                             show<no_servers>("sig_servers"), show<no_servers>("media_servers")}};
constexpr Members dial_in_numbers{
    "DialIn",
    {show<&App::id, hex_id>("_id"), contract::always<App, no_text>("app_key"), show<itself<App>, nested<no_settings>>("settings"),
     show<itself<App>, nested<no_server>>("sip"), show<itself<App>, no_numbers>("dialin", "There are none")}};

// ---- requests and answers ----------------------------------------------------------------------------------------------------

std::int64_t total_of(const contract::Success& success) { return success.count; }
constexpr Members result_and_total{"", result, {show<total_of>("total")}};

/// Midnight of a day spelled `YYYY-MM-DD`, in UTC.
std::optional<Instant> day_of(std::string_view text) {
  constexpr std::size_t size = 10;
  return text.size() == size ? base::from_rfc3339(std::string{text}.append("T00:00:00Z")) : std::nullopt;
}

using sessions::RecordCursor;
using RecordsPiece = json::Piece<RecordCursor>;

/// Of a list: `of` says which, `after` from where in it.
template <class Of>
struct Wanted {
  Of of{};
  std::optional<json::Bookmark<RecordCursor>> after{};
};

Result<Wanted<Ref>> read_users(const Call& call) { return Wanted<Ref>{.of = room_in(call.path)}; }

Result<RecordsPiece> do_users(Transaction& tx, const Context& context, const Wanted<Ref>& wanted) {
  auto room = rooms::open(tx, context, wanted.of);
  if (!room) return room.error();
  auto part = domain::present_part(tx, *room, wanted.after ? std::optional{wanted.after->at} : std::nullopt);
  if (!part) return part.error();
  contract::Success success{context};
  if (!wanted.after) {
    auto total = domain::count_present(tx, *room);
    if (!total) return total.error();
    success.count = *total;
  }
  return contract::piece_of(list_users, success, std::move(*part), wanted.after, [&](Participation&& who) {
    return User{std::move(who), room->mode == RoomMode::lecture};
  });
}

/// Both days are included, in UTC.
Result<Wanted<sessions::RecordQuery>> read_wanted(const Call& call) {
  Wanted<sessions::RecordQuery> all;
  auto& wanted = all.of;
  if (const auto room = call.path["room_id"]; !room.empty()) wanted.room = room;
  if (const auto session = call.path["conf_num"]; !session.empty()) wanted.session = session;
  if (const auto from = call.path["from_date"]; !from.empty()) {
    wanted.from = day_of(from);
    if (!wanted.from) return fault("10204", "from_date must be a day, YYYY-MM-DD");
    const auto last = day_of(call.path["to_date"]);
    if (!last || *last < *wanted.from) return fault("10203", "to_date must be a day, YYYY-MM-DD, not before from_date");
    wanted.until = *last + std::chrono::days{1};
  }
  return all;
}

template <const auto& operation, const auto& answer>
Result<RecordsPiece> do_records(Transaction& tx, const Context& context, const Wanted<sessions::RecordQuery>& wanted) {
  using Payload = typename std::remove_cvref_t<decltype(answer)>::Payload;
  auto app = apps::open(tx, context, wanted.of.app);
  if (!app) return app.error();
  auto record_query = wanted.of;
  if (wanted.after) record_query.after = wanted.after->at;
  auto part = operation.run(tx, context, record_query);
  if (!part) return part.error();
  return contract::piece_of(answer, {context}, std::move(*part), wanted.after, [&](auto&& record) {
    return Payload{std::move(record), app->uid};
  });
}

template <const auto& operation, const auto& answer>
constexpr const auto& serve_records = serve_pieces<in_place_of<operation, do_records<operation, answer>>, read_wanted, answer>;

constexpr Operation<Nothing, App> numbers{
    "enablex.dial_in", Access::read,
    [](Transaction& tx, const Context& context, const Nothing&) { return apps::open(tx, context, {}); }};

}  // namespace

constinit const Endpoint<User> list_users{{success("Users", "users", /*is_list=*/true, result_and_total), &user},
                                          serve_pieces<in_place_of<rooms::present, do_users>, read_users, list_users>};
constinit const Endpoint<CallOfApp> list_calls{{success("CallRecords", "cdr", /*is_list=*/true), &call_record},
                                               serve_records<sessions::calls, list_calls>};
constinit const Endpoint<ArchiveOfApp> list_archives{{success("Archives", "archive", /*is_list=*/true), &archive_record},
                                                     serve_records<sessions::archives, list_archives>};
constinit const Endpoint<App> dial_in{{success("DialIn"), &dial_in_numbers},
                                      serve_answer<numbers, contract::read_nothing, dial_in>};

}  // namespace innkeeper::dialects::enablex
