#include "engine/domain/counted_rows.hpp"

#include "engine/base/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace innkeeper::domain {

namespace {

template <class E>
constexpr CountedTable counted(QuotaKind kind, Needs needs, Growth growth) {
  constexpr auto& from = description_of<E>;
  int app = from.app;
  if constexpr (from.has("app")) app = from.position("app");
  return {&table_of<E>, kind, needs, growth, static_cast<std::size_t>(from.position("tenant")), app};
}
/// In the order in which rows of before are counted, so new ones come last.
constexpr std::array tables{
    counted<Event>(QuotaKind::events, Needs::nothing, Growth::is_free),
    counted<Room>(QuotaKind::rooms, Needs::all, Growth::is_bound),
    counted<JoinToken>(QuotaKind::tokens, Needs::all, Growth::is_free),
    counted<Member>(QuotaKind::members, Needs::all, Growth::is_bound),
    counted<MemberToken>(QuotaKind::tokens, Needs::all, Growth::is_free),
    counted<Device>(QuotaKind::devices, Needs::all, Growth::is_bound),
    counted<Key>(QuotaKind::keys, Needs::all, Growth::is_bound),
    counted<AccessToken>(QuotaKind::tokens, Needs::nothing, Growth::is_free),
    counted<Delivery>(QuotaKind::bytes, Needs::bytes, Growth::is_free),
    counted<StoredAnswer>(QuotaKind::bytes, Needs::bytes, Growth::is_free),
    counted<Reading>(QuotaKind::bytes, Needs::all, Growth::is_free),
    counted<Session>(QuotaKind::bytes, Needs::all, Growth::is_free),
    counted<Participation>(QuotaKind::bytes, Needs::all, Growth::is_free),
    counted<Recording>(QuotaKind::bytes, Needs::all, Growth::is_free),
    counted<StreamKey>(QuotaKind::bytes, Needs::all, Growth::is_free),
    counted<Webhook>(QuotaKind::bytes, Needs::all, Growth::is_bound),
    counted<Usage>(QuotaKind::bytes, Needs::nothing, Growth::is_free),
    counted<App>(QuotaKind::bytes, Needs::all, Growth::is_bound),
    counted<Operator>(QuotaKind::bytes, Needs::all, Growth::is_bound),
};

std::int64_t app_in(std::size_t table, std::span<const Value> cells) {
  if (tables[table].table == &table_of<Key>) {
    constexpr auto kind = static_cast<std::size_t>(description_of<Key>.position(&Key::owner_kind));
    constexpr auto owner = static_cast<std::size_t>(description_of<Key>.position(&Key::owner));
    return cells[kind] == CellOf<KeyOwner>::read(KeyOwner::app) ? cells[owner].integer() : 0;
  }
  const int at = tables[table].app;
  return at < 0 ? 0 : cells[static_cast<std::size_t>(at)].integer();
}

constexpr std::string_view progress_name = "quotas.counted";

}  // namespace

std::span<const CountedTable> counted_tables() { return tables; }

std::size_t counted_position(const Table& table) {
  const auto found = std::ranges::find(tables, &table, &CountedTable::table);
  return static_cast<std::size_t>(found - tables.begin());
}

Facts facts_of(std::size_t table, std::span<const Value> cells) {
  constexpr std::int64_t fixed = 8;
  // A word for another, such as a status, takes no room.
  constexpr std::int64_t least_text = 16;
  Facts facts{
      .table = table, .id = cells[0].integer(), .tenant = cells[tables[table].tenant].integer(), .app = app_in(table, cells)};
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
  const auto table = std::find_if(tables.begin(), tables.end(),
                                  [&](const CountedTable& each) { return each.table->name == text.substr(0, blank); });
  return {static_cast<std::size_t>(table - tables.begin()), base::to_number(text.substr(blank + 1)).value_or(0)};
}

std::string text_of(const Progress& progress) {
  if (progress.is_complete()) return "all";
  return std::string{tables[progress.table].table->name}.append(" ").append(std::to_string(progress.id));
}

}  // namespace innkeeper::domain
