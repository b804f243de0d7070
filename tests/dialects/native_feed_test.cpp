#include "tests/dialects/privileges.hpp"

#include <boost/test/unit_test.hpp>

using namespace innkeeper;
using namespace innkeeper::tests;

/// What an event feed tells after its head, which is in the transcripts.
namespace {

struct Listening {
  House house;
  keys::Issued key = house.give_key(house.my_app);
  std::string path = filled_with("/api/v1/apps/{app}/events", house.mine);

  std::shared_ptr<Feed> listen(const std::string& after, const std::string& query = {}) {
    Headers headers{{header::authorization, "Bearer " + key.secret}};
    if (!after.empty()) headers.add(header::last_event_id, after);
    const auto response = house.ask(Method::get, path + query, std::move(headers), {});
    BOOST_REQUIRE(response.status == 200);
    BOOST_REQUIRE(response.feed);
    return response.feed;
  }
  void report(const std::string& id, std::int64_t signaling) {
    const auto body = R"({"events":[{"id":")" + id + R"(","type":"usage","at":"2024-03-04T01:02:03Z","signaling":)" +
                      std::to_string(signaling) + "}]}";
    const auto answer = house.ask(Method::post, path, {{header::authorization, "Bearer " + key.secret}}, body);
    BOOST_REQUIRE(answer.status == 202);
  }
  std::string text_of(Id event, const std::string& id, std::int64_t signaling) const {
    return "id: " + std::to_string(number(event)) + "\nevent: usage\ndata: {\"id\":\"" + id +
           R"(","type":"usage","timestamp":"2024-03-04T01:02:03.000000Z","app":")" + house.mine.uids.at("app") +
           R"(","data":{"signaling":)" + std::to_string(signaling) + "}}\n\n";
  }
  Id newest() { return house.engine->call(events::follow, house.host, {.app = house.mine.app}).value().last; }
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

BOOST_AUTO_TEST_CASE(a_feed_ends_with_the_key_that_opened_it) {
  Listening ear;
  const auto feed = ear.listen({});
  BOOST_TEST(!feed->is_over());
  ear.house.engine->call(keys::revoke, ear.house.host, ear.key.key.id).value();
  BOOST_TEST(feed->take().empty());
  BOOST_TEST(feed->is_over());
}

BOOST_AUTO_TEST_SUITE_END()
