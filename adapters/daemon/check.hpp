#pragma once

#include "adapters/daemon/settings.hpp"

namespace innkeeper::daemon {

/// Reads the whole database, also beside a running daemon, and prints `ok`, or what is wrong with it. Returns the process's exit
/// status.
int check_database(const Settings&);

}  // namespace innkeeper::daemon
