#pragma once

#include "tests/domain/house.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace innkeeper::tests {

/// What one writing transaction did to rows.
struct RowCounts {
  std::int64_t written = 0;  ///< Erased ones among them.
  std::int64_t erased = 0;
  std::int64_t read = 0;
};

/// A store that counts what its writing transactions do to rows.
class CountingStore final : public Store {
 public:
  explicit CountingStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  using Store::run;

  Result<void> migrate(const Schema& schema) override { return store_->migrate(schema); }
  StoreStatus status() const override { return store_->status(); }
  void run(Access, Work, Done, Caller) override;

  /// Begins to count anew.
  void forget() { transactions.clear(); }
  /// The most that one transaction did.
  RowCounts most() const;

  std::vector<RowCounts> transactions;  ///< Since the last `forget`, in order.

 private:
  std::unique_ptr<Store> store_;
};

/// Each implementation of the store seam, counting. Their houses' stores are `CountingStore`s.
std::vector<Backend> counting_stores();

}  // namespace innkeeper::tests
