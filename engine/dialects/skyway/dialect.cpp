#include <innkeeper/contract/credentials.hpp>
#include <innkeeper/dialects.hpp>

#include "engine/dialects/skyway/identity.hpp"
#include "engine/dialects/skyway/page.hpp"
#include "engine/dialects/skyway/wire.hpp"

#include <vector>

namespace innkeeper::dialects::skyway {

namespace {

using enum Method;

constexpr std::string_view identity = "Identity";
constexpr std::string_view app_management = "Apps";
constexpr Tag tags[] = {{identity, "The part of OpenStack Identity v3 that deals in tokens"},
                        {app_management, "The apps of a tenant and their secret keys"}};

constexpr Parameter path_parameters[] = {{"tenant_id", "string", "The tenant that the token is for"},
                                         {"app_id", "string", "The app's number, in decimal digits"}};
constexpr Parameter subject_header[] = {{"X-Subject-Token", "string", "The token in question", true}};
constexpr Parameter shown_header[] = {{"X-Subject-Token", "string", "The same", true}};
constexpr Parameter issued_header[] = {{"X-Subject-Token", "string", "The new token", true}};
constexpr Parameter list_query[] = {{"expandApps", "boolean", "Whole objects instead of short ones; also when it has no value"}};

constexpr Route routes[] = {
    // Left out of the document, which is about successes: this one is a 300.
    {.method = get,
     .path = "/",
     .handler = serve<list_versions, read_root, write_versions>,
     .summary = "List the versions of the identity service",
     .is_open = true,
     .needs_store = false,
     .status = 300,
     .tag = identity,
     .is_documented = false},
    {.method = get,
     .path = "/v3",
     .handler = serve<describe_identity, read_service, write_version>,
     .summary = "Describe the identity service",
     .is_open = true,
     .needs_store = false,
     .response_schema = version_schema,
     .tag = identity},
    {.method = get,
     .path = "/v3/",
     .handler = serve<describe_identity, read_service, write_version>,
     .summary = "Describe the identity service",
     .is_open = true,
     .needs_store = false,
     .response_schema = version_schema,
     .tag = identity},
    {.method = post,
     .path = "/v3/auth/tokens",
     .handler = serve<issue_token, read_login, write_issued_token>,
     .summary = "Get a token for a platform API key",
     .is_open = true,
     .most_body = 16U << 10U,  // whoever sends it is not known yet
     .request_schema = login_schema,
     .response_schema = session_schema,
     .status = 201,
     .response_headers = issued_header,
     .tag = identity},
    {.method = get,
     .path = "/v3/auth/tokens",
     .handler = serve<show_token, read_subject, write_token>,
     .summary = "Show what a token stands for",
     .needs = {Scope::none, AccessLevel::tenant},
     .response_schema = session_schema,
     .headers = subject_header,
     .response_headers = shown_header,
     .tag = identity},
    {.method = del,
     .path = "/v3/auth/tokens",
     .handler = serve<access_tokens::revoke, read_revoked, write_nothing>,
     .summary = "Revoke a token",
     .needs = {Scope::none, AccessLevel::tenant},
     .status = 204,
     .headers = subject_header,
     .tag = identity},

    {.method = get,
     .path = "/tenants/{tenant_id}/apps",
     .handler = contract::serve_list<apps_of_tenant>,
     .summary = "List the tenant's apps",
     .needs = {Scope::apps_read, AccessLevel::tenant},
     .response_schema = list_schema,
     .query = list_query,
     .tag = app_management},
    {.method = post,
     .path = "/tenants/{tenant_id}/apps",
     .handler = serve<apps::create, read_new_app, write_issued>,
     .summary = "Create an app",
     .needs = {Scope::apps_write, AccessLevel::tenant},
     .request_schema = draft_schema,
     .response_schema = app_schema,
     .tag = app_management},
    {.method = get,
     .path = "/tenants/{tenant_id}/apps/{app_id}",
     .handler = serve<apps::find, read_app, write_app>,
     .summary = "Look up one app",
     .needs = {Scope::apps_read, AccessLevel::tenant},
     .response_schema = app_schema,
     .tag = app_management},
    {.method = put,
     .path = "/tenants/{tenant_id}/apps/{app_id}",
     .handler = serve<apps::update, read_change, write_app>,
     .summary = "Change an app",
     .needs = {Scope::apps_write, AccessLevel::tenant},
     .admit = admit_app,
     .request_schema = draft_schema,
     .response_schema = app_schema,
     .tag = app_management},
    {.method = del,
     .path = "/tenants/{tenant_id}/apps/{app_id}",
     .handler = serve<apps::remove, read_removal, write_empty>,
     .summary = "Delete an app",
     .needs = {Scope::apps_write, AccessLevel::tenant},
     .response_schema = empty_schema,
     .tag = app_management},
    {.method = get,
     .path = "/tenants/{tenant_id}/apps/{app_id}/secretkey",
     .handler = serve<apps::secret, read_app_id, write_secret>,
     .summary = "Look up an app's secret key",
     .needs = {Scope::keys_write, AccessLevel::tenant},
     .response_schema = secret_schema,
     .tag = app_management},
    {.method = post,
     .path = "/tenants/{tenant_id}/apps/{app_id}/secretkey",
     .handler = serve<apps::renew_secret, read_new_secret, write_secret>,
     .summary = "Put a new secret key in place of the old one",
     .needs = {Scope::keys_write, AccessLevel::tenant},
     .response_schema = secret_schema,
     .tag = app_management},
};

std::vector<int> error_statuses(const Route& route) {
  const bool is_about_apps = route.tag == app_management;
  const bool is_about_tokens = route.path == "/v3/auth/tokens";
  std::vector<int> statuses;
  if (route.request_schema != nullptr) statuses.push_back(400);
  if (is_about_tokens) statuses.push_back(401);
  if (is_about_apps) statuses.push_back(403);
  if (is_about_tokens && !route.is_open) statuses.push_back(404);
  if (route.request_schema != nullptr) statuses.push_back(413);
  statuses.push_back(503);
  return statuses;
}

Credentials read_token(const Request& request) { return contract::read_header(request, "X-Auth-Token"); }

Error not_authenticated() { return {Errc::unauthenticated, innkeeper::reason::token_unknown, "not authenticated"}; }

Principal principal_of(const access_tokens::Grant& grant) {
  return {.kind = Principal::Kind::administrator,
          .id = grant.token.holder,
          .tenant = grant.token.tenant,
          .key = grant.key.id,
          .scopes = Scopes::parse(grant.key.scopes).value_or(Scopes{}),
          .mode = grant.key.mode,
          .rate_quota = grant.key.rate_quota,
          .rate_window = grant.key.rate_window};
}

/// The holder of a token on the identity service, which is about tokens and no tenant.
Result<Principal> authenticate_holder(Transaction& tx, const Context& context, const Credentials& presented, const Params&) {
  auto grant = access_tokens::authenticate(tx, context, presented.secret, presented.address);
  if (grant) {
    auto principal = principal_of(*grant);
    principal.tenant = Id::none;
    return principal;
  }
  if (grant.error().code != Errc::unauthenticated) return grant.error();
  return Error{Errc::unauthenticated, reason::identity_unauthenticated, "not authenticated"};
}

/// The holder of a token that is good for the tenant of the path, if that tenant is active.
Result<Principal> authenticate_for_tenant(Transaction& tx, const Context& context, const Credentials& presented,
                                          const Params& path) {
  auto grant = access_tokens::authenticate(tx, context, presented.secret, presented.address);
  if (!grant) return grant.error();
  if (grant->token.tenant == Id::none) return not_authenticated();
  auto tenant = tx.get<Tenant>(grant->token.tenant);
  if (!tenant) return tenant.error().code == Errc::not_found ? not_authenticated() : tenant.error();
  if (tenant->uid != path["tenant_id"]) return not_authenticated();
  if (tenant->status == TenantStatus::deleted) return Error{Errc::forbidden, innkeeper::reason::tenant_deleted};
  if (tenant->status == TenantStatus::suspended) return Error{Errc::forbidden, innkeeper::reason::tenant_suspended};
  return principal_of(*grant);
}

constexpr std::string_view token_header = R"({"type":"apiKey","in":"header","name":"X-Auth-Token"})";
constexpr AuthenticationScheme holder_scheme{
    .name = "credential", .read_credentials = read_token, .authenticate = authenticate_holder, .document = token_header};
constexpr AuthenticationScheme tenant_scheme{
    .name = "credential", .read_credentials = read_token, .authenticate = authenticate_for_tenant, .document = token_header};
constexpr PathFamily path_families[] = {{.prefix = "/v3", .scheme = &holder_scheme},
                                        {.prefix = "/tenants", .scheme = &tenant_scheme}};
constexpr std::string_view single_headers[] = {"X-Auth-Token", "X-Subject-Token"};

}  // namespace

}  // namespace innkeeper::dialects::skyway

namespace innkeeper {

constinit const Dialect skyway{
    .name = "skyway",
    .title = "SkyWay SDPF app management",
    .routes = dialects::skyway::routes,
    .path_families = dialects::skyway::path_families,
    .single_headers = dialects::skyway::single_headers,
    .render_error = dialects::skyway::render_error,
    .finish = dialects::skyway::finish,
    .error_schema = dialects::skyway::error_schema,
    .error_statuses = dialects::skyway::error_statuses,
    .about =
        "Apps of the SkyWay video platform as its tenants manage them, with the OpenStack Identity calls for the tokens that "
        "this takes.",
    .license = "BSL-1.0",
    .tags = dialects::skyway::tags,
    .path_parameters = dialects::skyway::path_parameters,
};

}  // namespace innkeeper
