#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

namespace innkeeper::beast {

/// How many connections a server has, over all its threads. Thread safe.
class Census {
 public:
  /// One connection's place in the count, given back when it goes.
  class Seat {
   public:
    Seat() = default;
    Seat(Seat&& other) noexcept
        : census_(std::exchange(other.census_, nullptr)), is_settled_(std::exchange(other.is_settled_, false)) {}
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
      if (census_) census_->leave(is_settled_);
    }
    explicit operator bool() const { return census_ != nullptr; }
    /// All that had to be said was said: closing the connection now cuts nothing.
    void settle() {
      if (census_ && !std::exchange(is_settled_, true)) census_->settle();
    }

   private:
    friend Census;
    explicit Seat(Census* census) : census_(census) {}
    Census* census_ = nullptr;
    bool is_settled_ = false;
  };

  /// An empty seat if the house is full.
  Seat enter(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    if (seats_ >= limit) return {};
    ++seats_;
    ++unsettled_;
    return Seat(this);
  }

  /// Waits until nobody is left or the time is over. Answers whether those still there, if any, are all settled.
  bool wait(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    empty_.wait_for(lock, patience, [this] { return seats_ == 0; });
    return unsettled_ == 0;
  }

 private:
  void settle() {
    const std::lock_guard lock(mutex_);
    --unsettled_;
  }
  void leave(bool was_settled) {
    const std::lock_guard lock(mutex_);
    if (!was_settled) --unsettled_;
    if (--seats_ == 0) empty_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t seats_ = 0;
  std::size_t unsettled_ = 0;
};

}  // namespace innkeeper::beast
