#include "tests/domain/counting_store.hpp"

#include <innkeeper/courier.hpp>
#include <innkeeper/schema/model.hpp>
#include "engine/base/records.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

/// What maintenance deletes, and how much of it at once.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

/// An engine with rows that have expired, and others that have not.
struct Attic {
  explicit Attic(const Backend& backend) : fixture(backend) {}

  template <class E>
  void put(int rows, Instant E::*time, Instant at, const JsonText& data = {"{}"}) {
    const auto done = fixture.run(Access::write, host, [&](Transaction& tx, const Context&) -> Result<Nothing> {
      for (int i = 0; i < rows; ++i) {
        E row{};
        const auto name = std::to_string(++last_name);
        if constexpr (requires { row.uid; }) row.uid = name;
        if constexpr (requires { row.digest; }) row.digest.data = name;
        if constexpr (std::is_same_v<E, Event>) row.data = data;
        row.*time = at;
        if (auto stored = tx.insert(row); !stored) return stored.error();
      }
      return Nothing{};
    });
    BOOST_TEST_REQUIRE(why(done) == "ok");
  }
  /// Calls maintenance once, a second after the last time; returns how many rows each transaction deleted.
  std::vector<std::int64_t> maintain() {
    auto& store = static_cast<CountingStore&>(*fixture.store);
    fixture.clock.advance(1s);
    store.forget();
    fixture.engine->webhook_queue().maintain();
    std::vector<std::int64_t> taken_out;
    for (const auto& each : store.transactions) taken_out.push_back(each.erased);
    return taken_out;
  }

  Fixture fixture;
  int last_name = 0;
};

std::int64_t sum(const std::vector<std::int64_t>& numbers) {
  std::int64_t sum = 0;
  for (const auto each : numbers) sum += each;
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(maintenance)

BOOST_DATA_TEST_CASE(no_transaction_of_maintenance_takes_out_more_than_300_rows, counting_stores(), backend) {
  Attic attic{backend};
  const auto now = attic.fixture.clock.now();
  const auto old = now - attic.fixture.engine->limits().keep_events - 1s;
  attic.put<AccessToken>(1'700, &AccessToken::expires_at, now);
  attic.put<StoredAnswer>(1'100, &StoredAnswer::expires_at, now);
  attic.put<MemberToken>(1'200, &MemberToken::expires_at, old);
  attic.put<JoinToken>(500, &JoinToken::expires_at, old);
  attic.put<Delivery>(1'300, &Delivery::created_at, old);
  attic.put<Event>(2'600, &Event::created_at, old);
  attic.put<AccessToken>(3, &AccessToken::expires_at, now + 1h);
  attic.put<MemberToken>(4, &MemberToken::expires_at, now);
  attic.put<Event>(5, &Event::created_at, now);
  const auto taken_out = attic.maintain();
  BOOST_TEST(*std::max_element(taken_out.begin(), taken_out.end()) == 300);
  BOOST_TEST(sum(taken_out) == 8'400);
  BOOST_TEST(attic.fixture.rows<AccessToken>().size() == 3U);
  BOOST_TEST(attic.fixture.rows<StoredAnswer>().empty());
  BOOST_TEST(attic.fixture.rows<MemberToken>().size() == 4U);
  BOOST_TEST(attic.fixture.rows<JoinToken>().empty());
  BOOST_TEST(attic.fixture.rows<Delivery>().empty());
  BOOST_TEST(attic.fixture.rows<Event>().size() == 5U);
}

BOOST_DATA_TEST_CASE(what_is_left_over_goes_with_the_next_calls_and_holds_up_no_other_table, counting_stores(), backend) {
  Attic attic{backend};
  const auto now = attic.fixture.clock.now();
  attic.put<StoredAnswer>(21'000, &StoredAnswer::expires_at, now);
  attic.put<AccessToken>(100, &AccessToken::expires_at, now);
  const auto first = attic.maintain();
  BOOST_TEST(sum(first) <= 20'000);
  BOOST_TEST(attic.fixture.rows<AccessToken>().empty());
  BOOST_TEST(sum(first) + sum(attic.maintain()) == 21'100);
  BOOST_TEST(attic.fixture.rows<StoredAnswer>().empty());
}

BOOST_DATA_TEST_CASE(long_rows_go_a_few_at_a_time, counting_stores(), backend) {
  Attic attic{backend};
  const JsonText long_text{"\"" + std::string(std::size_t{1024} * 1024, 'x') + "\""};
  attic.put<Event>(10, &Event::created_at, attic.fixture.clock.now() - attic.fixture.engine->limits().keep_events - 1s,
                   long_text);
  const auto taken_out = attic.maintain();
  BOOST_TEST(*std::max_element(taken_out.begin(), taken_out.end()) == 4);
  BOOST_TEST(sum(taken_out) == 10);
}

BOOST_DATA_TEST_CASE(where_nothing_is_old_maintenance_does_not_ask_the_writer, counting_stores(), backend) {
  Attic attic{backend};
  attic.put<AccessToken>(1, &AccessToken::expires_at, attic.fixture.clock.now() + 1h);
  BOOST_TEST(attic.maintain().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
