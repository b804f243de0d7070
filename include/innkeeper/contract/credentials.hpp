#pragma once

#include <innkeeper/dialect.hpp>

#include <cstdint>
#include <string_view>

/// Functions for `AuthenticationScheme::read_credentials`. If a request has no credentials, the returned `scheme` is empty.
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

}  // namespace innkeeper::contract
