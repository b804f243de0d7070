#include <innkeeper/transaction.hpp>

#include "engine/pipeline/maintenance.hpp"

#include "engine/base/budget.hpp"

#include <chrono>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

namespace innkeeper::pipeline {

namespace {

/// Until which moment rows of a table must have had their time to go.
Instant end_of(const Retention& retention, Instant now, std::chrono::microseconds configured) {
  // A time that is just now has passed.
  return retention.is_configured ? now - configured : now - retention.time + std::chrono::microseconds{1};
}

/// Takes out some of the rows whose time lies before a moment, the oldest first; answers whether these were all. The writer is
/// asked for the removal only, and not at all where there is none.
Result<bool> purge_some(EngineState& state, const Table& table, Instant before) {
  const auto column = static_cast<std::uint8_t>(table.retention.column);
  const Condition is_old{column, Compare::less, CellOf<Instant>::read(before)};
  std::vector<Id> old;
  base::Budget budget;
  auto found = state.store.run(Access::read, [&](Transaction& tx) -> Result<void> {
    old.clear();
    budget = {};
    Selection oldest;
    oldest.add(is_old);
    oldest.add(Ordering{column});
    oldest.limit = budget.rows();
    return tx.each_cells(table, oldest, [&](std::span<const Value> cells) {
      old.push_back(Id{cells[0].integer()});
      budget.spend_on_cells(cells);
      return !budget.is_spent();
    });
  });
  if (!found) return found.error();
  if (old.empty()) return true;
  auto removed = state.store.run(Access::write, [&](Transaction& tx) -> Result<void> {
    for (const auto id : old)
      if (auto erased = tx.erase(table, id, is_old); !erased) return erased.error();
    return {};
  });
  if (!removed) return removed.error();
  return !budget.is_spent();
}

}  // namespace

Result<void> run_as_host(EngineState& state, std::string_view name,
                         const std::function<Result<void>(Transaction&, const Context&)>& work) {
  PendingEvents pending_events;
  const auto request_id = state.request_ids.next();
  const auto context = state.context(request_id, pending_events, Principal{.kind = Principal::Kind::host});
  auto done = state.store.run(Access::write, [&](Transaction& tx) {
    pending_events = {};
    return run_guarded(context, name, [&] { return work(tx, context); });
  });
  if (done && pending_events.any) state.feeds->wake(pending_events.app);
  return done;
}

Result<bool> purge_expired(EngineState& state) {
  const auto now = state.clock.now();
  // What refers to a row stands in a table behind it, and goes first.
  std::deque<const Table*> due;
  for (const auto* table : state.tables)
    if (table->retention.column >= 0) due.push_front(table);
  // In turn, so that a table in which much is left holds up no other.
  for (int steps = 0; steps < most_steps && !due.empty(); ++steps) {
    const auto& table = *due.front();
    const auto is_clean = purge_some(state, table, end_of(table.retention, now, state.limits.keep_events));
    if (!is_clean) return is_clean;
    if (!*is_clean) due.push_back(due.front());
    due.pop_front();
  }
  return due.empty();
}

}  // namespace innkeeper::pipeline
