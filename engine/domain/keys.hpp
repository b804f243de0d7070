#pragma once

#include <innkeeper/operations.hpp>

#include "engine/domain/tasks.hpp"

#include <string>
#include <string_view>

/// The secrets of apps and operators, which share their form and their life.
namespace innkeeper::domain {

struct KeyHolder {
  KeyOwner kind = KeyOwner::app;
  Id owner{};
  Id tenant{};
  std::int64_t generation = 0;  ///< Of the keys that count.
};
inline KeyHolder holder_of(const App& app) { return {KeyOwner::app, app.id, app.tenant, app.generation}; }
inline KeyHolder holder_of(const Operator& who) { return {KeyOwner::administrator, who.id, who.tenant, who.generation}; }

inline Query<Key> keys_of(const KeyHolder& holder) {
  return Query<Key>{}.where(&Key::owner_kind, holder.kind).where(&Key::owner, holder.owner);
}
/// Those that were not replaced or taken out.
inline Query<Key> present_keys_of(const KeyHolder& holder) { return keys_of(holder).where(&Key::generation, holder.generation); }

/// Whether a key is there for others: neither replaced nor taken out, and its holder is not gone. Maintenance may not have come
/// to its row yet.
Result<bool> is_present(Transaction&, const Key&);

/// Gives a holder one more key, of the label, scopes, mode, networks, end and rate that `wanted` has, made by the caller's; an
/// empty secret is made here. It is not recorded in the audit trail.
Result<keys::Issued> add_key(Transaction&, const Context&, const KeyHolder&, Key wanted, std::string secret);

/// Puts one key in place of all that a holder has, and says so; their rows go as far as the budget does, the others in
/// maintenance. Answers the new secret.
Result<std::string> replace_keys(Transaction&, const Context&, const KeyHolder&, Mode, std::string secret, Budget&);

/// The newest secret of a holder that is not revoked, opened. Errors: `forbidden` with `reason::key_stronger` if it may do more
/// than the caller's key; `internal` if the seal does not open, for then the store was tampered with.
Result<std::string> reveal_key(Transaction&, const Context&, const KeyHolder&);
/// The secret of one key, likewise.
Result<std::string> reveal(const Context&, const Key&);

}  // namespace innkeeper::domain
