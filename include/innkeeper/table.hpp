#pragma once

#include <innkeeper/types.hpp>

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// Tables and rows as stores see them.
namespace innkeeper {

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

/// How many characters (code points) a text may have.
struct Length {
  std::size_t least = 0;
  std::size_t most = 0;
};
/// What a number may be.
struct Range {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

inline constexpr Length text_length{0, 255};
inline constexpr Length name_length{1, 255};
/// What a JSON number holds exactly (RFC 8259 §6).
inline constexpr std::int64_t most_exact = (std::int64_t{1} << 53U) - 1;

/// What becomes of a row when the row that it refers to is removed.
enum class OnRemove : std::uint8_t {
  keep,      ///< Nothing: the reference leads nowhere from then on.
  cascade,   ///< It goes too. An index leads with the column, or with the tenant's and then the column.
  set_null,  ///< It refers to none, which is told as a change of it. An index leads with the column.
};
struct Reference {
  std::string_view table;
  OnRemove on_remove = OnRemove::keep;
};
constexpr Reference references(std::string_view table, OnRemove on_remove) { return {table, on_remove}; }

/// Of a column that is the engine's own and shown nowhere, not even in the audit trail.
struct Internal {};
inline constexpr Internal internal{};

/// One column. `since` is the number of the schema step that adds it; rows that were there before get `initial` (text columns
/// that cannot be null; other columns start as null, 0 or no bytes). Stores see to the layout; `length` and `range` are for those
/// who write rows: every contract and the import.
struct Column {
  std::string_view name;
  ColumnType type = ColumnType::integer;
  bool nullable = false;
  std::uint16_t since = 1;
  std::string_view initial{};
  ColumnKind kind = ColumnKind::integer;
  std::span<const std::string_view> names{};  ///< Of a choice: the names of its values.
  Length length{};                            ///< Of a text; `most` is 0 where no rule is known.
  Range range{};                              ///< Of a number; the same.
  Reference reference{};                      ///< Whose id it holds; no table where nothing depends on it.
  bool is_internal = false;
};

/// One index over columns, given by their positions in `Table::columns`. A row with a null in it never breaks a unique index.
struct Index {
  std::array<std::uint8_t, 4> columns{};
  std::uint8_t size = 0;
  bool is_unique = false;
  std::uint16_t since = 1;
  constexpr std::span<const std::uint8_t> positions() const { return {columns.data(), size}; }
};

/// How long rows are kept, counted from the time in a column. An index leads with that column.
struct Retention {
  int column = -1;             ///< -1: for ever, or until something else removes them.
  bool is_configured = false;  ///< For `Limits::keep_events`.
  std::chrono::seconds time{};
};
inline constexpr struct AsConfigured {
} as_configured{};

/// What a new row must leave room for under the quotas; otherwise it is refused.
enum class Needs : std::uint8_t {
  nothing,  ///< It is counted, but never refused.
  bytes,
  all,  ///< One more of its kind, its bytes, and an event too.
};
/// Whether a change of the row is refused if the bytes that it adds exceed a quota.
enum class Growth : std::uint8_t {
  is_free,   ///< Never: the change was reported, or it ends something.
  is_bound,  ///< Yes.
};

/// How rows count against quotas: by kind where they have one beside bytes.
struct Counting {
  /// The order in which maintenance counts the rows of an older database, table by table; no two tables have the same. 0: the
  /// rows do not count.
  std::uint8_t turn = 0;
  QuotaKind kind = QuotaKind::bytes;
  Needs needs = Needs::nothing;
  Growth growth = Growth::is_free;
};

/// One table as stores see it. Columns 0 and 1 are always `id` (primary key, never reused) and `version` (1 on insert, one more
/// with every update). The object has static storage duration; stores keep its address.
struct Table {
  std::string_view name;
  std::span<const Column> columns;
  std::span<const Index> indexes;
  int owner = -1;           ///< The column that holds the tenant, -1 if rows have none.
  int app = -1;             ///< The column that holds the app, -1 if rows have none.
  std::uint16_t since = 1;  ///< The schema step that adds it.
  Retention retention{};
  Counting counting{};
};

/// One condition on a column. Null equals only null, is never ordered, contains nothing and is in no list. A value of another
/// type than its column and its comparison ask for is a defect (`Errc::internal`).
struct Condition {
  std::uint8_t column = 0;
  Compare compare = Compare::equal;
  Value value{};
};

/// Which rows of a table, in which order, with a limit and an offset. All conditions must hold. Ties, and selections without an
/// order, are sorted by id ascending. At most `max_terms` conditions and as many orderings.
struct Selection {
  static constexpr std::size_t max_terms = 12;

  std::array<Condition, max_terms> conditions{};
  std::array<Ordering, max_terms> orderings{};
  std::uint8_t condition_count = 0;
  std::uint8_t ordering_count = 0;
  std::int64_t limit = -1;  ///< -1 is no limit.
  std::int64_t offset = 0;

  std::span<const Condition> where() const { return {conditions.data(), condition_count}; }
  std::span<const Ordering> order() const { return {orderings.data(), ordering_count}; }
  void add(Condition condition) { conditions.at(condition_count++) = condition; }
  void add(Ordering ordering) { orderings.at(ordering_count++) = ordering; }
};

}  // namespace innkeeper
