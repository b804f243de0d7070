#pragma once

#include <innkeeper/entity.hpp>

#include "engine/json/codecs.hpp"
#include "engine/json/parse.hpp"
#include "engine/json/writer.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace innkeeper::transfer {

/// How a value is spelled in the document. `read` answers nothing for one that breaks the `rule`. A value that `is_silent` is
/// left out.
template <class T>
struct Spelling;

template <>
struct Spelling<std::string> {
  static std::optional<std::string> read(json::View);
  static std::string rule() { return "must be a string"; }
  static void write(json::Writer& out, const std::string& value) { out.string(value); }
};
struct Label : Spelling<std::string> {
  static std::optional<std::string> read(json::View);
  static std::string rule() { return "must be a string that is not empty"; }
};
struct ScopeList : Spelling<std::string> {
  static std::optional<std::string> read(json::View);
  static std::string rule() { return "must be scopes that there are, with blanks between them"; }
};
struct Networks : Spelling<std::string> {
  static std::optional<std::string> read(json::View);
  static std::string rule() { return "must be CIDR blocks such as 192.0.2.0/24, with blanks between them"; }
};
struct Url : Spelling<std::string> {
  static std::optional<std::string> read(json::View);
  static std::string rule() { return "must be an http or https URL"; }
};

template <>
struct Spelling<bool> {
  static std::optional<bool> read(json::View);
  static std::string rule() { return "must be true or false"; }
  static void write(json::Writer& out, bool value) { out.boolean(value); }
};

/// A count.
template <>
struct Spelling<std::int64_t> {
  static std::optional<std::int64_t> read(json::View);
  static std::string rule() { return "must be an integer, zero or more"; }
  static void write(json::Writer& out, std::int64_t value) { out.integer(value); }
};
struct Month : Spelling<std::int64_t> {
  static std::optional<std::int64_t> read(json::View);
  static std::string rule() { return R"(must be a month such as "2024-03")"; }
  static void write(json::Writer&, std::int64_t value);
};

template <>
struct Spelling<Instant> {
  static std::optional<Instant> read(json::View);
  static std::string rule() { return R"(must be a time such as "2024-03-04T01:02:03.000000Z")"; }
  static void write(json::Writer&, Instant);
};
/// An instant that is kept as microseconds since 1970, 0 for never.
struct Moment {
  static std::optional<std::int64_t> read(json::View);
  static std::string rule() { return Spelling<Instant>::rule(); }
  static void write(json::Writer&, std::int64_t value);
  static bool is_silent(std::int64_t value) { return value == 0; }
};

std::string rule_of_names(const std::string_view* begin, const std::string_view* end);
template <class E>
requires std::is_enum_v<E>
struct Spelling<E> {
  static std::optional<E> read(json::View value) {
    return value.is(json::Kind::string) ? from_name<E>(value.text()) : std::nullopt;
  }
  static std::string rule() { return rule_of_names(names_of<E>.data(), names_of<E>.data() + names_of<E>.size()); }
  static void write(json::Writer& out, E value) { out.string(name_of(value)); }
};

/// An object.
template <>
struct Spelling<JsonText> {
  static std::optional<JsonText> read(json::View);
  static std::string rule() { return "must be an object"; }
  static void write(json::Writer& out, const JsonText& value) { out.raw(value); }
};
struct Extras : Spelling<JsonText> {
  static bool is_silent(const JsonText& value) { return value.text == "{}"; }
};
struct Scalar : Spelling<JsonText> {
  static std::optional<JsonText> read(json::View);
  static std::string rule() { return "must be a number, a string, true or false"; }
};
struct Texts : Spelling<JsonText> {
  static std::optional<JsonText> read(json::View value) { return json::text_set.read(value); }
  static std::string rule() { return "must be an array of strings"; }
};
struct SortedTexts : Texts {
  static std::optional<JsonText> read(json::View value) { return json::sorted_text_set.read(value); }
};

/// `null` takes the value away.
template <class S, class T>
struct OrNull : S {
  static std::optional<std::optional<T>> read(json::View value) {
    if (value.is(json::Kind::null)) return std::optional<T>{};
    auto given = S::read(value);
    if (!given) return std::nullopt;
    return std::optional<T>{*std::move(given)};
  }
  static void write(json::Writer& out, const std::optional<T>& value) { S::write(out, *value); }
  static bool is_silent(const std::optional<T>& value) { return !value; }
};
template <class T>
struct Spelling<std::optional<T>> : OrNull<Spelling<T>, T> {};

}  // namespace innkeeper::transfer
