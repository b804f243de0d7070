#pragma once

#include <innkeeper/rates.hpp>

#include <cstdint>

namespace innkeeper {

/// How a quota is refilled: continuously, or all of it at the end of a window that begins with its first request.
enum class RateWindow : std::uint8_t { sliding, fixed };

/// A rate limit of a contract, beside `Rates`. A quota of 0 is no limit.
struct ContractRate {
  RateLimit limit{};
  RateWindow window = RateWindow::sliding;
};

}  // namespace innkeeper
