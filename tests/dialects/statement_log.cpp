#include "tests/dialects/statement_log.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace innkeeper::tests {

namespace {

std::mutex mutex;
struct Count {
  std::size_t runs = 0;
  std::size_t rows = 0;
};
std::map<std::string, Count> seen;

int note(unsigned event, void*, void* statement, void*) {
  const auto* sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
  if (sql == nullptr) return 0;  // one of SQLite's own
  const std::lock_guard lock(mutex);
  ++(seen[sql].*(event == SQLITE_TRACE_ROW ? &Count::rows : &Count::runs));
  return 0;
}

/// What was counted of all statements that select rows of a table.
std::size_t sum_of(std::string_view table, std::size_t Count::*what) {
  const std::lock_guard lock(mutex);
  const auto from = std::string{" FROM \""}.append(table).append("\"");
  std::size_t sum = 0;
  for (const auto& [sql, count] : seen)
    if (sql.starts_with("SELECT ") && sql.find(from) != std::string::npos) sum += count.*what;
  return sum;
}

int trace_connection(sqlite3* connection, const char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT | SQLITE_TRACE_ROW, note, nullptr);
}
void (*const listener)() = reinterpret_cast<void (*)()>(trace_connection);

/// The cells of one column of what a statement answers, as text.
std::vector<std::string> ask(const std::string& database, const std::string& sql, int column) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(database.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> connection{opened, sqlite3_close};
  if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(opened));
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(opened, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK)
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(opened));
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement{prepared, sqlite3_finalize};
  std::vector<std::string> cells;
  while (sqlite3_step(prepared) == SQLITE_ROW)
    cells.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(prepared, column)));
  return cells;
}

}  // namespace

StatementLog::StatementLog() {
  forget();
  sqlite3_auto_extension(listener);
}

StatementLog::~StatementLog() { sqlite3_cancel_auto_extension(listener); }

void StatementLog::forget() {
  const std::lock_guard lock(mutex);
  seen.clear();
}

std::set<std::string> StatementLog::searches() const {
  const std::lock_guard lock(mutex);
  std::set<std::string> found;
  constexpr std::array verbs{"SELECT ", "UPDATE ", "DELETE "};
  for (const auto& each : seen)
    if (std::any_of(verbs.begin(), verbs.end(), [&](const char* verb) { return each.first.starts_with(verb); }))
      found.insert(each.first);
  return found;
}

std::size_t StatementLog::reads_of(std::string_view table) const { return sum_of(table, &Count::runs); }
std::size_t StatementLog::rows_of(std::string_view table) const { return sum_of(table, &Count::rows); }

std::vector<std::string> plan_of(const std::string& database, const std::string& sql) {
  return ask(database, "EXPLAIN QUERY PLAN " + sql, 3);
}

std::vector<std::string> indexes_of(const std::string& database) {
  return ask(database, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE 'CREATE INDEX%' ORDER BY name", 0);
}

}  // namespace innkeeper::tests
