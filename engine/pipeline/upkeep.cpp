#include "engine/pipeline/upkeep.hpp"

#include <innkeeper/model.hpp>

#include "engine/base/budget.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <string_view>
#include <vector>

namespace innkeeper::pipeline {

namespace {

/// Takes out some of the rows whose time lies before a moment, the oldest first; answers whether these were all. The writer is
/// asked for the removal only, and not at all where there is none.
template <class E>
Result<bool> sweep_some(House& house, Instant E::*time, Instant before) {
  std::vector<Id> old;
  base::Budget budget;
  auto found = house.store.run(Access::read, [&](Transaction& tx) -> Result<void> {
    old.clear();
    budget = {};
    return tx.each<E>(Query<E>{}.where(time, Compare::less, before).order_by(time).limit(budget.rows()), [&](const E& row) {
      old.push_back(row.id);
      budget.spend_on(row);
      return !budget.is_spent();
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
  return !budget.is_spent();
}

}  // namespace

Result<void> run_as_host(House& house, std::string_view name,
                         const std::function<Result<void>(Transaction&, const Context&)>& work) {
  News news;
  const auto request_id = house.request_ids.next();
  const auto context = house.context(request_id, news, Principal{.kind = Principal::Kind::host});
  auto done = house.store.run(Access::write, [&](Transaction& tx) {
    news = {};
    return run_guarded(context, name, [&] { return work(tx, context); });
  });
  if (done && news.is_there) house.feeds->wake(news.app);
  return done;
}

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
