#pragma once

#include <innkeeper/result.hpp>

#include <string_view>

namespace innkeeper::daemon {

/// Exit statuses of the process.
inline constexpr int exit_failure = 1;
inline constexpr int exit_master_key = 2;
inline constexpr int exit_usage = 64;

/// Tells the user on standard error: `innkeeperd: WHAT: WHY`, a line for each violation. Returns the exit status.
int complain(const Error&, std::string_view what = {});

}  // namespace innkeeper::daemon
