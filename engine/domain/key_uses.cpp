#include "engine/domain/key_uses.hpp"

#include <algorithm>

namespace innkeeper::domain {

Result<void> note_use(Transaction& tx, Id key, Instant at) {
  const auto moment = std::int64_t{at.time_since_epoch().count()};
  auto use = tx.first(Query<KeyUse>{}.where(&KeyUse::key, key));
  if (use) {
    if (moment <= use->at) return {};
    // A counter, so that it neither makes a version nor meets one.
    if (auto added = tx.add(use->id, &KeyUse::at, moment - use->at); !added) return added.error();
    return {};
  }
  if (use.error().code != Errc::not_found) return use.error();
  auto count = tx.count(Query<Key>{}.where(&Key::id, key));
  if (!count) return count.error();
  if (*count == 0) return {};
  KeyUse first{.key = key, .at = moment};
  return tx.insert(first);
}

Result<void> add_last_use(Transaction& tx, Key& key) {
  auto use = tx.first(Query<KeyUse>{}.where(&KeyUse::key, key.id));
  if (!use) return use.error().code == Errc::not_found ? Result<void>{} : use.error();
  key.last_used = std::max(key.last_used, use->at);
  return {};
}

Result<void> forget_use(Transaction& tx, Id key) {
  if (auto erased = tx.erase(Query<KeyUse>{}.where(&KeyUse::key, key)); !erased) return erased.error();
  return {};
}

}  // namespace innkeeper::domain
