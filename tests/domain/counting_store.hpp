#pragma once

#include "tests/domain/fixture.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace innkeeper::tests {

/// What one transaction did to rows.
struct RowCounts {
  std::int64_t written = 0;  ///< Erased ones among them.
  std::int64_t erased = 0;
  std::int64_t read = 0;
};

/// A store that counts what its transactions do to rows.
class CountingStore final : public Store {
 public:
  explicit CountingStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  using Store::run;

  Result<void> migrate(const Schema& schema) override { return store_->migrate(schema); }
  StoreStatus status() const override { return store_->status(); }
  void run(Access, Work, Done, Caller) override;

  /// Begins to count anew.
  void forget() {
    transactions.clear();
    most_looked_at_ = 0;
  }
  /// The most that one writing transaction did.
  RowCounts most() const;
  /// The most rows that one transaction for reading read.
  std::int64_t most_looked_at() const { return most_looked_at_; }

  std::vector<RowCounts> transactions;  ///< Those that write, since the last `forget`, in order.

 private:
  std::int64_t most_looked_at_ = 0;
  std::unique_ptr<Store> store_;
};

/// Each implementation of `Store`, counting. Their houses' stores are `CountingStore`s.
std::vector<Backend> counting_stores();

}  // namespace innkeeper::tests
