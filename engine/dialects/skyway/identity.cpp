#include "engine/dialects/skyway/identity.hpp"

#include <innkeeper/contract/credentials.hpp>
#include <innkeeper/contract/properties.hpp>

#include "engine/base/target.hpp"
#include "engine/base/time.hpp"
#include "engine/dialects/skyway/page.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace innkeeper::dialects::skyway {

using contract::always;
using contract::itself;
using contract::nested;
using contract::Properties;
using contract::Property;
using contract::show;
using json::Writer;

namespace {

using contract::fault;
using contract::Field;
using contract::field;
using contract::fields;
using contract::required;

/// The login methods of a request. Read by itself, since what else must be there depends on it.
struct LoginMethods {
  std::vector<std::string> methods;
};
constexpr Field approach_rows[] = {field<&LoginMethods::methods>("/auth/identity/methods", required, fault(invalid_body))};
constexpr auto login_methods = fields<LoginMethods>("Approach", approach_rows);

/// A domain by id, by name, or by both. There is one.
struct Domain {
  std::optional<std::string> id, name;

  bool is_named() const { return id || name; }
  bool is_there() const { return id.value_or("default") == "default" && name.value_or("Default") == "Default"; }
};

struct Project : Domain {
  std::optional<std::string> project_id, project_name;
};
constexpr Field project_scope_rows[] = {
    field<&Project::project_id>("/id", "The tenant"),
    field<&Project::project_name>("/name", "The tenant's name, with a domain; no other that the user may use has it"),
    field<Project, &Project::id>("/domain/id", "`default`"),
    field<Project, &Project::name>("/domain/name", "`Default`, in place of the id")};
constexpr auto project_scope = fields<Project>("ProjectScope", project_scope_rows);

/// What a token is asked for; nothing: an unscoped one.
struct Wanted {
  std::string project_id{}, project_name{};
  bool can_be_given = true;
};
struct WantedScope {
  std::optional<Wanted> read(json::View scope) const {
    if (scope.is(json::Kind::string)) return Wanted{.can_be_given = scope.text() == "unscoped"};
    if (!scope.is(json::Kind::object)) return std::nullopt;
    Wanted wanted;
    for (const auto [name, value] : scope.members()) {
      if (value.is(json::Kind::null)) continue;
      if (name != "project") {
        wanted.can_be_given = false;
        continue;
      }
      auto project = contract::decode(project_scope, value);
      if (!project || !(project->project_id || (project->project_name && project->is_named()))) return std::nullopt;
      // An empty text is no tenant's, and does not stand for none.
      const bool is_empty = project->project_id == "" || project->project_name == "";
      wanted.can_be_given = wanted.can_be_given && project->is_there() && !is_empty;
      wanted.project_id = project->project_id.value_or("");
      wanted.project_name = project->project_name.value_or("");
    }
    return wanted;
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("anyOf").begin_array().raw(R"({"type":"string","const":"unscoped"})");
    schema.begin_object().key("type").string("object").key("properties").begin_object();
    schema.key("project").raw(contract::schema(project_scope)).end_object().end_object().end_array();
  }
};
constexpr WantedScope wanted_scope{};

struct PasswordLogin : Domain {
  std::vector<std::string> methods;
  std::optional<std::string> user_id, user_name;
  std::string password;
  Wanted scope;
};
constexpr Field password_login_rows[] = {
    field<&PasswordLogin::methods>("/auth/identity/methods", required, fault(invalid_body), "Must contain `password`"),
    field<&PasswordLogin::user_id>("/auth/identity/password/user/id", fault(invalid_body),
                                   "As a token shows it; in place of the name and its domain"),
    field<PasswordLogin, &PasswordLogin::id>("/auth/identity/password/user/domain/id", fault(invalid_body), "`default`"),
    field<PasswordLogin, &PasswordLogin::name>("/auth/identity/password/user/domain/name", fault(invalid_body),
                                               "`Default`, in place of the id"),
    field<&PasswordLogin::user_name>("/auth/identity/password/user/name", fault(invalid_body), "The platform API key"),
    field<&PasswordLogin::password>("/auth/identity/password/user/password", required, fault(invalid_body),
                                    "The platform API secret key"),
    field<&PasswordLogin::scope, wanted_scope>("/auth/scope", fault(invalid_body),
                                               "The tenant; a token without one opens no app call")};
constexpr auto password_login = fields<PasswordLogin>("PasswordLogin", password_login_rows);

constexpr contract::Constant default_domain{R"({"id":"default","name":"Default"})"};
constexpr contract::Constant password_method{R"(["password"])"};
constexpr contract::Constant member_role{R"([{"id":"9fe2ff9ee4384b1894a90878d3e92bab","name":"_member_"}])"};

/// The identity service itself, so that clients find where to revoke a token.
struct Catalog {
  void write(Writer& out, const Shown& shown) const {
    out.begin_array().begin_object().key("type").string("identity").key("name").string("keystone");
    out.key("id").string("4ba2dc5b0b5f4d1e8c7a3f0e9d6b1c28").key("endpoints").begin_array().begin_object();
    out.key("id").string("b1f6c8d0e2a34f5b97c6d8e0f1a2b3c4").key("interface").string("public");
    out.key("region").null().key("region_id").null().key("url").string(shown.endpoint.url);
    out.end_object().end_array().end_object().end_array();
  }
  void describe(Writer& schema) const {
    const auto texts = [&](auto... names) { (schema.key(names).raw(R"({"type":"string"})"), ...); };
    schema.key("type").string("array").key("items").begin_object().key("type").string("object").key("properties").begin_object();
    texts("type", "name", "id");
    schema.key("endpoints").begin_object().key("type").string("array").key("items").begin_object();
    schema.key("type").string("object").key("properties").begin_object();
    texts("id", "interface", "url");
    schema.key("region").raw(R"({"type":"null"})").key("region_id").raw(R"({"type":"null"})").end_object().end_object();
    schema.end_object().end_object().end_object();
  }
};
constexpr Catalog catalog{};

constexpr Property user_properties[] = {
    show<&Operator::uid>("id"),
    show<&Operator::name>("name", "The platform API key"),
    always<Operator, default_domain>("domain"),
};
constexpr Properties<Operator> user{"User", user_properties};
constexpr Property project_properties[] = {
    show<&Tenant::uid>("id"),
    show<&Tenant::name>("name"),
    always<Tenant, default_domain>("domain"),
};
constexpr Properties<Tenant> project{"Project", project_properties};

template <auto member>
std::string time_of(const Shown& shown) {
  return base::to_rfc3339(shown.session.token.*member, base::Precision::microseconds);
}
const Operator& holder_of(const Shown& shown) { return shown.session.holder; }
const Tenant& tenant_of(const Shown& shown) { return *shown.session.tenant; }
constexpr Property methods_row = always<Shown, password_method>("methods");
constexpr Property issued_row = show<time_of<&AccessToken::issued_at>, json::date_time>("issued_at", "UTC");
constexpr Property expires_row =
    show<time_of<&AccessToken::expires_at>, json::date_time>("expires_at", "UTC; from then on the token is unknown");
constexpr Property user_row = show<holder_of, nested<user>>("user");

constexpr Property unscoped_properties[] = {
    methods_row,
    issued_row,
    expires_row,
    user_row,
};
constexpr Properties<Shown> unscoped{"UnscopedToken", unscoped_properties};
constexpr Property scoped_properties[] = {
    methods_row,
    issued_row,
    expires_row,
    user_row,
    show<tenant_of, nested<project>>("project"),
    always<Shown, member_role>("roles"),
    show<itself<Shown>, catalog>("catalog", "Where the identity service is"),
};
constexpr Properties<Shown> scoped{"Token", scoped_properties};

/// A token with a tenant shows more members than one without.
struct ByScope {
  void write(Writer& out, const Shown& shown) const {
    shown.session.tenant ? contract::encode(out, scoped, shown) : contract::encode(out, unscoped, shown);
  }
  void describe(Writer& schema) const {
    schema.key("anyOf").begin_array();
    schema.raw(contract::schema(scoped)).raw(contract::schema(unscoped));
    schema.end_array();
  }
};
constexpr ByScope by_scope{};
constexpr Property token_properties[] = {
    show<itself<Shown>, by_scope>("token"),
};
constexpr Properties<Shown> token{"TokenAnswer", token_properties};

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

/// The service whose route of so many segments was asked for, a slash at its end left aside: what stands before it is the mount.
Endpoint endpoint_of(const Request& request, int segments) {
  auto mount = base::split_target(request.target).path;
  if (mount.ends_with('/')) mount.remove_suffix(1);
  for (; segments > 0; --segments) mount = mount.substr(0, mount.rfind('/'));
  auto url = std::string{request.origin.is_secure ? "https://" : "http://"};
  return {url.append(host_of(request)).append(mount).append("/v3")};
}
Endpoint endpoint_of_tokens(const Request& request) { return endpoint_of(request, 3); }

void write_description(Writer& out, const Endpoint& endpoint) {
  out.begin_object();
  out.key("id").string("v3.8").key("status").string("stable").key("updated").string("2017-02-22T00:00:00Z");
  out.key("media-types").begin_array().begin_object();
  out.key("base").string("application/json").key("type").string("application/vnd.openstack.identity-v3+json");
  out.end_object().end_array().key("links").begin_array().begin_object();
  out.key("rel").string("self").key("href").string(endpoint.url + '/').end_object().end_array().end_object();
}

}  // namespace

Result<Endpoint> do_describe(Transaction&, const Context&, const Endpoint& endpoint) { return endpoint; }

Result<Shown> do_issue(Transaction& tx, const Context& context, const Login& login) {
  auto issued = access_tokens::sign_in(tx, context, login.who);
  if (!issued) return issued.error();
  return Shown{std::move(issued->session), std::move(issued->token), login.endpoint};
}

Result<Shown> do_show(Transaction& tx, const Context& context, const Subject& subject) {
  auto session = access_tokens::show.run(tx, context, subject.token);
  if (!session) return session.error();
  return Shown{std::move(*session), subject.token, subject.endpoint};
}

Result<Endpoint> read_root(const Call& call) { return endpoint_of(call.request, 0); }
Result<Endpoint> read_service(const Call& call) { return endpoint_of(call.request, 1); }

Result<Login> read_login(const Call& call) {
  const auto document = contract::read_body(call, body_format);
  if (!document) return document.error();
  const auto wanted = contract::decode(login_methods, document->root());
  if (!wanted) return wanted.error();
  if (std::find(wanted->methods.begin(), wanted->methods.end(), "password") == wanted->methods.end()) return unauthenticated();

  auto login = contract::decode(password_login, document->root());
  if (!login) return login.error();
  if (!login->user_id && !(login->user_name && login->is_named())) return invalid();
  if (!login->is_there() || !login->scope.can_be_given) return unauthenticated();
  return Login{{.uid = std::move(login->user_id).value_or(""),
                .name = std::move(login->user_name).value_or(""),
                .secret = std::move(login->password),
                .tenant = std::move(login->scope.project_id),
                .tenant_name = std::move(login->scope.project_name),
                .address = call.request.origin.address},
               endpoint_of_tokens(call.request)};
}

Result<Subject> read_subject(const Call& call) {
  return Subject{std::string{contract::trimmed_field(call.request, "X-Subject-Token")}, endpoint_of_tokens(call.request)};
}

Result<std::string> read_revoked(const Call& call) {
  return std::string{contract::trimmed_field(call.request, "X-Subject-Token")};
}

void write_versions(const Endpoint& endpoint, const Context&, Response& response) {
  response.status = 300;
  Writer out{response.body};
  out.begin_object().key("versions").begin_object().key("values").begin_array();
  write_description(out, endpoint);
  out.end_array().end_object().end_object();
  set_json_type(response);
}

void write_version(const Endpoint& endpoint, const Context&, Response& response) {
  Writer out{response.body};
  write_description(out.begin_object().key("version"), endpoint);
  out.end_object();
  set_json_type(response);
}

void write_token(const Shown& shown, const Context&, Response& response) {
  Writer out{response.body};
  contract::encode(out, token, shown);
  set_json_type(response);
  response.headers.add("X-Subject-Token", shown.token);
}

void write_issued_token(const Shown& shown, const Context& context, Response& response) {
  write_token(shown, context, response);
  response.status = 201;
}

void write_nothing(const Nothing&, const Context&, Response& response) { response.status = 204; }

std::string login_schema() { return contract::schema(password_login); }
std::string session_schema() { return contract::schema(token); }
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
