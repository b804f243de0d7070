#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::operators {

struct NewOperator {
  Ref tenant{};          ///< Empty: over all tenants, or the caller's.
  std::string name{};    ///< Unique inside its tenant, or among those over all tenants.
  std::string secret{};  ///< Empty: generated.
  std::string scopes{};  ///< Of its first key, as `Key::scopes`; empty: those of the caller's.
};
struct Issued {
  Operator created{};
  std::string secret{};  ///< In plain text; shown only here.
};
struct NewSecret {
  Id holder{};           ///< The operator.
  std::string secret{};  ///< Empty: generated.
};
struct Draft {
  std::optional<std::string> name{};
};
Result<Issued> do_create(Transaction&, const Context&, const NewOperator&);
Result<Operator> do_find(Transaction&, const Context&, const Ref&);
Result<Page<Operator>> do_list(Transaction&, const Context&, const Listing&);
Result<Operator> do_update(Transaction&, const Context&, const Edit<Draft>&);
Result<Nothing> do_remove(Transaction&, const Context&, const Removal&);
Result<std::string> do_renew_secret(Transaction&, const Context&, const NewSecret&);

/// A caller with a tenant can create operators of that tenant only. The first key gets the mode, networks and end of the caller's
/// key, and no scope that the caller lacks. Errors: `already_exists` with `reason::name_taken`; `invalid` for unknown scopes;
/// `forbidden` with `reason::key_stronger`.
inline constexpr Operation<NewOperator, Issued> create{"operators.create", Access::write, do_create};
/// Errors, here and below: `not_found` with `reason::operator_unknown`.
inline constexpr Operation<Ref, Operator> find{"operators.find", Access::read, do_find};
inline constexpr Operation<Listing, Page<Operator>> list{"operators.list", Access::read, do_list};
inline constexpr Operation<Edit<Draft>, Operator> update{"operators.update", Access::write, do_update};
/// Its keys and tokens are void at once.
inline constexpr Operation<Removal, Nothing> remove{"operators.remove", Access::write, do_remove};
/// Replaces all secrets of the operator by one new secret, and revokes its access tokens at once. Errors: `not_found`;
/// `forbidden` with `reason::test_mode` for a test key.
inline constexpr Operation<NewSecret, std::string> renew_secret{"operators.renew_secret", Access::write, do_renew_secret};

}  // namespace innkeeper::operators
