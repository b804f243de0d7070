#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::operators {

struct NewOperator {
  Ref tenant{};          ///< Empty: over all tenants, or the caller's.
  std::string name{};    ///< Unique inside its tenant, or among those over all tenants.
  std::string secret{};  ///< Empty: made here.
  std::string scopes{};  ///< Of its first key, as `Key::scopes`; empty: those of the caller's.
};
struct Issued {
  Operator created{};
  std::string secret{};  ///< In the clear, this once.
};
struct NewSecret {
  Id holder{};           ///< The operator.
  std::string secret{};  ///< Empty: made here.
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

/// A caller with a tenant makes operators of that tenant only. The first key has the mode, networks and end of the caller's, and
/// no scope that the caller lacks. Errors: `already_exists` with `reason::name_taken`; `invalid` for scopes that there are not;
/// `forbidden` with `reason::key_stronger`.
inline constexpr Operation<NewOperator, Issued> create{"operators.create", Access::write, do_create};
/// Errors, here and below: `not_found` with `reason::operator_unknown`.
inline constexpr Operation<Ref, Operator> find{"operators.find", Access::read, do_find};
inline constexpr Operation<Listing, Page<Operator>> list{"operators.list", Access::read, do_list};
inline constexpr Operation<Edit<Draft>, Operator> update{"operators.update", Access::write, do_update};
/// Ends its keys and tokens at once.
inline constexpr Operation<Removal, Nothing> remove{"operators.remove", Access::write, do_remove};
/// Puts one new secret in place of all the operator has, and ends its access tokens at once. Errors: `not_found`;
/// `forbidden` with `reason::test_mode` for a test key.
inline constexpr Operation<NewSecret, std::string> renew_secret{"operators.renew_secret", Access::write, do_renew_secret};

}  // namespace innkeeper::operators
