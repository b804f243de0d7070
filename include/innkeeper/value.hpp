#pragma once

#include <innkeeper/environment.hpp>

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

/// The values that columns hold, and how members of entities become cells of rows.
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

/// What a column means, which follows from the type of its member.
enum class ColumnKind : std::uint8_t {
  integer,
  boolean,    ///< 0 or 1.
  time,       ///< Microseconds since 1970.
  reference,  ///< The id of another row; null: none.
  text,
  choice,  ///< One of `Column::names`.
  json,
  secret,  ///< Bytes, which are shown to nobody.
};

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

}  // namespace innkeeper
