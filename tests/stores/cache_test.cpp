#include "tests/stores/database.hpp"

#include <innkeeper/schema/model.hpp>

#include <sqlite3.h>

#include <atomic>
#include <thread>

/// What readers remember is never older than the file: these tests ask often enough for answers to come from memory.
namespace innkeeper::tests {

namespace {

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

}  // namespace

BOOST_AUTO_TEST_SUITE(cache)

BOOST_AUTO_TEST_CASE(what_is_remembered_changes_with_every_kind_of_change) {
  const DatabaseFixture database;
  const auto store = database.open();
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

BOOST_AUTO_TEST_CASE(lookups_that_differ_only_in_their_window_or_their_tenant_have_answers_of_their_own) {
  const DatabaseFixture database;
  const auto store = database.open();
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
  const DatabaseFixture database;
  const auto store = database.open(16 * 1'024);
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
  const DatabaseFixture database;
  const auto mine = database.open();
  const auto theirs = database.open();
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
  const DatabaseFixture database;
  const auto mine = database.open();
  const auto theirs = database.open();
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
  const DatabaseFixture database;
  const auto mine = database.open();
  const auto theirs = database.open();
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
  const DatabaseFixture database;
  const auto store = database.open();
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
