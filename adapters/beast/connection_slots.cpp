#include "adapters/beast/connection_slots.hpp"

#include <algorithm>

namespace innkeeper::beast {

std::size_t ConnectionSlots::add_listener() {
  of_listener_.push_back(0);
  return of_listener_.size() - 1;
}

/// Of the slots, at most a half is kept apart.
std::size_t ConnectionSlots::kept_for_others(std::size_t listener) const {
  const std::size_t share = std::min<std::size_t>(64, most_ / (2 * of_listener_.size()));
  std::size_t kept = 0;
  for (std::size_t each = 0; each < of_listener_.size(); ++each)
    if (each != listener) kept += share - std::min(share, of_listener_[each]);
  return kept;
}

std::pair<ConnectionSlots::Slot, ConnectionSlots::Refusal> ConnectionSlots::take(std::size_t listener, const Network& network) {
  const std::lock_guard lock(mutex_);
  if (taken_ - std::min(taken_, leavers_) + kept_for_others(listener) >= most_) return {Slot{}, Refusal::full};
  if (network) {
    auto& count = of_network_[*network];
    if (count >= most_of_network_) return {Slot{}, Refusal::network};
    ++count;
  }
  ++of_listener_[listener];
  ++taken_;
  ++held_;
  ++unfinished_;
  return {Slot{this, listener, network}, Refusal::none};
}

ConnectionSlots::Slot ConnectionSlots::hold() {
  const std::lock_guard lock(mutex_);
  ++held_;
  ++unfinished_;
  return {this, nobody, std::nullopt};
}

bool ConnectionSlots::expect_leaver() {
  const std::lock_guard lock(mutex_);
  if (leavers_ >= most_leavers) return false;
  ++leavers_;
  return true;
}

void ConnectionSlots::forget_leaver() {
  const std::lock_guard lock(mutex_);
  --leavers_;
}

bool ConnectionSlots::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  empty_.wait_for(lock, patience, [this] { return held_ == 0; });
  return unfinished_ == 0;
}

void ConnectionSlots::mark_finished() {
  const std::lock_guard lock(mutex_);
  --unfinished_;
}

void ConnectionSlots::leave(const Slot& slot) {
  const std::lock_guard lock(mutex_);
  if (!slot.is_finished_) --unfinished_;
  if (slot.network_) {
    const auto found = of_network_.find(*slot.network_);
    if (--found->second == 0) of_network_.erase(found);
  }
  if (slot.listener_ != nobody) {
    --of_listener_[slot.listener_];
    --taken_;
  }
  if (--held_ == 0) empty_.notify_all();
}

}  // namespace innkeeper::beast
