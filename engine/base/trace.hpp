#pragma once

#include <optional>
#include <string_view>

namespace innkeeper::base {

/// The 55 characters of a `traceparent` field that version 00 of W3C Trace Context (level 1, §§3.2 and 4.3) knows: version,
/// trace, parent and flags, in lower-case hexadecimal. In version 00 nothing may follow; in a higher one a hyphen and anything,
/// which is left out. Nothing for any other text: the caller then begins a trace of its own.
std::optional<std::string_view> valid_traceparent(std::string_view);

}  // namespace innkeeper::base
