#pragma once

#include <innkeeper/operations.hpp>

#include <string>
#include <string_view>

/// The secrets of apps and operators, which share their form and their life.
namespace innkeeper::domain {

struct KeyHolder {
  KeyOwner kind = KeyOwner::app;
  Id owner{};
  Id tenant{};
};
inline KeyHolder holder_of(const App& app) { return {KeyOwner::app, app.id, app.tenant}; }
inline KeyHolder holder_of(const Operator& who) { return {KeyOwner::administrator, who.id, who.tenant}; }

inline Query<Key> keys_of(const KeyHolder& holder) {
  return Query<Key>{}.where(&Key::owner_kind, holder.kind).where(&Key::owner, holder.owner);
}

/// What a new key has of its maker, so that none is stronger than the one that made it: scopes, mode, networks, end. A host's
/// has no bounds.
Result<Key> bounded_by_maker(Transaction&, const Context&);

/// Gives a holder one more key, of the label, scopes, mode, networks, end and rate that `wanted` has, made by the caller's; an
/// empty secret is made here. Says nothing of it to the ledger.
Result<keys::Issued> add_key(Transaction&, const Context&, const KeyHolder&, Key wanted, std::string secret);

/// Puts one key in place of all that a holder has, and says so. Answers the new secret.
Result<std::string> replace_keys(Transaction&, const Context&, const KeyHolder&, Mode, std::string secret);

/// Takes all keys of a holder out. What they made counts as made by their makers from then on.
Result<void> erase_keys(Transaction&, const KeyHolder&);

/// The newest secret of a holder that is not revoked, opened. Errors: `forbidden` with `reason::key_stronger` if it may do more
/// than the caller's key; `internal` if the seal does not open, for then the store was tampered with.
Result<std::string> reveal_key(Transaction&, const Context&, const KeyHolder&);
/// The secret of one key, likewise.
Result<std::string> reveal(const Context&, const Key&);

}  // namespace innkeeper::domain
