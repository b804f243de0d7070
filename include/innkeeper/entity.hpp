#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/result.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// How an entity is described, once: a plain struct, and beside it one constant that names its columns, unique keys and indexes.
/// Every store derives its layout from that constant.
///
///     struct Ticket { Id id{}; std::int64_t version = 0; Id tenant{}; std::string title; };
///     template <> inline constexpr auto innkeeper::description_of<Ticket> =
///         describe<Ticket>("ticket", column("tenant", &Ticket::tenant), column("title", &Ticket::title))
///             .owned_by("tenant").unique("tenant", "title");
namespace innkeeper {

/// An entity's number: given by the store on insert, increasing, never reused, 1 to 2^53 - 1 so that JavaScript keeps it.
/// Zero is "none".
enum class Id : std::int64_t { none = 0 };
constexpr std::int64_t number(Id id) { return static_cast<std::int64_t>(id); }

/// Bytes that are not text, such as a digest or a sealed secret.
struct Bytes {
  std::string data{};
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

/// Text that is known to be compact, valid JSON; it is written out as it stands.
struct JsonText {
  std::string text{};
  friend bool operator==(const JsonText&, const JsonText&) = default;
};

/// The names of an enumeration's values, in order from zero. Specialise it for an enumeration that is stored or shown.
template <class E>
inline constexpr std::array<std::string_view, 0> names_of{};

template <class E>
requires std::is_enum_v<E>
constexpr std::string_view name_of(E value) { return names_of<E>[static_cast<std::size_t>(value)]; }
template <class E>
requires std::is_enum_v<E>
constexpr std::optional<E> from_name(std::string_view name) {
  for (std::size_t i = 0; i < names_of<E>.size(); ++i)
    if (names_of<E>[i] == name) return static_cast<E>(i);
  return std::nullopt;
}

/// One cell of a row: nothing, an integer, or a view of text or bytes. As small as can be: rows are read in great numbers.
class Value {
 public:
  constexpr Value() = default;
  constexpr Value(std::int64_t integer) : integer_(integer), kind_(Kind::integer) {}  // NOLINT(google-explicit-constructor)
  constexpr Value(std::string_view text)                                              // NOLINT(google-explicit-constructor)
      : text_(text.data()), size_(text.size()), kind_(Kind::text) {}

  constexpr bool is_null() const { return kind_ == Kind::null; }
  constexpr bool is_integer() const { return kind_ == Kind::integer; }
  constexpr bool is_text() const { return kind_ == Kind::text; }
  /// 0 for any other kind.
  constexpr std::int64_t integer() const { return is_integer() ? integer_ : 0; }
  /// Empty for any other kind.
  constexpr std::string_view text() const { return is_text() ? std::string_view{text_, size_} : std::string_view{}; }
  /// Null first, then integers, then text by bytes: the order of every store.
  friend constexpr std::strong_ordering operator<=>(const Value& a, const Value& b) {
    if (a.kind_ != b.kind_) return a.kind_ <=> b.kind_;
    if (a.is_integer()) return a.integer_ <=> b.integer_;
    return a.text().compare(b.text()) <=> 0;
  }
  friend constexpr bool operator==(const Value& a, const Value& b) { return std::is_eq(a <=> b); }

 private:
  enum class Kind : std::uint8_t { null, integer, text };
  union {
    std::int64_t integer_ = 0;
    const char* text_;
  };
  std::uint64_t size_ : 56 = 0;
  Kind kind_ : 8 = Kind::null;
};
static_assert(sizeof(Value) == 16);

enum class ColumnType : std::uint8_t { integer, text, blob };

/// One column as stores see it. `since` is the number of the schema step that adds it; rows that were there before get `initial`
/// (text columns that cannot be null; other columns start as null, 0 or no bytes).
struct Column {
  std::string_view name;
  ColumnType type = ColumnType::integer;
  bool nullable = false;
  std::uint16_t since = 1;
  std::string_view initial{};
};

/// One index over columns, given by their positions in `Table::columns`. A row with a null in it never breaks a unique index.
struct Index {
  std::array<std::uint8_t, 4> columns{};
  std::uint8_t size = 0;
  bool is_unique = false;
  std::uint16_t since = 1;
  constexpr std::span<const std::uint8_t> positions() const { return {columns.data(), size}; }
};

/// One table as stores see it. Columns 0 and 1 are always `id` (primary key, never reused) and `version` (1 on insert, one more
/// with every update). The object has static storage duration; stores keep its address.
struct Table {
  std::string_view name;
  std::span<const Column> columns;
  std::span<const Index> indexes;
  int owner = -1;           ///< The column that holds the tenant, -1 where rows belong to nobody.
  int app = -1;             ///< The column that holds the app, -1 where rows belong to none.
  std::uint16_t since = 1;  ///< The schema step that adds it.
};

// ---- from members to cells ---------------------------------------------------------------------------------------------------

template <class T>
struct CellOf {  // enumerations with names
  static_assert(std::is_enum_v<T> && names_of<T>.size() > 0, "no cell form for this type");
  static constexpr ColumnType type = ColumnType::text;
  static constexpr bool nullable = false;
  static Value read(const T& member) { return name_of(member); }
  static T write(const Value& cell) { return from_name<T>(cell.text()).value_or(T{}); }
};
template <>
struct CellOf<std::int64_t> {
  static constexpr ColumnType type = ColumnType::integer;
  static constexpr bool nullable = false;
  static Value read(std::int64_t member) { return member; }
  static std::int64_t write(const Value& cell) { return cell.integer(); }
};
template <>
struct CellOf<bool> {
  static constexpr ColumnType type = ColumnType::integer;
  static constexpr bool nullable = false;
  static Value read(bool member) { return std::int64_t{member}; }
  static bool write(const Value& cell) { return cell.integer() != 0; }
};
template <>
struct CellOf<Id> {  // a reference; none is null
  static constexpr ColumnType type = ColumnType::integer;
  static constexpr bool nullable = true;
  static Value read(Id member) { return member == Id::none ? Value{} : Value{number(member)}; }
  static Id write(const Value& cell) { return cell.is_null() ? Id::none : Id{cell.integer()}; }
};
template <>
struct CellOf<Instant> {  // microseconds since 1970
  static constexpr ColumnType type = ColumnType::integer;
  static constexpr bool nullable = false;
  static Value read(Instant member) { return std::int64_t{member.time_since_epoch().count()}; }
  static Instant write(const Value& cell) { return Instant{std::chrono::microseconds{cell.integer()}}; }
};
template <>
struct CellOf<std::string> {
  static constexpr ColumnType type = ColumnType::text;
  static constexpr bool nullable = false;
  static Value read(const std::string& member) { return std::string_view{member}; }
  static std::string write(const Value& cell) { return std::string{cell.text()}; }
};
template <>
struct CellOf<JsonText> {
  static constexpr ColumnType type = ColumnType::text;
  static constexpr bool nullable = false;
  static Value read(const JsonText& member) { return std::string_view{member.text}; }
  static JsonText write(const Value& cell) { return {std::string{cell.text()}}; }
};
template <>
struct CellOf<Bytes> {
  static constexpr ColumnType type = ColumnType::blob;
  static constexpr bool nullable = false;
  static Value read(const Bytes& member) { return std::string_view{member.data}; }
  static Bytes write(const Value& cell) { return {std::string{cell.text()}}; }
};
template <class T>
struct CellOf<std::optional<T>> {
  static constexpr ColumnType type = CellOf<T>::type;
  static constexpr bool nullable = true;
  static Value read(const std::optional<T>& member) { return member ? CellOf<T>::read(*member) : Value{}; }
  static std::optional<T> write(const Value& cell) {
    return cell.is_null() ? std::nullopt : std::optional<T>{CellOf<T>::write(cell)};
  }
};

// ---- descriptions ------------------------------------------------------------------------------------------------------------

template <class E, class M>
struct MemberColumn {
  std::string_view name;
  M E::*member;
  std::uint16_t since = 1;
  std::string_view initial{};
};

/// A column that keeps `member`, there since schema step `since`; `initial` is what a text column of older rows then holds.
template <class E, class M>
constexpr MemberColumn<E, M> column(std::string_view name, M E::*member, std::uint16_t since = 1, std::string_view initial = {}) {
  return {name, member, since, initial};
}

template <class E, class... M>
struct Description {
  static constexpr std::size_t width = sizeof...(M) + 2;

  std::string_view name;
  std::tuple<MemberColumn<E, M>...> members;
  std::uint16_t table_since = 1;
  int owner = -1;
  int app = -1;
  std::uint16_t index_since = 1;
  std::array<Index, 8> indexes{};
  std::size_t index_count = 0;

  /// Names the column that holds the tenant: a transaction confined to a tenant sees no other rows.
  constexpr Description owned_by(std::string_view column_name) const {
    auto changed = *this;
    changed.owner = position(column_name);
    return changed;
  }
  /// Names the column that holds the app: a transaction confined to an app sees no other rows.
  constexpr Description within(std::string_view column_name) const {
    auto changed = *this;
    changed.app = position(column_name);
    return changed;
  }
  constexpr Description since(std::uint16_t step) const {
    auto changed = *this;
    changed.table_since = step;
    return changed;
  }
  /// Indexes named after this are added by that schema step.
  constexpr Description indexes_since(std::uint16_t step) const {
    auto changed = *this;
    changed.index_since = step;
    return changed;
  }
  template <class... Names>
  constexpr Description unique(Names... column_names) const {
    return with_index(true, {std::string_view{column_names}...});
  }
  template <class... Names>
  constexpr Description index(Names... column_names) const {
    return with_index(false, {std::string_view{column_names}...});
  }

  constexpr bool has(std::string_view column_name) const {
    return std::apply([&](const auto&... each) { return ((each.name == column_name) || ...); }, members);
  }
  constexpr int position(std::string_view column_name) const {
    if (column_name == "id") return 0;
    int at = 2;
    int found = -1;
    std::apply([&](const auto&... each) { ((each.name == column_name ? found = at : 0, ++at), ...); }, members);
    if (found < 0) throw "no such column";  // a compile-time error where it matters
    return found;
  }
  template <class T>
  constexpr int position(T E::*member) const {
    if constexpr (std::is_same_v<T, Id>)
      if (member == &E::id) return 0;
    int at = 2;
    int found = -1;
    std::apply([&](const auto&... each) { ((same(each.member, member) ? found = at : 0, ++at), ...); }, members);
    return found;
  }

 private:
  template <class A, class B>
  static constexpr bool same(A E::*a, B E::*b) {
    if constexpr (std::is_same_v<A, B>)
      return a == b;
    else
      return false;
  }
  constexpr Description with_index(bool is_unique, std::initializer_list<std::string_view> column_names) const {
    auto changed = *this;
    Index added;
    added.is_unique = is_unique;
    added.since = index_since;
    for (auto each : column_names) added.columns[added.size++] = static_cast<std::uint8_t>(position(each));
    changed.indexes[changed.index_count++] = added;
    return changed;
  }
};

template <class E, class... M>
constexpr Description<E, M...> describe(std::string_view table, MemberColumn<E, M>... columns) {
  return {table, {columns...}};
}

/// Specialise this for an entity; see the top of the file.
template <class E>
inline constexpr int description_of = 0;

namespace detail {
template <class E>
constexpr auto columns_of() {
  constexpr auto& from = description_of<E>;
  std::array<Column, from.width> columns{Column{"id"}, Column{"version"}};
  std::size_t at = 2;
  std::apply(
      [&](const auto&... each) {
        ((columns[at++] =
              Column{each.name, CellOf<std::remove_cvref_t<decltype(std::declval<E>().*each.member)>>::type,
                     CellOf<std::remove_cvref_t<decltype(std::declval<E>().*each.member)>>::nullable, each.since, each.initial}),
         ...);
      },
      from.members);
  return columns;
}
template <class E>
inline constexpr auto columns = columns_of<E>();
}  // namespace detail

/// The table of an entity, derived from its description.
template <class E>
inline constexpr Table table_of{description_of<E>.name,
                                detail::columns<E>,
                                std::span<const Index>{description_of<E>.indexes.data(), description_of<E>.index_count},
                                description_of<E>.owner,
                                description_of<E>.app,
                                description_of<E>.table_since};

/// The cells of an entity, in the order of its table. They view the entity.
template <class E>
auto to_cells(const E& entity) {
  std::array<Value, description_of<E>.width> cells{Value{number(entity.id)}, Value{entity.version}};
  std::size_t at = 2;
  std::apply(
      [&](const auto&... each) {
        ((cells[at++] = CellOf<std::remove_cvref_t<decltype(entity.*each.member)>>::read(entity.*each.member)), ...);
      },
      description_of<E>.members);
  return cells;
}

template <class E>
E from_cells(std::span<const Value> cells) {
  E entity{};
  entity.id = Id{cells[0].integer()};
  entity.version = cells[1].integer();
  std::size_t at = 2;
  std::apply(
      [&](const auto&... each) {
        ((entity.*each.member = CellOf<std::remove_cvref_t<decltype(entity.*each.member)>>::write(cells[at++])), ...);
      },
      description_of<E>.members);
  return entity;
}

}  // namespace innkeeper
