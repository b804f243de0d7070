#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace innkeeper::tests {

/// The text of every statement that any SQLite connection of this program has run since the log was made; a connection is seen if
/// it was opened since.
class StatementLog {
 public:
  StatementLog();
  ~StatementLog();
  StatementLog(const StatementLog&) = delete;
  StatementLog& operator=(const StatementLog&) = delete;

  /// Begins anew, with the same connections.
  void forget();
  /// Those that find rows of tables: SELECT, UPDATE and DELETE.
  std::set<std::string> searches() const;
  /// How often a table was read, and not what was remembered of it.
  std::size_t reads_of(std::string_view table) const;
  /// How many rows these reads gave.
  std::size_t rows_of(std::string_view table) const;
};

/// How SQLite would go about a statement of a database: the lines of EXPLAIN QUERY PLAN.
std::vector<std::string> plan_of(const std::string& database, const std::string& sql);

/// The names of all indexes of a database that are not there for a unique key.
std::vector<std::string> indexes_of(const std::string& database);

}  // namespace innkeeper::tests
