#pragma once

#include <innkeeper/operations/common.hpp>
#include <innkeeper/rates.hpp>

#include <chrono>

/// The secrets of apps and operators. A key belongs to one of them for life; its scopes, its mode and its end are fixed.
namespace innkeeper::keys {

/// How long an old secret may stay valid beside the new one.
inline constexpr std::chrono::seconds longest_grace = std::chrono::days{30};

struct Draft {
  std::optional<std::string> label{};
  std::optional<std::string> scopes{};                 ///< As `Key::scopes`. On create only.
  std::optional<Mode> mode{};                          ///< On create only; an app's key is of the app's mode.
  std::optional<std::string> networks{};               ///< As `Key::networks`.
  std::optional<std::optional<Instant>> expires_at{};  ///< On create only.
  std::optional<std::optional<RateLimit>> rate{};      ///< A quota of 0 lifts the limit; null: as configured.
};
/// The parent is an app, or an operator where `holder` says so.
struct New {
  Ref parent{};
  KeyOwner holder = KeyOwner::app;
  Draft draft{};
};
struct KeyListing {
  Ref parent{};
  KeyOwner holder = KeyOwner::app;
  PageRequest page_request{};
};
struct Issued {
  Key key{};
  std::string secret{};  ///< In plain text; shown only here.
};
struct LineageEnd {
  Key key{};
  std::int64_t revoked = 0;  ///< Other keys that were revoked.
  bool has_more = false;     ///< There are more to revoke, about a hundred a call: call again.
};
struct KeyCheck {
  std::string secret{};
  std::string address{};           ///< Of whoever presented it; empty: not known, and networks are not checked.
  std::optional<Scopes> scopes{};  ///< Which it must have.
};
/// The result of checking a secret.
struct KeyStatus {
  bool is_valid = false;
  Reason reason{};  ///< Why not.
  Key key{};        ///< Blank if unknown.
  std::optional<App> app{};
  std::optional<std::int64_t> remaining{};  ///< Requests left in the window, this one taken off; none: no limit.
};

/// Errors: `forbidden` with `reason::key_stronger` if the caller lacks a scope that the key would have; `invalid` with a
/// violation for each field that breaks a rule.
extern const Operation<New, Issued> create;
/// Errors, here and below: `not_found` with `reason::key_unknown`.
extern const Operation<Ref, Key> find;
extern const Operation<KeyListing, Page<Key>> list;
extern const Operation<Edit<Draft>, Key> update;
/// Revokes it and deletes its row.
extern const Operation<Removal, Nothing> remove;
/// Issues a new secret of the same scopes and end; the old one stays valid for `grace`, but not beyond its own end. A second time
/// is `conflict` with `reason::key_replaced`, so that a retry never leaves two.
extern const Operation<Rotation, Issued> rotate;
/// From the acknowledgement on, no request that begins is accepted with it or with a token issued for it, in any contract.
/// Repeating it gives the same result. Keys that it created stay valid.
extern const Operation<Ref, Key> revoke;
/// The same for all keys that come of the secret: those it was rotated from and to, all keys that any of these created, and in
/// turn what those were rotated to and created, whoever holds them.
extern const Operation<Ref, LineageEnd> revoke_lineage;
/// Whether a secret is valid now; counts one request against its rate limit. An invalid secret is a result, not an error.
extern const Operation<KeyCheck, KeyStatus> verify;

/// The caller that a secret authenticates. Errors: `unauthenticated` with `reason::key_unknown`, `key_expired` or `key_revoked`;
/// `forbidden` with `reason::key_network`, `app_suspended`, `tenant_suspended` or `tenant_deleted`.
Result<Principal> authenticate(Transaction&, const Context&, std::string_view secret, std::string_view address);

/// The app of that uid, if the secret is one of its keys'. Errors: as `authenticate`; `unauthenticated` with
/// `reason::app_unknown`.
Result<Principal> authenticate_app(Transaction&, const Context&, std::string_view app_uid, std::string_view secret,
                                   std::string_view address);

/// Whether a key may be used now, from that address. Errors: as `authenticate`.
Result<void> require_valid(const Key&, Instant now, std::string_view address);

/// Whether the caller's key has all permissions of another key, and so may see what that one was given. Errors: `forbidden` with
/// `reason::key_stronger`, also where the other is gone.
Result<void> require_covers(Transaction&, const Context&, Id other);

}  // namespace innkeeper::keys
