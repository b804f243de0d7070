#include "engine/base/limiter.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace innkeeper::base {

namespace {

constexpr std::uint64_t ticks_per_second = 1'000'000;
/// So that a window's µs are less than 2^63, and what is computed from them and a quota less than 2^128.
constexpr std::int64_t longest_window = std::int64_t{1} << 43;

}  // namespace

void Limiter::Bucket::refill(std::uint64_t now) {
  if (now <= seen) return;
  if (kind == RateWindow::fixed) {
    if (taken != 0 && now - seen < window) return;
    taken = 0;
  } else {
    const auto refilled = Wide{now - seen} * quota;
    taken = taken > refilled ? taken - refilled : 0;
  }
  seen = now;
}

void Limiter::Bucket::change(std::uint64_t new_quota, std::uint64_t new_window) {
  if (new_window != window) taken = taken / window * new_window + taken % window * new_window / window;
  quota = new_quota;
  window = new_window;
  taken = std::min(taken, Wide{quota} * window);
}

Limiter::Decision Limiter::Bucket::ask(std::uint64_t now, bool takes) {
  const auto all = Wide{quota} * window;
  const bool is_allowed = taken + window <= all;
  if (is_allowed && takes) taken += window;
  // What has to come back, and how much of it comes back in a second.
  auto missing = is_allowed ? taken : taken + window - all;
  auto per_second = Wide{quota} * ticks_per_second;
  if (kind == RateWindow::fixed) {
    missing = taken == 0 ? 0 : seen + window - std::max(now, seen);
    per_second = ticks_per_second;
  }
  return {.is_allowed = is_allowed,
          .remaining = static_cast<std::int64_t>((all - taken) / window),
          .reset = std::chrono::seconds{static_cast<std::int64_t>((missing + per_second - 1) / per_second)}};
}

std::size_t Limiter::Hash::operator()(const Name& name) const {
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(name.data()), name.size()});
}

Limiter::Name Limiter::name_of(std::uint64_t id) {
  Name name{};
  std::memcpy(name.data(), &id, sizeof id);
  return name;
}

Limiter::Decision Limiter::charge(Kind kind, const Name& name, const Rate& rate, std::uint64_t now) {
  return ask(kind, name, rate, now, true);
}

Limiter::Decision Limiter::peek(Kind kind, const Name& name, const Rate& rate, std::uint64_t now) {
  return ask(kind, name, rate, now, false);
}

std::size_t Limiter::size() {
  std::size_t size = 0;
  for (auto& kind : shards_)
    for (auto& shard : kind) {
      const std::lock_guard lock(shard.mutex);
      size += shard.buckets.size();
    }
  return size;
}

Limiter::Decision Limiter::ask(Kind kind, const Name& name, const Rate& rate, std::uint64_t now, bool takes) {
  const auto seconds = std::clamp<std::int64_t>(rate.window.count(), 1, longest_window);
  if (rate.quota < 1) return {.is_allowed = false, .remaining = 0, .reset = std::chrono::seconds{seconds}};
  const auto quota = static_cast<std::uint64_t>(rate.quota);
  const auto window = static_cast<std::uint64_t>(seconds) * ticks_per_second;

  auto& shard = shards_[static_cast<std::size_t>(kind)][Hash{}(name) % shards_per_kind];
  const std::lock_guard lock(shard.mutex);
  if (auto found = shard.buckets.find(name); found != shard.buckets.end()) {
    auto& bucket = found->second;
    bucket.kind = rate.kind;
    bucket.refill(now);
    bucket.change(quota, window);
    bucket.refill(now);
    return bucket.ask(now, takes);
  }
  Bucket fresh{.taken = 0, .quota = quota, .window = window, .seen = now, .kind = rate.kind};
  const auto decision = fresh.ask(now, takes);
  if (!takes) return decision;
  if (shard.buckets.size() >= shard.sweep_at) sweep(shard, now);
  shard.buckets.emplace(name, fresh);
  return decision;
}

/// Each look at all buckets is paid for by as many that came since the last, or by a quarter of a shard.
void Limiter::sweep(Shard& shard, std::uint64_t now) {
  std::vector<std::pair<Wide, Buckets::iterator>> by_wait;
  by_wait.reserve(shard.buckets.size());
  for (auto at = shard.buckets.begin(); at != shard.buckets.end(); ++at) {
    auto& bucket = at->second;
    bucket.refill(now);
    by_wait.emplace_back(bucket.taken / bucket.quota, at);
  }
  const std::size_t must_go = by_wait.size() < most_in_shard ? 0 : by_wait.size() / 4;
  std::nth_element(by_wait.begin(), by_wait.begin() + static_cast<std::ptrdiff_t>(must_go), by_wait.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < by_wait.size(); ++i)
    if (i < must_go || by_wait[i].second->second.taken == 0) shard.buckets.erase(by_wait[i].second);
  shard.sweep_at = std::clamp(shard.buckets.size() * 2, fewest_to_sweep, most_in_shard);
}

}  // namespace innkeeper::base
