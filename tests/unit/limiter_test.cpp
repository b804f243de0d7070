#include "engine/base/limiter.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <random>
#include <thread>
#include <vector>

using namespace innkeeper;
using namespace std::chrono_literals;
using base::Limiter;
using base::Rate;

namespace {

constexpr auto key = Limiter::Kind::key;
constexpr std::uint64_t second = 1'000'000;

constexpr auto address = Limiter::Kind::address;

Limiter::Name nth(std::uint64_t n) { return Limiter::name_of(n); }

std::int64_t allowed_at(Limiter& limiter, const Rate& rate, std::uint64_t now) {
  std::int64_t count = 0;
  while (limiter.charge(key, nth(1), rate, now).is_allowed) ++count;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limiter_of_requests)

BOOST_AUTO_TEST_CASE(a_quota_is_allowed_at_once_and_then_no_more) {
  Limiter limiter;
  const Rate rate{3, 60s};
  for (std::int64_t left = 2; left >= 0; --left) {
    const auto decision = limiter.charge(key, nth(1), rate, 5);
    BOOST_TEST(decision.is_allowed);
    BOOST_TEST(decision.remaining == left);
    BOOST_TEST((decision.reset == 20s * (3 - left)));
  }
  const auto refused = limiter.charge(key, nth(1), rate, 5);
  BOOST_TEST(!refused.is_allowed);
  BOOST_TEST(refused.remaining == 0);
  BOOST_TEST((refused.reset == 20s));
}

BOOST_AUTO_TEST_CASE(a_refusal_says_when_one_is_allowed_again_and_takes_nothing) {
  Limiter limiter;
  const Rate rate{2, 10s};
  BOOST_TEST(allowed_at(limiter, rate, 0) == 2);
  for (std::uint64_t now = 0; now < 5 * second; now += second / 4) {
    const auto refused = limiter.charge(key, nth(1), rate, now);
    BOOST_TEST(!refused.is_allowed);
    // Rounded up: who waits so long is not refused again.
    BOOST_TEST(refused.reset.count() == static_cast<std::int64_t>((5 * second - now + second - 1) / second));
  }
  BOOST_TEST(!limiter.charge(key, nth(1), rate, 5 * second - 1).is_allowed);
  BOOST_TEST(limiter.charge(key, nth(1), rate, 5 * second).is_allowed);
}

BOOST_AUTO_TEST_CASE(refilling_is_exact_to_the_microsecond) {
  Limiter limiter;
  const Rate rate{7, 3s};  // one in 428571 3/7 µs
  BOOST_TEST(allowed_at(limiter, rate, 0) == 7);
  for (std::uint64_t n = 1; n <= 70; ++n) {
    const auto due = (n * 3 * second + 6) / 7;
    BOOST_TEST(!limiter.charge(key, nth(1), rate, due - 1).is_allowed);
    BOOST_TEST(limiter.charge(key, nth(1), rate, due).is_allowed);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_or_won_however_often_a_bucket_is_asked) {
  std::mt19937_64 random{8};
  for (const Rate rate : {Rate{2, 1s}, Rate{7, 3s}, Rate{999, 1s}, Rate{86'399, 86'400s}, Rate{3'000'000, 2s}}) {
    Limiter limiter;
    const auto window = static_cast<std::uint64_t>(rate.window.count()) * second;
    std::int64_t allowed = allowed_at(limiter, rate, 0);
    BOOST_TEST(allowed == rate.quota);
    std::uint64_t now = 0;
    for (int i = 0; i < 5'000; ++i) {
      now += random() % (window / static_cast<std::uint64_t>(rate.quota) + 2);
      allowed += allowed_at(limiter, rate, now);
    }
    const auto refilled = static_cast<std::int64_t>(static_cast<long double>(now) * static_cast<long double>(rate.quota) /
                                                    static_cast<long double>(window));
    BOOST_TEST(allowed == rate.quota + refilled);
  }
}

BOOST_AUTO_TEST_CASE(a_bucket_is_never_fuller_than_its_quota) {
  Limiter limiter;
  const Rate rate{4, 2s};
  BOOST_TEST(allowed_at(limiter, rate, 0) == 4);
  BOOST_TEST(allowed_at(limiter, rate, 100 * second) == 4);
  BOOST_TEST(allowed_at(limiter, rate, 101 * second) == 2);
}

BOOST_AUTO_TEST_CASE(a_fixed_window_begins_with_its_first_request_and_gives_all_back_at_its_end) {
  Limiter limiter;
  const Rate rate{3, 10s, RateWindow::fixed};
  BOOST_TEST((limiter.peek(key, nth(1), rate, 0).reset == 0s));
  constexpr auto start = 100 * second;
  for (std::int64_t left = 2; left >= 0; --left) {
    const auto decision = limiter.charge(key, nth(1), rate, start + static_cast<std::uint64_t>(2 - left) * second);
    BOOST_TEST(decision.is_allowed);
    BOOST_TEST(decision.remaining == left);
    BOOST_TEST((decision.reset == 8s + std::chrono::seconds{left}));
  }
  BOOST_TEST(!limiter.charge(key, nth(1), rate, start + 10 * second - 1).is_allowed);
  BOOST_TEST((limiter.peek(key, nth(1), rate, start + 10 * second - 1).reset == 1s));
  BOOST_TEST(allowed_at(limiter, rate, start + 17 * second) == 3);
  // The next began with its own first request, not where the one before ended.
  BOOST_TEST(!limiter.charge(key, nth(1), rate, start + 26 * second).is_allowed);
  BOOST_TEST(limiter.charge(key, nth(1), rate, start + 27 * second).is_allowed);
}

BOOST_AUTO_TEST_CASE(a_fixed_window_counts_on_when_the_clock_stands_still_or_goes_back) {
  Limiter limiter;
  const Rate rate{2, 10s, RateWindow::fixed};
  BOOST_TEST(limiter.charge(key, nth(1), rate, 50 * second).is_allowed);
  BOOST_TEST(limiter.charge(key, nth(1), rate, 40 * second).is_allowed);
  BOOST_TEST((limiter.charge(key, nth(1), rate, 40 * second).reset == 10s));
  BOOST_TEST(!limiter.charge(key, nth(1), rate, 50 * second).is_allowed);
}

BOOST_AUTO_TEST_CASE(a_look_takes_nothing_and_makes_no_bucket) {
  Limiter limiter;
  const Rate rate{2, 10s};
  for (int i = 0; i < 5; ++i) {
    const auto decision = limiter.peek(key, nth(1), rate, 0);
    BOOST_TEST(decision.is_allowed);
    BOOST_TEST(decision.remaining == 2);
    BOOST_TEST((decision.reset == 0s));
  }
  BOOST_TEST(limiter.size() == 0U);
  limiter.charge(key, nth(1), rate, 0);
  BOOST_TEST(limiter.peek(key, nth(1), rate, 0).remaining == 1);
  BOOST_TEST((limiter.peek(key, nth(1), rate, 0).reset == 5s));
  limiter.charge(key, nth(1), rate, 0);
  BOOST_TEST(!limiter.peek(key, nth(1), rate, 0).is_allowed);
  BOOST_TEST((limiter.peek(key, nth(1), rate, 0).reset == 5s));
}

BOOST_AUTO_TEST_CASE(keys_apps_and_addresses_do_not_share_buckets) {
  Limiter limiter;
  const Rate rate{1, 10s};
  BOOST_TEST(limiter.charge(key, nth(1), rate, 0).is_allowed);
  BOOST_TEST(limiter.charge(key, nth(2), rate, 0).is_allowed);
  BOOST_TEST(limiter.charge(Limiter::Kind::app, nth(1), rate, 0).is_allowed);
  BOOST_TEST(limiter.charge(address, nth(1), rate, 0).is_allowed);
  BOOST_TEST(limiter.charge(address, nth(2), rate, 0).is_allowed);
  BOOST_TEST(!limiter.charge(address, nth(1), rate, 0).is_allowed);
  BOOST_TEST(!limiter.peek(address, nth(2), rate, 0).is_allowed);
  BOOST_TEST(!limiter.charge(key, nth(1), rate, 0).is_allowed);
}

BOOST_AUTO_TEST_CASE(a_new_rate_keeps_the_number_that_was_taken) {
  Limiter limiter;
  for (int i = 0; i < 6; ++i) limiter.charge(key, nth(1), {10, 60s}, 0);
  BOOST_TEST(limiter.peek(key, nth(1), {100, 3600s}, 0).remaining == 94);
  BOOST_TEST(limiter.peek(key, nth(1), {10, 1s}, 0).remaining == 4);
  // A lower quota counts no debt beyond itself: one is allowed again after a fifth of a window.
  BOOST_TEST((limiter.charge(key, nth(1), {5, 50s}, 0).reset == 10s));
  BOOST_TEST(limiter.charge(key, nth(1), {5, 50s}, 10 * second).is_allowed);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_read_out_of_order_refills_nothing_twice) {
  Limiter limiter;
  const Rate rate{1, 1s};
  BOOST_TEST(limiter.charge(key, nth(1), rate, 10 * second).is_allowed);
  BOOST_TEST(!limiter.charge(key, nth(1), rate, 9 * second).is_allowed);
  BOOST_TEST(!limiter.charge(key, nth(1), rate, 11 * second - 1).is_allowed);
  BOOST_TEST(limiter.charge(key, nth(1), rate, 11 * second).is_allowed);
}

BOOST_AUTO_TEST_CASE(no_rate_and_no_time_overflows) {
  constexpr auto latest = std::numeric_limits<std::uint64_t>::max();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto longest = std::chrono::seconds::max();
  for (const Rate rate : {Rate{most, 1s}, Rate{most, longest}, Rate{1, longest}}) {
    Limiter limiter;
    const auto decision = limiter.charge(key, nth(1), rate, 0);
    BOOST_TEST(decision.is_allowed);
    BOOST_TEST(decision.remaining == rate.quota - 1);
    BOOST_TEST(decision.reset.count() > 0);
    limiter.charge(key, nth(1), {most, longest}, 1);
    limiter.charge(key, nth(1), {1, 1s}, 1);
    BOOST_TEST(limiter.charge(key, nth(1), rate, std::uint64_t{1} << 63U).is_allowed);
    BOOST_TEST(limiter.peek(key, nth(1), {most, 1s}, latest).remaining == most);
  }
}

BOOST_AUTO_TEST_CASE(no_quota_allows_nothing) {
  Limiter limiter;
  for (std::int64_t quota : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
    const auto decision = limiter.charge(key, nth(1), {quota, 30s}, 0);
    BOOST_TEST(!decision.is_allowed);
    BOOST_TEST(decision.remaining == 0);
    BOOST_TEST((decision.reset == 30s));
  }
  BOOST_TEST(allowed_at(limiter, {2, 0s}, 0) == 2);
  BOOST_TEST(!limiter.charge(key, nth(1), {2, -5s}, second / 2 - 1).is_allowed);
  BOOST_TEST(limiter.charge(key, nth(1), {2, -5s}, second / 2).is_allowed);
}

BOOST_AUTO_TEST_CASE(four_threads_together_get_the_quota_and_no_more) {
  Limiter limiter;
  const Rate rate{10'000, 100s};
  std::atomic<std::uint64_t> now{0};
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      // 40,000 requests in the first second, each at a µs of its own.
      for (int request = 0; request < 10'000; ++request)
        if (limiter.charge(key, nth(1), rate, now.fetch_add(25)).is_allowed) ++allowed;
    });
  for (auto& each : threads) each.join();
  BOOST_TEST(allowed.load() == 10'000 + 99);  // the last one at 999,975 µs
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_whatever_addresses_come) {
  Limiter limiter;
  const Rate rate{60, 60s};
  BOOST_TEST(allowed_at(limiter, rate, 0) == 60);
  for (int i = 0; i < 60; ++i) limiter.charge(address, nth(0), rate, 0);
  std::size_t largest = 0;
  for (std::uint64_t n = 1; n <= 300'000; ++n) {
    BOOST_REQUIRE(limiter.charge(address, nth(n), rate, n).is_allowed);
    if (n % 1'000 == 0) largest = std::max(largest, limiter.size());
  }
  BOOST_TEST(largest <= Limiter::most);
  BOOST_TEST(largest > Limiter::most / 10);
  // Neither the key nor the address that had used up theirs is forgotten.
  BOOST_TEST(!limiter.charge(key, nth(1), rate, 300'000).is_allowed);
  BOOST_TEST(!limiter.charge(address, nth(0), rate, 300'000).is_allowed);
}

BOOST_AUTO_TEST_CASE(full_buckets_do_not_stay) {
  Limiter limiter;
  const Rate rate{1, 1s};
  for (std::uint64_t n = 0; n < 20'000; ++n) limiter.charge(address, nth(n), rate, 0);
  BOOST_TEST(limiter.size() == 20'000U);
  for (std::uint64_t n = 0; n < 60'000; ++n) limiter.charge(address, nth(n), rate, (n + 2) * second);
  BOOST_TEST(limiter.size() < 2'000U);
}

BOOST_AUTO_TEST_SUITE_END()
