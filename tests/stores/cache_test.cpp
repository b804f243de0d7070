#include "tests/stores/backends.hpp"

#include "adapters/sqlite/row_cache.hpp"

#include <innkeeper/sqlite.hpp>

#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

/// What readers remember is never older than the file: these tests ask often enough for answers to come from memory.
namespace innkeeper::tests {

namespace {

constexpr int often = 4;  ///< How many times something is asked until its answer is remembered for sure.

struct Inn {
  TemporaryFolder folder;
  std::string path = (folder.path() / "house.db").string();

  std::unique_ptr<Store> open(std::size_t cache = std::size_t{8} << 20U) const {
    // Commits are as visible without the wait for the disk, and there can be more of them.
    auto store = open_sqlite({.path = path, .is_durable = false, .cache = cache}).value();
    store->migrate(house_schema).value();
    return store;
  }
  std::uintmax_t log_size() const { return std::filesystem::file_size(path + "-wal"); }
  /// How often the log has begun anew: the checkpoint sequence number of its header (the file format's §4.1).
  std::uint32_t log_number() const {
    std::array<unsigned char, 4> bytes{};
    std::ifstream{path + "-wal", std::ios::binary}.seekg(12).read(reinterpret_cast<char*>(bytes.data()), bytes.size());
    return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U | bytes[3];
  }
};

std::optional<Guest> guest_of(Store& store, Id id) {
  auto guest = get<Guest>(store, id);
  if (!guest) return std::nullopt;
  return *std::move(guest);
}

Result<void> change(Store& store, Id id, std::int64_t age) {
  return store.run(Access::write, [&](Transaction& tx) -> Result<void> {
    auto guest = tx.get<Guest>(id);
    if (!guest) return guest.error();
    guest->age = age;
    return tx.update(*guest);
  });
}

Result<void> remove(Store& store, Id id) {
  return store.run(Access::write, [&](Transaction& tx) -> Result<void> {
    if (auto erased = tx.erase<Guest>(id); !erased) return erased.error();
    return {};
  });
}

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

void ask_often(Store& store, Id id) {
  for (int i = 0; i < often; ++i) static_cast<void>(guest_of(store, id));
}

/// What a reader remembers of one table, without a reader.
struct Memory {
  static constexpr std::size_t budget = 100'000;
  sqlite::Ledger ledger;
  sqlite::RowCache cache{ledger, budget};
  const sqlite::Statement statement{.handle = {}, .row = {}, .slot = ledger.slot_of("guest"), .is_point = true, .is_lent = false};
  const sqlite::Marks change{.inserted = 0, .changed = 1};

  /// Calls `use` with the question for a row.
  template <class Use>
  auto ask(std::int64_t id, Use use) {
    Selection selection;
    selection.add(Condition{0, Compare::equal, Value{id}});
    const auto shape = sqlite::shape_of(sqlite::Verb::select, table_of<Guest>, selection);
    return use(sqlite::RowCache::Question{shape, selection});
  }
  void keep(std::int64_t id, std::string_view text) {
    sqlite::RowCache::Rows rows;
    rows.add(std::array{Value{id}, Value{text}});
    ask(id, [&](const auto& question) { cache.keep(question, statement, rows); });
  }
  std::optional<std::string> find(std::int64_t id) {
    const auto cells = ask(id, [&](const auto& question) { return cache.find(question); });
    if (!cells) return std::nullopt;
    return std::string{(*cells)[1].text()};
  }
  bool wants(std::int64_t id) {
    return ask(id, [&](const auto& question) { return cache.wants(question); });
  }
  void stand_at(std::uint64_t state) {
    sqlite::Ledger::Position position = 0;
    BOOST_TEST_REQUIRE(ledger.covers(state, position));
    cache.stand_at(position);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(cache)

BOOST_AUTO_TEST_CASE(what_is_remembered_changes_with_every_kind_of_change) {
  const Inn inn;
  const auto store = inn.open();
  const auto id = insert(*store, Guest{.name = "a", .nick = "n"}).value().id;
  const auto by_nick = [&] { return list(*store, Query<Guest>{}.where(&Guest::nick, "m")).value().size(); };
  const auto of_age = [&] { return list(*store, Query<Guest>{}.where(&Guest::age, std::int64_t{7})).value().size(); };
  for (int i = 0; i < often; ++i) {
    BOOST_TEST(guest_of(*store, id)->age == 0);
    BOOST_TEST(by_nick() == 0U);
    BOOST_TEST(of_age() == 0U);
  }
  change(*store, id, 7).value();
  for (int i = 0; i < often; ++i) {
    BOOST_TEST(guest_of(*store, id)->age == 7);
    BOOST_TEST(of_age() == 1U);
  }
  insert(*store, Guest{.name = "b", .nick = "m", .age = 7}).value();
  for (int i = 0; i < often; ++i) {
    BOOST_TEST(by_nick() == 1U);
    BOOST_TEST(of_age() == 2U);
  }
  store
      ->run(Access::write,
            [&](Transaction& tx) -> Result<void> { return tx.add(id, &Guest::stays, 5).has_value() ? Result<void>{} : Error{}; })
      .value();
  for (int i = 0; i < often; ++i) BOOST_TEST(guest_of(*store, id)->stays == 5);
  remove(*store, id).value();
  for (int i = 0; i < often; ++i) {
    BOOST_TEST(!guest_of(*store, id).has_value());
    BOOST_TEST(of_age() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(questions_that_differ_only_in_their_window_or_their_tenant_have_answers_of_their_own) {
  const Inn inn;
  const auto store = inn.open();
  for (int i = 0; i < 5; ++i) insert(*store, Guest{.tenant = Id{1 + i % 2}, .name = "g" + std::to_string(i)}).value();
  for (int i = 0; i < often; ++i) {
    for (int limit = 0; limit < 4; ++limit)
      BOOST_TEST(list(*store, Query<Guest>{}.limit(limit)).value().size() == static_cast<std::size_t>(limit));
    for (int offset = 0; offset < 4; ++offset)
      BOOST_TEST(list(*store, Query<Guest>{}.limit(5).offset(offset)).value().size() == static_cast<std::size_t>(5 - offset));
    for (const auto tenant : {Id{1}, Id{2}}) {
      store
          ->run(Access::read,
                [&](Transaction& tx) -> Result<void> {
                  tx.confine(tenant);
                  BOOST_TEST(tx.get<Guest>(Id{1}).has_value() == (tenant == Id{1}));
                  return {};
                })
          .value();
    }
  }
}

BOOST_AUTO_TEST_CASE(a_visit_that_asks_for_more_sees_its_own_rows_to_the_end) {
  const Inn inn;
  const auto store = inn.open(16 * 1'024);
  for (int i = 0; i < 40; ++i) insert(*store, Guest{.name = "guest " + std::to_string(i), .age = i / 8}).value();
  for (int round = 0; round < 50; ++round) {
    store
        ->run(Access::read,
              [&](Transaction& tx) -> Result<void> {
                int expected = round % 5 * 8;
                return tx.each<Guest>(Query<Guest>{}.where(&Guest::age, std::int64_t{round % 5}), [&](const Guest& guest) {
                  BOOST_TEST(guest.name == "guest " + std::to_string(expected));
                  for (int other = 0; other < 40; ++other)
                    BOOST_TEST(tx.get<Guest>(Id{other + 1})->name == "guest " + std::to_string(other));
                  ++expected;
                  return true;
                });
              })
        .value();
  }
}

BOOST_AUTO_TEST_CASE(a_change_by_another_process_is_seen_by_the_next_read) {
  const Inn inn;
  const auto mine = inn.open();
  const auto theirs = inn.open();
  auto id = insert(*mine, Guest{.name = "a"}).value().id;
  for (std::int64_t round = 1; round <= 200; ++round) {
    ask_often(*mine, id);
    change(*theirs, id, round).value();
    BOOST_TEST_REQUIRE(guest_of(*mine, id)->age == round);
    ask_often(*mine, id);
    // One of each, one right behind the other: neither account has the other's commit in it.
    change(*mine, id, -round).value();
    change(*theirs, id, 1'000 + round).value();
    BOOST_TEST_REQUIRE(guest_of(*mine, id)->age == 1'000 + round);
    ask_often(*mine, id);
    change(*theirs, id, 2'000 + round).value();
    insert(*mine, Guest{.name = "n" + std::to_string(round)}).value();
    BOOST_TEST_REQUIRE(guest_of(*mine, id)->age == 2'000 + round);
  }
  remove(*theirs, id).value();
  BOOST_TEST(!guest_of(*mine, id).has_value());
}

/// The writers of two stores and the readers of one, all at once: what a reader sees never goes back, and never lags behind what
/// was acknowledged before it began.
BOOST_AUTO_TEST_CASE(under_race_no_read_is_older_than_the_last_answer_before_it) {
  const Inn inn;
  const auto mine = inn.open();
  const auto theirs = inn.open();
  constexpr int rows = 4;
  std::array<std::atomic<std::int64_t>, rows> acknowledged{};
  for (int i = 0; i < rows; ++i) insert(*mine, Guest{.name = std::to_string(i)}).value();
  std::atomic<bool> is_over{false};
  std::atomic<std::int64_t> reads{0}, stale{0};
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 2; ++reader)
    threads.emplace_back([&, reader] {
      for (int i = reader; !is_over; ++i) {
        const auto row = static_cast<std::size_t>(i / 16 % rows);
        const auto before = acknowledged[row].load();
        const auto seen = guest_of(*mine, Id{static_cast<std::int64_t>(row) + 1});
        if (!seen || seen->age < before) ++stale;
        ++reads;
      }
    });
  for (auto* store : {mine.get(), theirs.get()})
    threads.emplace_back([&, store] {
      for (int round = 0; round < 1'500; ++round) {
        const auto row = static_cast<std::size_t>((round * 2 + (store == mine.get() ? 1 : 0)) % rows);
        std::int64_t now = 0;
        const auto done = store->run(Access::write, [&](Transaction& tx) -> Result<void> {
          auto guest = tx.get<Guest>(Id{static_cast<std::int64_t>(row) + 1});
          if (!guest) return guest.error();
          now = ++guest->age;
          return tx.update(*guest);
        });
        if (done) acknowledged[row] = std::max(acknowledged[row].load(), now);
      }
    });
  threads[2].join();
  threads[3].join();
  is_over = true;
  threads[0].join();
  threads[1].join();
  BOOST_TEST(stale == 0);
  BOOST_TEST(reads > 1'000);
}

BOOST_AUTO_TEST_CASE(a_reader_sees_both_halves_of_a_change_or_neither) {
  const Inn inn;
  const auto mine = inn.open();
  const auto theirs = inn.open();
  const auto guest = insert(*mine, Guest{.name = "half"}).value().id;
  const auto keyword = insert(*mine, Keyword{.select = "other half"}).value().id;
  std::atomic<bool> is_over{false};
  std::atomic<int> torn{0};
  std::thread reader{[&] {
    for (int i = 0; !is_over; ++i)
      static_cast<void>(mine->run(Access::read, [&](Transaction& tx) -> Result<void> {
        // Now the one first, now the other, and now and then something that is not in memory between them.
        auto ask_guest = [&] { return tx.get<Guest>(guest).value().age; };
        auto ask_keyword = [&] { return tx.get<Keyword>(keyword).value().from; };
        const auto first = i % 2 == 0 ? ask_guest() : ask_keyword();
        if (i % 3 == 0) static_cast<void>(tx.count(Query<Guest>{}));
        if (first != (i % 2 == 0 ? ask_keyword() : ask_guest())) ++torn;
        return {};
      }));
  }};
  for (std::int64_t round = 1; round <= 3'000; ++round)
    (round % 3 == 0 ? theirs : mine)
        ->run(Access::write,
              [&](Transaction& tx) -> Result<void> {
                auto one = tx.get<Guest>(guest).value();
                auto two = tx.get<Keyword>(keyword).value();
                one.age = two.from = round;
                if (auto done = tx.update(one); !done) return done;
                return tx.update(two);
              })
        .value();
  is_over = true;
  reader.join();
  BOOST_TEST(torn == 0);
}

BOOST_AUTO_TEST_CASE(a_row_that_was_taken_out_is_found_by_nobody_who_asks_later) {
  const Inn inn;
  const auto store = inn.open();
  constexpr std::int64_t rows = 3'000;
  store
      ->run(Access::write,
            [&](Transaction& tx) -> Result<void> {
              for (std::int64_t i = 0; i < rows; ++i) {
                Guest guest{.name = std::to_string(i)};
                if (auto made = tx.insert(guest); !made) return made;
              }
              return {};
            })
      .value();
  std::atomic<std::int64_t> gone{0};
  std::atomic<std::int64_t> seen_dead{0}, checks{0};
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader)
    readers.emplace_back([&] {
      while (gone < rows) {
        const auto last = gone.load();
        for (auto id = std::max<std::int64_t>(last - 2, 1); id <= std::min(last + 4, rows); ++id) {
          const bool is_there = guest_of(*store, Id{id}).has_value();
          if (id <= last && is_there) ++seen_dead;
          ++checks;
        }
      }
    });
  for (std::int64_t id = 1; id <= rows; ++id) {
    remove(*store, Id{id}).value();
    gone = id;
  }
  for (auto& each : readers) each.join();
  BOOST_TEST(seen_dead == 0);
  BOOST_TEST(checks > rows);
}

BOOST_AUTO_TEST_CASE(what_is_remembered_stays_within_its_budget) {
  Memory memory;
  for (std::int64_t id = 1; id <= 5'000; ++id) {
    const std::string text(static_cast<std::size_t>(id % 1'000), 'x');
    memory.keep(id, text);
    BOOST_TEST_REQUIRE(memory.cache.size() <= Memory::budget);
    BOOST_TEST_REQUIRE(memory.find(id).value() == text);
  }
  BOOST_TEST(memory.cache.size() > Memory::budget / 2);
}

BOOST_AUTO_TEST_CASE(a_question_is_remembered_from_the_second_time_on) {
  Memory memory;
  BOOST_TEST(!memory.wants(1));
  BOOST_TEST(memory.wants(1));
}

BOOST_AUTO_TEST_CASE(nothing_is_remembered_of_a_table_while_a_change_to_it_is_written_down) {
  Memory memory;
  memory.keep(1, "before");
  memory.ledger.begin(memory.change);
  BOOST_TEST(!memory.find(1).has_value());
  memory.ledger.end(memory.change, 2);
  BOOST_TEST(!memory.find(1).has_value());
  memory.stand_at(2);
  BOOST_TEST(!memory.find(1).has_value());
  memory.keep(1, "after");
  BOOST_TEST(memory.find(1).value() == "after");
  memory.ledger.begin({.inserted = memory.change.changed});
  BOOST_TEST(memory.find(1).value() == "after");
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_not_told_what_came_after_it) {
  Memory memory;
  memory.ledger.begin(memory.change);
  memory.ledger.end(memory.change, 2);
  memory.stand_at(2);
  memory.keep(1, "after");
  memory.cache.stand_at(0);
  BOOST_TEST(!memory.find(1).has_value());
}

BOOST_AUTO_TEST_CASE(the_ledger_covers_the_state_it_was_told_and_no_other) {
  Memory memory;
  sqlite::Ledger::Position position = 0;
  BOOST_TEST(!memory.ledger.covers(0, position));
  BOOST_TEST(!memory.ledger.covers(7, position));
  memory.ledger.forget(7);
  BOOST_TEST(memory.ledger.covers(7, position));
  BOOST_TEST(position == 1U);
  memory.ledger.end({}, 8);
  BOOST_TEST(!memory.ledger.covers(7, position));
  BOOST_TEST(memory.ledger.covers(8, position));
}

BOOST_AUTO_TEST_CASE(a_long_answer_is_not_remembered_whatever_it_is_made_of) {
  sqlite::RowCache::Rows rows;
  const std::array<Value, 8> integers{Value{1}, Value{2}};
  for (int i = 0; i < 100; ++i) rows.add(integers);
  BOOST_TEST(rows.is_long());
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_nobody_reads_in_stands_in_nobodys_way_for_long) {
  const Inn inn;
  const auto store = inn.open();
  const auto id = insert(*store, Guest{.name = "a"}).value().id;
  ask_often(*store, id);
  sqlite3* stranger = nullptr;
  BOOST_TEST_REQUIRE(sqlite3_open(inn.path.c_str(), &stranger) == SQLITE_OK);
  BOOST_TEST_REQUIRE(sqlite3_exec(stranger, "SELECT count(*) FROM guest", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  int code = SQLITE_BUSY;
  while (code == SQLITE_BUSY && std::chrono::steady_clock::now() < end) {
    code = sqlite3_wal_checkpoint_v2(stranger, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  sqlite3_close(stranger);
  BOOST_TEST(code == SQLITE_OK);
  BOOST_TEST(inn.log_size() == 0U);
  BOOST_TEST(guest_of(*store, id)->name == "a");
}

BOOST_AUTO_TEST_CASE(a_reader_between_two_reads_does_not_keep_the_log_from_beginning_anew) {
  const Inn inn;
  const auto store = inn.open();
  insert(*store, Guest{.name = "known"}).value();
  std::atomic<bool> is_over{false};
  std::thread reader{[&] {
    for (; !is_over; std::this_thread::sleep_for(std::chrono::milliseconds{50})) static_cast<void>(guest_of(*store, Id{1}));
  }};
  const auto first = inn.log_number();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{15};
  for (int i = 0; inn.log_number() == first && std::chrono::steady_clock::now() < end; ++i) {
    insert_long_rows(*store, i);
    if (i % 20 == 19) std::this_thread::sleep_for(std::chrono::milliseconds{200});  // a pause, in which the log is copied
  }
  is_over = true;
  reader.join();
  BOOST_TEST(inn.log_number() != first);
}

BOOST_AUTO_TEST_CASE(a_job_that_fails_alone_leaves_what_is_remembered) {
  const Inn inn;
  const auto store = inn.open();
  const auto id = insert(*store, Guest{.name = "a"}).value().id;
  ask_often(*store, id);
  const auto before = inn.log_size();
  for (int i = 0; i < 5; ++i) {
    const auto failed = store->run(Access::write, [&](Transaction& tx) -> Result<void> {
      Guest guest{.name = "b"};
      if (auto made = tx.insert(guest); !made) return made;
      return Error{Errc::conflict};
    });
    BOOST_TEST((code_of(failed) == Errc::conflict));
  }
  BOOST_TEST(inn.log_size() == before);  // nothing was committed
  BOOST_TEST(count(*store, Query<Guest>{}) == 1);
}

BOOST_AUTO_TEST_CASE(a_lone_caller_that_waits_commits_on_its_own_thread_and_one_that_moves_on_does_not) {
  const Inn inn;
  const auto store = inn.open();
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
  const Inn inn;
  const auto store = inn.open();
  insert(*store, Guest{.name = "known"}).value();
  std::atomic<bool> is_over{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      while (!is_over) static_cast<void>(guest_of(*store, Id{1}));
    });
  std::uintmax_t longest = 0;
  constexpr std::uintmax_t bound = std::uintmax_t{128} << 20U;  // 24,000 pages, and what a group adds
  std::uintmax_t written = 0;
  for (int i = 0; written < 3 * bound; ++i) {
    insert_long_rows(*store, i);
    written += 20 * 20'000;
    if (i % 16 == 0) longest = std::max(longest, inn.log_size());
  }
  is_over = true;
  for (auto& each : readers) each.join();
  BOOST_TEST(longest < bound);
  BOOST_TEST(longest > 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
