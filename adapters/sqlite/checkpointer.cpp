#include "adapters/sqlite/checkpointer.hpp"

#include <chrono>
#include <utility>

namespace innkeeper::sqlite {

namespace {

// In pages, of 4 KiB.
constexpr int worth_copying = 1'000;
constexpr int long_enough = 8'000;
constexpr int too_long = 24'000;
constexpr int max_rounds = 4;

constexpr std::chrono::milliseconds pause{20};
constexpr std::chrono::seconds rest{1};  ///< How long a snapshot stays open that nobody reads in, once or twice that.
constexpr int patience = 100;            ///< How long the last step waits for readers, milliseconds.

}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection, Readers& readers, std::mutex& gate, Log* log)
    : connection_(std::move(connection)), readers_(readers), gate_(gate), log_(log) {
  sqlite3_busy_timeout(connection_->handle(), patience);
  thread_ = std::thread{[this] { loop(); }};
}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

void Checkpointer::note_length(int pages) {
  const int before = uncopied();
  if (pages < pages_.load(std::memory_order_relaxed)) copied_.store(0, std::memory_order_relaxed);  // the log has begun anew
  pages_.store(pages, std::memory_order_relaxed);
  const int after = uncopied();
  const auto passes = [&](int mark) { return before < mark && after >= mark; };
  if (!passes(worth_copying) && !passes(long_enough)) return;
  const std::lock_guard lock(mutex_);
  has_work_.notify_one();
}

void Checkpointer::hold_back() {
  const auto is_short = [this] { return pages_.load(std::memory_order_relaxed) < too_long; };
  if (is_short()) return;
  std::unique_lock lock(mutex_);
  // Where a reader kept the log from beginning anew, it goes on: it is not to be waited for.
  has_copied_.wait(lock, [&] { return is_short() || (!is_copying_ && uncopied() < long_enough); });
}

void Checkpointer::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto is_called = [this] { return is_ending_ || uncopied() >= worth_copying; };
    while (!has_work_.wait_for(lock, rest, is_called)) {
      lock.unlock();
      readers_.let_idle_go();
      lock.lock();
    }
    wait_for_a_pause(lock);
    if (is_ending_) return;
    is_copying_ = true;
    lock.unlock();
    checkpoint();
    lock.lock();
    is_copying_ = false;
    has_copied_.notify_all();
  }
}

void Checkpointer::wait_for_a_pause(std::unique_lock<std::mutex>& lock) {
  const auto is_urgent = [this] { return is_ending_ || uncopied() >= long_enough; };
  for (int seen = -1; seen != pages_.load(std::memory_order_relaxed);) {
    seen = pages_.load(std::memory_order_relaxed);
    if (has_work_.wait_for(lock, pause, is_urgent)) return;
  }
}

void Checkpointer::checkpoint() {
  // A snapshot of before keeps what came after it from being copied, and any snapshot the log from beginning anew.
  readers_.unsettle();
  for (int round = 0; round < max_rounds; ++round) {
    const int pages = pages_.load(std::memory_order_relaxed);
    copy(SQLITE_CHECKPOINT_PASSIVE);
    copied_.store(pages, std::memory_order_relaxed);
    if (uncopied() < worth_copying) break;
  }
  {
    const std::lock_guard hold(gate_);
    if (copy(SQLITE_CHECKPOINT_RESTART)) pages_.store(0, std::memory_order_relaxed);
    // Where a reader stood in the way, the next turn comes when there is more to copy again.
    copied_.store(pages_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  readers_.settle();
}

bool Checkpointer::copy(int mode) {
  const int code = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, mode, nullptr, nullptr);
  if (code == SQLITE_OK) return true;
  if ((code & 0xff) != SQLITE_BUSY && log_ && log_->threshold() <= Severity::warning) {
    const LogField why{"why", std::string_view{sqlite3_errmsg(connection_->handle())}};
    log_->write(Severity::warning, "store.checkpoint_failed", {&why, 1});
  }
  return false;
}

}  // namespace innkeeper::sqlite
