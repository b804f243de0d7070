#include "tests/stores/database.hpp"

#include <innkeeper/schema/model.hpp>

#include <functional>
#include <future>
#include <vector>

/// What works that write are told: what stands in the file, what they wrote themselves, and what their group did before them.
namespace innkeeper::tests {

namespace {

std::int64_t age_of(Transaction& tx, Id id) { return tx.get<Guest>(id).value().age; }

Result<void> set_age(Transaction& tx, Id id, std::int64_t age) {
  auto guest = tx.get<Guest>(id);
  if (!guest) return guest.error();
  guest->age = age;
  return tx.update(*guest);
}

Result<void> change(Store& store, Id id, std::int64_t age) {
  return store.run(Access::write, [&](Transaction& tx) { return set_age(tx, id, age); });
}

/// What a work is told that only looks.
std::int64_t seen_by_work(Store& store, Id id) {
  return in_one_run(store, Access::write, [&](Transaction& tx) -> Result<std::int64_t> { return age_of(tx, id); }).value();
}

void remember(Store& store, Id id) {
  for (int i = 0; i < often; ++i) seen_by_work(store, id);
}

/// Runs works as one group, and waits for all of them.
std::vector<Result<void>> run_together(Store& store, const std::vector<Work>& works) {
  std::promise<void> has_begun;
  std::promise<void> commit_mutex;
  std::vector<Result<void>> outcomes(works.size());
  std::promise<void> is_over;
  std::size_t left = works.size();
  store.run(
      Access::write,
      [&](Transaction&) -> Result<void> {
        has_begun.set_value();
        commit_mutex.get_future().wait();
        return {};
      },
      [](const Result<void>&) {});
  has_begun.get_future().wait();
  for (std::size_t i = 0; i < works.size(); ++i)
    store.run(Access::write, works[i], [&, i](Result<void> outcome) {
      outcomes[i] = std::move(outcome);
      if (--left == 0) is_over.set_value();
    });
  commit_mutex.set_value();
  is_over.get_future().wait();
  return outcomes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(writer_cache)

BOOST_AUTO_TEST_CASE(a_work_sees_its_own_writes_of_rows_that_are_remembered) {
  const DatabaseFixture database;
  const auto store = database.open();
  const auto id = insert(*store, Guest{.name = "a", .age = 1}).value().id;
  remember(*store, id);
  store
      ->run(Access::write,
            [&](Transaction& tx) -> Result<void> {
              for (std::int64_t age = 2; age < 10; ++age) {
                if (auto set = set_age(tx, id, age); !set) return set;
                BOOST_TEST(age_of(tx, id) == age);
              }
              return {};
            })
      .value();
  BOOST_TEST(seen_by_work(*store, id) == 9);
}

BOOST_AUTO_TEST_CASE(a_work_sees_what_its_group_did_before_it_and_nothing_of_those_that_failed) {
  const DatabaseFixture database;
  const auto store = database.open();
  const auto id = insert(*store, Guest{.name = "a", .age = 1}).value().id;
  for (std::int64_t round = 1; round < 40; ++round) {
    remember(*store, id);
    std::vector<std::int64_t> seen(4);
    const auto look = [&](std::size_t at) {
      return [&, at](Transaction& tx) -> Result<void> {
        for (int i = 0; i < often; ++i) seen[at] = age_of(tx, id);
        return {};
      };
    };
    const auto spoil = [&](Transaction& tx) -> Result<void> {
      if (auto set = set_age(tx, id, -1); !set) return set;
      for (int i = 0; i < often; ++i) BOOST_TEST(age_of(tx, id) == -1);
      return Error{Errc::conflict};
    };
    const auto set = [&](Transaction& tx) { return set_age(tx, id, round + 1); };
    // Every third group has no failure in it, and some follow a group that had.
    const bool is_spoilt = round % 3 != 0;
    std::vector<Work> works{look(0), set, look(1)};
    if (is_spoilt) works = {look(0), spoil, look(1), set, look(2), spoil, look(3)};
    const auto outcomes = run_together(*store, works);
    BOOST_TEST(seen[0] == round);
    BOOST_TEST(seen[1] == (is_spoilt ? round : round + 1));
    if (is_spoilt) {
      BOOST_TEST((code_of(outcomes[1]) == Errc::conflict && code_of(outcomes[5]) == Errc::conflict));
      BOOST_TEST((seen[2] == round + 1 && seen[3] == round + 1));
    }
    BOOST_TEST(seen_by_work(*store, id) == round + 1);
  }
}

BOOST_AUTO_TEST_CASE(a_work_that_fails_before_it_writes_spoils_nothing) {
  const DatabaseFixture database;
  const auto store = database.open();
  const auto id = insert(*store, Guest{.name = "a", .nick = "taken"}).value().id;
  int runs = 0;
  const auto outcomes = run_together(*store, {[&](Transaction& tx) { return ++runs, set_age(tx, id, 7); },
                                              [](Transaction& tx) {
                                                Guest guest{.name = "b", .nick = "taken"};
                                                return tx.insert(guest);
                                              },
                                              [](Transaction&) -> Result<void> { return Error{Errc::not_found}; }});
  BOOST_TEST(outcomes[0].has_value());
  BOOST_TEST((code_of(outcomes[1]) == Errc::already_exists && code_of(outcomes[2]) == Errc::not_found));
  BOOST_TEST(runs == 1);
  BOOST_TEST(seen_by_work(*store, id) == 7);
  BOOST_TEST(count<Guest>(*store) == 1);
}

BOOST_AUTO_TEST_CASE(a_work_is_told_of_a_row_that_another_process_changed) {
  const DatabaseFixture database;
  const auto mine = database.open();
  const auto theirs = database.open();
  const auto id = insert(*mine, Guest{.name = "a"}).value().id;
  for (std::int64_t round = 1; round <= 100; ++round) {
    remember(*mine, id);
    change(*theirs, id, round).value();
    BOOST_TEST_REQUIRE(seen_by_work(*mine, id) == round);
    remember(*mine, id);
    change(*mine, id, -round).value();
    BOOST_TEST_REQUIRE(seen_by_work(*theirs, id) == -round);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
