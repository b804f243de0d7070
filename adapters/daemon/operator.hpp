#pragma once

#include "adapters/daemon/settings.hpp"

#include <string>
#include <vector>

namespace innkeeper::daemon {

struct WantedOperator {
  std::string name{};
  std::string tenant{};               ///< Its uid, or its name if no other tenant has that; empty: an operator over all tenants.
  std::vector<std::string> scopes{};  ///< With commas or blanks between them; none: everything.
};

/// Makes an operator and prints its secret as a line of JSON, before it is stored: what could not be printed does not count.
/// Returns the process's exit status.
int create_operator(const Settings&, const WantedOperator&);

}  // namespace innkeeper::daemon
