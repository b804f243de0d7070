#include <innkeeper/contract/credentials.hpp>
#include <innkeeper/dialects.hpp>

#include "engine/dialects/enablex/wire.hpp"

#include <vector>

namespace innkeeper::dialects::enablex {

namespace {

using enum Method;

/// The answer to a path that lacks a part, under the code that says which.
template <int code>
Result<Nothing> read_missing(const Call&) {
  return fault(std::to_string(code), "a part of the path is missing");
}
Result<Nothing> do_nothing(Transaction&, const Context&, const Nothing&) { return Nothing{}; }
constexpr Operation<Nothing, Nothing> nothing{"enablex.nothing", Access::read, do_nothing};
template <int code>
constexpr const Handler& missing_part = serve<nothing, read_missing<code>, write_nothing>;
constexpr const Handler& lacks_room = missing_part<10001>;
constexpr const Handler& lacks_session = missing_part<10201>;
constexpr const Handler& lacks_room_of_records = missing_part<10202>;
constexpr const Handler& lacks_last_day = missing_part<10203>;
constexpr const Handler& lacks_first_day = missing_part<10204>;
constexpr const Handler& lacks_session_of_archive = missing_part<10205>;

constexpr std::string_view room_tag = "Rooms";
constexpr std::string_view call_tag = "Call records";
constexpr std::string_view archive_tag = "Archives";
constexpr std::string_view dial_tag = "Dial-in";
constexpr Tag tags[] = {{room_tag, "Rooms, who is in them, and tokens to enter them"},
                        {call_tag, "One record for each connection of a user"},
                        {archive_tag, "What sessions left behind"},
                        {dial_tag, "Numbers to dial in with"}};
constexpr Parameter path_parameters[] = {
    {"room_id", "string", "The room"},
    {.name = "from_date", .type = "string", .summary = "The first day, UTC", .format = "date"},
    {.name = "to_date", .type = "string", .summary = "The last day, UTC, included", .format = "date"},
    {"conf_num", "string", "The session"}};
constexpr Parameter list_query[] = {
    {.name = "page",
     .type = "integer",
     .summary = "Only with page_length",
     .minimum = 1,
     .maximum = last_page,
     .default_value = 1},
    {.name = "page_length", .type = "integer", .summary = "All rooms without it", .minimum = 1, .maximum = largest_page}};

constexpr Permission may_see_rooms{Scope::rooms_read, AccessLevel::app};
constexpr Permission may_make_rooms{Scope::rooms_write, AccessLevel::app};
constexpr Permission may_make_tokens{Scope::tokens_write, AccessLevel::app};
constexpr Permission may_see_records{Scope::sessions_read, AccessLevel::app};

/// What not every route has.
struct Beside {
  JsonSchema request_schema = nullptr;
  Result<void> (*admit)(Transaction&, const Context&, const Params&) = nullptr;
  std::span<const Parameter> query{};
  std::string_view id{};
};
constexpr Route route(Method method, std::string_view path, const Handler& handler, std::string_view summary, Permission needs,
                      JsonSchema response_schema, std::string_view tag, const Beside& beside = {}) {
  return {.method = method,
          .path = path,
          .handler = handler,
          .summary = summary,
          .needs = needs,
          .admit = beside.admit,
          .request_schema = beside.request_schema,
          .response_schema = response_schema,
          .query = beside.query,
          .tag = tag,
          .id = beside.id};
}
/// A route that tells which part of its path is missing; it never succeeds.
constexpr Route incomplete(Method method, std::string_view path, const Handler& handler, Permission needs, std::string_view tag) {
  return {.method = method,
          .path = path,
          .handler = handler,
          .summary = "Refused: a part of the path is missing",
          .needs = needs,
          .response_schema = error_schema,
          .status = 400,
          .tag = tag,
          .is_documented = false};
}
constexpr Route calls(std::string_view path, std::string_view id, std::string_view summary) {
  return route(get, path, list_calls, summary, may_see_records, calls_schema, call_tag, {.id = id});
}
constexpr Route archives(std::string_view path, std::string_view id, std::string_view summary) {
  return route(get, path, list_archives, summary, may_see_records, archives_schema, archive_tag, {.id = id});
}

constexpr Route routes[] = {
    route(post, "/rooms", create_room, "Create a room", may_make_rooms, created_schema, room_tag,
          {.request_schema = new_room_schema}),
    route(get, "/rooms", list_rooms, "List the application's rooms, oldest first", may_see_rooms, rooms_schema, room_tag,
          {.query = list_query}),
    incomplete(patch, "/rooms", lacks_room, may_make_rooms, room_tag),
    incomplete(del, "/rooms", lacks_room, may_make_rooms, room_tag),
    route(get, "/rooms/{room_id}", find_room, "Look up one room", may_see_rooms, room_schema, room_tag),
    route(patch, "/rooms/{room_id}", update_room, "Change a room in which no session is running", may_make_rooms, done_schema,
          room_tag, {.request_schema = change_schema, .admit = admit_room}),
    route(del, "/rooms/{room_id}", remove_room, "Delete a room in which no session is running", may_make_rooms, done_schema,
          room_tag),
    route(get, "/rooms/{room_id}/users", list_users, "List who is in a room now", may_see_rooms, users_schema, room_tag),
    route(post, "/rooms/{room_id}/tokens", issue_token, "Issue a token to enter a room once", may_make_tokens, token_schema,
          room_tag, {.request_schema = new_token_schema, .admit = admit_room}),

    calls("/cdr/period/{from_date}/{to_date}", "calls.of_period", "Call records of some days"),
    calls("/cdr/room/{room_id}", "calls.of_room", "Call records of a room"),
    calls("/cdr/room-period/{room_id}/{from_date}/{to_date}", "calls.of_room_and_period", "Call records of a room and some days"),
    calls("/cdr/conf/{conf_num}", "calls.of_session", "Call records of a session"),
    incomplete(get, "/cdr/period", lacks_first_day, may_see_records, call_tag),
    incomplete(get, "/cdr/period/{from_date}", lacks_last_day, may_see_records, call_tag),
    incomplete(get, "/cdr/room", lacks_room_of_records, may_see_records, call_tag),
    incomplete(get, "/cdr/room-period", lacks_room_of_records, may_see_records, call_tag),
    incomplete(get, "/cdr/room-period/{room_id}", lacks_first_day, may_see_records, call_tag),
    incomplete(get, "/cdr/room-period/{room_id}/{from_date}", lacks_last_day, may_see_records, call_tag),
    incomplete(get, "/cdr/conf", lacks_session, may_see_records, call_tag),

    archives("/archive/period/{from_date}/{to_date}", "archives.of_period", "Archives of some days"),
    archives("/archive/room/{room_id}", "archives.of_room", "Archives of a room"),
    archives("/archive/room-period/{room_id}/{from_date}/{to_date}", "archives.of_room_and_period",
             "Archives of a room and some days"),
    archives("/archive/conf/{conf_num}", "archives.of_session", "The archive of a session"),
    incomplete(get, "/archive/period", lacks_first_day, may_see_records, archive_tag),
    incomplete(get, "/archive/period/{from_date}", lacks_last_day, may_see_records, archive_tag),
    incomplete(get, "/archive/room", lacks_room_of_records, may_see_records, archive_tag),
    incomplete(get, "/archive/room-period", lacks_room_of_records, may_see_records, archive_tag),
    incomplete(get, "/archive/room-period/{room_id}", lacks_first_day, may_see_records, archive_tag),
    incomplete(get, "/archive/room-period/{room_id}/{from_date}", lacks_last_day, may_see_records, archive_tag),
    incomplete(get, "/archive/conf", lacks_session_of_archive, may_see_records, archive_tag),

    route(get, "/dialin", dial_in, "List the numbers to dial in with", may_see_rooms, dial_in_schema, dial_tag),
};

std::vector<int> error_statuses(const Route& route) {
  const bool is_of_days = route.path.find("{from_date}") != std::string_view::npos;
  const bool is_of_room = route.path.starts_with("/rooms/");
  std::vector<int> statuses;
  if (route.request_schema != nullptr || is_of_days) statuses.push_back(400);
  statuses.push_back(401);
  statuses.push_back(403);
  if (is_of_room) statuses.push_back(404);
  if (is_of_room && (route.method == patch || route.method == del)) statuses.push_back(409);
  if (route.request_schema != nullptr) statuses.push_back(413);
  statuses.push_back(503);
  return statuses;
}

constexpr std::string_view bases[] = {"/video/v2", "/video/v1", "/v2", "/v1"};
/// The short bases are others' too, so only what is ours there.
constexpr PathFamily path_families[] = {
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
    .path_families = dialects::enablex::path_families,
    .bases = dialects::enablex::bases,
    .ignores_trailing_slash = true,
    .scheme = &dialects::enablex::scheme,
    .render_error = dialects::enablex::render_error,
    .finish = dialects::enablex::finish,
    .settings_type = ContractSettings::type_of<EnablexSettings>(),
    .webhook_format = &dialects::enablex::webhook_format,
    .error_schema = dialects::enablex::error_schema,
    .error_statuses = dialects::enablex::error_statuses,
    .about =
        "Video rooms of the EnableX platform as application servers manage them: rooms, tokens to enter them, call records and "
        "archives.",
    .license = "BSL-1.0",
    .tags = dialects::enablex::tags,
    .path_parameters = dialects::enablex::path_parameters,
};

}  // namespace innkeeper
