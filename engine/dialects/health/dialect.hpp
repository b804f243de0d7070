#pragma once

#include <innkeeper/contract/dialect.hpp>

/// What belongs to no contract: the health checks, and the answer where nobody owns a path (RFC 9457).
namespace innkeeper::health {

extern const Dialect dialect;

}  // namespace innkeeper::health
