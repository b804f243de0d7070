#include "adapters/sqlite/writer.hpp"

#include "adapters/sqlite/transaction.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace innkeeper::sqlite {

namespace {

constexpr std::size_t group_limit = 128;

// The write-ahead log is copied into the database when the writer has nothing to do, or when it has grown long without a pause.
constexpr int worth_copying = 1'000;
constexpr int long_enough = 16'000;
constexpr std::chrono::milliseconds pause{20};

}  // namespace

Writer::Writer(Connection& connection, std::mutex& gate, Log* log) : connection_(connection), gate_(gate), log_(log) {
  const auto keep_size = [](void* pages, sqlite3*, const char*, int size) {
    static_cast<std::atomic<int>*>(pages)->store(size, std::memory_order_relaxed);
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_.handle(), keep_size, &log_pages_);  // takes the place of SQLite's checkpoint inside a commit
  thread_ = std::thread{[this] { loop(); }};
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  has_work_.notify_one();
  thread_.join();
  sqlite3_wal_hook(connection_.handle(), nullptr, nullptr);
}

void Writer::submit(Work work, Done done) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(work), std::move(done)});
  }
  has_work_.notify_one();
}

void Writer::loop() {
  for (;;) {
    auto group = next_group();
    if (group.empty()) return;
    serve(group);
  }
}

std::vector<Writer::Job> Writer::next_group() {
  const auto is_called = [this] { return is_ending_ || !queue_.empty(); };
  std::unique_lock lock(mutex_);
  const int uncopied = count_uncopied();
  if (uncopied >= worth_copying && (uncopied >= long_enough || !has_work_.wait_for(lock, pause, is_called))) {
    lock.unlock();
    checkpoint();
    lock.lock();
  }
  has_work_.wait(lock, is_called);

  const auto size = static_cast<std::ptrdiff_t>(std::min(queue_.size(), group_limit));
  std::vector<Job> group{std::move_iterator{queue_.begin()}, std::move_iterator{queue_.begin() + size}};
  queue_.erase(queue_.begin(), queue_.begin() + size);
  return group;
}

void Writer::serve(std::span<Job> jobs) {
  {
    const std::lock_guard hold(gate_);
    if (!commit(jobs) && jobs.size() > 1)
      for (auto& each : jobs) commit({&each, 1});
  }
  for (auto& each : jobs) {
    try {
      each.done(std::move(each.outcome));
    } catch (...) {
      if (log_ && log_->threshold() <= Severity::error) log_->write(Severity::error, "store.done_threw", {});
    }
  }
}

/// Answers false where the transaction was lost on the way and with it every job of the group, though one alone may be the cause.
bool Writer::commit(std::span<Job> jobs) {
  if (auto begun = connection_.control(Control::begin_immediate); !begun) {
    lose(jobs, begun.error());
    return true;
  }
  const auto changes = sqlite3_total_changes64(connection_.handle());
  for (auto& each : jobs)
    if (!attempt(each)) return lose(jobs, each.outcome.error());
  if (auto done = connection_.control(Control::commit); !done) return lose(jobs, done.error());
  if (sqlite3_total_changes64(connection_.handle()) != changes) note_writable(true, {});
  return true;
}

/// Runs one job in its savepoint. Answers false where the whole transaction cannot go on.
bool Writer::attempt(Job& job) {
  job.outcome = connection_.control(Control::savepoint);
  if (!job.outcome) return false;
  SqliteTransaction transaction{connection_, Access::write};
  job.outcome = transaction.perform(job.work);
  if (transaction.is_broken()) return false;
  if (!job.outcome)
    if (auto undone = connection_.control(Control::rollback_to); !undone) return job.outcome = undone, false;
  if (auto released = connection_.control(Control::release); !released) return job.outcome = released, false;
  return true;
}

bool Writer::lose(std::span<Job> jobs, const Error& why) {
  connection_.abandon();
  Error error = why;
  error.code = Errc::unavailable;
  for (auto& each : jobs) each.outcome = error;
  note_writable(false, error.detail);
  return false;
}

void Writer::note_writable(bool is_writable, std::string_view why) {
  if (is_writable_.exchange(is_writable, std::memory_order_relaxed) == is_writable) return;
  const auto severity = is_writable ? Severity::info : Severity::error;
  if (!log_ || log_->threshold() > severity) return;
  const LogField fields[] = {{"why", why}};
  log_->write(severity, is_writable ? "store.writable" : "store.unwritable", std::span{fields}.first(is_writable ? 0 : 1));
}

int Writer::count_uncopied() {
  const int pages = log_pages_.load(std::memory_order_relaxed);
  if (pages < copied_pages_) copied_pages_ = 0;  // SQLite has begun the log anew
  return pages - copied_pages_;
}

void Writer::checkpoint() {
  const std::lock_guard hold(gate_);
  copied_pages_ = log_pages_.load(std::memory_order_relaxed);
  sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace innkeeper::sqlite
