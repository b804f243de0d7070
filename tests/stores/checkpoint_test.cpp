#include "adapters/sqlite/checkpointer.hpp"

#include <innkeeper/schema/model.hpp>
#include "tests/stores/database.hpp"
#include "tests/stores/interloper.hpp"

#include <chrono>
#include <thread>

/// Checkpoints beside others who write to the same file.
namespace innkeeper::tests {

namespace {

/// About so many pages, each commit a few of them.
void insert_pages(Store& store, int pages) {
  for (int i = 0; i < pages / 50; ++i)
    store
        .run(Access::write,
             [&](Transaction& tx) -> Result<void> {
               for (int j = 0; j < 10; ++j) {
                 Guest guest{.name = "g", .seal = Bytes{std::string(20'000, 'x')}};
                 if (auto made = tx.insert(guest); !made) return made;
               }
               return {};
             })
        .value();
}

/// A file whose tables lie in the database and not in the log, where the mapped part is not read.
struct CheckpointedDatabase : DatabaseFixture {
  CheckpointedDatabase() { open(); }

  /// Nobody has it open.
  void check(std::int64_t guests, int interlopers) const {
    Stranger stranger{path};
    BOOST_TEST(stranger.ask("PRAGMA integrity_check") == "ok");
    BOOST_TEST(stranger.ask("SELECT count(*) FROM guest") == std::to_string(guests));
    BOOST_TEST(stranger.ask("SELECT count(*) FROM guest WHERE length(seal) = 20000") == std::to_string(guests));
    BOOST_TEST(stranger.ask("SELECT count(*) FROM interloper") == std::to_string(interlopers));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoints)

BOOST_AUTO_TEST_CASE(a_store_that_closes_beside_another_copies_nothing_and_spoils_nothing) {
  const CheckpointedDatabase database;
  auto store = database.open();
  int rows = 0;
  {
    const Interloper interloper{database.path};
    insert_pages(*store, 300);
    for (int i = 0; i < 2; ++i) {
      database.open().reset();
      insert_pages(*store, 200);
    }
    store.reset();
    BOOST_TEST(interloper.checkpoints() == 0);
    rows = interloper.rows();
  }
  database.check(140, rows);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_is_held_up_while_another_program_commits_spoils_nothing) {
  const CheckpointedDatabase database;
  auto store = database.open();
  int rows = 0;
  {
    const Interloper interloper{database.path};
    for (int round = 0; round < 4; ++round) {
      const int before = interloper.checkpoints();
      insert_pages(*store, 1'100);
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
      const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds{50}); };
      while (interloper.checkpoints() == before && std::chrono::steady_clock::now() < end) pause();
      for (int seen = -1; seen != interloper.checkpoints(); pause()) seen = interloper.checkpoints();
    }
    store.reset();
    BOOST_TEST(interloper.checkpoints() >= 4);
    rows = interloper.rows();
    BOOST_TEST(rows >= 4);
  }
  database.check(4 * 220, rows);
}

BOOST_AUTO_TEST_CASE(two_stores_on_one_file_that_write_much_at_once_spoil_nothing) {
  const CheckpointedDatabase database;
  {
    const auto one = database.open();
    const auto two = database.open();
    std::thread other{[&] { insert_pages(*two, 5'000); }};
    insert_pages(*one, 5'000);
    other.join();
  }
  Stranger stranger{database.path};
  BOOST_TEST(stranger.ask("PRAGMA integrity_check") == "ok");
  BOOST_TEST(stranger.ask("SELECT count(*) FROM guest") == "2000");
}

BOOST_AUTO_TEST_CASE(the_versions_of_sqlite_with_the_wal_reset_bug_are_known) {
  using sqlite::has_wal_reset_bug;
  for (const int version : {3'007'000, 3'040'001, 3'044'005, 3'045'000, 3'050'006, 3'051'000, 3'051'002})
    BOOST_TEST(has_wal_reset_bug(version));
  for (const int version : {3'044'006, 3'050'007, 3'050'008, 3'051'003, 3'053'000}) BOOST_TEST(!has_wal_reset_bug(version));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
