#include "adapters/sqlite/checkpointer.hpp"

#include <chrono>
#include <new>
#include <utility>

namespace innkeeper::sqlite {

namespace {

// In pages, of 4 KiB.
constexpr int worth_copying = 1'000;
constexpr int long_enough = 8'000;
constexpr int too_long = 24'000;
constexpr int max_rounds = 4;
constexpr int max_attempts = 8;

constexpr std::chrono::milliseconds pause{20};
constexpr std::chrono::seconds rest{1};             ///< How long a snapshot stays open that nobody reads in, once or twice that.
constexpr std::chrono::milliseconds patience{100};  ///< How long the last step waits for readers, twice, and for other writers.

}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<Connection> copier, std::unique_ptr<Connection> guard, Readers& readers,
                           std::mutex& commit_mutex, Damage& damage, Log* log)
    : copier_(std::move(copier)),
      guard_(std::move(guard)),
      readers_(readers),
      commit_mutex_(commit_mutex),
      damage_(damage),
      log_(log) {
  sqlite3_busy_timeout(guard_->handle(), static_cast<int>(patience.count()));
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
  readers_.forbid_idle_snapshots();
  for (int round = 0; round < max_rounds; ++round) {
    const int pages = pages_.load(std::memory_order_relaxed);
    if (!copy_beside_writers()) break;
    copied_.store(pages, std::memory_order_relaxed);
    if (uncopied() < worth_copying) break;
  }
  {
    const std::lock_guard hold(commit_mutex_);
    copy_the_rest();
    // Where somebody stood in the way, the next turn comes when there is more to copy again.
    copied_.store(pages_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  readers_.allow_idle_snapshots();
}

bool Checkpointer::copy_beside_writers() {
  // What is damaged is left as it is, with its log.
  const bool is_kept = !damage_.is_found() && keep_log();
  if (is_kept) copy();
  guard_->abandon();
  return is_kept;
}

/// Opens a snapshot that needs the log: until it ends, nobody begins the log anew, though anybody may add to it. SQLite does not
/// say whether a snapshot needs it. It does if not all the log was copied when it began; so what is read before, within and
/// after must be of one state of the file.
bool Checkpointer::keep_log() {
  const auto& index = guard_->wal_index();
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto state = index.state();
    const auto pages = index.pages();
    if (state == 0 || !guard_->control(Control::begin) || !guard_->control(Control::look)) return false;
    const bool is_needed = index.copied() < pages;
    if (index.state() == state) return is_needed;
    guard_->abandon();
  }
  return false;
}

/// Copies while nobody can write, here or elsewhere, and waits for those who still read what was copied: the next commit begins
/// the log anew. A restarting checkpoint would do it alone, but without the lock for writing SQLite turns it into one that goes
/// on beside writers.
void Checkpointer::copy_the_rest() try {
  if (damage_.is_found() || !readers_.wait_for_snapshots(patience)) return;
  if (auto locked = guard_->control(Control::begin_immediate); !locked) {
    if (locked.error().reason != Reason{"store.busy"}) warn(locked.error());
    return;
  }
  copy();
  guard_->abandon();
  readers_.wait_for_snapshots(patience);
} catch (const std::bad_alloc&) {
  warn(out_of_memory());
}

void Checkpointer::copy() {
  const int code = sqlite3_wal_checkpoint_v2(copier_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) warn(error_of(copier_->handle(), code));
}

void Checkpointer::warn(const Error& error) noexcept {
  damage_.note(error);
  write_line(log_, Severity::warning, "store.checkpoint_failed", {{"why", std::string_view{error.detail}}});
}

}  // namespace innkeeper::sqlite
