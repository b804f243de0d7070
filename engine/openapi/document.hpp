#pragma once

#include <innkeeper/contract/dialect.hpp>

#include <string>
#include <string_view>

namespace innkeeper::openapi {

/// The OpenAPI 3.1 document of a dialect mounted under a prefix, as compact JSON: its routes, in the order of its table, and
/// nothing else. A route that only repeats another with a slash at its end is left out. Schemas with a title stand in it once;
/// one whose title already stands for another is written where it is used. What a route does not tell of its errors is told by
/// `4XX` and `default`.
std::string render(const Dialect&, std::string_view prefix = {});

}  // namespace innkeeper::openapi
