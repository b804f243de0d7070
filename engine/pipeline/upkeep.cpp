#include "engine/pipeline/upkeep.hpp"

#include <innkeeper/model.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

namespace innkeeper::pipeline {

namespace {

// What one transaction takes out, so that others wait a few milliseconds for it; and how many of these one call makes, which is
// more rows a second than are made for long.
constexpr std::int64_t most_rows = 500;
constexpr std::size_t most_bytes = std::size_t{4} * 1024 * 1024;
constexpr int most_steps = 40;

/// Takes out some of the rows whose time lies before a moment, the oldest first; answers whether these were all. The writer is
/// asked for the removal only, and not at all where there is none.
template <class E>
Result<bool> sweep_some(House& house, Instant E::*time, Instant before) {
  std::vector<Id> old;
  std::size_t bytes = 0;
  auto found = house.store.run(Access::read, [&](Transaction& tx) -> Result<void> {
    old.clear();
    bytes = 0;
    return tx.each<E>(Query<E>{}.where(time, Compare::less, before).order_by(time).limit(most_rows), [&](E&& row) {
      old.push_back(row.id);
      for (const auto& cell : to_cells(row)) bytes += cell.text().size();
      return bytes < most_bytes;
    });
  });
  if (!found) return found.error();
  if (old.empty()) return true;
  auto removed = house.store.run(Access::write, [&](Transaction& tx) -> Result<void> {
    for (const auto id : old)
      if (auto erased = tx.erase(Query<E>{}.where(&E::id, id).where(time, Compare::less, before)); !erased) return erased.error();
    return {};
  });
  if (!removed) return removed.error();
  return std::ssize(old) < most_rows && bytes < most_bytes;
}

}  // namespace

Result<bool> sweep_old(House& house) {
  const auto now = house.clock.now();
  const auto past = now + std::chrono::microseconds{1};
  const auto oldest = now - house.limits.keep_events;
  std::deque<std::function<Result<bool>()>> due{
      [&] { return sweep_some(house, &StoredAnswer::expires_at, past); },
      [&] { return sweep_some(house, &AccessToken::expires_at, past); },
      [&] { return sweep_some(house, &MemberToken::expires_at, oldest); },
      [&] { return sweep_some(house, &JoinToken::expires_at, oldest); },
      [&] { return sweep_some(house, &Delivery::created_at, oldest); },
      [&] { return sweep_some(house, &Event::created_at, oldest); },
  };
  // In turn, so that a table in which much is left holds up no other.
  for (int steps = 0; steps < most_steps && !due.empty(); ++steps) {
    const auto is_clean = due.front()();
    if (!is_clean) return is_clean;
    if (!*is_clean) due.push_back(due.front());
    due.pop_front();
  }
  return due.empty();
}

}  // namespace innkeeper::pipeline
