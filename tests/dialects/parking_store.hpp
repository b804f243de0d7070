#pragma once

#include <innkeeper/memory.hpp>
#include <innkeeper/store.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace innkeeper::tests {

/// Keeps the next write from its turn until it is released. Used by one thread.
class ParkingStore final : public Store {
 public:
  Result<void> migrate(const Schema& schema) override { return store_->migrate(schema); }
  StoreStatus status() const override { return store_->status(); }
  using Store::run;
  void run(Access access, Work work, Done done, Caller caller) override {
    if (access == Access::write && std::exchange(parks_, false))
      parked_.emplace(std::move(work), std::move(done));
    else
      store_->run(access, std::move(work), std::move(done), caller);
  }

  void park() { parks_ = true; }
  bool has_parked() const { return parked_.has_value(); }
  void release() {
    auto [work, done] = *std::exchange(parked_, std::nullopt);
    store_->run(Access::write, std::move(work), std::move(done));
  }

 private:
  std::unique_ptr<Store> store_ = open_memory();
  bool parks_ = false;
  std::optional<std::pair<Work, Done>> parked_;
};

}  // namespace innkeeper::tests
