#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper::usages {

struct Report {
  Id app{};
  std::int64_t month = 0;  ///< As `Usage::month`.
  std::int64_t signaling = 0;
  std::int64_t turn_bytes = 0;
  std::int64_t sfu_bytes = 0;
};
Result<Nothing> do_add(Transaction&, const Context&, const Report&);

/// Adds to an app's counters of a month. Errors: `not_found` with `reason::app_unknown`.
inline constexpr Operation<Report, Nothing> add{"usages.add", Access::write, do_add};

}  // namespace innkeeper::usages
