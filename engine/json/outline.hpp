#pragma once

#include "engine/json/codecs.hpp"
#include "engine/json/writer.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// What an answer shows, one row a member in the order of the text. Writing and the JSON Schema derive from the rows.
///
///     inline constexpr auto room = outline<Room>("Room",
///         row<Room>("name", &Room::name, "Title shown to participants"),
///         row<Room>("created", [](const Room& room) { return base::to_rfc3339(room.created_at, seconds); }, "When it was
///         made"));
namespace innkeeper::json {

/// One member. The name needs no escaping.
template <class Projection, class Codec>
struct Row {
  std::string_view name;
  Projection projection;
  Codec codec;
  std::string_view note;
};

/// A member whose value is what `projection` (a member pointer or a function) makes of the object, in the spelling of its type.
template <class E, class Projection>
constexpr auto row(std::string_view name, Projection projection, std::string_view note) {
  using Codec = CodecOf<std::remove_cvref_t<std::invoke_result_t<Projection, const E&>>>;
  return Row<Projection, Codec>{name, projection, Codec{}, note};
}
/// The same in the spelling of a codec.
template <class E, class Projection, class Codec>
constexpr auto row(std::string_view name, Projection projection, Codec codec, std::string_view note) {
  return Row<Projection, Codec>{name, projection, codec, note};
}

template <class E, class... Rows>
struct Outline {
  std::string_view name;
  std::tuple<Rows...> rows;
};

/// The rows of `E`. The name is the schema's title.
template <class E, class... Rows>
constexpr Outline<E, Rows...> outline(std::string_view name, Rows... rows) {
  return {name, {rows...}};
}

/// All rows of another outline, and more; `E` derives from what the other is of.
template <class E, class Base, class... Rows, class... More>
constexpr Outline<E, Rows..., More...> extended(std::string_view name, const Outline<Base, Rows...>& base, More... more) {
  return {name, std::tuple_cat(base.rows, std::tuple{more...})};
}

template <class E, class... Rows>
void encode(Writer& out, const Outline<E, Rows...>& table, const E& object) {
  out.begin_object();
  const auto write_row = [&](const auto& row) { row.codec.write(out.plain_key(row.name), std::invoke(row.projection, object)); };
  std::apply([&](const auto&... row) { (write_row(row), ...); }, table.rows);
  out.end_object();
}

namespace detail {
/// What a codec writes, `null` included.
template <class Codec>
void describe_shown(Writer& schema, const Codec& codec) {
  if constexpr (requires { Codec::shows_null; }) {
    std::string alone;
    Writer inner{alone};
    inner.begin_object();
    codec.describe(inner, [] {});
    inner.end_object();
    describe_nullable(schema, alone);
  } else {
    codec.describe(schema, [] {});
  }
}
}  // namespace detail

/// Writes the keywords of an outline's schema into an open object.
template <class E, class... Rows>
void describe(Writer& schema, const Outline<E, Rows...>& table) {
  schema.key("title").string(table.name).key("type").string("object").key("properties").begin_object();
  const auto describe_row = [&](const auto& row) {
    schema.key(row.name).begin_object();
    detail::describe_shown(schema, row.codec);
    if (!row.note.empty()) schema.key("description").string(row.note);
    schema.end_object();
  };
  std::apply([&](const auto&... row) { (describe_row(row), ...); }, table.rows);
  schema.end_object();
  if constexpr (sizeof...(Rows) == 0) {
    schema.key("additionalProperties").boolean(false);
  } else {
    schema.key("required").begin_array();
    std::apply([&](const auto&... row) { (schema.string(row.name), ...); }, table.rows);
    schema.end_array();
  }
}

/// A codec for an object inside another.
template <const auto& table>
struct Nested {
  template <class E>
  void write(Writer& out, const E& object) const {
    encode(out, table, object);
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    json::describe(schema, table);
  }
};
template <const auto& table>
inline constexpr Nested<table> nested{};

/// A codec for an array of objects.
template <const auto& table>
struct ListOf {
  template <class List>
  void write(Writer& out, const List& list) const {
    out.begin_array();
    for (const auto& object : list) encode(out, table, object);
    out.end_array();
  }
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    schema.key("type").string("array").key("items").begin_object();
    json::describe(schema, table);
    schema.end_object();
  }
};
template <const auto& table>
inline constexpr ListOf<table> list_of{};

/// The JSON Schema of what a codec writes, as a plain function: `schema_of_shown<list_of<room>>`.
template <const auto& codec>
std::string schema_of_shown() {
  std::string text;
  Writer schema{text};
  schema.begin_object();
  detail::describe_shown(schema, codec);
  schema.end_object();
  return text;
}

}  // namespace innkeeper::json
