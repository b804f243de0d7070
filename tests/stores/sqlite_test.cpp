#include "tests/stores/backends.hpp"
#include "tests/stores/stranger.hpp"
#include "tests/stores/syncs.hpp"

#include <innkeeper/schema/model.hpp>
#include <innkeeper/sqlite.hpp>

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

namespace innkeeper::tests {

namespace {

struct File {
  TemporaryFolder folder;
  std::string path = (folder.path() / "house.db").string();

  std::unique_ptr<Store> open(SqliteOptions options = {}) const {
    options.path = path;
    auto store = open_sqlite(options).value();
    store->migrate(test_schema).value();
    return store;
  }
};

Result<void> insert_guest(Transaction& tx) {
  Guest guest{.name = "g"};
  return tx.insert(guest);
}

/// Holds the writer back until it is released, so that jobs gather behind it.
class HeldWriter {
 public:
  explicit HeldWriter(Store& store) {
    store.run(
        Access::write,
        [this](Transaction& tx) {
          if (!std::exchange(has_begun_, true)) begun_.set_value();
          is_released_.wait();
          return insert_guest(tx);
        },
        [](Result<void>) {});
    begun_.get_future().wait();
  }
  void release() { release_.set_value(); }

 private:
  std::promise<void> begun_;
  std::promise<void> release_;
  std::shared_future<void> is_released_ = release_.get_future().share();
  bool has_begun_ = false;
};

std::ptrdiff_t count_open_files(const std::string& path) {
  std::ptrdiff_t found = 0;
  std::error_code ignored;
  for (const auto& each : std::filesystem::directory_iterator{"/proc/self/fd"})
    found += std::filesystem::read_symlink(each.path(), ignored).string().starts_with(path);
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_alone)

BOOST_AUTO_TEST_CASE(reopening_finds_everything) {
  const File file;
  const auto made = insert(*file.open(), Guest{.tenant = Id{3}, .name = "ada", .nick = "a", .seal = Bytes{"\x01"}}).value();
  BOOST_TEST(!std::filesystem::exists(file.path + "-wal"));
  const auto store = file.open();
  const auto found = get<Guest>(*store, made.id).value();
  BOOST_TEST(found.name == "ada");
  BOOST_TEST(found.seal.data == "\x01");
  in_one_run(*store, Access::write, [](Transaction& tx) { return tx.erase(Query<Guest>{}); }).value();
  BOOST_TEST(insert(*file.open(), Guest{.name = "ben"}).value().id == Id{2});
}

BOOST_AUTO_TEST_CASE(the_file_is_in_wal_mode_and_its_tables_are_strict) {
  const File file;
  const auto store = file.open();
  Stranger stranger{file.path};
  BOOST_TEST(stranger.ask("PRAGMA journal_mode") == "wal");
  BOOST_TEST(stranger.ask("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict AND name NOT LIKE 'sqlite%' "
                          "ORDER BY name") == "guest innkeeper_schema order thing");
  BOOST_TEST(stranger.execute("INSERT INTO \"order\" (version, \"select\", \"from\") VALUES (1, 'x', 'not a number')") ==
             SQLITE_CONSTRAINT);
  BOOST_TEST(stranger.execute("INSERT INTO \"order\" (version, \"select\") VALUES (1, 'x')") == SQLITE_CONSTRAINT);
  BOOST_TEST(stranger.ask("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(indexes_carry_names_and_lookups_use_them) {
  const File file;
  const auto store = file.open();
  Stranger stranger{file.path};
  BOOST_TEST(stranger.ask("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'guest' ORDER BY name") ==
             "guest_by_age guest_by_nick guest_by_room_and_age guest_by_tenant_and_name");
  BOOST_TEST(stranger.ask("SELECT name FROM pragma_index_list('guest') WHERE \"unique\" ORDER BY name") ==
             "guest_by_nick guest_by_tenant_and_name");
}

BOOST_AUTO_TEST_CASE(a_new_file_is_for_its_owner_alone) {
  const File file;
  const auto store = file.open();
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    BOOST_TEST(::stat((file.path + suffix).c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777U) == 0600U);
  }
}

BOOST_AUTO_TEST_CASE(the_status_tells_what_acknowledged_means) {
  const File file;
  BOOST_TEST(file.open()->status().kind == "sqlite");
  BOOST_TEST(file.open()->status().durability == "full");
  BOOST_TEST(file.open({.is_durable = false})->status().durability == "process");
  BOOST_TEST(open_sqlite({.path = ":memory:"}).value()->status().durability == "none");
  BOOST_TEST(file.open()->status().is_writable);
}

BOOST_AUTO_TEST_CASE(a_durable_write_is_on_disk_before_it_is_done_and_the_other_kind_is_not) {
  const File file;
  for (const bool is_durable : {true, false}) {
    const auto store = file.open({.is_durable = is_durable});
    insert(*store, Guest{.name = "first"}).value();
    const auto before = count_syncs();
    for (int i = 0; i < 5; ++i) insert(*store, Guest{.name = "g"}).value();
    BOOST_TEST(count_syncs() - before == (is_durable ? 5 : 0));
  }
}

BOOST_AUTO_TEST_CASE(jobs_that_gather_share_one_commit) {
  const File file;
  const auto store = file.open();
  insert(*store, Guest{.name = "first"}).value();
  HeldWriter writer{*store};
  constexpr int jobs = 64;
  std::atomic<int> stored{0};
  std::vector<int> order;
  for (int i = 0; i < jobs; ++i)
    store->run(Access::write, insert_guest, [&, i](Result<void> done) {
      order.push_back(i);
      stored += done.has_value();
      stored.notify_one();
    });
  const auto before = count_syncs();
  writer.release();
  for (int seen = stored; seen < jobs; seen = stored) stored.wait(seen);
  BOOST_TEST(count_syncs() - before == 2);  // the one that was held, and all the others together
  BOOST_TEST(std::is_sorted(order.begin(), order.end()));
  BOOST_TEST(count<Guest>(*store) == jobs + 2);
}

BOOST_AUTO_TEST_CASE(a_group_has_a_bounded_size) {
  const File file;
  const auto store = file.open();
  insert(*store, Guest{.name = "first"}).value();
  HeldWriter writer{*store};
  constexpr int jobs = 300;
  std::atomic<int> answered{0};
  for (int i = 0; i < jobs; ++i)
    store->run(Access::write, insert_guest, [&](Result<void>) {
      ++answered;
      answered.notify_one();
    });
  const auto before = count_syncs();
  writer.release();
  for (int seen = answered; seen < jobs; seen = answered) answered.wait(seen);
  BOOST_TEST(count_syncs() - before >= 4);
  BOOST_TEST(count<Guest>(*store) == jobs + 2);
}

BOOST_AUTO_TEST_CASE(two_stores_on_one_file_see_each_other_at_once) {
  const File file;
  const auto one = file.open();
  const auto two = file.open();
  for (int i = 1; i <= 10; ++i) {
    insert(i % 2 ? *one : *two, Guest{.name = "g"}).value();
    BOOST_TEST(count<Guest>(*one) == i);
    BOOST_TEST(count<Guest>(*two) == i);
  }
}

BOOST_AUTO_TEST_CASE(two_stores_on_one_file_write_at_the_same_time) {
  const File file;
  const auto one = file.open();
  const auto two = file.open();
  std::atomic<int> failures{0};
  const auto write = [&](Store& store) {
    for (int i = 0; i < 50; ++i) failures += !insert(store, Guest{.name = "g"});
  };
  std::thread other{[&] { write(*two); }};
  write(*one);
  other.join();
  BOOST_TEST(failures == 0);
  BOOST_TEST(count<Guest>(*one) == 100);
}

BOOST_AUTO_TEST_CASE(a_write_that_another_program_holds_up_too_long_is_unavailable_for_a_second) {
  const File file;
  const auto store = file.open({.busy_timeout = 20});
  Stranger stranger{file.path};
  BOOST_TEST(stranger.execute("BEGIN IMMEDIATE") == SQLITE_OK);
  const auto error = insert(*store, Guest{.name = "ada"}).error();
  BOOST_TEST(error.code == Errc::unavailable);
  BOOST_TEST(error.reason == Reason{"store.busy"});
  BOOST_TEST(error.retry_after.count() == 1);
  BOOST_TEST(count<Guest>(*store) == 0);  // readers do not wait
  BOOST_TEST(stranger.execute("COMMIT") == SQLITE_OK);
  BOOST_TEST(insert(*store, Guest{.name = "ada"}).has_value());
}

BOOST_AUTO_TEST_CASE(threads_that_end_hand_their_connections_on) {
  const File file;
  const auto store = file.open();
  std::thread{[&] { count<Guest>(*store); }}.join();
  const auto before = count_open_files(file.path);
  for (int i = 0; i < 20; ++i) std::thread{[&] { count<Guest>(*store); }}.join();
  BOOST_TEST(count_open_files(file.path) == before);
}

BOOST_AUTO_TEST_CASE(a_store_that_ends_closes_its_files_though_its_readers_live_on) {
  const File file;
  auto store = file.open();
  count<Guest>(*store);
  std::promise<void> has_read;
  std::promise<void> commit_mutex;
  std::thread reader{[&] {
    count<Guest>(*store);
    has_read.set_value();
    commit_mutex.get_future().wait();
  }};
  has_read.get_future().wait();
  store.reset();
  BOOST_TEST(count_open_files(file.path) == 0);
  commit_mutex.set_value();
  reader.join();
}

BOOST_AUTO_TEST_CASE(the_log_is_copied_into_the_database_when_the_writer_rests) {
  const File file;
  const auto store = file.open();
  for (int i = 0; i < 3; ++i)
    store
        ->run(Access::write,
              [](Transaction& tx) -> Result<void> {
                for (int j = 0; j < 100; ++j) {
                  Guest guest{.name = std::string(20'000, 'x')};
                  if (auto done = tx.insert(guest); !done) return done;
                }
                return {};
              })
        .value();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (std::filesystem::file_size(file.path) < 6'000'000 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  BOOST_TEST(std::filesystem::file_size(file.path) >= 6'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
