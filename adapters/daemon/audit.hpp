#pragma once

#include "adapters/daemon/settings.hpp"

#include <string>

namespace innkeeper::daemon {

/// Checks the chain of the audit trail and prints `rows N, head HEX`. A head that was noted earlier, if not empty, must be in it.
int verify_audit(const Settings&, const std::string& head);

/// Writes the audit trail, a JSON object a line; to standard output where the path is empty or `-`.
int export_audit_file(const Settings&, const std::string& path);

}  // namespace innkeeper::daemon
