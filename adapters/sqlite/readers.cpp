#include "adapters/sqlite/readers.hpp"

#include "adapters/sqlite/transaction.hpp"

#include <thread>
#include <utility>

namespace innkeeper::sqlite {

namespace {
std::uint64_t next_serial() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}
}  // namespace

Reader::Reader(std::unique_ptr<Connection> connection, CommitLog& commit_log, std::mutex& commit_mutex,
               const std::atomic<bool>& is_log_wanted, std::size_t cache)
    : connection_(std::move(connection)),
      commit_log_(commit_log),
      commit_mutex_(commit_mutex),
      is_log_wanted_(is_log_wanted),
      cache_(commit_log, cache),
      keeps_rows_(cache > 0) {}

Result<void> Reader::run(const Work& work, Access access) {
  auto outcome = run_now(work, access);
  // Asked for again when `busy_` is free: whoever wants the log has either found it free or is seen here.
  if (is_log_wanted_.load()) let_go();
  return outcome;
}

Result<void> Reader::run_now(const Work& work, Access access) {
  const std::lock_guard hold(busy_);
  was_used_.store(true, std::memory_order_relaxed);
  if (auto ready = renew(); !ready) return ready;
  SqliteTransaction transaction{*connection_, access, keeps_rows_ && is_accounted_for() ? &cache_ : nullptr};
  auto outcome = transaction.perform(work);
  if (transaction.is_broken()) end_snapshot();
  return outcome;
}

bool Reader::let_go() {
  const std::unique_lock hold(busy_, std::try_to_lock);
  if (hold.owns_lock()) end_snapshot();
  return hold.owns_lock();
}

void Reader::let_go_if_idle() {
  if (!was_used_.exchange(false, std::memory_order_relaxed)) let_go();
}

/// Sees to it that the snapshot is of this moment, and what it shows is known.
Result<void> Reader::renew() {
  const auto& index = connection_->wal_index();
  if (has_snapshot_ && state_ != 0 && index.state() == state_) return {};
  // A commit may come between a look at the state and the snapshot: then it is not known which the snapshot shows.
  for (int attempt = 0; attempt < 3; ++attempt) {
    state_ = index.state();
    if (auto taken = take_snapshot(); !taken) return taken;
    if (index.state() == state_) return {};
  }
  state_ = 0;
  return {};
}

Result<void> Reader::take_snapshot() {
  end_snapshot();
  if (auto begun = connection_->control(Control::begin); !begun) return begun;
  if (auto looked = connection_->control(Control::look); !looked) return connection_->abandon(), looked;
  has_snapshot_ = true;
  return {};
}

void Reader::end_snapshot() {
  if (!std::exchange(has_snapshot_, false)) return;
  if (auto ended = connection_->control(Control::commit); !ended) connection_->abandon();
  ended_.fetch_add(1, std::memory_order_release);
}

/// Whether the commit log knows of every change in the snapshot. If none of ours is being written down, another process made one.
bool Reader::is_accounted_for() {
  CommitLog::Position position = 0;
  if (!commit_log_.covers(state_, position)) {
    const std::unique_lock hold(commit_mutex_, std::try_to_lock);
    if (hold.owns_lock() && state_ != 0 && connection_->wal_index().state() == state_ && !commit_log_.has(state_))
      commit_log_.forget(state_);
    return false;
  }
  cache_.stand_at(position);
  return true;
}

Readers::Readers(SqliteOptions options, Connection::Use use, CommitLog& commit_log, std::mutex& commit_mutex)
    : options_(std::move(options)), use_(use), commit_log_(commit_log), commit_mutex_(commit_mutex), serial_(next_serial()) {}

Readers::Leases& Readers::leases() {
  thread_local Leases mine;
  return mine;
}

Readers::Leases::~Leases() {
  for (const auto& each : held)
    if (auto lender = each.lender.lock()) lender->give_back(each.reader);
}

Result<Reader*> Readers::mine() {
  for (const auto& each : leases().held)
    if (each.serial == serial_) return each.reader;
  return lease();
}

Result<Reader*> Readers::lease() {
  auto& held = leases().held;
  std::erase_if(held, [](const Lease& each) { return each.lender.expired(); });
  held.reserve(held.size() + 1);
  auto reader = take();
  if (reader) held.push_back({serial_, *reader, weak_from_this()});
  return reader;
}

Result<Reader*> Readers::take() {
  const std::lock_guard lock(mutex_);
  if (!free_.empty()) {
    auto* reader = free_.back();
    free_.pop_back();
    return reader;
  }
  auto opened = Connection::open(options_, use_, commit_log_);
  if (!opened) return opened.error();
  return readers_
      .emplace_back(std::make_unique<Reader>(std::move(*opened), commit_log_, commit_mutex_, is_log_wanted_, options_.cache))
      .get();
}

void Readers::give_back(Reader* reader) {
  const std::lock_guard lock(mutex_);
  if (!readers_.empty()) free_.push_back(reader);
}

void Readers::forbid_idle_snapshots() {
  is_log_wanted_.store(true);
  const std::lock_guard lock(mutex_);
  for (const auto& each : readers_) each->let_go();
}

bool Readers::wait_for_snapshots(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::vector<std::pair<Reader*, std::uint64_t>> seen;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& each : readers_) seen.emplace_back(each.get(), each->ended());
  }
  // A reader that is never idle for long ends a snapshot behind each run.
  for (const auto& [reader, ended] : seen)
    while (!reader->let_go() && reader->ended() == ended) {
      if (std::chrono::steady_clock::now() >= end) return false;
      std::this_thread::sleep_for(std::chrono::microseconds{100});
    }
  return true;
}

void Readers::let_idle_go() {
  const std::lock_guard lock(mutex_);
  for (const auto& each : readers_) each->let_go_if_idle();
}

void Readers::allow_idle_snapshots() { is_log_wanted_.store(false); }

void Readers::close() {
  const std::lock_guard lock(mutex_);
  free_.clear();
  readers_.clear();
}

}  // namespace innkeeper::sqlite
