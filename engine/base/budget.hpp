#pragma once

#include <innkeeper/schema/entity.hpp>

#include <cstdint>
#include <span>

namespace innkeeper::base {

/// What one transaction may still do to rows, so that others wait a few milliseconds for the writer.
class Budget {
 public:
  /// For what nobody waits for.
  static Budget unlimited() {
    constexpr std::int64_t more_than_there_is = std::int64_t{1} << 53;
    Budget budget;
    budget.rows_ = budget.bytes_ = more_than_there_is;
    return budget;
  }
  bool is_spent() const { return rows_ <= 0 || bytes_ <= 0; }
  std::int64_t rows() const { return rows_; }
  void spend(std::int64_t rows) { rows_ -= rows; }
  /// A row, with the texts it holds.
  template <class E>
  void spend_on(const E& row) {
    spend_on_cells(to_cells(row));
  }
  void spend_on_cells(std::span<const Value> cells) {
    --rows_;
    for (const auto& cell : cells) bytes_ -= static_cast<std::int64_t>(cell.text().size());
  }

 private:
  std::int64_t rows_ = 300;
  std::int64_t bytes_ = std::int64_t{4} * 1024 * 1024;
};

}  // namespace innkeeper::base
