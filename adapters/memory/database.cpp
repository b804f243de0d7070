#include "adapters/memory/database.hpp"

#include <algorithm>

namespace innkeeper::memory {

namespace {

std::string describe_column(const Column& column) {
  static constexpr std::string_view types[] = {"integer", "text", "blob"};
  return std::string{column.name} + " " + std::string{types[static_cast<std::size_t>(column.type)]} +
         (column.nullable ? ", nullable " : " ") + std::string{column.initial} + "\n";
}

std::string describe_index(const Table& table, const Index& index) {
  std::string text = index.is_unique ? "unique" : "index";
  for (const auto each : index.positions()) text.append(" ").append(table.columns[each].name);
  return text + "\n";
}

std::uint16_t step_of(const Table& table, const Index& index) {
  auto step = std::max(table.since, index.since);
  for (const auto each : index.positions()) step = std::max(step, table.columns[each].since);
  return step;
}

/// What one step of a schema adds, in text that two programs can compare.
std::string describe_step(const Schema& schema, std::uint16_t step) {
  std::vector<const Table*> tables{schema.tables.begin(), schema.tables.end()};
  std::ranges::sort(tables, {}, &Table::name);
  std::string text;
  for (const auto* table : tables) {
    std::string changes;
    for (const auto& each : table->columns)
      if (std::max(table->since, each.since) == step) changes += describe_column(each);
    for (const auto& each : table->indexes)
      if (step_of(*table, each) == step) changes += describe_index(*table, each);
    if (!changes.empty()) text.append("table ").append(table->name).append("\n").append(changes);
  }
  return text;
}

/// What rows hold in a column that is added to them.
Value initial(const Column& column) {
  if (column.nullable) return {};
  if (column.type == ColumnType::integer) return std::int64_t{0};
  return column.initial;
}

Error conflict(std::string_view reason, const Schema& schema, const std::string& sentence) {
  return {.code = Errc::conflict, .reason = Reason{reason}, .detail = "schema " + std::string{schema.name} + ": " + sentence};
}

/// The rows of a table under a new description: columns that are new hold what they start with.
Result<std::unique_ptr<Rows>> rebuild(const Schema& schema, const Table& table, const Rows* before) {
  auto rows = std::make_unique<Rows>(table);
  if (!before) return rows;
  rows->set_next_id(before->next_id());
  const auto old_columns = before->table().columns;
  for (const auto& [id, row] : before->by_id()) {
    std::vector<Value> cells;
    for (const auto& column : table.columns) {
      const auto old = std::ranges::find(old_columns, column.name, &Column::name);
      cells.push_back(old == old_columns.end() ? initial(column)
                                               : row->cells()[static_cast<std::size_t>(old - old_columns.begin())]);
    }
    auto moved = std::make_shared<const Row>(cells);
    if (auto clash = rows->find_clash(*moved)) return conflict("schema.refused", schema, "rows are not unique in " + *clash);
    rows->put(moved);
  }
  return rows;
}

}  // namespace

Result<void> Database::migrate(const Schema& schema) {
  const auto found = schemas_.find(schema.name);
  const Steps applied = found == schemas_.end() ? Steps{} : found->second;
  if (applied.size() > schema.version)
    return conflict("schema.newer", schema,
                    "the store is at step " + std::to_string(applied.size()) + ", this program knows " +
                        std::to_string(schema.version) + "; it was written by a later version");
  Steps steps;
  for (std::uint16_t step = 1; step <= schema.version; ++step) steps.push_back(describe_step(schema, step));
  for (std::size_t i = 0; i < applied.size(); ++i)
    if (applied[i] != steps[i])
      return conflict("schema.changed", schema, "step " + std::to_string(i + 1) + " reads differently from when it was applied");

  std::vector<std::unique_ptr<Rows>> made;
  for (const auto* table : schema.tables) {
    if (table->since > schema.version) continue;
    const auto before = tables_.find(table->name);
    if (before != tables_.end() && table->since > applied.size())
      return conflict("schema.refused", schema, "table " + std::string{table->name} + " already exists");
    auto rows = rebuild(schema, *table, before == tables_.end() ? nullptr : before->second.get());
    if (!rows) return rows.error();
    made.push_back(std::move(*rows));
  }
  for (auto& rows : made) {
    auto& place = tables_[std::string{rows->table().name}];
    std::erase_if(known_, [&](const auto& each) { return each.second == place.get(); });
    known_[&rows->table()] = rows.get();
    place = std::move(rows);
  }
  schemas_[std::string{schema.name}] = std::move(steps);
  return {};
}

Rows* Database::find(const Table& table) const {
  const auto found = known_.find(&table);
  return found == known_.end() ? nullptr : found->second;
}

}  // namespace innkeeper::memory
