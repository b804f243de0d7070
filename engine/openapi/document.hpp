#pragma once

#include <innkeeper/dialect.hpp>

#include <string>

namespace innkeeper::openapi {

/// The OpenAPI 3.1 document of a dialect, as compact JSON: its routes, in the order of its table, and nothing else.
std::string render(const Dialect&);

}  // namespace innkeeper::openapi
