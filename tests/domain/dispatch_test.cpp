#include "tests/domain/subscriber.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

/// When deliveries are made, in which order, and how often they are tried.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

/// What a courier does with its places: it takes as much as are free.
struct Places {
  explicit Places(const Subscriber& its_subscriber) : subscriber(its_subscriber) {}

  std::vector<WebhookRequest> look() {
    auto taken = subscriber.take(all - under_way.size());
    under_way.insert(under_way.end(), taken.begin(), taken.end());
    return taken;
  }
  void complete_all(const DeliveryResult& result) {
    for (const auto& each : std::exchange(under_way, {})) subscriber.complete(each, result);
  }
  std::size_t held_by(const Subscriber& whose) const {
    return static_cast<std::size_t>(std::count_if(under_way.begin(), under_way.end(), [&](const WebhookRequest& each) {
      return subscriber.delivery(each).tenant == whose.tenant.id;
    }));
  }

  static constexpr std::size_t all = 16;
  const Subscriber& subscriber;
  std::vector<WebhookRequest> under_way;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(dispatch)

BOOST_DATA_TEST_CASE(a_request_is_given_out_once_and_again_when_its_lease_is_over, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  subscriber.open();
  subscriber.cause();
  const auto first = subscriber.take();
  BOOST_TEST_REQUIRE(first.size() == 1U);
  BOOST_TEST(subscriber.take().empty());
  fixture.clock.advance(2min - 1us);
  BOOST_TEST(subscriber.take().empty());
  fixture.clock.advance(1us);
  const auto second = subscriber.take();
  BOOST_TEST_REQUIRE(second.size() == 1U);
  BOOST_TEST((second[0].id == first[0].id));
  BOOST_TEST(second[0].headers.find("webhook-id").value() == first[0].headers.find("webhook-id").value());
  subscriber.complete(first[0], {.status = 204});
  BOOST_TEST((subscriber.delivery(first[0]).state == DeliveryState::delivered));
  // The other one was under way too; what it says comes too late.
  subscriber.complete(second[0], {.status = 410});
  BOOST_TEST((subscriber.delivery(first[0]).state == DeliveryState::delivered));
  BOOST_TEST(fixture.rows<Webhook>().at(0).is_enabled);
  fixture.clock.advance(1h);
  BOOST_TEST(subscriber.take().empty());
}

BOOST_DATA_TEST_CASE(no_more_requests_are_given_out_than_asked_for, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber first{fixture};
  const Subscriber second{fixture, "second"};
  const Subscriber third{fixture, "third"};
  for (const auto* each : {&first, &second, &third}) {
    each->open();
    each->cause();
  }
  BOOST_TEST(first.take(0).empty());
  BOOST_TEST(first.take(2).size() == 2U);
  BOOST_TEST(first.take(2).size() == 1U);
  BOOST_TEST(first.take(2).empty());
}

BOOST_DATA_TEST_CASE(a_receiver_that_does_not_answer_holds_up_no_other_of_its_tenant, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  const auto silent = subscriber.open().webhook.id;
  subscriber.cause_many(600);
  fixture.clock.advance(1s);
  const auto other = subscriber.open().webhook.id;
  subscriber.cause();
  const auto taken = subscriber.take(16);
  BOOST_TEST_REQUIRE(taken.size() == 3U);
  const auto webhooks_of = [&](Id webhook) {
    return std::count_if(taken.begin(), taken.end(),
                         [&](const WebhookRequest& each) { return subscriber.delivery(each).webhook == webhook; });
  };
  BOOST_TEST(webhooks_of(silent) == 2);
  BOOST_TEST(webhooks_of(other) == 1);
  BOOST_TEST(subscriber.take(16).empty());
  for (const auto& each : taken) subscriber.complete(each, {.status = 200});
  BOOST_TEST(subscriber.take(16).size() == 2U);
}

BOOST_DATA_TEST_CASE(beside_a_tenant_with_20_receivers_that_hang_anothers_delivery_goes_with_the_next_look, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber silent{fixture};
  for (int i = 0; i < 20; ++i) silent.open();
  silent.cause_many(1'000);
  Places places{silent};
  for (int look = 0; look < 5; ++look) places.look();
  BOOST_TEST(places.under_way.size() == Places::all / 2, "one tenant leaves half of the places to others");
  const Subscriber other{fixture, "other"};
  other.open();
  other.cause();
  places.look();
  BOOST_TEST(places.held_by(other) == 1U);
  BOOST_TEST(places.held_by(silent) == Places::all / 2);
}

BOOST_DATA_TEST_CASE(tenants_take_turns_whoever_was_first, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber first{fixture};
  for (int i = 0; i < 20; ++i) first.open();
  first.cause_many(10);
  fixture.clock.advance(1s);
  const Subscriber second{fixture, "second"};
  for (int i = 0; i < 20; ++i) second.open();
  second.cause_many(10);
  fixture.clock.advance(1s);
  const Subscriber third{fixture, "third"};
  third.open();
  third.cause();
  Places places{first};
  places.look();
  BOOST_TEST(places.held_by(third) == 1U);
  BOOST_TEST(places.held_by(first) == places.held_by(second));
  BOOST_TEST(places.held_by(first) == 5U);
}

BOOST_DATA_TEST_CASE(a_receiver_that_fails_is_tried_one_at_a_time_and_ever_less_often, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber silent{fixture};
  for (int i = 0; i < 20; ++i) silent.open();
  silent.cause_many(10);
  Places places{silent};
  BOOST_TEST(places.look().size() == 8U);
  const DeliveryResult hung{.fault = "timeout"};
  places.complete_all(hung);
  for (const auto rest : {500ms, 1'000ms, 2'000ms, 4'000ms}) {
    fixture.clock.advance(rest - 1us);
    BOOST_TEST(places.look().empty());
    fixture.clock.advance(1us);
    BOOST_TEST(places.look().size() == 1U);
    BOOST_TEST(places.look().empty(), "one shows whether it answers");
    places.complete_all(hung);
  }
  for (int i = 0; i < 10; ++i) {
    fixture.clock.advance(30s);
    BOOST_TEST(places.look().size() == 1U, "it rests for half a minute at most");
    places.complete_all({.status = 503});
  }
  fixture.clock.advance(30s);
  places.look();
  places.complete_all({.status = 200});
  BOOST_TEST(places.look().size() == 8U, "it answers again");
}

BOOST_DATA_TEST_CASE(a_receiver_rests_for_none_but_the_tenant_whose_deliveries_failed, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber failing{fixture};
  failing.open();
  failing.cause_many(5);
  Places places{failing};
  BOOST_TEST(places.look().size() == 2U);
  places.complete_all({.fault = "connect"});
  const Subscriber other{fixture, "other"};
  other.open();
  other.cause();
  BOOST_TEST(places.look().size() == 1U);
  BOOST_TEST(places.held_by(other) == 1U);
}

BOOST_DATA_TEST_CASE(a_webhook_gets_its_turn_however_many_of_its_tenant_have_nothing_due, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  subscriber.open();
  subscriber.cause();
  fixture
      .run(Access::write, host,
           [&](Transaction& tx, const Context& context) -> Result<void> {
             for (int i = 1; i <= 300; ++i) {
               Delivery later{
                   .tenant = subscriber.tenant.id, .app = subscriber.guest.app.id, .uid = std::to_string(i), .webhook = Id{-i}};
               later.due_at = context.now + 1h;
               if (auto stored = tx.insert(later); !stored) return stored;
             }
             return {};
           })
      .value();
  std::size_t taken = 0;
  int looks = 0;
  while (taken == 0 && ++looks < 10) taken = subscriber.take(16).size();
  BOOST_TEST(taken == 1U);
  BOOST_TEST(looks > 1, "no look goes through all");
}

BOOST_DATA_TEST_CASE(what_fails_is_tried_again_ever_more_rarely_and_given_up_after_a_day, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  subscriber.open();
  subscriber.cause();
  const auto began = fixture.clock.now();
  std::chrono::microseconds spread{0};
  for (std::size_t i = 0; i <= webhooks::retry_delays.size(); ++i) {
    const auto webhook_requests = subscriber.take();
    BOOST_TEST_REQUIRE(webhook_requests.size() == 1U);
    BOOST_TEST(subscriber.delivery(webhook_requests[0]).attempts == static_cast<std::int64_t>(i + 1));
    subscriber.complete(webhook_requests[0], {.status = i % 2 == 0 ? 503 : 0, .fault = i % 2 == 0 ? "" : "connect"});
    const auto row = subscriber.delivery(webhook_requests[0]);
    BOOST_TEST(row.last_status == (i % 2 == 0 ? 503 : 0));
    BOOST_TEST(row.last_fault == (i % 2 == 0 ? "" : "connect"));
    BOOST_TEST((row.last_at == fixture.clock.now()));
    if (i == webhooks::retry_delays.size()) {
      BOOST_TEST((row.state == DeliveryState::failed));
      break;
    }
    BOOST_TEST((row.state == DeliveryState::pending));
    const std::chrono::microseconds wait = row.due_at - fixture.clock.now();
    const std::chrono::microseconds usual = webhooks::retry_delays[i];
    BOOST_TEST((wait >= usual * 9 / 10 && wait <= usual * 11 / 10));
    spread = std::max(spread, wait > usual ? wait - usual : usual - wait);
    fixture.clock.advance(wait - 1us);
    BOOST_TEST(subscriber.take().empty());
    fixture.clock.advance(1us);
  }
  BOOST_TEST((spread > 0us));
  const auto took = fixture.clock.now() - began;
  BOOST_TEST((took > 21h && took < 27h));
  fixture.clock.advance(48h);
  BOOST_TEST(subscriber.take().empty());
}

BOOST_DATA_TEST_CASE(a_receiver_that_is_gone_gets_no_more, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  const auto hook = subscriber.open().webhook;
  subscriber.cause();
  subscriber.cause();
  const auto webhook_requests = subscriber.take(1);
  subscriber.complete(webhook_requests.at(0), {.status = 410});
  BOOST_TEST((subscriber.delivery(webhook_requests[0]).state == DeliveryState::failed));
  BOOST_TEST(!fixture.row<Webhook>(hook.id).is_enabled);
  BOOST_TEST(subscriber.take().empty());
  const auto rest = fixture.rows(Query<Delivery>{}.where(&Delivery::last_fault, std::string{"webhook.disabled"}));
  BOOST_TEST(rest.size() == 1U);
  subscriber.cause();
  BOOST_TEST(fixture.rows<Delivery>().size() == 2U);
}

BOOST_DATA_TEST_CASE(a_result_for_what_was_not_given_out_changes_nothing, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  subscriber.open();
  subscriber.cause();
  const auto row = fixture.rows<Delivery>().at(0);
  for (const int status : {0, 200, 410, 500}) fixture.engine->webhook_queue().complete(row.id, {.status = status});
  BOOST_TEST((to_cells(fixture.rows<Delivery>().at(0)) == to_cells(row)));
  fixture.engine->webhook_queue().complete(Id{999}, {.status = 200});
  BOOST_TEST(subscriber.take().size() == 1U);
  BOOST_TEST(fixture.log.lines().empty());
}

BOOST_DATA_TEST_CASE(the_deliveries_of_a_tenant_that_is_not_active_rest, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  subscriber.open();
  subscriber.cause();
  const auto set = [&](TenantStatus status) {
    fixture.call(tenants::update, host, {.ref = subscriber.tenant.id, .draft = {.status = status}}).value();
  };
  set(TenantStatus::suspended);
  BOOST_TEST(subscriber.take().empty());
  set(TenantStatus::active);
  BOOST_TEST(subscriber.take().empty());
  fixture.clock.advance(1h);
  const auto webhook_requests = subscriber.take();
  BOOST_TEST_REQUIRE(webhook_requests.size() == 1U);
  BOOST_TEST(subscriber.delivery(webhook_requests[0]).attempts == 1);
}

BOOST_DATA_TEST_CASE(a_secret_that_was_tampered_with_holds_up_no_other_webhook, stores(), backend) {
  Fixture fixture{backend};
  const Subscriber subscriber{fixture};
  auto broken = subscriber.open().webhook;
  const auto sound = subscriber.open().webhook;
  fixture
      .run(Access::write, host,
           [&](Transaction& tx, const Context&) {
             broken.sealed.data.back() ^= 1;
             return tx.update(broken);
           })
      .value();
  subscriber.cause();
  const auto webhook_requests = subscriber.take();
  BOOST_TEST_REQUIRE(webhook_requests.size() == 1U);
  BOOST_TEST((subscriber.delivery(webhook_requests[0]).webhook == sound.id));
  const auto failed = fixture.rows(Query<Delivery>{}.where(&Delivery::webhook, broken.id)).at(0);
  BOOST_TEST((failed.state == DeliveryState::failed));
  BOOST_TEST(failed.last_fault == "internal");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
