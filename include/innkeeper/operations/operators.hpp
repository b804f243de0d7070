#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::operators {

struct New {
  Ref parent{};          ///< The tenant; empty: over all tenants, or the caller's.
  std::string name;      ///< Unique inside its tenant, or among those over all tenants.
  std::string secret{};  ///< Empty: generated.
  std::string scopes{};  ///< Of its first key, as `Key::scopes`; empty: those of the caller's.
};
struct Issued {
  Operator created{};
  std::string secret{};  ///< In plain text; shown only here.
};
struct Draft {
  std::optional<std::string> name{};
};

/// A caller with a tenant can create operators of that tenant only. The first key gets the mode, networks and end of the caller's
/// key, and no scope that the caller lacks. Errors: `already_exists` with `reason::name_taken`; `invalid` for unknown scopes;
/// `forbidden` with `reason::key_stronger`.
extern const Operation<New, Issued> create;
/// Errors, here and below: `not_found` with `reason::operator_unknown`.
extern const Operation<Ref, Operator> find;
extern const Operation<Listing, Page<Operator>> list;
extern const Operation<Edit<Draft>, Operator> update;
/// Its keys and tokens are void at once.
extern const Operation<Removal, Nothing> remove;
/// Replaces all secrets of the operator by one new secret, and revokes its access tokens at once. Errors: `not_found`;
/// `forbidden` with `reason::test_mode` for a test key.
extern const Operation<NewSecret, std::string> renew_secret;

}  // namespace innkeeper::operators
