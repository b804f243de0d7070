#pragma once

#include "adapters/daemon/settings.hpp"

#include <string>

namespace innkeeper::daemon {

/// Both return the process's exit status. `-` is standard input and output.
int import_file(const Settings&, const std::string& path);
int export_file(const Settings&, const std::string& path, bool with_secrets);

}  // namespace innkeeper::daemon
