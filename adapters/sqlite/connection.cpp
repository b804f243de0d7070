#include "adapters/sqlite/connection.hpp"

#include "adapters/sqlite/ownership.hpp"

#include "engine/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace innkeeper::sqlite {

namespace {

constexpr std::array<std::string_view, control_count> control_sql{
    "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT job", "RELEASE job", "ROLLBACK TO job", "PRAGMA user_version"};

Error foreign_database() {
  return {.code = Errc::conflict,
          .reason = Reason{"store.foreign"},
          .detail = "it is the database of another program; nothing in it was changed"};
}

Error system_error(const std::string& path, int number) {
  return {.code = Errc::unavailable,
          .reason = Reason{"store.failed"},
          .detail = path + ": " + std::generic_category().message(number)};
}

/// Whether this process may do that with the file, by its effective user; else `errno` tells why not.
bool is_permitted(const std::string& path, int what) { return ::faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) == 0; }

/// A writer makes the file with mode 0600, which SQLite then gives to its companions too. An existing file is not opened here:
/// closing a second descriptor would drop the locks that this process holds on it.
Result<void> find_file(const std::string& path, Connection::Use use) {
  if (use == Connection::Use::write) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) return ::close(file), Result<void>{};
    if (errno != EEXIST) return system_error(path, errno);
  }
  if (!is_permitted(path, use == Connection::Use::write ? R_OK | W_OK : R_OK)) return system_error(path, errno);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return system_error(path, EISDIR);
  return {};
}

/// The path in a form that SQLite takes for a name and nothing else; of a file that nobody writes to, a URI that says so.
std::string name_for(const std::string& path, Connection::Use use) {
  if (use != Connection::Use::read_unchanging) return path.starts_with("file:") ? "./" + path : path;
  std::string uri{"file:"};
  // Two slashes would begin a host.
  const auto skipped = path.starts_with('/') ? path.find_first_not_of('/') - 1 : 0;
  for (const char each : std::string_view{path}.substr(skipped)) {
    if (each == '%' || each == '?' || each == '#')
      uri += each == '%' ? "%25" : each == '?' ? "%3f" : "%23";
    else
      uri += each;
  }
  return uri + "?immutable=1";
}

int flags_for(Connection::Use use) {
  switch (use) {
    case Connection::Use::write:
    case Connection::Use::read:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    case Connection::Use::read_only:
      return SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    case Connection::Use::read_unchanging:
      return SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  }
  return 0;
}

std::string pragmas(const SqliteOptions& options, Connection::Use use) {
  std::string sql = "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;";
  if (is_in_memory(options)) return sql;
  sql += "PRAGMA mmap_size = " + std::to_string(options.mapped) + "; PRAGMA wal_autocheckpoint = 0;";
  if (use != Connection::Use::write) return sql + "PRAGMA query_only = ON;";
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

/// Marks the file, unless somebody else has come first.
Result<void> claim(Connection& connection) {
  if (auto begun = connection.control(Control::begin_immediate); !begun) return begun;
  const auto owner = owner_of(connection.handle());
  if (!owner) return owner.error();
  if (*owner == Owner::another) return foreign_database();
  if (*owner != Owner::us)
    if (auto marked = mark_as_ours(connection.handle()); !marked) return marked;
  return connection.control(Control::commit);
}

/// `contains_ignoring_case(text, part)`; SQLite's own functions end a text at a zero.
void contains_text(sqlite3_context* context, int, sqlite3_value** values) {
  const auto text_of = [](sqlite3_value* value) {
    const auto* data = static_cast<const char*>(sqlite3_value_blob(value));
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
    return data ? std::string_view{data, size} : std::string_view{};
  };
  const bool has_null = sqlite3_value_type(values[0]) == SQLITE_NULL || sqlite3_value_type(values[1]) == SQLITE_NULL;
  sqlite3_result_int(context, !has_null && base::contains_ignoring_case(text_of(values[0]), text_of(values[1])));
}

}  // namespace

Error with_file(const std::string& path, sqlite3* connection, Error error) {
  if (error.reason == Reason{"store.busy"}) error.detail = "another process holds its lock (" + error.detail + ")";
  if (sqlite3_extended_errcode(connection) == SQLITE_READONLY_DIRECTORY) error.detail = "no file can be made beside it";
  error.detail.insert(0, path + ": ");
  const int code = sqlite3_errcode(connection) & 0xff;
  const int number = code == SQLITE_CANTOPEN || code == SQLITE_IOERR ? sqlite3_system_errno(connection) : 0;
  if (number != 0) error.detail += " (" + std::generic_category().message(number) + ")";
  return error;
}

Result<std::unique_ptr<Connection>> Connection::open(const SqliteOptions& options, Use use, CommitLog& commit_log) {
  if (options.path.empty())
    return Error{.code = Errc::unavailable, .reason = Reason{"store.no_path"}, .detail = "the path is empty"};
  if (!is_in_memory(options))
    if (auto found = find_file(options.path, use); !found) return found.error();

  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(name_for(options.path, use).c_str(), &opened, flags_for(use), nullptr);
  Handle handle{opened};
  if (code != SQLITE_OK) return with_file(options.path, opened, error_of(opened, code));
  std::unique_ptr<Connection> connection{new Connection{std::move(handle), commit_log}};
  if (auto ready = connection->set_up(options, use); !ready) return with_file(options.path, opened, ready.error());
  return connection;
}

Result<void> Connection::set_up(const SqliteOptions& options, Use use) {
  const int code = sqlite3_create_function_v2(handle(), "contains_ignoring_case", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
                                              contains_text, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(handle(), code);
  sqlite3_extended_result_codes(handle(), 1);
  sqlite3_busy_timeout(handle(), options.busy_timeout);
  if (is_in_memory(options)) {
    if (auto done = execute(pragmas(options, use)); !done) return done;
    return prepare_controls();
  }

  // Another program's database is not changed by being closed either.
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  const auto owner = owner_of(handle());
  if (!owner) return owner.error();
  if (*owner == Owner::another) return foreign_database();
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);

  if (use == Use::write)
    if (auto wal = enter_wal(handle()); !wal) return wal;
  if (auto done = execute(pragmas(options, use)); !done) return done;
  if (auto done = prepare_controls(); !done) return done;
  if (use == Use::write && *owner != Owner::us)
    if (auto done = claim(*this); !done) return done;
  if (auto done = control(Control::look); !done) return done;
  // SQLite gives the index back only if the file has a log: an empty one that is only read has none.
  if (use == Use::write || (use != Use::read_unchanging && *owner != Owner::nobody)) wal_index_ = WalIndex::of(handle());
  return {};
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
