#include "engine/domain/collection.hpp"

#include "engine/domain/quota_store.hpp"

namespace innkeeper::domain {

std::string list_of_ids(std::span<const Id> ids) {
  std::string list;
  for (const auto id : ids) list.append(list.empty() ? "" : ",").append(std::to_string(number(id)));
  return list;
}

Cursor cursor_of(std::span<const Value> cells, std::uint8_t sort) {
  Cursor cursor{.id = Id{cells[0].integer()}};
  if (sort == 0) return cursor;
  if (cells[sort].is_text())
    cursor.value = std::string{cells[sort].text()};
  else
    cursor.value = cells[sort].integer();
  return cursor;
}

PagePlan plan_page(const Table& table, const Transaction& tx, const Selection& base, const PageRequest& page_request) {
  std::vector<Condition> conditions(base.where().begin(), base.where().end());
  for (const auto& each : page_request.filters) conditions.push_back({each.column, each.compare, cell_of(each.value)});

  const Ordering sort[] = {{page_request.sort, page_request.is_descending}};
  innkeeper::base::IndexNeeds needs{.order = sort, .minds_order = true};
  if (page_request.is_numbered) needs.order = page_request.order;
  const auto pin = [&](int column) { needs.pinned |= std::uint64_t{1} << static_cast<unsigned>(column); };
  if (table.owner >= 0 && tx.tenant() != Id::none) pin(table.owner);
  if (table.app >= 0 && tx.app() != Id::none) pin(table.app);
  for (const auto& each : conditions)
    if (each.compare == Compare::equal) pin(each.column);

  const auto* index = innkeeper::base::choose_index(table, needs);
  PagePlan plan;
  for (const auto& each : conditions) {
    if (each.column == 0 || (index != nullptr && innkeeper::base::is_found_by(*index, needs, each)))
      plan.found_by.add(each);
    else
      plan.filters.push_back(each);
  }
  return plan;
}

bool meets_all(std::span<const Value> cells, std::span<const Condition> conditions) {
  return std::ranges::all_of(conditions, [&](const Condition& each) { return innkeeper::base::meets(cells[each.column], each); });
}

std::size_t text_size_of(std::span<const Value> cells) {
  std::size_t size = 0;
  for (const auto& each : cells) size += each.text().size();
  return size;
}

Result<std::optional<std::int64_t>> read_counter(Transaction& tx, const App& app, std::int64_t QuotaUsage::*counter) {
  if (counter == nullptr) return std::optional<std::int64_t>{};
  auto are_counted = are_all_counted(tx);
  if (!are_counted) return are_counted.error();
  if (!*are_counted) return std::optional<std::int64_t>{};
  auto usage = usage_of(tx, app.tenant, app.id);
  if (!usage) return usage.error();
  return std::optional{(*usage).*counter};
}

}  // namespace innkeeper::domain
