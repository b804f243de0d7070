#pragma once

#include <chrono>
#include <cstdint>

namespace innkeeper {

/// So many requests per window, refilled evenly, and as many at once. A quota of 0 is no limit.
struct RateLimit {
  std::int64_t quota = 0;
  std::chrono::seconds window{60};
};

/// How often contracts that have limits may be called, by default not limited. A key may have a limit of its own in place of
/// `key`. What is counted is kept in memory: two processes over one store count apart.
struct Rates {
  RateLimit key{};
  RateLimit app{};
  RateLimit address{};  ///< Counted before anybody is known.
};

}  // namespace innkeeper
