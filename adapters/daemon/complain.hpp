#pragma once

#include <innkeeper/result.hpp>

#include <string_view>

namespace innkeeper::daemon {

/// Exit statuses of the process, beside 0 and, where a second signal ends it, 128 and the signal's number.
inline constexpr int exit_failure = 1;
inline constexpr int exit_master_key = 2;
inline constexpr int exit_usage = 64;

struct ExitStatus {
  int code;
  std::string_view meaning;
};
inline constexpr ExitStatus exit_statuses[] = {
    {0, "it was done"},
    {exit_failure, "it could not be done; standard error says why"},
    {exit_master_key, "the master key is missing, wrong or exposed"},
    {exit_usage, "the command line or a setting is wrong; nothing was made or changed"},
};

/// Tells the user on standard error: `innkeeperd: WHAT: WHY`, a line for each violation. Returns the exit status.
int complain(const Error&, std::string_view what = {});

}  // namespace innkeeper::daemon
