#include "tests/stores/database.hpp"

#include <innkeeper/schema/model.hpp>

#include <algorithm>

namespace innkeeper::tests {

namespace {

constexpr int rows = 2'000;
constexpr std::uintmax_t page = 4'096;

/// A store of its own over a file with many pages, all of it copied out of the log, and nothing of it in memory.
struct Fixture {
  DatabaseFixture database;
  KeepingLog log;
  std::unique_ptr<Store> store;

  Fixture() {
    {
      const auto filling = database.open();
      filling
          ->run(Access::write,
                [](Transaction& tx) -> Result<void> {
                  for (int i = 0; i < rows; ++i) {
                    Guest guest{.name = std::string(1'000, 'x')};
                    if (auto done = tx.insert(guest); !done) return done;
                  }
                  return {};
                })
          .value();
    }
    store = open_sqlite({.path = database.path, .is_durable = false, .cache = 0, .log = &log}).value();
    store->migrate(test_schema).value();
  }

  std::uintmax_t pages() const { return std::filesystem::file_size(database.path) / page; }
  /// Overwrites so many pages at the end of the file, which are leaves.
  void overwrite(std::uintmax_t count) const {
    std::fstream file{database.path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>((pages() - count) * page));
    const std::string rubbish(count * page, '\xa5');
    file.write(rubbish.data(), static_cast<std::streamsize>(rubbish.size()));
  }
  Error read_all() const {
    const auto read = in_one_run(*store, Access::read, [](Transaction& tx) { return tx.list(Query<Guest>{}); });
    return read ? Error{} : read.error();
  }
  std::ptrdiff_t lines_of(std::string_view event) const {
    const auto lines = log.lines();
    return std::count_if(lines.begin(), lines.end(), [&](const std::string& line) { return line.starts_with(event); });
  }
  void require_that_writing_has_ended() {
    for (int i = 0; i < 5; ++i) {
      const auto error = insert(*store, Guest{.name = "late"}).error();
      BOOST_TEST((error.code == Errc::unavailable));
      BOOST_TEST((error.reason == Reason{"store.damaged"}));
      BOOST_TEST((read_all().reason == Reason{"store.damaged"}));
    }
    BOOST_TEST(!store->status().is_writable);
    BOOST_TEST(lines_of("store.damaged") == 1);
    BOOST_TEST(lines_of("store.unwritable") == 0);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(damage, Fixture)

BOOST_AUTO_TEST_CASE(a_file_cut_short_underneath_is_unavailable_and_ends_writing_but_not_the_process) {
  BOOST_TEST(insert(*store, Guest{.name = "before"}).has_value());
  std::filesystem::resize_file(database.path, pages() / 2 * page);
  BOOST_TEST((read_all().code == Errc::unavailable));
  require_that_writing_has_ended();
}

BOOST_AUTO_TEST_CASE(overwritten_pages_end_writing_once_one_of_them_is_read) {
  overwrite(20);
  BOOST_TEST(get<Guest>(*store, Id{1}).has_value());  // what is sound is read as before
  BOOST_TEST((read_all().reason == Reason{"store.damaged"}));
  require_that_writing_has_ended();
}

BOOST_AUTO_TEST_CASE(damage_that_a_write_meets_ends_writing_too) {
  overwrite(20);
  const auto changed = store->run(Access::write, [](Transaction& tx) -> Result<void> {
    for (int i = rows / 2; i <= rows; ++i)
      if (auto added = tx.add<Guest>(Id{i}, &Guest::stays, 1); !added) return added.error();
    return {};
  });
  BOOST_TEST((changed.error().reason == Reason{"store.damaged"}));
  require_that_writing_has_ended();
}

BOOST_AUTO_TEST_CASE(a_work_cannot_pass_over_damage) {
  overwrite(20);
  const auto done = store->run(Access::read, [](Transaction& tx) -> Result<void> {
    static_cast<void>(tx.list(Query<Guest>{}));
    return {};
  });
  BOOST_TEST((done.error().reason == Reason{"store.damaged"}));
}

BOOST_AUTO_TEST_CASE(a_store_opened_again_over_a_good_file_takes_writes) {
  const auto copy = database.path + ".copy";
  std::filesystem::copy_file(database.path, copy);
  overwrite(20);
  BOOST_TEST((read_all().reason == Reason{"store.damaged"}));
  store.reset();
  std::filesystem::rename(copy, database.path);
  store = database.open();
  BOOST_TEST(insert(*store, Guest{.name = "after"}).has_value());
  BOOST_TEST(store->status().is_writable);
}

BOOST_AUTO_TEST_CASE(memory_that_a_job_lacks_is_unavailable_and_says_nothing_of_the_store) {
  const auto lacking = [](Transaction& tx) -> Result<void> {
    Guest guest{.name = "half"};
    if (auto done = tx.insert(guest); !done) return done;
    throw std::bad_alloc{};
  };
  for (const auto access : {Access::read, Access::write}) {
    const auto error =
        store
            ->run(access,
                  access == Access::write ? Work{lacking} : Work{[](Transaction&) -> Result<void> { throw std::bad_alloc{}; }})
            .error();
    BOOST_TEST((error.code == Errc::unavailable));
    BOOST_TEST((error.reason == Reason{"store.no_memory"}));
  }
  BOOST_TEST(store->status().is_writable);
  BOOST_TEST(count<Guest>(*store) == rows);
  BOOST_TEST(insert(*store, Guest{.name = "next"}).has_value());
}

BOOST_AUTO_TEST_CASE(a_check_finds_a_good_file_good_while_it_is_in_use) {
  BOOST_TEST(insert(*store, Guest{.name = "in the log"}).has_value());
  BOOST_TEST(check_sqlite({.path = database.path}).has_value());
  store.reset();
  BOOST_TEST(check_sqlite({.path = database.path}).has_value());
}

BOOST_AUTO_TEST_CASE(a_check_tells_each_fault_and_writes_nothing) {
  overwrite(20);
  const auto before = std::filesystem::last_write_time(database.path);
  const auto error = check_sqlite({.path = database.path}).error();
  BOOST_TEST((error.reason == Reason{"store.damaged"}));
  BOOST_TEST(!error.violations.empty());
  BOOST_TEST((std::filesystem::last_write_time(database.path) == before));
}

BOOST_AUTO_TEST_CASE(a_check_of_an_empty_file_does_not_find_it_good) {
  const auto path = (database.folder.path() / "empty.db").string();
  std::ofstream{path}.flush();
  const auto error = check_sqlite({.path = path}).error();
  BOOST_TEST((error.reason == Reason{"store.damaged"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
