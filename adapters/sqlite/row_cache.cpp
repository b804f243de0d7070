#include "adapters/sqlite/row_cache.hpp"

#include <algorithm>
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

std::uint64_t hash_of(const char* bytes, std::size_t size) {
  std::uint64_t hash = size;
  for (; size >= 8; bytes += 8, size -= 8) {
    std::uint64_t eight;
    std::memcpy(&eight, bytes, 8);
    hash = mixed(hash, eight);
  }
  std::uint64_t rest = 0;
  if (size > 0) std::memcpy(&rest, bytes, size);
  return mixed(hash, rest);
}

}  // namespace

RowCache::Question::Question(const Statement& statement, const Selection& selection, const Shape& shape) {
  add(&statement.serial, sizeof(statement.serial));
  for (const auto& each : selection.where()) {
    if (!has_parameter(each)) continue;
    const auto& value = each.value;
    const char kind = value.is_null() ? 'n' : value.is_integer() ? 'i' : 't';
    const auto number = value.is_integer() ? value.integer() : static_cast<std::int64_t>(value.text().size());
    add(&kind, sizeof(kind));
    add(&number, sizeof(number));
    add(value.text().data(), value.text().size());
  }
  if (shape.has_limit) add(&selection.limit, sizeof(selection.limit));
  if (shape.has_offset) add(&selection.offset, sizeof(selection.offset));
  if (!is_long()) hash_ = hash_of(key_.data(), size_);
}

void RowCache::Question::add(const void* bytes, std::size_t size) {
  if (size > 0 && size_ + size <= key_.size()) std::memcpy(key_.data() + size_, bytes, size);
  size_ += size;
}

void RowCache::Rows::add(std::span<const Value> row) {
  for (const auto& cell : row) {
    cells_.push_back(cell);
    text_.insert(text_.end(), cell.text().begin(), cell.text().end());
  }
  ++row_count_;
}

void RowCache::Rows::settle() {
  text_.shrink_to_fit();
  cells_.shrink_to_fit();
  std::string_view rest{text_.data(), text_.size()};
  for (auto& cell : cells_) {
    if (!cell.is_text()) continue;
    const auto size = cell.text().size();
    cell = rest.substr(0, size);
    rest.remove_prefix(size);
  }
}

RowCache::RowCache(const Ledger& ledger, std::size_t budget) : ledger_(ledger), budget_(budget) {
  if (budget == 0) return;
  const auto sets = std::bit_floor(std::max<std::size_t>(budget / typical_entry / ways, 1));
  mask_ = sets - 1;
  places_.resize(sets * ways);
  asked_.resize(sets * ways);
}

const RowCache::Rows* RowCache::find(const Statement& statement, const Question& question) {
  const auto set = set_of(question.hash());
  for (std::size_t i = set; i < set + ways; ++i) {
    auto& place = places_[i];
    if (place.hash != question.hash() || !place.entry || place.entry->key != question.key()) continue;
    auto& entry = *place.entry;
    const bool is_pinned = statement.is_point && entry.rows.row_count() == 1;
    if (!ledger_.is_same(statement.slot, std::min(entry.position, position_), is_pinned)) return nullptr;
    entry.is_in_use = true;
    return &entry.rows;
  }
  return nullptr;
}

bool RowCache::wants(const Statement& statement, const Question& question) {
  if (statement.slot == Ledger::no_slot) return false;
  const auto tag = static_cast<std::uint16_t>(question.hash() >> 48U);
  auto& asked = asked_[(question.hash() >> 20U) & (asked_.size() - 1)];
  return std::exchange(asked, tag) == tag;
}

void RowCache::keep(const Question& question, Rows rows) {
  rows.settle();
  auto entry = std::make_unique<Entry>(Entry{.position = position_, .key = std::string{question.key()}, .rows = std::move(rows)});
  if (entry->size() > budget_) return;
  auto& place = make_room(question.hash());
  drop(place);
  size_ += entry->size();
  place = {question.hash(), std::move(entry)};
  for (; size_ > budget_; hand_ = (hand_ + 1) % places_.size()) {
    auto& passed = places_[hand_];
    if (!passed.entry || &passed == &place || std::exchange(passed.entry->is_in_use, false)) continue;
    drop(passed);
  }
}

RowCache::Place& RowCache::make_room(std::uint64_t hash) {
  const auto set = set_of(hash);
  const auto begin = places_.begin() + static_cast<std::ptrdiff_t>(set);
  const auto end = begin + ways;
  auto found = std::find_if(begin, end, [&](const Place& each) { return each.hash == hash; });
  if (found == end) found = std::find_if(begin, end, [](const Place& each) { return !each.entry; });
  if (found == end) found = std::find_if(begin, end, [](const Place& each) { return !each.entry->is_in_use; });
  if (found != end) return *found;
  std::for_each(begin, end, [](Place& each) { each.entry->is_in_use = false; });
  return *begin;
}

void RowCache::drop(Place& place) {
  if (place.entry) size_ -= place.entry->size();
  place.entry.reset();
}

}  // namespace innkeeper::sqlite
