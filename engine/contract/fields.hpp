#pragma once

#include <innkeeper/result.hpp>

#include "engine/json/codecs.hpp"
#include "engine/json/parse.hpp"
#include "engine/json/writer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// What a request body holds, one row a field: where it is, which member it fills, what it must meet, what is said when it does
/// not. Decoding, the text of errors and the JSON Schema derive from the rows. A row is plain data; what depends on its types is
/// one function that reads a value into its member.
///
///     constexpr Field room_rows[] = {
///         field<&Draft::name>("/name", at_least(1), at_most(255), code("10002"), "Title shown to participants"),
///         field<&Draft::mode>("/settings/mode", code("10019"), "group or lecture")};
///     constexpr auto new_room = fields<Draft>("NewRoom", room_rows).requiring("/name");
namespace innkeeper::contract {

struct Field;

// ---- what is said ------------------------------------------------------------------------------------------------------------

/// What is said of a field that has the wrong type or breaks a rule that has no words of its own. Empty parts leave it to whoever
/// is asked next.
struct Fault {
  std::string_view sentence{};
  std::string_view code{};
};
constexpr Fault fault(std::string_view sentence, std::string_view code = {}) { return {sentence, code}; }
constexpr Fault code(std::string_view vendor_code) { return {{}, vendor_code}; }

/// What is said of a required field that is not there, where that differs from its fault.
struct Missing {
  Fault fault{};
};
constexpr Missing missing(std::string_view sentence, std::string_view code = {}) { return {{sentence, code}}; }

enum class Presence : std::uint8_t { optional, required };
inline constexpr Presence required = Presence::required;

// ---- rules -------------------------------------------------------------------------------------------------------------------

/// What the size of a text is counted in.
enum class Unit : std::uint8_t { code_points, utf16, bytes };

/// Of a rule that has no upper limit.
inline constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

/// What a value must meet. As in JSON Schema a rule speaks of values of its own kind only and lets others pass: the kind itself
/// is the codec's business.
struct Rule {
  enum class Test : std::uint8_t {
    at_least,  ///< Units of a text.
    at_most,
    items_at_least,
    items_at_most,
    members_at_most,
    names_at_most,   ///< Units of the name of each member.
    values_at_most,  ///< Units of the value of each member that is a text or a number.
    json_at_most,    ///< Bytes of any value as compact JSON.
    within,          ///< An integer from `low` to `high`.
    one_of,
    matching,
  };
  Test test{};
  bool is_of_elements = false;  ///< Each element of an array must meet it.
  bool names_element = false;   ///< And what is said is said of the element: `/devices/0`.
  bool takes_texts = false;     ///< `within` tests integers only, in texts too.
  Unit unit = Unit::code_points;
  std::int64_t low = 0;
  std::int64_t high = no_limit;
  std::span<const std::string_view> words{};
  bool (*is_good)(std::string_view) = nullptr;
  std::string_view form{};  ///< What a good text is, such as `a word in lower case`.
  Fault fault{};

  constexpr Rule says(std::string_view sentence, std::string_view vendor_code = {}) const {
    auto changed = *this;
    changed.fault = {sentence, vendor_code};
    return changed;
  }
  constexpr Rule coded(std::string_view vendor_code) const { return says({}, vendor_code); }
};

/// A text of at least so many units.
constexpr Rule at_least(std::int64_t limit, Unit unit = Unit::code_points) {
  return {.test = Rule::Test::at_least, .unit = unit, .low = limit};
}
/// A text of at most so many units.
constexpr Rule at_most(std::int64_t limit, Unit unit = Unit::code_points) {
  return {.test = Rule::Test::at_most, .unit = unit, .high = limit};
}
/// An array of so many elements.
constexpr Rule items_at_least(std::int64_t limit) { return {.test = Rule::Test::items_at_least, .low = limit}; }
constexpr Rule items_at_most(std::int64_t limit) { return {.test = Rule::Test::items_at_most, .high = limit}; }
/// An object of at most so many members, and how long their names and values may be.
constexpr Rule members_at_most(std::int64_t limit) { return {.test = Rule::Test::members_at_most, .high = limit}; }
constexpr Rule names_at_most(std::int64_t limit, Unit unit = Unit::code_points) {
  return {.test = Rule::Test::names_at_most, .unit = unit, .high = limit};
}
constexpr Rule values_at_most(std::int64_t limit, Unit unit = Unit::code_points) {
  return {.test = Rule::Test::values_at_most, .unit = unit, .high = limit};
}
/// A value of at most so many bytes of compact JSON.
constexpr Rule json_at_most(std::int64_t bytes) { return {.test = Rule::Test::json_at_most, .high = bytes}; }
/// An integer from `low` to `high`, both included; a number with a fraction is not.
constexpr Rule within(std::int64_t low, std::int64_t high) { return {.test = Rule::Test::within, .low = low, .high = high}; }
/// The same of integers only, one in a text included: what else a value may be is the codec's business.
constexpr Rule within_as_number_or_text(std::int64_t low, std::int64_t high) {
  return {.test = Rule::Test::within, .takes_texts = true, .low = low, .high = high};
}
/// An integer of 64 bits, perhaps with a minus, and nothing around it.
std::optional<std::int64_t> whole_number(std::string_view text);
/// A text out of a list, which outlives the rule.
constexpr Rule one_of(std::span<const std::string_view> words) { return {.test = Rule::Test::one_of, .words = words}; }
/// A text that a function finds good; `form` says what one is.
constexpr Rule matching(bool (*is_good)(std::string_view), std::string_view form = {}) {
  return {.test = Rule::Test::matching, .is_good = is_good, .form = form};
}
/// The rule for every element of an array; a failure is the array's.
constexpr Rule each(Rule rule) {
  rule.is_of_elements = true;
  return rule;
}
/// The same; a failure is that of the first element that fails, by its index.
constexpr Rule each_by_index(Rule rule) {
  rule.is_of_elements = rule.names_element = true;
  return rule;
}

/// Some rules as one part of a row, for what follows from a column.
struct Rules {
  std::array<Rule, 2> items{};
  std::size_t size = 0;
};

// ---- what a table does with null, with unknown members, and with failures ----------------------------------------------------

/// What `null` means. `clears` gives the member an empty value; in a member of type `optional<optional<T>>` that is told apart
/// from a field that is absent. `clears_what_may` does that for such members only, and is refused elsewhere (RFC 7396), or taken
/// for absence.
enum class Null : std::uint8_t { is_absent, clears, clears_what_may, clears_what_may_or_is_absent, is_refused };

/// What becomes of members that no row names. `is_ignored_openly`: the schema says that there may be some.
enum class Unknown : std::uint8_t { is_ignored, is_ignored_openly, is_refused };

struct Policy {
  Null null = Null::is_absent;
  bool collects_all = false;              ///< Every failure is told, in the order of the rows; else only the first.
  Unknown unknown = Unknown::is_ignored;  ///< Where they are refused, that is told after the others.
  Fault of_unknown = fault("is not known");
  /// What is said where neither the row nor the rule has words, in a contract that words it otherwise than `usual`. `broken` is
  /// the rule that was not met, or null where the codec does not take the value.
  std::string (*sentence)(const Field&, const Rule* broken, std::string usual) = nullptr;
};

/// The failures found so far in one object. `pointer` is where the object is; `longest_object` is for codecs that ask for it.
class Findings {
 public:
  Findings(std::string_view pointer, const Policy& policy, std::size_t longest_object)
      : pointer_(pointer), policy_(policy), longest_object_(longest_object) {}
  std::string_view pointer() const { return pointer_; }
  const Policy& policy() const { return policy_; }
  std::size_t longest_object() const { return longest_object_; }
  void add(std::string_view path, std::string_view sentence, std::string_view vendor_code);
  /// Those of an object inside, whose places are whole already.
  void add_all(std::vector<Violation>&&);
  bool is_empty() const { return violations_.empty(); }
  /// Nothing more needs to be looked at: nobody reads so many failures.
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

/// Which type a row fills, compared when compiling.
using TypeTag = const void*;
template <class E>
inline constexpr char type_tag_of = 0;

/// A row. Made by `field`, `closed_object` and `check`.
struct Field {
  enum class Is : std::uint8_t {
    value,
    closed_object,  ///< An object of which rows name every member.
    check,          ///< A rule over what was read so far.
  };
  Is is = Is::value;
  std::string_view path{};  ///< A JSON pointer without escapes.
  TypeTag type = nullptr;
  void (*take)(const Field&, json::View, void* into, Findings&) = nullptr;
  void (*clear)(void* into) = nullptr;
  void (*describe)(const Field&, json::Writer& schema) = nullptr;  ///< What the codec says of the type.
  bool may_be_cleared = false;                                     ///< An absent value and a cleared one differ in the member.
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

/// Says that a field has a value that is not as the row's codec expects it.
void refuse(const Field&, std::string expectation, Findings&);

/// Makes a row required where a function of what was read before it says so. Made by `when`.
struct Condition {
  TypeTag type = nullptr;
  bool (*holds)(const void* so_far) = nullptr;
};

namespace detail {

/// What a row fills: a member, or what a function finds in the object.
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
  if constexpr (requires { codec.wish(value); })
    return codec.wish(value);
  else if constexpr (requires { codec.wish(); })
    return codec.wish();
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

/// A row of a table of `E`, which may derive from the class whose member it is.
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
/// A row. `target` is a pointer to a member, or a function from the object to a place in it; `path` is a JSON pointer without
/// escapes. The codec is the one of the target's type unless it is named. The parts may be, in any order: `required`,
/// `when<test>`, rules (tested in their order), `fault`, `code`, `missing`, and a sentence for the document.
template <auto target, const auto& codec = codec_of<detail::ValueOf<target>>, class... Parts>
constexpr Field field(std::string_view path, const Parts&... parts) {
  return field<detail::ObjectOf<target>, target, codec>(path, parts...);
}
/// Makes a row required where `test`, a function of the object, holds of what the rows before it filled.
template <auto test>
inline constexpr Condition when{&type_tag_of<typename detail::Test<test>::Object>, detail::Test<test>::holds};

/// An object that has no members but those that rows name. The first other one is a failure of the object, told at this place
/// among the rows: `unknown`, and the member's name. `no_object` is said of another value.
constexpr Field closed_object(std::string_view path, const Fault& no_object, const Fault& unknown) {
  Field row;
  row.is = Field::Is::closed_object;
  row.path = path;
  row.fault = no_object;
  row.missing = unknown;
  return row;
}
/// A rule over several members: a function of what the rows before it filled. Where it does not hold, `path` is at fault.
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
/// The same row; what is wrong with it is put aside for the operation.
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
  std::array<std::string_view, 4> needed{};  ///< Paths of rows that are required here, whatever they say themselves.
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

/// What is wrong from some row on, where whether something before it is wrong too, the store must tell. The operation asks for it
/// when it is its turn.
class Postponed {
 public:
  Postponed() = default;
  Postponed(const Field& row, Error error) : row_(&row), error_(std::move(error)) {}
  /// The error, if it is of a row of that path or of one before it.
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

/// `malformed`: what is there is no object.
Error not_an_object(std::string_view pointer);

/// Fills what a table is of. Errors: as those of `decode`.
Result<void> fill(const FieldTable&, json::View object, std::string_view pointer, std::size_t longest_object, void* into,
                  Postponed* aside = nullptr);

/// Fills an `E` from an object; what is absent keeps the value `E` starts with. `pointer` is where the object is in its document,
/// for the violations; `longest_object` how many bytes of compact JSON an object of the app's own may have. Errors: `malformed`
/// with `reason::not_an_object`; `invalid` with `reason::invalid_fields`, a violation for each failure told, and the first one's
/// sentence as the detail.
template <class E>
Result<E> decode(const Fields<E>& table, json::View object, std::string_view pointer = {}, std::size_t longest_object = 0) {
  E into{};
  if (auto filled = fill(table, object, pointer, longest_object, &into); !filled) return filled.error();
  return into;
}

/// The same; if the first failure is of a row that is postponed, the reading ends there, and the failure is put aside.
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

/// The JSON Schema of what a table takes.
std::string schema(const FieldTable&);

/// What it says of the object's members, and of one value without bounds, for an answer that shows it: into an open object.
void describe_members(json::Writer& schema, const FieldTable&);
void describe_unbounded(json::Writer& schema, const Field&);

/// The schema of a table that is a constant, as a plain function.
template <const auto& table>
std::string schema_of() {
  return schema(table);
}

/// An array of objects; what is wrong with them is told by index: `/queries/0/bucket`.
template <class E>
struct ArrayOf {
  const Fields<E>* table;

  std::optional<std::vector<E>> read(json::View value, const Field& row, Findings& findings) const {
    if (!value.is(json::Kind::array)) return refuse(row, "must be an array of objects", findings), std::nullopt;
    std::vector<E> items;
    items.reserve(value.size());
    bool is_good = true;
    for (const auto element : value.elements()) {
      const auto place = std::string{findings.pointer()}.append(row.path).append("/").append(std::to_string(items.size()));
      auto filled = fill(*table, element, place, findings.longest_object(), &items.emplace_back());
      if (filled) continue;
      is_good = false;
      findings.add_all(std::move(filled.error().violations));
      if (findings.is_settled()) break;
    }
    return is_good ? std::optional{std::move(items)} : std::nullopt;
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

/// A failure's place as contracts spell it: `/queries/0/bucket` as `queries.0.bucket` or `queries,0,bucket`.
std::string spelled(std::string_view pointer, char separator);

}  // namespace innkeeper::contract
