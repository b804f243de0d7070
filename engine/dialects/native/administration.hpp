#pragma once

#include "engine/dialects/native/requests.hpp"

/// Tenants, operators, apps and keys on the wire.
namespace innkeeper::dialects::native {

// ---- tenants -----------------------------------------------------------------------------------------------------------------

inline constexpr auto tenant =
    json::outline<Tenant>("Tenant", json::row<Tenant>("id", &Tenant::id, id_text, ""), json::row<Tenant>("uid", &Tenant::uid, ""),
                          json::row<Tenant>("name", &Tenant::name, ""),
                          json::row<Tenant>("status", &Tenant::status, "Takes effect on the next request of every contract"),
                          json::row<Tenant>("created_at", &Tenant::created_at, time, ""),
                          json::row<Tenant>("updated_at", &Tenant::updated_at, time, ""));

inline constexpr Field new_tenant_rows[] = {field<&tenants::NewTenant::name>("/name", required, rules_of<&Tenant::name>),
                                            field<&tenants::NewTenant::status>("/status")};
inline constexpr auto new_tenant = fields<tenants::NewTenant>("NewTenant", new_tenant_rows, strict);
inline constexpr Field tenant_change_rows[] = {field<&tenants::Draft::name>("/name", rules_of<&Tenant::name>),
                                               field<&tenants::Draft::status>("/status")};
inline constexpr auto tenant_change = fields<tenants::Draft>("TenantChange", tenant_change_rows, strict);

template <>
inline constexpr std::array listed_of<Tenant>{by("name", &Tenant::name), chosen_by("status", &Tenant::status),
                                              chosen_by("created_at", &Tenant::created_at)};

// ---- operators ---------------------------------------------------------------------------------------------------------------

inline constexpr auto operator_ = json::outline<Operator>(
    "Operator", json::row<Operator>("id", &Operator::id, id_text, ""), json::row<Operator>("uid", &Operator::uid, ""),
    json::row<Operator>("tenant", &Operator::tenant, id_or_null, "Null: over all tenants"),
    json::row<Operator>("name", &Operator::name, ""), json::row<Operator>("created_at", &Operator::created_at, time, ""));
inline constexpr auto issued_operator = json::outline<operators::Issued>(
    "IssuedOperator", json::row<operators::Issued>("operator", &operators::Issued::created, json::nested<operator_>, ""),
    json::row<operators::Issued>("secret", &operators::Issued::secret, "Of its first key; shown this once"));

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
Result<operators::NewOperator> read_new_operator(const Call&);
void write_issued_operator(const operators::Issued&, const Context&, Response&);

template <>
inline constexpr std::array listed_of<Operator>{by("name", &Operator::name), chosen_by("tenant", &Operator::tenant),
                                                chosen_by("created_at", &Operator::created_at)};

// ---- apps --------------------------------------------------------------------------------------------------------------------

inline constexpr auto app = json::outline<App>(
    "App", json::row<App>("id", &App::id, id_text, ""),
    json::row<App>("uid", &App::uid, "The public half of its credential in every contract"),
    json::row<App>("tenant", &App::tenant, id_text, ""),
    json::row<App>(
        "name", [](const App& app) { return app.name.value_or(""); }, ""),
    json::row<App>("description", &App::description, ""), json::row<App>("status", &App::status, ""),
    json::row<App>("mode", &App::mode, "A test key reaches test apps only"),
    json::row<App>("domains", &App::domains, text_array, "Hosts that peers may come from"),
    json::row<App>("permissions", &App::permissions, text_array, "Features by name"),
    json::row<App>("created_at", &App::created_at, time, ""), json::row<App>("updated_at", &App::updated_at, time, ""));
inline constexpr auto issued_app = json::outline<apps::Issued>(
    "IssuedApp",
    json::row<apps::Issued>(
        "app", [](const apps::Issued& issued) -> const App& { return issued.view.app; }, json::nested<app>, ""),
    json::row<apps::Issued>("secret", &apps::Issued::secret, "Of its first key; shown this once"));

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
Result<apps::NewApp> read_new_app(const Call& call) {
  auto draft = read_body<new_app>(call);
  if (!draft) return draft.error();
  return apps::NewApp{.tenant = ref_in<Parent>(call), .draft = std::move(*draft)};
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
template <QuotaKind kind>
Allowance allowance_of(const quotas::View& view) {
  constexpr auto at = static_cast<std::size_t>(kind);
  return {view.row.*by_kind<Quota>[at], view.limits.*by_kind<Quotas>[at], view.used.*by_kind<QuotaUsage>[at]};
}
inline constexpr auto allowance =
    json::outline<Allowance>("Allowance", json::row<Allowance>("quota", &Allowance::quota, count_or_null, "Null: as configured"),
                             json::row<Allowance>("limit", &Allowance::limit, "What holds; 0: no limit"),
                             json::row<Allowance>("used", &Allowance::used, "By what is there now"));
inline constexpr auto quota_view = json::outline<quotas::View>(
    "Quotas", json::row<quotas::View>("rooms", allowance_of<QuotaKind::rooms>, json::nested<allowance>, ""),
    json::row<quotas::View>("members", allowance_of<QuotaKind::members>, json::nested<allowance>, ""),
    json::row<quotas::View>("keys", allowance_of<QuotaKind::keys>, json::nested<allowance>, ""),
    json::row<quotas::View>("devices", allowance_of<QuotaKind::devices>, json::nested<allowance>, ""),
    json::row<quotas::View>("tokens", allowance_of<QuotaKind::tokens>, json::nested<allowance>,
                            "Join tokens, member tokens and access tokens, until upkeep takes their rows out"),
    json::row<quotas::View>("events", allowance_of<QuotaKind::events>, json::nested<allowance>,
                            "What may not be refused takes the place of the oldest"),
    json::row<quotas::View>("bytes", allowance_of<QuotaKind::bytes>, json::nested<allowance>,
                            "Of all rows but those of the audit trail"),
    json::row<quotas::View>("is_counted", &quotas::View::is_counted,
                            "False while the rows of a database of before are being counted; no quota holds until then"));
inline constexpr Field quota_change_rows[] = {field<&quotas::Draft::rooms, limit_or_null>("/rooms", about_quota),
                                              field<&quotas::Draft::members, limit_or_null>("/members", about_quota),
                                              field<&quotas::Draft::keys, limit_or_null>("/keys", about_quota),
                                              field<&quotas::Draft::devices, limit_or_null>("/devices", about_quota),
                                              field<&quotas::Draft::tokens, limit_or_null>("/tokens", about_quota),
                                              field<&quotas::Draft::events, limit_or_null>("/events", about_quota),
                                              field<&quotas::Draft::bytes, limit_or_null>("/bytes", about_quota)};
inline constexpr auto quota_change = fields<quotas::Draft>("QuotaChange", quota_change_rows, strict);

// ---- keys --------------------------------------------------------------------------------------------------------------------

struct OwnerOf {
  void write(Writer& out, const Key& key) const {
    out.begin_object().key("kind").string(name_of(key.owner_kind)).key("id").quoted(number(key.owner)).end_object();
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("object").key("properties").begin_object();
    json::describe_names(schema.key("kind").begin_object().key("type").string("string"), names_of<KeyOwner>);
    schema.end_object().key("id").begin_object().key("type").string("string").end_object().end_object();
    schema.key("required").begin_array().string("kind").string("id").end_array();
  }
};
inline constexpr auto rate_of = [](const Key& key) {
  return key.rate_quota ? std::optional{RateLimit{*key.rate_quota, std::chrono::seconds{key.rate_window.value_or(60)}}}
                        : std::nullopt;
};
inline constexpr auto last_use_of = [](const Key& key) {
  return key.last_used == 0 ? std::nullopt : std::optional{Instant{std::chrono::microseconds{key.last_used}}};
};
inline constexpr auto key = json::outline<Key>(
    "Key", json::row<Key>("id", &Key::id, id_text, ""), json::row<Key>("uid", &Key::uid, ""),
    json::row<Key>("owner", std::identity{}, OwnerOf{}, "The app or operator it stands for"),
    json::row<Key>("label", &Key::label, ""), json::row<Key>("prefix", &Key::prefix, "The first characters of the secret"),
    json::row<Key>("last_four", &Key::hint, "The last characters of the secret"),
    json::row<Key>("scopes", &Key::scopes, scopes, "`*` is all that the owner may do"), json::row<Key>("mode", &Key::mode, ""),
    json::row<Key>("networks", &Key::networks, words, "Where it may be used from, CIDR; empty: anywhere"),
    json::row<Key>("rate_limit", rate_of, rate, "Null: as configured; a quota of 0: none"),
    json::row<Key>("expires_at", &Key::expires_at, time_or_null, ""),
    json::row<Key>("revoked_at", &Key::revoked_at, time_or_null, ""),
    json::row<Key>("replaced_by", &Key::replaced_by, id_or_null, "The key that took its place"),
    json::row<Key>("last_used_at", last_use_of, time_or_null, "A minute late at most"),
    json::row<Key>("created_at", &Key::created_at, time, ""));
inline constexpr auto issued_key =
    json::outline<keys::Issued>("IssuedKey", json::row<keys::Issued>("key", &keys::Issued::key, json::nested<key>, ""),
                                json::row<keys::Issued>("secret", &keys::Issued::secret, "Shown this once"));

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

template <class E>
constexpr Field rotation_row(std::string_view note) {
  return field<E, &E::grace, seconds>("/grace_seconds", within(0, keys::longest_grace.count()), note);
}
inline constexpr Field rotation_rows[] = {
    rotation_row<keys::Rotation>("How long the old secret goes on, at most to its own end; 0 without it")};
inline constexpr auto rotation = fields<keys::Rotation>("Rotation", rotation_rows, strict);
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
inline constexpr Field key_revocation_rows[] = {field<&KeyRevocation::takes_descendants>(
    "/descendants", "Also the keys it was rotated from and to, and all that any of these made, in turn")};
inline constexpr auto key_revocation = fields<KeyRevocation>("KeyRevocation", key_revocation_rows, strict);
inline constexpr auto revoked_descendants = json::outline<RevokedKey::Descendants>(
    "RevokedDescendants", json::row<RevokedKey::Descendants>("revoked", &RevokedKey::Descendants::revoked, "How many"),
    json::row<RevokedKey::Descendants>("has_more", &RevokedKey::Descendants::has_more, "Some hundred at a time: call again"));
inline constexpr auto revoked_key = json::extended<RevokedKey>(
    "RevokedKey", key,
    json::row<RevokedKey>("descendants", &RevokedKey::descendants, json::nested_if_any<revoked_descendants>,
                          "Where they were to be revoked too"));
Result<KeyRevocation> read_key_revocation(const Call&);
Result<RevokedKey> do_revoke_key(Transaction&, const Context&, const KeyRevocation&);
inline constexpr Operation<KeyRevocation, RevokedKey> revoke_key{"keys.revoke", Access::write, do_revoke_key};

struct QuestionBody {
  std::string secret;
  std::string address;
  std::optional<std::string> scopes;
};
inline constexpr Field question_rows[] = {
    field<&QuestionBody::secret>("/secret", required, at_least(1), at_most(1'024)),
    field<&QuestionBody::address>("/address", at_most(64),
                                  "The IP address it was shown from; without it the key's networks do not count"),
    field<&QuestionBody::scopes, scopes>("/scopes", each(one_of(scope_words)), "What the key must have")};
inline constexpr auto question = fields<QuestionBody>("KeyQuestion", question_rows, strict);
Result<keys::Question> read_question(const Call&);

inline constexpr auto verdict_app =
    json::outline<App>("VerdictApp", json::row<App>("id", &App::id, id_text, ""), json::row<App>("uid", &App::uid, ""),
                       json::row<App>("tenant", &App::tenant, id_text, ""));
inline constexpr auto code_of_verdict = [](const keys::Verdict& verdict) {
  return verdict.is_good ? std::nullopt : std::optional{std::string{verdict.reason.name}};
};
inline constexpr auto key_of_verdict = [](const keys::Verdict& verdict) {
  return verdict.key.id == Id::none ? std::nullopt : std::optional{verdict.key};
};
inline constexpr auto verdict = json::outline<keys::Verdict>(
    "KeyVerdict", json::row<keys::Verdict>("valid", &keys::Verdict::is_good, ""),
    json::row<keys::Verdict>("code", code_of_verdict, text_or_null, "Why not, for programs"),
    json::row<keys::Verdict>("key", key_of_verdict, nested_or_null<key>, "Null if there is none"),
    json::row<keys::Verdict>("app", &keys::Verdict::app, nested_or_null<verdict_app>, "Null for an operator's key"),
    json::row<keys::Verdict>("remaining", &keys::Verdict::remaining, count_or_null, "Requests left; null: no limit"));

template <>
inline constexpr std::array listed_of<Key>{chosen_by("label", &Key::label), chosen_by("mode", &Key::mode),
                                           chosen_by("created_at", &Key::created_at)};

}  // namespace innkeeper::dialects::native
