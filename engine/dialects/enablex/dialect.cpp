#include <innkeeper/contract/credentials.hpp>
#include <innkeeper/dialects.hpp>

#include "engine/dialects/enablex/page.hpp"
#include "engine/dialects/enablex/records.hpp"
#include "engine/dialects/enablex/rooms.hpp"
#include "engine/dialects/enablex/telling.hpp"
#include "engine/dialects/enablex/tokens.hpp"

#include <vector>

namespace innkeeper::dialects::enablex {

namespace {

using enum Method;

/// The answer to a path that lacks a part, under the code that says which.
template <const std::string_view& code>
Result<Nothing> read_missing(const Call&) {
  return fault(code, "a part of the path is missing");
}
Result<Nothing> do_nothing(Transaction&, const Context&, const Nothing&) { return Nothing{}; }
constexpr Operation<Nothing, Nothing> nothing{"enablex.nothing", Access::read, do_nothing};
template <const std::string_view& code>
constexpr const Handler& lacks = serve<nothing, read_missing<code>, write_nothing>;

constexpr std::string_view room_missing = "10001";
constexpr std::string_view conference_missing = "10201";
constexpr std::string_view record_room_missing = "10202";
constexpr std::string_view to_date_missing = "10203";
constexpr std::string_view from_date_missing = "10204";
constexpr std::string_view archive_conference_missing = "10205";

constexpr std::string_view room_tag = "Rooms";
constexpr std::string_view call_tag = "Call records";
constexpr std::string_view archive_tag = "Archives";
constexpr std::string_view dial_tag = "Dial-in";
constexpr Tag tags[] = {{room_tag, "Rooms, who is in them, and tokens to enter them"},
                        {call_tag, "One record for each connection of a user"},
                        {archive_tag, "What sessions left behind"},
                        {dial_tag, "Numbers to dial in with"}};
constexpr Parameter in_paths[] = {
    {"room_id", "string", "The room"},
    {.name = "from_date", .type = "string", .summary = "The first day, UTC", .format = "date"},
    {.name = "to_date", .type = "string", .summary = "The last day, UTC, included", .format = "date"},
    {"conf_num", "string", "The session"}};
constexpr Parameter list_query[] = {
    {.name = "page", .type = "integer", .summary = "Only with page_length", .minimum = 1, .maximum = last_page, .usual = 1},
    {.name = "page_length", .type = "integer", .summary = "All rooms without it", .minimum = 1, .maximum = largest_page}};

constexpr Permission may_see_rooms{Scope::rooms_read, AccessLevel::app};
constexpr Permission may_make_rooms{Scope::rooms_write, AccessLevel::app};
constexpr Permission may_make_tokens{Scope::tokens_write, AccessLevel::app};
constexpr Permission may_see_records{Scope::sessions_read, AccessLevel::app};

/// A route that tells which part of its path is missing; it never succeeds.
constexpr Route incomplete(Method method, std::string_view path, const Handler& handler, Permission needs, std::string_view tag) {
  return {.method = method,
          .path = path,
          .handler = handler,
          .summary = "Refused: a part of the path is missing",
          .needs = needs,
          .gives = error_schema,
          .status = 400,
          .tag = tag,
          .is_told = false};
}
constexpr Route calls_at(std::string_view path, std::string_view id, std::string_view summary) {
  return {.method = get,
          .path = path,
          .handler = serve_feed<list_calls, read_wanted, write_piece<sessions::Place>,
                                json::follow_list<list_calls, Wanted, sessions::Place>>,
          .summary = summary,
          .needs = may_see_records,
          .gives = calls_schema,
          .tag = call_tag,
          .id = id};
}
constexpr Route archives_at(std::string_view path, std::string_view id, std::string_view summary) {
  return {.method = get,
          .path = path,
          .handler = serve_feed<list_archives, read_wanted, write_piece<sessions::Place>,
                                json::follow_list<list_archives, Wanted, sessions::Place>>,
          .summary = summary,
          .needs = may_see_records,
          .gives = archives_schema,
          .tag = archive_tag,
          .id = id};
}

constexpr Route routes[] = {
    {.method = post,
     .path = "/rooms",
     .handler = serve<create_room, read_new_room, write_new_room>,
     .summary = "Create a room",
     .needs = may_make_rooms,
     .takes = new_room_schema,
     .gives = created_schema,
     .tag = room_tag},
    {.method = get,
     .path = "/rooms",
     .handler = serve_feed<list_rooms, read_part, write_piece<Mark>, json::follow_list<list_rooms, Part, Mark>>,
     .summary = "List the application's rooms, oldest first",
     .needs = may_see_rooms,
     .gives = rooms_schema,
     .query = list_query,
     .tag = room_tag},
    incomplete(patch, "/rooms", lacks<room_missing>, may_make_rooms, room_tag),
    incomplete(del, "/rooms", lacks<room_missing>, may_make_rooms, room_tag),
    {.method = get,
     .path = "/rooms/{room_id}",
     .handler = serve<find_room, read_room, write_room>,
     .summary = "Look up one room",
     .needs = may_see_rooms,
     .gives = room_schema,
     .tag = room_tag},
    {.method = patch,
     .path = "/rooms/{room_id}",
     .handler = serve<update_room, read_change, write_nothing>,
     .summary = "Change a room in which no session is running",
     .needs = may_make_rooms,
     .admit = admit_room,
     .takes = change_schema,
     .gives = done_schema,
     .tag = room_tag},
    {.method = del,
     .path = "/rooms/{room_id}",
     .handler = serve<rooms::remove, read_removal, write_nothing>,
     .summary = "Delete a room in which no session is running",
     .needs = may_make_rooms,
     .gives = done_schema,
     .tag = room_tag},
    {.method = get,
     .path = "/rooms/{room_id}/users",
     .handler = serve_feed<list_users, read_users, write_piece<sessions::Place>,
                           json::follow_list<list_users, UsersWanted, sessions::Place>>,
     .summary = "List who is in a room now",
     .needs = may_see_rooms,
     .gives = users_schema,
     .tag = room_tag},
    {.method = post,
     .path = "/rooms/{room_id}/tokens",
     .handler = serve<issue_token, read_new_token, write_token>,
     .summary = "Issue a token to enter a room once",
     .needs = may_make_tokens,
     .admit = admit_room,
     .takes = new_token_schema,
     .gives = token_schema,
     .tag = room_tag},

    calls_at("/cdr/period/{from_date}/{to_date}", "calls.of_period", "Call records of some days"),
    calls_at("/cdr/room/{room_id}", "calls.of_room", "Call records of a room"),
    calls_at("/cdr/room-period/{room_id}/{from_date}/{to_date}", "calls.of_room_and_period",
             "Call records of a room and some days"),
    calls_at("/cdr/conf/{conf_num}", "calls.of_session", "Call records of a session"),
    incomplete(get, "/cdr/period", lacks<from_date_missing>, may_see_records, call_tag),
    incomplete(get, "/cdr/period/{from_date}", lacks<to_date_missing>, may_see_records, call_tag),
    incomplete(get, "/cdr/room", lacks<record_room_missing>, may_see_records, call_tag),
    incomplete(get, "/cdr/room-period", lacks<record_room_missing>, may_see_records, call_tag),
    incomplete(get, "/cdr/room-period/{room_id}", lacks<from_date_missing>, may_see_records, call_tag),
    incomplete(get, "/cdr/room-period/{room_id}/{from_date}", lacks<to_date_missing>, may_see_records, call_tag),
    incomplete(get, "/cdr/conf", lacks<conference_missing>, may_see_records, call_tag),

    archives_at("/archive/period/{from_date}/{to_date}", "archives.of_period", "Archives of some days"),
    archives_at("/archive/room/{room_id}", "archives.of_room", "Archives of a room"),
    archives_at("/archive/room-period/{room_id}/{from_date}/{to_date}", "archives.of_room_and_period",
                "Archives of a room and some days"),
    archives_at("/archive/conf/{conf_num}", "archives.of_session", "The archive of a session"),
    incomplete(get, "/archive/period", lacks<from_date_missing>, may_see_records, archive_tag),
    incomplete(get, "/archive/period/{from_date}", lacks<to_date_missing>, may_see_records, archive_tag),
    incomplete(get, "/archive/room", lacks<record_room_missing>, may_see_records, archive_tag),
    incomplete(get, "/archive/room-period", lacks<record_room_missing>, may_see_records, archive_tag),
    incomplete(get, "/archive/room-period/{room_id}", lacks<from_date_missing>, may_see_records, archive_tag),
    incomplete(get, "/archive/room-period/{room_id}/{from_date}", lacks<to_date_missing>, may_see_records, archive_tag),
    incomplete(get, "/archive/conf", lacks<archive_conference_missing>, may_see_records, archive_tag),

    {.method = get,
     .path = "/dialin",
     .handler = serve<dial_in, read_nothing, write_dial_in>,
     .summary = "List the numbers to dial in with",
     .needs = may_see_rooms,
     .gives = dial_in_schema,
     .tag = dial_tag},
};

std::vector<int> error_statuses(const Route& route) {
  const bool is_of_days = route.path.find("{from_date}") != std::string_view::npos;
  const bool is_of_room = route.path.starts_with("/rooms/");
  std::vector<int> statuses;
  if (route.takes != nullptr || is_of_days) statuses.push_back(400);
  statuses.push_back(401);
  statuses.push_back(403);
  if (is_of_room) statuses.push_back(404);
  if (is_of_room && (route.method == patch || route.method == del)) statuses.push_back(409);
  if (route.takes != nullptr) statuses.push_back(413);
  statuses.push_back(503);
  return statuses;
}

constexpr std::string_view bases[] = {"/video/v2", "/video/v1", "/v2", "/v1"};
/// The short bases are others' too, so only what is ours there.
constexpr Territory territories[] = {
    {"/video", true},    {"/v2/rooms", true}, {"/v2/cdr", true},     {"/v2/archive", true}, {"/v2/dialin", true},
    {"/v1/rooms", true}, {"/v1/cdr", true},   {"/v1/archive", true}, {"/v1/dialin", true},
};

Result<Principal> authenticate(Transaction& tx, const Context& context, const Credentials& shown, const Params&) {
  if (shown.scheme.empty()) return Error{Errc::unauthenticated, reason::credentials_missing};
  return keys::authenticate_app(tx, context, shown.id, shown.secret, shown.address);
}

/// The APP_ID and the APP_KEY.
constexpr AuthenticationScheme scheme{.name = "credential",
                                      .read_credentials = [](const Request& request) { return contract::read_basic(request); },
                                      .authenticate = authenticate,
                                      .document = R"({"type":"http","scheme":"basic"})"};

/// Rooms show their pins, and tokens let in.
void finish(const Context&, Response& response) { response.headers.set("Cache-Control", "no-store"); }

}  // namespace

}  // namespace innkeeper::dialects::enablex

namespace innkeeper {

constinit const Dialect enablex{
    .name = "enablex",
    .title = "EnableX Video API v2",
    .routes = dialects::enablex::routes,
    .territories = dialects::enablex::territories,
    .bases = dialects::enablex::bases,
    .ignores_trailing_slash = true,
    .scheme = &dialects::enablex::scheme,
    .render_error = dialects::enablex::render_error,
    .finish = dialects::enablex::finish,
    .settings_type = ContractSettings::type_of<EnablexSettings>(),
    .telling = &dialects::enablex::telling,
    .error_shape = dialects::enablex::error_schema,
    .error_statuses = dialects::enablex::error_statuses,
    .about =
        "Video rooms of the EnableX platform as application servers manage them: rooms, tokens to enter them, call records and "
        "archives.",
    .license = "BSL-1.0",
    .tags = dialects::enablex::tags,
    .in_paths = dialects::enablex::in_paths,
};

}  // namespace innkeeper
