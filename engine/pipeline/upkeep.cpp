#include "engine/pipeline/upkeep.hpp"

#include <innkeeper/model.hpp>

#include "engine/base/meters.hpp"

namespace innkeeper::pipeline {

Result<void> store_uses(House& house) {
  const auto uses = house.meters.take_uses();
  if (uses.empty()) return {};
  return house.store.run(Access::write, [&](Transaction& tx) -> Result<void> {
    for (const auto& [id, at] : uses) {
      auto key = tx.get<Key>(id);
      if (!key && key.error().code != Errc::not_found) return key.error();
      const auto later = key ? at.time_since_epoch().count() - key->last_used : 0;
      if (later <= 0) continue;
      // A counter, so that it neither makes a version nor meets one.
      if (auto added = tx.add(id, &Key::last_used, later); !added) return added.error();
    }
    return {};
  });
}

Result<void> sweep_old(House& house) {
  const auto now = house.clock.now();
  const auto oldest = now - house.limits.keep_events;
  return house.store.run(Access::write, [&](Transaction& tx) -> Result<void> {
    auto erased = tx.erase(Query<StoredAnswer>{}.where(&StoredAnswer::expires_at, Compare::less_equal, now));
    if (erased) erased = tx.erase(Query<AccessToken>{}.where(&AccessToken::expires_at, Compare::less_equal, now));
    if (erased) erased = tx.erase(Query<MemberToken>{}.where(&MemberToken::expires_at, Compare::less, oldest));
    if (erased) erased = tx.erase(Query<JoinToken>{}.where(&JoinToken::expires_at, Compare::less, oldest));
    if (erased) erased = tx.erase(Query<Delivery>{}.where(&Delivery::created_at, Compare::less, oldest));
    if (erased) erased = tx.erase(Query<Event>{}.where(&Event::created_at, Compare::less, oldest));
    if (!erased) return erased.error();
    return {};
  });
}

}  // namespace innkeeper::pipeline
