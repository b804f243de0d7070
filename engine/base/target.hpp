#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace innkeeper::base {

/// A request target in origin form, cut at the question mark (RFC 9112 §3.2.1). Both parts are as they came.
struct Target {
  std::string_view path;
  std::string_view query;
};
Target split_target(std::string_view target);

/// Nothing for an incomplete or non-hexadecimal escape (RFC 3986 §2.1).
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank = false);

/// All but unreserved characters as escapes (RFC 3986 §2.3).
std::string percent_encoded(std::string_view text);

/// Whether a path is that of a prefix or below it: `/apps` is a prefix of `/apps/7`, and not of `/appstore`.
bool is_path_prefix(std::string_view prefix, std::string_view path);

}  // namespace innkeeper::base
