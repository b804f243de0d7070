#include "tests/stores/database.hpp"

#include <innkeeper/schema/model.hpp>
#include "tests/stores/syncs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <thread>

/// Snapshots, commits and the length of the write-ahead log.
namespace innkeeper::tests {

namespace {

/// A hundred pages.
void insert_long_rows(Store& store, int round) {
  store
      .run(Access::write,
           [&](Transaction& tx) -> Result<void> {
             for (int i = 0; i < 20; ++i) {
               Guest guest{.name = std::to_string(round) + "/" + std::to_string(i) + std::string(20'000, 'x')};
               if (auto made = tx.insert(guest); !made) return made;
             }
             return {};
           })
      .value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log)

BOOST_AUTO_TEST_CASE(a_snapshot_that_nobody_reads_in_stands_in_nobodys_way_for_long) {
  const DatabaseFixture database;
  const auto store = database.open();
  const auto id = insert(*store, Guest{.name = "a"}).value().id;
  ask_often(*store, id);
  sqlite3* stranger = nullptr;
  BOOST_TEST_REQUIRE(sqlite3_open(database.path.c_str(), &stranger) == SQLITE_OK);
  BOOST_TEST_REQUIRE(sqlite3_exec(stranger, "SELECT count(*) FROM guest", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  int code = SQLITE_BUSY;
  while (code == SQLITE_BUSY && std::chrono::steady_clock::now() < end) {
    code = sqlite3_wal_checkpoint_v2(stranger, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  sqlite3_close(stranger);
  BOOST_TEST(code == SQLITE_OK);
  BOOST_TEST(database.log_size() == 0U);
  BOOST_TEST(guest_of(*store, id)->name == "a");
}

BOOST_AUTO_TEST_CASE(a_reader_between_two_reads_does_not_keep_the_log_from_beginning_anew) {
  const DatabaseFixture database;
  const auto store = database.open();
  insert(*store, Guest{.name = "known"}).value();
  std::atomic<bool> is_over{false};
  std::thread reader{[&] {
    for (; !is_over; std::this_thread::sleep_for(std::chrono::milliseconds{50})) static_cast<void>(guest_of(*store, Id{1}));
  }};
  const auto first = database.log_number();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{15};
  for (int i = 0; database.log_number() == first && std::chrono::steady_clock::now() < end; ++i) {
    insert_long_rows(*store, i);
    if (i % 20 == 19) std::this_thread::sleep_for(std::chrono::milliseconds{200});  // a pause, in which the log is copied
  }
  is_over = true;
  reader.join();
  BOOST_TEST(database.log_number() != first);
}

BOOST_AUTO_TEST_CASE(a_job_that_fails_alone_leaves_what_is_remembered) {
  const DatabaseFixture database;
  const auto store = database.open();
  const auto id = insert(*store, Guest{.name = "a"}).value().id;
  ask_often(*store, id);
  const auto before = database.log_size();
  for (int i = 0; i < 5; ++i) {
    const auto failed = store->run(Access::write, [&](Transaction& tx) -> Result<void> {
      Guest guest{.name = "b"};
      if (auto made = tx.insert(guest); !made) return made;
      return Error{Errc::conflict};
    });
    BOOST_TEST((code_of(failed) == Errc::conflict));
  }
  BOOST_TEST(database.log_size() == before);  // nothing was committed
  BOOST_TEST(count(*store, Query<Guest>{}) == 1);
}

BOOST_AUTO_TEST_CASE(a_lone_caller_that_waits_commits_on_its_own_thread_and_one_that_moves_on_does_not) {
  const DatabaseFixture database;
  const auto store = database.open();
  std::thread::id worked_on;
  const auto work = [&](Transaction& tx) -> Result<void> {
    worked_on = std::this_thread::get_id();
    Guest guest{.name = "g" + std::to_string(tx.count(Query<Guest>{}).value())};
    return tx.insert(guest);
  };
  store->run(Access::write, work).value();
  BOOST_TEST((worked_on == std::this_thread::get_id()));

  std::atomic<bool> is_done{false};
  store->run(
      Access::write, work, [&](const Result<void>&) { is_done = true; }, Caller::moves_on);
  while (!is_done) std::this_thread::yield();
  BOOST_TEST((worked_on != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(the_log_stays_bounded_while_writers_never_pause_and_readers_keep_reading) {
  // As beside other programs: copying takes longer than anybody is waited for, and a reader may stop in the middle of a run.
  const SlowSyncs slow{std::chrono::milliseconds{150}};
  const DatabaseFixture database;
  const auto store = database.open();
  insert(*store, Guest{.name = "known"}).value();
  std::atomic<bool> is_over{false};
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i)
    others.emplace_back([&] {
      while (!is_over) static_cast<void>(guest_of(*store, Id{1}));
    });
  for (unsigned i = 0; i < 2 * std::thread::hardware_concurrency(); ++i)
    others.emplace_back([&] {
      while (!is_over) continue;
    });
  std::uintmax_t longest = 0;
  constexpr std::uintmax_t bound = std::uintmax_t{128} << 20U;  // 24,000 pages, and what a group adds
  std::uintmax_t written = 0;
  for (int i = 0; written < 3 * bound; ++i) {
    insert_long_rows(*store, i);
    written += 20 * 20'000;
    if (i % 16 == 0) longest = std::max(longest, database.log_size());
  }
  is_over = true;
  for (auto& each : others) each.join();
  BOOST_TEST(longest < bound);
  BOOST_TEST(longest > 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
