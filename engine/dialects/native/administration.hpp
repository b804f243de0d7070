#pragma once

#include "engine/dialects/native/requests.hpp"

/// Tenants, operators, apps and keys on the wire.
namespace innkeeper::dialects::native {

// ---- tenants -----------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Tenant> tenant;

inline constexpr Field new_tenant_rows[] = {field<&tenants::New::name>("/name", required, rules_of<&Tenant::name>),
                                            field<&tenants::New::status>("/status")};
inline constexpr auto new_tenant = fields<tenants::New>("NewTenant", new_tenant_rows, strict);
inline constexpr Field tenant_change_rows[] = {field<&tenants::Draft::name>("/name", rules_of<&Tenant::name>),
                                               field<&tenants::Draft::status>("/status")};
inline constexpr auto tenant_change = fields<tenants::Draft>("TenantChange", tenant_change_rows, strict);

inline constexpr ListSort tenant_sorts[] = {by_id, sort_by<&Tenant::name>("-name")};
inline constexpr ListFilter tenant_filters[] = {filter<&Tenant::name>("name"), filter<&Tenant::status>("status"),
                                                filter<&Tenant::created_at>("created_after", Compare::greater),
                                                filter<&Tenant::created_at>("created_before", Compare::less)};

// ---- operators ---------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Operator> operator_;
extern const contract::Properties<operators::Issued> issued_operator;

struct NewOperatorBody {
  std::string name;
  std::optional<std::string> tenant;
};
inline constexpr Field new_operator_rows[] = {
    field<&NewOperatorBody::name>("/name", required, rules_of<&Operator::name>),
    field<&NewOperatorBody::tenant>("/tenant", at_least(1), at_most(255),
                                    "The tenant it administers; without it the caller's, or all")};
inline constexpr auto new_operator = fields<NewOperatorBody>("NewOperator", new_operator_rows, strict);
inline constexpr Field operator_change_rows[] = {field<&operators::Draft::name>("/name", rules_of<&Operator::name>)};
inline constexpr auto operator_change = fields<operators::Draft>("OperatorChange", operator_change_rows, strict);
Result<operators::New> read_new_operator(const Call&);
void write_issued_operator(const operators::Issued&, const Context&, Response&);

inline constexpr ListSort operator_sorts[] = {by_id, sort_by<&Operator::name>("-name")};
inline constexpr ListFilter operator_filters[] = {filter<&Operator::name>("name"), filter<&Operator::tenant>("tenant"),
                                                  filter<&Operator::created_at>("created_after", Compare::greater),
                                                  filter<&Operator::created_at>("created_before", Compare::less)};

// ---- apps --------------------------------------------------------------------------------------------------------------------

extern const contract::Properties<App> app;
extern const contract::Properties<apps::Issued> issued_app;

inline constexpr Field app_rows[] = {
    field<&apps::Draft::name>("/name", rules_of<&App::name>),
    field<&apps::Draft::description>("/description", rules_of<&App::description>), field<&apps::Draft::status>("/status"),
    field<&apps::Draft::domains, json::text_set>(
        "/domains", items_of<&App::domains>, longest_of<&App::domains>,
        form_of<&App::domains>.says("must be an array of hosts such as example.com or *.example.com"),
        "Hosts that peers may come from"),
    field<&apps::Draft::permissions, json::sorted_text_set>("/permissions", items_of<&App::permissions>,
                                                            longest_of<&App::permissions>, "Features by name")};
inline constexpr auto app_change = fields<apps::Draft>("AppChange", app_rows, strict);
inline constexpr Field new_app_rows[] = {
    field<&apps::Draft::mode>("/mode", "Fixed when it is made; live, or test for a test key, without it")};
inline constexpr auto new_app = fields<apps::Draft>("NewApp", new_app_rows, strict).after(app_change);
template <class Parent>
Result<apps::New> read_new_app(const Call& call) {
  auto draft = read_body<new_app>(call);
  if (!draft) return draft.error();
  return apps::New{.parent = ref_in<Parent>(call.path), .draft = std::move(*draft)};
}
/// The same where the path names no tenant.
struct AppOfTenant : apps::Draft {
  std::string tenant{};
};
inline constexpr Field tenant_of_app_rows[] = {
    field<&AppOfTenant::tenant>("/tenant", at_least(1), at_most(255),
                                "The tenant it is for, by id or uid. Without it the caller's; a caller over "
                                "all tenants names one")};
inline constexpr auto new_app_of_tenant = fields<AppOfTenant>("NewAppOfTenant", tenant_of_app_rows, strict).after(new_app);
Result<apps::New> read_new_app_of_tenant(const Call&);
void write_app(const apps::View&, const Context&, Response&);
/// `place` leads from where it was made to apps.
template <const auto& place>
void write_issued_app(const apps::Issued& issued, const Context&, Response& response) {
  write_secret<issued_app>(issued, response);
  set_etag(response, issued.view.app.version);
  set_created(response, place, issued.view.app.id);
}

inline constexpr ListFilter app_filters[] = {
    filter<&App::name>("name"), filter<&App::status>("status"), filter<&App::mode>("mode"),
    filter<&App::created_at>("created_after", Compare::greater), filter<&App::created_at>("created_before", Compare::less)};

// ---- quotas ------------------------------------------------------------------------------------------------------------------

inline constexpr std::string_view about_quota = "Null: as configured; 0: no limit";

struct Allowance {
  std::optional<std::int64_t> quota;
  std::int64_t limit;
  std::int64_t used;
};
extern const contract::Properties<Allowance> allowance;
extern const contract::Properties<quotas::View> quota_view;
inline constexpr Field quota_change_rows[] = {field<&quotas::Draft::rooms, limit_or_null>("/rooms", about_quota),
                                              field<&quotas::Draft::members, limit_or_null>("/members", about_quota),
                                              field<&quotas::Draft::keys, limit_or_null>("/keys", about_quota),
                                              field<&quotas::Draft::devices, limit_or_null>("/devices", about_quota),
                                              field<&quotas::Draft::tokens, limit_or_null>("/tokens", about_quota),
                                              field<&quotas::Draft::events, limit_or_null>("/events", about_quota),
                                              field<&quotas::Draft::bytes, limit_or_null>("/bytes", about_quota)};
inline constexpr auto quota_change = fields<quotas::Draft>("QuotaChange", quota_change_rows, strict);

// ---- keys --------------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Key> key;
extern const contract::Properties<keys::Issued> issued_key;

inline constexpr Field key_rows[] = {
    field<&keys::Draft::label>("/label", rules_of<&Key::label>),
    field<&keys::Draft::networks, words>("/networks", items_of<&Key::networks>, longest_of<&Key::networks>,
                                         "CIDR blocks it may be used from"),
    field<&keys::Draft::rate, rate>("/rate_limit", "Null: as configured; a quota of 0: none")};
inline constexpr auto key_change = fields<keys::Draft>("KeyChange", key_rows, strict);
inline constexpr Field new_key_rows[] = {
    field<&keys::Draft::scopes, scopes>("/scopes", items_of<&Key::scopes>, each(one_of(scope_words)),
                                        "The caller's own without it"),
    field<&keys::Draft::mode>("/mode", "An app's key is of the app's mode"),
    field<&keys::Draft::expires_at, time_or_null>("/expires_at", "Never without it, or when the caller's key does")};
inline constexpr auto new_key = fields<keys::Draft>("NewKey", new_key_rows, strict).after(key_change);

template <KeyOwner holder, class Parent>
Result<keys::New> read_new_key(const Call& call) {
  auto draft = read_body_if_any<new_key>(call);
  if (!draft) return draft.error();
  return keys::New{ref_in<Parent>(call.path), holder, std::move(*draft)};
}
template <KeyOwner holder>
inline constexpr auto as_key_listing = [](const contract::ListQuery& query, PageRequest&& page_request) {
  return keys::KeyListing{query.parent, holder, std::move(page_request)};
};
void write_issued_key(const keys::Issued&, const Context&, Response&);

template <class E>
constexpr Field rotation_row(std::string_view note) {
  return field<E, &E::grace, seconds>("/grace_seconds", within(0, keys::longest_grace.count()), note);
}
inline constexpr Field rotation_rows[] = {
    rotation_row<Rotation>("How long the old secret goes on, at most to its own end; 0 without it")};
inline constexpr auto rotation = fields<Rotation>("Rotation", rotation_rows, strict);
template <const auto& table, class Param>
auto read_rotation(const Call& call) -> decltype(read_body<table>(call)) {
  auto wanted = read_body_if_any<table>(call);
  if (wanted) wanted->ref = ref_in<Param>(call.path);
  return wanted;
}

/// A key that was revoked, and what became of those that came of it, where that was asked for.
struct RevokedKey : Key {
  struct Descendants {
    std::int64_t revoked = 0;
    bool has_more = false;
  };
  std::optional<Descendants> descendants{};
};
struct KeyRevocation {
  Ref ref{};
  bool takes_descendants = false;
};
inline constexpr Field key_revocation_rows[] = {field<&KeyRevocation::takes_descendants>(
    "/descendants", "Also the keys it was rotated from and to, and all that any of these made, in turn")};
inline constexpr auto key_revocation = fields<KeyRevocation>("KeyRevocation", key_revocation_rows, strict);
extern const contract::Properties<RevokedKey::Descendants> revoked_descendants;
extern const contract::Properties<RevokedKey> revoked_key;
Result<KeyRevocation> read_key_revocation(const Call&);
Result<RevokedKey> do_revoke_key(Transaction&, const Context&, const KeyRevocation&);
inline constexpr Operation<KeyRevocation, RevokedKey> revoke_key{"keys.revoke", Access::write, do_revoke_key};

struct KeyCheckBody {
  std::string secret;
  std::string address;
  std::optional<std::string> scopes;
};
inline constexpr Field question_rows[] = {
    field<&KeyCheckBody::secret>("/secret", required, at_least(1), at_most(1'024)),
    field<&KeyCheckBody::address>("/address", at_most(64),
                                  "The IP address it was shown from; without it the key's networks do not count"),
    field<&KeyCheckBody::scopes, scopes>("/scopes", each(one_of(scope_words)), "What the key must have")};
inline constexpr auto check = fields<KeyCheckBody>("KeyQuestion", question_rows, strict);
Result<keys::KeyCheck> read_key_check(const Call&);

extern const contract::Properties<App> status_app;
extern const contract::Properties<keys::KeyStatus> status;

inline constexpr ListFilter key_filters[] = {filter<&Key::label>("label"), filter<&Key::mode>("mode"),
                                             filter<&Key::created_at>("created_after", Compare::greater),
                                             filter<&Key::created_at>("created_before", Compare::less)};

}  // namespace innkeeper::dialects::native
