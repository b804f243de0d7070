#pragma once

#include <innkeeper/contract/rate.hpp>
#include <innkeeper/operation.hpp>
#include <innkeeper/quotas.hpp>
#include <innkeeper/rates.hpp>

#include "engine/base/limiter.hpp"
#include "engine/base/network.hpp"
#include "engine/base/stripes.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace innkeeper::base {

/// What is counted in memory: requests against their rate limits, and when keys were last used. Thread safe.
class RateLimits {
 public:
  explicit RateLimits(const Rates& rates, const DefaultQuotas& quotas = {}) : rates_(rates), quotas_(quotas) {}

  /// The quotas of those that have none of their own. What counts against them is in the store.
  const DefaultQuotas& quotas() const { return quotas_; }

  /// A limit that was met.
  struct Charge {
    std::string_view policy;  ///< `key`, `member`, `app`, `tenant`, `contract`, `address` or `failures`.
    RateLimit limit{};
    Limiter::Decision decision{};
  };
  /// Takes one request off the limit of a key, which may have one of its own. Nothing where it has none. One that is counted
  /// already takes nothing and is not refused.
  std::optional<Charge> charge_key(Id key, std::optional<std::int64_t> quota, std::optional<std::int64_t> window,
                                   std::uint64_t now, bool is_counted = false);
  /// The limit that a key with these of its own has; a quota of 0 is none.
  RateLimit limit_of_key(std::optional<std::int64_t> quota, std::optional<std::int64_t> window) const;
  /// A member has the limit of keys.
  std::optional<Charge> charge_member(Id member, std::uint64_t now, bool is_counted = false);
  std::optional<Charge> charge_app(Id app, std::uint64_t now, bool is_counted = false);
  std::optional<Charge> charge_tenant(Id tenant, std::uint64_t now, bool is_counted = false);

  /// Takes one request off a contract's own limit. `whom` is who sent it: a principal's id, or the account that it is to be
  /// signed in as.
  std::optional<Charge> charge_contract(std::string_view contract, const ContractRate&, std::string_view whom, std::uint64_t now,
                                        bool is_counted = false);

  /// What an address counts as: itself, or of version 6 its network of 64 bits; nothing if there is none, or nothing to count.
  std::optional<Address> subscriber_of(std::string_view address) const;
  std::optional<Charge> charge_address(const Address& subscriber, std::uint64_t now, bool is_counted = false);
  /// The limit that says that no more credentials from there are looked at now, if one does. Without an account: whichever.
  std::optional<Charge> refuse_sign_in(const Address& subscriber, std::string_view account, std::uint64_t now);
  /// Takes one failed sign-in off the limits; answers the limit that others have used up meanwhile, if one is.
  std::optional<Charge> charge_failure(const Address& subscriber, std::string_view account, std::uint64_t now);
  /// Grows with every failed sign-in, before it is charged: as long as it stays, `refuse_sign_in` refuses no more than before.
  std::uint64_t failures() const { return failures_.load(); }

  /// None, as of a member, is no key.
  void note_use(Id key, Instant now);
  /// What was noted since the last call.
  std::vector<std::pair<Id, Instant>> take_uses();

 private:
  struct Uses {
    std::mutex mutex{};
    std::unordered_map<std::int64_t, Instant> last{};
  };
  std::optional<Charge> charge(std::string_view policy, Limiter::Kind, Id, const RateLimit&, std::uint64_t now, bool is_counted);
  Limiter::Decision ask(Limiter::Kind, const Limiter::Name&, const Rate&, std::uint64_t now, bool is_counted);

  const Rates rates_;
  const DefaultQuotas quotas_;
  Limiter limiter_;
  Stripes<Uses> uses_;
  std::atomic<std::uint64_t> failures_{0};
};

}  // namespace innkeeper::base
