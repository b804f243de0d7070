#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/schema/model.hpp>
#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/base/records.hpp"

/// Which rows count against quotas, what of them, and how far those are counted that were there before.
namespace innkeeper::domain {

/// A table whose rows are counted, as its `counting` says.
struct CountedTable {
  const Table* table = nullptr;
  std::size_t tenant = 0;  ///< Where the tenant's id stands in a row.
  int app = -1;            ///< And the app's; -1: nowhere.

  const Counting& counting() const { return table->counting; }
};

/// All of them.
std::span<const CountedTable> counted_tables();
/// Where a table stands among them; behind the last if its rows do not count.
std::size_t counted_position(const Table&);

/// What of a row counts.
struct Facts {
  std::size_t table = 0;  ///< Its position among the counted ones.
  std::int64_t id = 0;
  std::int64_t tenant = 0;
  std::int64_t app = 0;
  std::int64_t bytes = 0;
};
Facts facts_of(std::size_t table, std::span<const Value> cells);

/// How far the rows of before are counted: all tables before one, and of that one the rows up to an id.
struct Progress {
  std::size_t table = 0;
  std::int64_t id = 0;

  bool is_complete() const { return table >= counted_tables().size(); }
  bool covers(const Facts& row) const { return row.table < table || (row.table == table && row.id <= id); }
};
inline Progress complete() { return {counted_tables().size(), 0}; }

/// Where it is kept; a row without an id if it never was.
Result<Setting> progress_row(Transaction&);
Progress progress_in(const Setting&);
std::string text_of(const Progress&);

}  // namespace innkeeper::domain
