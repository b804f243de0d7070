#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace innkeeper::pipeline {

/// Counts the requests in flight, keeps them under a limit, and can be closed.
class InFlightLimit {
 public:
  enum class Entry : std::uint8_t { admitted, full, closed };

  explicit InFlightLimit(std::uint64_t limit) : limit_(limit) {}

  /// Each entry that is admitted must leave once.
  Entry enter() {
    const auto before = state_.fetch_add(1);
    if ((before & closed) == 0 && before < limit_) return Entry::admitted;
    leave();
    return (before & closed) != 0 ? Entry::closed : Entry::full;
  }

  void leave() {
    if (state_.fetch_sub(1) == (closed | 1U)) set_empty();
  }

  /// Admits no more requests and waits for those in flight. When it returns the last of them does not touch this object any more:
  /// the wait is for a flag that is set under the lock, not for the count.
  void close() {
    if (state_.fetch_or(closed) == 0) set_empty();
    std::unique_lock lock(mutex_);
    became_empty_.wait(lock, [&] { return is_empty_; });
  }

 private:
  static constexpr std::uint64_t closed = std::uint64_t{1} << 63U;

  void set_empty() {
    const std::lock_guard lock(mutex_);
    is_empty_ = true;
    became_empty_.notify_all();
  }

  const std::uint64_t limit_;
  std::atomic<std::uint64_t> state_{0};
  std::mutex mutex_;
  std::condition_variable became_empty_;
  bool is_empty_ = false;
};

}  // namespace innkeeper::pipeline
