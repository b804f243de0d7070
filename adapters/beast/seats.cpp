#include "adapters/beast/seats.hpp"

#include <algorithm>

namespace innkeeper::beast {

std::size_t Seats::add_listener() {
  of_listener_.push_back(0);
  return of_listener_.size() - 1;
}

/// Of the seats, at most a half is kept apart.
std::size_t Seats::kept_for_others(std::size_t listener) const {
  const std::size_t share = std::min<std::size_t>(64, most_ / (2 * of_listener_.size()));
  std::size_t kept = 0;
  for (std::size_t each = 0; each < of_listener_.size(); ++each)
    if (each != listener) kept += share - std::min(share, of_listener_[each]);
  return kept;
}

std::pair<Seats::Seat, Seats::Refusal> Seats::take(std::size_t listener, const Network& network) {
  const std::lock_guard lock(mutex_);
  if (taken_ - std::min(taken_, leavers_) + kept_for_others(listener) >= most_) return {Seat{}, Refusal::full};
  if (network) {
    auto& count = of_network_[*network];
    if (count >= most_of_network_) return {Seat{}, Refusal::network};
    ++count;
  }
  ++of_listener_[listener];
  ++taken_;
  ++held_;
  ++unsettled_;
  return {Seat{this, listener, network}, Refusal::none};
}

Seats::Seat Seats::hold() {
  const std::lock_guard lock(mutex_);
  ++held_;
  ++unsettled_;
  return {this, nobody, std::nullopt};
}

bool Seats::expect_leaver() {
  const std::lock_guard lock(mutex_);
  if (leavers_ >= most_leavers) return false;
  ++leavers_;
  return true;
}

void Seats::forget_leaver() {
  const std::lock_guard lock(mutex_);
  --leavers_;
}

bool Seats::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  empty_.wait_for(lock, patience, [this] { return held_ == 0; });
  return unsettled_ == 0;
}

void Seats::settle() {
  const std::lock_guard lock(mutex_);
  --unsettled_;
}

void Seats::leave(const Seat& seat) {
  const std::lock_guard lock(mutex_);
  if (!seat.is_settled_) --unsettled_;
  if (seat.network_) {
    const auto found = of_network_.find(*seat.network_);
    if (--found->second == 0) of_network_.erase(found);
  }
  if (seat.listener_ != nobody) {
    --of_listener_[seat.listener_];
    --taken_;
  }
  if (--held_ == 0) empty_.notify_all();
}

}  // namespace innkeeper::beast
