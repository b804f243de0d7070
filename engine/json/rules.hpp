#pragma once

#include "engine/base/text.hpp"
#include "engine/json/parse.hpp"
#include "engine/json/wording.hpp"
#include "engine/json/writer.hpp"

#include <cstddef>
#include <span>
#include <string_view>

/// What a field's value must meet. As in JSON Schema, a rule speaks of values of its own kind only and lets others pass: the kind
/// itself is the codec's business.
namespace innkeeper::json {

/// Where in a schema a rule writes its keywords: beside the type of the value, or of an array's elements.
enum class Level : std::uint8_t { value, element };

/// A test with what is said when it fails. Empty texts leave it to the field.
template <class Test>
struct Rule {
  Test test;
  std::string_view sentence{};
  std::string_view code{};

  constexpr Rule says(std::string_view words, std::string_view vendor_code = {}) const { return {test, words, vendor_code}; }
};

namespace detail {
/// What is said of a value that fails a test that has no words for it. `complaint` is about the value, `default_sentence` is not.
template <class Test>
std::string complaint_of(const Test& test, View value) {
  if constexpr (requires { test.complaint(value); })
    return test.complaint(value);
  else
    return std::string{Test::default_sentence};
}

struct AtMost {
  std::size_t limit;
  static constexpr std::string_view default_sentence = "is too long";
  bool operator()(View value) const {
    return !value.is(Kind::string) || value.text().size() <= limit || base::code_points(value.text()) <= limit;
  }
  void describe(Writer& schema, Level level) const {
    if (level == Level::value) schema.key("maxLength").integer(static_cast<std::int64_t>(limit));
  }
};
struct AtLeast {
  std::size_t limit;
  static constexpr std::string_view default_sentence = "is too short";
  bool operator()(View value) const { return !value.is(Kind::string) || base::code_points(value.text()) >= limit; }
  void describe(Writer& schema, Level level) const {
    if (level == Level::value) schema.key("minLength").integer(static_cast<std::int64_t>(limit));
  }
};
struct ItemsAtMost {
  std::size_t limit;
  static constexpr std::string_view default_sentence = "has too many elements";
  bool operator()(View value) const { return !value.is(Kind::array) || value.size() <= limit; }
  void describe(Writer& schema, Level level) const {
    if (level == Level::value) schema.key("maxItems").integer(static_cast<std::int64_t>(limit));
  }
};
struct Within {
  std::int64_t low, high;
  static constexpr std::string_view default_sentence = "is out of range";
  bool operator()(View value) const {
    if (!value.is(Kind::number)) return true;
    const auto number = value.integer();
    return number && *number >= low && *number <= high;
  }
  void describe(Writer& schema, Level level) const {
    if (level == Level::value) schema.key("minimum").integer(low).key("maximum").integer(high);
  }
};
struct OneOf {
  std::span<const std::string_view> names;
  std::string complaint(View value) const { return must_be_one_of(names, value); }
  bool operator()(View value) const {
    if (!value.is(Kind::string)) return true;
    for (auto name : names)
      if (name == value.text()) return true;
    return false;
  }
  void describe(Writer& schema, Level level) const {
    if (level != Level::value) return;
    schema.key("enum").begin_array();
    for (auto name : names) schema.string(name);
    schema.end_array();
  }
};
struct Matching {
  bool (*predicate)(std::string_view);
  std::string_view form{};
  std::string complaint(View value) const {
    return form.empty() ? "has the wrong form" : std::string{"must be "}.append(form).append(not_this(value.text()));
  }
  bool operator()(View value) const { return !value.is(Kind::string) || predicate(value.text()); }
  void describe(Writer&, Level) const {}
};
template <class Test>
struct Each {
  Test test;
  bool operator()(View value) const {
    for (auto element : value.elements())
      if (!test(element)) return false;
    return true;
  }
  /// Of the first element that fails.
  std::string complaint(View value) const {
    if constexpr (requires { test.complaint(value); })
      for (auto element : value.elements())
        if (!test(element)) return "each " + test.complaint(element);
    return complaint_of(test, value);
  }
  void describe(Writer& schema, Level level) const {
    if (level == Level::element) test.describe(schema, Level::value);
  }
};
}  // namespace detail

/// A string of at most so many code points.
constexpr Rule<detail::AtMost> at_most(std::size_t limit) { return {{limit}}; }
/// A string of at least so many code points.
constexpr Rule<detail::AtLeast> at_least(std::size_t limit) { return {{limit}}; }
/// An array of at most so many elements.
constexpr Rule<detail::ItemsAtMost> items_at_most(std::size_t limit) { return {{limit}}; }
/// An integer from `low` to `high`, both included; a number with a fraction is not.
constexpr Rule<detail::Within> within(std::int64_t low, std::int64_t high) { return {{low, high}}; }
/// A string out of a list, which outlives the rule.
constexpr Rule<detail::OneOf> one_of(std::span<const std::string_view> names) { return {{names}}; }
/// A string that a function finds good; `form` says what one is, such as `a word in lower case`.
constexpr Rule<detail::Matching> matching(bool (*predicate)(std::string_view), std::string_view form = {}) {
  return {{predicate, form}};
}
/// A rule for every element of an array.
template <class Test>
constexpr Rule<detail::Each<Test>> each(const Rule<Test>& rule) {
  return {{rule.test}, rule.sentence, rule.code};
}

}  // namespace innkeeper::json
