#include "adapters/sqlite/row_cache.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace innkeeper::sqlite {

namespace {

constexpr std::size_t typical_entry = 512;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t eight) {
  hash = (hash ^ eight) * 0x9E3779B97F4A7C15U;
  return hash ^ hash >> 32U;
}

std::uint64_t mixed(std::uint64_t hash, std::string_view text) {
  hash = mixed(hash, text.size());
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data(), 8);
    hash = mixed(hash, eight);
  }
  std::uint64_t rest = 0;
  if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
  return mixed(hash, rest);
}

std::uint64_t mixed(std::uint64_t hash, const Value& value) {
  if (value.is_integer()) return mixed(hash, static_cast<std::uint64_t>(value.integer()));
  return mixed(hash, value.text());
}

}  // namespace

RowCache::Lookup::Lookup(const Shape& shape, const Selection& selection)
    : shape_(shape), selection_(selection), hash_(hash_of(shape)) {
  for (const auto& each : selection.where()) hash_ = mixed(hash_, each.value);
  if (shape.has_limit) hash_ = mixed(hash_, static_cast<std::uint64_t>(selection.limit));
  if (shape.has_offset) hash_ = mixed(hash_, static_cast<std::uint64_t>(selection.offset));
}

bool RowCache::Entry::answers(const Lookup& lookup) const {
  if (!(shape == lookup.shape())) return false;
  const auto& selection = lookup.selection();
  const auto* value = asked().data();
  for (const auto& each : selection.where())
    if (*value++ != each.value) return false;
  return value[0] == Value{selection.limit} && value[1] == Value{selection.offset};
}

void RowCache::Rows::add(std::span<const Value> row) {
  for (const auto& cell : row) {
    cells_.push_back(cell);
    text_ += cell.text();
  }
  ++row_count_;
}

RowCache::EntryHandle RowCache::make_entry(const Rows& asked, const Rows& rows) {
  const auto values = asked.cells_.size() + rows.cells_.size();
  const auto size = sizeof(Entry) + values * sizeof(Value) + asked.text_.size() + rows.text_.size();
  auto* entry = new (::operator new(size)) Entry{};
  entry->size = static_cast<std::uint32_t>(size);
  entry->asked_count = static_cast<std::uint32_t>(asked.cells_.size());
  entry->cell_count = static_cast<std::uint32_t>(rows.cells_.size());
  auto* value = reinterpret_cast<Value*>(entry + 1);
  char* text = reinterpret_cast<char*>(value + values);
  for (const auto* each : {&asked, &rows}) {
    std::copy(each->text_.begin(), each->text_.end(), text);
    for (const auto& cell : each->cells_) {
      // What the cell viewed may be gone: only how much it was still counts.
      const auto length = cell.text().size();
      new (value++) Value{cell.is_text() ? Value{std::string_view{text, length}} : cell};
      text += length;
    }
  }
  return EntryHandle{entry};
}

RowCache::RowCache(const CommitLog& commit_log, std::size_t budget) : commit_log_(commit_log), budget_(budget) {
  if (budget == 0) return;
  const auto sets = std::bit_floor(std::max<std::size_t>(budget / typical_entry / ways, 1));
  mask_ = sets - 1;
  places_.resize(sets * ways);
  asked_.resize(sets * ways);
}

std::optional<std::span<const Value>> RowCache::find(const Lookup& lookup, const TouchedTables& own) {
  const auto set = set_of(lookup.hash());
  for (std::size_t i = set; i < set + ways; ++i) {
    auto& place = places_[i];
    if (place.hash != lookup.hash() || !place.entry || !place.entry->answers(lookup)) continue;
    auto& entry = *place.entry;
    if (own.touches(entry.slot, entry.is_pinned)) return std::nullopt;
    if (!commit_log_.is_same(entry.slot, std::min(entry.position, position_), entry.is_pinned)) return std::nullopt;
    entry.is_in_use = true;
    return entry.cells();
  }
  return std::nullopt;
}

bool RowCache::wants(const Lookup& lookup) {
  const auto tag = static_cast<std::uint16_t>(lookup.hash() >> 48U);
  auto& asked = asked_[(lookup.hash() >> 20U) & (asked_.size() - 1)];
  return std::exchange(asked, tag) == tag;
}

void RowCache::keep(const Lookup& lookup, const Statement& statement, const Rows& rows) {
  const auto& selection = lookup.selection();
  Rows asked;
  for (const auto& each : selection.where()) asked.add({&each.value, 1});
  asked.add(std::array{Value{selection.limit}, Value{selection.offset}});
  auto entry = make_entry(asked, rows);
  if (entry->size > budget_) return;
  entry->shape = lookup.shape();
  entry->position = position_;
  entry->slot = static_cast<std::int16_t>(statement.slot);
  entry->is_pinned = statement.is_point && rows.row_count() == 1;
  auto& place = make_room(lookup.hash());
  drop(place);
  size_ += entry->size;
  place = {lookup.hash(), std::move(entry)};
  for (; size_ > budget_; hand_ = (hand_ + 1) % places_.size()) {
    auto& passed = places_[hand_];
    if (!passed.entry || &passed == &place || std::exchange(passed.entry->is_in_use, false)) continue;
    drop(passed);
  }
}

RowCache::Slot& RowCache::make_room(std::uint64_t hash) {
  const auto set = set_of(hash);
  const auto begin = places_.begin() + static_cast<std::ptrdiff_t>(set);
  const auto end = begin + ways;
  auto found = std::find_if(begin, end, [&](const Slot& each) { return each.hash == hash; });
  if (found == end) found = std::find_if(begin, end, [](const Slot& each) { return !each.entry; });
  if (found == end) found = std::find_if(begin, end, [](const Slot& each) { return !each.entry->is_in_use; });
  if (found != end) return *found;
  std::for_each(begin, end, [](Slot& each) { each.entry->is_in_use = false; });
  return *begin;
}

void RowCache::drop(Slot& place) {
  if (place.entry) size_ -= place.entry->size;
  place.entry.reset();
}

}  // namespace innkeeper::sqlite
