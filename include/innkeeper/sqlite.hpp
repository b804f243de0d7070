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
  /// The file is only read, as on media that cannot be written: it must be there, with all steps of its schemas (else
  /// `schema.older`); a work that writes is `unavailable`. A log beside it is read too. Without one, where this process cannot
  /// write (`can_write_sqlite`), it is taken for a file that does not change, and a run during which it does is `unavailable`.
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
/// for each thread that reads, whose snapshot stays open for a second or two after the last read. The destructor finishes what
/// was accepted. Errors name the file: `conflict` with reason `store.foreign` for another program's database, in which nothing is
/// changed; `unavailable`, with reason `store.damaged` from when something broken was read until it is opened again, for all that
/// writes. A line of the log, `store.opened`, names SQLite's version, and whether it has the WAL-reset bug
/// (sqlite.org/wal.html#walresetbug), which no checkpoint of a store meets.
Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions);

/// Reads the whole file, also while it is in use, and writes nothing: pages, rows, indexes, and what columns must hold. Errors:
/// what opening answers; `unavailable` with reason `store.damaged` and a violation for each fault, 100 at most. It reads in one
/// snapshot, which keeps the log from beginning anew.
Result<void> check_sqlite(SqliteOptions);

/// Whether this process may write to the database that is there: to its file, and make files beside it.
bool can_write_sqlite(const std::string& path);

/// Turns off SQLite's memory statistics, for which every allocation of every connection takes one lock. It holds for the whole
/// process, so it is the program's to decide, before anything uses SQLite; false if that has happened.
bool turn_off_sqlite_statistics();

}  // namespace innkeeper
