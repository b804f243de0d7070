#include "engine/base/meters.hpp"

#include "engine/base/network.hpp"

#include <algorithm>

namespace innkeeper::base {

namespace {
Rate rate_of(const RateLimit& limit) { return {limit.quota, limit.window}; }
}  // namespace

std::optional<Meters::Charge> Meters::charge_key(Id key, std::optional<std::int64_t> quota, std::optional<std::int64_t> window,
                                                 std::uint64_t now) {
  const auto limit = limit_of_key(quota, window);
  if (key == Id::none || limit.quota == 0) return std::nullopt;
  return Charge{"key", limit, limiter_.charge(Limiter::Kind::key, static_cast<std::uint64_t>(number(key)), rate_of(limit), now)};
}

RateLimit Meters::limit_of_key(std::optional<std::int64_t> quota, std::optional<std::int64_t> window) const {
  return quota ? RateLimit{*quota, std::chrono::seconds{window.value_or(rates_.key.window.count())}} : rates_.key;
}

std::optional<Meters::Charge> Meters::charge_app(Id app, std::uint64_t now) {
  if (app == Id::none || rates_.app.quota == 0) return std::nullopt;
  return Charge{"app", rates_.app,
                limiter_.charge(Limiter::Kind::app, static_cast<std::uint64_t>(number(app)), rate_of(rates_.app), now)};
}

std::optional<Meters::Charge> Meters::charge_address(std::string_view address, std::uint64_t now) {
  if (rates_.address.quota == 0) return std::nullopt;
  auto parsed = parse_address(address);
  if (!parsed) return std::nullopt;
  // One subscriber has at least a network of 64 bits.
  if (!parsed->is_v4()) std::fill(parsed->bytes.begin() + 8, parsed->bytes.end(), std::uint8_t{0});
  return Charge{"address", rates_.address, limiter_.charge(*parsed, rate_of(rates_.address), now)};
}

void Meters::note_use(Id key, Instant now) {
  auto& uses = uses_.mine();
  const std::lock_guard lock(uses.mutex);
  auto& last = uses.last[number(key)];
  last = std::max(last, now);
}

std::vector<std::pair<Id, Instant>> Meters::take_uses() {
  std::vector<std::pair<Id, Instant>> taken;
  uses_.each([&](Uses& uses) {
    const std::lock_guard lock(uses.mutex);
    for (const auto& [key, at] : uses.last) taken.emplace_back(Id{key}, at);
    uses.last.clear();
  });
  return taken;
}

}  // namespace innkeeper::base
