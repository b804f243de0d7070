#pragma once

#include <innkeeper/operations/access_tokens.hpp>

#include <string>

namespace innkeeper::access_tokens {

/// A login that names the operator and the tenant by uid, by name, or by both, which must agree. The operator needs one of them.
/// With neither of the tenant's the token is unscoped.
struct NamedLogin {
  std::string uid{};
  std::string name{};
  std::string secret{};
  std::string tenant{};
  std::string tenant_name{};  ///< Must be that of exactly one tenant for which the operator may act.
  std::string address{};      ///< As `Login::address`.
};
/// As `issue`.
Result<Issued> sign_in(Transaction&, const Context&, const NamedLogin&);

}  // namespace innkeeper::access_tokens
