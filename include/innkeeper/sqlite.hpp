#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/store.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace innkeeper {

struct SqliteOptions {
  std::string path = "innkeeper.db";  ///< A file, made if absent; ":memory:" is a private database that ends with the store.
  /// Acknowledged means on disk. False trades the last moments before a power loss for speed; `StoreStatus` shows it.
  bool is_durable = true;
  /// Opens the file for reading only, as on read-only media. It must exist, with all schema steps applied (else `schema.older`);
  /// a work that writes is `unavailable`. A write-ahead log beside it is read too. If there is none and this process cannot write
  /// there (`can_write_sqlite`), the file is assumed not to change, and a run during which it changes is `unavailable`.
  bool is_read_only = false;
  /// How long a write waits for another process's write, milliseconds.
  int busy_timeout = 5'000;
  /// Bytes of rows that each reading thread, and the writing one, may keep in memory, verified credentials among them; 0 keeps
  /// none. What is kept is never older than the file: a change by this process or another is seen by the next request on every
  /// thread.
  std::size_t cache = std::size_t{8} << 20U;
  /// Bytes of the file, from its start, that are read through a mapping of memory; 0: none. With it, a file that somebody cuts
  /// short, or a disk that cannot read a page, ends the process with SIGBUS. Without it, a page that a connection does not hold
  /// (2,000 at most, 8 MiB) costs a system call. SQLite maps the index of its log (`-shm`) either way: nobody else must cut that.
  std::size_t mapped = 0;
  Log* log = nullptr;  ///< Outlives the store. Null drops its lines.
};

/// Opens an SQLite store: WAL, one thread that writes with group commit, one that keeps the log short, and a reading connection
/// for each thread that reads, whose snapshot stays open for a second or two after the last read. The destructor finishes
/// accepted work. Errors name the file: `conflict` with reason `store.foreign` for another program's database, which is left
/// unchanged; `unavailable`. Once damage is found, every write is `unavailable` with reason `store.damaged` until the file is
/// opened again. The log line `store.opened` names SQLite's version, and whether it has the WAL-reset bug
/// (sqlite.org/wal.html#walresetbug), which checkpoints of this store do not trigger.
Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions);

/// Checks the whole file, also while it is in use, and writes nothing: pages, rows, indexes and column constraints. Errors: as of
/// opening; `unavailable` with reason `store.damaged` and a violation for each fault, 100 at most. It reads in one snapshot, so
/// the log is not reset meanwhile.
Result<void> check_sqlite(SqliteOptions);

/// Whether this process may write to an existing database: to its file, and create files beside it.
bool can_write_sqlite(const std::string& path);

/// Turns off SQLite's memory statistics, for which every allocation takes a global lock. It affects the whole process, so it is
/// for the program to decide, before SQLite is first used; false if that is too late.
bool turn_off_sqlite_statistics();

}  // namespace innkeeper
