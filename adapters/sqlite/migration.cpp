#include "adapters/sqlite/migration.hpp"

#include "adapters/sqlite/ownership.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace innkeeper::sqlite {

namespace {

constexpr const char* own_table =
    R"(CREATE TABLE IF NOT EXISTS "innkeeper_schema" ()"
    R"("name" TEXT NOT NULL, "step" INTEGER NOT NULL, "checksum" INTEGER NOT NULL, PRIMARY KEY ("name", "step")) )"
    R"(STRICT, WITHOUT ROWID)";

std::string_view type_name(ColumnType type) {
  switch (type) {
    case ColumnType::integer:
      return " INTEGER";
    case ColumnType::text:
      return " TEXT";
    case ColumnType::blob:
      return " BLOB";
  }
  return {};
}

/// What rows hold in a column that is added to them.
std::string initial(const Column& column) {
  if (column.nullable) return {};
  switch (column.type) {
    case ColumnType::integer:
      return " DEFAULT 0";
    case ColumnType::text: {
      std::string literal;
      for (const char each : column.initial) literal.append(each == '\'' ? 2 : 1, each);
      return " DEFAULT '" + literal + "'";
    }
    case ColumnType::blob:
      return " DEFAULT X''";
  }
  return {};
}

std::uint16_t step_of(const Table& table, const Column& column) { return std::max(table.since, column.since); }

/// An index waits for the last of its columns.
std::uint16_t step_of(const Table& table, const Index& index) {
  auto step = std::max(table.since, index.since);
  for (const auto each : index.positions()) step = std::max(step, table.columns[each].since);
  return step;
}

std::string column_sql(const Column& column) {
  return quoted(column.name) + std::string{type_name(column.type)} + (column.nullable ? "" : " NOT NULL");
}

std::string table_sql(const Table& table) {
  std::string sql = "CREATE TABLE " + quoted(table.name) +
                    R"( ("id" INTEGER PRIMARY KEY AUTOINCREMENT CHECK ("id" BETWEEN 1 AND 9007199254740991))";
  for (const auto& each : table.columns.subspan(1))
    if (step_of(table, each) == table.since) sql += ", " + column_sql(each);
  return sql + ") STRICT;\n";
}

std::string index_sql(const Table& table, const Index& index) {
  std::string name{table.name};
  std::string columns;
  for (const auto each : index.positions()) {
    const auto column = table.columns[each].name;
    name += columns.empty() ? "_by_" : "_and_";
    name += column;
    columns += (columns.empty() ? "" : ", ") + quoted(column);
  }
  return (index.is_unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ") + quoted(name) + " ON " + quoted(table.name) + " (" +
         columns + ");\n";
}

/// FNV-1a.
std::int64_t checksum_of(std::string_view text) {
  std::uint64_t sum = 0xcbf29ce484222325U;
  for (const char each : text) sum = (sum ^ static_cast<unsigned char>(each)) * 0x100000001b3U;
  return static_cast<std::int64_t>(sum);
}

/// The checksums of the steps applied so far, in order.
Result<std::vector<std::int64_t>> applied_steps(Connection& connection, const Schema& schema) {
  auto statement = prepare(connection.handle(), R"(SELECT "checksum" FROM "innkeeper_schema" WHERE "name" = ? ORDER BY "step")");
  if (!statement) return statement.error();
  sqlite3_bind_text(statement->get(), 1, schema.name.data(), static_cast<int>(schema.name.size()), SQLITE_STATIC);
  std::vector<std::int64_t> checksums;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement->get())) == SQLITE_ROW) checksums.push_back(sqlite3_column_int64(statement->get(), 0));
  if (code != SQLITE_DONE) return error_of(connection.handle(), code);
  return checksums;
}

Result<void> record(Connection& connection, const Schema& schema, std::size_t step, std::int64_t checksum) {
  auto statement = prepare(connection.handle(), R"(INSERT INTO "innkeeper_schema" VALUES (?, ?, ?))");
  if (!statement) return statement.error();
  sqlite3_bind_text(statement->get(), 1, schema.name.data(), static_cast<int>(schema.name.size()), SQLITE_STATIC);
  sqlite3_bind_int64(statement->get(), 2, static_cast<std::int64_t>(step));
  sqlite3_bind_int64(statement->get(), 3, checksum);
  if (const int code = sqlite3_step(statement->get()); code != SQLITE_DONE) return error_of(connection.handle(), code);
  return {};
}

Error conflict(std::string_view reason, const Schema& schema, const std::string& sentence) {
  return {.code = Errc::conflict, .reason = Reason{reason}, .detail = "schema " + std::string{schema.name} + ": " + sentence};
}

Result<void> compare(const Schema& schema, const std::vector<std::int64_t>& applied) {
  if (applied.size() > schema.version)
    return conflict("schema.newer", schema,
                    "the database is at step " + std::to_string(applied.size()) + ", this program knows " +
                        std::to_string(schema.version) + "; it was written by a later version");
  for (std::size_t i = 0; i < applied.size(); ++i)
    if (applied[i] != checksum_of(step_sql(schema, static_cast<std::uint16_t>(i + 1))))
      return conflict("schema.changed", schema, "step " + std::to_string(i + 1) + " reads differently from when it was applied");
  return {};
}

Result<void> apply(Connection& connection, const Schema& schema, std::uint16_t step) {
  const auto sql = step_sql(schema, step);
  if (auto done = connection.execute(sql); !done) {
    auto error = done.error();
    if (error.code == Errc::unavailable) return error;
    return conflict("schema.refused", schema, "step " + std::to_string(step) + ": " + error.detail);
  }
  return record(connection, schema, step, checksum_of(sql));
}

/// One transaction: applies the next step that is lacking. Answers whether there was one.
Result<bool> advance(Connection& connection, const Schema& schema) {
  if (auto begun = connection.control(Control::begin_immediate); !begun) return begun.error();
  if (auto made = connection.execute(own_table); !made) return made.error();
  auto applied = applied_steps(connection, schema);
  if (!applied) return applied.error();
  if (auto same = compare(schema, *applied); !same) return same.error();
  const bool is_lacking = applied->size() < schema.version;
  if (is_lacking)
    if (auto done = apply(connection, schema, static_cast<std::uint16_t>(applied->size() + 1)); !done) return done.error();
  if (auto done = connection.control(Control::commit); !done) return done.error();
  return is_lacking;
}

/// In a transaction that reads.
Result<void> compare_all(Connection& connection, const Schema& schema) {
  const auto has_steps = has_schema_table(connection.handle());
  if (!has_steps) return has_steps.error();
  std::vector<std::int64_t> applied;
  if (*has_steps) {
    auto found = applied_steps(connection, schema);
    if (!found) return found.error();
    applied = std::move(*found);
  }
  if (auto same = compare(schema, applied); !same) return same;
  if (applied.size() == schema.version) return {};
  return conflict("schema.older", schema,
                  "the database is at step " + std::to_string(applied.size()) + " of " + std::to_string(schema.version) +
                      ", and what is only read cannot be brought up to date; open it once where it can be written");
}

}  // namespace

std::string step_sql(const Schema& schema, std::uint16_t step) {
  std::vector<const Table*> tables{schema.tables.begin(), schema.tables.end()};
  std::sort(tables.begin(), tables.end(), [](const Table* a, const Table* b) { return a->name < b->name; });
  std::string sql;
  for (const auto* table : tables) {
    if (table->since == step) sql += table_sql(*table);
    for (const auto& each : table->columns)
      if (each.since == step && step > table->since)
        sql += "ALTER TABLE " + quoted(table->name) + " ADD COLUMN " + column_sql(each) + initial(each) + ";\n";
    for (const auto& each : table->indexes)
      if (step_of(*table, each) == step) sql += index_sql(*table, each);
  }
  return sql;
}

Result<void> check(Connection& connection, const Schema& schema) {
  if (auto begun = connection.control(Control::begin); !begun) return begun;
  auto compared = compare_all(connection, schema);
  connection.abandon();
  return compared;
}

Result<void> migrate(Connection& connection, const Schema& schema) {
  for (;;) {
    auto advanced = advance(connection, schema);
    connection.abandon();
    if (!advanced) return advanced.error();
    if (!*advanced) return {};
  }
}

}  // namespace innkeeper::sqlite
