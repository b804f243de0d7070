#pragma once

#include <innkeeper/message.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace innkeeper::beast {

class Pigeonhole;

/// What other threads have for a session: the answer it waits for, or, without one, word that its feed has something.
struct Letter {
  std::shared_ptr<Pigeonhole> to;
  std::optional<Response> answer;
};

/// Where answers for one worker's sessions are left by any thread. It may outlive the worker: an engine may answer when the
/// server is long gone, and the letter is dropped then. Letters that come close together cost the worker one wake-up.
class Mailbox {
 public:
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(Letter letter) {
    const std::lock_guard lock(mutex_);
    if (!wake_) return;
    letters_.push_back(std::move(letter));
    if (is_woken_) return;
    wake_();  // if it fails for want of memory, the next letter tries again
    is_woken_ = true;
  }

  /// Swaps what has come for an empty list, whose memory is used for what comes next.
  void collect(std::vector<Letter>& letters) {
    const std::lock_guard lock(mutex_);
    letters_.swap(letters);
    is_woken_ = false;
  }

  /// Called by the worker's thread before it serves.
  void belong_to_this_thread() { owner_ = std::this_thread::get_id(); }
  bool is_own_thread() const { return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

  void close() {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
    letters_.clear();
    owner_ = std::thread::id{};
  }

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<Letter> letters_;
  bool is_woken_ = false;  ///< Since they were last collected.
  std::atomic<std::thread::id> owner_{};
};

}  // namespace innkeeper::beast
