#pragma once

#include <innkeeper/contract/bodies.hpp>
#include <innkeeper/message.hpp>
#include <innkeeper/operation.hpp>
#include <innkeeper/result.hpp>

#include <string>
#include <string_view>

/// What answers of this contract have in common: the error page (§1.1, §2.1) and the headers.
namespace innkeeper::dialects::skyway {

inline constexpr std::string_view invalid_body = "Invalid request body";

namespace reason {
/// A call to the identity service without a good token or credential; the app service words it otherwise.
inline constexpr Reason identity_unauthenticated{"skyway.identity_unauthenticated"};
}  // namespace reason

/// A text that is no JSON object is one more invalid body to this contract.
inline constexpr contract::BodyFormat body_format{.is_blank_none = true, .fault = Errc::invalid};

void set_json_type(Response&);
void render_error(const Error&, const Context&, Response&);
void finish(const Context&, Response&);
std::string error_schema();

}  // namespace innkeeper::dialects::skyway
