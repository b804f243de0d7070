#include "engine/dialects/skyway/page.hpp"

#include <innkeeper/contract/error_page.hpp>
#include <innkeeper/contract/properties.hpp>
#include <innkeeper/json/codecs.hpp>
#include <innkeeper/operations.hpp>

#include "engine/base/status.hpp"

namespace innkeeper::dialects::skyway {

using contract::itself;
using contract::nested;
using contract::Properties;
using contract::Property;
using contract::show;

namespace {

constexpr std::string_view requires_authentication = "The request you have made requires authentication.";

constexpr contract::ErrorCase cases[] = {
    {.reason = innkeeper::reason::tenant_deleted, .wording = {403, {}, "Tenant is deleted"}},
    {.reason = innkeeper::reason::tenant_suspended, .wording = {403, {}, "Tenant is suspended"}},
    {.reason = innkeeper::reason::app_unknown, .wording = {403, {}, "App doesn't exist"}},
    {.reason = innkeeper::reason::credential_unknown, .wording = {401, {}, requires_authentication}},
    {.reason = reason::identity_unauthenticated, .wording = {401, {}, requires_authentication}},
};

constexpr auto page = contract::checked({
    .by_errc = contract::total({
        {Errc::malformed, {400, {}, "Malformed request"}},
        {Errc::invalid, {400, {}, invalid_body}},
        {Errc::unauthenticated, {403, {}, "Not authenticated"}},
        {Errc::forbidden, {403, {}, "Forbidden"}},
        {Errc::not_found, {404, {}, "Not Found"}},
        {Errc::method_not_allowed, {405, {}, "Method Not Allowed"}},
        {Errc::already_exists, {409, {}, "Conflict"}},
        {Errc::conflict, {409, {}, "Conflict"}},
        {Errc::gone, {410, {}, "Gone"}},
        {Errc::quota_exceeded, {403, {}, "Quota exceeded"}},
        {Errc::rate_limited, {429, {}, "Too Many Requests"}},
        {Errc::too_large, {413, {}, "Request body too large"}},
        {Errc::target_too_long, {414, {}, "URI Too Long"}},
        {Errc::head_too_large, {431, {}, "Request Header Fields Too Large"}},
        {Errc::version_not_supported, {505, {}, "HTTP Version Not Supported"}},
        {Errc::unsupported_media, {415, {}, "Unsupported Media Type"}},
        {Errc::timed_out, {408, {}, "Request Timeout"}},
        {Errc::overloaded, {503, {}, "Service Unavailable"}},
        {Errc::unavailable, {503, {}, "Service Unavailable"}},
        {Errc::internal, {500, {}, "Internal Server Error"}},
    }),
    .cases = cases,
});

struct Fault {
  std::int64_t code;
  std::string_view title;
  std::string_view message;
};
constexpr Property fault_properties[] = {
    show<&Fault::code>("code", "The HTTP status"),
    show<&Fault::title>("title", "The status in words"),
    show<&Fault::message>("message", "What was wrong"),
};
constexpr Properties<Fault> fault{"Fault", fault_properties};
constexpr Property body_properties[] = {
    show<itself<Fault>, nested<fault>>("error"),
};
constexpr Properties<Fault> body{"Error", body_properties};

Fault fault_of(const Error& error, const Context& context) {
  const auto told = contract::wording_of(page, error, context.operation);
  // A field's own sentence goes before that of all invalid bodies.
  const bool has_own_words = told.text == invalid_body && !error.violations.empty();
  const auto message = has_own_words ? std::string_view{error.violations.front().message} : told.text;
  return {told.status, base::reason_phrase(told.status), message};
}

}  // namespace

void set_json_type(Response& response) { response.headers.set(header::content_type, "application/json; charset=utf-8"); }

void render_error(const Error& error, const Context& context, Response& response) {
  const auto told = fault_of(error, context);
  response.status = static_cast<int>(told.code);
  json::Writer out{response.body};
  contract::encode(out, body, told);
  set_json_type(response);
}

void finish(const Context& context, Response& response) {
  // Caches know that `Authorization` makes an answer one caller's (RFC 9111 §3.5), but not that `X-Auth-Token` does.
  response.headers.set("Cache-Control", "no-store");
  response.headers.set(header::vary, "X-Auth-Token");
  response.headers.add("ECL-Transaction-ID", context.request_id);
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("X-Frame-Options", "SAMEORIGIN");
  response.headers.add("X-Xss-Protection", "1; mode=block");
}

std::string error_schema() { return contract::schema(body); }

}  // namespace innkeeper::dialects::skyway
