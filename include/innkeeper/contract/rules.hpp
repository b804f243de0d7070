#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

/// The rules that fields of a request body meet, and what is said where they do not.
namespace innkeeper::contract {

// ---- what is said of failures -----------------------------------------------------------------------------------------------

/// The message and code for a field that has the wrong type or breaks a rule without a message of its own. An empty message or
/// code means the default.
struct Fault {
  std::string_view sentence{};
  std::string_view code{};
};
constexpr Fault fault(std::string_view sentence, std::string_view code = {}) { return {sentence, code}; }
constexpr Fault code(std::string_view vendor_code) { return {{}, vendor_code}; }

/// The message and code for a required field that is absent, where they differ from those of its other failures.
struct Missing {
  Fault fault{};
};
constexpr Missing missing(std::string_view sentence, std::string_view code = {}) { return {{sentence, code}}; }

enum class Presence : std::uint8_t { optional, required };
inline constexpr Presence required = Presence::required;

// ---- rules -------------------------------------------------------------------------------------------------------------------

/// The unit in which the length of a string is counted.
enum class Unit : std::uint8_t { code_points, utf16, bytes };

/// The upper limit of a rule that has none.
inline constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

/// A validation rule. As in JSON Schema, a rule applies to values of its own JSON type only and accepts all others: the codec
/// checks the type.
struct Rule {
  enum class Test : std::uint8_t {
    at_least,  ///< Length of a string, in `unit`.
    at_most,
    items_at_least,
    items_at_most,
    members_at_most,
    names_at_most,   ///< Length of each member's name, in `unit`.
    values_at_most,  ///< Length of each member's value, if that is a string or a number, in `unit`.
    json_at_most,    ///< Bytes of any value as compact JSON.
    within,          ///< An integer from `low` to `high`.
    one_of,
    matching,
  };
  Test test{};
  bool is_of_elements = false;  ///< It applies to each element of an array.
  bool names_element = false;   ///< A failure names the element: `/devices/0`.
  bool takes_texts = false;     ///< `within` tests integers only, in texts too.
  Unit unit = Unit::code_points;
  std::int64_t low = 0;
  std::int64_t high = no_limit;
  std::span<const std::string_view> words{};
  bool (*is_valid)(std::string_view) = nullptr;
  std::string_view form{};  ///< Describes a valid string, such as `a word in lower case`.
  Fault fault{};

  constexpr Rule says(std::string_view sentence, std::string_view vendor_code = {}) const {
    auto changed = *this;
    changed.fault = {sentence, vendor_code};
    return changed;
  }
  constexpr Rule coded(std::string_view vendor_code) const { return says({}, vendor_code); }
};

/// The minimum length of a string.
constexpr Rule at_least(std::int64_t limit, Unit unit = Unit::code_points) {
  return {.test = Rule::Test::at_least, .unit = unit, .low = limit};
}
/// The maximum length of a string.
constexpr Rule at_most(std::int64_t limit, Unit unit = Unit::code_points) {
  return {.test = Rule::Test::at_most, .unit = unit, .high = limit};
}
/// The minimum and maximum number of elements of an array.
constexpr Rule items_at_least(std::int64_t limit) { return {.test = Rule::Test::items_at_least, .low = limit}; }
constexpr Rule items_at_most(std::int64_t limit) { return {.test = Rule::Test::items_at_most, .high = limit}; }
/// The maximum number of members of an object, and the maximum lengths of their names and values.
constexpr Rule members_at_most(std::int64_t limit) { return {.test = Rule::Test::members_at_most, .high = limit}; }
constexpr Rule names_at_most(std::int64_t limit, Unit unit = Unit::code_points) {
  return {.test = Rule::Test::names_at_most, .unit = unit, .high = limit};
}
constexpr Rule values_at_most(std::int64_t limit, Unit unit = Unit::code_points) {
  return {.test = Rule::Test::values_at_most, .unit = unit, .high = limit};
}
/// The maximum size of a value, in bytes of compact JSON.
constexpr Rule json_at_most(std::int64_t bytes) { return {.test = Rule::Test::json_at_most, .high = bytes}; }
/// An integer from `low` to `high`, both included; a number with a fraction is not.
constexpr Rule within(std::int64_t low, std::int64_t high) { return {.test = Rule::Test::within, .low = low, .high = high}; }
/// The same for a value that is an integer or a string with one in it, as `whole_number` reads it. Any other value passes: the
/// codec decides about it.
constexpr Rule within_as_number_or_text(std::int64_t low, std::int64_t high) {
  return {.test = Rule::Test::within, .takes_texts = true, .low = low, .high = high};
}
/// Reads a decimal integer of 64 bits, with a minus if it is negative; nothing if the text has anything else in it.
std::optional<std::int64_t> whole_number(std::string_view text);
/// A string that is one of `words`, which must outlive the rule.
constexpr Rule one_of(std::span<const std::string_view> words) { return {.test = Rule::Test::one_of, .words = words}; }
/// A string for which `is_valid` returns true; `form` describes such a string.
constexpr Rule matching(bool (*is_valid)(std::string_view), std::string_view form = {}) {
  return {.test = Rule::Test::matching, .is_valid = is_valid, .form = form};
}
/// Applies a rule to each element of an array; a failure names the array.
constexpr Rule each(Rule rule) {
  rule.is_of_elements = true;
  return rule;
}
/// The same; a failure names the first element that fails, by its index.
constexpr Rule each_by_index(Rule rule) {
  rule.is_of_elements = rule.names_element = true;
  return rule;
}

/// Several rules as one part of a row, for those that follow from a column.
struct Rules {
  std::array<Rule, 2> items{};
  std::size_t size = 0;
};

}  // namespace innkeeper::contract
