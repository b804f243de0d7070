#pragma once

#include <atomic>
#include <cstddef>

namespace innkeeper::beast {

/// How much memory all connections of a server hold for requests and answers under way. Thread safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t most) : most_(most) {}

  void change(std::size_t before, std::size_t after) { used_.fetch_add(after - before, std::memory_order_relaxed); }
  /// Near its end: whoever holds some and does not get on is let go.
  bool is_short() const { return used_.load(std::memory_order_relaxed) > most_ / 5 * 4; }
  /// At its end: nothing more is begun that needs some.
  bool is_spent() const { return used_.load(std::memory_order_relaxed) > most_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace innkeeper::beast
