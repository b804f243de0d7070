#include "adapters/sqlite/ownership.hpp"

#include "adapters/sqlite/statements.hpp"

#include <string>

namespace innkeeper::sqlite {

namespace {

constexpr std::int64_t our_id = 0x696e6e6b;  // innk

Result<std::int64_t> ask_number(sqlite3* connection, std::string_view sql) {
  auto statement = prepare(connection, sql);
  if (!statement) return statement.error();
  if (const int code = sqlite3_step(statement->get()); code != SQLITE_ROW) return error_of(connection, code);
  return sqlite3_column_int64(statement->get(), 0);
}

}  // namespace

Result<Owner> owner_of(sqlite3* connection) {
  const auto id = ask_number(connection, "PRAGMA application_id");
  if (!id) return id.error();
  if (*id != 0) return *id == our_id ? Owner::us : Owner::another;
  const auto all = ask_number(connection, "SELECT count(*) FROM sqlite_schema");
  if (!all) return all.error();
  if (*all == 0) return Owner::nobody;
  const auto ours = has_schema_table(connection);
  if (!ours) return ours.error();
  return *ours ? Owner::us_before : Owner::another;
}

Result<bool> has_schema_table(sqlite3* connection) {
  const auto found =
      ask_number(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'innkeeper_schema'");
  if (!found) return found.error();
  return *found > 0;
}

Result<void> mark_as_ours(sqlite3* connection) {
  const auto sql = "PRAGMA application_id = " + std::to_string(our_id);
  const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Result<void>{} : error_of(connection, code);
}

}  // namespace innkeeper::sqlite
