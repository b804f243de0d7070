#pragma once

#include <innkeeper/json/parse.hpp>
#include <innkeeper/json/wording.hpp>
#include <innkeeper/json/writer.hpp>
#include <innkeeper/types.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// How a C++ type is represented in JSON. A vendor's quirk ("a number that may come as a string") is a codec of its own, named in
/// the field's row: any type with `read`, with `write` if it is shown, and with `describe`.
namespace innkeeper::json {

/// The codec that a field of type `T` has unless it names another. `read` answers nothing for a value of the wrong kind, and
/// `expectation`, which it may have, says what is right, and may look at the value for that; `describe` writes the keywords of a
/// schema, the element's by way of `items`. One that may write `null`, which its schema does not say, has a member `shows_null`.
template <class T>
struct CodecOf;

/// Writes an array's `items` member, whose keywords `items` adds after the type.
template <class Items>
void describe_array(Writer& schema, std::string_view element_type, Items&& items) {
  schema.key("type").string("array").key("items").begin_object().key("type").string(element_type);
  items();
  schema.end_object();
}

/// Writes the `enum` keyword with the allowed texts.
template <class Names>
void describe_names(Writer& schema, const Names& names) {
  schema.key("enum").begin_array();
  for (const std::string_view name : names) schema.string(name);
  schema.end_array();
}

/// Writes, into an open object, the schema `alone` with null allowed too.
void describe_nullable(Writer& schema, std::string_view alone);

/// Writes the schema of one value and no other, into an open object.
void describe_constant(Writer& schema, View value);

template <>
struct CodecOf<std::string> {
  static std::string expectation() { return "must be a string"; }
  std::optional<std::string> read(View value) const {
    if (!value.is(Kind::string)) return std::nullopt;
    return std::string{value.text()};
  }
  void write(Writer& out, std::string_view value) const { out.string(value); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("string");
  }
};
template <>
struct CodecOf<std::string_view> : CodecOf<std::string> {};

/// A text that is an instant as RFC 3339 spells it.
struct DateTime : CodecOf<std::string> {
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("string").key("format").string("date-time");
  }
};
inline constexpr DateTime date_time{};

/// A text out of a list, which outlives the codec, where no enumeration stands for it.
struct Choice : CodecOf<std::string> {
  std::span<const std::string_view> names;
  constexpr explicit Choice(std::span<const std::string_view> all) : names(all) {}
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_names(schema.key("type").string("string"), names);
  }
};

template <>
struct CodecOf<std::int64_t> {
  static std::string expectation() { return "must be an integer"; }
  std::optional<std::int64_t> read(View value) const { return value.integer(); }
  void write(Writer& out, std::int64_t value) const { out.integer(value); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("integer");
  }
};

template <>
struct CodecOf<bool> {
  static std::string expectation() { return "must be true or false"; }
  std::optional<bool> read(View value) const {
    if (!value.is(Kind::boolean)) return std::nullopt;
    return value.boolean();
  }
  void write(Writer& out, bool value) const { out.boolean(value); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("boolean");
  }
};

/// By its name in `names_of`.
template <class E>
requires std::is_enum_v<E>
struct CodecOf<E> {
  static std::string expectation(View given) { return must_be_one_of(names_of<E>, given); }
  std::optional<E> read(View value) const {
    if (!value.is(Kind::string)) return std::nullopt;
    return from_name<E>(value.text());
  }
  void write(Writer& out, E value) const { out.string(name_of(value)); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_names(schema.key("type").string("string"), names_of<E>);
  }
};

template <>
struct CodecOf<std::vector<std::string>> {
  static std::string expectation() { return "must be an array of strings"; }
  std::optional<std::vector<std::string>> read(View value) const {
    if (!value.is(Kind::array)) return std::nullopt;
    std::vector<std::string> texts;
    texts.reserve(value.size());
    for (auto element : value.elements()) {
      if (!element.is(Kind::string)) return std::nullopt;
      texts.emplace_back(element.text());
    }
    return texts;
  }
  void write(Writer& out, const std::vector<std::string>& texts) const {
    out.begin_array();
    for (const auto& text : texts) out.string(text);
    out.end_array();
  }
  template <class Items>
  void describe(Writer& schema, Items&& items) const {
    describe_array(schema, "string", items);
  }
};

/// Any JSON value, kept as compact text.
template <>
struct CodecOf<JsonText> {
  std::optional<JsonText> read(View value) const { return value.to_json(); }
  void write(Writer& out, const JsonText& value) const { out.raw(value); }
  template <class Items>
  void describe(Writer&, Items&&) const {}
};

/// Any value, as a view: good while the document lives.
template <>
struct CodecOf<View> {
  std::optional<View> read(View value) const { return value; }
  template <class Items>
  void describe(Writer&, Items&&) const {}
};

template <class T>
struct CodecOf<std::optional<T>> {
  static constexpr bool shows_null = true;

  static std::string expectation() requires requires { CodecOf<T>::expectation(); }
  { return CodecOf<T>::expectation(); }
  static std::string expectation(View given) requires requires { CodecOf<T>::expectation(given); }
  { return CodecOf<T>::expectation(given); }
  std::optional<std::optional<T>> read(View value) const {
    auto read = CodecOf<T>{}.read(value);
    if (!read) return std::nullopt;
    return std::optional<T>{std::move(*read)};
  }
  void write(Writer& out, const std::optional<T>& value) const {
    if (value)
      CodecOf<T>{}.write(out, *value);
    else
      out.null();
  }
  template <class Items>
  void describe(Writer& schema, Items&& items) const {
    CodecOf<T>{}.describe(schema, items);
  }
};

/// An array of strings that is kept as `JsonText`: each text once, in the order they came or sorted by bytes.
struct TextSet {
  bool is_sorted = false;

  static std::string expectation() { return "must be an array of strings"; }
  std::optional<JsonText> read(View value) const;
  void write(Writer& out, const JsonText& value) const { out.raw(value); }
  template <class Items>
  void describe(Writer& schema, Items&& items) const {
    describe_array(schema, "string", items);
  }
};
inline constexpr TextSet text_set{};
inline constexpr TextSet sorted_text_set{.is_sorted = true};

}  // namespace innkeeper::json
