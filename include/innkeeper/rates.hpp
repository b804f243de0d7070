#pragma once

#include <chrono>
#include <cstdint>

namespace innkeeper {

/// A token bucket: `quota` requests per window, refilled evenly, and as many at once. A quota of 0 is no limit.
struct RateLimit {
  std::int64_t quota = 0;
  std::chrono::seconds window{60};
};

/// Rate limits over all contracts together; by default there are none. A key may have a limit of its own in place of `key`.
/// Counters are kept in memory: two processes over one store count separately. An IPv6 address counts as its /64 network;
/// requests without an address, such as those over a Unix socket, are not counted by address.
struct Rates {
  RateLimit key{};  ///< Also of each member who calls.
  RateLimit app{};
  RateLimit tenant{};   ///< All requests of its operators and apps.
  RateLimit address{};  ///< Counted before authentication.
  /// Failed authentications from one address for one account, if the credentials name one; ten times as many from one address for
  /// all accounts. Once the limit is reached, no credentials are checked, not even valid ones, until it refills; who shows some
  /// while others reach it is not told whether they are valid. Successes are not counted.
  RateLimit failures{};
};

}  // namespace innkeeper
