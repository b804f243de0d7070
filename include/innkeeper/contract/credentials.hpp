#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/contract/tokens.hpp>

#include <cstdint>
#include <string_view>

/// Functions for `AuthenticationScheme`: readers of credentials, whose returned `scheme` is empty if a request has none, and the
/// authentication of members.
namespace innkeeper::contract {

/// What an `Authorization: Basic` without an id and a secret counts as.
enum class Undecodable : std::uint8_t {
  is_absent,  ///< As if there were no credentials.
  is_wrong,   ///< As an empty id and an empty secret, which are never valid.
};
/// `Authorization: Basic` (RFC 7617): an id and, behind the first colon, a secret. The scheme is `basic`.
Credentials read_basic(const Request&, Undecodable = Undecodable::is_absent);

/// `Authorization: Bearer` (RFC 6750): a secret. The scheme is `bearer`.
Credentials read_bearer(const Request&);

/// A secret in a header field of its own, without white space around it. The scheme is `header`.
Credentials read_header(const Request&, std::string_view name);

/// An id and a secret, each in a header field of its own; credentials are presented if one of the two is there. The scheme is
/// `headers`.
Credentials read_headers(const Request&, std::string_view id_name, std::string_view secret_name);

/// The value of a header field without white space around it; empty if there is none.
std::string_view trimmed_field(const Request&, std::string_view name);

/// For `AuthenticationScheme::authenticate`: the member whose token is the secret, whatever form it has. What was revoked, and a
/// member, app or tenant that is not active, is refused from the next transaction on. Errors: `unauthenticated` with
/// `reason::credential_missing` if there are no credentials; as `member_tokens::authenticate`.
Result<Principal> authenticate_member(Transaction&, const Context&, const Credentials&, const Params&);

/// The same for a contract whose tokens are signed: it must be a token of this purpose, and one that was issued with
/// `member_tokens::issue`. Errors: also as `verify_token`.
template <const TokenPurpose& purpose>
Result<Principal> authenticate_signed_member(Transaction& tx, const Context& context, const Credentials& shown,
                                             const Params& path) {
  if (!shown.scheme.empty())
    if (auto claims = verify_token(context, purpose, shown.secret); !claims) return claims.error();
  return authenticate_member(tx, context, shown, path);
}

}  // namespace innkeeper::contract
