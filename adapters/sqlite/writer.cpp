#include "adapters/sqlite/writer.hpp"

#include "adapters/sqlite/transaction.hpp"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

namespace innkeeper::sqlite {

namespace {
constexpr std::size_t group_limit = 128;
constexpr int careful_groups = 16;
}  // namespace

Writer::Writer(Connection& connection, std::mutex& commit_mutex, CommitLog& commit_log, Checkpointer* checkpointer,
               Damage& damage, Log* log, std::size_t cache)
    : connection_(connection),
      commit_mutex_(commit_mutex),
      commit_log_(commit_log),
      checkpointer_(checkpointer),
      damage_(damage),
      log_(log),
      cache_(commit_log, cache),
      keeps_rows_(cache > 0) {
  group_.reserve(group_limit);
  thread_ = std::thread{[this] { loop(); }};
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

void Writer::submit(Work work, Done done, Caller caller) {
  Job job{std::move(work), std::move(done)};
  std::unique_lock lock(mutex_);
  // Where commits are shared, one more job in the next is cheaper than a commit of its own.
  if (caller == Caller::moves_on || is_busy_ || !queue_.empty() || last_group_ > 1) {
    const bool is_queued = enqueue(job);
    lock.unlock();
    return is_queued ? has_work_.notify_one() : job.done(out_of_memory());
  }
  is_busy_ = true;
  lock.unlock();
  {
    const Turn turn{*this};
    store({&job, 1});
  }
  answer({&job, 1});
}

bool Writer::enqueue(Job& job) {
  try {
    queue_.push_back(std::move(job));
    return true;
  } catch (const std::bad_alloc&) {  // before the job was moved
    return false;
  }
}

Writer::Turn::~Turn() {
  const std::lock_guard lock(writer.mutex_);
  writer.is_busy_ = false;
  if (writer.is_ending_ || !writer.queue_.empty()) writer.has_work_.notify_one();
}

void Writer::loop() {
  for (;;) {
    const auto group = next_group();
    if (group.empty()) return;
    const Turn turn{*this};
    store(group);
    answer(group);
    group_.clear();
  }
}

std::span<Writer::Job> Writer::next_group() {
  std::unique_lock lock(mutex_);
  has_work_.wait(lock, [this] { return !is_busy_ && (is_ending_ || !queue_.empty()); });
  is_busy_ = !queue_.empty();
  last_group_ = std::min(queue_.size(), group_limit);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(last_group_);
  group_.assign(std::move_iterator{queue_.begin()}, std::move_iterator{end});
  queue_.erase(queue_.begin(), end);
  return group_;
}

void Writer::store(std::span<Job> jobs) {
  if (checkpointer_) checkpointer_->hold_back();
  const std::lock_guard hold(commit_mutex_);
  careful_ = std::max(careful_ - 1, 0);
  auto end = commit(jobs, careful_ > 0 ? Guard::savepoints : Guard::none);
  if (end == End::spoilt) {
    careful_ = careful_groups;
    end = commit(jobs, Guard::savepoints);
  }
  if (end == End::lost && jobs.size() > 1)
    for (auto& each : jobs) commit({&each, 1}, Guard::none);
}

void Writer::answer(std::span<Job> jobs) {
  for (auto& each : jobs) {
    try {
      each.done(std::move(each.outcome));
    } catch (...) {
      write_line(log_, Severity::error, "store.done_threw", {});
    }
  }
}

/// What is thrown is thrown before the commit: nothing of these jobs is stored then.
Writer::End Writer::commit(std::span<Job> jobs, Guard guard) noexcept {
  try {
    return commit_all(jobs, guard);
  } catch (...) {
    connection_.abandon();
    for (auto& each : jobs) each.outcome = out_of_memory();
    return End::lost;
  }
}

Writer::End Writer::commit_all(std::span<Job> jobs, Guard guard) {
  if (damage_.is_found()) return lose(jobs, Damage::refusal());
  if (auto begun = connection_.control(Control::begin_immediate); !begun) {
    lose(jobs, begun.error());
    return End::kept;
  }
  const auto& index = connection_.wal_index();
  CommitLog::Position position = 0;
  const bool is_known = commit_log_.covers(index.state(), position);
  cache_.stand_at(position);
  auto* cache = is_known && keeps_rows_ ? &cache_ : nullptr;
  const auto commits = index.commits();
  const auto changes = sqlite3_total_changes64(connection_.handle());
  TouchedTables touched;
  for (auto& each : jobs) {
    const auto end = guard == Guard::savepoints ? attempt_guarded(each, touched, cache) : attempt(each, touched, cache);
    if (end == End::lost) return lose(jobs, each.outcome.error());
    if (end == End::spoilt && jobs.size() > 1) return connection_.abandon(), End::spoilt;
  }
  if (std::none_of(jobs.begin(), jobs.end(), [](const Job& each) { return each.outcome.has_value(); })) {
    connection_.abandon();  // what was taken back need not be written down
    return End::kept;
  }

  // A reader may have met it meanwhile.
  if (damage_.is_found()) return lose(jobs, Damage::refusal());
  commit_log_.begin(touched);
  auto done = connection_.control(Control::commit);
  // One more commit than before, and it was ours: nobody came in between.
  const auto state = index.state();
  if (is_known && index.commits() == commits + (touched.is_empty() ? 0U : 1U))
    commit_log_.end(touched, state);
  else
    commit_log_.forget(state);
  if (!done) return lose(jobs, done.error());
  if (sqlite3_total_changes64(connection_.handle()) != changes) note_writable(true, {});
  return End::kept;
}

Writer::End Writer::attempt(Job& job, TouchedTables& touched, RowCache* cache) {
  const auto changes = sqlite3_total_changes64(connection_.handle());
  SqliteTransaction transaction{connection_, Access::write, cache, touched};
  job.outcome = transaction.perform(job.work);
  if (transaction.is_broken()) return End::lost;
  if (job.outcome) touched = transaction.touched();
  const bool has_written = sqlite3_total_changes64(connection_.handle()) != changes;
  return job.outcome || !has_written ? End::kept : End::spoilt;
}

Writer::End Writer::attempt_guarded(Job& job, TouchedTables& touched, RowCache* cache) {
  if (auto saved = connection_.control(Control::savepoint); !saved) return job.outcome = saved, End::lost;
  if (attempt(job, touched, cache) == End::lost) return End::lost;
  if (!job.outcome)
    if (auto undone = connection_.control(Control::rollback_to); !undone) return job.outcome = undone, End::lost;
  if (auto released = connection_.control(Control::release); !released) return job.outcome = released, End::lost;
  return End::kept;
}

Writer::End Writer::lose(std::span<Job> jobs, const Error& why) {
  connection_.abandon();
  Error error = why;
  error.code = Errc::unavailable;
  for (auto& each : jobs) each.outcome = error;
  damage_.note(error);
  // What one job lacks memory for says nothing of the next.
  if (error.reason != damaged && error.reason != no_memory) note_writable(false, error.detail);
  return End::lost;
}

void Writer::note_writable(bool is_writable, std::string_view why) noexcept {
  if (is_writable_.exchange(is_writable, std::memory_order_relaxed) == is_writable) return;
  if (is_writable)
    write_line(log_, Severity::info, "store.writable", {});
  else
    write_line(log_, Severity::error, "store.unwritable", {{"why", why}});
}

}  // namespace innkeeper::sqlite
