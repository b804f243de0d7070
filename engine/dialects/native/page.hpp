#pragma once

#include <innkeeper/contract/dialect.hpp>

#include <string>

/// What went wrong, as RFC 9457 has it: `code`, `request_id`, and in `errors` each field that is wrong.
namespace innkeeper::dialects::native {

void render_error(const Error&, const Context&, Response&);
std::string error_schema();

/// What a header or a query parameter is wrong with; the violation's field is `?` and its name.
Error bad_parameter(std::string_view name, std::string sentence);

}  // namespace innkeeper::dialects::native
