#pragma once

#include <innkeeper/schema/entity.hpp>
#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace innkeeper::memory {

/// One stored row: its cells, and the bytes that they view. Never changed; an update makes another.
class Row {
 public:
  explicit Row(std::span<const Value> cells);
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  std::span<const Value> cells() const { return cells_; }
  std::int64_t id() const { return cells_[0].integer(); }

 private:
  std::vector<Value> cells_;
  std::string bytes_;
};
using RowPointer = std::shared_ptr<const Row>;

/// The rows of one table by id, and its indexes. Not thread safe.
class Rows {
 public:
  using Visitor = std::function<bool(const Row&)>;

  explicit Rows(const Table& table);

  const Table& table() const { return *table_; }
  const std::map<std::int64_t, RowPointer>& by_id() const { return rows_; }
  /// The row of that id, or null.
  RowPointer find(std::int64_t id) const;

  /// The id that the next row without one gets.
  std::int64_t next_id() const { return next_id_; }
  void set_next_id(std::int64_t id) { next_id_ = id; }

  /// Calls `visit` for each row that a selection selects, in its order and within its window, until it answers false.
  void select(const Selection&, const Visitor& visit) const;

  /// The columns of a unique index in which another row, not the one of the same id, holds the same values already.
  std::optional<std::string> find_clash(const Row&) const;

  /// Puts a row in the place of the one with its id, if there is one.
  void put(const RowPointer&);
  void remove(std::int64_t id);

 private:
  /// Orders rows by the columns of an index, then by id. Cells compare with the columns they are given for, so that a search by
  /// the first few finds all rows that begin with them.
  struct Less {
    using is_transparent = void;
    Index index;
    bool operator()(const Row* a, const Row* b) const;
    bool operator()(const Row* row, std::span<const Value> cells) const { return compare(*row, cells) < 0; }
    bool operator()(std::span<const Value> cells, const Row* row) const { return compare(*row, cells) > 0; }
    std::strong_ordering compare(const Row&, std::span<const Value> cells) const;
  };
  using Ordered = std::set<const Row*, Less>;

  /// How to come by the rows of a selection.
  struct Path {
    std::optional<std::vector<std::int64_t>> ids{};  ///< Ascending.
    const Ordered* index = nullptr;
    std::array<Value, 4> cells{};
    std::size_t cell_count = 0;
    bool is_in_id_order = true;
    bool is_sorted = false;        ///< In the selection's own order.
    bool has_lower_bound = false;  ///< Only what is behind the cell after those that are alike.
  };
  Path path_to(const Selection&) const;
  void scan(const Path&, const Selection&, const Visitor& visit) const;

  const Table* table_;
  std::int64_t next_id_ = 1;
  std::map<std::int64_t, RowPointer> rows_;
  std::vector<Ordered> indexes_;
};

}  // namespace innkeeper::memory
