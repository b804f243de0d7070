#include "engine/dialects/skyway/identity.hpp"

#include "engine/base/target.hpp"
#include "engine/base/time.hpp"
#include "engine/dialects/skyway/page.hpp"
#include "engine/json/fields.hpp"
#include "engine/json/outline.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

namespace innkeeper::dialects::skyway {

using access_tokens::Session;
using json::Writer;

namespace {

/// How a caller wants to prove who it is. Read by itself, since what else must be there depends on it.
struct Approach {
  std::vector<std::string> methods;
};
constexpr auto approach = json::fields<Approach>(
    "Approach", json::field("/auth/identity/methods", &Approach::methods, json::required, json::fault(invalid_body)));

struct PasswordLogin {
  std::vector<std::string> methods;
  std::optional<std::string> domain_id, domain_name;
  std::string name, password;
  std::optional<std::string> project;
};
constexpr auto password_login = json::fields<PasswordLogin>(
    "PasswordLogin",
    json::field("/auth/identity/methods", &PasswordLogin::methods, json::required, json::fault(invalid_body),
                "Must contain `password`"),
    json::field("/auth/identity/password/user/domain/id", &PasswordLogin::domain_id, json::fault(invalid_body), "`default`"),
    json::field("/auth/identity/password/user/domain/name", &PasswordLogin::domain_name, json::fault(invalid_body),
                "`Default`, in place of the id"),
    json::field("/auth/identity/password/user/name", &PasswordLogin::name, json::required, json::fault(invalid_body),
                "The platform API key"),
    json::field("/auth/identity/password/user/password", &PasswordLogin::password, json::required, json::fault(invalid_body),
                "The platform API secret key"),
    json::field("/auth/scope/project/id", &PasswordLogin::project, json::fault(invalid_body),
                "The tenant; without it the token opens no app call"));

constexpr std::string_view default_domain = R"({"id":"default","name":"Default"})";

/// A value that is always the same.
struct Constant {
  std::string_view json;
  template <class T>
  void write(Writer& out, const T&) const {
    out.raw(json);
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    json::describe_constant(schema, json::parse(json)->root());
  }
};

constexpr auto user = json::outline<Operator>("User", json::row<Operator>("id", &Operator::uid, ""),
                                              json::row<Operator>("name", &Operator::name, "The platform API key"),
                                              json::row<Operator>("domain", std::identity{}, Constant{default_domain}, ""));
constexpr auto project =
    json::outline<Tenant>("Project", json::row<Tenant>("id", &Tenant::uid, ""), json::row<Tenant>("name", &Tenant::name, ""),
                          json::row<Tenant>("domain", std::identity{}, Constant{default_domain}, ""));

constexpr auto methods_row = json::row<Session>("methods", std::identity{}, Constant{R"(["password"])"}, "");
constexpr auto issued_row = json::row<Session>(
    "issued_at", [](const Session& session) { return base::to_rfc3339(session.token.issued_at, base::Precision::microseconds); },
    json::date_time, "UTC");
constexpr auto expires_row = json::row<Session>(
    "expires_at",
    [](const Session& session) { return base::to_rfc3339(session.token.expires_at, base::Precision::microseconds); },
    json::date_time, "UTC; from then on the token is unknown");
constexpr auto user_row = json::row<Session>("user", &Session::holder, json::nested<user>, "");

constexpr auto unscoped = json::outline<Session>("UnscopedToken", methods_row, issued_row, expires_row, user_row);
constexpr auto scoped = json::outline<Session>(
    "Token", methods_row, issued_row, expires_row, user_row,
    json::row<Session>(
        "project", [](const Session& session) -> const Tenant& { return *session.tenant; }, json::nested<project>, ""),
    json::row<Session>("roles", std::identity{}, Constant{R"([{"id":"9fe2ff9ee4384b1894a90878d3e92bab","name":"_member_"}])"},
                       ""),
    json::row<Session>("catalog", std::identity{}, Constant{"[]"}, ""));

/// A token with a tenant shows more members than one without.
struct ByScope {
  void write(Writer& out, const Session& session) const {
    session.tenant ? json::encode(out, scoped, session) : json::encode(out, unscoped, session);
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("anyOf").begin_array();
    schema.raw(json::schema_of_shown<json::nested<scoped>>()).raw(json::schema_of_shown<json::nested<unscoped>>());
    schema.end_array();
  }
};
constexpr auto token = json::outline<Session>("TokenAnswer", json::row<Session>("token", std::identity{}, ByScope{}, ""));

Error unauthenticated() { return {Errc::unauthenticated, reason::identity_unauthenticated, "not authenticated"}; }
Error invalid() { return {Errc::invalid, json::reason::invalid_fields, "a required field is missing"}; }

/// A host as it may stand in a link; anything else in a Host header is not repeated.
std::string_view host_of(const Request& request) {
  const auto host = request.headers.find(header::host).value_or("");
  const auto may_stand = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{".:[]-_"}.find(c) != std::string_view::npos;
  };
  return !host.empty() && std::all_of(host.begin(), host.end(), may_stand) ? host : "localhost";
}

}  // namespace

Result<Self> do_describe(Transaction&, const Context&, const Self& self) { return self; }

Result<Self> read_self(const Call& call) {
  auto href = call.request.origin.is_secure ? std::string{"https://"} : std::string{"http://"};
  href += host_of(call.request);
  href += base::split_target(call.request.target).path;
  if (!href.ends_with('/')) href += '/';
  return Self{std::move(href)};
}

Result<access_tokens::Login> read_login(const Call& call) {
  const auto document = json::parse(call.request.body);
  if (!document) return as_invalid_body(document.error());
  const auto wanted = json::decode(approach, document->root());
  if (!wanted) return as_invalid_body(wanted.error());
  if (std::find(wanted->methods.begin(), wanted->methods.end(), "password") == wanted->methods.end()) return unauthenticated();

  auto login = json::decode(password_login, document->root());
  if (!login) return as_invalid_body(login.error());
  if (!login->domain_id && !login->domain_name) return invalid();
  if (login->domain_id.value_or("default") != "default" || login->domain_name.value_or("Default") != "Default")
    return unauthenticated();
  return access_tokens::Login{std::move(login->name), std::move(login->password), std::move(login->project).value_or(""),
                              call.request.origin.address};
}

Result<std::string> read_subject(const Call& call) { return std::string{token_in(call.request, "X-Subject-Token")}; }

void write_self(const Self& self, const Context&, Response& response) {
  Writer out{response.body};
  out.begin_object().key("version").begin_object();
  out.key("id").string("v3.8").key("status").string("stable").key("updated").string("2017-02-22T00:00:00Z");
  out.key("media-types").begin_array().begin_object();
  out.key("base").string("application/json").key("type").string("application/vnd.openstack.identity-v3+json");
  out.end_object().end_array();
  out.key("links").begin_array().begin_object().key("rel").string("self").key("href").string(self.href).end_object().end_array();
  out.end_object().end_object();
  say_json(response);
}

void write_session(const Session& session, const Context&, Response& response) {
  Writer out{response.body};
  json::encode(out, token, session);
  say_json(response);
  response.headers.add(header::vary, "X-Auth-Token");
}

void write_issued_token(const access_tokens::Issued& issued, const Context& context, Response& response) {
  response.status = 201;
  response.headers.add("X-Subject-Token", issued.token);
  write_session(issued.session, context, response);
}

void write_nothing(const Nothing&, const Context&, Response& response) { response.status = 204; }

std::string_view token_in(const Request& request, std::string_view header_name) {
  const auto value = request.headers.find(header_name).value_or("");
  const auto begin = value.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return value.substr(begin, value.find_last_not_of(" \t\r") - begin + 1);
}

std::string login_schema() { return json::schema(password_login); }
std::string session_schema() { return json::schema_of_shown<json::nested<token>>(); }
std::string version_schema() {
  return R"({"title":"Version","type":"object","properties":{"version":{"type":"object","properties":{"id":{"type":"string"},)"
         R"("status":{"type":"string","const":"stable"},"updated":{"type":"string","format":"date-time"},)"
         R"("media-types":{"type":"array","items":{"type":"object","properties":{"base":{"type":"string"},)"
         R"("type":{"type":"string"}},"required":["base","type"]}},)"
         R"("links":{"type":"array","items":{"type":"object","properties":{"rel":{"type":"string"},)"
         R"("href":{"type":"string"}},"required":["rel","href"]}}},)"
         R"("required":["id","status","updated","media-types","links"]}},"required":["version"]})";
}

}  // namespace innkeeper::dialects::skyway
