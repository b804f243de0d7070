#pragma once

#include <innkeeper/operation.hpp>

#include "engine/base/budget.hpp"

/// What becomes of rows when the row that they refer to is removed, as their columns say (`OnRemove`): in the model's tables and
/// in those of the host's own entities.
namespace innkeeper::domain {

/// The row that is removed. Its tenant and app are for tables that are read by them.
struct RemovedRow {
  const Table& table;
  Id id;
  Id tenant;
  Id app;
};

/// Takes out what goes with a row and detaches what stays, as far as the budget goes; answers whether that was all.
Result<bool> remove_dependants(Transaction&, const Context&, const RemovedRow&, base::Budget&);

/// The index by which the rows that refer to a row are found; null: there is none. For tests of the model, too.
const Index* index_of_reference(const Table&, std::size_t column);

}  // namespace innkeeper::domain
