#include "tests/stores/backends.hpp"

#include "adapters/sqlite/row_cache.hpp"

#include <array>

/// The cache and the commit log by themselves.
namespace innkeeper::tests {

namespace {

/// What a reader remembers of one table, without a reader.
struct Memory {
  static constexpr std::size_t budget = 100'000;
  sqlite::CommitLog commit_log;
  sqlite::RowCache cache{commit_log, budget};
  const sqlite::Statement statement{
      .handle = {}, .row = {}, .slot = commit_log.slot_of("guest"), .is_point = true, .is_lent = false};
  const sqlite::TouchedTables change{.inserted = 0, .changed = 1};

  /// Calls `use` with the question for a row.
  template <class Use>
  auto ask(std::int64_t id, Use use) {
    Selection selection;
    selection.add(Condition{0, Compare::equal, Value{id}});
    const auto shape = sqlite::shape_of(sqlite::Verb::select, table_of<Guest>, selection);
    return use(sqlite::RowCache::Lookup{shape, selection});
  }
  void keep(std::int64_t id, std::string_view text) {
    sqlite::RowCache::Rows rows;
    rows.add(std::array{Value{id}, Value{text}});
    ask(id, [&](const auto& lookup) { cache.keep(lookup, statement, rows); });
  }
  std::optional<std::string> find(std::int64_t id) {
    const auto cells = ask(id, [&](const auto& lookup) { return cache.find(lookup, {}); });
    if (!cells) return std::nullopt;
    return std::string{(*cells)[1].text()};
  }
  bool wants(std::int64_t id) {
    return ask(id, [&](const auto& lookup) { return cache.wants(lookup); });
  }
  void stand_at(std::uint64_t state) {
    sqlite::CommitLog::Position position = 0;
    BOOST_TEST_REQUIRE(commit_log.covers(state, position));
    cache.stand_at(position);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(row_cache)

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

BOOST_AUTO_TEST_CASE(a_lookup_is_remembered_from_the_second_time_on) {
  Memory memory;
  BOOST_TEST(!memory.wants(1));
  BOOST_TEST(memory.wants(1));
}

BOOST_AUTO_TEST_CASE(nothing_is_remembered_of_a_table_while_a_change_to_it_is_written_down) {
  Memory memory;
  memory.keep(1, "before");
  memory.commit_log.begin(memory.change);
  BOOST_TEST(!memory.find(1).has_value());
  memory.commit_log.end(memory.change, 2);
  BOOST_TEST(!memory.find(1).has_value());
  memory.stand_at(2);
  BOOST_TEST(!memory.find(1).has_value());
  memory.keep(1, "after");
  BOOST_TEST(memory.find(1).value() == "after");
  memory.commit_log.begin({.inserted = memory.change.changed});
  BOOST_TEST(memory.find(1).value() == "after");
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_not_told_what_came_after_it) {
  Memory memory;
  memory.commit_log.begin(memory.change);
  memory.commit_log.end(memory.change, 2);
  memory.stand_at(2);
  memory.keep(1, "after");
  memory.cache.stand_at(0);
  BOOST_TEST(!memory.find(1).has_value());
}

BOOST_AUTO_TEST_CASE(the_commit_log_covers_the_state_it_was_told_and_no_other) {
  Memory memory;
  sqlite::CommitLog::Position position = 0;
  BOOST_TEST(!memory.commit_log.covers(0, position));
  BOOST_TEST(!memory.commit_log.covers(7, position));
  memory.commit_log.forget(7);
  BOOST_TEST(memory.commit_log.covers(7, position));
  BOOST_TEST(position == 1U);
  memory.commit_log.end({}, 8);
  BOOST_TEST(!memory.commit_log.covers(7, position));
  BOOST_TEST(memory.commit_log.covers(8, position));
}

BOOST_AUTO_TEST_CASE(a_long_answer_is_not_remembered_whatever_it_is_made_of) {
  sqlite::RowCache::Rows rows;
  const std::array<Value, 8> integers{Value{1}, Value{2}};
  for (int i = 0; i < 100; ++i) rows.add(integers);
  BOOST_TEST(rows.is_long());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
