#include "adapters/memory/transaction.hpp"

#include "engine/base/nesting.hpp"
#include "engine/base/selection.hpp"

#include <algorithm>

namespace innkeeper::memory {

namespace {

constexpr std::int64_t last_id = 9'007'199'254'740'991;  // 2^53 - 1

thread_local bool is_working_here = false;

Error defect(std::string detail) {
  return {.code = Errc::internal, .reason = Reason{"store.defect"}, .detail = std::move(detail)};
}

bool fits(const Column& column, const Value& value) {
  if (value.is_null()) return column.nullable;
  return value.is_integer() == (column.type == ColumnType::integer);
}

std::vector<RowPointer> rows_selected(const Rows& rows, const Selection& selection) {
  std::vector<RowPointer> found;
  rows.select(selection, [&](const Row& row) {
    found.push_back(rows.find(row.id()));
    return true;
  });
  return found;
}

}  // namespace

bool is_working() { return is_working_here; }

Result<void> MemoryTransaction::perform(const Work& work) {
  const base::ScopedIncrement working{is_working_here};
  Result<void> outcome;
  try {
    outcome = work(*this);
  } catch (...) {
    outcome = Error{.code = Errc::internal, .reason = Reason{"store.work_threw"}};
  }
  if (!outcome) undo(0);
  return outcome;
}

Result<Rows*> MemoryTransaction::rows_of(const Table& table, const Selection& selection) {
  auto* rows = database_.find(table);
  if (!rows) return defect("no such table: " + std::string{table.name});
  for (const auto& each : selection.where())
    if (!base::fits(table.columns[each.column], each)) return defect("a value of another type than its column");
  return rows;
}

Result<Rows*> MemoryTransaction::writable_rows_of(const Table& table, const Selection& selection) {
  if (access_ == Access::read) return defect("a transaction opened for reading does not write");
  if (visits_ > 0) return defect("a visit does not write");
  return rows_of(table, selection);
}

Result<void> MemoryTransaction::select(const Table& table, const Selection& selection, const Visit& visit) {
  auto rows = rows_of(table, selection);
  if (!rows) return rows.error();
  const base::ScopedIncrement visiting{visits_};
  (*rows)->select(selection, [&](const Row& row) { return visit(row.cells()); });
  return {};
}

Result<std::int64_t> MemoryTransaction::count(const Table& table, const Selection& selection) {
  auto rows = rows_of(table, selection);
  if (!rows) return rows.error();
  Selection all = selection;
  all.ordering_count = 0;
  all.limit = -1;
  all.offset = 0;
  std::int64_t counted = 0;
  (*rows)->select(all, [&](const Row&) { return ++counted, true; });
  return counted;
}

Result<Id> MemoryTransaction::insert(const Table& table, std::span<const Value> cells) {
  auto rows = writable_rows_of(table, {});
  if (!rows) return rows.error();
  const auto wanted = cells[0].integer();
  const auto id = wanted == 0 ? (*rows)->next_id() : wanted;
  if (id < 1 || id > last_id)
    return Error{.code = Errc::invalid, .reason = Reason{"store.id_range"}, .detail = "an id is 1 to 2^53 - 1"};
  if ((*rows)->find(id))
    return Error{.code = Errc::already_exists, .reason = Reason{"store.unique"}, .detail = std::string{table.name} + ".id"};
  std::vector<Value> row{cells.begin(), cells.end()};
  row[0] = id;
  if (auto done = put(**rows, row); !done) return done.error();
  (*rows)->set_next_id(std::max((*rows)->next_id(), id + 1));
  return Id{id};
}

Result<std::int64_t> MemoryTransaction::update(const Table& table, const Selection& selection, std::span<const Value> cells) {
  auto rows = writable_rows_of(table, selection);
  if (!rows) return rows.error();
  const auto found = rows_selected(**rows, selection);
  const auto before = changes_.size();
  std::vector<Value> row{cells.begin(), cells.end()};
  for (const auto& each : found) {
    row[0] = each->id();
    if (auto done = put(**rows, row); !done) return undo(before), done.error();
  }
  return static_cast<std::int64_t>(found.size());
}

Result<std::int64_t> MemoryTransaction::erase(const Table& table, const Selection& selection) {
  auto rows = writable_rows_of(table, selection);
  if (!rows) return rows.error();
  const auto found = rows_selected(**rows, selection);
  for (const auto& each : found) {
    note(**rows, each->id());
    (*rows)->remove(each->id());
  }
  return static_cast<std::int64_t>(found.size());
}

Result<std::int64_t> MemoryTransaction::add(const Table& table, const Selection& selection, std::uint8_t column,
                                            std::int64_t amount) {
  auto rows = writable_rows_of(table, selection);
  if (!rows) return rows.error();
  const auto found = rows_selected(**rows, selection);
  const auto before = changes_.size();
  for (const auto& each : found) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(each->cells()[column].integer(), amount, &sum)) {
      undo(before);
      return Error{.code = Errc::invalid, .reason = Reason{"store.overflow"}, .detail = "a counter would leave its range"};
    }
    std::vector<Value> row{each->cells().begin(), each->cells().end()};
    if (!row[column].is_null()) row[column] = sum;
    if (auto done = put(**rows, row); !done) return undo(before), done.error();
  }
  return static_cast<std::int64_t>(found.size());
}

Result<void> MemoryTransaction::put(Rows& rows, std::span<const Value> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!fits(rows.table().columns[i], cells[i])) return defect("a value that does not fit its column");
  auto row = std::make_shared<const Row>(cells);
  if (auto clash = rows.find_clash(*row))
    return Error{.code = Errc::already_exists, .reason = Reason{"store.unique"}, .detail = *clash};
  note(rows, row->id());
  rows.put(row);
  return {};
}

void MemoryTransaction::note(Rows& rows, std::int64_t id) { changes_.push_back({&rows, id, rows.find(id), rows.next_id()}); }

void MemoryTransaction::undo(std::size_t down_to) {
  while (changes_.size() > down_to) {
    const auto& last = changes_.back();
    if (last.before)
      last.rows->put(last.before);
    else
      last.rows->remove(last.id);
    last.rows->set_next_id(last.next_id);
    changes_.pop_back();
  }
}

}  // namespace innkeeper::memory
