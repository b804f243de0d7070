#pragma once

#include "fill.hpp"

#include <chrono>
#include <string>

namespace bench {

/// What ten times as many callers as an engine lets in do to those that get in. Prints a row for the callers that fill its places
/// just so, and two for each crowd: those that were answered, those that were refused.
void measure_overload(const std::string& path, const innkeeper::MasterKey& key, const Tenant& tenant,
                      std::chrono::milliseconds time, int rounds);

}  // namespace bench
