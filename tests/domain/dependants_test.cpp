#include "tests/domain/fixture.hpp"

#include "engine/changes/changes.hpp"
#include "engine/domain/dependants.hpp"

#include <innkeeper/courier.hpp>
#include <innkeeper/memory.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

/// What goes with a row that is removed, and when its time is over, in the model's tables and in a host's own.
namespace innkeeper::tests {

using namespace std::chrono_literals;

/// A host's own things: a ticket goes with its app, a remark with its ticket, and neither is anybody's once its author is gone.
struct Ticket {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  Id author{};
  std::string uid{};
  Instant closed_at{};
  Bytes pin{};
};
struct Remark {
  Id id{};
  std::int64_t version = 0;
  Id ticket{};
  std::string text{};
};

}  // namespace innkeeper::tests

namespace innkeeper {

template <>
inline constexpr auto description_of<tests::Ticket> =
    describe<tests::Ticket>("ticket", column("tenant", &tests::Ticket::tenant),
                            column("app", &tests::Ticket::app, references("app", OnRemove::cascade)),
                            column("author", &tests::Ticket::author, references("member", OnRemove::set_null)),
                            column("uid", &tests::Ticket::uid), column("closed_at", &tests::Ticket::closed_at),
                            column("pin", &tests::Ticket::pin))
        .owned_by("tenant")
        .within("app")
        .index("app", "closed_at")
        .index("author")
        .index("closed_at")
        .kept_for("closed_at", std::chrono::hours{1});
template <>
inline constexpr auto description_of<tests::Remark> = describe<tests::Remark>("remark",
                                                                              column("ticket", &tests::Remark::ticket,
                                                                                     references("ticket", OnRemove::cascade)),
                                                                              column("text", &tests::Remark::text))
                                                          .index("ticket");

}  // namespace innkeeper

namespace innkeeper::tests {

namespace {

const std::vector<const Table*> own_tables{&table_of<Ticket>, &table_of<Remark>};

std::unique_ptr<Store> with_own_tables(std::unique_ptr<Store> store) {
  store->migrate({"desk", 1, own_tables}).value();
  return store;
}
std::vector<Backend> stores_of_hosts() {
  return {{"memory", [](const TemporaryFolder&) { return with_own_tables(open_memory()); }},
          {"sqlite", [](const TemporaryFolder& folder) { return with_own_tables(sqlite().open(folder)); }}};
}

/// Two apps; the first has a member who wrote a ticket with remarks, and so has the other.
struct Desk {
  explicit Desk(const Backend& backend) : fixture(backend, {}, {}, nullptr, own_tables) {
    for (auto* each : {&mine, &other}) {
      *each = fixture.make_app(tenant.id).app;
      author = fixture.call(members::create, host, {.parent = each->id, .draft = {.name = "ada"}}).value();
      put(*each, author.id, fixture.clock.now());
    }
    author = fixture.rows<Member>(Query<Member>{}.where(&Member::app, mine.id)).at(0);
  }
  void put(const App& app, Id writer, Instant closed_at) {
    fixture
        .run(Access::write, host,
             [&](Transaction& tx, const Context&) -> Result<Nothing> {
               Ticket ticket{.tenant = app.tenant, .app = app.id, .author = writer, .uid = "ticket", .closed_at = closed_at};
               ticket.pin.data = "1234";
               if (auto stored = tx.insert(ticket); !stored) return stored.error();
               for (int i = 0; i < 3; ++i) {
                 Remark remark{.ticket = ticket.id, .text = "x"};
                 if (auto stored = tx.insert(remark); !stored) return stored.error();
               }
               return Nothing{};
             })
        .value();
  }
  void maintain() {
    fixture.clock.advance(1s);
    fixture.engine->webhook_queue().maintain();
  }

  Fixture fixture;
  Tenant tenant = fixture.make_tenant();
  App mine{};
  App other{};
  Member author{};
};

template <class Is>
void for_each_reference(Is is) {
  for (const auto* table : all_tables())
    for (std::size_t at = 0; at < table->columns.size(); ++at)
      if (!table->columns[at].reference.table.empty()) is(*table, at);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dependants)

BOOST_AUTO_TEST_CASE(a_reference_leads_to_a_table_and_an_index_finds_it) {
  int count = 0;
  for_each_reference([&](const Table& table, std::size_t at) {
    const auto& column = table.columns[at];
    const auto is_it = [&](const Table* each) { return each->name == column.reference.table; };
    BOOST_TEST((std::ranges::count_if(all_tables(), is_it) == 1), table.name << "." << column.name);
    BOOST_TEST(domain::index_of_reference(table, at) != nullptr, table.name << "." << column.name << " has no index");
    ++count;
  });
  BOOST_TEST(count > 20);
}

BOOST_AUTO_TEST_CASE(what_is_kept_for_a_time_is_found_by_an_index_of_that_time) {
  for (const auto* table : all_tables()) {
    if (table->retention.column < 0) continue;
    const auto leads = [&](const Index& index) { return std::cmp_equal(index.positions().front(), table->retention.column); };
    BOOST_TEST(std::ranges::any_of(table->indexes, leads), table->name);
  }
}

BOOST_DATA_TEST_CASE(rows_of_the_host_go_with_the_app_that_they_refer_to, stores_of_hosts(), backend) {
  Desk desk{backend};
  BOOST_TEST(why(desk.fixture.call(apps::remove, host, {.ref = desk.mine.id})) == "ok");
  const auto tickets = desk.fixture.rows<Ticket>();
  BOOST_REQUIRE(tickets.size() == 1U);
  BOOST_TEST((tickets[0].app == desk.other.id));
  const auto remarks = desk.fixture.rows<Remark>();
  BOOST_TEST(remarks.size() == 3U);
  for (const auto& each : remarks) BOOST_TEST((each.ticket == tickets[0].id));
}

BOOST_DATA_TEST_CASE(more_rows_than_one_transaction_takes_go_with_the_next_calls_of_maintenance, stores_of_hosts(), backend) {
  Desk desk{backend};
  for (int i = 0; i < 200; ++i) desk.put(desk.mine, Id::none, desk.fixture.clock.now());
  BOOST_TEST(why(desk.fixture.call(apps::remove, host, {.ref = desk.mine.id})) == "ok");
  BOOST_TEST(desk.fixture.rows<Ticket>().size() > 1U);
  desk.maintain();
  BOOST_TEST(desk.fixture.rows<Ticket>().size() == 1U);
  BOOST_TEST(desk.fixture.rows<Remark>().size() == 3U);
  BOOST_TEST(desk.fixture.rows<Task>().empty());
}

BOOST_DATA_TEST_CASE(a_row_whose_reference_ends_is_told_as_changed_and_its_secret_is_masked, stores_of_hosts(), backend) {
  Desk desk{backend};
  BOOST_TEST(why(desk.fixture.call(members::remove, host, {.ref = desk.author.id})) == "ok");
  const auto tickets = desk.fixture.rows<Ticket>();
  BOOST_REQUIRE(tickets.size() == 2U);
  for (const auto& each : tickets) BOOST_TEST(((each.author == Id::none) == (each.app == desk.mine.id)));
  const auto lines = desk.fixture.rows<Audit>(Query<Audit>{}.where(&Audit::action, "ticket.update"));
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0].before.text == R"({"author":")" + std::to_string(number(desk.author.id)) + "\"}");
  BOOST_TEST(lines[0].after.text == R"({"author":null})");
  BOOST_TEST((lines[0].app == desk.mine.id));
  BOOST_TEST(lines[0].object_uid == "ticket");
  const auto told = desk.fixture.rows<Event>(Query<Event>{}.where(&Event::type, "ticket.updated"));
  BOOST_REQUIRE(told.size() == 1U);
  desk.fixture
      .run(Access::write, host,
           [&](Transaction& tx, const Context& context) -> Result<Nothing> {
             auto ticket = tickets[0];
             if (auto erased = changes::erase(tx, context, ticket); !erased) return erased.error();
             return Nothing{};
           })
      .value();
  const auto gone = desk.fixture.rows<Audit>(Query<Audit>{}.where(&Audit::action, "ticket.delete"));
  BOOST_REQUIRE(gone.size() == 1U);
  BOOST_TEST(gone[0].before.text.find(R"("pin":"***")") != std::string::npos);
  BOOST_TEST(gone[0].before.text.find("1234") == std::string::npos);
}

BOOST_DATA_TEST_CASE(rows_of_the_host_go_once_their_time_is_over, stores_of_hosts(), backend) {
  Desk desk{backend};
  desk.put(desk.mine, Id::none, desk.fixture.clock.now() + 2h);
  desk.maintain();
  BOOST_TEST(desk.fixture.rows<Ticket>().size() == 3U);
  desk.fixture.clock.advance(1h);
  desk.maintain();
  BOOST_TEST(desk.fixture.rows<Ticket>().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
