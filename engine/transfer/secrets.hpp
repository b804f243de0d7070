#pragma once

#include <innkeeper/operations.hpp>

#include "engine/base/internals.hpp"
#include "engine/changes/seals.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"

#include <optional>
#include <string>

/// The sealed columns of rows, in the clear.
namespace innkeeper::transfer {

/// Nothing where the seal does not open. There must be one.
template <class E>
std::optional<std::string> open_secret(const Context& context, const E& row, Bytes E::*sealed) {
  return context.internals.keyring.open(row.*sealed, changes::binding_of(row));
}

/// What a secret is looked up by.
inline Bytes digest_of(const Context& context, const std::string& plain) {
  return {std::string{crypto::as_text(context.internals.keyring.digest(plain))}};
}

/// Seals it, and sets what the row is looked up by and told apart by; an empty one is taken away. The row must have its uid.
template <class E>
void put_secret(const Context& context, E& row, Bytes E::*sealed, const std::string& plain) {
  row.*sealed = plain.empty() ? Bytes{} : context.internals.keyring.seal(plain, changes::binding_of(row));
  if constexpr (requires { row.digest; }) {
    row.digest = digest_of(context, plain);
    row.hint = crypto::hint_of(plain);
  }
  if constexpr (requires { row.prefix; }) row.prefix = crypto::is_well_formed_secret(plain) ? plain.substr(0, 8) : "";
}

/// A new one, as the operations make it.
inline std::string make_secret(const Context& context, Mode mode) {
  return crypto::make_secret(context.random, mode == Mode::live ? crypto::Mode::live : crypto::Mode::test);
}

}  // namespace innkeeper::transfer
