#pragma once

#include <innkeeper/message.hpp>
#include <innkeeper/operation.hpp>
#include <innkeeper/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// What answers of this contract have in common (§3): the envelope, the error page and its codes.
namespace innkeeper::dialects::enablex {

/// A fault in a request, under one of the contract's own codes.
Error fault(std::string_view code, std::string sentence);

namespace reason {
/// No usable Basic credentials came with the request; the contract tells that apart from wrong ones.
inline constexpr Reason credentials_missing{"enablex.credentials_missing"};
/// A room may not be changed (any more).
inline constexpr Reason room_fixed{"enablex.room_fixed"};
}  // namespace reason

void say_json(Response&);
/// `{"result":0}` and nothing else.
void write_done(Response&);
void render_error(const Error&, const Context&, Response&);
std::string error_schema();
/// The schema of a success with one member, whose schema is given.
std::string envelope_schema(std::string_view title, std::string_view member, std::string_view schema);
std::string done_schema();

}  // namespace innkeeper::dialects::enablex
