#include <innkeeper/contract/lists.hpp>
#include <innkeeper/json/codecs.hpp>
#include <innkeeper/json/parse.hpp>

#include "tests/unit/fixture.hpp"

#include "engine/base/internals.hpp"
#include "engine/base/rate_limits.hpp"
#include "engine/base/target.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/domain/collection.hpp"

#ifdef INNKEEPER_HAS_SQLITE
#include <innkeeper/sqlite.hpp>
#endif

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

/// Every format of a list against a plain vector.
namespace innkeeper::tests {

enum class Colour : std::uint8_t { red, green };

struct Entry {
  Id id{};
  std::int64_t version = 0;
  std::string name{};
  std::int64_t rank = 0;
  Colour colour = Colour::red;
  Instant made_at{};
};

}  // namespace innkeeper::tests

namespace innkeeper {

template <>
inline constexpr std::array<std::string_view, 2> names_of<tests::Colour>{"red", "green"};
template <>
inline constexpr auto description_of<tests::Entry> = describe<tests::Entry>("entry", column("name", &tests::Entry::name),
                                                                            column("rank", &tests::Entry::rank),
                                                                            column("colour", &tests::Entry::colour),
                                                                            column("made_at", &tests::Entry::made_at))
                                                         .index("colour", "name");

namespace tests {

namespace {

using contract::ListNumber;
using contract::ListPage;
using contract::ListPiece;
using contract::Paging;
using contract::Properties;
using contract::Property;
using contract::show;
using contract::SortSyntax;

Result<Page<Entry>> do_list(Transaction& tx, const Context&, const Listing& wanted) {
  return domain::page(tx, Query<Entry>{}, wanted.page_request);
}
constexpr Operation<Listing, Page<Entry>> entries{"entries.list", Access::read, do_list};

std::int64_t number_of(const Entry& entry) { return number(entry.id); }
constexpr Property entry_row[] = {show<number_of>("n")};
constexpr Properties<Entry> entry{"Entry", entry_row};

// ---- the formats -------------------------------------------------------------------------------------------------------------

constexpr contract::Constant zero{"0"};
constexpr Property result_row[] = {contract::always<ListPage, zero>("result")};
constexpr Properties<ListPage> result{"Result", result_row};

std::int64_t page_number(const ListPage& page) { return page.query.page; }
std::int64_t page_size(const ListPage& page) { return page.query.page_request.limit; }
bool is_sorted(const ListPage& page) { return page.query.is_sorted; }
constexpr Property page_rows[] = {
    show<contract::offset_of>("offset"), show<contract::is_last>("last"),   show<contract::total_pages>("pages"),
    show<&ListPage::total>("total"),     show<page_size>("size"),           show<page_number>("number"),
    show<is_sorted>("sorted"),           show<contract::is_first>("first"), show<&ListPage::count>("count"),
};
constexpr Properties<ListPage> page_object{"PageObject", page_rows};
constexpr Property link_rows[] = {
    show<&ListPage::total>("total"),
    show<contract::next_link>("next"),
    show<contract::previous_link>("prev"),
};
constexpr Properties<ListPage> links{"Links", link_rows};
constexpr Property cursor_rows[] = {show<&ListPage::next>("next")};
constexpr Properties<ListPage> cursor{"Cursor", cursor_rows};

using enum ListNumber::Otherwise;

constexpr contract::ListFormat bare_array{};
constexpr contract::ListFormat array_in_a_member{.before = &result, .items = "entries"};
constexpr contract::ListFormat pages_with_totals{
    .paging = Paging::page,
    .limit = {.name = "pageSize",
              .initial = 10,
              .least = 1,
              .most = 50,
              .unreadable = is_initial,
              .below = is_initial,
              .above = is_nearest},
    .start = {.name = "page", .most = 2'147'483'647, .unreadable = is_initial, .below = is_initial, .above = is_initial},
    .sorting = SortSyntax::word,
    .sort = "sortBy",
    .ties_follow_sort = true,
    .is_empty_absent = true,
    .fault = "INVALID_REQUEST_PARAMETER",
    .items = "content",
    .after = &page_object};
constexpr contract::ListFormat offsets_with_links{.paging = Paging::offset,
                                                  .limit = {.name = "limit", .initial = 50, .least = 1, .most = 2'000},
                                                  .start = {.name = "offset"},
                                                  .sorting = SortSyntax::direction,
                                                  .sort = "sort_field",
                                                  .direction = "sort_direction",
                                                  .items = "data",
                                                  .after = &links};
constexpr contract::ListFormat numbered_pages{.paging = Paging::page,
                                              .limit = {.name = "pagesize", .initial = 10, .least = 1},
                                              .start = {.name = "page", .initial = 1, .least = 1},
                                              .first_page = 1,
                                              .sorting = SortSyntax::signs,
                                              .sort = "sort",
                                              .items = "marks"};
constexpr contract::ListFormat sealed_cursors{.paging = Paging::cursor,
                                              .limit = {.name = "limit", .initial = 50, .least = 1, .most = 500},
                                              .cursor = "cursor",
                                              .sorting = SortSyntax::minus,
                                              .sort = "sort",
                                              .is_strict = true,
                                              .items = "items",
                                              .after = &cursor};

constexpr std::string_view painted[] = {"RED", "GREEN"};
constexpr contract::ListFilter filters[] = {contract::filter<&Entry::colour>("colour"),
                                            contract::filter<&Entry::colour>("painted", Compare::equal, painted),
                                            contract::filter<&Entry::rank>("rank"),
                                            contract::filter<&Entry::name>("keyword", Compare::contains),
                                            contract::filter<&Entry::made_at>("made_after", Compare::greater),
                                            contract::in_unix_time(contract::filter<&Entry::made_at>("since", Compare::greater)),
                                            contract::own_filter("with")};
constexpr contract::ListSort by_minus[] = {
    {"id", "-id", 0}, contract::sort_by<&Entry::name>("-name"), contract::sort_by<&Entry::rank>("-rank")};
constexpr contract::ListSort by_word[] = {contract::sort<&Entry::name>("NAME_ASC", "NAME_DESC")};
constexpr contract::ListSort by_field[] = {
    {"id", {}, 0}, contract::sort<&Entry::name>("name"), contract::sort<&Entry::rank>("rank")};

consteval contract::List list_with(const contract::ListFormat& format, std::span<const contract::ListSort> sorts) {
  return contract::list<entries, entry>(format, "", sorts, filters);
}
constexpr auto bare = list_with(bare_array, {});
constexpr auto in_a_member = list_with(array_in_a_member, {});
constexpr auto paged = list_with(pages_with_totals, by_word);
constexpr auto linked = list_with(offsets_with_links, by_field);
constexpr auto numbered = list_with(numbered_pages, by_field);
constexpr auto sealed = list_with(sealed_cursors, by_minus);

// ---- the store and its model -------------------------------------------------------------------------------------------------

constexpr const Table* tables[] = {&table_of<Entry>};

struct ListStore {
  std::string_view name;
  std::unique_ptr<Store> (*open)();
  int sizes_apart;  ///< Which sizes of a list are tried: the slower store has its turn with fewer.
};
std::ostream& operator<<(std::ostream& out, const ListStore& store) { return out << store.name; }
const ListStore stores[] = {
    {"memory", open_memory, 1},
#ifdef INNKEEPER_HAS_SQLITE
    {"sqlite", [] { return open_sqlite({.path = ":memory:"}).value(); }, 4},
#endif
};

struct ListFixture {
  SeededRandom random{7};
  KeepingLog log;
  std::unique_ptr<Store> store;
  MasterKey key = MasterKey::generate(random);
  std::unique_ptr<crypto::Keyring> keyring;
  base::RateLimits rate_limits{{}};
  PendingEvents pending_events;
  std::vector<Entry> model;

  explicit ListFixture(const ListStore& backend) : store(backend.open()) {
    is_sealed(*store).value();  // makes the tables
    store->migrate({"entries", 1, tables}).value();
    keyring = crypto::Keyring::open(*store, key, random).value();
  }
  /// Names come again, so that there are ties.
  void add() {
    std::array<std::byte, 3> bytes;
    random.fill(bytes);
    Entry made{.name = std::string(1, static_cast<char>('a' + std::to_integer<int>(bytes[0]) % 7)),
               .rank = std::to_integer<int>(bytes[1]) % 5,
               .colour = std::to_integer<int>(bytes[2]) % 3 == 0 ? Colour::green : Colour::red,
               .made_at = Instant{std::chrono::seconds{1'000 + std::ssize(model)}}};
    store->run(Access::write, [&](Transaction& tx) { return tx.insert(made); }).value();
    model.push_back(made);
  }
  template <class Run>
  void read(Run run) {
    store
        ->run(Access::read,
              [&](Transaction& tx) -> Result<void> {
                const Internals internals{*keyring, rate_limits};
                const Context context{.now = {},
                                      .principal = {},
                                      .request_id = {},
                                      .random = random,
                                      .log = log,
                                      .internals = internals,
                                      .store = *store,
                                      .pending_events = pending_events,
                                      .webhook_formats = {}};
                run(tx, context);
                return {};
              })
        .value();
  }
};

Result<contract::ListQuery> query_of(const contract::List& list, const std::string& target) {
  const Request request{.target = target};
  const Params path;
  return contract::read_list({.request = request, .path = path, .query = base::split_target(request.target).query}, list);
}
std::string body_of(Transaction& tx, const Context& context, const contract::List& list, const std::string& target) {
  const auto query = query_of(list, target);
  if (!query) return query.error().violations.front().field + " " + query.error().detail;
  auto piece = list.read(tx, context, *query);
  if (!piece) return piece.error().detail;
  auto text = piece->text;
  auto again = *query;
  while (piece->next) {
    again.after = piece->next;
    piece = list.read(tx, context, again);
    if (!piece) return piece.error().detail;
    text += piece->text;
  }
  return text;
}

using Rows = std::vector<Entry>;
/// The rows of a part, as they are written.
std::string written(const Rows& rows, std::int64_t from, std::int64_t count) {
  std::string text = "[";
  const auto size = std::ssize(rows);
  for (auto i = std::min(from, size); i < size && i - from < count; ++i)
    text += (text.size() > 1 ? R"(,{"n":)" : R"({"n":)") + std::to_string(number(rows[static_cast<std::size_t>(i)].id)) + '}';
  return text + ']';
}
template <class Less>
Rows sorted(Rows rows, Less less) {
  std::stable_sort(rows.begin(), rows.end(), less);  // the model goes by id
  return rows;
}
bool by_name(const Entry& a, const Entry& b) { return a.name < b.name; }
bool by_name_down(const Entry& a, const Entry& b) { return a.name > b.name; }
bool by_name_and_id_down(const Entry& a, const Entry& b) {
  return a.name != b.name ? a.name > b.name : number(a.id) > number(b.id);
}
template <class Keep>
Rows only(Rows rows, Keep keep) {
  std::erase_if(rows, [&](const Entry& each) { return !keep(each); });
  return rows;
}
bool is_green(const Entry& entry) { return entry.colour == Colour::green; }
bool has_b(const Entry& entry) { return entry.name.find_first_of("bB") != std::string::npos; }
bool is_third(const Entry& entry) { return entry.rank == 3; }

void require_same(const std::string& target, const std::string& got, const std::string& expected) {
  if (got != expected) BOOST_ERROR(target << "\n  got      " << got << "\n  expected " << expected);
}

/// What a query asks for beside the part, and the rows it selects, in their order.
struct Case {
  std::string query;
  Rows rows;
};

constexpr int largest = 60;
/// Calls `check(tx, context)` for shelves of every size.
template <class Check>
void with_every_size(const ListStore& backend, Check check) {
  ListFixture fixture{backend};
  for (int size = 0;; ++size) {
    if (size % backend.sizes_apart == 0)
      fixture.read([&](Transaction& tx, const Context& context) { check(tx, context, fixture.model); });
    if (size == largest) break;
    fixture.add();
  }
}

std::string text_of(bool value) { return value ? "true" : "false"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(lists)

BOOST_DATA_TEST_CASE(a_whole_list_is_an_array_or_a_member_of_an_object, stores, backend) {
  with_every_size(backend, [](Transaction& tx, const Context& context, const Rows& model) {
    const auto rows = written(model, 0, largest);
    require_same("", body_of(tx, context, bare, "/entries"), rows);
    require_same("", body_of(tx, context, in_a_member, "/entries"), R"({"result":0,"entries":)" + rows + '}');
    require_same("green", body_of(tx, context, bare, "/entries?colour=green"), written(only(model, is_green), 0, largest));
  });
}

BOOST_DATA_TEST_CASE(a_long_list_comes_in_pieces_that_make_one_text, stores, backend) {
  ListFixture fixture{backend};
  for (int i = 0; i < 600; ++i) fixture.add();
  fixture.read([&](Transaction& tx, const Context& context) {
    const auto query = query_of(in_a_member, "/entries").value();
    const auto first = in_a_member.read(tx, context, query).value();
    BOOST_TEST(first.next.has_value());
    BOOST_TEST(std::ranges::count(first.text, 'n') == rows_in_piece + 1);  // and one in `entries`
    require_same("", body_of(tx, context, in_a_member, "/entries"),
                 R"({"result":0,"entries":)" + written(fixture.model, 0, 600) + '}');
    require_same("", body_of(tx, context, bare, "/entries?rank=9"), "[]");
  });
}

BOOST_DATA_TEST_CASE(a_page_object_says_where_it_stands_in_the_whole_list, stores, backend) {
  with_every_size(backend, [](Transaction& tx, const Context& context, const Rows& model) {
    const Case cases[] = {{"", model},
                          {"&sortBy=NAME_ASC", sorted(model, by_name)},
                          {"&sortBy=NAME_DESC&colour=green", sorted(only(model, is_green), by_name_and_id_down)},
                          {"&rank=3&painted=&sortBy=", only(model, is_third)},
                          {"&keyword=A", only(model, [](const Entry& each) { return each.name == "a"; })}};
    for (const auto& [query, rows] : cases)
      for (std::int64_t size = 1; size <= std::ssize(model) + 1 && size <= 50; ++size)
        for (std::int64_t page = 0; page <= std::ssize(model) / size + 1; ++page) {
          const auto total = std::ssize(rows);
          const auto pages = (total + size - 1) / size;
          const auto count = std::clamp<std::int64_t>(total - page * size, 0, size);
          const auto target = "/entries?page=" + std::to_string(page) + "&pageSize=" + std::to_string(size) + query;
          require_same(target, body_of(tx, context, paged, target),
                       R"({"content":)" + written(rows, page * size, size) + R"(,"offset":)" + std::to_string(page * size) +
                           R"(,"last":)" + text_of(page + 1 >= pages) + R"(,"pages":)" + std::to_string(pages) + R"(,"total":)" +
                           std::to_string(total) + R"(,"size":)" + std::to_string(size) + R"(,"number":)" + std::to_string(page) +
                           R"(,"sorted":)" + text_of(query.find("NAME") != std::string::npos) + R"(,"first":)" +
                           text_of(page == 0) + R"(,"count":)" + std::to_string(count) + '}');
        }
  });
}

BOOST_DATA_TEST_CASE(links_ask_for_what_is_before_and_after_a_part, stores, backend) {
  with_every_size(backend, [](Transaction& tx, const Context& context, const Rows& model) {
    const Case cases[] = {{"", model},
                          {"&sort_direction=desc&sort_field=name&rank=3", sorted(only(model, is_third), by_name_down)}};
    for (const auto& each : cases)
      for (std::int64_t limit = 1; limit <= std::ssize(each.rows) + 2; ++limit)
        for (std::int64_t offset = 0; offset <= std::ssize(each.rows) + 2; ++offset) {
          const auto total = std::ssize(each.rows);
          const auto link = [&](std::int64_t from, std::int64_t count) {
            return "/entries?offset=" + std::to_string(from) + "&limit=" + std::to_string(count) + each.query;
          };
          const auto target = link(offset, limit);
          const auto next = offset + limit < total ? link(offset + limit, limit) : "";
          const auto previous = offset > 0 ? link(std::max<std::int64_t>(0, offset - limit), std::min(limit, offset)) : "";
          require_same(target, body_of(tx, context, linked, target),
                       R"({"data":)" + written(each.rows, offset, limit) + R"(,"total":)" + std::to_string(total) +
                           R"(,"next":")" + next + R"(","prev":")" + previous + "\"}");
        }
  });
}

BOOST_DATA_TEST_CASE(following_links_passes_each_row_once, stores, backend) {
  ListFixture fixture{backend};
  for (int i = 0; i < largest; ++i) fixture.add();
  fixture.read([&](Transaction& tx, const Context& context) {
    for (int limit = 1; limit <= 20; ++limit)
      for (int offset = 0; offset <= largest; ++offset)
        for (const std::string direction : {"next", "prev"}) {
          std::vector<std::int64_t> seen;
          auto target = "/entries?offset=" + std::to_string(offset) + "&limit=" + std::to_string(limit);
          for (bool is_own = true; !target.empty(); is_own = false) {
            const auto document = json::parse(body_of(tx, context, linked, target)).value();
            if (!is_own || direction == "next")
              for (const auto each : document.root().find("data")->elements()) seen.push_back(*each.find("n")->integer());
            target = document.root().find(direction)->text();
          }
          std::sort(seen.begin(), seen.end());
          std::vector<std::int64_t> expected;
          for (int i = direction == "next" ? offset : 0; i < (direction == "next" ? largest : offset); ++i)
            expected.push_back(i + 1);
          if (seen != expected) BOOST_ERROR("offset " << offset << ", limit " << limit << ", " << direction);
        }
  });
}

BOOST_DATA_TEST_CASE(a_numbered_page_may_be_sorted_by_several_fields, stores, backend) {
  with_every_size(backend, [](Transaction& tx, const Context& context, const Rows& model) {
    const auto by_rank_down_and_name = [](const Entry& a, const Entry& b) {
      return a.rank != b.rank ? a.rank > b.rank : a.name < b.name;
    };
    const Case cases[] = {
        {"", model},
        {"&sort=-rank,+name&since=1010",
         sorted(only(model, [](const Entry& each) { return each.made_at > Instant{std::chrono::seconds{1'010}}; }),
                by_rank_down_and_name)}};
    for (const auto& [query, rows] : cases)
      for (std::int64_t size = 1; size <= std::ssize(model) + 1; ++size)
        for (std::int64_t page = 1; page <= std::ssize(model) / size + 2; ++page) {
          const auto target = "/entries?page=" + std::to_string(page) + "&pagesize=" + std::to_string(size) + query;
          require_same(target, body_of(tx, context, numbered, target),
                       R"({"marks":)" + written(rows, (page - 1) * size, size) + '}');
        }
  });
}

BOOST_DATA_TEST_CASE(following_cursors_passes_each_row_once_and_in_order, stores, backend) {
  with_every_size(backend, [](Transaction& tx, const Context& context, const Rows& model) {
    const Case cases[] = {{"", model},
                          {"&sort=name", sorted(model, by_name)},
                          {"&sort=-name&colour=green", sorted(only(model, is_green), by_name_and_id_down)},
                          // Text inside of a column that ends an index does not sort the list by it.
                          {"&colour=green&keyword=B", only(only(model, is_green), has_b)},
                          {"&rank=3", only(model, is_third)}};
    for (const auto& [query, rows] : cases)
      for (std::int64_t limit = 1; limit <= std::ssize(model) + 1; limit += limit < 8 ? 1 : 7) {
        std::string all = "[";
        const auto first = "/entries?limit=" + std::to_string(limit) + query;
        for (auto target = first; !target.empty();) {
          const auto document = json::parse(body_of(tx, context, sealed, target)).value();
          const auto items = document.root().find("items")->to_json().text;
          if (items.size() > 2) all += (all.size() > 1 ? "," : "") + items.substr(1, items.size() - 2);
          const auto next = document.root().find("next")->text();
          target = next.empty() ? "" : first + "&cursor=" + std::string{next};
        }
        require_same(first, all + ']', written(rows, 0, largest));
      }
  });
}

BOOST_AUTO_TEST_CASE(numbers_out_of_bounds_are_refused_or_replaced_as_the_format_says) {
  const auto part = [](const contract::List& list, const std::string& query) {
    const auto read = query_of(list, "/entries?" + query);
    if (!read) return read.error().violations.front().field + ' ' + read.error().detail;
    return std::to_string(read->page_request.skip) + '+' + std::to_string(read->page_request.limit);
  };
  BOOST_TEST(part(paged, "") == "0+10");
  BOOST_TEST(part(paged, "page=-1&pageSize=0") == "0+10");
  BOOST_TEST(part(paged, "page=x&pageSize=ten") == "0+10");
  BOOST_TEST(part(paged, "page=2147483648&pageSize=51") == "0+50");
  BOOST_TEST(part(paged, "page=2147483647&pageSize=50") == "107374182350+50");
  BOOST_TEST(part(paged, "page=3&page=4") == "30+10");
  BOOST_TEST(part(linked, "") == "0+50");
  BOOST_TEST(part(linked, "limit=0") == "?limit must be a number from 1 to 2000");
  BOOST_TEST(part(linked, "offset=-1") == "?offset must be a number from 0 on");
  BOOST_TEST(part(numbered, "page=0") == "?page must be a number from 1 on");
  BOOST_TEST(part(numbered, "page=9007199254740991&pagesize=9007199254740991") == "9223372036854774784+9007199254740991");
}

BOOST_AUTO_TEST_CASE(parameters_that_are_wrong_are_each_told_or_passed_over) {
  const auto faults = [](const contract::List& list, const std::string& query) {
    const auto read = query_of(list, "/entries?" + query);
    std::string text;
    if (read) return text;
    for (const auto& each : read.error().violations)
      text += (text.empty() ? "" : "; ") + each.field + ' ' + each.message + (each.code.empty() ? "" : " (" + each.code + ')');
    return text;
  };
  BOOST_TEST(faults(paged, "sortBy=RANK&colour=blue&x=1&%FF=%zz") ==
             "?sortBy must be one of NAME_ASC, NAME_DESC, not \"RANK\" (INVALID_REQUEST_PARAMETER); "
             "?colour must be one of red, green, not \"blue\" (INVALID_REQUEST_PARAMETER)");
  BOOST_TEST(faults(paged, "sortBy=&colour=&page=") == "");
  BOOST_TEST(faults(linked, "sort_field=age&sort_direction=up") ==
             "?sort_field must be one of id, name, rank, not \"age\"; ?sort_direction must be one of ASC, DESC, not \"up\"");
  BOOST_TEST(faults(numbered, "sort=-rank,age") == "?sort must be one of id, name, rank, not \"age\"");
  BOOST_TEST(faults(numbered, "sort=id,id,id,id,id,id") == "?sort names too many fields: 5 may be given");
  BOOST_TEST(
      faults(sealed, "x=1&limit=1&limit=2&sort=-age&made_after=now&rank=-1") ==
      "?x is not known; ?limit is given more than once; ?sort must be one of id, name, rank, not \"age\"; downwards behind "
      "a -; ?made_after must be a time such as 2024-03-04T01:02:03Z; ?rank must be a number");
  BOOST_TEST(faults(sealed, "rank=%zz") == "?rank must be percent-encoded UTF-8");
  BOOST_TEST(faults(sealed, "since=253402300800") == "?since must be a time in seconds since 1970");
  BOOST_TEST(faults(sealed, "cursor=") == "?cursor must not be empty");
  std::string many;
  for (int i = 0; i < 2'000; ++i) many += "x&";
  BOOST_TEST(faults(sealed, many) == "? there are too many parameters");
  BOOST_TEST(faults(numbered, "sort=" + std::string(2'000, ',')).size() < 1'000U);
}

BOOST_AUTO_TEST_CASE(a_parameter_of_its_own_is_left_to_the_list) {
  const auto query = query_of(bare, "/entries?with=%C3%A9&with=2").value();
  BOOST_REQUIRE(query.own("with") != nullptr);
  BOOST_TEST(*query.own("with") == "é");
  BOOST_TEST(query.own("without") == nullptr);
}

BOOST_DATA_TEST_CASE(a_cursor_opens_only_the_list_it_was_sealed_for, stores, backend) {
  ListFixture fixture{backend};
  for (int i = 0; i < 3; ++i) fixture.add();
  fixture.read([&](Transaction& tx, const Context& context) {
    const auto body = json::parse(body_of(tx, context, sealed, "/entries?limit=1")).value();
    const auto next = "&cursor=" + std::string{body.root().find("next")->text()};
    const auto refused = "was not given for this list, sorted and chosen like this";
    BOOST_TEST(body_of(tx, context, sealed, "/entries?limit=2" + next) == R"({"items":[{"n":2},{"n":3}],"next":""})");
    BOOST_TEST(body_of(tx, context, sealed, "/others?limit=2" + next) == refused);
    BOOST_TEST(body_of(tx, context, sealed, "/entries?limit=1&sort=name" + next) == refused);
    BOOST_TEST(body_of(tx, context, sealed, "/entries?limit=1" + next + "x") == refused);
  });
}

BOOST_DATA_TEST_CASE(a_cursor_opens_only_the_order_it_was_sealed_for, stores, backend) {
  ListFixture fixture{backend};
  for (int i = 0; i < 30; ++i) fixture.add();
  const auto refused = "was not given for this list, sorted and chosen like this";
  fixture.read([&](Transaction& tx, const Context& context) {
    const auto cursor_for = [&](const contract::List& list, const std::string& target) {
      return "&cursor=" + std::string{json::parse(body_of(tx, context, list, target)).value().root().find("next")->text()};
    };
    const std::string orders[] = {"", "&sort=-id", "&sort=name", "&sort=-name", "&sort=rank", "&sort=-rank"};
    for (const auto& made_for : orders)
      for (const auto& used_for : orders) {
        const auto cursor = cursor_for(sealed, "/entries?limit=1" + made_for);
        const auto body = body_of(tx, context, sealed, "/entries?limit=1" + used_for + cursor);
        BOOST_TEST((body == refused) == (made_for != used_for), made_for << " then " << used_for << ": " << body);
      }
    // Nobody asks for the default order, so the query does not name it.
    auto by_time = sealed;
    by_time.time_column = static_cast<std::uint8_t>(description_of<Entry>.position(&Entry::name));
    const auto first = "/entries?limit=1&colour=red";
    BOOST_TEST(body_of(tx, context, by_time, first) != body_of(tx, context, sealed, first));
    BOOST_TEST(body_of(tx, context, by_time, first + cursor_for(sealed, first)) == refused);
    BOOST_TEST(body_of(tx, context, sealed, first + cursor_for(by_time, first)) == refused);
  });
}

BOOST_AUTO_TEST_CASE(a_cursor_of_an_operator_over_all_tenants_is_none_of_one_whose_list_has_another_order) {
  Fixture fixture{5};
  const auto tenant = fixture.call(tenants::create, {.name = "inn"});
  const auto of_all = fixture.call(operators::create, {.name = "root"}).secret;
  const auto of_tenant = fixture.call(operators::create, {.parent = tenant.id, .name = "clerk"}).secret;
  for (const auto* name : {"one", "two", "three"}) fixture.call(apps::create, {.parent = tenant.id, .draft = {.name = name}});
  const auto ask = [&](const std::string& secret, const std::string& cursor) {
    return fixture.send(Method::get, "/api/v1/audit?limit=1" + cursor, "", {{"Authorization", "Bearer " + secret}});
  };
  const auto cursor_of = [&](const std::string& secret) {
    return "&cursor=" + std::string{json::parse(ask(secret, "").body).value().root().find("next_cursor")->text()};
  };
  BOOST_TEST(ask(of_all, cursor_of(of_all)).status == 200);
  BOOST_TEST(ask(of_tenant, cursor_of(of_tenant)).status == 200);
  for (const auto& refused : {ask(of_tenant, cursor_of(of_all)), ask(of_all, cursor_of(of_tenant))}) {
    BOOST_TEST(refused.status == 422);
    BOOST_TEST(refused.body.find("was not given for this list, sorted and chosen like this") != std::string::npos, refused.body);
  }
}

BOOST_DATA_TEST_CASE(filters_that_no_index_serves_are_held_against_the_first_rows_only, stores, backend) {
  ListFixture fixture{backend};
  fixture.store
      ->run(Access::write,
            [](Transaction& tx) -> Result<void> {
              for (std::int64_t i = 0; i <= rows_looked_at; ++i) {
                Entry made{.rank = i / 100};
                if (auto stored = tx.insert(made); !stored) return stored;
              }
              return {};
            })
      .value();
  fixture.read([&](Transaction& tx, const Context& context) {
    const auto total = [&](const std::string& query) {
      const auto read = query_of(linked, "/entries?" + query).value();
      return linked.read(tx, context, read).value().total;
    };
    BOOST_TEST(total("") == rows_looked_at + 1);
    BOOST_TEST(total("colour=red") == rows_looked_at + 1);
    BOOST_TEST(total("rank=99") == 100);
    BOOST_TEST(total("rank=100") == 0);
    BOOST_TEST(total("rank=100&sort_direction=DESC") == 1);
  });
}

BOOST_DATA_TEST_CASE(rows_are_looked_up_by_their_ids_in_any_order_and_number, stores, backend) {
  ListFixture fixture{backend};
  for (int i = 0; i < 1'200; ++i) fixture.add();
  fixture.read([&](Transaction& tx, const Context&) {
    std::vector<Id> ids{Id{9'999}};
    for (std::int64_t i = 1'200; i > 0; i -= 2) ids.insert(ids.end(), {Id{i}, Id{1}});
    const auto rows = domain::look_up_all<Entry>(tx, ids).value();
    BOOST_REQUIRE(rows.size() == ids.size());
    BOOST_TEST(number(rows[0].id) == 0);
    for (std::size_t i = 1; i < rows.size(); ++i)
      if (rows[i].id != ids[i] || rows[i].made_at != fixture.model[static_cast<std::size_t>(number(ids[i])) - 1].made_at)
        BOOST_ERROR("row " << i);
    BOOST_TEST(domain::look_up_all<Entry>(tx, {}).value().empty());
  });
}

BOOST_AUTO_TEST_CASE(the_total_of_an_apps_list_follows_what_comes_and_goes) {
  Fixture fixture{5};
  const auto tenant = fixture.call(tenants::create, {.name = "inn"});
  const auto app = fixture.call(apps::create, {.parent = tenant.id, .draft = {.name = "desk"}}).view.app;
  Listing wanted{.parent = app.id, .page_request = {.limit = 2, .skip = 2}};
  wanted.page_request.is_numbered = true;
  std::vector<Id> ids;
  for (const auto* name : {"oak", "elm", "oak", "ash"})
    ids.push_back(fixture.call(rooms::create, {.parent = app.id, .draft = {.name = name}}).id);
  BOOST_TEST(fixture.call(rooms::list, wanted).total == 4);
  fixture.call(rooms::remove, {.ref = ids[0]});
  const auto page = fixture.call(rooms::list, wanted);
  BOOST_TEST(page.total == 3);
  BOOST_TEST(page.items.size() == 1U);
  wanted.page_request.filters = {
      {.column = static_cast<std::uint8_t>(description_of<Room>.position(&Room::name)), .value = std::string{"oak"}}};
  BOOST_TEST(fixture.call(rooms::list, wanted).total == 1);
}

BOOST_AUTO_TEST_CASE(a_document_names_the_parameters_and_the_members_of_a_list) {
  const auto names = [](std::span<const Parameter> parameters) {
    std::string text;
    for (const auto& each : parameters) text += (text.empty() ? "" : " ") + std::string{each.name};
    return text;
  };
  BOOST_TEST(names(contract::list_parameters<bare>) == "colour painted rank keyword made_after since with");
  BOOST_TEST(names(contract::list_parameters<paged>) == "pageSize page colour painted rank keyword made_after since with sortBy");
  BOOST_TEST(names(contract::list_parameters<linked>) ==
             "limit offset colour painted rank keyword made_after since with sort_field sort_direction");
  BOOST_TEST(names(contract::list_parameters<sealed>) == "limit cursor colour painted rank keyword made_after since with sort");
  const auto& sort = contract::list_parameters<sealed>.back();
  BOOST_TEST(sort.values.size() == 6U);
  BOOST_TEST(
      contract::list_schema<in_a_member>() ==
      R"({"title":"EntryList","type":"object","properties":{"result":{"type":"integer","const":0},"entries":{"type":"array",)"
      R"("items":{"title":"Entry","type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}},)"
      R"("required":["result","entries"]})");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tests

}  // namespace innkeeper
