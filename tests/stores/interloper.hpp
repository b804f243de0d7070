#pragma once

#include "tests/stores/stranger.hpp"

#include <atomic>
#include <string>

namespace innkeeper::tests {

/// Another program that uses a store's file at the worst moments of every checkpoint that the stores of this process ask for.
/// Before one it writes, copies the whole log, and begins to write again; it commits once SQLite has read how long the log is and
/// not yet how much of it is copied. If that commit can begin the log anew, a SQLite with the WAL-reset bug spoils the database.
/// One at a time; the stores end before it.
class Interloper {
 public:
  /// Its table, `interloper`, is made. Nobody else writes.
  explicit Interloper(const std::string& path);
  ~Interloper();
  Interloper(const Interloper&) = delete;
  Interloper& operator=(const Interloper&) = delete;

  /// How many checkpoints it has met, and how many rows it has committed.
  int checkpoints() const { return checkpoints_; }
  int rows() const { return rows_; }

  // What is called on the checkpoint's thread, in this order.
  void arrive(sqlite3* checkpointing);
  void commit();
  void leave();

 private:
  Stranger stranger_;
  bool is_writing_ = false;
  std::atomic<int> checkpoints_{0};
  std::atomic<int> rows_{0};
};

}  // namespace innkeeper::tests
