#pragma once

#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// How a selection is met, and by which index of its table it is read: the same for every store and for whoever plans a query.
namespace innkeeper::base {

/// Whether a cell meets a condition. Null equals only null, is never ordered, contains nothing and is in no list.
bool meets(const Value& cell, const Condition&);

/// Whether a condition's value is of the type that its column and its comparison ask for, or null.
bool fits(const Column&, const Condition&);

/// The numbers of a list (`Compare::in`), ascending, each once.
std::vector<std::int64_t> numbers_in(std::string_view list);

/// What of a selection decides by which index it is read.
struct IndexNeeds {
  std::uint64_t pinned = 0;  ///< A bit for each column that is the same in all rows that are selected.
  std::span<const Ordering> order{};
  bool minds_order = false;  ///< It takes a part only, or asks for an order.

  bool is_pinned(std::uint8_t column) const { return (pinned >> column & 1U) != 0; }
};

/// The index that finds the rows of a selection: of those in which they stand in its order, if it minds one and there are any;
/// else of all. Null if there is none, or the rows are found by their ids.
const Index* choose_index(const Table&, const IndexNeeds&);

/// Whether rows are found by a condition of this kind on a column through an index that was chosen: one of its first columns that
/// are all pinned, or a range of the column behind them.
bool is_found_by(const Index&, const IndexNeeds&, const Condition&);

}  // namespace innkeeper::base
