#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/contract/properties.hpp>
#include <innkeeper/json/long_list.hpp>
#include <innkeeper/operations/common.hpp>
#include <innkeeper/schema/entity.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Lists. A `ListFormat` describes what all lists of a contract have in common: the parameters for paging and sorting, and the
/// members around the items. A `List` describes one list: its operation, its filters, and the columns it can be sorted by.
///
///     constexpr ListSort room_sorts[] = {sort_by<&Room::name>("-name")};
///     constexpr ListFilter room_filters[] = {filter<&Room::kind>("kind"),
///                                            filter<&Room::created_at>("created_after", Compare::greater)};
///     constexpr List rooms_of_app = list<rooms::list, room>(format, "app", room_sorts, room_filters);
///
/// and its route has `serve_list<rooms_of_app>`, `list_schema<rooms_of_app>` and `list_parameters<rooms_of_app>`.
namespace innkeeper::contract {

// ---- filters and sort orders -------------------------------------------------------------------------------------------------

/// A query parameter that filters.
struct ListFilter {
  enum class Type : std::uint8_t {
    text,
    integer,
    time,       ///< RFC 3339.
    unix_time,  ///< Seconds since 1970.
    id,
    truth,
    own,  ///< Any text: the list's own function reads it (`ListQuery::own`).
  };
  std::string_view name;
  Type type;
  std::uint8_t column = 0;
  Compare compare = Compare::equal;
  std::span<const std::string_view> values{};  ///< The allowed values; empty: any.
  std::span<const std::string_view> stored{};  ///< What the column holds for each of them; empty: the same.
};

template <auto member>
struct ColumnOf;
template <class E, class M, M E::*member>
struct ColumnOf<member> {
  using Type = M;
  static constexpr auto position = static_cast<std::uint8_t>(description_of<E>.position(member));
};
/// A filter that compares a column with the parameter's value. An enumeration is given by its names, or by `values`, which are
/// spellings in the order of the names.
template <auto member>
consteval ListFilter filter(std::string_view name, Compare compare = Compare::equal,
                            std::span<const std::string_view> values = {}) {
  using M = typename ColumnOf<member>::Type;
  using enum ListFilter::Type;
  ListFilter row{.name = name, .type = text, .column = ColumnOf<member>::position, .compare = compare, .values = values};
  if constexpr (std::is_same_v<M, Id>) {
    row.type = id;
  } else if constexpr (std::is_enum_v<M>) {
    if (values.empty())
      row.values = names_of<M>;
    else
      row.stored = names_of<M>;
    if (row.values.size() != names_of<M>.size()) throw "values are spelled for each name";
  } else if constexpr (std::is_same_v<M, bool>) {
    row.type = truth;
  } else if constexpr (std::is_same_v<M, std::int64_t>) {
    row.type = integer;
  } else if constexpr (std::is_same_v<M, Instant> || std::is_same_v<M, std::optional<Instant>>) {
    row.type = time;
  }
  return row;
}
/// A parameter that the list's own function reads.
consteval ListFilter own_filter(std::string_view name) { return {.name = name, .type = ListFilter::Type::own}; }
/// The same filter with times in seconds since 1970.
consteval ListFilter in_unix_time(ListFilter row) {
  row.type = ListFilter::Type::unix_time;
  return row;
}

/// A column that the list may be sorted by.
struct ListSort {
  std::string_view name;
  std::string_view downwards;  ///< The word for the descending order, if that is one word.
  std::uint8_t column;
};
template <auto member>
consteval ListSort sort(std::string_view name, std::string_view downwards = {}) {
  return {name, downwards, ColumnOf<member>::position};
}
/// The same where a minus means the descending order: `-created_at` sorts by `created_at`.
template <auto member>
consteval ListSort sort_by(std::string_view downwards) {
  if (!downwards.starts_with('-')) throw "it begins with a minus";
  return {downwards.substr(1), downwards, ColumnOf<member>::position};
}

/// How a query names a sort order.
enum class SortSyntax : std::uint8_t {
  none,
  minus,      ///< `sort=-created_at`.
  word,       ///< `sortBy=CREATED_AT_DESC`.
  direction,  ///< `sort_field=created_at&sort_direction=DESC`.
  signs,      ///< `sort=-created_at,+name`, with pages or offsets only. A plus may arrive as a blank.
};

/// How a list is paged.
enum class Paging : std::uint8_t {
  whole,   ///< Not at all: the whole list is sent, in pieces.
  cursor,  ///< By an opaque cursor. With filters a page may be short although more rows follow.
  offset,  ///< By an offset, with the total.
  page,    ///< By page number, with the total.
};

/// A numeric query parameter.
struct ListNumber {
  enum class Otherwise : std::uint8_t { is_refused, is_initial, is_nearest };
  static constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

  std::string_view name{};
  std::int64_t initial = 0;  ///< If the parameter is absent.
  std::int64_t least = 0;
  std::int64_t most = no_limit;
  Otherwise unreadable{}, below{}, above{};  ///< How a value that is no number, too small or too large is handled.
};

struct ListPage;

/// What the lists of a contract have in common. Wrong parameters are `invalid` with reason `parameter.refused` and a violation
/// for each, whose field is `?` and the parameter's name.
struct ListFormat {
  Paging paging = Paging::whole;
  ListNumber limit{};
  ListNumber start{};           ///< The offset, or the page number.
  std::int64_t first_page = 0;  ///< The number of the first page.
  std::string_view cursor{};
  SortSyntax sorting = SortSyntax::none;
  std::string_view sort{};        ///< The parameter with the sort order.
  std::string_view direction{};   ///< The parameter with `ASC` or `DESC`, in upper or lower case.
  bool ties_follow_sort = false;  ///< Rows with equal values are sorted by id in the same direction; else by ascending id.
  /// Refuses a parameter that is unknown, repeated, or not percent-encoded UTF-8. Otherwise unknown parameters are ignored, and
  /// of repeated ones the first is used.
  bool is_strict = false;
  bool is_empty_absent = false;  ///< A parameter without a value counts as absent.
  std::string_view fault{};      ///< The code of the violations.

  /// Members before and after the items, which are the value of the member `items`; if that is empty the list is a bare array.
  const Properties<ListPage>* before = nullptr;
  std::string_view items{};
  const Properties<ListPage>* after = nullptr;
  std::string_view media = "application/json";
  void (*add_headers)(const ListPage&, Response&) = nullptr;

  /// Whether parts of a list are found by numbers.
  constexpr bool has_numbers() const { return paging == Paging::offset || paging == Paging::page; }
};

/// The maximum number of filters, and of sort columns, in one query.
inline constexpr std::size_t most_filters = 5;
inline constexpr std::size_t most_sorts = 5;

struct ListQuery;
struct ListPiece;

/// A list of a contract.
struct List {
  const ListFormat* format;
  const std::string_view* name;  ///< Of its operation.
  /// Reads the requested page and encodes it.
  Result<ListPiece> (*read)(Transaction&, const Context&, const ListQuery&);
  std::span<const ListSort> sorts{};
  std::span<const ListFilter> filters{};
  const PropertyTable* items = nullptr;  ///< For the schema.
  std::string_view parent{};             ///< A path parameter; empty: none.
  // For the default order of a list with cursors: see `read_page_request`.
  const Table* table = nullptr;
  int parent_column = -1;        ///< The column of `table` that refers to the parent; -1: none.
  std::uint8_t time_column = 0;  ///< The column with the time of a row; 0: none.
};

/// A request for a page of a list.
struct ListQuery {
  const List* list = nullptr;
  Ref parent{};
  PageRequest page_request{};  ///< Without what needs a transaction: see `read_page_request`.
  std::int64_t page = 0;       ///< The page number, if the list has pages.
  bool is_sorted = false;
  std::vector<std::pair<std::string_view, std::string>> owns{};
  std::string cursor{};
  std::string path{};
  std::string query{};                            ///< All parameters but the cursor, offset or page number.
  std::string cursor_scope{};                     ///< The same without the limit. Cursors are bound to it, and to the order.
  std::optional<json::Bookmark<Cursor>> after{};  ///< Where the previous piece of a whole list ended.

  /// The value of a parameter of type `own`; null if it is absent.
  const std::string* own(std::string_view name) const;
};
Result<ListQuery> read_list(const Call&, const List&);

/// What the members around the items are made from.
struct ListPage {
  const ListQuery& query;
  const Context& context;
  std::int64_t count = 0;  ///< Items on this page.
  std::int64_t total = 0;  ///< Items of the whole list; with cursors 0.
  std::string next{};      ///< The cursor of the next page; empty on the last.
};
std::int64_t total_pages(const ListPage&);
std::int64_t offset_of(const ListPage&);
bool is_first(const ListPage&);
bool is_last(const ListPage&);
/// Links to the next and the previous page of a list with offsets: `PATH?offset=40&limit=20&…`; empty if there is none. The
/// previous page has at most as many rows as there are before this one.
std::string next_link(const ListPage&);
std::string previous_link(const ListPage&);

// ---- answering ---------------------------------------------------------------------------------------------------------------

/// An encoded page, or an encoded piece of a whole list.
struct ListPiece : json::Piece<Cursor> {
  std::int64_t count = 0;
  std::int64_t total = 0;
  std::string next_cursor{};
};

/// Completes `ListQuery::page_request`: opens the cursor (`invalid` if it was altered, or made for another list or another
/// order), and chooses the default order of a list with cursors. That is the order of creation, by id; or by time if only an
/// index with times serves the list, or if the query filters by time.
Result<PageRequest> read_page_request(Transaction&, const Context&, const ListQuery&);

/// What a page is sorted by. The cursor of the next page is bound to it, since the default order may depend on the caller.
inline Ordering order_of(const PageRequest& page_request) { return {page_request.sort, page_request.is_descending}; }

/// Encodes the rows of a page.
class ListWriter {
 public:
  /// `count` items will be added.
  ListWriter(const Context&, const ListQuery&, Ordering, std::size_t count, std::int64_t total, std::optional<Cursor>&& next);
  void add(const PropertyTable& table, const void* object);
  ListPiece finish();

 private:
  std::optional<Cursor> next_;
  ListPage page_;
  json::PieceWriter<Cursor> out_;
};

/// Encodes the page that an operation returned, each item by `table`. `order`: `order_of` what `read_page_request` answered.
template <class E>
Result<ListPiece> write_page(const Context& context, const ListQuery& query, Ordering order, Page<E>&& page,
                             const Properties<E>& table) {
  ListWriter out(context, query, order, page.items.size(), page.total, std::move(page.next));
  for (const auto& each : page.items) out.add(table, &each);
  return out.finish();
}

inline Listing as_listing(const ListQuery& query, PageRequest&& page_request) { return {query.parent, std::move(page_request)}; }

/// `List::read` for an operation that returns a `Page`; `make_input(query, page_request)` makes its input.
template <const auto& operation, const auto& table, auto make_input>
Result<ListPiece> run_list(Transaction& tx, const Context& context, const ListQuery& query) {
  auto page_request = read_page_request(tx, context, query);
  if (!page_request) return page_request.error();
  const auto order = order_of(*page_request);
  auto page = operation.run(tx, context, make_input(query, std::move(*page_request)));
  if (!page) return page.error();
  return write_page(context, query, order, std::move(*page), table);
}

/// The list of an operation that returns a `Page`.
template <const auto& operation, const auto& table, auto make_input = as_listing>
consteval List list(const ListFormat& format, std::string_view parent, std::span<const ListSort> sorts,
                    std::span<const ListFilter> filters) {
  using E = detail::TypeOf<table>;
  List made{.format = &format,
            .name = &operation.name,
            .read = run_list<operation, table, make_input>,
            .sorts = sorts,
            .filters = filters,
            .items = &table,
            .parent = parent,
            .table = &table_of<E>};
  if (description_of<E>.has(parent)) made.parent_column = description_of<E>.position(parent);
  for (const std::string_view name : {"month", "at", "created_at"})
    if (description_of<E>.has(name)) made.time_column = static_cast<std::uint8_t>(description_of<E>.position(name));
  return made;
}

std::unique_ptr<Job> make_list_job(const Call&, const List&);
inline constexpr Access list_access = Access::read;
template <const List& list>
inline constexpr Handler serve_list{*list.name, list_access, [](const Call& call) { return make_list_job(call, list); }};

// ---- for the document --------------------------------------------------------------------------------------------------------

std::string schema_of_list(const List&);
template <const List& list>
std::string list_schema() {
  return schema_of_list(list);
}

namespace detail {
constexpr std::size_t count_sort_words(const List& list) {
  std::size_t count = 0;
  for (const auto& each : list.sorts) count += each.downwards.empty() ? 1 : 2;
  return count;
}
/// The values of the sort parameter: each word, and that for the descending order.
template <std::size_t count>
consteval std::array<std::string_view, count> sort_words_of(const List& list) {
  std::array<std::string_view, count> words{};
  std::size_t at = 0;
  for (const auto& each : list.sorts) {
    words[at++] = each.name;
    if (!each.downwards.empty()) words[at++] = each.downwards;
  }
  return words;
}
template <const List& list>
inline constexpr auto sort_words = sort_words_of<count_sort_words(list)>(list);

constexpr bool has_sorting(const List& list) { return list.format->sorting != SortSyntax::none && !list.sorts.empty(); }
constexpr std::size_t count_parameters(const List& list) {
  const auto& format = *list.format;
  return (format.paging == Paging::whole ? 0 : 2) + list.filters.size() +
         (has_sorting(list) ? format.direction.empty() ? 1 : 2 : 0);
}
inline constexpr std::string_view directions[] = {"ASC", "DESC"};

template <std::size_t count>
consteval std::array<Parameter, count> parameters_of(const List& list, std::span<const std::string_view> sort_words) {
  const auto& format = *list.format;
  std::array<Parameter, count> made{};
  std::size_t at = 0;
  const auto number = [&](const ListNumber& number, std::string_view summary) {
    auto& parameter = made[at++];
    parameter = {
        .name = number.name, .type = "integer", .summary = summary, .minimum = number.least, .default_value = number.initial};
    if (number.most != ListNumber::no_limit) parameter.maximum = number.most;
  };
  if (format.paging != Paging::whole)
    number(format.limit, format.paging == Paging::cursor ? "How many at most; fewer may come, or none, though more follow"
                                                         : "How many at most");
  if (format.paging == Paging::cursor)
    made[at++] = {.name = format.cursor, .type = "string", .summary = "The `next_cursor` of the part before"};
  if (format.paging == Paging::offset) number(format.start, "How many to pass over");
  if (format.paging == Paging::page) number(format.start, "The number of the page");
  for (const auto& each : list.filters) {
    using enum ListFilter::Type;
    auto& parameter = made[at++];
    parameter = {.name = each.name, .type = "string", .summary = "Only what has this value", .values = each.values};
    if (each.compare == Compare::contains) parameter.summary = "Only what has this text in it";
    if (each.type == truth) parameter.type = "boolean";
    if (each.type == time || each.type == unix_time) {
      parameter.summary =
          each.compare == Compare::less ? "Only what is from before this time" : "Only what is from after this time";
      if (each.type == time)
        parameter.format = "date-time";
      else
        parameter.type = "integer";
    }
  }
  if (has_sorting(list)) {
    auto& parameter = made[at++];
    parameter = {.name = format.sort, .type = "string", .summary = "A field to sort by"};
    if (format.sorting == SortSyntax::minus)
      parameter.summary = "A field to sort by, behind a `-` downwards; by `id`, or without it, in the order of making";
    if (format.sorting == SortSyntax::signs)
      parameter.summary = "Fields to sort by, with commas between, each behind a `-` downwards";
    else
      parameter.values = sort_words;
    if (!format.direction.empty())
      made[at++] = {.name = format.direction, .type = "string", .summary = "The direction of sorting", .values = directions};
  }
  return made;
}
template <const List& list>
inline constexpr auto parameters = parameters_of<count_parameters(list)>(list, sort_words<list>);
}  // namespace detail

/// The query parameters of a list, for the OpenAPI document.
template <const List& list>
inline constexpr std::span<const Parameter> list_parameters{detail::parameters<list>};

}  // namespace innkeeper::contract
