#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace innkeeper::base {

/// What one thread waits for and another, or the same, hands in once. It may end as soon as `wait` returns.
template <class T>
class Awaited {
 public:
  void set(T value) {
    // Notified under the lock: this object, and with it the condition, may be gone once the lock is released.
    const std::lock_guard lock(mutex_);
    value_.emplace(std::move(value));
    is_there_.notify_one();
  }

  T wait() {
    std::unique_lock lock(mutex_);
    is_there_.wait(lock, [this] { return value_.has_value(); });
    return *std::move(value_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable is_there_;
  std::optional<T> value_;
};

}  // namespace innkeeper::base
