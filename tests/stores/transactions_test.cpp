#include "tests/stores/backends.hpp"

#include <innkeeper/schema/model.hpp>

#include <atomic>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>

namespace innkeeper::tests {

namespace {

/// Changes rows in every way there is.
Result<void> change_everything(Transaction& tx, Id kept, Id erased) {
  Guest added{.name = "added", .nick = "added"};
  if (auto done = tx.insert(added); !done) return done;
  auto guest = tx.get<Guest>(kept);
  if (!guest) return guest.error();
  guest->nick = "changed";
  if (auto done = tx.update(*guest); !done) return done;
  if (auto done = tx.add<Guest>(kept, &Guest::stays, 7); !done) return done.error();
  if (auto done = tx.erase<Guest>(erased); !done) return done.error();
  return {};
}

void check_that_nothing_changed(Store& store, const Guest& kept, const Guest& erased) {
  const auto found = get<Guest>(store, kept.id).value();
  BOOST_TEST(found.version == 1);
  BOOST_TEST(found.nick.value() == "kept");
  BOOST_TEST(found.stays == 0);
  BOOST_TEST(get<Guest>(store, erased.id).has_value());
  BOOST_TEST(count<Guest>(store) == 2);
  BOOST_TEST(insert(store, Guest{.name = "next", .nick = "added"}).value().id == Id{3});
  BOOST_TEST(insert(store, Guest{.name = "next", .nick = "changed"}).has_value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transactions)

BOOST_DATA_TEST_CASE(a_transaction_sees_its_own_writes, stores(), backend) {
  const TestStore test_store{backend};
  const auto done = test_store->run(Access::write, [](Transaction& tx) -> Result<void> {
    Guest guest{.name = "ada", .age = 1};
    if (auto made = tx.insert(guest); !made) return made;
    guest.age = 2;
    if (auto updated = tx.update(guest); !updated) return updated;
    auto found = tx.first(Query<Guest>{}.where(&Guest::age, std::int64_t{2}));
    if (!found) return found.error();
    auto erased = tx.erase<Guest>(found->id);
    if (!erased) return erased.error();
    auto left = tx.count(Query<Guest>{});
    if (!left || *left != 0) return Error{Errc::internal};
    return tx.insert(guest = Guest{.name = "ben"});
  });
  BOOST_TEST(done.has_value());
  BOOST_TEST(ids_of(list<Guest>(*test_store).value()) == std::vector<std::int64_t>{2}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(an_error_takes_everything_back_and_is_the_answer, stores(), backend) {
  const TestStore test_store{backend};
  const auto kept = insert(*test_store, Guest{.name = "kept", .nick = "kept"}).value();
  const auto erased = insert(*test_store, Guest{.name = "erased", .nick = "erased"}).value();
  const auto done = test_store->run(Access::write, [&](Transaction& tx) -> Result<void> {
    if (auto changed = change_everything(tx, kept.id, erased.id); !changed) return changed;
    return Error{.code = Errc::quota_exceeded, .reason = Reason{"test.enough"}, .detail = "no more"};
  });
  BOOST_TEST(done.error().code == Errc::quota_exceeded);
  BOOST_TEST(done.error().reason == Reason{"test.enough"});
  BOOST_TEST(done.error().detail == "no more");
  check_that_nothing_changed(*test_store, kept, erased);
}

BOOST_DATA_TEST_CASE(an_exception_takes_everything_back_and_is_internal, stores(), backend) {
  const TestStore test_store{backend};
  const auto kept = insert(*test_store, Guest{.name = "kept", .nick = "kept"}).value();
  const auto erased = insert(*test_store, Guest{.name = "erased", .nick = "erased"}).value();
  const auto done = test_store->run(Access::write, [&](Transaction& tx) -> Result<void> {
    if (auto changed = change_everything(tx, kept.id, erased.id); !changed) return changed;
    throw std::runtime_error{"a secret"};
  });
  BOOST_TEST(code_of(done) == Errc::internal);
  BOOST_TEST(done.error().detail.find("secret") == std::string::npos);
  check_that_nothing_changed(*test_store, kept, erased);
}

BOOST_DATA_TEST_CASE(an_exception_from_a_visit_leaves_the_store_usable, stores(), backend) {
  const TestStore test_store{backend};
  insert(*test_store, Guest{.name = "ada"}).value();
  for (const auto access : {Access::read, Access::write}) {
    const auto done = test_store->run(access, [](Transaction& tx) {
      return tx.each(Query<Guest>{}, [](Guest&&) -> bool { throw std::runtime_error{"visit"}; });
    });
    BOOST_TEST(code_of(done) == Errc::internal);
    BOOST_TEST(insert(*test_store, Guest{.name = "more"}).has_value());
    BOOST_TEST(list<Guest>(*test_store).has_value());
  }
}

BOOST_DATA_TEST_CASE(a_transaction_opened_for_reading_refuses_to_write, stores(), backend) {
  const TestStore test_store{backend};
  const auto ada = insert(*test_store, Guest{.name = "ada"}).value();
  const std::function<Result<void>(Transaction&)> writes[] = {
      [](Transaction& tx) {
        Guest guest{.name = "ben"};
        return tx.insert(guest);
      },
      [&](Transaction& tx) {
        auto copy = ada;
        return tx.update(copy);
      },
      [&](Transaction& tx) -> Result<void> { return tx.erase<Guest>(ada.id) ? Result<void>{} : Error{Errc::internal}; },
      [&](Transaction& tx) -> Result<void> {
        return tx.add<Guest>(ada.id, &Guest::stays, 1) ? Result<void>{} : Error{Errc::internal};
      },
  };
  for (const auto& write : writes) BOOST_TEST(code_of(test_store->run(Access::read, write)) == Errc::internal);
  BOOST_TEST(count<Guest>(*test_store) == 1);
  BOOST_TEST(get<Guest>(*test_store, ada.id).value().stays == 0);
}

BOOST_DATA_TEST_CASE(a_visit_refuses_to_write, stores(), backend) {
  const TestStore test_store{backend};
  insert(*test_store, Guest{.name = "ada"}).value();
  const auto done = test_store->run(Access::write, [](Transaction& tx) -> Result<void> {
    Result<std::int64_t> erased = 0;
    if (auto seen = tx.each(Query<Guest>{}, [&](Guest&& guest) { return (erased = tx.erase<Guest>(guest.id)).has_value(); });
        !seen)
      return seen;
    if (!erased) return erased.error();
    return {};
  });
  BOOST_TEST(code_of(done) == Errc::internal);
  BOOST_TEST(count<Guest>(*test_store) == 1);
}

BOOST_DATA_TEST_CASE(a_run_inside_a_work_is_refused, stores(), backend) {
  std::vector<std::optional<Errc>> answers;
  const TestStore test_store{backend};
  for (const auto outer : {Access::read, Access::write})
    for (const auto inner : {Access::read, Access::write}) {
      const auto done = test_store->run(outer, [&](Transaction&) -> Result<void> {
        test_store->run(
            inner, [](Transaction&) -> Result<void> { return {}; },
            [&](Result<void> answer) { answers.push_back(code_of(answer)); });
        return {};
      });
      BOOST_TEST(done.has_value());
    }
  BOOST_TEST((answers == std::vector<std::optional<Errc>>(4, Errc::internal)));
}

BOOST_DATA_TEST_CASE(a_done_may_start_the_next_run, stores(), backend) {
  const TestStore test_store{backend};
  const auto insert_one = [](Transaction& tx) {
    Guest guest{.name = "g"};
    return tx.insert(guest);
  };
  std::atomic<int> finished{0};
  test_store->run(Access::write, insert_one, [&](Result<void>) {
    test_store->run(
        Access::read, [](Transaction& tx) -> Result<void> { return tx.get<Guest>(Id{1}).has_value() ? Result<void>{} : Error{}; },
        [&](Result<void> seen) {
          test_store->run(Access::write, insert_one, [&, was_seen = seen.has_value()](Result<void> second) {
            finished = was_seen && second.has_value() ? 1 : -1;
            finished.notify_one();
          });
        });
  });
  finished.wait(0);
  BOOST_TEST(finished == 1);
  BOOST_TEST(count<Guest>(*test_store) == 2);
}

BOOST_DATA_TEST_CASE(a_done_is_called_once_whatever_happens, stores(), backend) {
  const TestStore test_store{backend};
  const Work works[] = {
      [](Transaction&) -> Result<void> { return {}; },
      [](Transaction&) -> Result<void> { return Error{Errc::conflict}; },
      [](Transaction&) -> Result<void> { throw std::runtime_error{"work"}; },
  };
  for (const auto access : {Access::read, Access::write}) {
    std::atomic<int> calls{0};
    for (const auto& work : works) test_store->run(access, work, [&](Result<void>) { ++calls; });
    test_store->run(Access::write, works[0]).value();  // whatever was queued is behind us
    BOOST_TEST(calls == 3);
  }
}

BOOST_DATA_TEST_CASE(what_is_done_is_seen_by_another_thread, stores(), backend) {
  const TestStore test_store{backend};
  for (int i = 0; i < 20; ++i) {
    std::atomic<std::int64_t> made{0};
    test_store->run(
        Access::write,
        [&](Transaction& tx) -> Result<void> {
          Guest guest{.name = "g"};
          return tx.insert(guest);
        },
        [&](Result<void> result) {
          made = result ? 1 : -1;
          made.notify_one();
        });
    made.wait(0);
    std::int64_t seen = 0;
    std::thread{[&] { seen = count<Guest>(*test_store); }}.join();
    BOOST_TEST(seen == i + 1);
  }
}

BOOST_DATA_TEST_CASE(a_table_that_no_schema_brought_is_internal, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  BOOST_TEST(code_of(list<Guest>(*store)) == Errc::internal);
  BOOST_TEST(code_of(insert(*store, Guest{.name = "ada"})) == Errc::internal);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
