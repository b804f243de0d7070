#pragma once

#include <innkeeper/environment.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace innkeeper::json {
class Writer;
template <class T>
struct CodecOf;
}  // namespace innkeeper::json

/// The members of a response body, one row each, in their order. Encoding and the JSON Schema are derived from the rows.
///
///     constexpr Property room_properties[] = {
///         show<&Room::name>("name", "Title shown to participants"),
///         show<&Room::created_at, time>("created_at")};
///     constexpr Properties<Room> room{"Room", room_properties};
namespace innkeeper::contract {

using json::Writer;

/// A row. Made by `show` and `always`.
struct Property {
  std::string_view name{};     ///< Needs no escaping.
  const void* type = nullptr;  ///< `detail::tag_of` what it is a member of.
  void (*write)(Writer&, const void* object) = nullptr;
  void (*describe)(Writer&) = nullptr;             ///< Writes the schema keywords, null included, into an open object.
  bool (*is_there)(const void* object) = nullptr;  ///< Null: the member is always present, and required in the schema.
  std::string_view note{};
};

/// A row of a table of `E`.
template <class E>
struct PropertyOf : Property {};

struct PropertyTable {
  std::string_view name{};  ///< The title of the schema; empty: it has none.
  std::span<const Property> rows{};
  const PropertyTable* base = nullptr;  ///< Its rows go before these.
  const void* (*to_base)(const void* object) = nullptr;
};

namespace detail {

template <class E>
inline constexpr char tag_of = 0;

/// The value of a member, or of a function of one argument.
template <auto projection>
struct Projection;
template <class E, class M, M E::*member>
struct Projection<member> {
  using Object = E;
  using Value = M;
  static const M& of(const E& object) { return object.*member; }
};
template <class E, class M, M (*function)(const E&)>
struct Projection<function> {
  using Object = E;
  using Value = std::remove_cvref_t<M>;
  static M of(const E& object) { return function(object); }
};

template <class Codec>
inline constexpr Codec codec{};

template <auto projection, const auto& codec, class E>
void write(Writer& out, const void* object) {
  codec.write(out, Projection<projection>::of(*static_cast<const E*>(object)));
}
template <auto projection, const auto& codec, class E>
bool is_there(const void* object) {
  return codec.is_there(Projection<projection>::of(*static_cast<const E*>(object)));
}

void describe_nullable(Writer& schema, void (*describe_alone)(Writer&));
/// A codec that is for answers alone does not ask what rules say of an array's elements.
template <const auto& codec>
void describe_alone(Writer& schema) {
  if constexpr (requires { codec.describe(schema); })
    codec.describe(schema);
  else
    codec.describe(schema, [] {});
}
template <const auto& codec>
void describe_shown(Writer& schema) {
  if constexpr (requires { std::remove_cvref_t<decltype(codec)>::shows_null; })
    describe_nullable(schema, describe_alone<codec>);
  else
    describe_alone<codec>(schema);
}

}  // namespace detail

/// A row whose value is that of `projection`, a pointer to a member or a function, encoded by `codec`: any object that has
/// `write(Writer&, value)` and `describe(Writer&)`. If the codec has `is_there(value)`, the member may be left out; if it has a
/// member `shows_null`, it may write null, which its `describe` does not say. `E` is only named if it is derived from the class
/// of the projection.
template <auto projection, const auto& codec = detail::codec<json::CodecOf<typename detail::Projection<projection>::Value>>,
          class E = typename detail::Projection<projection>::Object>
constexpr PropertyOf<E> show(std::string_view name, std::string_view note = {}) {
  PropertyOf<E> row{{.name = name,
                     .type = &detail::tag_of<E>,
                     .write = detail::write<projection, codec, E>,
                     .describe = detail::describe_shown<codec>,
                     .note = note}};
  if constexpr (requires(const typename detail::Projection<projection>::Value& value) { codec.is_there(value); })
    row.is_there = detail::is_there<projection, codec, E>;
  return row;
}

/// The whole object as the value of a member: `show<itself<Room>, nested<seats>>("seats")`.
template <class E>
constexpr const E& itself(const E& object) {
  return object;
}

namespace detail {
template <auto member>
struct OwnerOf;
template <class E, class M, M E::*member>
struct OwnerOf<member> {
  using Type = E;
};
}  // namespace detail
/// A member of a member: `show<of<&View::app, &App::uid>>("apikey")`.
template <auto first, auto... rest>
constexpr const auto& of(const typename detail::OwnerOf<first>::Type& object) {
  return ((object.*first).*....*rest);
}

/// Constant JSON.
struct Constant {
  std::string_view json;
  void write(Writer&) const;
  void describe(Writer&) const;
};
template <class E, const Constant& constant>
constexpr PropertyOf<E> always(std::string_view name, std::string_view note = {}) {
  return {{.name = name,
           .type = &detail::tag_of<E>,
           .write = [](Writer& out, const void*) { constant.write(out); },
           .describe = [](Writer& schema) { constant.describe(schema); },
           .note = note}};
}

/// The table of `E`. A row of another type does not compile.
template <class E>
struct Properties : PropertyTable {
  /// A table without rows.
  explicit consteval Properties(std::string_view title) : PropertyTable{.name = title} {}
  template <std::size_t n>
  consteval Properties(std::string_view title, const Property (&own)[n]) : PropertyTable{.name = title, .rows = own} {
    for (const auto& row : own)
      if (row.type != &detail::tag_of<E>) throw "a row shows another type";
  }
  template <std::size_t n>
  consteval Properties(std::string_view title, const std::array<Property, n>& own) : PropertyTable{.name = title, .rows = own} {
    for (const auto& row : own)
      if (row.type != &detail::tag_of<E>) throw "a row shows another type";
  }
  /// The rows follow those of a base class of `E`.
  template <class Base, std::size_t n>
  consteval Properties(std::string_view title, const Properties<Base>& of_base, const Property (&own)[n])
      : Properties(title, own) {
    base = &of_base;
    to_base = [](const void* object) -> const void* { return static_cast<const Base*>(static_cast<const E*>(object)); };
  }
};

/// The same with rows of its own: `constexpr Members room{"Room", {show<&Room::name>("name")}};`. It is not copied.
template <class E, std::size_t n>
struct Members : Properties<E> {
  std::array<Property, n> own_rows{};
  consteval Members(std::string_view title, const PropertyOf<E> (&all)[n]) : Properties<E>(title) {
    for (std::size_t i = 0; i < n; ++i) own_rows[i] = all[i];
    this->rows = own_rows;
  }
  /// The rows follow those of a base class of `E`.
  template <class Base>
  consteval Members(std::string_view title, const Properties<Base>& of_base, const PropertyOf<E> (&all)[n])
      : Members(title, all) {
    this->base = &of_base;
    this->to_base = [](const void* object) -> const void* { return static_cast<const Base*>(static_cast<const E*>(object)); };
  }
  Members(const Members&) = delete;
};

/// For an object that has other members too: write the members of a table, their schemas, and the names of those that are
/// always present, each into an open object or array.
void write_members(Writer&, const PropertyTable&, const void* object);
void describe_members(Writer& schema, const PropertyTable&);
void name_required(Writer& schema, const PropertyTable&);

void write_object(Writer&, const PropertyTable&, const void* object);
void write_object_or_null(Writer&, const PropertyTable&, const void* object);
/// The objects are `stride` bytes apart.
void write_array(Writer&, const PropertyTable&, const void* first, std::size_t count, std::size_t stride);

template <class E>
void encode(Writer& out, const Properties<E>& table, const std::type_identity_t<E>& object) {
  write_object(out, table, &object);
}

/// Write the keywords of a schema into an open object.
void describe(Writer&, const PropertyTable&);
void describe_array(Writer&, const PropertyTable&);
/// The schema of an object, and of an array of objects.
std::string schema(const PropertyTable&);
std::string array_schema(const PropertyTable&);

/// A codec for what may be absent: the member is left out then.
template <class Codec>
struct IfAny : Codec {
  template <class T>
  bool is_there(const std::optional<T>& value) const {
    return value.has_value();
  }
  template <class T>
  void write(Writer& out, const std::optional<T>& value) const {
    Codec::write(out, *value);
  }
};

template <const auto& codec>
inline constexpr IfAny<std::remove_cvref_t<decltype(codec)>> if_any{codec};

/// An instant in UTC as RFC 3339 spells it, with so many digits of a second's fraction: 0, 3 or 6.
struct InstantText {
  int digits;
  void write(Writer&, Instant) const;
  void describe(Writer& schema) const;
};
inline constexpr InstantText in_milliseconds{3}, in_microseconds{6};

/// Codecs for a nested object: always present, left out if absent, null if absent, and an array of objects.
template <class E>
struct Nested {
  const Properties<E>* table;
  void write(Writer& out, const E& object) const { write_object(out, *table, &object); }
  void describe(Writer& schema) const { contract::describe(schema, *table); }
};
template <class E>
struct NestedIfAny {
  const Properties<E>* table;
  bool is_there(const std::optional<E>& object) const { return object.has_value(); }
  void write(Writer& out, const std::optional<E>& object) const { write_object(out, *table, &*object); }
  void describe(Writer& schema) const { contract::describe(schema, *table); }
};
template <class E>
struct NestedOrNull {
  static constexpr bool shows_null = true;
  const Properties<E>* table;
  void write(Writer& out, const std::optional<E>& object) const {
    write_object_or_null(out, *table, object ? &*object : nullptr);
  }
  void describe(Writer& schema) const { contract::describe(schema, *table); }
};
template <class E>
struct ListOf {
  const Properties<E>* table;
  void write(Writer& out, std::span<const E> objects) const {
    write_array(out, *table, objects.data(), objects.size(), sizeof(E));
  }
  void describe(Writer& schema) const { describe_array(schema, *table); }
};

namespace detail {
template <class E>
E type_of(const Properties<E>&);
template <const auto& table>
using TypeOf = decltype(type_of(table));
}  // namespace detail

template <const auto& table>
inline constexpr Nested<detail::TypeOf<table>> nested{&table};
template <const auto& table>
inline constexpr NestedIfAny<detail::TypeOf<table>> nested_if_any{&table};
template <const auto& table>
inline constexpr NestedOrNull<detail::TypeOf<table>> nested_or_null{&table};
template <const auto& table>
inline constexpr ListOf<detail::TypeOf<table>> list_of{&table};

}  // namespace innkeeper::contract
