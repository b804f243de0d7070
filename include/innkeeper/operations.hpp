#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/operation.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

/// The operations of the domain, callable from any dialect and, through `Engine::call`, from the host. A transaction confined to
/// a tenant (see `Transaction::confine`) bounds all of them.
namespace innkeeper {

namespace reason {
inline constexpr Reason tenant_suspended{"tenant.suspended"};
inline constexpr Reason tenant_deleted{"tenant.deleted"};
inline constexpr Reason tenant_unknown{"tenant.unknown"};
inline constexpr Reason app_unknown{"app.unknown"};
inline constexpr Reason credential_unknown{"credential.unknown"};
inline constexpr Reason token_unknown{"token.unknown"};
inline constexpr Reason token_expired{"token.expired"};
inline constexpr Reason name_taken{"name.taken"};
inline constexpr Reason uid_taken{"uid.taken"};
}  // namespace reason

namespace tenants {

struct NewTenant {
  Id id{};            ///< None: the next one.
  std::string uid{};  ///< Empty: made here.
  std::string name{};
  TenantStatus status = TenantStatus::active;
};
/// Absent leaves a field as it is.
struct Change {
  Id tenant{};
  std::optional<std::string> name{};
  std::optional<TenantStatus> status{};
};
Result<Tenant> do_create(Transaction&, const Context&, const NewTenant&);
Result<Tenant> do_find(Transaction&, const Context&, const std::string& uid);
Result<Tenant> do_update(Transaction&, const Context&, const Change&);

/// Errors: `already_exists` with `reason::uid_taken`.
inline constexpr Operation<NewTenant, Tenant> create{"tenants.create", Access::write, do_create};
/// By uid, in any status. Errors: `not_found` with `reason::tenant_unknown`.
inline constexpr Operation<std::string, Tenant> find{"tenants.find", Access::read, do_find};
/// Takes effect on the next request of every contract. Errors: `not_found` with `reason::tenant_unknown`.
inline constexpr Operation<Change, Tenant> update{"tenants.update", Access::write, do_update};

/// The tenant, if it is active; else `forbidden` with `reason::tenant_deleted` or `reason::tenant_suspended`, or `not_found`.
Result<Tenant> require_active(Transaction&, Id tenant);

}  // namespace tenants

namespace operators {

struct NewOperator {
  Id tenant{};           ///< None: over all tenants.
  std::string name{};    ///< Unique inside its tenant, or among those over all tenants.
  std::string secret{};  ///< Empty: made here.
};
struct Issued {
  Operator created{};
  std::string secret{};  ///< In the clear, this once.
};
struct NewSecret {
  Id holder{};           ///< The operator.
  std::string secret{};  ///< Empty: made here.
};
Result<Issued> do_create(Transaction&, const Context&, const NewOperator&);
Result<std::string> do_renew_secret(Transaction&, const Context&, const NewSecret&);

/// Errors: `already_exists` with `reason::name_taken`.
inline constexpr Operation<NewOperator, Issued> create{"operators.create", Access::write, do_create};
/// Puts one new secret in place of all the operator has, and ends its access tokens at once. Errors: `not_found`.
inline constexpr Operation<NewSecret, std::string> renew_secret{"operators.renew_secret", Access::write, do_renew_secret};

}  // namespace operators

namespace access_tokens {

/// How long a token is good for (skyway §1.1).
inline constexpr std::chrono::hours lifetime{1};

struct Login {
  std::string name{};  ///< The operator's.
  std::string secret{};
  std::string tenant{};  ///< Uid; empty: an unscoped token.
};
struct Session {
  AccessToken token{};
  Operator holder{};
  std::optional<Tenant> tenant{};
};
struct Issued {
  Session session{};
  std::string token{};  ///< 32 lower-case hex digits, in the clear, this once.
};
Result<Issued> do_issue(Transaction&, const Context&, const Login&);
Result<Session> do_show(Transaction&, const Context&, const std::string& token);
Result<Nothing> do_revoke(Transaction&, const Context&, const std::string& token);

/// Gives a token to an operator that knows its secret and may act for the tenant, which may be suspended but not deleted. Earlier
/// tokens stay good. Errors: `unauthenticated` with `reason::credential_unknown`, whatever was wrong.
inline constexpr Operation<Login, Issued> issue{"access_tokens.issue", Access::write, do_issue};
/// What a token stands for. Errors: `not_found` with `reason::token_unknown`, also once it has expired.
inline constexpr Operation<std::string, Session> show{"access_tokens.show", Access::read, do_show};
/// Ends a token at once. Errors: `not_found` with `reason::token_unknown`.
inline constexpr Operation<std::string, Nothing> revoke{"access_tokens.revoke", Access::write, do_revoke};

/// The live token of that text. Errors: `unauthenticated` with `reason::token_unknown` or `reason::token_expired`.
Result<AccessToken> authenticate(Transaction&, const Context&, std::string_view token);

}  // namespace access_tokens

namespace apps {

/// What a caller may set of an app. Absent: the default on create, unchanged on update.
struct Draft {
  std::optional<std::string> name{};
  std::optional<std::string> description{};
  std::optional<AppStatus> status{};
  std::optional<JsonText> domains{};
  std::optional<JsonText> permissions{};
  std::optional<std::string> recording_bucket{};
  std::optional<std::string> recording_credential{};  ///< In the clear here, sealed when stored; "" takes it out.
};
struct NewApp {
  Id id{};               ///< None: the next one.
  Id tenant{};           ///< None: the caller's.
  std::string uid{};     ///< Empty: made here.
  std::string secret{};  ///< Empty: made here.
  Draft draft{};
};
struct Change {
  Id app{};
  Draft draft{};
};
/// An app and what it used last month and this month, in that order.
struct View {
  App app{};
  std::array<Usage, 2> usage{};
};
struct Issued {
  View view{};
  std::string secret{};  ///< In the clear.
};
struct NewSecret {
  Id app{};
  std::string secret{};  ///< Empty: made here.
};
struct Listing {
  bool with_usage = false;  ///< Fill `View::usage`.
};
Result<Issued> do_create(Transaction&, const Context&, const NewApp&);
Result<View> do_find(Transaction&, const Context&, const Id& app);
Result<std::vector<View>> do_list(Transaction&, const Context&, const Listing&);
Result<View> do_update(Transaction&, const Context&, const Change&);
Result<Nothing> do_remove(Transaction&, const Context&, const Id& app);
Result<std::string> do_secret(Transaction&, const Context&, const Id& app);
Result<std::string> do_renew_secret(Transaction&, const Context&, const NewSecret&);

/// Errors: `already_exists` with `reason::uid_taken`.
inline constexpr Operation<NewApp, Issued> create{"apps.create", Access::write, do_create};
/// Errors, here and below: `not_found` with `reason::app_unknown`.
inline constexpr Operation<Id, View> find{"apps.find", Access::read, do_find};
/// All the caller may see, by id.
inline constexpr Operation<Listing, std::vector<View>> list{"apps.list", Access::read, do_list};
/// Moves `updated_at` also when nothing else changes.
inline constexpr Operation<Change, View> update{"apps.update", Access::write, do_update};
/// Takes the app out with its keys and its usage; its id is never given again.
inline constexpr Operation<Id, Nothing> remove{"apps.remove", Access::write, do_remove};
/// The app's newest secret, in the clear.
inline constexpr Operation<Id, std::string> secret{"apps.secret", Access::read, do_secret};
/// Puts one new secret in place of all the app has; the old ones are void at once.
inline constexpr Operation<NewSecret, std::string> renew_secret{"apps.renew_secret", Access::write, do_renew_secret};

/// What the sealed recording credential of an app is bound to.
std::string recording_credential_binding(const App&);

}  // namespace apps

namespace usages {

struct Report {
  Id app{};
  std::int64_t month = 0;  ///< As `Usage::month`.
  std::int64_t signaling = 0;
  std::int64_t turn_bytes = 0;
  std::int64_t sfu_bytes = 0;
};
Result<Nothing> do_add(Transaction&, const Context&, const Report&);

/// Adds to an app's counters of a month. Errors: `not_found` with `reason::app_unknown`.
inline constexpr Operation<Report, Nothing> add{"usages.add", Access::write, do_add};

}  // namespace usages

}  // namespace innkeeper
