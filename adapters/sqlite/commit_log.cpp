#include "adapters/sqlite/commit_log.hpp"

#include <algorithm>

namespace innkeeper::sqlite {

int CommitLog::slot_of(std::string_view table) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(names_.begin(), names_.end(), table);
  if (found == names_.end()) {
    if (names_.size() == capacity) return no_slot;
    names_.push_back(table);
    return static_cast<int>(names_.size() - 1);
  }
  return static_cast<int>(found - names_.begin());
}

void CommitLog::begin(const TouchedTables& touched) { set(touched, under_way); }

void CommitLog::end(const TouchedTables& touched, std::uint64_t state) {
  const auto position = position_.load(std::memory_order_relaxed) + 1;
  set(touched, position);
  state_.store(state, std::memory_order_release);
  position_.store(position, std::memory_order_release);
}

void CommitLog::forget(std::uint64_t state) {
  constexpr auto every = ~std::uint64_t{0};
  end({every, every}, state);
}

void CommitLog::set(const TouchedTables& touched, Position position) {
  for (std::size_t slot = 0; slot < capacity; ++slot) {
    const auto bit = std::uint64_t{1} << slot;
    if ((touched.inserted & bit) != 0) tables_[slot].inserted.store(position, std::memory_order_release);
    if ((touched.changed & bit) != 0) tables_[slot].changed.store(position, std::memory_order_release);
  }
}

}  // namespace innkeeper::sqlite
