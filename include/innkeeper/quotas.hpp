#pragma once

#include <cstdint>

namespace innkeeper {

/// How many there may be; 0 is no limit.
struct Quotas {
  std::int64_t rooms = 0;
  std::int64_t members = 0;
  std::int64_t keys = 0;
  std::int64_t devices = 0;
  std::int64_t tokens = 0;
  std::int64_t events = 0;
  std::int64_t bytes = 0;
};

/// The quotas of apps and tenants that have none of their own.
struct DefaultQuotas {
  Quotas app{.events = 5'000'000, .bytes = std::int64_t{8} << 30};
  Quotas tenant{.events = 50'000'000, .bytes = std::int64_t{64} << 30};  ///< All that its apps and operators have.
};

}  // namespace innkeeper
