#pragma once

#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/row_cache.hpp"

#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace innkeeper::sqlite {

/// A connection for reading. Its snapshot stays open from one run to the next as long as the file is in the same state, and what
/// it has read before is remembered as long as the commit log says that it holds.
class Reader {
 public:
  /// `is_log_wanted`: while it is set, no snapshot is left open behind a run.
  Reader(std::unique_ptr<Connection> connection, CommitLog& commit_log, std::mutex& commit_mutex,
         const std::atomic<bool>& is_log_wanted, std::size_t cache);

  /// In a store that is only read, a work may ask for `Access::write` as long as it writes nothing.
  Result<void> run(const Work&, Access = Access::read);
  /// Ends the snapshot, unless a run is under way: then it is false. From any thread.
  bool let_go();
  /// The same if there was no run since the last time this was called.
  void let_go_if_idle();
  /// How many snapshots have ended.
  std::uint64_t ended() const { return ended_.load(std::memory_order_acquire); }

 private:
  Result<void> run_now(const Work&, Access);
  Result<void> renew();
  Result<void> take_snapshot();
  void end_snapshot();
  bool is_accounted_for();

  std::unique_ptr<Connection> connection_;
  CommitLog& commit_log_;
  std::mutex& commit_mutex_;  ///< The store's: nobody of this process commits while it is held.
  const std::atomic<bool>& is_log_wanted_;
  RowCache cache_;
  const bool keeps_rows_;
  bool has_snapshot_ = false;
  std::uint64_t state_ = 0;  ///< What the snapshot shows; 0: not known.
  std::atomic<std::uint64_t> ended_{0};
  std::atomic<bool> was_used_{false};
  std::mutex busy_;
};

/// The readers of one store: each thread that reads has one to itself until it ends; then the next thread gets it.
class Readers : public std::enable_shared_from_this<Readers> {
 public:
  /// `commit_mutex` and `commit_log` outlive the last use.
  Readers(SqliteOptions options, Connection::Use use, CommitLog& commit_log, std::mutex& commit_mutex);

  /// This thread's.
  Result<Reader*> mine();
  /// Ends all snapshots and, until `allow_idle_snapshots`, leaves none open behind a run, so that the log can be reset.
  void forbid_idle_snapshots();
  void allow_idle_snapshots();
  /// Between the two: waits until every snapshot that is open now has ended, but no longer than that. False if one is still open.
  bool wait_for_snapshots(std::chrono::milliseconds);
  /// Ends the snapshots of readers that had nothing to do since the last time.
  void let_idle_go();
  /// Closes all connections. No thread reads any more.
  void close();

 private:
  struct Lease {
    std::uint64_t serial = 0;
    Reader* reader = nullptr;
    std::weak_ptr<Readers> lender;
  };
  struct Leases {
    std::vector<Lease> held;
    ~Leases();
  };
  static Leases& leases();

  Result<Reader*> lease();
  Result<Reader*> take();
  void give_back(Reader*);

  const SqliteOptions options_;
  const Connection::Use use_;
  CommitLog& commit_log_;
  std::mutex& commit_mutex_;
  const std::uint64_t serial_;  ///< Of this store, never used again: an address would be.
  std::atomic<bool> is_log_wanted_{false};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<Reader*> free_;
};

}  // namespace innkeeper::sqlite
