#pragma once

#include <innkeeper/json/codecs.hpp>
#include <innkeeper/json/parse.hpp>
#include <innkeeper/json/writer.hpp>
#include <innkeeper/schema/entity.hpp>

#include "engine/base/text.hpp"
#include "engine/domain/rules.hpp"

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
struct Codec;

/// A text as long as its column may be. There is no other spelling of texts: each has a rule.
std::optional<std::string> read_text(json::View, Length);
std::string rule_of(Length);
template <auto column>
struct Text {
  static constexpr auto length = domain::length_of<column>;
  static_assert(length.most > 0, "the column has no rule");
  static std::optional<std::string> read(json::View value) { return read_text(value, length); }
  static std::string rule() { return rule_of(length); }
  static void write(json::Writer& out, const std::string& value) { out.string(value); }
};
struct WebhookUrl : Text<&Webhook::url> {
  static std::optional<std::string> read(json::View);
  static std::string rule() { return std::string{domain::about_webhook_urls} + ", of at most 2048 characters"; }
};

/// Words with blanks between them, as the column has them.
std::optional<std::string> read_words(json::View, const domain::ListRule&);
template <auto column>
struct Words {
  static constexpr auto list = domain::list_rule_of<column>;
  static_assert(list.most > 0, "the column has no rule");
  static std::optional<std::string> read(json::View value) { return read_words(value, list); }
  static void write(json::Writer& out, const std::string& value) { out.string(value); }
};
struct ScopeList : Words<&Key::scopes> {
  static std::optional<std::string> read(json::View);
  static std::string rule() { return "must be at most 50 scopes that there are, with blanks between them"; }
};
struct Networks : Words<&Key::networks> {
  static std::string rule() { return "must be at most 50 CIDR blocks such as 192.0.2.0/24, with blanks between them"; }
};
struct EventPatterns : Words<&Webhook::events> {
  static std::string rule() { return "must be at most 100 event types such as session.*, with blanks between them"; }
};

template <>
struct Codec<bool> {
  static std::optional<bool> read(json::View);
  static std::string rule() { return "must be true or false"; }
  static void write(json::Writer& out, bool value) { out.boolean(value); }
};

/// A count.
template <>
struct Codec<std::int64_t> {
  static std::optional<std::int64_t> read(json::View);
  static std::string rule() { return "must be an integer, zero or more"; }
  static void write(json::Writer& out, std::int64_t value) { out.integer(value); }
};
std::string rule_of(const Range&);
template <auto column>
struct Number : Codec<std::int64_t> {
  static constexpr auto range = domain::range_of<column>;
  static_assert(range.most > 0, "the column has no rule");
  static std::optional<std::int64_t> read(json::View value) {
    const auto given = value.integer();
    return given && domain::is_within(*given, range) ? given : std::nullopt;
  }
  static std::string rule() { return rule_of(range); }
};
struct Month : Codec<std::int64_t> {
  static std::optional<std::int64_t> read(json::View);
  static std::string rule() { return R"(must be a month such as "2024-03")"; }
  static void write(json::Writer&, std::int64_t value);
};

template <>
struct Codec<Instant> {
  static std::optional<Instant> read(json::View);
  static std::string rule() { return R"(must be a time such as "2024-03-04T01:02:03.000000Z")"; }
  static void write(json::Writer&, Instant);
};
/// An instant that is kept as microseconds since 1970, 0 for never.
struct Moment {
  static std::optional<std::int64_t> read(json::View);
  static std::string rule() { return Codec<Instant>::rule(); }
  static void write(json::Writer&, std::int64_t value);
  static bool is_silent(std::int64_t value) { return value == 0; }
};

std::string rule_of_names(const std::string_view* begin, const std::string_view* end);
template <class E>
requires std::is_enum_v<E>
struct Codec<E> {
  static std::optional<E> read(json::View value) {
    return value.is(json::Kind::string) ? from_name<E>(value.text()) : std::nullopt;
  }
  static std::string rule() { return rule_of_names(names_of<E>.data(), names_of<E>.data() + names_of<E>.size()); }
  static void write(json::Writer& out, E value) { out.string(name_of(value)); }
};

/// An object.
template <>
struct Codec<JsonText> {
  static std::optional<JsonText> read(json::View);
  static std::string rule() { return "must be an object"; }
  static void write(json::Writer& out, const JsonText& value) { out.raw(value); }
};
/// An object of the app's own.
struct Metadata : Codec<JsonText> {
  static std::optional<JsonText> read(json::View, std::size_t longest);
  static std::string rule(std::size_t longest) { return "must be an object of " + base::spell_bytes(longest) + " at most"; }
};
/// Kinds of media, each true or false.
struct Media : Codec<JsonText> {
  static std::optional<JsonText> read(json::View);
  static std::string rule() { return "must be an object of audio, video, screen, data and url, each true or false"; }
};
struct Extras : Codec<JsonText> {
  static bool is_silent(const JsonText& value) { return value.text == "{}"; }
};
struct Scalar : Codec<JsonText> {
  static std::optional<JsonText> read(json::View);
  static std::string rule() { return "must be a number, a string, true or false"; }
};
std::optional<JsonText> read_texts(json::View, const json::TextSet&, const domain::ListRule&);
struct Hosts : Codec<JsonText> {
  static std::optional<JsonText> read(json::View value) {
    return read_texts(value, json::text_set, domain::list_rule_of<&App::domains>);
  }
  static std::string rule() { return "must be an array of at most 100 hosts such as example.com or *.example.com"; }
};
struct Features : Codec<JsonText> {
  static std::optional<JsonText> read(json::View value) {
    return read_texts(value, json::sorted_text_set, domain::list_rule_of<&App::permissions>);
  }
  static std::string rule() { return "must be an array of at most 100 strings, each of at most 64 characters"; }
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
struct Codec<std::optional<T>> : OrNull<Codec<T>, T> {};

// ---- which spelling a column has ---------------------------------------------------------------------------------------------

template <class S>
struct Is {
  using Type = S;
};

/// That of its type, under the rule of its description.
template <auto column, class M>
struct UsualSpelling {
  using Type = Codec<M>;
};
template <auto column>
struct UsualSpelling<column, std::string> {
  using Type = Text<column>;
};
template <auto column>
struct UsualSpelling<column, std::optional<std::string>> {
  using Type = OrNull<Text<column>, std::string>;
};
template <auto column>
struct UsualSpelling<column, std::int64_t> {
  static constexpr bool has_range = column_of(column).range.most > 0;
  using Type = typename std::conditional_t<has_range, Is<Number<column>>, Is<Codec<std::int64_t>>>::Type;
};
template <auto column>
struct UsualSpelling<column, JsonText> {
  static constexpr auto name = column_of(column).name;
  using Type = std::conditional_t<name == "metadata", Metadata, std::conditional_t<name == "extras", Extras, Codec<JsonText>>>;
};

template <class E, class M>
M type_behind(M E::*);
template <auto column>
struct SpellingOf : UsualSpelling<column, decltype(type_behind(column))> {};
template <>
struct SpellingOf<&App::domains> : Is<Hosts> {};
template <>
struct SpellingOf<&App::permissions> : Is<Features> {};
template <>
struct SpellingOf<&Key::scopes> : Is<ScopeList> {};
template <>
struct SpellingOf<&Key::networks> : Is<Networks> {};
template <>
struct SpellingOf<&Key::last_used> : Is<Moment> {};
template <>
struct SpellingOf<&Webhook::url> : Is<WebhookUrl> {};
template <>
struct SpellingOf<&Webhook::events> : Is<EventPatterns> {};
template <>
struct SpellingOf<&Participation::published> : Is<Media> {};
template <>
struct SpellingOf<&Reading::value> : Is<Scalar> {};
template <>
struct SpellingOf<&Usage::month> : Is<Month> {};

/// What a column is called, where that is not its name.
template <auto column>
inline constexpr std::string_view shown_name = column_of(column).name;
template <>
inline constexpr std::string_view shown_name<&Key::last_used> = "last_used_at";
/// How many joined; those that are listed may be fewer.
template <>
inline constexpr std::string_view shown_name<&Session::participants> = "participant_count";

}  // namespace innkeeper::transfer
