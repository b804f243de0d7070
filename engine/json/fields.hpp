#pragma once

#include "engine/json/codecs.hpp"
#include "engine/json/parse.hpp"
#include "engine/json/rules.hpp"
#include "engine/json/writer.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// What a request body holds, one row a field: where it is, which member it fills, what it must meet, what is said when it does
/// not. Decoding, the text of errors and the JSON Schema derive from the rows.
///
///     inline constexpr auto new_room = fields<NewRoom>("NewRoom",
///         field("/name", &NewRoom::name, required, at_most(255), code("10002"), "Title shown to participants"),
///         field("/settings/mode", &NewRoom::mode, optional, one_of(room_modes), code("10019"), "group or lecture"));
namespace innkeeper::json {

enum class Presence : std::uint8_t { optional, required };
inline constexpr Presence required = Presence::required;
inline constexpr Presence optional = Presence::optional;

/// What is said of a field that has the wrong type or breaks a rule that has no words of its own.
struct Fault {
  std::string_view sentence{};
  std::string_view code{};
};
constexpr Fault fault(std::string_view sentence, std::string_view code = {}) { return {sentence, code}; }
constexpr Fault code(std::string_view vendor_code) { return {{}, vendor_code}; }

/// What is said of a required field that is not there, where that differs from its fault.
struct Missing {
  std::string_view sentence{};
  std::string_view code{};
};
constexpr Missing missing(std::string_view sentence, std::string_view code = {}) { return {sentence, code}; }

/// What `null` means. `clears` gives the member an empty value; in a member of type `optional<optional<T>>` that is told apart
/// from a field that is absent.
/// `clears_what_may` does that for such members only, and is refused elsewhere (RFC 7396).
enum class Null : std::uint8_t { is_absent, clears, clears_what_may, is_refused };

struct Policy {
  Null null = Null::is_absent;
  bool collects_all = false;     ///< Every failure is told, in the order of the rows; else only the first.
  bool refuses_unknown = false;  ///< Members that no row names are failures, told after the others.
  Fault unknown{"is not known"};
};

/// The failures found so far in one object. `pointer` is where the object is; `longest_object` is for codecs that ask for it.
class Findings {
 public:
  Findings(std::string_view pointer, bool collects_all, std::size_t longest_object)
      : pointer_(pointer), collects_all_(collects_all), longest_object_(longest_object) {}
  std::size_t longest_object() const { return longest_object_; }
  void add(std::string_view path, std::string_view sentence, std::string_view vendor_code);
  bool is_empty() const { return violations_.empty(); }
  /// Nothing more needs to be looked at: nobody reads so many failures.
  bool is_settled() const { return violations_.size() >= (collects_all_ ? most : 1); }
  Error take_error();

 private:
  static constexpr std::size_t most = 100;
  std::string_view pointer_;
  bool collects_all_;
  std::size_t longest_object_;
  std::vector<Violation> violations_;
};

namespace detail {

template <class T>
struct IsRule : std::false_type {};
template <class Test>
struct IsRule<Rule<Test>> : std::true_type {};
template <class T>
inline constexpr bool is_bounded = requires(const T& part, View value) {
  part.read(value, std::size_t{});
};
template <class T>
inline constexpr bool is_codec = is_bounded<T> || requires(const T& part, View value) {
  part.read(value);
};

template <class T>
struct IsTwiceOptional : std::false_type {};
template <class T>
struct IsTwiceOptional<std::optional<std::optional<T>>> : std::true_type {};

/// The part of type `T` among the parts of a row, or a default one.
template <class T, class First, class... Rest>
constexpr T part_or(T fallback, const First& first, const Rest&... rest) {
  if constexpr (std::is_same_v<T, First>)
    return first;
  else if constexpr (sizeof...(Rest) > 0)
    return part_or<T>(fallback, rest...);
  else
    return fallback;
}

template <class Part>
constexpr auto rule_tuple(const Part& part) {
  if constexpr (IsRule<Part>::value)
    return std::tuple{part};
  else
    return std::tuple{};
}

template <class M, class First, class... Rest>
constexpr auto codec_among(const First& first, const Rest&... rest) {
  if constexpr (is_codec<First>)
    return first;
  else if constexpr (sizeof...(Rest) > 0)
    return codec_among<M>(rest...);
  else
    return CodecOf<M>{};
}

constexpr std::string_view note_among() { return {}; }
template <class First, class... Rest>
constexpr std::string_view note_among(const First& first, const Rest&... rest) {
  if constexpr (std::is_convertible_v<const First&, std::string_view>)
    return first;
  else
    return note_among(rest...);
}

/// What is said of a value that a codec does not take.
template <class Codec>
std::string wish_of(const Codec& codec, View value, std::size_t longest_object) {
  if constexpr (is_bounded<Codec>)
    return codec.wish(longest_object);
  else if constexpr (requires { codec.wish(value); })
    return codec.wish(value);
  else if constexpr (requires { codec.wish(); })
    return codec.wish();
  else
    return "has the wrong type";
}

/// The value at a path inside an object, null included; nothing if it is absent. A step that is neither object nor null is a
/// failure of the field.
struct Located {
  std::optional<View> value{};
  std::string_view broken_at{};
};
Located locate(View root, std::string_view path);

void find_unknown(View root, const std::vector<std::string_view>& paths, const Fault& fault, Findings& findings);

/// What a schema says of one field.
struct Described {
  std::string_view path;
  bool is_required;
  std::function<void(Writer&)> write_keywords;
};
std::string object_schema(std::string_view title, const std::vector<Described>& fields, bool is_closed);

constexpr std::string_view first_of(std::string_view a, std::string_view b, std::string_view c = {}) {
  return !a.empty() ? a : !b.empty() ? b : c;
}

}  // namespace detail

template <class E, class M, class Codec, class... Rules>
struct Field {
  std::string_view path;
  M E::*member;
  Presence presence;
  Codec codec;
  std::tuple<Rules...> rules;
  Fault fault;
  Missing missing;
  std::string_view note;

  void decode(View root, E& into, const Policy& policy, Findings& findings) const {
    const auto found = detail::locate(root, path);
    if (!found.broken_at.empty())
      findings.add(found.broken_at, detail::first_of(fault.sentence, "has the wrong type"), fault.code);
    else if (!found.value || (found.value->is(Kind::null) && policy.null == Null::is_absent))
      require(findings);
    else if (found.value->is(Kind::null) &&
             (policy.null == Null::clears || (policy.null == Null::clears_what_may && detail::IsTwiceOptional<M>::value)))
      clear(into);
    else if (meets_rules(*found.value, findings))
      take(*found.value, into, findings);
  }

  detail::Described described() const {
    return {path, presence == Presence::required, [this](Writer& schema) {
              codec.describe(schema, [&] { describe_rules(schema, Level::element); });
              describe_rules(schema, Level::value);
              if (!note.empty()) schema.key("description").string(note);
            }};
  }

 private:
  void require(Findings& findings) const {
    if (presence == Presence::required)
      findings.add(path, detail::first_of(missing.sentence, fault.sentence, "is required"),
                   detail::first_of(missing.code, fault.code));
  }
  void clear(E& into) const {
    if constexpr (detail::IsTwiceOptional<M>::value)
      into.*member = typename M::value_type{};
    else
      into.*member = M{};
  }
  bool meets_rules(View value, Findings& findings) const {
    const auto meets = [&](const auto& rule) {
      if (rule.test(value)) return true;
      const auto own_words = detail::first_of(rule.sentence, fault.sentence);
      findings.add(path, own_words.empty() ? detail::complaint_of(rule.test, value) : std::string{own_words},
                   detail::first_of(rule.code, fault.code));
      return false;
    };
    return std::apply([&](const auto&... rule) { return (meets(rule) && ...); }, rules);
  }
  void take(View value, E& into, Findings& findings) const {
    const auto read_value = [&] {
      if constexpr (detail::is_bounded<Codec>)
        return codec.read(value, findings.longest_object());
      else
        return codec.read(value);
    };
    if (auto read = read_value())
      into.*member = std::move(*read);
    else
      findings.add(path, detail::first_of(fault.sentence, detail::wish_of(codec, value, findings.longest_object())), fault.code);
  }
  void describe_rules(Writer& schema, Level level) const {
    std::apply([&](const auto&... rule) { (rule.test.describe(schema, level), ...); }, rules);
  }
};

/// A row. `path` is a JSON pointer without escapes. The parts may be, in any order: `required` or `optional` (which it is
/// without), rules (tested in their order), a codec, `fault`, `code`, `missing`, and a sentence for the document.
template <class E, class M, class... Parts>
constexpr auto field(std::string_view path, M E::*member, const Parts&... parts) {
  auto rules = std::tuple_cat(detail::rule_tuple(parts)..., std::tuple{});
  auto codec = detail::codec_among<M>(parts..., 0);
  return std::apply(
      [&](auto... rule) {
        return Field<E, M, decltype(codec), decltype(rule)...>{path,
                                                               member,
                                                               detail::part_or(Presence::optional, parts..., 0),
                                                               codec,
                                                               {rule...},
                                                               detail::part_or(Fault{}, parts..., 0),
                                                               detail::part_or(Missing{}, parts..., 0),
                                                               detail::note_among(parts...)};
      },
      rules);
}

template <class E, class... Rows>
struct Fields {
  std::string_view name;
  std::tuple<Rows...> rows;
  Policy policy{};

  constexpr Fields with(Policy changed) const { return {name, rows, changed}; }
};

/// A table of the fields of `E`. The name is the schema's title.
template <class E, class... Rows>
constexpr Fields<E, Rows...> fields(std::string_view name, Rows... rows) {
  return {name, {rows...}, {}};
}

/// Fills an `E` from an object; what is absent keeps the value `E` starts with. `pointer` is where the object is in its document,
/// for the violations; `longest_object` how many bytes of compact JSON an object of the app's own may have. Errors: `malformed`
/// with `reason::not_an_object`; `invalid` with `reason::invalid_fields`, a violation for each failure told, and the first one's
/// sentence as the detail.
template <class E, class... Rows>
Result<E> decode(const Fields<E, Rows...>& table, View object, std::string_view pointer = {}, std::size_t longest_object = 0) {
  if (!object.is(Kind::object))
    return Error{Errc::malformed, reason::not_an_object, "not a JSON object", {{std::string{pointer}, {}, "is not an object"}}};
  E into{};
  Findings findings{pointer, table.policy.collects_all, longest_object};
  const auto decode_row = [&](const auto& row) {
    row.decode(object, into, table.policy, findings);
    return !findings.is_settled();
  };
  std::apply([&](const auto&... row) { (void)(decode_row(row) && ...); }, table.rows);
  if (table.policy.refuses_unknown && !findings.is_settled())
    detail::find_unknown(object,
                         std::apply([](const auto&... row) { return std::vector<std::string_view>{row.path...}; }, table.rows),
                         table.policy.unknown, findings);
  if (!findings.is_empty()) return findings.take_error();
  return into;
}

/// The same from text. Errors: also what `parse` answers.
template <class E, class... Rows>
Result<E> decode(const Fields<E, Rows...>& table, std::string_view text) {
  auto document = parse(text);
  if (!document) return document.error();
  return decode(table, document->root());
}

/// The JSON Schema of what a table takes.
template <class E, class... Rows>
std::string schema(const Fields<E, Rows...>& table) {
  return detail::object_schema(
      table.name, std::apply([](const auto&... row) { return std::vector<detail::Described>{row.described()...}; }, table.rows),
      table.policy.refuses_unknown);
}

/// The schema of a table that is a constant, as a plain function.
template <const auto& table>
std::string schema_of() {
  return schema(table);
}

}  // namespace innkeeper::json
