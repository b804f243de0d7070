#include "tests/stores/backends.hpp"

#include <innkeeper/schema/model.hpp>

#include <limits>

namespace innkeeper::tests {

BOOST_AUTO_TEST_SUITE(rows)

BOOST_DATA_TEST_CASE(a_new_row_gets_the_next_id_and_version_one, stores(), backend) {
  const TestStore test_store{backend};
  const auto first = insert(*test_store, Guest{.name = "ada"}).value();
  const auto second = insert(*test_store, Guest{.name = "ben"}).value();
  BOOST_TEST(number(first.id) == 1);
  BOOST_TEST(number(second.id) == 2);
  BOOST_TEST(first.version == 1);
  BOOST_TEST(get<Guest>(*test_store, second.id).value().version == 1);
}

BOOST_DATA_TEST_CASE(every_type_of_cell_comes_back_as_it_was, stores(), backend) {
  const TestStore test_store{backend};
  using namespace std::string_literals;
  const Guest made{.tenant = Id{7},
                   .name = "z\0e\xff\u00e9"s,
                   .nick = "",
                   .age = std::numeric_limits<std::int64_t>::min(),
                   .room = std::numeric_limits<std::int64_t>::max(),
                   .seal = Bytes{"\0\x01\xfe\0"s},
                   .is_known = true,
                   .mood = Mood::merry,
                   .since = Instant{std::chrono::microseconds{1'709'514'123'456'789}},
                   .extras = JsonText{R"({"a":[1]})"}};
  const auto found = get<Guest>(*test_store, insert(*test_store, made).value().id).value();
  BOOST_TEST(found.tenant == made.tenant);
  BOOST_TEST(found.name == made.name);
  BOOST_TEST((found.nick == made.nick));
  BOOST_TEST(found.age == made.age);
  BOOST_TEST((found.room == made.room));
  BOOST_TEST(found.seal.data == made.seal.data);
  BOOST_TEST(found.is_known);
  BOOST_TEST((found.mood == Mood::merry));
  BOOST_TEST((found.since == made.since));
  BOOST_TEST(found.extras.text == made.extras.text);
}

BOOST_DATA_TEST_CASE(null_is_not_empty_text_and_not_zero, stores(), backend) {
  const TestStore test_store{backend};
  const auto found = get<Guest>(*test_store, insert(*test_store, Guest{.name = "", .seal = Bytes{}}).value().id).value();
  BOOST_TEST(found.tenant == Id::none);
  BOOST_TEST(!found.nick.has_value());
  BOOST_TEST(!found.room.has_value());
  BOOST_TEST(found.name.empty());
  BOOST_TEST(found.seal.data.empty());
}

BOOST_DATA_TEST_CASE(an_unknown_id_is_not_found, stores(), backend) {
  const TestStore test_store{backend};
  for (const auto id : {0L, 1L, -1L}) BOOST_TEST(get<Guest>(*test_store, Id{id}).error().code == Errc::not_found);
}

BOOST_DATA_TEST_CASE(an_id_that_is_given_is_kept_and_later_ids_are_higher, stores(), backend) {
  const TestStore test_store{backend};
  BOOST_TEST(insert(*test_store, Guest{.id = Id{500}, .name = "ada"}).value().id == Id{500});
  BOOST_TEST(insert(*test_store, Guest{.id = Id{20}, .name = "ben"}).value().id == Id{20});
  BOOST_TEST(insert(*test_store, Guest{.name = "cy"}).value().id == Id{501});
}

BOOST_DATA_TEST_CASE(an_id_that_is_taken_already_exists, stores(), backend) {
  const TestStore test_store{backend};
  insert(*test_store, Guest{.id = Id{5}, .name = "ada"}).value();
  const auto error = insert(*test_store, Guest{.id = Id{5}, .name = "ben"}).error();
  BOOST_TEST(error.code == Errc::already_exists);
  BOOST_TEST(error.reason == Reason{"store.unique"});
  BOOST_TEST(error.detail == "guest.id");
  BOOST_TEST(get<Guest>(*test_store, Id{5}).value().name == "ada");
}

BOOST_DATA_TEST_CASE(an_id_that_javascript_would_lose_is_invalid, stores(), backend) {
  const TestStore test_store{backend};
  constexpr std::int64_t last = 9'007'199'254'740'991;
  for (const auto id : {std::int64_t{-1}, last + 1, std::numeric_limits<std::int64_t>::max()}) {
    const auto error = insert(*test_store, Guest{.id = Id{id}, .name = "ada"}).error();
    BOOST_TEST(error.code == Errc::invalid);
    BOOST_TEST(error.reason == Reason{"store.id_range"});
  }
  BOOST_TEST(insert(*test_store, Guest{.id = Id{last}, .name = "ada"}).value().id == Id{last});
  BOOST_TEST(insert(*test_store, Guest{.name = "ben"}).error().code == Errc::invalid);
  BOOST_TEST(count<Guest>(*test_store) == 1);
}

BOOST_DATA_TEST_CASE(the_id_of_an_erased_row_is_never_given_again, stores(), backend) {
  const TestStore test_store{backend};
  const auto gone = insert(*test_store, Guest{.name = "ada"}).value();
  in_one_run(*test_store, Access::write, [&](Transaction& tx) { return tx.erase<Guest>(gone.id); }).value();
  BOOST_TEST(insert(*test_store, Guest{.name = "ben"}).value().id == Id{2});
}

BOOST_DATA_TEST_CASE(an_update_raises_the_version_and_touches_one_row, stores(), backend) {
  const TestStore test_store{backend};
  auto ada = insert(*test_store, Guest{.name = "ada", .nick = "a", .age = 30}).value();
  const auto ben = insert(*test_store, Guest{.name = "ben", .age = 40}).value();
  ada.age = 31;
  ada.nick.reset();
  const auto updated = in_one_run(*test_store, Access::write, [&](Transaction& tx) -> Result<Guest> {
    auto copy = ada;
    if (auto done = tx.update(copy); !done) return done.error();
    return copy;
  });
  BOOST_TEST(updated.value().version == 2);
  const auto found = get<Guest>(*test_store, ada.id).value();
  BOOST_TEST(found.version == 2);
  BOOST_TEST(found.age == 31);
  BOOST_TEST(!found.nick.has_value());
  BOOST_TEST(get<Guest>(*test_store, ben.id).value().age == 40);
}

BOOST_DATA_TEST_CASE(an_update_of_a_stale_version_is_a_conflict, stores(), backend) {
  const TestStore test_store{backend};
  const auto stale = insert(*test_store, Guest{.name = "ada"}).value();
  const auto rename = [&](std::string name) {
    return test_store->run(Access::write, [&](Transaction& tx) {
      auto copy = stale;
      copy.name = name;
      return tx.update(copy);
    });
  };
  BOOST_TEST(rename("eve").has_value());
  const auto error = rename("zoe").error();
  BOOST_TEST(error.code == Errc::conflict);
  BOOST_TEST(error.reason == Reason{"store.stale_version"});
  BOOST_TEST(get<Guest>(*test_store, stale.id).value().name == "eve");
}

BOOST_DATA_TEST_CASE(an_update_of_an_erased_row_is_a_conflict_and_makes_no_row, stores(), backend) {
  const TestStore test_store{backend};
  auto gone = insert(*test_store, Guest{.name = "ada"}).value();
  in_one_run(*test_store, Access::write, [&](Transaction& tx) { return tx.erase<Guest>(gone.id); }).value();
  const auto done = test_store->run(Access::write, [&](Transaction& tx) { return tx.update(gone); });
  BOOST_TEST(done.error().code == Errc::conflict);
  BOOST_TEST(gone.version == 1);
  BOOST_TEST(count<Guest>(*test_store) == 0);
}

BOOST_DATA_TEST_CASE(a_unique_column_refuses_the_same_value_and_names_itself_without_it, stores(), backend) {
  const TestStore test_store{backend};
  insert(*test_store, Guest{.name = "ada", .nick = "hidden"}).value();
  const auto error = insert(*test_store, Guest{.name = "ben", .nick = "hidden"}).error();
  BOOST_TEST(error.code == Errc::already_exists);
  BOOST_TEST(error.reason == Reason{"store.unique"});
  BOOST_TEST(error.detail == "guest.nick");
  BOOST_TEST(count<Guest>(*test_store) == 1);
}

BOOST_DATA_TEST_CASE(a_unique_pair_refuses_the_pair_and_not_its_halves, stores(), backend) {
  const TestStore test_store{backend};
  insert(*test_store, Guest{.tenant = Id{1}, .name = "ada"}).value();
  BOOST_TEST(insert(*test_store, Guest{.tenant = Id{1}, .name = "ben"}).has_value());
  BOOST_TEST(insert(*test_store, Guest{.tenant = Id{2}, .name = "ada"}).has_value());
  const auto error = insert(*test_store, Guest{.tenant = Id{1}, .name = "ada"}).error();
  BOOST_TEST(error.code == Errc::already_exists);
  BOOST_TEST(error.detail == "guest.tenant, guest.name");
}

BOOST_DATA_TEST_CASE(rows_with_a_null_in_a_unique_index_never_clash, stores(), backend) {
  const TestStore test_store{backend};
  for (int i = 0; i < 2; ++i) BOOST_TEST(insert(*test_store, Guest{.name = "ada"}).has_value());
  BOOST_TEST(count<Guest>(*test_store) == 2);
}

BOOST_DATA_TEST_CASE(an_update_into_a_taken_unique_value_changes_nothing, stores(), backend) {
  const TestStore test_store{backend};
  insert(*test_store, Guest{.name = "ada", .nick = "a"}).value();
  auto ben = insert(*test_store, Guest{.name = "ben", .nick = "b"}).value();
  ben.nick = "a";
  const auto done = test_store->run(Access::write, [&](Transaction& tx) { return tx.update(ben); });
  BOOST_TEST(done.error().code == Errc::already_exists);
  BOOST_TEST(get<Guest>(*test_store, ben.id).value().nick.value() == "b");
  BOOST_TEST(get<Guest>(*test_store, ben.id).value().version == 1);
}

BOOST_DATA_TEST_CASE(a_unique_value_is_free_again_once_its_row_is_gone_or_changed, stores(), backend) {
  const TestStore test_store{backend};
  auto ada = insert(*test_store, Guest{.name = "ada", .nick = "a"}).value();
  ada.nick = "b";
  test_store->run(Access::write, [&](Transaction& tx) { return tx.update(ada); }).value();
  const auto ben = insert(*test_store, Guest{.name = "ben", .nick = "a"});
  BOOST_TEST(ben.has_value());
  in_one_run(*test_store, Access::write, [&](Transaction& tx) { return tx.erase<Guest>(ben.value().id); }).value();
  BOOST_TEST(insert(*test_store, Guest{.name = "cy", .nick = "a"}).has_value());
}

BOOST_DATA_TEST_CASE(a_refused_row_leaves_the_transaction_usable, stores(), backend) {
  const TestStore test_store{backend};
  const auto done = test_store->run(Access::write, [&](Transaction& tx) -> Result<void> {
    Guest ada{.name = "ada", .nick = "a"};
    if (auto made = tx.insert(ada); !made) return made;
    Guest twin{.name = "twin", .nick = "a"};
    if (tx.insert(twin)) return Error{Errc::internal};
    Guest ben{.name = "ben"};
    return tx.insert(ben);
  });
  BOOST_TEST(done.has_value());
  BOOST_TEST(ids_of(list<Guest>(*test_store).value()) == (std::vector<std::int64_t>{1, 2}), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(erase_answers_how_many_rows_went, stores(), backend) {
  const TestStore test_store{backend};
  for (int age = 1; age <= 5; ++age) insert(*test_store, Guest{.name = "g", .age = age}).value();
  const auto erase = [&](const Query<Guest>& query) {
    return in_one_run(*test_store, Access::write, [&](Transaction& tx) { return tx.erase(query); }).value();
  };
  BOOST_TEST(erase(Query<Guest>{}.where(&Guest::age, Compare::greater_equal, std::int64_t{4})) == 2);
  BOOST_TEST(erase(Query<Guest>{}.where(&Guest::age, std::int64_t{9})) == 0);
  BOOST_TEST(erase(Query<Guest>{}.where(&Guest::id, Id{1})) == 1);
  BOOST_TEST(count<Guest>(*test_store) == 2);
  BOOST_TEST(erase({}) == 2);
  BOOST_TEST(count<Guest>(*test_store) == 0);
}

BOOST_DATA_TEST_CASE(a_counter_adds_and_leaves_the_version, stores(), backend) {
  const TestStore test_store{backend};
  const auto ada = insert(*test_store, Guest{.name = "ada", .stays = 5}).value();
  const auto add = [&](Id id, std::int64_t amount) {
    return in_one_run(*test_store, Access::write, [&](Transaction& tx) { return tx.add<Guest>(id, &Guest::stays, amount); });
  };
  BOOST_TEST(add(ada.id, 10).value() == 1);
  BOOST_TEST(add(ada.id, -3).value() == 1);
  BOOST_TEST(add(Id{99}, 1).value() == 0);
  const auto found = get<Guest>(*test_store, ada.id).value();
  BOOST_TEST(found.stays == 12);
  BOOST_TEST(found.version == 1);
}

BOOST_DATA_TEST_CASE(a_counter_that_would_overflow_is_invalid_and_stays, stores(), backend) {
  const TestStore test_store{backend};
  const auto ada = insert(*test_store, Guest{.name = "ada", .stays = std::numeric_limits<std::int64_t>::max() - 1}).value();
  const auto add = [&](std::int64_t amount) {
    return in_one_run(*test_store, Access::write, [&](Transaction& tx) { return tx.add<Guest>(ada.id, &Guest::stays, amount); });
  };
  BOOST_TEST(add(1).has_value());
  BOOST_TEST(add(1).error().code == Errc::invalid);
  BOOST_TEST(get<Guest>(*test_store, ada.id).value().stays == std::numeric_limits<std::int64_t>::max());
}

BOOST_DATA_TEST_CASE(tables_and_columns_may_be_called_like_words_of_sql, stores(), backend) {
  const TestStore test_store{backend};
  auto row = insert(*test_store, Keyword{.select = "where", .from = 3}).value();
  BOOST_TEST(
      ids_of(list(*test_store, Query<Keyword>{}.where(&Keyword::from, std::int64_t{3}).order_by(&Keyword::select)).value()) ==
          std::vector<std::int64_t>{1},
      boost::test_tools::per_element());
  const auto done = test_store->run(Access::write, [&](Transaction& tx) -> Result<void> {
    if (auto updated = tx.update(row); !updated) return updated;
    if (auto added = tx.add<Keyword>(row.id, &Keyword::from, 1); !added) return added.error();
    auto erased = tx.erase(Query<Keyword>{}.where(&Keyword::select, "where"));
    if (!erased) return erased.error();
    return {};
  });
  BOOST_TEST(done.has_value());
  BOOST_TEST(count<Keyword>(*test_store) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
