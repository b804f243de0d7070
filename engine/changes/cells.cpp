#include "engine/changes/cells.hpp"

#include "engine/base/time.hpp"

#include <chrono>
#include <cstddef>

namespace innkeeper::changes {

namespace {

void write_cell(json::Writer& out, const Column& column, const Value& cell) {
  if (cell.is_null()) return void(out.null());
  switch (column.kind) {
    case ColumnKind::integer:
      return void(out.integer(cell.integer()));
    case ColumnKind::boolean:
      return void(out.boolean(cell.integer() != 0));
    case ColumnKind::time:
      return void(
          out.string(base::to_rfc3339(Instant{std::chrono::microseconds{cell.integer()}}, base::Precision::microseconds)));
    case ColumnKind::reference:
      return void(out.quoted(cell.integer()));
    case ColumnKind::text:
    case ColumnKind::choice:
      return void(out.string(cell.text()));
    case ColumnKind::json:
      return void(out.raw(cell.text()));
    case ColumnKind::secret:
      return void(cell.text().empty() ? out.null() : out.string(mask));
  }
}

}  // namespace

void write_cells(json::Writer& out, const Table& table, std::span<const Value> row, std::span<const Value> other) {
  for (std::size_t at = 2; at < row.size(); ++at) {
    const auto& column = table.columns[at];
    if (column.is_internal || (!other.empty() && other[at] == row[at])) continue;
    if (other.empty() && column.name == "uid") continue;  // it stands beside
    write_cell(out.plain_key(column.name), column, row[at]);
  }
}

JsonText to_json(const Table& table, std::span<const Value> row, std::span<const Value> other) {
  JsonText json;
  json::Writer out{json.text};
  out.begin_object();
  write_cells(out, table, row, other);
  out.end_object();
  return json;
}

int find_column(const Table& table, std::string_view name) {
  for (std::size_t at = 0; at < table.columns.size(); ++at)
    if (table.columns[at].name == name) return static_cast<int>(at);
  return -1;
}

}  // namespace innkeeper::changes
