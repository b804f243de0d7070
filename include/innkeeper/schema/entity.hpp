#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/table.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// How an entity is described, once: a plain struct, and beside it one constant that names its columns, unique keys and indexes.
/// Every store derives its layout from that constant; the audit trail, import and export, the removal of what belongs to a row
/// that goes, and retention are loops over it.
///
///     struct Ticket { Id id{}; std::int64_t version = 0; Id tenant{}; Id app{}; std::string title; Instant closed_at{}; };
///     template <> inline constexpr auto innkeeper::description_of<Ticket> =
///         describe<Ticket>("ticket", column("tenant", &Ticket::tenant),
///                          column("app", &Ticket::app, references("app", OnRemove::cascade)),
///                          column("title", &Ticket::title, Length{1, 255}), column("closed_at", &Ticket::closed_at))
///             .owned_by("tenant").within("app").unique("app", "title").index("closed_at").kept_for("closed_at",
///             std::chrono::days{90});
namespace innkeeper {

// ---- from members to cells ---------------------------------------------------------------------------------------------------

template <class T>
struct CellOf {  // enumerations with names
  static_assert(std::is_enum_v<T> && names_of<T>.size() > 0, "no cell form for this type");
  static constexpr ColumnKind kind = ColumnKind::choice;
  static constexpr ColumnType type = ColumnType::text;
  static constexpr bool nullable = false;
  static Value read(const T& member) { return name_of(member); }
  static T write(const Value& cell) { return from_name<T>(cell.text()).value_or(T{}); }
};
template <>
struct CellOf<std::int64_t> {
  static constexpr ColumnKind kind = ColumnKind::integer;
  static constexpr ColumnType type = ColumnType::integer;
  static constexpr bool nullable = false;
  static Value read(std::int64_t member) { return member; }
  static std::int64_t write(const Value& cell) { return cell.integer(); }
};
template <>
struct CellOf<bool> {
  static constexpr ColumnKind kind = ColumnKind::boolean;
  static constexpr ColumnType type = ColumnType::integer;
  static constexpr bool nullable = false;
  static Value read(bool member) { return std::int64_t{member}; }
  static bool write(const Value& cell) { return cell.integer() != 0; }
};
template <>
struct CellOf<Id> {  // a reference; none is null
  static constexpr ColumnKind kind = ColumnKind::reference;
  static constexpr ColumnType type = ColumnType::integer;
  static constexpr bool nullable = true;
  static Value read(Id member) { return member == Id::none ? Value{} : Value{number(member)}; }
  static Id write(const Value& cell) { return cell.is_null() ? Id::none : Id{cell.integer()}; }
};
template <>
struct CellOf<Instant> {  // microseconds since 1970
  static constexpr ColumnKind kind = ColumnKind::time;
  static constexpr ColumnType type = ColumnType::integer;
  static constexpr bool nullable = false;
  static Value read(Instant member) { return std::int64_t{member.time_since_epoch().count()}; }
  static Instant write(const Value& cell) { return Instant{std::chrono::microseconds{cell.integer()}}; }
};
template <>
struct CellOf<std::string> {
  static constexpr ColumnKind kind = ColumnKind::text;
  static constexpr ColumnType type = ColumnType::text;
  static constexpr bool nullable = false;
  static Value read(const std::string& member) { return std::string_view{member}; }
  static std::string write(const Value& cell) { return std::string{cell.text()}; }
};
template <>
struct CellOf<JsonText> {
  static constexpr ColumnKind kind = ColumnKind::json;
  static constexpr ColumnType type = ColumnType::text;
  static constexpr bool nullable = false;
  static Value read(const JsonText& member) { return std::string_view{member.text}; }
  static JsonText write(const Value& cell) { return {std::string{cell.text()}}; }
};
template <>
struct CellOf<Bytes> {
  static constexpr ColumnKind kind = ColumnKind::secret;
  static constexpr ColumnType type = ColumnType::blob;
  static constexpr bool nullable = false;
  static Value read(const Bytes& member) { return std::string_view{member.data}; }
  static Bytes write(const Value& cell) { return {std::string{cell.text()}}; }
};
template <class T>
struct CellOf<std::optional<T>> {
  static constexpr ColumnKind kind = CellOf<T>::kind;
  static constexpr ColumnType type = CellOf<T>::type;
  static constexpr bool nullable = true;
  static Value read(const std::optional<T>& member) { return member ? CellOf<T>::read(*member) : Value{}; }
  static std::optional<T> write(const Value& cell) {
    return cell.is_null() ? std::nullopt : std::optional<T>{CellOf<T>::write(cell)};
  }
};

// ---- descriptions ------------------------------------------------------------------------------------------------------------

namespace detail {

template <class T>
struct Held {
  using Type = T;
};
template <class T>
struct Held<std::optional<T>> {
  using Type = T;
};

constexpr void put(Column& column, int since) { column.since = static_cast<std::uint16_t>(since); }
constexpr void put(Column& column, std::string_view initial) { column.initial = initial; }
constexpr void put(Column& column, const Length& length) {
  if (column.kind != ColumnKind::text) throw "only texts have a length";
  column.length = length;
}
constexpr void put(Column& column, const Range& range) {
  if (column.kind != ColumnKind::integer) throw "only numbers have a range";
  column.range = range;
}
constexpr void put(Column& column, const Reference& reference) {
  if (column.kind != ColumnKind::reference) throw "only an Id refers to a row";
  column.reference = reference;
}
constexpr void put(Column& column, Internal) { column.is_internal = true; }

}  // namespace detail

template <class E, class M>
struct MemberColumn {
  M E::*member;
  Column column;
};

/// A column that keeps `member`. The parts may be: the schema step that adds it; behind that what a text column of older rows
/// then holds; a `Length` or `Range`; `references`; `internal`.
template <class E, class M, class... Parts>
constexpr MemberColumn<E, M> column(std::string_view name, M E::*member, const Parts&... parts) {
  Column column{.name = name, .type = CellOf<M>::type, .nullable = CellOf<M>::nullable, .kind = CellOf<M>::kind};
  using Choice = typename detail::Held<M>::Type;
  if constexpr (std::is_enum_v<Choice> && !std::is_same_v<Choice, Id>) column.names = names_of<Choice>;
  (detail::put(column, parts), ...);
  return {member, column};
}

namespace detail {

template <std::size_t at, class E, class M>
struct Leaf {
  M E::*member;
};
template <class Positions, class E, class... M>
struct Leaves;
/// Pointers to members, as bases of one class: what a tuple would be, at a third of the time a compiler takes for one.
template <std::size_t... at, class E, class... M>
struct Leaves<std::index_sequence<at...>, E, M...> : Leaf<at, E, M>... {};

template <std::size_t at, class E, class M>
constexpr auto member_at(const Leaf<at, E, M>& leaf) {
  return leaf.member;
}

}  // namespace detail

template <class E, class... M>
struct Description {
  static constexpr std::size_t width = sizeof...(M) + 2;
  using Positions = std::index_sequence_for<M...>;

  std::string_view name;
  detail::Leaves<Positions, E, M...> members;
  std::array<Column, width> columns{};
  std::uint16_t table_since = 1;
  int owner = -1;
  int app = -1;
  Retention retention{};
  Counting counting{};
  std::uint16_t index_since = 1;
  std::array<Index, 8> indexes{};
  std::size_t index_count = 0;

  /// Names the column that holds the tenant: a transaction confined to a tenant sees no other rows.
  constexpr Description& owned_by(std::string_view column_name) {
    owner = position(column_name);
    return *this;
  }
  /// Names the column that holds the app: a transaction confined to an app sees no other rows.
  constexpr Description& within(std::string_view column_name) {
    app = position(column_name);
    return *this;
  }
  constexpr Description& since(std::uint16_t step) {
    table_since = step;
    return *this;
  }
  /// Names a column with a time: a row goes once that has passed.
  constexpr Description& kept_until(std::string_view column_name) { return kept_for(column_name, std::chrono::seconds{0}); }
  /// The same, so long after it.
  constexpr Description& kept_for(std::string_view column_name, std::chrono::seconds time) {
    retention = {position(column_name), false, time};
    return *this;
  }
  /// The same, `Limits::keep_events` after it.
  constexpr Description& kept_for(std::string_view column_name, AsConfigured) {
    retention = {position(column_name), true, {}};
    return *this;
  }
  /// Its rows count against quotas. For the engine's own tables, of which each has a turn.
  constexpr Description& counted(std::uint8_t turn, QuotaKind kind, Needs needs, Growth growth) {
    counting = {turn, kind, needs, growth};
    return *this;
  }
  /// Indexes named after this are added by that schema step.
  constexpr Description& indexes_since(std::uint16_t step) {
    index_since = step;
    return *this;
  }
  template <class... Names>
  constexpr Description& unique(Names... column_names) {
    return with_index(true, {std::string_view{column_names}...});
  }
  template <class... Names>
  constexpr Description& index(Names... column_names) {
    return with_index(false, {std::string_view{column_names}...});
  }

  constexpr bool has(std::string_view column_name) const {
    for (const auto& each : columns)
      if (each.name == column_name) return true;
    return false;
  }
  constexpr int position(std::string_view column_name) const {
    for (std::size_t at = 0; at < width; ++at)
      if (columns[at].name == column_name) return static_cast<int>(at);
    throw "no such column";  // a compile-time error where it matters
  }
  template <class T>
  constexpr int position(T E::*member) const {
    if constexpr (std::is_same_v<T, Id>)
      if (member == &E::id) return 0;
    if constexpr (std::is_same_v<T, std::int64_t>)
      if (member == &E::version) return 1;
    const int found = find(member, Positions{});
    if (found < 0) throw "no such column";  // a compile-time error where it matters
    return found;
  }
  /// Calls `visit(column, member)` for each column behind the id and the version.
  template <class Visit>
  constexpr void each(Visit visit) const {
    each(visit, Positions{});
  }

 private:
  template <class A, class B>
  static constexpr bool same(A E::*a, B E::*b) {
    if constexpr (std::is_same_v<A, B>)
      return a == b;
    else
      return false;
  }
  template <class T, std::size_t... at>
  constexpr int find(T E::*member, std::index_sequence<at...>) const {
    int found = -1;
    (void)((same(detail::member_at<at>(members), member) && (found = static_cast<int>(at) + 2, true)) || ...);
    return found;
  }
  template <class Visit, std::size_t... at>
  constexpr void each(Visit& visit, std::index_sequence<at...>) const {
    (visit(columns[at + 2], detail::member_at<at>(members)), ...);
  }
  constexpr Description& with_index(bool is_unique, std::initializer_list<std::string_view> column_names) {
    Index added;
    added.is_unique = is_unique;
    added.since = index_since;
    for (auto each : column_names) added.columns[added.size++] = static_cast<std::uint8_t>(position(each));
    indexes[index_count++] = added;
    return *this;
  }
};

template <class E, class... M>
constexpr Description<E, M...> describe(std::string_view table, MemberColumn<E, M>... columns) {
  return {table, {{columns.member}...}, {Column{"id"}, Column{"version"}, columns.column...}};
}

/// Specialise this for an entity; see the top of the file.
template <class E>
inline constexpr int description_of = 0;

/// The table of an entity, derived from its description.
template <class E>
inline constexpr Table table_of{description_of<E>.name,
                                description_of<E>.columns,
                                std::span<const Index>{description_of<E>.indexes.data(), description_of<E>.index_count},
                                description_of<E>.owner,
                                description_of<E>.app,
                                description_of<E>.table_since,
                                description_of<E>.retention,
                                description_of<E>.counting};

/// The column that keeps a member.
template <class E, class M>
constexpr const Column& column_of(M E::*member) {
  return description_of<E>.columns[static_cast<std::size_t>(description_of<E>.position(member))];
}

/// The cells of an entity, in the order of its table. They view the entity.
template <class E>
auto to_cells(const E& entity) {
  std::array<Value, description_of<E>.width> cells{Value{number(entity.id)}, Value{entity.version}};
  std::size_t at = 2;
  description_of<E>.each([&](const Column&, auto member) {
    cells[at++] = CellOf<std::remove_cvref_t<decltype(entity.*member)>>::read(entity.*member);
  });
  return cells;
}

template <class E>
E from_cells(std::span<const Value> cells) {
  E entity{};
  entity.id = Id{cells[0].integer()};
  entity.version = cells[1].integer();
  std::size_t at = 2;
  description_of<E>.each([&](const Column&, auto member) {
    entity.*member = CellOf<std::remove_cvref_t<decltype(entity.*member)>>::write(cells[at++]);
  });
  return entity;
}

// ---- drafts ------------------------------------------------------------------------------------------------------------------

/// One column that a draft may set: the draft has an optional member, which holds what the column is to be or nothing.
struct Change {
  void (*apply)(const void* draft, void* row) = nullptr;
};

namespace detail {
template <class D, class E, auto wanted, auto member>
void apply_change(const void* draft, void* row) {
  const auto& value = static_cast<const D*>(draft)->*wanted;
  auto& place = static_cast<E*>(row)->*member;
  if (!value) return;
  if constexpr (requires { place = *value; })
    place = *value;
  else
    place = value->count();  // a time span, kept as a number
}
template <auto wanted, auto member, class D, class W, class E, class M>
constexpr Change change_of(W D::*, M E::*) {
  return {apply_change<D, E, wanted, member>};
}
}  // namespace detail

/// `wanted` is the draft's member, `member` the row's.
template <auto wanted, auto member>
inline constexpr Change change = detail::change_of<wanted, member>(wanted, member);

/// What a draft sets: an array of `Change`. Specialise it beside the draft.
template <class Draft>
inline constexpr int changes_of = 0;

/// Sets the columns that a draft has a value for.
template <class Draft, class E>
void apply_changes(const Draft& draft, E& row) {
  for (const auto& each : changes_of<Draft>) each.apply(&draft, &row);
}

}  // namespace innkeeper
