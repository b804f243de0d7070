#include "engine/domain/counted_rows.hpp"

#include "engine/base/text.hpp"
#include "engine/domain/tables.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace innkeeper::domain {

namespace {

constexpr int position_of(const Table& table, std::string_view column) {
  for (std::size_t at = 0; at < table.columns.size(); ++at)
    if (table.columns[at].name == column) return static_cast<int>(at);
  return -1;
}

constexpr auto is_counted = [](const Table* table) { return table->counting.turn > 0; };

/// The tables of which rows count, each at its turn.
constexpr auto counted = [] {
  std::array<CountedTable, std::ranges::count_if(tables, is_counted)> counted{};
  for (const auto* table : tables) {
    if (!is_counted(table)) continue;
    auto& place = counted.at(table->counting.turn - 1U);
    if (place.table != nullptr) throw "two tables have one turn";
    const int app = position_of(*table, "app");
    place = {table, static_cast<std::size_t>(position_of(*table, "tenant")), app < 0 ? table->app : app};
  }
  return counted;
}();

std::int64_t app_in(std::size_t table, std::span<const Value> cells) {
  if (counted[table].table == &table_of<Key>) {
    constexpr auto kind = static_cast<std::size_t>(description_of<Key>.position(&Key::owner_kind));
    constexpr auto owner = static_cast<std::size_t>(description_of<Key>.position(&Key::owner));
    return cells[kind] == CellOf<KeyOwner>::read(KeyOwner::app) ? cells[owner].integer() : 0;
  }
  const int at = counted[table].app;
  return at < 0 ? 0 : cells[static_cast<std::size_t>(at)].integer();
}

constexpr std::string_view progress_name = "quotas.counted";

}  // namespace

std::span<const CountedTable> counted_tables() { return counted; }

std::size_t counted_position(const Table& table) {
  const auto found = std::ranges::find(counted, &table, &CountedTable::table);
  return static_cast<std::size_t>(found - counted.begin());
}

Facts facts_of(std::size_t table, std::span<const Value> cells) {
  constexpr std::int64_t fixed = 8;
  // A word for another, such as a status, takes no room.
  constexpr std::int64_t least_text = 16;
  Facts facts{
      .table = table, .id = cells[0].integer(), .tenant = cells[counted[table].tenant].integer(), .app = app_in(table, cells)};
  // An empty cell counts like a full one, so that a time that is set later, as a revocation's, takes no room.
  for (const auto& cell : cells)
    facts.bytes += cell.is_text() ? std::max(least_text, static_cast<std::int64_t>(cell.text().size())) : fixed;
  return facts;
}

Result<Setting> progress_row(Transaction& tx) {
  auto row = tx.first(Query<Setting>{}.where(&Setting::name, progress_name));
  if (!row && row.error().code == Errc::not_found) return Setting{.name = std::string{progress_name}};
  return row;
}

Progress progress_in(const Setting& row) {
  const std::string_view text = row.value.data;
  if (text == "all") return complete();
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos) return {};
  const auto table = std::find_if(counted.begin(), counted.end(),
                                  [&](const CountedTable& each) { return each.table->name == text.substr(0, blank); });
  return {static_cast<std::size_t>(table - counted.begin()), base::to_number(text.substr(blank + 1)).value_or(0)};
}

std::string text_of(const Progress& progress) {
  if (progress.is_complete()) return "all";
  return std::string{counted[progress.table].table->name}.append(" ").append(std::to_string(progress.id));
}

}  // namespace innkeeper::domain
