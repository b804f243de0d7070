#pragma once

#include <innkeeper/contract/codecs.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

/// Values that only a contract understands: they are taken, stored and shown as they were sent. Each is a member of `S`, a struct
/// of texts: compact JSON, empty where nothing was sent.
///
///     constexpr KeptRow<Settings> rows[] = {kept<&Draft::settings, &Settings::canvas, kept_truth>("/settings/canvas", "false")};
///     constexpr Kept<Settings> settings{rows};
namespace innkeeper::contract {

template <class S>
struct KeptRow {
  std::string S::*member{};
  Field field{};               ///< How it is taken.
  std::string_view initial{};  ///< What is shown where nothing was sent, as JSON; empty: nothing.

  constexpr std::string_view name() const { return field.path.substr(field.path.rfind('/') + 1); }
};

namespace detail {
template <auto whole, auto member>
std::string& kept_in(typename OwnerOf<whole>::Type& draft) {
  return draft.*whole.*member;
}
}  // namespace detail

/// A row. `whole` is the draft's member that holds the values; path, codec and parts are those of a field.
template <auto whole, auto member, const auto& codec, class... Parts>
constexpr auto kept(std::string_view path, std::string_view initial, const Parts&... parts) {
  return KeptRow<typename detail::OwnerOf<member>::Type>{member, field<detail::kept_in<whole, member>, codec>(path, parts...),
                                                         initial};
}

/// A row of an object inside of which there are such values.
template <auto member, const auto& codec, class... Parts>
constexpr auto kept(std::string_view path, const Parts&... parts) {
  return KeptRow<typename detail::OwnerOf<member>::Type>{member, field<member, codec>(path, parts...)};
}

/// The table of such values. As the codec of a `Property` it shows those that are set.
template <class S>
struct Kept {
  std::span<const KeptRow<S>> rows;
  bool shows_initials = false;  ///< Write the initial value of what is not set.

  /// Newer values replace older ones.
  void overlay(S& older, const S& newer) const {
    for (const auto& row : rows)
      if (!(newer.*row.member).empty()) older.*row.member = newer.*row.member;
  }
  /// The value that was set, or the initial one.
  std::string_view value_of(const S& values, std::string S::*member) const {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const KeptRow<S>& each) { return each.member == member; });
    return (values.*member).empty() && row != rows.end() ? row->initial : std::string_view{values.*member};
  }
  /// As `write` has stored them, in the order of the rows; an import may have them in another.
  S read(json::View object) const {
    S values;
    auto next = rows.begin();
    for (const auto& [name, value] : object.members()) {
      const auto is_it = [&, name = name](const KeptRow<S>& row) { return row.name() == name; };
      auto row = std::find_if(next, rows.end(), is_it);
      if (row == rows.end()) row = std::find_if(rows.begin(), rows.end(), is_it);
      if (row == rows.end()) continue;
      values.*row->member = value.to_json().text;
      next = row + 1;
    }
    return values;
  }
  void write(json::Writer& out, const S& values) const {
    out.begin_object();
    for (const auto& row : rows) {
      const std::string_view value = values.*row.member;
      const auto shown = value.empty() && shows_initials ? row.initial : value;
      if (!shown.empty()) out.plain_key(row.name()).raw(shown);
    }
    out.end_object();
  }
  void describe(json::Writer& schema) const {
    schema.key("type").string("object").key("properties").begin_object();
    for (const auto& row : rows) {
      describe_unbounded(schema.key(row.name()).begin_object(), row.field);
      schema.end_object();
    }
    schema.end_object();
  }
};

// ---- codecs for them ---------------------------------------------------------------------------------------------------------

/// A value of some types, in the type it came in.
struct AsSent {
  std::array<std::string_view, 2> types{};  ///< As JSON Schema names them; the second may be empty.
  bool (*is_valid)(json::View) = nullptr;
  std::string_view message = "is not good";  ///< What is said of another value.

  std::string expectation() const { return std::string{message}; }
  std::optional<std::string> read(json::View value) const {
    return is_valid(value) ? std::optional{value.to_json().text} : std::nullopt;
  }
  template <class Items>
  void describe(json::Writer& schema, Items&&) const {
    types[1].empty() ? describe_types(schema, {types[0]}) : describe_types(schema, {types[0], types[1]});
  }
};

/// An object of such values and no other members, in the order they came.
template <const auto& rows>
struct KeptObject {
  static constexpr auto all_rows = [] {
    std::array<Field, std::size(rows)> fields{};
    std::transform(std::begin(rows), std::end(rows), fields.begin(), [](const auto& row) { return row.field; });
    return fields;
  }();
  using Values = typename detail::OwnerOf<rows[0].member>::Type;
  static constexpr auto table = fields<Values>("", all_rows, {.null = Null::is_refused, .unknown = Unknown::is_refused});

  static std::string expectation() { return "is not good"; }
  std::optional<std::string> read(json::View value) const {
    const auto values = decode(table, value);
    if (!values) return std::nullopt;
    std::string text;
    json::Writer out{text};
    out.begin_object();
    for (const auto& [name, member] : value.members())
      for (const auto& row : rows)
        if (row.name() == name) out.plain_key(name).raw((*values).*row.member);
    out.end_object();
    return text;
  }
  template <class Items>
  void describe(json::Writer& schema, Items&&) const {
    describe_members(describe_types(schema, {"object"}), table);
  }
};

/// A Boolean, which may come as the text `true` or `false`; it is kept as a JSON Boolean.
struct KeptTruth : Truth {
  std::optional<std::string> read(json::View value) const {
    const auto is_true = Truth::read(value);
    return is_true ? std::optional<std::string>{*is_true ? "true" : "false"} : std::nullopt;
  }
};
inline constexpr KeptTruth kept_truth{};

}  // namespace innkeeper::contract
