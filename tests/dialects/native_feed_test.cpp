#include "tests/dialects/privileges.hpp"

#include <innkeeper/field_names.hpp>
#include <innkeeper/schema/model.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace innkeeper;
using namespace innkeeper::tests;

/// What an event feed tells after its head, which is in the transcripts.
namespace {

struct Listening {
  Fixture fixture;
  keys::Issued key = fixture.give_key(fixture.my_app);
  std::string path = filled_with("/api/v1/apps/{app}/events", fixture.mine);

  Response open(const std::string& after, const std::string& query = {}) const {
    Headers headers{{header::authorization, "Bearer " + key.secret}};
    if (!after.empty()) headers.add(header::last_event_id, after);
    return fixture.ask(Method::get, path + query, std::move(headers), {});
  }
  std::shared_ptr<Feed> listen(const std::string& after, const std::string& query = {}) const {
    const auto response = open(after, query);
    BOOST_REQUIRE(response.status == 200);
    BOOST_REQUIRE(response.feed);
    return response.feed;
  }
  void report(const std::string& id, std::int64_t signaling) {
    const auto body = R"({"events":[{"id":")" + id + R"(","type":"usage","at":"2024-03-04T01:02:03Z","signaling":)" +
                      std::to_string(signaling) + "}]}";
    const auto answer = fixture.ask(Method::post, path, {{header::authorization, "Bearer " + key.secret}}, body);
    BOOST_REQUIRE(answer.status == 202);
  }
  std::string text_of(Id event, const std::string& id, std::int64_t signaling) const {
    return "id: " + position_of(event) + "\nevent: usage\ndata: {\"id\":\"" + id +
           R"(","type":"usage","timestamp":"2024-03-04T01:02:03.000000Z","app":")" + fixture.mine.uids.at("app") +
           R"(","data":{"signaling":)" + std::to_string(signaling) + "}}\n\n";
  }
  /// The clock stands still, so that all events are of one time.
  std::string position_of(Id event) const {
    return std::to_string(number(event)) + '-' + std::to_string(fixture.clock.now().time_since_epoch().count());
  }
  Id newest() const { return fixture.engine->call(events::follow, fixture.host, {.app = fixture.mine.app}).value().last; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(native_feed)

BOOST_AUTO_TEST_CASE(a_feed_tells_what_comes_from_now_on) {
  Listening ear;
  const auto feed = ear.listen({});
  BOOST_TEST(feed->take().empty());
  int woken = 0;
  feed->when_ready([&] { ++woken; });
  BOOST_TEST(woken == 0);
  ear.report("u-1", 7);
  BOOST_TEST(woken == 1);
  BOOST_TEST(feed->take() == ear.text_of(ear.newest(), "u-1", 7));
  BOOST_TEST(feed->take().empty());
}

BOOST_AUTO_TEST_CASE(a_feed_goes_on_after_the_event_that_was_the_last) {
  Listening ear;
  const auto before = ear.newest();
  ear.report("u-1", 1);
  const auto first = ear.newest();
  ear.report("u-2", 2);
  const auto second = ear.newest();
  BOOST_TEST(ear.listen(std::to_string(number(before)))->take() == ear.text_of(first, "u-1", 1) + ear.text_of(second, "u-2", 2));
  BOOST_TEST(ear.listen(std::to_string(number(first)))->take() == ear.text_of(second, "u-2", 2));
}

BOOST_AUTO_TEST_CASE(the_header_of_a_client_that_comes_back_goes_before_the_query_it_began_with) {
  Listening ear;
  const auto query = "?last_event_id=" + std::to_string(number(ear.newest()));
  ear.report("u-1", 1);
  const auto first = ear.newest();
  ear.report("u-2", 2);
  const auto second = ear.newest();
  BOOST_TEST(ear.listen({}, query)->take() == ear.text_of(first, "u-1", 1) + ear.text_of(second, "u-2", 2));
  BOOST_TEST(ear.listen(std::to_string(number(first)), query)->take() == ear.text_of(second, "u-2", 2));
}

BOOST_AUTO_TEST_CASE(a_feed_says_where_it_begins_so_that_who_comes_back_misses_nothing) {
  Listening ear;
  const auto start = ear.open({});
  const auto position = ear.position_of(ear.newest());
  BOOST_TEST(start.body == "id: " + position + "\nretry: 3000\n\n");
  ear.report("u-1", 1);
  const auto back = ear.open(position);
  BOOST_TEST(back.body == start.body);
  BOOST_TEST(back.feed->take() == ear.text_of(ear.newest(), "u-1", 1));
  BOOST_TEST(ear.open("0").body == "id: 0\nretry: 3000\n\n");
  BOOST_TEST(ear.open("0").feed->take().find(ear.text_of(ear.newest(), "u-1", 1)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_void_position_is_told_by_a_reset_and_live_events_follow) {
  Listening ear;
  ear.report("u-1", 1);
  const auto restored = std::to_string(number(ear.newest())) + "-1";
  for (const std::string given : {"99999", "99999-1709514123000000", "0190c2a0-7b8d-7e00-8a4c-6e2f00000001", "two", "1-", "1-x",
                                  "-1", "01", restored.c_str()}) {
    const auto fresh = ear.position_of(ear.newest());
    const auto answer = ear.open(given);
    BOOST_TEST(answer.status == 200, given);
    BOOST_TEST(answer.headers.find(header::content_type).value_or("") == "text/event-stream");
    BOOST_TEST(
        answer.body.starts_with("id: " + fresh + "\nretry: 3000\nevent: reset\ndata: {\"code\":\"position.unknown\",\"detail\":"),
        given);
    BOOST_TEST(answer.body.ends_with("}\n\n"));
    BOOST_TEST(std::count(answer.body.begin(), answer.body.end(), '\n') == 5);
    BOOST_REQUIRE(answer.feed);
    ear.report("after " + given, 2);
    const auto told = ear.text_of(ear.newest(), "after " + given, 2);
    BOOST_TEST(answer.feed->take() == told);
    BOOST_TEST(ear.listen(fresh)->take() == told, "the fresh position is good");
  }
}

BOOST_AUTO_TEST_CASE(a_query_that_names_no_position_is_refused_and_one_that_is_void_is_not) {
  Listening ear;
  BOOST_TEST(ear.open({}, "?last_event_id=two").status == 422);
  BOOST_TEST(ear.open({}, "?last_event_id=99999").body.find("event: reset\n") != std::string::npos);
  BOOST_TEST(ear.open("99999", "?last_event_id=0").body.find("event: reset\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_feed_asks_proxies_to_pass_it_on_as_it_comes) {
  const Listening ear;
  const auto answer = ear.open({});
  BOOST_TEST(answer.headers.find("X-Accel-Buffering").value_or("") == "no");
  BOOST_TEST(answer.headers.find("Cache-Control").value_or("") == "no-store");
  BOOST_TEST(!answer.body.empty(), "something comes at once");
}

BOOST_AUTO_TEST_CASE(a_replay_comes_in_pieces_bounded_by_bytes_each_event_once_and_in_order) {
  Listening ear;
  const auto before = ear.position_of(ear.newest());
  constexpr std::size_t count = 40;
  constexpr std::size_t size = 30'000;
  const auto app = ear.fixture.engine->call(apps::find, ear.fixture.host, ear.fixture.mine.app).value().app;
  ear.fixture.engine
      ->run(Access::write, ear.fixture.host,
            [&](Transaction& tx, const Context& context) -> Result<void> {
              for (std::size_t i = 0; i < count; ++i) {
                Event event{.tenant = app.tenant, .app = app.id, .uid = "large-" + std::to_string(i), .type = "usage"};
                event.at = event.created_at = context.now;
                event.data.text = "{\"text\":\"" + std::string(size, 'x') + "\"}";
                if (auto stored = tx.insert(event); !stored) return stored;
              }
              return {};
            })
      .value();
  const auto feed = ear.listen(before);
  std::string all;
  for (std::size_t i = 0; i < count; ++i) {
    bool is_ready = false;
    feed->when_ready([&] { is_ready = true; });
    if (!is_ready) break;
    const auto piece = feed->take();
    BOOST_TEST(piece.size() < 64 * 1024 + 2 * size);
    all += piece;
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = all.find("{\"id\":\"large-" + std::to_string(i) + "\"", at);
    BOOST_TEST_REQUIRE(found != std::string::npos);
    at = found + 1;
  }
  std::size_t told = 0;
  for (auto found = all.find(R"({"id":"large-)"); found != std::string::npos; found = all.find(R"({"id":"large-)", found + 1))
    ++told;
  BOOST_TEST(told == count, "none came twice");
}

BOOST_AUTO_TEST_CASE(more_feeds_than_a_key_may_have_are_refused_with_429_and_when_to_come_again) {
  const Listening ear;
  std::vector<Response> open;
  for (std::size_t i = 0; i < ear.fixture.engine->limits().feeds_per_key; ++i) open.push_back(ear.open({}));
  const auto refused = ear.open({});
  BOOST_TEST(open.back().status == 200);
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(!refused.feed);
  BOOST_TEST(refused.headers.find(header::retry_after).value_or("") == "5");
  BOOST_TEST(refused.headers.find(header::content_type).value_or("") == "application/problem+json");
  BOOST_TEST(refused.body.find(R"("code":"feeds.too_many")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_feed_ends_with_the_key_that_opened_it) {
  Listening ear;
  const auto feed = ear.listen({});
  BOOST_TEST(!feed->is_over());
  ear.fixture.engine->call(keys::revoke, ear.fixture.host, ear.key.key.id).value();
  BOOST_TEST(feed->take().empty());
  BOOST_TEST(feed->is_over());
}

BOOST_AUTO_TEST_SUITE_END()
