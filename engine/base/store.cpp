#include <innkeeper/store.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>

namespace innkeeper {

Result<void> Store::run(Access access, Work work) {
  std::mutex mutex;
  std::condition_variable is_done;
  std::optional<Result<void>> outcome;
  const auto done = [&](Result<void> result) {
    // Notified under the lock: this frame, and with it the condition, may be gone once the lock is released.
    const std::lock_guard lock(mutex);
    outcome.emplace(std::move(result));
    is_done.notify_one();
  };
  run(access, std::move(work), done, Caller::waits);
  std::unique_lock lock(mutex);
  is_done.wait(lock, [&] { return outcome.has_value(); });
  return *std::move(outcome);
}

}  // namespace innkeeper
