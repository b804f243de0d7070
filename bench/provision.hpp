#pragma once

#include <string>

namespace bench {

/// What it costs to make rooms and join tokens, each on disk when it is answered, for 64 callers, beside a bare row through the
/// store. The database is made in `folder`.
void measure_provisioning(const std::string& folder, bool is_quick);

}  // namespace bench
