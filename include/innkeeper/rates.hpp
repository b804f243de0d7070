#pragma once

#include <chrono>
#include <cstdint>

namespace innkeeper {

/// So many requests per window, refilled evenly, and as many at once. A quota of 0 is no limit.
struct RateLimit {
  std::int64_t quota = 0;
  std::chrono::seconds window{60};
};

/// How a quota comes back: evenly, or all of it when a window ends that began with its first request.
enum class RateWindow : std::uint8_t { sliding, fixed };

/// How often the contracts may be called, all of them together, by default not limited. A key may have a limit of its own in
/// place of `key`. What is counted is kept in memory: two processes over one store count apart. An address of IPv6 stands for its
/// network of 64 bits; who comes without one, over a Unix socket say, is not counted by address.
struct Rates {
  RateLimit key{};
  RateLimit app{};
  RateLimit tenant{};   ///< All that its operators and apps ask.
  RateLimit address{};  ///< Counted before anybody is known.
  /// Credentials that were not good, from one address for one account, as far as they name one. From one address for all accounts
  /// it is ten times as many. Those that are good are not counted, but until then none is looked at.
  RateLimit failures{};
};

/// A limit that a contract has of its own, beside `Rates`. A quota of 0 is none.
struct ContractRate {
  RateLimit limit{};
  RateWindow window = RateWindow::sliding;
};

}  // namespace innkeeper
