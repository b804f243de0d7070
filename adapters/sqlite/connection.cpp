#include "adapters/sqlite/connection.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

namespace innkeeper::sqlite {

namespace {

constexpr std::array<std::string_view, control_count> control_sql{
    "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT job", "RELEASE job", "ROLLBACK TO job", "PRAGMA user_version"};

/// Makes the file with mode 0600, which SQLite then gives to its companions too. An existing file is not opened here: closing a
/// second descriptor would drop the locks that this process holds on it.
void make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) ::close(file);
}

std::string pragmas(const SqliteOptions& options, Connection::Use use) {
  std::string sql = "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;";
  if (is_in_memory(options)) return sql;
  sql += "PRAGMA mmap_size = 268435456;";
  if (use == Connection::Use::read) return sql + "PRAGMA query_only = ON;";
  return sql + (options.is_durable ? "PRAGMA synchronous = FULL;" : "PRAGMA synchronous = NORMAL;");
}

Result<void> enter_wal(sqlite3* connection) {
  auto statement = prepare(connection, "PRAGMA journal_mode = WAL");
  if (!statement) return statement.error();
  if (const int code = sqlite3_step(statement->get()); code != SQLITE_ROW) return error_of(connection, code);
  const auto* mode = reinterpret_cast<const char*>(sqlite3_column_text(statement->get(), 0));
  if (std::string_view{mode ? mode : ""} == "wal") return {};
  return Error{
      .code = Errc::unavailable, .reason = Reason{"store.no_wal"}, .detail = "the file system cannot carry a write-ahead log"};
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const SqliteOptions& options, Use use, Ledger& ledger) {
  if (options.path.empty())
    return Error{.code = Errc::unavailable, .reason = Reason{"store.no_path"}, .detail = "the path is empty"};
  if (use == Use::write && !is_in_memory(options)) make_private_file(options.path);

  // A name that reads like a URI is a name all the same.
  const std::string name = options.path.starts_with("file:") ? "./" + options.path : options.path;
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle{opened};
  if (code != SQLITE_OK) return error_of(opened, code);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, options.busy_timeout);

  std::unique_ptr<Connection> connection{new Connection{std::move(handle), ledger}};
  if (use == Use::write && !is_in_memory(options))
    if (auto wal = enter_wal(opened); !wal) return wal.error();
  if (auto done = connection->execute(pragmas(options, use)); !done) return done.error();
  if (auto done = connection->prepare_controls(); !done) return done.error();
  if (is_in_memory(options)) return connection;
  if (auto done = connection->control(Control::look); !done) return done.error();
  connection->wal_index_ = WalIndex::of(opened);
  return connection;
}

Result<void> Connection::prepare_controls() {
  for (std::size_t i = 0; i < control_count; ++i) {
    auto statement = prepare(handle_.get(), control_sql[i]);
    if (!statement) return statement.error();
    controls_[i] = std::move(*statement);
  }
  return {};
}

Result<void> Connection::control(Control which) {
  sqlite3_stmt* statement = controls_[static_cast<std::size_t>(which)].get();
  const int code = sqlite3_step(statement);
  if (code == SQLITE_DONE || code == SQLITE_ROW) {
    sqlite3_reset(statement);
    return {};
  }
  Error error = error_of(handle_.get(), code);
  sqlite3_reset(statement);
  return error;
}

Result<void> Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  return error_of(handle_.get(), code);
}

void Connection::abandon() {
  if (is_in_transaction()) static_cast<void>(control(Control::rollback));
}

}  // namespace innkeeper::sqlite
