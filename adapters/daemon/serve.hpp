#pragma once

#include "adapters/daemon/settings.hpp"

namespace innkeeper::daemon {

/// Serves until SIGTERM or SIGINT, then answers what was accepted and returns 0 within five seconds; a second signal ends the
/// process at once. Prints `listening on URL` for each listener once it is ready. Returns the process's exit status.
int serve(const Settings&);

}  // namespace innkeeper::daemon
