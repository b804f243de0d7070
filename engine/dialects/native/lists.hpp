#pragma once

#include <innkeeper/contract/properties.hpp>
#include <innkeeper/dialect.hpp>
#include <innkeeper/operations.hpp>

#include "engine/dialects/native/codecs.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// How lists are asked for and answered: `?limit=50&sort=-created_at&status=active`, a page at a time behind a sealed cursor.
namespace innkeeper::dialects::native {

inline constexpr std::int64_t usual_limit = 50;
inline constexpr std::int64_t most_at_once = 500;

/// A column by which a list may be sorted or chosen from.
struct Listed {
  enum class Type : std::uint8_t { text, integer, time, id, truth };
  std::string_view name;
  std::uint8_t column;
  Type type;
  bool sorts;
  bool chooses;  ///< By its value; a time by `NAME_after` and `NAME_before` in place of the `_at` at its end.
  std::span<const std::string_view> values{};  ///< The only ones there are, if not empty.
};

template <class E, class M>
consteval Listed listed(std::string_view name, M E::*member, bool sorts, bool chooses) {
  using Type = Listed::Type;
  Listed row{name, static_cast<std::uint8_t>(description_of<E>.position(member)), Type::text, sorts, chooses};
  if constexpr (std::is_enum_v<M> && !std::is_same_v<M, Id>)
    row.values = names_of<M>;
  else if constexpr (std::is_same_v<M, Id>)
    row.type = Type::id;
  else if constexpr (std::is_same_v<M, bool>)
    row.type = Type::truth;
  else if constexpr (std::is_same_v<M, std::int64_t>)
    row.type = Type::integer;
  else if constexpr (std::is_same_v<M, Instant> || std::is_same_v<M, std::optional<Instant>>)
    row.type = Type::time;
  return row;
}
template <class E, class M>
consteval Listed sorted_by(std::string_view name, M E::*member) {
  return listed(name, member, true, false);
}
template <class E, class M>
consteval Listed chosen_by(std::string_view name, M E::*member) {
  return listed(name, member, false, true);
}
template <class E, class M>
consteval Listed by(std::string_view name, M E::*member) {
  return listed(name, member, true, true);
}

/// What a kind of list may be asked, specialised for each entity.
template <class E>
inline constexpr std::array<Listed, 0> listed_of{};

/// A list as a request asks for it. The cursor is opened where there is a key to open it.
struct Asked {
  Ref parent{};
  int parent_column = -1;  ///< Of the table, that says which rows are the parent's; -1: none.
  Window window{};
  std::string cursor{};
  std::string path{};
  std::string query{};   ///< All that was asked for but the cursor.
  std::string choice{};  ///< The same without the limit; the cursor is bound to it.
};
Result<Asked> read_list(const Call&, std::string_view parent, std::span<const Listed>);

/// The part that was asked for, and the cursor of the next.
template <class E>
struct Answered {
  Page<E> page{};
  std::string next{};
  std::string query{};  ///< As in `Asked`.
};

/// Opens a cursor. Errors: `invalid` for one that was not made for this list, or was altered.
Result<Mark> open_cursor(const Context&, const Asked&);
std::string seal_cursor(const Context&, const Asked&, const Mark&);

/// The column of a table that says when a row was made, or of what time it is; 0 if there is none.
template <class E>
consteval std::uint8_t time_column() {
  for (const std::string_view name : {"created_at", "at", "month"})
    if (description_of<E>.has(name)) return static_cast<std::uint8_t>(description_of<E>.position(name));
  return 0;
}

/// What a list is sorted by that does not say. Rows are in the order they were made: by their ids, unless an index is at hand
/// with times only; or by the time of which an end is asked for. 0 is the id.
std::uint8_t usual_order(const Table&, std::uint8_t time, const Transaction&, const Asked&);

/// Runs a list's operation behind cursors. `listing_of(asked, window)` makes its input.
template <const auto& operation, auto listing_of>
struct Paged {
  using Row = typename decltype(std::declval<typename std::remove_cvref_t<decltype(operation)>::Output>().items)::value_type;
  static Result<Answered<Row>> run(Transaction& tx, const Context& context, const Asked& asked) {
    auto window = asked.window;
    if (window.sort == 0) window.sort = usual_order(table_of<Row>, time_column<Row>(), tx, asked);
    if (!asked.cursor.empty()) {
      auto mark = open_cursor(context, asked);
      if (!mark) return mark.error();
      window.after = std::move(*mark);
    }
    auto page = operation.run(tx, context, listing_of(asked, window));
    if (!page) return page.error();
    Answered<Row> answered{std::move(*page), {}, asked.query};
    if (answered.page.next) answered.next = seal_cursor(context, asked, *answered.page.next);
    return answered;
  }
};
inline constexpr auto as_listing = [](const Asked& asked, const Window& window) { return Listing{asked.parent, window}; };
template <const auto& operation, auto listing_of = as_listing>
inline constexpr Operation<Asked, Answered<typename Paged<operation, listing_of>::Row>> paged{operation.name, operation.access,
                                                                                              Paged<operation, listing_of>::run};

/// Reads a list of `E`; the parent is the path parameter of that name, or "".
struct NoParent {
  static constexpr std::string_view name{};
};
template <class E, class Parent = NoParent>
Result<Asked> read_list_of(const Call& call) {
  auto asked = read_list(call, Parent::name, listed_of<E>);
  if constexpr (description_of<E>.has(Parent::name))
    if (asked) asked->parent_column = description_of<E>.position(Parent::name);
  return asked;
}

void add_next_link(Response&, const std::string& query, const std::string& cursor);
void say_json(Response&);

/// `{"items":[…],"next_cursor":…}`.
template <const auto& table, class E>
void write_list(const Answered<E>& answered, const Context&, Response& response) {
  Writer out{response.body};
  contract::list_of<table>.write(out.begin_object().key("items"), answered.page.items);
  out.key("next_cursor");
  answered.next.empty() ? out.null() : out.string(answered.next);
  out.end_object();
  if (!answered.next.empty()) add_next_link(response, answered.query, answered.next);
  say_json(response);
}

/// The schema of a page of what a table shows.
std::string list_schema_of(const contract::PropertyTable&);
template <const auto& table>
std::string list_schema() {
  return list_schema_of(table);
}

/// The query of a list, for the document.
constexpr std::size_t count_sorting(std::span<const Listed> columns) {
  return static_cast<std::size_t>(std::count_if(columns.begin(), columns.end(), [](const Listed& each) { return each.sorts; }));
}
constexpr std::size_t count_parameters(std::span<const Listed> columns) {
  std::size_t count = 3;
  for (const auto& each : columns)
    if (each.chooses) count += each.type == Listed::Type::time ? 2 : 1;
  return count;
}

/// A name that is made when compiling, such as `created_after` or `-created_at`.
struct MadeName {
  std::array<char, 32> text{};
  std::size_t size = 0;
  constexpr MadeName() = default;
  constexpr MadeName(std::string_view first, std::string_view second) {
    for (char c : first) text[size++] = c;
    for (char c : second) text[size++] = c;
  }
  constexpr std::string_view view() const { return {text.data(), size}; }
};
/// What chooses by one end of a time.
constexpr MadeName end_of(std::string_view column, std::string_view which) {
  if (column.ends_with("_at")) column.remove_suffix(3);
  return {column, which};
}
template <class E>
struct ListQuery {
  static constexpr std::size_t count = count_parameters(listed_of<E>);
  static constexpr auto names = [] {
    std::array<MadeName, 2 * listed_of<E>.size() + 1> made{};
    for (std::size_t i = 0; i < listed_of<E>.size(); ++i) {
      made[2 * i] = end_of(listed_of<E>[i].name, "_after");
      made[2 * i + 1] = end_of(listed_of<E>[i].name, "_before");
    }
    return made;
  }();
  /// What `sort` may be: each name, and the same downwards.
  static constexpr auto upwards = [] {
    std::array<std::string_view, count_sorting(listed_of<E>) + 1> made{"id"};
    std::size_t at = 1;
    for (const auto& each : listed_of<E>)
      if (each.sorts) made[at++] = each.name;
    return made;
  }();
  static constexpr auto downwards = [] {
    std::array<MadeName, upwards.size()> made{};
    for (std::size_t i = 0; i < upwards.size(); ++i) made[i] = MadeName{"-", upwards[i]};
    return made;
  }();
  static constexpr auto orders = [] {
    std::array<std::string_view, 2 * upwards.size()> made{};
    for (std::size_t i = 0; i < upwards.size(); ++i) {
      made[2 * i] = upwards[i];
      made[2 * i + 1] = downwards[i].view();
    }
    return made;
  }();
  static constexpr auto parameters = [] {
    std::array<Parameter, count> made{};
    std::size_t at = 0;
    made[at++] = {.name = "limit",
                  .type = "integer",
                  .summary = "How many at most; fewer may come, or none, though more follow",
                  .minimum = 1,
                  .maximum = most_at_once,
                  .usual = usual_limit};
    made[at++] = {.name = "cursor", .type = "string", .summary = "The `next_cursor` of the part before"};
    for (std::size_t i = 0; i < listed_of<E>.size(); ++i) {
      const auto& each = listed_of<E>[i];
      if (!each.chooses) continue;
      if (each.type == Listed::Type::time) {
        constexpr std::string_view after = "Only what is from after this time", before = "Only what is from before this time";
        made[at++] = {.name = names[2 * i].view(), .type = "string", .summary = after, .format = "date-time"};
        made[at++] = {.name = names[2 * i + 1].view(), .type = "string", .summary = before, .format = "date-time"};
      } else {
        made[at++] = {.name = each.name,
                      .type = each.type == Listed::Type::truth ? "boolean" : "string",
                      .summary = "Only what has this value",
                      .values = each.values};
      }
    }
    made[at++] = {.name = "sort",
                  .type = "string",
                  .summary = "A field to sort by, behind a `-` downwards; by `id`, or without it, in the order of making",
                  .values = orders};
    return made;
  }();
};
template <class E>
inline constexpr std::span<const Parameter> list_query{ListQuery<E>::parameters};

}  // namespace innkeeper::dialects::native
