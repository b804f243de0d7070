#include <innkeeper/contract/error_page.hpp>
#include <innkeeper/json/codecs.hpp>

#include "engine/dialects/enablex/wire.hpp"

namespace innkeeper::dialects::enablex {

namespace {

/// The result codes (§3.2) with their statuses (§3.1), and those of HTTP where the contract has none.
constexpr contract::CodeRow codes[] = {
    {"400", 400, "Invalid request"},
    {"401", 401, "Unauthorized"},
    {"403", 403, "Forbidden"},
    {"404", 404, "Not found"},
    {"405", 405, "Method not allowed"},
    {"408", 408, "Request timeout"},
    {"413", 413, "Request body too large"},
    {"414", 414, "URI too long"},
    {"415", 415, "Unsupported media type"},
    {"429", 429, "Too many requests"},
    {"431", 431, "Request header fields too large"},
    {"505", 505, "HTTP version not supported"},
    {"10000", 401, "Application not found"},
    {"10001", 400, "Room ID missing"},
    {"10002", 400, "Room name missing"},
    {"10003", 400, "Invalid scheduled setting"},
    {"10004", 400, "Scheduled time missing"},
    {"10005", 400, "Invalid scheduled time format"},
    {"10006", 400, "Scheduled time not acceptable"},
    {"10007", 400, "Invalid participants"},
    {"10008", 400, "Invalid auto recording setting"},
    {"10009", 400, "Unknown key in settings"},
    {"10010", 400, "Owner reference missing"},
    {"10011", 400, "Invalid duration"},
    {"10012", 400, "Invalid active talker setting"},
    {"10013", 400, "Invalid wait moderator setting"},
    {"10014", 400, "Invalid quality"},
    {"10016", 400, "Invalid adhoc setting"},
    {"10017", 400, "Adhoc not allowed"},
    {"10018", 400, "Invalid parameter for this room"},
    {"10019", 400, "Invalid mode"},
    {"10020", 400, "Mode not allowed"},
    {"10021", 400, "Quality not allowed"},
    {"10022", 400, "Invalid moderators"},
    {"10023", 400, "Number of moderators not allowed"},
    {"10024", 400, "Peep not allowed"},
    {"10025", 400, "Knock not allowed"},
    {"10026", 400, "Invalid SIP URI"},
    {"10030", 409, "Room is active"},
    {"10101", 400, "Name missing"},
    {"10102", 400, "User reference missing"},
    {"10103", 400, "Role missing"},
    {"10104", 400, "Invalid role"},
    {"10105", 503, "Server busy"},
    {"10106", 409, "Change of room type refused"},
    {"10111", 403, "Conference is over"},
    {"10112", 403, "Conference not open yet"},
    {"10113", 403, "Room not active"},
    {"10114", 403, "Room full"},
    {"10201", 400, "Conference number missing"},
    {"10202", 400, "Room ID missing"},
    {"10203", 400, "To date missing or invalid"},
    {"10204", 400, "From date missing or invalid"},
    {"10205", 400, "Conference number missing"},
    {"40001", 404, "Room not found"},
    {"50000", 500, "Internal error"},
    {"50001", 500, "Failed to create room"},
    {"50002", 500, "Failed to list rooms"},
    {"50003", 500, "Failed to get room"},
    {"50004", 409, "Failed to delete room"},
    {"50005", 500, "Failed to delete room"},
};

/// Operations whose failure has a code of its own (§5) go before reasons that have one.
constexpr contract::ErrorCase cases[] = {
    {.operation = "rooms.create", .errc = Errc::internal, .wording = {0, "50001"}},
    {.operation = "rooms.list", .errc = Errc::internal, .wording = {0, "50002"}},
    {.operation = "rooms.find", .errc = Errc::internal, .wording = {0, "50003"}},
    {.operation = "rooms.remove", .errc = Errc::internal, .wording = {0, "50005"}},
    {.operation = "rooms.remove", .errc = Errc::conflict, .wording = {0, "50004"}},
    {.reason = innkeeper::reason::app_unknown, .wording = {0, "10000"}},
    {.reason = innkeeper::reason::room_unknown, .wording = {0, "40001"}},
    {.reason = innkeeper::reason::room_closed, .wording = {0, "10113"}},
    {.reason = innkeeper::reason::room_early, .wording = {0, "10112"}},
    {.reason = innkeeper::reason::room_over, .wording = {0, "10111"}},
    {.reason = innkeeper::reason::room_full, .wording = {0, "10114"}},
    {.reason = innkeeper::reason::room_live, .wording = {0, "10030"}},
    {.reason = reason::room_fixed, .wording = {0, "10030"}},
    {.reason = innkeeper::reason::value_refused, .wording = {0, "10018"}},
};

/// A store that fails fails the operation; what refuses to begin is busy.
constexpr Reason draining{"engine.draining"};
Errc kind_of(const Error& error) {
  return error.code == Errc::unavailable && error.reason != draining ? Errc::internal : error.code;
}

constexpr auto page = contract::checked({
    .by_errc = contract::total({
        {Errc::malformed, {0, "400"}},         {Errc::invalid, {0, "400"}},        {Errc::unauthenticated, {0, "401"}},
        {Errc::forbidden, {0, "403"}},         {Errc::not_found, {0, "404"}},      {Errc::method_not_allowed, {0, "405"}},
        {Errc::already_exists, {0, "10030"}},  {Errc::conflict, {0, "10030"}},     {Errc::gone, {0, "10111"}},
        {Errc::quota_exceeded, {0, "403"}},    {Errc::rate_limited, {0, "429"}},   {Errc::too_large, {0, "413"}},
        {Errc::target_too_long, {0, "414"}},   {Errc::head_too_large, {0, "431"}}, {Errc::version_not_supported, {0, "505"}},
        {Errc::unsupported_media, {0, "415"}}, {Errc::timed_out, {0, "408"}},      {Errc::overloaded, {0, "10105"}},
        {Errc::unavailable, {0, "10105"}},     {Errc::internal, {0, "50000"}},
    }),
    .cases = cases,
    .codes = codes,
    .kind_of = kind_of,
});

std::string_view description_of(const Error& error) {
  // What went wrong inside is for the log, the methods of a path are in `Allow`, and of a body that is no object all is said.
  if (kind_of(error) == Errc::internal || error.code == Errc::method_not_allowed) return {};
  if (error.reason == json::reason::not_an_object) return {};
  if (error.code != Errc::unauthenticated) return error.detail;
  if (error.reason == reason::credentials_missing) return "HTTP Basic credentials are required";
  return error.reason == innkeeper::reason::app_unknown ? "No application has this APP_ID" : "Invalid APP_ID or APP_KEY";
}

struct Failure {
  std::string_view result, error, desc;
};
constexpr Members failure_body{"Error",
                               {show<&Failure::result>("result", "What went wrong, for programs; never 0"),
                                show<&Failure::error>("error", "What went wrong, in short"),
                                show<&Failure::desc>("desc", "The same at length; may be empty")}};

}  // namespace

Error fault(std::string_view code, std::string sentence) {
  return {Errc::invalid, json::reason::invalid_fields, sentence, {{"", std::string{code}, sentence}}};
}

void render_error(const Error& error, const Context& context, Response& response) {
  const auto told = contract::wording_of(page, error, context.operation);
  response.status = told.status;
  if (told.status == 401) response.headers.set(header::www_authenticate, R"(Basic realm="video")");
  const bool is_about_json = error.code == Errc::malformed && error.reason.name.starts_with("json.");
  Writer out{response.body};
  contract::encode(
      out, failure_body,
      {.result = told.code, .error = is_about_json ? "Invalid JSON body" : told.text, .desc = description_of(error)});
  response.headers.set(header::content_type, std::string{json_media});
}

std::string error_schema() { return contract::schema(failure_body); }

}  // namespace innkeeper::dialects::enablex
