#include "engine/pipeline/request_limits.hpp"

#include "engine/base/text.hpp"

#include <chrono>

namespace innkeeper::pipeline {

namespace {

constexpr std::string_view own_policy = "contract";

/// Appends an item with two parameters to a list (RFC 9651).
void append_limit(std::string& list, std::string_view policy, std::string_view first, std::int64_t value, std::string_view second,
                  std::int64_t other) {
  list.append(list.empty() ? "\"" : ", \"").append(policy).append("\"").append(first);
  base::append_number(list, value);
  base::append_number(list.append(second), other);
}

/// A principal as a contract's limit knows it: with one key it is not who it is with another.
std::string name_of(const Principal& who) {
  std::string name;
  for (const auto part : {static_cast<std::int64_t>(who.kind), number(who.id), number(who.key)})
    name.append(std::to_string(part)).append(1, ':');
  return name;
}

}  // namespace

Result<void> RequestLimits::charge_address(std::string_view address, std::uint64_t ticks) {
  subscriber_ = rate_limits_.subscriber_of(address);
  return subscriber_ ? note(rate_limits_.charge_address(*subscriber_, ticks, is_counted_)) : Result<void>{};
}

Result<void> RequestLimits::begin_sign_in(std::string_view account, std::uint64_t ticks) {
  if (!subscriber_) return {};
  failures_before_ = rate_limits_.failures();
  if (auto may = note(rate_limits_.refuse_sign_in(*subscriber_, account, ticks)); !may) return may;
  account_ = account;
  is_known_good_ = false;
  return {};
}

Result<void> RequestLimits::judge_sign_in(Result<void> outcome, std::uint64_t ticks) {
  if (!account_) return outcome;
  if (sign_in_refusal_) return *sign_in_refusal_;
  const bool has_failed = !outcome && outcome.error().code == Errc::unauthenticated;
  if (has_failed ? is_failure_charged_ : is_known_good_) return outcome;
  std::optional<base::RateLimits::Charge> met;
  if (has_failed) {
    is_failure_charged_ = true;
    met = rate_limits_.charge_failure(*subscriber_, *account_, ticks);
  } else if (rate_limits_.failures() != failures_before_) {
    met = rate_limits_.refuse_sign_in(*subscriber_, *account_, ticks);
  }
  if (auto may = note(met); !may) {
    sign_in_refusal_ = may.error();
    return may;
  }
  is_known_good_ = outcome.has_value();
  return outcome;
}

Result<void> RequestLimits::charge_principal(const Context& context, const Dialect& dialect) {
  const auto& who = context.principal;
  const auto now = context.ticks;
  if (auto charged = note(rate_limits_.charge_key(who.key, who.rate_quota, who.rate_window, now, is_counted_)); !charged)
    return charged;
  if (auto charged = note(rate_limits_.charge_member(who.member(), now, is_counted_)); !charged) return charged;
  if (auto charged = note(rate_limits_.charge_app(who.app(), now, is_counted_)); !charged) return charged;
  if (auto charged = note(rate_limits_.charge_tenant(who.tenant, now, is_counted_)); !charged) return charged;
  if (who.kind == Principal::Kind::nobody || dialect.rate == nullptr) return {};
  return charge_contract(context, dialect, name_of(who), is_counted_);
}

Result<void> RequestLimits::charge_account(const Context& context, const Dialect& dialect, std::string_view account) {
  if (dialect.rate == nullptr) return {};
  // No principal's name begins like this.
  return charge_contract(context, dialect, std::string{"account:"}.append(account), /*is_counted=*/false);
}

Result<void> RequestLimits::charge_contract(const Context& context, const Dialect& dialect, std::string_view whom,
                                            bool is_counted) {
  return note(rate_limits_.charge_contract(dialect.name, dialect.rate(context), whom, context.ticks, is_counted));
}

Result<void> RequestLimits::note(const std::optional<base::RateLimits::Charge>& charge) {
  if (!charge) return {};
  charges_.push_back(*charge);
  if (charge->decision.is_allowed) return {};
  return Error{.code = Errc::rate_limited,
               .reason = Reason{"rate.limited"},
               .detail = "too many requests",
               .retry_after = charge->decision.reset};
}

void RequestLimits::write_headers(Headers& headers, RateHeaders format, Instant now) const {
  if (charges_.empty()) return;
  switch (format) {
    case RateHeaders::none:
      return;
    case RateHeaders::fields: {
      std::string policies;
      std::string limits;
      constexpr std::size_t usual_length = 96;
      policies.reserve(usual_length);
      limits.reserve(usual_length);
      for (const auto& [policy, limit, decision] : charges_) {
        append_limit(policies, policy, ";q=", limit.quota, ";w=", limit.window.count());
        append_limit(limits, policy, ";r=", decision.remaining, ";t=", decision.reset.count());
      }
      headers.set(header::rate_limit_policy, policies);
      headers.set(header::rate_limit, limits);
      return;
    }
    case RateHeaders::x_ratelimit:
      for (const auto& [policy, limit, decision] : charges_) {
        if (policy != own_policy) continue;
        const auto reset = std::chrono::ceil<std::chrono::seconds>(now) + decision.reset;
        headers.set("X-RateLimit-Limit", std::to_string(limit.quota));
        headers.set("X-RateLimit-Remaining", std::to_string(decision.remaining));
        headers.set("X-RateLimit-Reset", std::to_string(reset.time_since_epoch().count()));
      }
  }
}

}  // namespace innkeeper::pipeline
