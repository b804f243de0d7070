#pragma once

#include <innkeeper/json/parse.hpp>

#include <span>
#include <string>
#include <string_view>

/// Error messages for a value that is not one of an enumeration: they name the allowed values and the given one.
namespace innkeeper::json {

/// `, not "x"`, cut where the word is long.
std::string not_this(std::string_view word);

/// `must be one of a, b, not "x"`.
std::string must_be_one_of(std::span<const std::string_view> words, std::string_view given);
/// The same of a value, which is not named if it is no string.
std::string must_be_one_of(std::span<const std::string_view> words, View given);

}  // namespace innkeeper::json
