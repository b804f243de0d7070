#include "adapters/memory/rows.hpp"

#include "engine/base/selection.hpp"

#include <algorithm>

namespace innkeeper::memory {

namespace {

bool meets(const Row& row, const Selection& selection) {
  return std::ranges::all_of(selection.where(),
                             [&](const Condition& each) { return base::meets(row.cells()[each.column], each); });
}

/// The value that a column must equal, if the selection says so.
const Value* fixed(const Selection& selection, std::uint8_t column) {
  for (const auto& each : selection.where())
    if (each.column == column && each.compare == Compare::equal) return &each.value;
  return nullptr;
}

/// The value behind which a column must be, if the selection says so.
const Value* lower_bound(const Selection& selection, std::uint8_t column) {
  for (const auto& each : selection.where())
    if (each.column == column && each.compare == Compare::greater) return &each.value;
  return nullptr;
}

/// Whether rows that are alike in an index's first columns stand in it in the order of a selection.
bool is_sorted_by(const Index& index, std::size_t alike, const Selection& selection) {
  return selection.ordering_count > 0 &&
         std::ranges::equal(index.positions().subspan(alike), selection.order(),
                            [](std::uint8_t column, const Ordering& each) { return each.column == column && !each.descending; });
}

bool comes_before(const Row& a, const Row& b, const Selection& selection) {
  for (const auto& each : selection.order()) {
    const auto order = a.cells()[each.column] <=> b.cells()[each.column];
    if (order != 0) return each.descending ? order > 0 : order < 0;
  }
  return a.id() < b.id();
}

std::string column_names(const Table& table, const Index& index) {
  std::string names;
  for (const auto each : index.positions()) {
    names += names.empty() ? "" : ", ";
    names.append(table.name).append(".").append(table.columns[each].name);
  }
  return names;
}

}  // namespace

Row::Row(std::span<const Value> cells) : cells_(cells.begin(), cells.end()) {
  std::size_t size = 0;
  for (const auto& each : cells) size += each.text().size();
  bytes_.reserve(size);
  for (auto& each : cells_) {
    if (!each.is_text()) continue;
    const auto begin = bytes_.size();
    bytes_ += each.text();
    each = Value{std::string_view{bytes_}.substr(begin)};
  }
}

bool Rows::Less::operator()(const Row* a, const Row* b) const {
  for (const auto each : index.positions())
    if (const auto order = a->cells()[each] <=> b->cells()[each]; order != 0) return order < 0;
  return a->id() < b->id();
}

std::strong_ordering Rows::Less::compare(const Row& row, std::span<const Value> cells) const {
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (const auto order = row.cells()[index.columns[i]] <=> cells[i]; order != 0) return order;
  return std::strong_ordering::equal;
}

Rows::Rows(const Table& table) : table_(&table) {
  for (const auto& each : table.indexes) indexes_.emplace_back(Less{each});
}

RowPointer Rows::find(std::int64_t id) const {
  const auto found = rows_.find(id);
  return found == rows_.end() ? nullptr : found->second;
}

Rows::Path Rows::path_to(const Selection& selection) const {
  Path best;
  if (const auto* id = fixed(selection, 0)) {
    best.ids = {id->is_integer() ? id->integer() : 0};
    return best;
  }
  for (const auto& each : selection.where())
    if (each.column == 0 && each.compare == Compare::in) {
      best.ids = base::numbers_in(each.value.text());
      return best;
    }
  for (const auto& ordered : indexes_) {
    const auto& index = ordered.key_comp().index;
    Path path{.index = &ordered};
    for (const auto each : index.positions()) {
      const auto* value = fixed(selection, each);
      if (!value) break;
      path.cells[path.cell_count++] = *value;
    }
    path.is_in_id_order = path.cell_count == index.size;
    path.is_sorted = is_sorted_by(index, path.cell_count, selection);
    const auto* bound = path.is_sorted ? lower_bound(selection, index.columns[path.cell_count]) : nullptr;
    path.has_lower_bound = bound != nullptr;
    if (bound != nullptr) path.cells[path.cell_count] = *bound;
    if (path.cell_count > best.cell_count || (path.cell_count == best.cell_count && path.is_sorted && !best.is_sorted))
      best = path;
  }
  return best;
}

void Rows::scan(const Path& path, const Selection& selection, const Visitor& visit) const {
  if (path.ids) {
    for (const auto id : *path.ids)
      if (const auto row = find(id); row && meets(*row, selection) && !visit(*row)) return;
  } else if (path.index) {
    const std::span<const Value> cells = path.cells;
    const auto [first, end] = path.index->equal_range(cells.first(path.cell_count));
    const auto begin = path.has_lower_bound ? path.index->upper_bound(cells.first(path.cell_count + 1)) : first;
    for (auto at = begin; at != end; ++at)
      if (meets(**at, selection) && !visit(**at)) return;
  } else {
    for (const auto& [id, row] : rows_)
      if (meets(*row, selection) && !visit(*row)) return;
  }
}

void Rows::select(const Selection& selection, const Visitor& visit) const {
  auto left = selection.limit;
  auto to_skip = selection.offset;
  const auto visit_in_window = [&](const Row& row) {
    if (to_skip > 0) return --to_skip, true;
    if (left > 0) --left;
    return visit(row) && left != 0;
  };
  if (left == 0) return;

  const auto path = path_to(selection);
  if (path.is_sorted || (path.is_in_id_order && selection.ordering_count == 0)) return scan(path, selection, visit_in_window);

  std::vector<const Row*> found;
  scan(path, selection, [&](const Row& row) {
    found.push_back(&row);
    return true;
  });
  std::ranges::sort(found, [&](const Row* a, const Row* b) { return comes_before(*a, *b, selection); });
  for (const auto* each : found)
    if (!visit_in_window(*each)) return;
}

std::optional<std::string> Rows::find_clash(const Row& row) const {
  for (const auto& ordered : indexes_) {
    const auto& index = ordered.key_comp().index;
    if (!index.is_unique) continue;
    std::array<Value, 4> cells;
    for (std::size_t i = 0; i < index.size; ++i) cells[i] = row.cells()[index.columns[i]];
    const std::span<const Value> key = std::span{cells}.first(index.size);
    if (std::ranges::any_of(key, &Value::is_null)) continue;
    const auto [begin, end] = ordered.equal_range(key);
    if (std::any_of(begin, end, [&](const Row* each) { return each->id() != row.id(); })) return column_names(*table_, index);
  }
  return std::nullopt;
}

void Rows::put(const RowPointer& row) {
  remove(row->id());
  for (auto& each : indexes_) each.insert(row.get());
  rows_.emplace(row->id(), row);
}

void Rows::remove(std::int64_t id) {
  const auto found = rows_.find(id);
  if (found == rows_.end()) return;
  for (auto& each : indexes_) each.erase(found->second.get());
  rows_.erase(found);
}

}  // namespace innkeeper::memory
