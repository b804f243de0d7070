#include "tests/domain/subscriber.hpp"

#include <innkeeper/contract/dialect.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

/// Which events an app's webhooks get, and what their messages carry.
namespace innkeeper::tests {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(outgoing)

BOOST_DATA_TEST_CASE(a_webhook_gets_the_events_its_patterns_fit, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  const auto all = subscriber.open("*").webhook;
  const auto several = subscriber.open("member.created room.*").webhook;
  const auto exact = subscriber.open("room.created").webhook;
  const auto other = subscriber.open("session.*").webhook;
  for (const auto& webhook_request : subscriber.take()) subscriber.complete(webhook_request, {.status = 200});
  const auto room = subscriber.cause();
  fixture.call(rooms::update, host, {.ref = room.id, .draft = {.name = "hall"}}).value();
  const auto types = [&](const Webhook& webhook) {
    std::string seen;
    for (const auto& each : fixture.call(webhooks::deliveries, host, {.parent = webhook.id}).value().items)
      if (each.type.starts_with("room.")) seen += each.type + " ";
    return seen;
  };
  BOOST_TEST(types(all) == "room.created room.updated ");
  BOOST_TEST(types(several) == "room.created room.updated ");
  BOOST_TEST(types(exact) == "room.created ");
  BOOST_TEST(types(other) == "");
  BOOST_TEST(subscriber.take().size() == 5U);
}

BOOST_DATA_TEST_CASE(credentials_do_not_follow_a_url_to_another_server, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  const auto hook = subscriber.open().webhook;
  const auto change = [&](webhooks::Draft draft) {
    return fixture.call(webhooks::update, host, {.ref = hook.id, .draft = std::move(draft)});
  };
  change({.credential = std::optional<std::string>{"clinic:word"}}).value();
  BOOST_TEST(tables_with(fixture, "clinic:word") == "");
  BOOST_TEST(why(change({.url = "https://hook.example.net/other?a=1"})) == "ok");
  for (const auto* url : {"http://hook.example.net/in", "https://hook.example.net:8443/in", "https://evil.example.net/in"})
    BOOST_TEST(change({.url = url}).error().violations.at(0).field == "/basic_auth");
  BOOST_TEST(why(change({.url = "https://evil.example.net/in", .credential = std::optional<std::string>{}})) == "ok");
  BOOST_TEST(why(change({.contract = "morse"})) == "value.refused");
}

BOOST_DATA_TEST_CASE(a_request_is_signed_and_says_what_happened, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  const auto hook = subscriber.open();
  BOOST_TEST(hook.secret.starts_with("whsec_"));
  BOOST_TEST(tables_with(fixture, hook.secret) == "");
  const auto room = subscriber.cause();
  const auto webhook_requests = subscriber.take();
  BOOST_TEST_REQUIRE(webhook_requests.size() == 1U);
  const auto& webhook_request = webhook_requests[0];
  const auto row = subscriber.delivery(webhook_request);
  const auto event = fixture.row<Event>(row.event);
  BOOST_TEST(webhook_request.url == "https://hook.example.net/in");
  BOOST_TEST(webhook_request.headers.find("Content-Type").value() == "application/json");
  BOOST_TEST(webhook_request.headers.find("webhook-id").value() == row.uid);
  BOOST_TEST(webhook_request.headers.find("webhook-timestamp").value() == "1709514123");
  BOOST_TEST(webhook_request.headers.find("webhook-signature").value() ==
             subscriber.expected_signature(webhook_request, hook.secret));
  BOOST_TEST(webhook_request.body.starts_with(R"({"id":")" + event.uid +
                                              R"(","type":"room.created","timestamp":"2024-03-04T01:02:03.)"));
  BOOST_TEST(webhook_request.body.find(R"("app":")" + subscriber.guest.app.uid + R"(","data":{"id":")" +
                                       std::to_string(number(room.id)) + R"(","uid":")" + room.uid + "\"") != std::string::npos);
}

BOOST_DATA_TEST_CASE(after_a_rotation_both_secrets_sign_for_the_grace, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  const auto old = subscriber.open();
  const auto next = fixture.call(webhooks::rotate, host, {.ref = old.webhook.id, .grace = 1h}).value();
  BOOST_TEST(next.secret != old.secret);
  const auto signature = [&] {
    subscriber.cause();
    const auto webhook_request = subscriber.take().at(0);
    subscriber.complete(webhook_request, {.status = 200});
    return std::pair{std::string{webhook_request.headers.find("webhook-signature").value()},
                     std::pair{subscriber.expected_signature(webhook_request, next.secret),
                               subscriber.expected_signature(webhook_request, old.secret)}};
  };
  fixture.clock.advance(1h - 1us);
  const auto [both, of_both] = signature();
  BOOST_TEST(both == of_both.first + " " + of_both.second);
  fixture.clock.advance(1us);
  const auto [one, of_one] = signature();
  BOOST_TEST(one == of_one.first);
}

BOOST_DATA_TEST_CASE(a_former_secret_without_grace_signs_nothing_also_after_a_clock_that_was_ahead, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  const auto old = subscriber.open();
  const auto now = fixture.clock.now();
  fixture.clock.advance(24h);
  const auto next = fixture.call(webhooks::rotate, host, {.ref = old.webhook.id, .grace = 0s}).value();
  fixture.clock.set(now);
  subscriber.cause();
  const auto webhook_request = subscriber.take().at(0);
  BOOST_TEST(webhook_request.headers.find("webhook-signature").value() ==
             subscriber.expected_signature(webhook_request, next.secret));
}

namespace {

constexpr WebhookFormat plain_words{
    .contract = "plain",
    .default_events = "room.created",
    .format = [](Transaction&, const Context&, const Event& event, const App&, std::string_view delivery)
        -> Result<std::optional<std::string>> { return std::optional{event.type + " " + std::string{delivery}}; },
    .retry_delays = webhooks::retry_delays,
    .is_any_answer_final = true,
    .add_headers = [](std::string_view delivery, Headers& headers) { headers.add("X-Request-Id", delivery); }};
constexpr Dialect plain{.name = "plain", .title = "Plain", .routes = {}, .path_families = {}, .webhook_format = &plain_words};

}  // namespace

BOOST_DATA_TEST_CASE(a_contract_says_what_its_messages_carry_and_which_answers_are_final, stores(), backend) {
  Fixture fixture{backend, {}, {{.dialect = &plain}}};
  const Subscriber subscriber{fixture};
  const auto hook =
      fixture
          .call(webhooks::create, host,
                {.parent = subscriber.guest.app.id, .url = "https://h.example.net/", .draft = {.contract = "plain"}})
          .value()
          .webhook;
  BOOST_TEST(hook.events == "room.created");
  subscriber.cause();
  const auto first = subscriber.take();
  BOOST_TEST_REQUIRE(first.size() == 1U);
  const auto uid = subscriber.delivery(first[0]).uid;
  BOOST_TEST(first[0].body == "room.created " + uid);
  BOOST_TEST(first[0].headers.find("X-Request-Id").value_or("") == uid);
  BOOST_TEST(first[0].headers.find("webhook-signature").has_value());
  // What was not answered is tried again, under the same uid; an answer ends it, whichever.
  subscriber.complete(first[0], {.status = 0, .fault = "connect"});
  BOOST_TEST((subscriber.delivery(first[0]).state == DeliveryState::pending));
  fixture.clock.advance(1h);
  const auto second = subscriber.take();
  BOOST_TEST_REQUIRE(second.size() == 1U);
  BOOST_TEST(second[0].body == first[0].body);
  subscriber.complete(second[0], {.status = 503});
  BOOST_TEST((subscriber.delivery(second[0]).state == DeliveryState::failed));
  fixture.clock.advance(48h);
  BOOST_TEST(subscriber.take().empty());
}

BOOST_DATA_TEST_CASE(an_event_is_sent_again_under_a_delivery_of_its_own, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  const auto hook = subscriber.open();
  subscriber.cause();
  const auto first = subscriber.take().at(0);
  subscriber.complete(first, {.status = 200});
  const auto again = fixture.call(webhooks::replay, host, first.id).value();
  BOOST_TEST((again.id != first.id && again.event == subscriber.delivery(first).event));
  const auto second = subscriber.take().at(0);
  BOOST_TEST((second.id == again.id));
  BOOST_TEST(second.body == first.body);
  BOOST_TEST(second.headers.find("webhook-id").value() != first.headers.find("webhook-id").value());
  BOOST_TEST(second.headers.find("webhook-signature").value() == subscriber.expected_signature(second, hook.secret));
  BOOST_TEST(why(fixture.call(webhooks::replay, host, Id{999})) == "delivery.unknown");
}

BOOST_DATA_TEST_CASE(a_disabled_webhook_gets_nothing_and_a_removed_one_takes_its_deliveries, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  const auto hook = subscriber.open().webhook;
  subscriber.cause();
  fixture.call(webhooks::update, host, {.ref = hook.id, .draft = {.is_enabled = false}}).value();
  subscriber.cause();
  BOOST_TEST(fixture.rows<Delivery>().size() == 1U);
  BOOST_TEST(subscriber.take().empty());
  fixture.call(webhooks::update, host, {.ref = hook.id, .draft = {.is_enabled = true}}).value();
  subscriber.cause();
  const auto webhook_request = subscriber.take().at(0);
  fixture.call(webhooks::remove, host, {.ref = hook.id}).value();
  BOOST_TEST(fixture.rows<Delivery>().empty());
  subscriber.complete(webhook_request, {.status = 500});
  BOOST_TEST(fixture.log.lines().empty());
  BOOST_TEST(why(fixture.call(webhooks::find, host, hook.id)) == "webhook.unknown");
}

BOOST_DATA_TEST_CASE(a_webhook_goes_to_a_plain_url, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  for (const auto* url : {"", "ftp://example.net/", "https://", "https://user:pass@example.net/", "https://example.net/#part",
                          "https://example.net/a b", "https://example.net\\@evil.example"})
    BOOST_TEST(why(fixture.call(webhooks::create, host, {.parent = subscriber.guest.app.id, .url = url})) == "value.refused");
  for (const auto* url : {"http://example.net", "https://example.net:8443/a?b=c@d", "https://[2001:db8::1]/"})
    BOOST_TEST(why(fixture.call(webhooks::create, host, {.parent = subscriber.guest.app.id, .url = url})) == "ok");
}

BOOST_DATA_TEST_CASE(old_events_and_deliveries_are_purged, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  subscriber.open();
  subscriber.cause();
  fixture.engine->webhook_queue().maintain();
  const auto events = fixture.rows<Event>().size();
  fixture.clock.advance(fixture.engine->limits().keep_events);
  subscriber.cause();
  fixture.engine->webhook_queue().maintain();
  BOOST_TEST(fixture.rows<Event>().size() == events + 1);
  BOOST_TEST(fixture.rows<Delivery>().size() == 2U);
  fixture.clock.advance(1min);
  fixture.engine->webhook_queue().maintain();
  BOOST_TEST(fixture.rows<Event>().size() == 1U);
  BOOST_TEST(fixture.rows<Delivery>().size() == 1U);
  BOOST_TEST(fixture.rows<Room>().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
