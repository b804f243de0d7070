#pragma once

#include "engine/domain/keys.hpp"

#include <string_view>

/// What a key may do, and what it may pass on.
namespace innkeeper::domain {

Scopes scopes_of(const Key&);

inline Error unknown_secret() { return {Errc::unauthenticated, reason::key_unknown, "no such key"}; }

/// Calls `visit` for each word between blanks until it answers false; answers whether it never did.
template <class Visit>
bool all_words(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const auto blank = list.find(' ');
    if (!visit(list.substr(0, blank))) return false;
    list.remove_prefix(blank == std::string_view::npos ? list.size() : blank + 1);
  }
  return true;
}

/// What a new key has of its maker, so that none is stronger than the one that made it: scopes, mode, networks, end. A host's
/// has no bounds. Errors: `forbidden` with `reason::key_stronger` for a member, who gives none.
Result<Key> bounded_by_maker(Transaction&, const Context&);

/// Whether a key has no more than its maker: a key may pass on what it has. How often it may be used is for operators to say,
/// unless they are limited too. Errors: `forbidden` with `reason::key_stronger`.
Result<void> require_not_stronger(const Context&, const Key& wanted, const Key& maker);

}  // namespace innkeeper::domain
