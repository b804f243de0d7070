#include "engine/dialects/native/administration.hpp"

namespace innkeeper::dialects::native {

using contract::itself;
using contract::nested;
using contract::nested_if_any;
using contract::nested_or_null;
using contract::Properties;
using contract::Property;
using contract::show;

namespace {

std::string name_of_app(const App& app) { return app.name.value_or(""); }
const App& app_of_issued(const apps::Issued& issued) { return issued.view.app; }

template <QuotaKind kind>
Allowance allowance_of(const quotas::View& view) {
  constexpr auto at = static_cast<std::size_t>(kind);
  return {view.row.*by_kind<Quota>[at], view.limits.*by_kind<Quotas>[at], view.used.*by_kind<QuotaUsage>[at]};
}

struct OwnerOf {
  void write(Writer& out, const Key& key) const {
    out.begin_object().key("kind").string(name_of(key.owner_kind)).key("id").quoted(number(key.owner)).end_object();
  }
  void describe(Writer& schema) const {
    schema.key("type").string("object").key("properties").begin_object();
    json::describe_names(schema.key("kind").begin_object().key("type").string("string"), names_of<KeyOwner>);
    schema.end_object().key("id").begin_object().key("type").string("string").end_object().end_object();
    schema.key("required").begin_array().string("kind").string("id").end_array();
  }
};
constexpr OwnerOf owner{};

std::optional<RateLimit> rate_of(const Key& key) {
  if (!key.rate_quota) return std::nullopt;
  return RateLimit{*key.rate_quota, std::chrono::seconds{key.rate_window.value_or(60)}};
}
std::optional<Instant> last_use_of(const Key& key) {
  if (key.last_used == 0) return std::nullopt;
  return Instant{std::chrono::microseconds{key.last_used}};
}

std::optional<std::string> code_of(const keys::KeyStatus& status) {
  if (status.is_valid) return std::nullopt;
  return std::string{status.reason.name};
}
std::optional<Key> key_of(const keys::KeyStatus& status) {
  if (status.key.id == Id::none) return std::nullopt;
  return status.key;
}

}  // namespace

constexpr Property tenant_properties[] = {
    show<&Tenant::id, id_text>("id"),
    show<&Tenant::uid>("uid"),
    show<&Tenant::name>("name"),
    show<&Tenant::status>("status", "Takes effect on the next request of every contract"),
    show<&Tenant::created_at, time>("created_at"),
    show<&Tenant::updated_at, time>("updated_at"),
};
constexpr Properties<Tenant> tenant{"Tenant", tenant_properties};

constexpr Property operator_properties[] = {
    show<&Operator::id, id_text>("id"),
    show<&Operator::uid>("uid"),
    show<&Operator::tenant, id_or_null>("tenant", "Null: over all tenants"),
    show<&Operator::name>("name"),
    show<&Operator::created_at, time>("created_at"),
};
constexpr Properties<Operator> operator_{"Operator", operator_properties};

constexpr Property issued_operator_properties[] = {
    show<&operators::Issued::created, nested<operator_>>("operator"),
    show<&operators::Issued::secret>("secret", "Of its first key; shown this once"),
};
constexpr Properties<operators::Issued> issued_operator{"IssuedOperator", issued_operator_properties};

constexpr Property app_properties[] = {
    show<&App::id, id_text>("id"),
    show<&App::uid>("uid", "The public half of its credential in every contract"),
    show<&App::tenant, id_text>("tenant"),
    show<name_of_app>("name"),
    show<&App::description>("description"),
    show<&App::status>("status"),
    show<&App::mode>("mode", "A test key reaches test apps only"),
    show<&App::domains, text_array>("domains", "Hosts that peers may come from"),
    show<&App::permissions, text_array>("permissions", "Features by name"),
    show<&App::created_at, time>("created_at"),
    show<&App::updated_at, time>("updated_at"),
};
constexpr Properties<App> app{"App", app_properties};

constexpr Property issued_app_properties[] = {
    show<app_of_issued, nested<app>>("app"),
    show<&apps::Issued::secret>("secret", "Of its first key; shown this once"),
};
constexpr Properties<apps::Issued> issued_app{"IssuedApp", issued_app_properties};

constexpr Property allowance_properties[] = {
    show<&Allowance::quota, count_or_null>("quota", "Null: as configured"),
    show<&Allowance::limit>("limit", "What holds; 0: no limit"),
    show<&Allowance::used>("used", "By what is there now"),
};
constexpr Properties<Allowance> allowance{"Allowance", allowance_properties};

constexpr Property quota_view_properties[] = {
    show<allowance_of<QuotaKind::rooms>, nested<allowance>>("rooms"),
    show<allowance_of<QuotaKind::members>, nested<allowance>>("members"),
    show<allowance_of<QuotaKind::keys>, nested<allowance>>("keys"),
    show<allowance_of<QuotaKind::devices>, nested<allowance>>("devices"),
    show<allowance_of<QuotaKind::tokens>, nested<allowance>>(
        "tokens", "Join tokens, member tokens and access tokens, until upkeep takes their rows out"),
    show<allowance_of<QuotaKind::events>, nested<allowance>>("events", "What may not be refused takes the place of the oldest"),
    show<allowance_of<QuotaKind::bytes>, nested<allowance>>("bytes", "Of all rows but those of the audit trail"),
    show<&quotas::View::is_counted>("is_counted",
                                    "False while the rows of a database of before are being counted; no quota holds until then"),
};
constexpr Properties<quotas::View> quota_view{"Quotas", quota_view_properties};

constexpr Property key_properties[] = {
    show<&Key::id, id_text>("id"),
    show<&Key::uid>("uid"),
    show<itself<Key>, owner>("owner", "The app or operator it stands for"),
    show<&Key::label>("label"),
    show<&Key::prefix>("prefix", "The first characters of the secret"),
    show<&Key::hint>("last_four", "The last characters of the secret"),
    show<&Key::scopes, scopes>("scopes", "`*` is all that the owner may do"),
    show<&Key::mode>("mode"),
    show<&Key::networks, words>("networks", "Where it may be used from, CIDR; empty: anywhere"),
    show<rate_of, rate>("rate_limit", "Null: as configured; a quota of 0: none"),
    show<&Key::expires_at, time_or_null>("expires_at"),
    show<&Key::revoked_at, time_or_null>("revoked_at"),
    show<&Key::replaced_by, id_or_null>("replaced_by", "The key that took its place"),
    show<last_use_of, time_or_null>("last_used_at", "A minute late at most"),
    show<&Key::created_at, time>("created_at"),
};
constexpr Properties<Key> key{"Key", key_properties};

constexpr Property issued_key_properties[] = {
    show<&keys::Issued::key, nested<key>>("key"),
    show<&keys::Issued::secret>("secret", "Shown this once"),
};
constexpr Properties<keys::Issued> issued_key{"IssuedKey", issued_key_properties};

constexpr Property revoked_descendants_properties[] = {
    show<&RevokedKey::Descendants::revoked>("revoked", "How many"),
    show<&RevokedKey::Descendants::has_more>("has_more", "Some hundred at a time: call again"),
};
constexpr Properties<RevokedKey::Descendants> revoked_descendants{"RevokedDescendants", revoked_descendants_properties};

constexpr Property revoked_key_properties[] = {
    show<&RevokedKey::descendants, nested_if_any<revoked_descendants>>("descendants", "Where they were to be revoked too"),
};
constexpr Properties<RevokedKey> revoked_key{"RevokedKey", key, revoked_key_properties};

constexpr Property verdict_app_properties[] = {
    show<&App::id, id_text>("id"),
    show<&App::uid>("uid"),
    show<&App::tenant, id_text>("tenant"),
};
constexpr Properties<App> status_app{"VerdictApp", verdict_app_properties};

constexpr Property verdict_properties[] = {
    show<&keys::KeyStatus::is_valid>("valid"),
    show<code_of, text_or_null>("code", "Why not, for programs"),
    show<key_of, nested_or_null<key>>("key", "Null if there is none"),
    show<&keys::KeyStatus::app, nested_or_null<status_app>>("app", "Null for an operator's key"),
    show<&keys::KeyStatus::remaining, count_or_null>("remaining", "Requests left; null: no limit"),
};
constexpr Properties<keys::KeyStatus> status{"KeyVerdict", verdict_properties};

Result<operators::New> read_new_operator(const Call& call) {
  auto body = read_body<new_operator>(call);
  if (!body) return body.error();
  operators::New wanted{.name = std::move(body->name)};
  if (body->tenant) wanted.parent = *body->tenant;
  return wanted;
}

void write_issued_operator(const operators::Issued& issued, const Context&, Response& response) {
  write_secret<issued_operator>(issued, response);
  set_etag(response, issued.created.version);
  set_created(response, "operators/", issued.created.id);
}

void write_app(const apps::View& view, const Context& context, Response& response) {
  write_row<app>(view.app, context, response);
}

Result<apps::New> read_new_app_of_tenant(const Call& call) {
  auto body = read_body<new_app_of_tenant>(call);
  if (!body) return body.error();
  return apps::New{.parent = std::move(body->tenant), .draft = std::move(*body)};
}

void write_issued_key(const keys::Issued& issued, const Context&, Response& response) {
  write_secret<issued_key>(issued, response);
  set_etag(response, issued.key.version);
  set_created(response, "../../keys/", issued.key.id);
}

Result<KeyRevocation> read_key_revocation(const Call& call) {
  auto wanted = read_body_if_any<key_revocation>(call);
  if (wanted) wanted->ref = ref_in<OfKey>(call.path);
  return wanted;
}

Result<RevokedKey> do_revoke_key(Transaction& tx, const Context& context, const KeyRevocation& wanted) {
  if (!wanted.takes_descendants) {
    auto key = keys::revoke(tx, context, wanted.ref);
    if (!key) return key.error();
    return RevokedKey{{std::move(*key)}};
  }
  auto ended = keys::revoke_lineage(tx, context, wanted.ref);
  if (!ended) return ended.error();
  return RevokedKey{{std::move(ended->key)}, RevokedKey::Descendants{ended->revoked, ended->has_more}};
}

Result<keys::KeyCheck> read_key_check(const Call& call) {
  auto body = read_body<check>(call);
  if (!body) return body.error();
  keys::KeyCheck wanted{.secret = std::move(body->secret), .address = std::move(body->address)};
  if (body->scopes) wanted.scopes = Scopes::parse(*body->scopes).value_or(Scopes{});
  return wanted;
}

}  // namespace innkeeper::dialects::native
