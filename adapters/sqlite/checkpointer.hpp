#pragma once

#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/damage.hpp"
#include "adapters/sqlite/readers.hpp"

#include <innkeeper/environment.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace innkeeper::sqlite {

/// Whether a version of SQLite (`sqlite3_libversion_number`) takes pages for copied that are not, which spoils the database, if a
/// checkpoint that found the whole log copied is held up while a commit begins the log anew (sqlite.org/wal.html#walresetbug).
constexpr bool has_wal_reset_bug(int version) {
  const auto is_within = [version](int first, int end) { return version >= first && version < end; };
  return version < 3'051'003 && !is_within(3'050'007, 3'051'000) && !is_within(3'044'006, 3'045'000);
}

/// One thread that copies the write-ahead log into the database, so that no request does: when the writers pause, or when the log
/// has grown long without a pause. Writers go on meanwhile, but for the end: then they are held for as long as it takes to copy
/// the last pages, and the log begins anew. If they fill it faster than it is copied, they are held back until it is. So it
/// stays bounded however long the writers keep at it, unless somebody reads in one snapshot for as long. It also ends snapshots
/// that nobody has read in for a while, since they may stand in another process's way.
///
/// While it copies, no process can begin the log anew: see `has_wal_reset_bug`.
class Checkpointer {
 public:
  /// What is referred to outlives this. `copier` copies while `guard` keeps the log; the lock for writing is the whole file's, so
  /// it takes two connections. `commit_mutex` is held while somebody of this process writes.
  Checkpointer(std::unique_ptr<Connection> copier, std::unique_ptr<Connection> guard, Readers& readers, std::mutex& commit_mutex,
               Damage& damage, Log* log);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// After each commit: the length of the log in pages. The commit mutex is held.
  void note_length(int pages);
  /// Before each commit, without the commit mutex: waits if the log has grown so long that it must be copied first.
  void hold_back();

 private:
  void loop();
  void wait_for_a_pause(std::unique_lock<std::mutex>& lock);
  int uncopied() const { return pages_.load(std::memory_order_relaxed) - copied_.load(std::memory_order_relaxed); }
  void checkpoint();
  bool copy_beside_writers();
  void copy_the_rest();
  bool keep_log();
  void copy();
  void warn(const Error&) noexcept;

  std::unique_ptr<Connection> copier_;
  std::unique_ptr<Connection> guard_;
  Readers& readers_;
  std::mutex& commit_mutex_;
  Damage& damage_;
  Log* log_;
  std::atomic<int> pages_{0};
  std::atomic<int> copied_{0};  ///< Of these.

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_copied_;
  bool is_copying_ = false;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace innkeeper::sqlite
