#include "engine/base/rate_limits.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

namespace innkeeper::base {

namespace {

Rate rate_of(const RateLimit& limit, RateWindow kind = RateWindow::sliding) { return {limit.quota, limit.window, kind}; }

RateLimit of_all_accounts(const RateLimit& limit) {
  constexpr std::int64_t accounts = 10;
  return {limit.quota * accounts, limit.window};
}

/// An account as it is tried from somewhere: no two subscribers share a name.
Limiter::Name name_of(const Address& subscriber, std::string_view account) {
  auto name = subscriber.bytes;
  if (subscriber.is_v4()) {
    std::copy(name.begin() + 12, name.end(), name.begin() + 4);
    std::fill_n(name.begin(), 4, std::uint8_t{0xff});
  }
  const auto hash = std::hash<std::string_view>{}(account);
  std::memcpy(name.data() + 8, &hash, sizeof hash);
  return name;
}

}  // namespace

Limiter::Decision RateLimits::ask(Limiter::Kind kind, const Limiter::Name& name, const Rate& rate, std::uint64_t now,
                                  bool is_counted) {
  if (!is_counted) return limiter_.charge(kind, name, rate, now);
  auto decision = limiter_.peek(kind, name, rate, now);
  decision.is_allowed = true;
  return decision;
}

std::optional<RateLimits::Charge> RateLimits::charge(std::string_view policy, Limiter::Kind kind, Id id, const RateLimit& limit,
                                                     std::uint64_t now, bool is_counted) {
  if (id == Id::none || limit.quota == 0) return std::nullopt;
  return Charge{policy, limit,
                ask(kind, Limiter::name_of(static_cast<std::uint64_t>(number(id))), rate_of(limit), now, is_counted)};
}

std::optional<RateLimits::Charge> RateLimits::charge_key(Id key, std::optional<std::int64_t> quota,
                                                         std::optional<std::int64_t> window, std::uint64_t now, bool is_counted) {
  return charge("key", Limiter::Kind::key, key, limit_of_key(quota, window), now, is_counted);
}

RateLimit RateLimits::limit_of_key(std::optional<std::int64_t> quota, std::optional<std::int64_t> window) const {
  return quota ? RateLimit{*quota, std::chrono::seconds{window.value_or(rates_.key.window.count())}} : rates_.key;
}

std::optional<RateLimits::Charge> RateLimits::charge_member(Id member, std::uint64_t now, bool is_counted) {
  return charge("member", Limiter::Kind::member, member, rates_.key, now, is_counted);
}

std::optional<RateLimits::Charge> RateLimits::charge_app(Id app, std::uint64_t now, bool is_counted) {
  return charge("app", Limiter::Kind::app, app, rates_.app, now, is_counted);
}

std::optional<RateLimits::Charge> RateLimits::charge_tenant(Id tenant, std::uint64_t now, bool is_counted) {
  return charge("tenant", Limiter::Kind::tenant, tenant, rates_.tenant, now, is_counted);
}

std::optional<RateLimits::Charge> RateLimits::charge_contract(std::string_view contract, const ContractRate& rate,
                                                              std::string_view whom, std::uint64_t now, bool is_counted) {
  if (rate.limit.quota == 0) return std::nullopt;
  Limiter::Name name{};
  const std::array<std::size_t, 2> hashes{std::hash<std::string_view>{}(contract), std::hash<std::string_view>{}(whom)};
  static_assert(sizeof hashes == sizeof name);
  std::memcpy(name.data(), hashes.data(), sizeof name);
  return Charge{"contract", rate.limit, ask(Limiter::Kind::contract, name, rate_of(rate.limit, rate.window), now, is_counted)};
}

std::optional<Address> RateLimits::subscriber_of(std::string_view address) const {
  if (rates_.address.quota == 0 && rates_.failures.quota == 0) return std::nullopt;
  auto parsed = parse_address(address);
  // One subscriber has at least a network of 64 bits.
  if (parsed && !parsed->is_v4()) std::fill(parsed->bytes.begin() + 8, parsed->bytes.end(), std::uint8_t{0});
  return parsed;
}

std::optional<RateLimits::Charge> RateLimits::charge_address(const Address& subscriber, std::uint64_t now, bool is_counted) {
  if (rates_.address.quota == 0) return std::nullopt;
  return Charge{"address", rates_.address,
                ask(Limiter::Kind::address, subscriber.bytes, rate_of(rates_.address), now, is_counted)};
}

std::optional<RateLimits::Charge> RateLimits::refuse_sign_in(const Address& subscriber, std::string_view account,
                                                             std::uint64_t now) {
  if (rates_.failures.quota == 0) return std::nullopt;
  const auto all = of_all_accounts(rates_.failures);
  Charge met{"failures", all, limiter_.peek(Limiter::Kind::failures, subscriber.bytes, rate_of(all), now)};
  if (met.decision.is_allowed && !account.empty())
    met = {"failures", rates_.failures,
           limiter_.peek(Limiter::Kind::failures_of_account, name_of(subscriber, account), rate_of(rates_.failures), now)};
  return met.decision.is_allowed ? std::nullopt : std::optional{met};
}

std::optional<RateLimits::Charge> RateLimits::charge_failure(const Address& subscriber, std::string_view account,
                                                             std::uint64_t now) {
  if (rates_.failures.quota == 0) return std::nullopt;
  ++failures_;
  // The account's first: one account that is tried too often takes nothing off what is left for others.
  if (!account.empty()) {
    const auto name = name_of(subscriber, account);
    const Charge met{"failures", rates_.failures,
                     limiter_.charge(Limiter::Kind::failures_of_account, name, rate_of(rates_.failures), now)};
    if (!met.decision.is_allowed) return met;
  }
  const auto all = of_all_accounts(rates_.failures);
  const Charge met{"failures", all, limiter_.charge(Limiter::Kind::failures, subscriber.bytes, rate_of(all), now)};
  return met.decision.is_allowed ? std::nullopt : std::optional{met};
}

void RateLimits::note_use(Id key, Instant now) {
  if (key == Id::none) return;
  auto& uses = uses_.mine();
  const std::lock_guard lock(uses.mutex);
  auto& last = uses.last[number(key)];
  last = std::max(last, now);
}

std::vector<std::pair<Id, Instant>> RateLimits::take_uses() {
  std::vector<std::pair<Id, Instant>> taken;
  uses_.each([&](Uses& uses) {
    const std::lock_guard lock(uses.mutex);
    for (const auto& [key, at] : uses.last) taken.emplace_back(Id{key}, at);
    uses.last.clear();
  });
  return taken;
}

}  // namespace innkeeper::base
