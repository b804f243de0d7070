#pragma once

#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include "engine/base/budget.hpp"
#include "engine/base/records.hpp"

#include <cstdint>
#include <vector>

/// A change that concerns many rows holds at once, by a mark that whoever uses one of them is checked against: the generation of
/// its owner, or that the owner is gone. The rows follow: some in the transaction of the change, the others in maintenance.
namespace innkeeper::domain {

using base::Budget;

/// Takes out rows of a query as far as the budget goes, without a word; answers whether these were all. The query's order must be
/// that of an index behind its conditions, or each call sorts all there are.
template <class E>
Result<bool> erase_within(Transaction& tx, Query<E> query, Budget& budget) {
  if (budget.is_spent()) return false;
  std::vector<Id> going;
  auto found = tx.each<E>(query.limit(budget.rows()), [&](const E& row) {
    going.push_back(row.id);
    budget.spend_on(row);
    return !budget.is_spent();
  });
  if (!found) return found.error();
  for (const auto id : going)
    if (auto erased = tx.erase<E>(id); !erased) return erased.error();
  return !budget.is_spent();
}

/// Rows that one change of an app's things writes: the row, its line in the trail, the event, the messages to webhooks.
Result<std::int64_t> rows_of_change(Transaction&, Id app);

/// Does a task as far as the budget goes and leaves the rest to maintenance. In the transaction of the change.
Result<void> begin(Transaction&, const Context&, Task, Budget&);

/// Goes on with a task that was left, as far as one transaction may. One that is done is no more.
Result<void> resume(Transaction&, const Context&, Id task);

/// Does all that was left, however much it is: for what nobody waits for.
Result<void> finish_all(Transaction&, const Context&);

/// Takes keys out, the oldest first, as far as the budget goes; answers whether these were all. What they made counts as made by
/// their makers from then on, or a lineage would end there.
Result<bool> erase_keys_within(Transaction&, const Query<Key>&, Budget&);

}  // namespace innkeeper::domain
