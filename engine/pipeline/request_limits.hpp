#pragma once

#include <innkeeper/contract/dialect.hpp>

#include "engine/base/rate_limits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace innkeeper::pipeline {

/// The rate limits that one request meets. `ticks` is of `Clock::ticks`. Errors of all charges: `rate_limited`.
class RequestLimits {
 public:
  /// `is_counted`: the limits that need no body were charged already, when the request's head was examined.
  RequestLimits(base::RateLimits& rate_limits, bool is_counted) : rate_limits_(rate_limits), is_counted_(is_counted) {}

  /// Who sent the request counts from here on, if anybody counts by address.
  Result<void> charge_address(std::string_view address, std::uint64_t ticks);
  /// The request counts as an attempt to sign in as an account; "" names none. Errors: also if too many have failed.
  Result<void> begin_sign_in(std::string_view account, std::uint64_t ticks);
  /// What the attempt comes to, if it was one, by what authentication says. A failure is charged, once. If others have failed too
  /// often meanwhile, nobody hears whether this one was good: so as many at once as there may be learn no more than one after
  /// another. To be called where authentication was decided, with no step between that may wait.
  Result<void> judge_sign_in(Result<void> outcome, std::uint64_t ticks);
  /// The limits of the context's principal: of its key or member, its app, its tenant, and the contract's own.
  Result<void> charge_principal(const Context&, const Dialect&);
  /// The contract's own limit for an account. The account stands in the body, so it was never counted before.
  Result<void> charge_account(const Context&, const Dialect&, std::string_view account);

  /// Says what is left of all that was charged.
  void write_headers(Headers&, RateHeaders, Instant now) const;

 private:
  Result<void> note(const std::optional<base::RateLimits::Charge>&);
  Result<void> charge_contract(const Context&, const Dialect&, std::string_view whom, bool is_counted);

  base::RateLimits& rate_limits_;
  const bool is_counted_;
  std::vector<base::RateLimits::Charge> charges_;
  std::optional<base::Address> subscriber_;
  std::optional<std::string> account_;  ///< Of an attempt to sign in.
  std::uint64_t failures_before_ = 0;   ///< `RateLimits::failures` when it began.
  bool is_known_good_ = false;
  bool is_failure_charged_ = false;
  std::optional<Error> sign_in_refusal_;
};

}  // namespace innkeeper::pipeline
