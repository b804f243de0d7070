#pragma once

#include <innkeeper/contract/rules.hpp>
#include <innkeeper/json/codecs.hpp>
#include <innkeeper/json/parse.hpp>
#include <innkeeper/json/writer.hpp>
#include <innkeeper/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// The fields of a request body, one row each: its path, the member that it is stored in, its validation rules, and the message
/// and code of a failure. Decoding, error messages and the JSON Schema are derived from the rows. A row is plain data; only the
/// function that reads a value into its member depends on types.
///
///     constexpr Field room_rows[] = {
///         field<&Draft::name>("/name", at_least(1), at_most(255), code("10002"), "Title shown to participants"),
///         field<&Draft::mode>("/settings/mode", code("10019"), "group or lecture")};
///     constexpr auto new_room = fields<Draft>("NewRoom", room_rows).requiring("/name");
namespace innkeeper::contract {

struct Field;

// ---- what a table does with null, with unknown members, and with failures ----------------------------------------------------

/// What `null` means. `clears` sets the member to an empty value; a member of type `optional<optional<T>>` tells a cleared field
/// from an absent one. `clears_what_may` clears members of that type only; elsewhere null is refused (RFC 7396), or counts as
/// absent.
enum class Null : std::uint8_t { is_absent, clears, clears_what_may, clears_what_may_or_is_absent, is_refused };

/// What becomes of members that no row names. `is_ignored_openly`: the schema says that there may be some.
enum class Unknown : std::uint8_t { is_ignored, is_ignored_openly, is_refused };

struct Policy {
  Null null = Null::is_absent;
  bool collects_all = false;              ///< All failures are reported, in the order of the rows; otherwise only the first.
  Unknown unknown = Unknown::is_ignored;  ///< Where they are refused, that is told after the others.
  Fault of_unknown = fault("is not known");
  /// What is said where neither the row nor the rule has words, in a contract that words it otherwise than `usual`. `broken` is
  /// the rule that was not met, or null where the codec does not take the value.
  std::string (*sentence)(const Field&, const Rule* broken, std::string usual) = nullptr;
};

/// The failures found so far in one object. `pointer` is the object's JSON pointer; `longest_object` is for codecs that need it.
class Findings {
 public:
  Findings(std::string_view pointer, const Policy& policy, std::size_t longest_object)
      : pointer_(pointer), policy_(policy), longest_object_(longest_object) {}
  std::string_view pointer() const { return pointer_; }
  const Policy& policy() const { return policy_; }
  std::size_t longest_object() const { return longest_object_; }
  void add(std::string_view path, std::string_view sentence, std::string_view vendor_code);
  /// Those of a nested object, whose paths are complete already.
  void add_all(std::vector<Violation>&&);
  bool is_empty() const { return violations_.empty(); }
  /// Whether decoding can stop: enough failures were found.
  bool is_settled() const { return violations_.size() >= (policy_.collects_all ? most : 1); }
  Error take_error();

 private:
  static constexpr std::size_t most = 100;
  std::string_view pointer_;
  const Policy& policy_;
  std::size_t longest_object_;
  std::vector<Violation> violations_;
};

// ---- rows --------------------------------------------------------------------------------------------------------------------

/// Identifies the type of which a row fills a member; compared at compile time.
using TypeTag = const void*;
template <class E>
inline constexpr char type_tag_of = 0;

/// A row. Made by `field`, `closed_object` and `check`.
struct Field {
  enum class Is : std::uint8_t {
    value,
    closed_object,  ///< An object that has no members but those that rows name.
    check,          ///< A rule over several members.
  };
  Is is = Is::value;
  std::string_view path{};  ///< A JSON pointer without escapes.
  TypeTag type = nullptr;
  void (*take)(const Field&, json::View, void* into, Findings&) = nullptr;
  void (*clear)(void* into) = nullptr;
  void (*describe)(const Field&, json::Writer& schema) = nullptr;  ///< Writes the schema keywords of the codec.
  bool may_be_cleared = false;                                     ///< The member tells a cleared value from an absent one.
  Presence presence = Presence::optional;
  bool is_postponed = false;                        ///< See `Postponed`.
  bool (*is_needed)(const void* so_far) = nullptr;  ///< Makes it required.
  bool (*holds)(const void* so_far) = nullptr;      ///< Of a check.
  std::size_t rule_count = 0;
  std::array<Rule, 3> rules{};
  Fault fault{};
  Fault missing{};
  std::string_view note{};

  constexpr std::span<const Rule> all_rules() const { return {rules.data(), rule_count}; }
};

/// Adds the failure of a value that the row's codec does not accept.
void refuse(const Field&, std::string expectation, Findings&);

/// Makes a row required if a function of the members read before it returns true. Made by `when`.
struct Condition {
  TypeTag type = nullptr;
  bool (*holds)(const void* so_far) = nullptr;
};

namespace detail {

/// What a row fills: a member, or what a function returns for the object.
template <auto target>
struct Target;
template <class E, class M, M E::*member>
struct Target<member> {
  using Object = E;
  using Value = M;
  static M& in(E& object) { return object.*member; }
};
template <class E, class M, M& (*place)(E&)>
struct Target<place> {
  using Object = E;
  using Value = M;
  static M& in(E& object) { return place(object); }
};
template <auto target>
using ObjectOf = typename Target<target>::Object;
template <auto target>
using ValueOf = typename Target<target>::Value;

/// What a function that looks at an object looks at.
template <auto test>
struct Test;
template <class E, bool (*test)(const E&)>
struct Test<test> {
  using Object = E;
  static bool holds(const void* object) { return test(*static_cast<const E*>(object)); }
};

template <class T>
struct IsTwiceOptional : std::false_type {};
template <class T>
struct IsTwiceOptional<std::optional<std::optional<T>>> : std::true_type {};

/// What is right, of a value that a codec does not take.
template <class Codec>
std::string expectation_of(const Codec& codec, json::View value) {
  if constexpr (requires { codec.expectation(value); })
    return codec.expectation(value);
  else if constexpr (requires { codec.expectation(); })
    return codec.expectation();
  else
    return "has the wrong type";
}

template <class E, auto target, const auto& codec>
void take(const Field& row, json::View value, void* into, Findings& findings) {
  auto& place = Target<target>::in(*static_cast<E*>(into));
  if constexpr (requires { codec.read(value, row, findings); }) {  // says by itself what is wrong
    if (auto read = codec.read(value, row, findings)) place = std::move(*read);
  } else if (auto read = codec.read(value)) {
    place = std::move(*read);
  } else {
    refuse(row, expectation_of(codec, value), findings);
  }
}

template <class E, auto target>
void clear(void* into) {
  using M = ValueOf<target>;
  auto& place = Target<target>::in(*static_cast<E*>(into));
  if constexpr (IsTwiceOptional<M>::value)
    place = typename M::value_type{};
  else
    place = M{};
}

/// What the rules of a row say of an array's elements, for codecs that describe those.
struct ElementRules {
  json::Writer& schema;
  const Field& row;
  void operator()() const;
};
template <const auto& codec>
void describe(const Field& row, json::Writer& schema) {
  codec.describe(schema, ElementRules{schema, row});
}

constexpr void put(Field& row, Presence presence) { row.presence = presence; }
constexpr void put(Field& row, const Condition& condition) {
  if (condition.type != row.type) throw "the condition is about another type";
  row.is_needed = condition.holds;
}
constexpr void put(Field& row, const Rule& rule) { row.rules.at(row.rule_count++) = rule; }
constexpr void put(Field& row, const Rules& rules) {
  for (std::size_t i = 0; i < rules.size; ++i) put(row, rules.items.at(i));
}
constexpr void put(Field& row, const Fault& fault) { row.fault = fault; }
constexpr void put(Field& row, const Missing& missing) { row.missing = missing.fault; }
constexpr void put(Field& row, std::string_view note) { row.note = note; }

}  // namespace detail

template <class T>
inline constexpr json::CodecOf<T> codec_of{};

/// A row of a table of `E`, which may be derived from the class that has the member.
template <class E, auto target, const auto& codec = codec_of<detail::ValueOf<target>>, class... Parts>
constexpr Field field(std::string_view path, const Parts&... parts) {
  Field row;
  row.path = path;
  row.type = &type_tag_of<E>;
  row.take = detail::take<E, target, codec>;
  row.clear = detail::clear<E, target>;
  row.describe = detail::describe<codec>;
  row.may_be_cleared = detail::IsTwiceOptional<detail::ValueOf<target>>::value;
  (detail::put(row, parts), ...);
  return row;
}
/// A row. `target` is a pointer to a member, or a function that returns a reference into the object; `path` is a JSON pointer
/// without escapes. Without a `codec` it is that of the target's type. The parts may be, in any order: `required`, `when<test>`,
/// rules (tested in their order), `fault`, `code`, `missing`, and a description for the schema.
template <auto target, const auto& codec = codec_of<detail::ValueOf<target>>, class... Parts>
constexpr Field field(std::string_view path, const Parts&... parts) {
  return field<detail::ObjectOf<target>, target, codec>(path, parts...);
}
/// Makes a row required if `test`, a function of the object, returns true for what the rows before it have filled.
template <auto test>
inline constexpr Condition when{&type_tag_of<typename detail::Test<test>::Object>, detail::Test<test>::holds};

/// An object that has no members but those that rows name. The first other member is a failure of the object, reported in this
/// row's turn: `unknown`, and the member's name. `no_object` is the failure of a value that is not an object.
constexpr Field closed_object(std::string_view path, const Fault& no_object, const Fault& unknown) {
  Field row;
  row.is = Field::Is::closed_object;
  row.path = path;
  row.fault = no_object;
  row.missing = unknown;
  return row;
}
/// A rule over several members: a function of what the rows before it have filled. If it returns false, the failure is that of
/// `path`.
template <auto test>
constexpr Field check(std::string_view path, const Fault& fault) {
  Field row;
  row.is = Field::Is::check;
  row.path = path;
  row.type = &type_tag_of<typename detail::Test<test>::Object>;
  row.holds = detail::Test<test>::holds;
  row.fault = fault;
  return row;
}
/// The same row; its failure is returned to the operation instead (see `Postponed`).
constexpr Field postponed(Field row) {
  row.is_postponed = true;
  return row;
}

// ---- tables ------------------------------------------------------------------------------------------------------------------

struct FieldTable {
  std::string_view name{};  ///< The schema's title.
  std::span<const Field> rows{};
  Policy policy{};
  const FieldTable* base = nullptr;  ///< The table whose rows go before these.
  void* (*to_base)(void*) = nullptr;
  std::array<std::string_view, 4> needed{};  ///< Paths of the rows that are required in this table.
  std::size_t needed_count = 0;

  constexpr bool needs(const Field& row) const {
    if (row.presence == Presence::required) return true;
    for (std::size_t i = 0; i < needed_count; ++i)
      if (needed[i] == row.path) return true;
    return false;
  }
};

/// A table of the fields of `E`.
template <class E>
struct Fields : FieldTable {
  consteval Fields with(const Policy& changed) const {
    auto table = *this;
    table.policy = changed;
    return table;
  }
  /// The same, and the row of that path is required.
  consteval Fields requiring(std::string_view path) const {
    auto table = *this;
    bool is_there = false;
    for (const auto& row : rows) is_there = is_there || row.path == path;
    if (!is_there) throw "no row has that path";
    table.needed.at(table.needed_count++) = path;
    return table;
  }
  /// The same behind the rows of another table, which has static storage duration.
  template <class Base>
  consteval Fields after(const Fields<Base>& rows_of_base) const {
    auto table = *this;
    table.base = &rows_of_base;
    table.to_base = [](void* object) -> void* { return static_cast<Base*>(static_cast<E*>(object)); };
    return table;
  }
};

/// A table of rows, which have static storage duration. Does not compile if one fills another type.
template <class E>
consteval Fields<E> fields(std::string_view name, std::span<const Field> rows, const Policy& policy = {}) {
  for (const auto& row : rows)
    if (row.is != Field::Is::closed_object && row.type != &type_tag_of<E>) throw "a row fills another type";
  Fields<E> table;
  table.name = name;
  table.rows = rows;
  table.policy = policy;
  return table;
}

/// A failure that must be reported after a check that needs the store, such as whether the object exists. The operation asks for
/// it after that check.
class Postponed {
 public:
  Postponed() = default;
  Postponed(const Field& row, Error error) : row_(&row), error_(std::move(error)) {}
  /// The error, if it is that of the row of that path or of one before it.
  Result<void> up_to(const FieldTable&, std::string_view path) const;
  /// The error, if there is one.
  Result<void> all() const {
    if (error_) return *error_;
    return {};
  }

 private:
  const Field* row_ = nullptr;
  std::optional<Error> error_{};
};

/// `malformed` with `json::reason::not_an_object`.
Error not_an_object(std::string_view pointer);

/// Fills the members of an object. Errors: as those of `decode`.
Result<void> fill(const FieldTable&, json::View object, std::string_view pointer, std::size_t longest_object, void* into,
                  Postponed* aside = nullptr);

/// Fills an `E` from a JSON object; absent fields keep the values that `E` starts with. `pointer` is the object's place in its
/// document, for violations; `longest_object` is the maximum size of free JSON, in bytes. Errors: `malformed` with
/// `reason::not_an_object`; `invalid` with `reason::invalid_fields`, a violation for each reported failure, and the message of
/// the first as the detail.
template <class E>
Result<E> decode(const Fields<E>& table, json::View object, std::string_view pointer = {}, std::size_t longest_object = 0) {
  E into{};
  if (auto filled = fill(table, object, pointer, longest_object, &into); !filled) return filled.error();
  return into;
}

/// The same; if the first failure is that of a postponed row, decoding ends there, and `aside` has the failure.
template <class E>
Result<E> decode(const Fields<E>& table, json::View object, std::size_t longest_object, Postponed& aside) {
  E into{};
  if (auto filled = fill(table, object, {}, longest_object, &into, &aside); !filled) return filled.error();
  return into;
}

/// The same from text. Errors: also what `json::parse` answers.
template <class E>
Result<E> decode(const Fields<E>& table, std::string_view text) {
  const auto document = json::parse(text);
  if (!document) return document.error();
  return decode(table, document->root());
}

/// The JSON Schema of a table.
std::string schema(const FieldTable&);

/// Write, into an open object, the schema keywords of the object's members, and those of one value without its bounds, for an
/// answer that shows it.
void describe_members(json::Writer& schema, const FieldTable&);
void describe_unbounded(json::Writer& schema, const Field&);

/// The schema of a constant table, as a function.
template <const auto& table>
std::string schema_of() {
  return schema(table);
}

/// An array of objects; a failure names its element: `/queries/0/bucket`.
template <class E>
struct ArrayOf {
  const Fields<E>* table;

  std::optional<std::vector<E>> read(json::View value, const Field& row, Findings& findings) const {
    if (!value.is(json::Kind::array)) return refuse(row, "must be an array of objects", findings), std::nullopt;
    std::vector<E> items;
    items.reserve(value.size());
    bool is_valid = true;
    for (const auto element : value.elements()) {
      const auto place = std::string{findings.pointer()}.append(row.path).append("/").append(std::to_string(items.size()));
      auto filled = fill(*table, element, place, findings.longest_object(), &items.emplace_back());
      if (filled) continue;
      is_valid = false;
      findings.add_all(std::move(filled.error().violations));
      if (findings.is_settled()) break;
    }
    return is_valid ? std::optional{std::move(items)} : std::nullopt;
  }
  template <class Items>
  void describe(json::Writer& out, Items&&) const {
    out.key("type").string("array").key("items").raw(schema(*table));
  }
};
template <class E>
ArrayOf(const Fields<E>*) -> ArrayOf<E>;
template <const auto& table>
inline constexpr ArrayOf array_of{&table};

/// Spells a JSON pointer as contracts do: `/queries/0/bucket` as `queries.0.bucket` or `queries,0,bucket`.
std::string spelled(std::string_view pointer, char separator);

}  // namespace innkeeper::contract
