#pragma once

#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/readers.hpp"

#include <innkeeper/environment.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace innkeeper::sqlite {

/// One thread that copies the write-ahead log into the database, so that no request does: when the writers pause, or when the log
/// has grown long without a pause. Writers go on meanwhile, but for the end: then they are held for as long as it takes to copy
/// the last pages, and the log begins anew. If they fill it faster than it is copied, they are held back until it is. So it
/// stays bounded however long the writers keep at it, unless somebody reads in one snapshot for as long. It also ends snapshots
/// that nobody has read in for a while, since they may stand in another process's way.
class Checkpointer {
 public:
  /// What is referred to outlives this. `gate` is held while somebody writes.
  Checkpointer(std::unique_ptr<Connection> connection, Readers& readers, std::mutex& gate, Log* log);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// After each commit: the length of the log in pages. The gate is held.
  void note_length(int pages);
  /// Before each commit, without the gate: waits if the log has grown so long that it must be copied first.
  void hold_back();

 private:
  void loop();
  void wait_for_a_pause(std::unique_lock<std::mutex>& lock);
  int uncopied() const { return pages_.load(std::memory_order_relaxed) - copied_.load(std::memory_order_relaxed); }
  void checkpoint();
  bool copy(int mode);

  std::unique_ptr<Connection> connection_;
  Readers& readers_;
  std::mutex& gate_;
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
