#include "tests/stores/backends.hpp"

#include <innkeeper/schema/model.hpp>

#include <atomic>
#include <future>
#include <thread>

namespace innkeeper::tests {

namespace {

constexpr auto soon = std::chrono::milliseconds{50};
constexpr auto long_wait = std::chrono::seconds{30};

/// Takes a unit from one guest's stays and gives it to another's.
Result<void> move_one(Transaction& tx, Id from, Id to) {
  if (auto taken = tx.add<Guest>(from, &Guest::stays, -1); !taken) return taken.error();
  if (auto given = tx.add<Guest>(to, &Guest::stays, 1); !given) return given.error();
  return {};
}

Result<std::int64_t> sum_of_stays(Transaction& tx) {
  std::int64_t sum = 0;
  for (const auto id : {Id{1}, Id{2}}) {
    auto guest = tx.get<Guest>(id);
    if (!guest) return guest.error();
    sum += guest->stays;
  }
  return sum;
}

bool are_side_by_side(const Backend& backend) { return backend.name != "sqlite :memory:"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(concurrency)

BOOST_DATA_TEST_CASE(two_writers_in_one_group_fail_separately, stores(), backend) {
  const TestStore test_store{backend};
  constexpr int callers = 12;
  std::promise<void> commit_mutex;
  auto is_open = commit_mutex.get_future().share();
  std::thread blocker{[&] {
    static_cast<void>(test_store->run(Access::write, [&](Transaction&) -> Result<void> {
      is_open.wait();
      return {};
    }));
  }};
  std::atomic<int> started{0};
  std::vector<std::optional<Errc>> errors(callers);
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i)
    threads.emplace_back([&, i] {
      ++started;
      errors[static_cast<std::size_t>(i)] = code_of(test_store->run(Access::write, [&](Transaction& tx) -> Result<void> {
        Guest guest{.name = "g", .age = i};
        if (auto made = tx.insert(guest); !made) return made;
        if (i % 3 == 1) return Error{Errc::conflict};
        if (i % 3 == 2) throw std::runtime_error{"work"};
        return {};
      }));
    });
  while (started < callers) std::this_thread::yield();
  std::this_thread::sleep_for(soon);
  commit_mutex.set_value();
  blocker.join();
  for (auto& each : threads) each.join();

  for (int i = 0; i < callers; ++i) {
    const std::optional<Errc> expected[] = {std::nullopt, Errc::conflict, Errc::internal};
    BOOST_TEST((errors[static_cast<std::size_t>(i)] == expected[i % 3]));
    BOOST_TEST(count(*test_store, Query<Guest>{}.where(&Guest::age, std::int64_t{i})) == (i % 3 == 0));
  }
}

BOOST_DATA_TEST_CASE(many_writers_lose_nothing, stores(), backend) {
  const TestStore test_store{backend};
  insert(*test_store, Guest{.name = "counter"}).value();
  constexpr int callers = 8;
  constexpr int rounds = 40;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int caller = 0; caller < callers; ++caller)
    threads.emplace_back([&, caller] {
      for (int i = 0; i < rounds; ++i) {
        const auto done = test_store->run(Access::write, [&](Transaction& tx) -> Result<void> {
          Guest guest{.tenant = Id{1}, .name = std::to_string(caller) + "/" + std::to_string(i)};
          if (auto made = tx.insert(guest); !made) return made;
          if (auto added = tx.add<Guest>(Id{1}, &Guest::stays, 1); !added) return added.error();
          return {};
        });
        if (!done) ++failures;
      }
    });
  for (auto& each : threads) each.join();
  BOOST_TEST(failures == 0);
  BOOST_TEST(count<Guest>(*test_store) == callers * rounds + 1);
  BOOST_TEST(get<Guest>(*test_store, Id{1}).value().stays == callers * rounds);
}

BOOST_DATA_TEST_CASE(only_one_of_many_writers_gets_a_unique_value, stores(), backend) {
  const TestStore test_store{backend};
  constexpr int callers = 8;
  std::atomic<int> winners{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i)
    threads.emplace_back([&] {
      const auto made = insert(*test_store, Guest{.name = "g", .nick = "the one"});
      if (made) ++winners;
      if (!made && made.error().code == Errc::already_exists) ++refused;
    });
  for (auto& each : threads) each.join();
  BOOST_TEST(winners == 1);
  BOOST_TEST(refused == callers - 1);
}

BOOST_DATA_TEST_CASE(a_reader_sees_one_state_while_others_write, stores(), backend) {
  const TestStore test_store{backend};
  insert(*test_store, Guest{.name = "ada", .stays = 1000}).value();
  insert(*test_store, Guest{.name = "ben", .stays = 1000}).value();
  std::atomic<bool> is_over{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      while (!is_over) {
        const auto sum = in_one_run(*test_store, Access::read, sum_of_stays);
        if (!sum || *sum != 2000) ++wrong;
      }
    });
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(test_store->run(Access::write, [](Transaction& tx) { return move_one(tx, Id{1}, Id{2}); }).has_value());
  is_over = true;
  for (auto& each : readers) each.join();
  BOOST_TEST(wrong == 0);
  BOOST_TEST(get<Guest>(*test_store, Id{2}).value().stays == 1100);
}

BOOST_DATA_TEST_CASE(a_sqlite_file_keeps_a_readers_snapshot_while_a_write_commits, stores(), backend) {
  if (!backend.name.starts_with("sqlite file")) return;
  const TestStore test_store{backend};
  insert(*test_store, Guest{.name = "ada", .stays = 1}).value();
  std::promise<void> has_read;
  std::promise<void> has_written;
  std::int64_t before = 0;
  std::int64_t after = 0;
  std::thread reader{[&] {
    static_cast<void>(test_store->run(Access::read, [&](Transaction& tx) -> Result<void> {
      before = tx.get<Guest>(Id{1}).value().stays;
      has_read.set_value();
      has_written.get_future().wait();
      after = tx.get<Guest>(Id{1}).value().stays;
      return {};
    }));
  }};
  has_read.get_future().wait();
  in_one_run(*test_store, Access::write, [](Transaction& tx) { return tx.add<Guest>(Id{1}, &Guest::stays, 1); }).value();
  has_written.set_value();
  reader.join();
  BOOST_TEST(before == 1);
  BOOST_TEST(after == 1);
  BOOST_TEST(get<Guest>(*test_store, Id{1}).value().stays == 2);
}

BOOST_DATA_TEST_CASE(a_store_without_a_file_cannot_write_beside_a_reader_and_waits_for_it, stores(), backend) {
  if (backend.name.starts_with("sqlite file")) return;
  const TestStore test_store{backend};
  std::promise<void> commit_mutex;
  std::promise<void> has_begun;
  std::thread reader{[&] {
    static_cast<void>(test_store->run(Access::read, [&](Transaction&) -> Result<void> {
      has_begun.set_value();
      commit_mutex.get_future().wait();
      return {};
    }));
  }};
  has_begun.get_future().wait();
  std::atomic<bool> is_written{false};
  std::thread writer{[&] {
    static_cast<void>(insert(*test_store, Guest{.name = "ada"}));
    is_written = true;
  }};
  std::this_thread::sleep_for(soon);
  BOOST_TEST(!is_written);
  commit_mutex.set_value();
  reader.join();
  writer.join();
  BOOST_TEST(count<Guest>(*test_store) == 1);
}

BOOST_DATA_TEST_CASE(readers_work_side_by_side_but_in_sqlite_memory_one_after_the_other, stores(), backend) {
  const TestStore test_store{backend};
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  const auto wait_for_the_other = [&](Transaction&) -> Result<void> {
    most = std::max(++inside, most.load());
    const auto end = std::chrono::steady_clock::now() + (are_side_by_side(backend) ? std::chrono::milliseconds{long_wait} : soon);
    while (most < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    --inside;
    return {};
  };
  std::thread one{[&] { static_cast<void>(test_store->run(Access::read, wait_for_the_other)); }};
  std::thread two{[&] { static_cast<void>(test_store->run(Access::read, wait_for_the_other)); }};
  one.join();
  two.join();
  BOOST_TEST(most == (are_side_by_side(backend) ? 2 : 1));
}

BOOST_DATA_TEST_CASE(a_store_that_ends_answers_what_it_accepted, stores(), backend) {
  constexpr int jobs = 300;
  const TemporaryFolder folder;
  auto store = backend.open(folder);
  store->migrate(test_schema).value();
  std::atomic<int> stored{0};
  for (int i = 0; i < jobs; ++i)
    store->run(
        Access::write,
        [](Transaction& tx) {
          Guest guest{.name = "g"};
          return tx.insert(guest);
        },
        [&](Result<void> done) { stored += done.has_value(); });
  store.reset();
  BOOST_TEST(stored == jobs);
}

BOOST_DATA_TEST_CASE(two_stores_in_one_thread_do_not_mix, stores(), backend) {
  const TestStore one{backend};
  const TestStore two{backend};
  insert(*one, Guest{.name = "ada"}).value();
  BOOST_TEST(count<Guest>(*one) == 1);
  BOOST_TEST(count<Guest>(*two) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
