#pragma once

#include "engine/dialects/native/requests.hpp"

/// Tenants, operators, apps and keys on the wire.
namespace innkeeper::dialects::native {

// ---- tenants -----------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Tenant> tenant;

inline constexpr auto new_tenant =
    json::fields<tenants::NewTenant>("NewTenant", text_field<&Tenant::name>("/name", &tenants::NewTenant::name, json::required),
                                     json::field("/status", &tenants::NewTenant::status))
        .with(strict);
inline constexpr auto tenant_change =
    json::fields<tenants::Draft>("TenantChange", text_field<&Tenant::name>("/name", &tenants::Draft::name),
                                 json::field("/status", &tenants::Draft::status))
        .with(strict);

template <>
inline constexpr std::array listed_of<Tenant>{by("name", &Tenant::name), chosen_by("status", &Tenant::status),
                                              chosen_by("created_at", &Tenant::created_at)};

// ---- operators ---------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Operator> operator_;
extern const contract::Properties<operators::Issued> issued_operator;

struct NewOperatorBody {
  std::string name;
  std::optional<std::string> tenant;
};
inline constexpr auto new_operator =
    json::fields<NewOperatorBody>("NewOperator", text_field<&Operator::name>("/name", &NewOperatorBody::name, json::required),
                                  json::field("/tenant", &NewOperatorBody::tenant, json::at_least(1), json::at_most(255),
                                              "The tenant it administers; without it the caller's, or all"))
        .with(strict);
inline constexpr auto operator_change =
    json::fields<operators::Draft>("OperatorChange", text_field<&Operator::name>("/name", &operators::Draft::name)).with(strict);
Result<operators::NewOperator> read_new_operator(const Call&);
void write_issued_operator(const operators::Issued&, const Context&, Response&);

template <>
inline constexpr std::array listed_of<Operator>{by("name", &Operator::name), chosen_by("tenant", &Operator::tenant),
                                                chosen_by("created_at", &Operator::created_at)};

// ---- apps --------------------------------------------------------------------------------------------------------------------

extern const contract::Properties<App> app;
extern const contract::Properties<apps::Issued> issued_app;

inline constexpr auto app_rows = [](auto... more) {
  return json::fields<apps::Draft>(
             sizeof...(more) > 0 ? "NewApp" : "AppChange", text_field<&App::name>("/name", &apps::Draft::name),
             text_field<&App::description>("/description", &apps::Draft::description),
             json::field("/status", &apps::Draft::status),
             json::field("/domains", &apps::Draft::domains, json::text_set, items_of<&App::domains>, longest_of<&App::domains>,
                         form_of<&App::domains>.says("must be an array of hosts such as example.com or *.example.com"),
                         "Hosts that peers may come from"),
             json::field("/permissions", &apps::Draft::permissions, json::sorted_text_set, items_of<&App::permissions>,
                         longest_of<&App::permissions>, "Features by name"),
             more...)
      .with(strict);
};
inline constexpr auto new_app =
    app_rows(json::field("/mode", &apps::Draft::mode, "Fixed when it is made; live, or test for a test key, without it"));
inline constexpr auto app_change = app_rows();
template <class Parent>
Result<apps::NewApp> read_new_app(const Call& call) {
  auto draft = read_body<new_app>(call);
  if (!draft) return draft.error();
  return apps::NewApp{.tenant = ref_in<Parent>(call), .draft = std::move(*draft)};
}
/// The same where the path names no tenant.
struct AppOfTenant : apps::Draft {
  std::string tenant{};
};
inline constexpr auto new_app_of_tenant = std::apply(
    [](auto... rows) {
      return json::fields<AppOfTenant>("NewAppOfTenant", rows...,
                                       json::field("/tenant", &AppOfTenant::tenant, json::at_least(1), json::at_most(255),
                                                   "The tenant it is for, by id or uid. Without it the caller's; a caller over "
                                                   "all tenants names one"))
          .with(strict);
    },
    new_app.rows);
Result<apps::NewApp> read_new_app_of_tenant(const Call&);
void write_app(const apps::View&, const Context&, Response&);
/// `place` leads from where it was made to apps.
template <const auto& place>
void write_issued_app(const apps::Issued& issued, const Context&, Response& response) {
  write_secret<issued_app>(issued, response);
  set_etag(response, issued.view.app.version);
  set_created(response, place, issued.view.app.id);
}

template <>
inline constexpr std::array listed_of<App>{chosen_by("name", &App::name), chosen_by("status", &App::status),
                                           chosen_by("mode", &App::mode), chosen_by("created_at", &App::created_at)};

// ---- quotas ------------------------------------------------------------------------------------------------------------------

inline constexpr std::string_view about_quota = "Null: as configured; 0: no limit";

struct Allowance {
  std::optional<std::int64_t> quota;
  std::int64_t limit;
  std::int64_t used;
};
extern const contract::Properties<Allowance> allowance;
extern const contract::Properties<quotas::View> quota_view;
inline constexpr auto quota_change =
    json::fields<quotas::Draft>("QuotaChange", json::field("/rooms", &quotas::Draft::rooms, limit_or_null, about_quota),
                                json::field("/members", &quotas::Draft::members, limit_or_null, about_quota),
                                json::field("/keys", &quotas::Draft::keys, limit_or_null, about_quota),
                                json::field("/devices", &quotas::Draft::devices, limit_or_null, about_quota),
                                json::field("/tokens", &quotas::Draft::tokens, limit_or_null, about_quota),
                                json::field("/events", &quotas::Draft::events, limit_or_null, about_quota),
                                json::field("/bytes", &quotas::Draft::bytes, limit_or_null, about_quota))
        .with(strict);

// ---- keys --------------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Key> key;
extern const contract::Properties<keys::Issued> issued_key;

inline constexpr auto key_rows = [](std::string_view name, auto... more) {
  return json::fields<keys::Draft>(
             name, text_field<&Key::label>("/label", &keys::Draft::label),
             json::field("/networks", &keys::Draft::networks, words, items_of<&Key::networks>, longest_of<&Key::networks>,
                         "CIDR blocks it may be used from"),
             json::field("/rate_limit", &keys::Draft::rate, rate, "Null: as configured; a quota of 0: none"), more...)
      .with(strict);
};
inline constexpr auto new_key = key_rows(
    "NewKey",
    json::field("/scopes", &keys::Draft::scopes, scopes, items_of<&Key::scopes>, json::each(json::one_of(scope_words)),
                "The caller's own without it"),
    json::field("/mode", &keys::Draft::mode, "An app's key is of the app's mode"),
    json::field("/expires_at", &keys::Draft::expires_at, time_or_null, "Never without it, or when the caller's key does"));
inline constexpr auto key_change = key_rows("KeyChange");

template <KeyOwner holder, class Parent>
Result<keys::NewKey> read_new_key(const Call& call) {
  auto draft = read_body_if_any<new_key>(call);
  if (!draft) return draft.error();
  return keys::NewKey{ref_in<Parent>(call), holder, std::move(*draft)};
}
template <KeyOwner holder>
inline constexpr auto as_inquiry = [](const Asked& asked, const Window& window) {
  return keys::Inquiry{asked.parent, holder, window};
};
void write_issued_key(const keys::Issued&, const Context&, Response&);

inline constexpr auto rotation_row = [](auto member, std::string_view note) {
  return json::field("/grace_seconds", member, seconds, json::within(0, keys::longest_grace.count()), note);
};
inline constexpr auto rotation =
    json::fields<keys::Rotation>("Rotation", rotation_row(&keys::Rotation::grace,
                                                          "How long the old secret goes on, at most to "
                                                          "its own end; 0 without it"))
        .with(strict);
template <const auto& table, class Param>
auto read_rotation(const Call& call) -> decltype(read_body<table>(call)) {
  auto wanted = read_body_if_any<table>(call);
  if (wanted) wanted->ref = ref_in<Param>(call);
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
inline constexpr auto key_revocation =
    json::fields<KeyRevocation>("KeyRevocation",
                                json::field("/descendants", &KeyRevocation::takes_descendants,
                                            "Also the keys it was rotated from and to, and all that any of these made, in turn"))
        .with(strict);
extern const contract::Properties<RevokedKey::Descendants> revoked_descendants;
extern const contract::Properties<RevokedKey> revoked_key;
Result<KeyRevocation> read_key_revocation(const Call&);
Result<RevokedKey> do_revoke_key(Transaction&, const Context&, const KeyRevocation&);
inline constexpr Operation<KeyRevocation, RevokedKey> revoke_key{"keys.revoke", Access::write, do_revoke_key};

struct QuestionBody {
  std::string secret;
  std::string address;
  std::optional<std::string> scopes;
};
inline constexpr auto question =
    json::fields<QuestionBody>(
        "KeyQuestion", json::field("/secret", &QuestionBody::secret, json::required, json::at_least(1), json::at_most(1'024)),
        json::field("/address", &QuestionBody::address, json::at_most(64),
                    "The IP address it was shown from; without it the key's networks do not count"),
        json::field("/scopes", &QuestionBody::scopes, scopes, json::each(json::one_of(scope_words)), "What the key must have"))
        .with(strict);
Result<keys::Question> read_question(const Call&);

extern const contract::Properties<App> verdict_app;
extern const contract::Properties<keys::Verdict> verdict;

template <>
inline constexpr std::array listed_of<Key>{chosen_by("label", &Key::label), chosen_by("mode", &Key::mode),
                                           chosen_by("created_at", &Key::created_at)};

}  // namespace innkeeper::dialects::native
