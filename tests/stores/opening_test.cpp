#include "tests/stores/database.hpp"

#include <innkeeper/schema/model.hpp>
#include "tests/stores/stranger.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

/// What is opened, what is not, and what is said of it.
namespace innkeeper::tests {

namespace {

constexpr Schema two_steps{"inn", 2, {}};
constexpr Schema one_step{"inn", 1, {}};

std::string bytes_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

Error fault_of(SqliteOptions options) { return open_sqlite(std::move(options)).error(); }

struct Folder {
  TemporaryFolder folder;
  std::string path = (folder.path() / "house.db").string();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(opening, Folder)

BOOST_AUTO_TEST_CASE(a_database_of_ours_bears_our_application_id) {
  std::ofstream{path};  // an empty file is a new database too
  const auto store = open_sqlite({.path = path}).value();
  BOOST_TEST(Stranger{path}.ask("PRAGMA application_id") == std::to_string(0x696e6e6b));
}

BOOST_AUTO_TEST_CASE(a_database_of_ours_from_before_there_was_an_id_is_taken_and_marked) {
  open_sqlite({.path = path}).value()->migrate(test_schema).value();
  BOOST_TEST(Stranger{path}.execute("PRAGMA application_id = 0") == SQLITE_OK);
  open_sqlite({.path = path}).value()->migrate(test_schema).value();
  BOOST_TEST(Stranger{path}.ask("PRAGMA application_id") == std::to_string(0x696e6e6b));
}

BOOST_AUTO_TEST_CASE(another_programs_database_is_refused_and_stays_as_it_is) {
  const auto scripts = {"CREATE TABLE theirs (name TEXT); INSERT INTO theirs VALUES ('a')",
                        "PRAGMA journal_mode = WAL; CREATE TABLE theirs (name TEXT)", "PRAGMA application_id = 7"};
  for (const auto* script : scripts) {
    BOOST_TEST_CONTEXT(script) {
      std::filesystem::remove(path);
      BOOST_TEST(Stranger{path}.execute(script) == SQLITE_OK);
      const auto before = bytes_of(path);
      BOOST_TEST(!before.empty());
      for (const bool is_read_only : {false, true}) {
        const auto error = fault_of({.path = path, .is_read_only = is_read_only});
        BOOST_TEST((error.code == Errc::conflict));
        BOOST_TEST((error.reason == Reason{"store.foreign"}));
        BOOST_TEST(error.detail == path + ": it is the database of another program; nothing in it was changed");
      }
      BOOST_TEST((bytes_of(path) == before));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_another_program_left_in_its_log_stays_there) {
  Stranger stranger{path};
  BOOST_TEST(stranger.execute("PRAGMA journal_mode = WAL; CREATE TABLE theirs (name TEXT)") == SQLITE_OK);
  const auto copy = path + ".copy";
  for (const auto* suffix : {"", "-wal"}) std::filesystem::copy_file(path + suffix, copy + suffix);
  const auto log = bytes_of(path + "-wal");
  BOOST_TEST((fault_of({.path = copy}).reason == Reason{"store.foreign"}));
  BOOST_TEST((bytes_of(copy + "-wal") == log));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_opened_is_named_with_the_systems_reason) {
  const auto missing = (folder.path() / "missing" / "house.db").string();
  BOOST_TEST(fault_of({.path = missing}).detail == missing + ": No such file or directory");
  BOOST_TEST(fault_of({.path = folder.path().string()}).detail == folder.path().string() + ": Is a directory");
  const auto text = (folder.path() / "text.db").string();
  std::ofstream{text} << std::string(5000, 'x');
  BOOST_TEST(fault_of({.path = text}).detail == text + ": file is not a database");
  BOOST_TEST(fault_of({.path = text + "/house.db"}).detail == text + "/house.db: Not a directory");
  BOOST_TEST(fault_of({.path = ""}).detail == "the path is empty");
  std::filesystem::create_directory(path + "-wal");
  open_sqlite({.path = folder.path() / "other.db"}).value();
  BOOST_TEST(fault_of({.path = path}).detail == path + ": disk I/O error (Is a directory)");
  for (const auto& each : {missing, folder.path().string(), text, path})
    BOOST_TEST((fault_of({.path = each}).code == Errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_database_that_another_process_has_for_itself_is_said_to_be_locked) {
  open_sqlite({.path = path}).value();
  Stranger stranger{path};
  BOOST_TEST(stranger.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; PRAGMA user_version = 1; COMMIT") == SQLITE_OK);
  const auto error = fault_of({.path = path, .busy_timeout = 20});
  BOOST_TEST((error.reason == Reason{"store.busy"}));
  BOOST_TEST(error.detail == path + ": another process holds its lock (database is locked)");
}

BOOST_AUTO_TEST_CASE(a_schema_that_must_wait_too_long_for_another_writer_is_unavailable_and_says_so) {
  const auto store = open_sqlite({.path = path, .busy_timeout = 20}).value();
  Stranger stranger{path};
  BOOST_TEST(stranger.execute("BEGIN IMMEDIATE") == SQLITE_OK);
  const auto error = store->migrate(test_schema).error();
  BOOST_TEST((error.reason == Reason{"store.busy"}));
  BOOST_TEST(error.detail == path + ": another process holds its lock (database is locked)");
}

BOOST_AUTO_TEST_CASE(the_log_names_the_version_of_sqlite) {
  KeepingLog log;
  const auto store = open_sqlite({.path = path, .log = &log}).value();
  BOOST_TEST_REQUIRE(log.lines().size() == 1U);
  BOOST_TEST(log.lines()[0].starts_with("store.opened sqlite=" + std::string{sqlite3_libversion()} + " wal_reset_bug="));
}

BOOST_AUTO_TEST_CASE(what_is_only_read_is_not_made) {
  const auto error = fault_of({.path = path, .is_read_only = true});
  BOOST_TEST(error.detail == path + ": No such file or directory");
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_store_that_is_only_read_shows_what_others_commit_and_takes_no_write) {
  const DatabaseFixture database;
  const auto writer = database.open();
  insert(*writer, Guest{.name = "a"}).value();
  const auto store = open_sqlite({.path = database.path, .is_read_only = true}).value();
  store->migrate(test_schema).value();
  BOOST_TEST(count<Guest>(*store) == 1);
  insert(*writer, Guest{.name = "b"}).value();
  BOOST_TEST(count<Guest>(*store) == 2);
  const auto error = insert(*store, Guest{.name = "c"}).error();
  BOOST_TEST((error.code == Errc::unavailable));
  BOOST_TEST((error.reason == Reason{"store.read_only"}));
  BOOST_TEST(!store->status().is_writable);
  BOOST_TEST(count<Guest>(*store) == 2);
  BOOST_TEST(in_one_run(*store, Access::write, [](Transaction& tx) { return tx.count(Query<Guest>{}); }).value() == 2);
}

BOOST_AUTO_TEST_CASE(a_schema_step_that_is_lacking_is_not_added_to_what_is_only_read) {
  open_sqlite({.path = path}).value();
  const auto never_migrated = open_sqlite({.path = path, .is_read_only = true}).value()->migrate(one_step).error();
  BOOST_TEST((never_migrated.reason == Reason{"schema.older"}));
  open_sqlite({.path = path}).value()->migrate(one_step).value();
  const auto store = open_sqlite({.path = path, .is_read_only = true}).value();
  BOOST_TEST(store->migrate(one_step).has_value());
  const auto error = store->migrate(two_steps).error();
  BOOST_TEST((error.code == Errc::conflict));
  BOOST_TEST((error.reason == Reason{"schema.older"}));
  BOOST_TEST(error.detail.find("step 1 of 2") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
