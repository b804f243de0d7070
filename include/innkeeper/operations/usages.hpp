#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::usages {

struct Report {
  Id app{};
  std::int64_t month = 0;      ///< As `Usage::month`.
  std::int64_t signaling = 0;  ///< These three as in `Usage`.
  std::int64_t turn_bytes = 0;
  std::int64_t sfu_bytes = 0;
};

/// Adds to an app's counters of a month. Errors: `not_found` with `reason::app_unknown`.
extern const Operation<Report, Nothing> add;

}  // namespace innkeeper::usages
