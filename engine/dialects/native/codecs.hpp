#pragma once

#include <innkeeper/json/codecs.hpp>
#include <innkeeper/model/scopes.hpp>
#include <innkeeper/rates.hpp>
#include <innkeeper/schema/entity.hpp>

#include "engine/base/time.hpp"
#include "engine/domain/rules.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>

/// How this contract spells what is not spelled as it is stored.
namespace innkeeper::dialects::native {

using json::View;
using json::Writer;

inline void describe_type(Writer& schema, std::string_view type, bool is_nullable, std::string_view format = {}) {
  schema.key("type");
  if (is_nullable)
    schema.begin_array().string(type).string("null").end_array();
  else
    schema.string(type);
  if (!format.empty()) schema.key("format").string(format);
}

/// An id in a string; null for none.
struct IdText {
  bool is_nullable = false;
  void write(Writer& out, Id id) const { id == Id::none ? out.null() : out.quoted(number(id)); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "string", is_nullable);
  }
};
inline constexpr IdText id_text{};
inline constexpr IdText id_or_null{true};

/// RFC 3339 in UTC with microseconds.
struct Time {
  static std::string expectation() { return "must be a time such as 2024-03-04T01:02:03Z"; }
  std::optional<Instant> read(View value) const {
    return value.is(json::Kind::string) ? base::from_rfc3339(value.text()) : std::nullopt;
  }
  void write(Writer& out, Instant at) const { out.plain_string(base::to_rfc3339(at, base::Precision::microseconds)); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "string", false, "date-time");
  }
};
struct TimeOrNull {
  static std::string expectation() { return "must be a time such as 2024-03-04T01:02:03Z, or null"; }
  std::optional<std::optional<std::optional<Instant>>> read(View value) const {
    const auto at = Time{}.read(value);
    if (!at) return std::nullopt;
    return std::optional{at};
  }
  void write(Writer& out, const std::optional<Instant>& at) const { at ? Time{}.write(out, *at) : void(out.null()); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "string", true, "date-time");
  }
};
inline constexpr Time time{};
inline constexpr TimeOrNull time_or_null{};

/// Words with blanks between them, as an array of strings.
struct Words {
  static std::string expectation() { return "must be an array of words without blanks"; }
  std::optional<std::string> read(View value) const {
    if (!value.is(json::Kind::array)) return std::nullopt;
    std::string words;
    for (auto element : value.elements()) {
      const auto word = element.is(json::Kind::string) ? element.text() : std::string_view{};
      if (word.empty() || word.find(' ') != std::string_view::npos) return std::nullopt;
      words.append(words.empty() ? "" : " ").append(word);
    }
    return words;
  }
  void write(Writer& out, std::string_view words) const {
    out.begin_array();
    while (!words.empty()) {
      const auto blank = words.find(' ');
      out.string(words.substr(0, blank));
      words.remove_prefix(blank == std::string_view::npos ? words.size() : blank + 1);
    }
    out.end_array();
  }
  template <class Items>
  void describe(Writer& schema, Items&& items) const {
    json::describe_array(schema, "string", items);
  }
};
inline constexpr Words words{};

/// Every word that stands for scopes.
inline constexpr auto scope_words = [] {
  std::array<std::string_view, scope_table.size() + 2> names{"*", "read"};
  std::transform(scope_table.begin(), scope_table.end(), names.begin() + 2, [](const auto& row) { return row.name; });
  return names;
}();
struct ScopeWords : Words {
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    json::describe_array(schema, "string", [&] { json::describe_names(schema, scope_words); });
  }
};
inline constexpr ScopeWords scopes{};

/// A number of seconds.
struct Seconds {
  static std::string expectation() { return "must be an integer"; }
  std::optional<std::chrono::seconds> read(View value) const {
    const auto count = value.integer();
    if (!count) return std::nullopt;
    return std::chrono::seconds{*count};
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "integer", false);
  }
};
inline constexpr Seconds seconds{};

/// `{"quota":100,"window_seconds":60}`, or null.
struct Rate {
  static constexpr auto quotas = domain::range_of<&Key::rate_quota>;
  static constexpr auto windows = domain::range_of<&Key::rate_window>;
  static std::string expectation() { return "must be an object with quota and window_seconds, or null"; }
  std::optional<std::optional<std::optional<RateLimit>>> read(View value) const {
    const auto quota = value.find("quota");
    const auto window = value.find("window_seconds");
    if (!quota || !window || value.size() != 2 || !quota->integer() || !window->integer()) return std::nullopt;
    if (!domain::is_within(*quota->integer(), quotas) || !domain::is_within(*window->integer(), windows)) return std::nullopt;
    return std::optional{std::optional{RateLimit{*quota->integer(), std::chrono::seconds{*window->integer()}}}};
  }
  void write(Writer& out, const std::optional<RateLimit>& limit) const {
    if (!limit) return void(out.null());
    out.begin_object().key("quota").integer(limit->quota).key("window_seconds").integer(limit->window.count()).end_object();
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "object", true);
    schema.key("properties").begin_object();
    schema.key("quota").begin_object().key("type").string("integer").key("minimum").integer(quotas.least);
    schema.key("maximum").integer(quotas.most);
    schema.end_object().key("window_seconds").begin_object().key("type").string("integer").key("minimum").integer(windows.least);
    schema.key("maximum").integer(windows.most).end_object().end_object();
    schema.key("required").begin_array().string("quota").string("window_seconds").end_array();
    schema.key("additionalProperties").boolean(false);
  }
};
inline constexpr Rate rate{};

/// A text that may be null.
struct TextOrNull {
  static std::string expectation() { return "must be a string or null"; }
  std::optional<std::optional<std::optional<std::string>>> read(View value) const {
    if (!value.is(json::Kind::string)) return std::nullopt;
    return std::optional{std::optional{std::string{value.text()}}};
  }
  void write(Writer& out, const std::optional<std::string>& text) const { text ? out.string(*text) : out.null(); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "string", true);
  }
};
inline constexpr TextOrNull text_or_null{};

/// A quota that may be null.
struct LimitOrNull {
  static std::string expectation() { return "must be an integer from 0 to 9007199254740991, or null"; }
  std::optional<std::optional<std::optional<std::int64_t>>> read(View value) const {
    const auto limit = value.integer();
    if (!limit || !domain::is_within(*limit, domain::quota_range)) return std::nullopt;
    return std::optional{limit};
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "integer", true);
    schema.key("minimum").integer(domain::quota_range.least).key("maximum").integer(domain::quota_range.most);
  }
};
inline constexpr LimitOrNull limit_or_null{};

/// An integer that may be null.
struct CountOrNull {
  void write(Writer& out, const std::optional<std::int64_t>& count) const { count ? out.integer(*count) : out.null(); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "integer", true);
  }
};
inline constexpr CountOrNull count_or_null{};

/// An object of the caller's own.
struct Object {
  static std::string expectation() { return "must be an object"; }
  std::optional<JsonText> read(View value) const {
    if (!value.is(json::Kind::object)) return std::nullopt;
    return value.to_json();
  }
  void write(Writer& out, const JsonText& object) const { out.raw(object); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "object", false);
    schema.key("additionalProperties").boolean(true);
  }
};
inline constexpr Object object{};

/// A number, text or truth value, kept as JSON.
struct Scalar : json::CodecOf<JsonText> {
  static std::string expectation() { return "must be a number, text or truth value"; }
  std::optional<JsonText> read(View value) const {
    if (value.is(json::Kind::object) || value.is(json::Kind::array) || value.is(json::Kind::null)) return std::nullopt;
    return value.to_json();
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").begin_array().string("number").string("string").string("boolean").end_array();
  }
};
inline constexpr Scalar scalar{};

/// An array of strings that is kept as JSON.
struct TextArray {
  void write(Writer& out, const JsonText& array) const { out.raw(array); }
  template <class Items>
  void describe(Writer& schema, Items&& items) const {
    json::describe_array(schema, "string", items);
  }
};
inline constexpr TextArray text_array{};

/// A contract by its name; this one is not kept by its.
struct Contract {
  static constexpr std::string_view own = "native";
  static std::string expectation() { return "must be a contract's name"; }
  std::optional<std::string> read(View value) const {
    if (!value.is(json::Kind::string) || value.text().empty()) return std::nullopt;
    return value.text() == own ? std::string{} : std::string{value.text()};
  }
  void write(Writer& out, std::string_view name) const { out.string(name.empty() ? own : name); }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "string", false);
  }
};
inline constexpr Contract contract_name{};

/// `{"username":"…","password":"…"}`, or null; kept as RFC 7617 joins them.
struct BasicAuth {
  static std::string expectation() { return "must be an object with username, without a colon in it, and password, or null"; }
  std::optional<std::optional<std::optional<std::string>>> read(View value) const {
    std::string credential;
    for (const std::string_view name : {"username", "password"}) {
      const auto part = value.find(name);
      if (!part || !part->is(json::Kind::string)) return std::nullopt;
      if (name == "username" ? !domain::is_username(part->text()) : !domain::is_password(part->text())) return std::nullopt;
      credential.append(credential.empty() ? "" : ":").append(part->text());
    }
    if (value.size() != 2) return std::nullopt;
    return std::optional{std::optional{std::move(credential)}};
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe_type(schema, "object", true);
    schema.key("properties").begin_object();
    for (const std::string_view name : {"username", "password"})
      schema.key(name)
          .begin_object()
          .key("type")
          .string("string")
          .key("maxLength")
          .integer(domain::longest_credential)
          .end_object();
    schema.end_object().key("required").begin_array().string("username").string("password").end_array();
    schema.key("additionalProperties").boolean(false);
  }
};
inline constexpr BasicAuth basic_auth{};

}  // namespace innkeeper::dialects::native
