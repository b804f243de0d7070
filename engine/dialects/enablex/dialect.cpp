#include <innkeeper/contract/credentials.hpp>
#include <innkeeper/dialects.hpp>

#include "engine/dialects/enablex/wire.hpp"

#include <utility>
#include <vector>

namespace innkeeper::dialects::enablex {

namespace {

using contract::FieldTable;
using enum Method;

constexpr Tag rooms_tag{"Rooms", "Rooms, who is in them, and tokens to enter them"};
constexpr Tag calls_tag{"Call records", "One record for each connection of a user"};
constexpr Tag archives_tag{"Archives", "What sessions left behind"};
constexpr Tag dial_tag{"Dial-in", "Numbers to dial in with"};
constexpr Tag tags[] = {rooms_tag, calls_tag, archives_tag, dial_tag};
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

constexpr FieldTable no_body{};
/// What a body of a room's route has wrong is told only where the room is there.
template <const auto& endpoint, const auto& body = no_body>
constexpr Route route(Method method, std::string_view path, std::string_view summary, Permission needs, const Tag& tag,
                      std::span<const Parameter> query = {}, std::string_view id = {}) {
  const bool has_body = static_cast<const FieldTable*>(&body) != &no_body;
  return {.method = method,
          .path = path,
          .handler = endpoint.handler,
          .summary = summary,
          .needs = needs,
          .admit = has_body && path.starts_with("/rooms/") ? contract::admit<rooms::find, room_in> : nullptr,
          .request_schema = has_body ? contract::schema_of<body> : nullptr,
          .response_schema = contract::schema_of<endpoint>,
          .query = query,
          .tag = tag.name,
          .id = id};
}
template <const auto& endpoint>
constexpr Route records(std::string_view path, const Tag& tag, std::string_view id, std::string_view summary) {
  return route<endpoint>(get, path, summary, may_see_records, tag, {}, id);
}

/// A path that lacks a part, refused under the code that says which.
template <int code>
Result<Nothing> read_missing(const Call&) {
  return fault(std::to_string(code), "a part of the path is missing");
}
constexpr Operation<Nothing, Nothing> never_run{
    "enablex.nothing", Access::read, [](Transaction&, const Context&, const Nothing&) -> Result<Nothing> { return Nothing{}; }};
template <int code>
constexpr Route missing(Method method, std::string_view path) {
  return {.method = method,
          .path = path,
          .handler = serve_answer<never_run, read_missing<code>, done>,
          .summary = "Refused: a part of the path is missing",
          .needs = method == get ? may_see_records : may_make_rooms,
          .status = 400,
          .tag = rooms_tag.name,
          .is_documented = false};
}

constexpr Route routes[] = {
    route<create_room, new_room>(post, "/rooms", "Create a room", may_make_rooms, rooms_tag),
    route<list_rooms>(get, "/rooms", "List the application's rooms, oldest first", may_see_rooms, rooms_tag, list_query),
    missing<10001>(patch, "/rooms"),
    missing<10001>(del, "/rooms"),
    route<find_room>(get, "/rooms/{room_id}", "Look up one room", may_see_rooms, rooms_tag),
    route<update_room, room_change>(patch, "/rooms/{room_id}", "Change a room in which no session is running", may_make_rooms,
                                    rooms_tag),
    route<remove_room>(del, "/rooms/{room_id}", "Delete a room in which no session is running", may_make_rooms, rooms_tag),
    route<list_users>(get, "/rooms/{room_id}/users", "List who is in a room now", may_see_rooms, rooms_tag),
    route<issue_token, new_token>(post, "/rooms/{room_id}/tokens", "Issue a token to enter a room once", may_make_tokens,
                                  rooms_tag),

    records<list_calls>("/cdr/period/{from_date}/{to_date}", calls_tag, "calls.of_period", "Call records of some days"),
    records<list_calls>("/cdr/room/{room_id}", calls_tag, "calls.of_room", "Call records of a room"),
    records<list_calls>("/cdr/room-period/{room_id}/{from_date}/{to_date}", calls_tag, "calls.of_room_and_period",
                        "Call records of a room and some days"),
    records<list_calls>("/cdr/conf/{conf_num}", calls_tag, "calls.of_session", "Call records of a session"),
    missing<10204>(get, "/cdr/period"),
    missing<10203>(get, "/cdr/period/{from_date}"),
    missing<10202>(get, "/cdr/room"),
    missing<10202>(get, "/cdr/room-period"),
    missing<10204>(get, "/cdr/room-period/{room_id}"),
    missing<10203>(get, "/cdr/room-period/{room_id}/{from_date}"),
    missing<10201>(get, "/cdr/conf"),

    records<list_archives>("/archive/period/{from_date}/{to_date}", archives_tag, "archives.of_period", "Archives of some days"),
    records<list_archives>("/archive/room/{room_id}", archives_tag, "archives.of_room", "Archives of a room"),
    records<list_archives>("/archive/room-period/{room_id}/{from_date}/{to_date}", archives_tag, "archives.of_room_and_period",
                           "Archives of a room and some days"),
    records<list_archives>("/archive/conf/{conf_num}", archives_tag, "archives.of_session", "The archive of a session"),
    missing<10204>(get, "/archive/period"),
    missing<10203>(get, "/archive/period/{from_date}"),
    missing<10202>(get, "/archive/room"),
    missing<10202>(get, "/archive/room-period"),
    missing<10204>(get, "/archive/room-period/{room_id}"),
    missing<10203>(get, "/archive/room-period/{room_id}/{from_date}"),
    missing<10205>(get, "/archive/conf"),

    route<dial_in>(get, "/dialin", "List the numbers to dial in with", may_see_rooms, dial_tag),
};

std::vector<int> error_statuses(const Route& route) {
  const bool has_body = route.request_schema != nullptr;
  const bool has_days = route.path.find("{from_date}") != std::string_view::npos;
  const bool has_room = route.path.starts_with("/rooms/");
  const bool is_change = route.method == patch || route.method == del;
  const std::pair<int, bool> all[] = {{400, has_body || has_days},  {401, true},     {403, true}, {404, has_room},
                                      {409, has_room && is_change}, {413, has_body}, {503, true}};
  std::vector<int> statuses;
  for (const auto& [status, may_be] : all)
    if (may_be) statuses.push_back(status);
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
