#include "tests/stores/backends.hpp"

#include <innkeeper/schema/model.hpp>

#include <array>
#include <limits>
#include <string>
#include <string_view>

namespace innkeeper::tests {

namespace {

using Ids = std::vector<std::int64_t>;

/// Five guests: ids 1 to 5, rooms none, 10, 20, 20, none.
void fill(Store& store) {
  const std::array<std::optional<std::int64_t>, 5> rooms{std::nullopt, 10, 20, 20, std::nullopt};
  const std::array<std::int64_t, 5> ages{30, 50, 40, 30, 30};
  for (std::size_t i = 0; i < rooms.size(); ++i)
    insert(store, Guest{.tenant = Id{1}, .name = std::string(1, static_cast<char>('a' + i)), .age = ages[i], .room = rooms[i]})
        .value();
}

Ids select(Store& store, const Query<Guest>& query) { return ids_of(list(store, query).value()); }

}  // namespace

BOOST_AUTO_TEST_SUITE(queries)

BOOST_DATA_TEST_CASE(each_comparison_selects_what_it_says_and_null_is_a_value_of_its_own, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  struct Case {
    Compare compare;
    std::optional<std::int64_t> value;
    Ids expected;
  };
  const Case cases[] = {
      {Compare::equal, 20, {3, 4}},
      {Compare::equal, std::nullopt, {1, 5}},
      {Compare::not_equal, 20, {1, 2, 5}},
      {Compare::not_equal, std::nullopt, {2, 3, 4}},
      {Compare::less, 20, {2}},
      {Compare::less, std::nullopt, {}},
      {Compare::less_equal, 20, {2, 3, 4}},
      {Compare::less_equal, std::nullopt, {}},
      {Compare::greater, 10, {3, 4}},
      {Compare::greater, std::nullopt, {}},
      {Compare::greater_equal, 10, {2, 3, 4}},
      {Compare::greater_equal, std::nullopt, {}},
  };
  for (const auto& each : cases) {
    const auto query = Query<Guest>{}.where(&Guest::room, each.compare, each.value);
    BOOST_TEST_CONTEXT("comparison " << static_cast<int>(each.compare) << " with " << each.value.value_or(-1)) {
      BOOST_TEST(select(*test_store, query) == each.expected, boost::test_tools::per_element());
      BOOST_TEST(count(*test_store, query) == static_cast<std::int64_t>(each.expected.size()));
    }
  }
}

BOOST_DATA_TEST_CASE(a_text_contains_another_whatever_the_case_of_ascii_letters, stores(), backend) {
  const TestStore test_store{backend};
  using namespace std::string_literals;
  for (const auto& name : {"The Oak Room"s, "oa"s, "\u00c4rger oAk"s, "a\0oak"s, ""s})
    insert(*test_store, Guest{.name = name}).value();
  insert(*test_store, Guest{.name = "nick", .nick = "OAK"}).value();
  const auto found = [&](const std::string& part) {
    return select(*test_store, Query<Guest>{}.where(&Guest::name, Compare::contains, part));
  };
  BOOST_TEST(found("OAK") == (Ids{1, 3, 4}), boost::test_tools::per_element());
  BOOST_TEST(found("\u00e4rger") == Ids{}, boost::test_tools::per_element());
  BOOST_TEST(found("\u00c4RGER") == Ids{3}, boost::test_tools::per_element());
  BOOST_TEST(found("%"s) == Ids{}, boost::test_tools::per_element());
  BOOST_TEST(found("\0O"s) == Ids{4}, boost::test_tools::per_element());
  BOOST_TEST(found("") == (Ids{1, 2, 3, 4, 5, 6}), boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::nick, Compare::contains, "oak"s)) == Ids{6},
             boost::test_tools::per_element());
  BOOST_TEST(count(*test_store, Query<Guest>{}.where(&Guest::name, Compare::contains, "OAK"s)) == 3);
}

BOOST_DATA_TEST_CASE(a_number_is_one_of_a_list, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  const auto with = [](auto member, std::string_view list) { return Query<Guest>{}.where(member, Compare::in, Value{list}); };
  BOOST_TEST(select(*test_store, with(&Guest::id, "5,2,9,2")) == (Ids{2, 5}), boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, with(&Guest::id, "")) == Ids{}, boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, with(&Guest::room, "10,30")) == Ids{2}, boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, with(&Guest::id, "1,2,3,4").where(&Guest::age, std::int64_t{30}).order_by(&Guest::id, true)) ==
                 (Ids{4, 1}),
             boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, with(&Guest::id, "1,2,3,4").order_by(&Guest::age).limit(2).offset(1)) == (Ids{4, 3}),
             boost::test_tools::per_element());
  BOOST_TEST(count(*test_store, with(&Guest::age, "30,40")) == 4);
}

BOOST_DATA_TEST_CASE(what_is_no_number_in_a_list_is_passed_over, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t room : {std::int64_t{-10}, std::int64_t{0}, std::int64_t{1}, least, most})
    insert(*test_store, Guest{.tenant = Id{1}, .name = std::to_string(room), .room = room}).value();
  struct Case {
    std::string_view list;
    Ids expected;
  };
  const Case cases[] = {
      {"", {}},
      {",", {}},
      {",,10,,", {2}},
      {"10,10,20,10", {2, 3, 4}},
      {"null", {}},
      {"10,null,20", {2, 3, 4}},
      {"-10", {6}},
      {"-0,007,010", {2, 7}},
      {"+10, 10,10 ,\t10", {}},
      {"10.0,1e1,0xa,1_0", {}},
      {"true,\"10\",[10],{\"a\":10}", {}},
      {"]", {}},
      {"10] UNION SELECT 20 --", {}},
      {"x,20", {3, 4}},
      {"-9223372036854775808,9223372036854775807", {9, 10}},
      {"-9223372036854775809,9223372036854775808,100000000000000000000", {}},
  };
  for (const auto& each : cases) {
    const auto query = Query<Guest>{}.where(&Guest::room, Compare::in, Value{each.list});
    BOOST_TEST_CONTEXT("list " << each.list) {
      BOOST_TEST(select(*test_store, query) == each.expected, boost::test_tools::per_element());
      BOOST_TEST(count(*test_store, query) == static_cast<std::int64_t>(each.expected.size()));
    }
  }
  const auto with_id = [&](std::string_view list) {
    return select(*test_store, Query<Guest>{}.where(&Guest::id, Compare::in, Value{list}));
  };
  BOOST_TEST(with_id("null,2,2,,x,1") == (Ids{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(with_id("-1,0") == Ids{}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(null_as_a_list_has_nothing_in_it, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::room, Compare::in, Value{})) == Ids{},
             boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::id, Compare::in, Value{})) == Ids{},
             boost::test_tools::per_element());
  BOOST_TEST(count(*test_store, Query<Guest>{}.where(&Guest::room, Compare::in, Value{})) == 0);
}

BOOST_DATA_TEST_CASE(a_list_may_have_more_numbers_than_a_statement_has_parameters, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  std::string list;
  for (int i = 100'000; i > 3; --i) list.append(std::to_string(i)).append(",");
  const Value all{std::string_view{list}};
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::id, Compare::in, all)) == (Ids{4, 5}),
             boost::test_tools::per_element());
  BOOST_TEST(count(*test_store, Query<Guest>{}.where(&Guest::room, Compare::in, all)) == 3);
}

BOOST_DATA_TEST_CASE(conditions_must_all_hold, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  BOOST_TEST(
      select(*test_store, Query<Guest>{}.where(&Guest::room, std::int64_t{20}).where(&Guest::age, std::int64_t{30})) == Ids{4},
      boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}
                                     .where(&Guest::age, Compare::greater, std::int64_t{30})
                                     .where(&Guest::age, Compare::less, std::int64_t{50})) == Ids{3},
             boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::id, Id{3}).where(&Guest::age, std::int64_t{30})) == Ids{},
             boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(eight_conditions_and_eight_orderings_are_one_query, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  Query<Guest> query;
  for (std::int64_t i = 0; i < 8; ++i) query.where(&Guest::age, Compare::greater, i).order_by(&Guest::age, true);
  BOOST_TEST(select(*test_store, query) == (Ids{2, 3, 1, 4, 5}), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(text_is_ordered_by_its_bytes, stores(), backend) {
  const TestStore test_store{backend};
  using namespace std::string_literals;
  for (const auto& name : {"b"s, "B"s, "\u00e9"s, ""s, "a\0b"s, "a"s}) insert(*test_store, Guest{.name = name}).value();
  BOOST_TEST(select(*test_store, Query<Guest>{}.order_by(&Guest::name)) == (Ids{4, 2, 6, 5, 1, 3}),
             boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::name, Compare::less, "a\0b"s)) == (Ids{2, 4, 6}),
             boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::name, "B"s)) == Ids{2}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(bytes_are_compared_as_bytes, stores(), backend) {
  const TestStore test_store{backend};
  for (const auto* seal : {"\x80", "\x7f", ""}) insert(*test_store, Guest{.name = "g", .seal = Bytes{seal}}).value();
  BOOST_TEST(select(*test_store, Query<Guest>{}.order_by(&Guest::seal)) == (Ids{3, 2, 1}), boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::seal, Bytes{"\x7f"})) == Ids{2}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(rows_without_an_order_come_by_id, stores(), backend) {
  const TestStore test_store{backend};
  for (const std::int64_t id : {30, 10, 20})
    insert(*test_store, Guest{.id = Id{id}, .name = "g", .age = 100 - id, .room = id}).value();
  BOOST_TEST(select(*test_store, {}) == (Ids{10, 20, 30}), boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::age, Compare::greater, std::int64_t{0})) == (Ids{10, 20, 30}),
             boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(ties_go_by_id_ascending_in_either_direction, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  BOOST_TEST(select(*test_store, Query<Guest>{}.order_by(&Guest::age)) == (Ids{1, 4, 5, 3, 2}), boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.order_by(&Guest::age, true)) == (Ids{2, 3, 1, 4, 5}),
             boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::age, std::int64_t{30})) == (Ids{1, 4, 5}),
             boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(null_comes_before_every_value, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  BOOST_TEST(select(*test_store, Query<Guest>{}.order_by(&Guest::room)) == (Ids{1, 5, 2, 3, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.order_by(&Guest::room, true)) == (Ids{3, 4, 2, 1, 5}),
             boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_second_order_decides_among_equals_of_the_first, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  BOOST_TEST(select(*test_store, Query<Guest>{}.order_by(&Guest::room).order_by(&Guest::age, true)) == (Ids{1, 5, 2, 3, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.order_by(&Guest::room, true).order_by(&Guest::age)) == (Ids{4, 3, 2, 1, 5}),
             boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.order_by(&Guest::age).order_by(&Guest::id, true)) == (Ids{5, 4, 1, 3, 2}),
             boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_window_is_taken_after_the_order, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  struct Case {
    std::int64_t limit;
    std::int64_t offset;
    Ids expected;
  };
  const Case cases[] = {
      {2, 0, {1, 4}}, {2, 2, {5, 3}},          {2, 4, {2}}, {2, 5, {}}, {0, 0, {}}, {-1, 3, {3, 2}}, {9, 0, {1, 4, 5, 3, 2}},
      {1, 1, {4}},    {-1, 0, {1, 4, 5, 3, 2}}};
  for (const auto& each : cases) {
    const auto query = Query<Guest>{}.order_by(&Guest::age).limit(each.limit).offset(each.offset);
    BOOST_TEST_CONTEXT("limit " << each.limit << " offset " << each.offset)
    BOOST_TEST(select(*test_store, query) == each.expected, boost::test_tools::per_element());
  }
  BOOST_TEST(select(*test_store, Query<Guest>{}.limit(2).offset(1)) == (Ids{2, 3}), boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{}.where(&Guest::age, std::int64_t{30}).limit(1).offset(1)) == Ids{4},
             boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_window_holds_for_the_row_of_one_id_too, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  const auto row = Query<Guest>{}.where(&Guest::id, Id{3}).order_by(&Guest::age);
  BOOST_TEST(select(*test_store, Query<Guest>{row}.limit(1)) == Ids{3}, boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{row}.limit(0)) == Ids{}, boost::test_tools::per_element());
  BOOST_TEST(select(*test_store, Query<Guest>{row}.limit(5).offset(1)) == Ids{}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(the_first_row_is_the_first_in_order, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  const auto first = [&](const Query<Guest>& query) {
    return in_one_run(*test_store, Access::read, [&](Transaction& tx) { return tx.first(query); });
  };
  BOOST_TEST(first(Query<Guest>{}.order_by(&Guest::age, true)).value().id == Id{2});
  BOOST_TEST(first(Query<Guest>{}.where(&Guest::name, "d")).value().id == Id{4});
  BOOST_TEST(first(Query<Guest>{}.where(&Guest::name, "nobody")).error().code == Errc::not_found);
}

BOOST_DATA_TEST_CASE(a_count_does_not_mind_the_window, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  BOOST_TEST(count(*test_store, Query<Guest>{}.where(&Guest::age, std::int64_t{30}).order_by(&Guest::name).limit(1).offset(1)) ==
             3);
  BOOST_TEST(count<Guest>(*test_store) == 5);
}

BOOST_DATA_TEST_CASE(a_visit_that_answers_false_is_the_last, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  Ids seen;
  const auto done = test_store->run(Access::read, [&](Transaction& tx) {
    seen.clear();
    return tx.each(Query<Guest>{}.order_by(&Guest::age), [&](Guest&& guest) {
      seen.push_back(number(guest.id));
      return seen.size() < 3;
    });
  });
  BOOST_TEST(done.has_value());
  BOOST_TEST(seen == (Ids{1, 4, 5}), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_visit_may_ask_the_same_query_again, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  Ids seen;
  const auto done = test_store->run(Access::read, [&](Transaction& tx) {
    seen.clear();
    return tx.each(Query<Guest>{}, [&](Guest&& outer) {
      return tx
          .each(Query<Guest>{},
                [&](Guest&& inner) {
                  seen.push_back(number(outer.id) * 10 + number(inner.id));
                  return inner.id < Id{2};
                })
          .has_value();
    });
  });
  BOOST_TEST(done.has_value());
  BOOST_TEST(seen == (Ids{11, 12, 21, 22, 31, 32, 41, 42, 51, 52}), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_value_of_another_type_than_its_column_is_a_defect, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  BOOST_TEST(code_of(list(*test_store, Query<Guest>{}.where(&Guest::age, "30"))) == Errc::internal);
  BOOST_TEST(code_of(list(*test_store, Query<Guest>{}.where(&Guest::name, Value{std::int64_t{1}}))) == Errc::internal);
  BOOST_TEST(code_of(list(*test_store, Query<Guest>{}.where(&Guest::age, Compare::in, Value{std::int64_t{30}}))) ==
             Errc::internal);
  BOOST_TEST(code_of(list(*test_store, Query<Guest>{}.where(&Guest::id, Compare::in, Value{std::int64_t{3}}))) == Errc::internal);
  BOOST_TEST(code_of(list(*test_store, Query<Guest>{}.where(&Guest::name, Compare::in, "30"))) == Errc::internal);
  BOOST_TEST(code_of(list(*test_store, Query<Guest>{}.where(&Guest::age, Compare::contains, Value{std::int64_t{3}}))) ==
             Errc::internal);
  BOOST_TEST(code_of(list(*test_store, Query<Guest>{}.where(&Guest::age, Compare::contains, "3"))) == Errc::internal);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
