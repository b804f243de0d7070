#include "adapters/sqlite/ledger.hpp"

#include <algorithm>

namespace innkeeper::sqlite {

int Ledger::slot_of(std::string_view table) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(names_.begin(), names_.end(), table);
  if (found == names_.end()) {
    if (names_.size() == capacity) return no_slot;
    names_.push_back(table);
    return static_cast<int>(names_.size() - 1);
  }
  return static_cast<int>(found - names_.begin());
}

void Ledger::begin(const Marks& marks) { set(marks, under_way); }

void Ledger::end(const Marks& marks, std::uint64_t state) {
  const auto position = position_.load(std::memory_order_relaxed) + 1;
  set(marks, position);
  state_.store(state, std::memory_order_release);
  position_.store(position, std::memory_order_release);
}

void Ledger::forget(std::uint64_t state) {
  constexpr auto every = ~std::uint64_t{0};
  end({every, every}, state);
}

void Ledger::set(const Marks& marks, Position position) {
  for (std::size_t slot = 0; slot < capacity; ++slot) {
    const auto bit = std::uint64_t{1} << slot;
    if ((marks.inserted & bit) != 0) tables_[slot].inserted.store(position, std::memory_order_release);
    if ((marks.changed & bit) != 0) tables_[slot].changed.store(position, std::memory_order_release);
  }
}

}  // namespace innkeeper::sqlite
