#pragma once

#include "adapters/sqlite/commit_log.hpp"
#include "adapters/sqlite/statements.hpp"
#include "adapters/sqlite/wal_index.hpp"

#include <innkeeper/result.hpp>
#include <innkeeper/sqlite.hpp>

#include <sqlite3.h>

#include <array>
#include <memory>
#include <string>

namespace innkeeper::sqlite {

/// The statements that open and end transactions. `look` reads something small: a snapshot begins with the first read.
enum class Control : std::uint8_t { begin, begin_immediate, commit, rollback, savepoint, release, rollback_to, look };
inline constexpr std::size_t control_count = static_cast<std::size_t>(Control::look) + 1;

/// One connection and its prepared statements. Used by one thread at a time.
class Connection {
 public:
  enum class Use : std::uint8_t {
    write,            ///< Makes the file (mode 0600) if there is none, and marks it as ours.
    read,             ///< Beside one that writes, in the same store.
    read_only,        ///< Nothing is written to the file; who else uses it is heeded.
    read_unchanging,  ///< The same of a file that nobody writes to: no lock is taken, and no other file is looked at.
  };

  /// Errors: `conflict` with reason `store.foreign` for another program's database, in which nothing is changed; `unavailable`.
  /// All name the file and the system's reason. The commit log outlives the connection.
  static Result<std::unique_ptr<Connection>> open(const SqliteOptions&, Use, CommitLog&);

  sqlite3* handle() const { return handle_.get(); }
  Statements& statements() { return statements_; }
  const WalIndex& wal_index() const { return wal_index_; }

  Result<void> control(Control);
  /// Runs SQL that gives no rows; for schema changes and pragmas.
  Result<void> execute(const std::string& sql);
  /// SQLite leaves a transaction by itself after some failures; this tells.
  bool is_in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  /// Leaves the transaction, if one is open, and forgets its changes.
  void abandon();

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  using Handle = std::unique_ptr<sqlite3, Close>;

  Connection(Handle handle, CommitLog& commit_log) : handle_(std::move(handle)), statements_(handle_.get(), commit_log) {}
  Result<void> set_up(const SqliteOptions&, Use);
  Result<void> prepare_controls();

  Handle handle_;
  std::array<StatementHandle, control_count> controls_;
  Statements statements_;
  WalIndex wal_index_;
};

/// The last error of a connection, told with the file's path before it and the system's reason behind it.
Error with_file(const std::string& path, sqlite3* connection, Error error);

/// A private database that lives in one connection and ends with it.
inline bool is_in_memory(const SqliteOptions& options) { return options.path == ":memory:"; }

}  // namespace innkeeper::sqlite
