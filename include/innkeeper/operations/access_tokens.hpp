#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::access_tokens {

/// How long a token is valid (skyway §1.1).
inline constexpr std::chrono::hours lifetime{1};

struct Login {
  std::string name{};  ///< The operator's.
  std::string secret{};
  std::string tenant{};   ///< Uid; empty: an unscoped token.
  std::string address{};  ///< The caller's address, as `Origin::address`.
};
struct Session {
  AccessToken token{};
  Operator holder{};
  std::optional<Tenant> tenant{};
};
struct Issued {
  Session session{};
  std::string token{};  ///< 32 lower-case hex digits, in plain text; shown only here.
};

/// Issues a token to an operator that knows its secret and may act for the tenant, which may be suspended but not deleted.
/// Earlier tokens stay valid. Errors: `unauthenticated` with `reason::credential_unknown`, whatever was wrong.
extern const Operation<Login, Issued> issue;
/// The operator and the tenant of a token. Errors: `not_found` with `reason::token_unknown`, also once it has expired.
extern const Operation<std::string, Session> show;
/// Revokes a token at once. Errors: `not_found` with `reason::token_unknown`.
extern const Operation<std::string, Nothing> revoke;

/// The valid token of that text, and the key it was issued for, if that is still valid. Errors: `unauthenticated` with
/// `reason::token_unknown` or `reason::token_expired`, or what `keys::require_valid` answers.
struct Grant {
  AccessToken token{};
  Key key{};  ///< Blank for a token of an older version.
};
Result<Grant> authenticate(Transaction&, const Context&, std::string_view token, std::string_view address);

}  // namespace innkeeper::access_tokens
