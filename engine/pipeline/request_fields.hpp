#pragma once

#include <innkeeper/dialect.hpp>

#include <memory>

/// What the fields of a request must be like, whatever brought it and whatever it asks for.
namespace innkeeper::pipeline {

/// The body has a content coding, and none is undone here.
inline constexpr Reason coded_body{"body.content_coding"};

/// Whether each field that has one value stands once (RFC 9110 §5.3): two readers could take two values for the one. Errors:
/// `malformed` with reason `field.repeated`.
Result<void> require_single_fields(const Headers&);

/// The handler's job for a request. A body in a content coding is refused when it is the body's turn: `unsupported_media` with
/// reason `coded_body`.
std::unique_ptr<Job> decode(const Handler&, const Call&);

}  // namespace innkeeper::pipeline
