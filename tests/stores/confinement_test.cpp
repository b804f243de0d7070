#include "tests/stores/backends.hpp"

#include <innkeeper/schema/model.hpp>

namespace innkeeper::tests {

namespace {

constexpr Id ours{1};
constexpr Id theirs{2};
constexpr Id our_app{11};
constexpr Id sibling{12};
constexpr Id their_app{13};

}  // namespace

struct Guests {
  Guest our;
  Guest foreign;
  Guest nobodys;
};

struct Things {
  Thing our;
  Thing siblings;
  Thing foreign;
};

namespace {

Guests fill(Store& store) {
  return {.our = insert(store, Guest{.tenant = ours, .name = "our", .stays = 1}).value(),
          .foreign = insert(store, Guest{.tenant = theirs, .name = "foreign", .stays = 1}).value(),
          .nobodys = insert(store, Guest{.name = "nobody's", .stays = 1}).value()};
}

Things fill_apps(Store& store) {
  return {.our = insert(store, Thing{.tenant = ours, .app = our_app, .name = "x"}).value(),
          .siblings = insert(store, Thing{.tenant = ours, .app = sibling, .name = "x"}).value(),
          .foreign = insert(store, Thing{.tenant = theirs, .app = their_app, .name = "x"}).value()};
}

/// Runs a work confined to our app.
template <class F>
auto within_app(Store& store, F work) {
  return in_one_run(store, Access::write, [&](Transaction& tx) {
    tx.confine(ours, our_app);
    return work(tx);
  });
}

/// Runs a work confined to our tenant.
template <class F>
auto confined(Store& store, F work) {
  return in_one_run(store, Access::write, [&](Transaction& tx) {
    tx.confine(ours);
    return work(tx);
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(confinement)

BOOST_DATA_TEST_CASE(another_tenants_row_is_not_found, stores(), backend) {
  const TestStore test_store{backend};
  const auto guests = fill(*test_store);
  for (const auto& each : {guests.foreign, guests.nobodys}) {
    BOOST_TEST(confined(*test_store, [&](Transaction& tx) { return tx.get<Guest>(each.id); }).error().code == Errc::not_found);
    BOOST_TEST(confined(*test_store, [&](Transaction& tx) { return tx.first(Query<Guest>{}.where(&Guest::name, each.name)); })
                   .error()
                   .code == Errc::not_found);
  }
  BOOST_TEST(confined(*test_store, [&](Transaction& tx) { return tx.get<Guest>(guests.our.id); }).has_value());
}

BOOST_DATA_TEST_CASE(lists_and_counts_hold_only_the_tenants_rows, stores(), backend) {
  const TestStore test_store{backend};
  const auto guests = fill(*test_store);
  const auto rows = confined(*test_store, [&](Transaction& tx) { return tx.list(Query<Guest>{}); }).value();
  BOOST_TEST(ids_of(rows) == std::vector<std::int64_t>{number(guests.our.id)}, boost::test_tools::per_element());
  BOOST_TEST(confined(*test_store, [&](Transaction& tx) { return tx.count(Query<Guest>{}); }).value() == 1);
  BOOST_TEST(confined(*test_store, [&](Transaction& tx) {
               return tx.count(Query<Guest>{}.where(&Guest::tenant, theirs));
             }).value() == 0);
}

BOOST_DATA_TEST_CASE(a_row_for_another_tenant_is_forbidden, stores(), backend) {
  const TestStore test_store{backend};
  for (const auto tenant : {theirs, Id::none}) {
    const auto error = confined(*test_store, [&](Transaction& tx) {
                         Guest guest{.tenant = tenant, .name = "g"};
                         return tx.insert(guest);
                       }).error();
    BOOST_TEST(error.code == Errc::forbidden);
    BOOST_TEST(error.reason == Reason{"tenant.foreign"});
  }
  BOOST_TEST(count<Guest>(*test_store) == 0);
}

BOOST_DATA_TEST_CASE(another_tenants_row_is_not_changed_nor_taken_over, stores(), backend) {
  const TestStore test_store{backend};
  const auto guests = fill(*test_store);
  const auto update = [&](Guest guest) { return confined(*test_store, [&](Transaction& tx) { return tx.update(guest); }); };
  BOOST_TEST(update(guests.foreign).error().code == Errc::forbidden);
  auto stolen = guests.foreign;
  stolen.tenant = ours;
  BOOST_TEST(update(stolen).error().code == Errc::conflict);
  auto given_away = guests.our;
  given_away.tenant = theirs;
  BOOST_TEST(update(given_away).error().code == Errc::forbidden);
  BOOST_TEST(get<Guest>(*test_store, guests.foreign.id).value().tenant == theirs);
  BOOST_TEST(get<Guest>(*test_store, guests.our.id).value().tenant == ours);
}

BOOST_DATA_TEST_CASE(another_tenants_row_is_not_erased_nor_counted_up, stores(), backend) {
  const TestStore test_store{backend};
  const auto guests = fill(*test_store);
  const auto foreign = guests.foreign.id;
  BOOST_TEST(confined(*test_store, [&](Transaction& tx) { return tx.add<Guest>(foreign, &Guest::stays, 5); }).value() == 0);
  BOOST_TEST(confined(*test_store, [&](Transaction& tx) { return tx.erase<Guest>(foreign); }).value() == 0);
  BOOST_TEST(confined(*test_store, [&](Transaction& tx) { return tx.erase(Query<Guest>{}); }).value() == 1);
  BOOST_TEST(get<Guest>(*test_store, foreign).value().stays == 1);
  BOOST_TEST(count<Guest>(*test_store) == 2);
}

BOOST_DATA_TEST_CASE(rows_that_belong_to_nobody_are_open_to_all, stores(), backend) {
  const TestStore test_store{backend};
  const auto made = confined(*test_store, [&](Transaction& tx) -> Result<Keyword> {
    Keyword row{.select = "x"};
    if (auto done = tx.insert(row); !done) return done.error();
    return tx.get<Keyword>(row.id);
  });
  BOOST_TEST(made.has_value());
}

BOOST_DATA_TEST_CASE(confinement_ends_when_it_is_lifted_and_with_its_transaction, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  const auto counts = confined(*test_store, [&](Transaction& tx) -> Result<std::int64_t> {
    tx.confine(Id::none);
    return tx.count(Query<Guest>{});
  });
  BOOST_TEST(counts.value() == 3);
  confined(*test_store, [](Transaction& tx) { return tx.count(Query<Guest>{}); }).value();
  BOOST_TEST(count<Guest>(*test_store) == 3);
}

BOOST_DATA_TEST_CASE(within_an_app_only_its_rows_exist, stores(), backend) {
  const TestStore test_store{backend};
  const auto things = fill_apps(*test_store);
  for (const auto& each : {things.siblings, things.foreign}) {
    BOOST_TEST(within_app(*test_store, [&](Transaction& tx) { return tx.get<Thing>(each.id); }).error().code == Errc::not_found);
    BOOST_TEST(within_app(*test_store, [&](Transaction& tx) { return tx.add<Thing>(each.id, &Thing::turns, 5); }).value() == 0);
    BOOST_TEST(within_app(*test_store, [&](Transaction& tx) { return tx.erase<Thing>(each.id); }).value() == 0);
  }
  const auto rows = within_app(*test_store, [&](Transaction& tx) { return tx.list(Query<Thing>{}); }).value();
  BOOST_TEST(ids_of(rows) == std::vector<std::int64_t>{number(things.our.id)}, boost::test_tools::per_element());
  BOOST_TEST(within_app(*test_store, [&](Transaction& tx) {
               return tx.count(Query<Thing>{}.where(&Thing::app, sibling));
             }).value() == 0);
  BOOST_TEST(within_app(*test_store, [&](Transaction& tx) { return tx.erase(Query<Thing>{}); }).value() == 1);
  BOOST_TEST(count<Thing>(*test_store) == 2);
}

BOOST_DATA_TEST_CASE(a_row_for_another_app_is_neither_made_nor_taken_over, stores(), backend) {
  const TestStore test_store{backend};
  const auto things = fill_apps(*test_store);
  for (const auto app : {sibling, Id::none}) {
    const auto error = within_app(*test_store, [&](Transaction& tx) {
                         Thing thing{.tenant = ours, .app = app, .name = "y"};
                         return tx.insert(thing);
                       }).error();
    BOOST_TEST(error.code == Errc::forbidden);
    BOOST_TEST(error.reason == Reason{"app.foreign"});
  }
  const auto update = [&](Thing thing) { return within_app(*test_store, [&](Transaction& tx) { return tx.update(thing); }); };
  BOOST_TEST(update(things.siblings).error().code == Errc::forbidden);
  auto stolen = things.siblings;
  stolen.app = our_app;
  BOOST_TEST(update(stolen).error().code == Errc::conflict);
  auto given_away = things.our;
  given_away.app = sibling;
  BOOST_TEST(update(given_away).error().code == Errc::forbidden);
  BOOST_TEST(get<Thing>(*test_store, things.siblings.id).value().app == sibling);
  BOOST_TEST(get<Thing>(*test_store, things.our.id).value().app == our_app);
}

BOOST_DATA_TEST_CASE(an_app_bounds_only_tables_that_belong_to_apps, stores(), backend) {
  const TestStore test_store{backend};
  fill(*test_store);
  fill_apps(*test_store);
  BOOST_TEST(within_app(*test_store, [](Transaction& tx) { return tx.count(Query<Guest>{}); }).value() == 1);
  BOOST_TEST(confined(*test_store, [](Transaction& tx) { return tx.count(Query<Thing>{}); }).value() == 2);
  const auto lifted = within_app(*test_store, [](Transaction& tx) {
    tx.confine(ours);
    return tx.count(Query<Thing>{});
  });
  BOOST_TEST(lifted.value() == 2);
  BOOST_TEST(count<Thing>(*test_store) == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
