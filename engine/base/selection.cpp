#include "engine/base/selection.hpp"

#include "engine/base/text.hpp"

#include <algorithm>
#include <optional>

namespace innkeeper::base {

namespace {

/// How many of an index's first columns are the same in all rows that are selected.
std::size_t count_pinned(const Index& index, const IndexNeeds& needs) {
  const auto columns = index.positions();
  const auto next = std::find_if_not(columns.begin(), columns.end(), [&](auto column) { return needs.is_pinned(column); });
  return static_cast<std::size_t>(next - columns.begin());
}

/// The column that decides the order: the first of those asked for that is not the same in all rows; else the id.
std::uint8_t deciding_column(const IndexNeeds& needs) {
  for (const auto& each : needs.order)
    if (!needs.is_pinned(each.column)) return each.column;
  return 0;
}

/// How few rows the first columns of an index leave, where so many of them are the same in all rows that are selected: a guess. A
/// tenant has much, an app less, anything else little.
int worth_of(const Table& table, const Index& index, std::size_t alike) {
  int worth = alike == index.size ? 1 : 0;
  for (const auto column : index.positions().first(alike)) worth += column == table.owner ? 0 : column == table.app ? 1 : 3;
  return worth;
}

/// Whether the rows of a selection stand one behind the other in an index, in their order.
bool is_in_order(const IndexNeeds& needs, const Index& index, std::size_t alike) {
  const auto deciding = deciding_column(needs);
  return alike == index.size ? index.is_unique || deciding == 0 : index.columns[alike] == deciding;
}

}  // namespace

bool meets(const Value& cell, const Condition& condition) {
  if (condition.compare == Compare::equal) return cell == condition.value;
  if (condition.compare == Compare::not_equal) return cell != condition.value;
  if (cell.is_null() || condition.value.is_null()) return false;
  switch (condition.compare) {
    case Compare::less:
      return cell < condition.value;
    case Compare::less_equal:
      return cell <= condition.value;
    case Compare::greater:
      return cell > condition.value;
    case Compare::contains:
      return contains_ignoring_case(cell.text(), condition.value.text());
    case Compare::in: {
      const auto numbers = numbers_in(condition.value.text());
      return std::binary_search(numbers.begin(), numbers.end(), cell.integer());
    }
    default:
      return cell >= condition.value;
  }
}

bool fits(const Column& column, const Condition& condition) {
  if (condition.value.is_null()) return true;
  const bool is_of_integers = column.type == ColumnType::integer;
  switch (condition.compare) {
    case Compare::contains:
      return !is_of_integers && condition.value.is_text();
    case Compare::in:
      return is_of_integers && condition.value.is_text();
    default:
      return is_of_integers == condition.value.is_integer();
  }
}

std::vector<std::int64_t> numbers_in(std::string_view list) {
  std::vector<std::int64_t> numbers;
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (const auto number = to_integer(list.substr(0, comma))) numbers.push_back(*number);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

const Index* choose_index(const Table& table, const IndexNeeds& needs) {
  if (needs.is_pinned(0)) return nullptr;
  const Index* best = nullptr;
  int most = 0;
  for (const auto& index : table.indexes) {
    const auto alike = count_pinned(index, needs);
    if (alike == 0) continue;
    const int worth = 1 + worth_of(table, index, alike) + (needs.minds_order && is_in_order(needs, index, alike) ? 100 : 0);
    if (worth > most) best = &index;
    most = std::max(most, worth);
  }
  return best;
}

bool is_found_by(const Index& index, const IndexNeeds& needs, const Condition& condition) {
  const auto alike = count_pinned(index, needs);
  const auto columns = index.positions();
  if (condition.compare == Compare::equal) {
    const auto first = columns.first(alike);
    return std::find(first.begin(), first.end(), condition.column) != first.end();
  }
  const bool is_range = condition.compare >= Compare::less && condition.compare <= Compare::greater_equal;
  return is_range && alike < columns.size() && columns[alike] == condition.column;
}

}  // namespace innkeeper::base
