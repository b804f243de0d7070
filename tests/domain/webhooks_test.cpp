#include "tests/domain/house.hpp"

#include "engine/crypto/webhook_signature.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

/// How an app's events go to its webhooks.
namespace innkeeper::tests {

using namespace std::chrono_literals;

struct Office {
  explicit Office(House& its_house, const std::string& name = "house") : house(its_house), tenant(its_house.make_tenant(name)) {}

  webhooks::Issued open(const std::string& events = "room.*") const {
    return house
        .call(webhooks::create, host, {.parent = guest.app.id, .draft = {.url = "https://hook.example.net/in", .events = events}})
        .value();
  }
  Room cause() const { return house.call(rooms::create, host, {.parent = guest.app.id}).value(); }
  std::vector<Parcel> take(std::size_t most = 100) const { return house.engine->postbox().take(most); }
  void settle(const Parcel& parcel, const Receipt& receipt) const { house.engine->postbox().settle(parcel.id, receipt); }
  Delivery delivery(const Parcel& parcel) const { return house.row<Delivery>(parcel.id); }
  std::string expected_signature(const Parcel& parcel, const std::string& secret) const {
    return crypto::sign_webhook(*crypto::webhook_key_of(secret), std::string{parcel.headers.find("webhook-id").value()},
                                std::stoll(std::string{parcel.headers.find("webhook-timestamp").value()}), parcel.body);
  }

  void cause_many(int count) const {
    const auto caused = house.run(Access::write, host, [&](Transaction& tx, const Context& context) -> Result<void> {
      for (int i = 0; i < count; ++i)
        if (auto room = rooms::do_create(tx, context, {.parent = guest.app.id}); !room) return room.error();
      return {};
    });
    BOOST_TEST_REQUIRE(caused.has_value());
  }

  House& house;
  Tenant tenant;
  House::Guest guest = house.make_app(tenant.id);
};

/// What a courier does with its places: it takes as much as are free.
struct Places {
  explicit Places(const Office& its_office) : office(its_office) {}

  std::vector<Parcel> look() {
    auto taken = office.take(all - under_way.size());
    under_way.insert(under_way.end(), taken.begin(), taken.end());
    return taken;
  }
  void settle_all(const Receipt& receipt) {
    for (const auto& each : std::exchange(under_way, {})) office.settle(each, receipt);
  }
  std::size_t held_by(const Office& whose) const {
    return static_cast<std::size_t>(std::count_if(
        under_way.begin(), under_way.end(), [&](const Parcel& each) { return office.delivery(each).tenant == whose.tenant.id; }));
  }

  static constexpr std::size_t all = 16;
  const Office& office;
  std::vector<Parcel> under_way;
};

BOOST_AUTO_TEST_SUITE(outgoing)

BOOST_DATA_TEST_CASE(a_webhook_gets_the_events_its_patterns_fit, stores(), backend) {
  House house{backend};
  const Office office{house};
  const auto all = office.open("*").webhook;
  const auto several = office.open("member.created room.*").webhook;
  const auto exact = office.open("room.created").webhook;
  const auto other = office.open("session.*").webhook;
  for (const auto& parcel : office.take()) office.settle(parcel, {.status = 200});
  const auto room = office.cause();
  house.call(rooms::update, host, {.ref = room.id, .draft = {.name = "hall"}}).value();
  const auto types = [&](const Webhook& webhook) {
    std::string seen;
    for (const auto& each : house.call(webhooks::deliveries, host, {.parent = webhook.id}).value().items)
      if (each.type.starts_with("room.")) seen += each.type + " ";
    return seen;
  };
  BOOST_TEST(types(all) == "room.created room.updated ");
  BOOST_TEST(types(several) == "room.created room.updated ");
  BOOST_TEST(types(exact) == "room.created ");
  BOOST_TEST(types(other) == "");
  BOOST_TEST(office.take().size() == 5U);
}

BOOST_DATA_TEST_CASE(credentials_do_not_follow_a_url_to_another_server, stores(), backend) {
  House house{backend};
  const Office office{house};
  const auto hook = office.open().webhook;
  const auto change = [&](webhooks::Draft draft) {
    return house.call(webhooks::update, host, {.ref = hook.id, .draft = std::move(draft)});
  };
  change({.credential = std::optional<std::string>{"clinic:word"}}).value();
  BOOST_TEST(tables_with(house, "clinic:word") == "");
  BOOST_TEST(why(change({.url = "https://hook.example.net/other?a=1"})) == "ok");
  for (const auto* url : {"http://hook.example.net/in", "https://hook.example.net:8443/in", "https://evil.example.net/in"})
    BOOST_TEST(change({.url = url}).error().violations.at(0).field == "/basic_auth");
  BOOST_TEST(why(change({.url = "https://evil.example.net/in", .credential = std::optional<std::string>{}})) == "ok");
  BOOST_TEST(why(change({.contract = "morse"})) == "value.refused");
}

BOOST_DATA_TEST_CASE(a_parcel_is_signed_and_says_what_happened, stores(), backend) {
  House house{backend};
  const Office office{house};
  const auto hook = office.open();
  BOOST_TEST(hook.secret.starts_with("whsec_"));
  BOOST_TEST(tables_with(house, hook.secret) == "");
  const auto room = office.cause();
  const auto parcels = office.take();
  BOOST_TEST_REQUIRE(parcels.size() == 1U);
  const auto& parcel = parcels[0];
  const auto row = office.delivery(parcel);
  const auto event = house.row<Event>(row.event);
  BOOST_TEST(parcel.url == "https://hook.example.net/in");
  BOOST_TEST(parcel.headers.find("Content-Type").value() == "application/json");
  BOOST_TEST(parcel.headers.find("webhook-id").value() == row.uid);
  BOOST_TEST(parcel.headers.find("webhook-timestamp").value() == "1709514123");
  BOOST_TEST(parcel.headers.find("webhook-signature").value() == office.expected_signature(parcel, hook.secret));
  BOOST_TEST(parcel.body.starts_with(R"({"id":")" + event.uid + R"(","type":"room.created","timestamp":"2024-03-04T01:02:03.)"));
  BOOST_TEST(parcel.body.find(R"("app":")" + office.guest.app.uid + R"(","data":{"id":")" + std::to_string(number(room.id)) +
                              R"(","uid":")" + room.uid + "\"") != std::string::npos);
}

BOOST_DATA_TEST_CASE(after_a_rotation_both_secrets_sign_for_the_grace, stores(), backend) {
  House house{backend};
  const Office office{house};
  const auto old = office.open();
  const auto next = house.call(webhooks::rotate, host, {.ref = old.webhook.id, .grace = 1h}).value();
  BOOST_TEST(next.secret != old.secret);
  const auto signature = [&] {
    office.cause();
    const auto parcel = office.take().at(0);
    office.settle(parcel, {.status = 200});
    return std::pair{std::string{parcel.headers.find("webhook-signature").value()},
                     std::pair{office.expected_signature(parcel, next.secret), office.expected_signature(parcel, old.secret)}};
  };
  house.clock.advance(1h - 1us);
  const auto [both, of_both] = signature();
  BOOST_TEST(both == of_both.first + " " + of_both.second);
  house.clock.advance(1us);
  const auto [one, of_one] = signature();
  BOOST_TEST(one == of_one.first);
}

BOOST_DATA_TEST_CASE(a_former_secret_without_grace_signs_nothing_also_after_a_clock_that_was_ahead, stores(), backend) {
  House house{backend};
  const Office office{house};
  const auto old = office.open();
  const auto now = house.clock.now();
  house.clock.advance(24h);
  const auto next = house.call(webhooks::rotate, host, {.ref = old.webhook.id, .grace = 0s}).value();
  house.clock.set(now);
  office.cause();
  const auto parcel = office.take().at(0);
  BOOST_TEST(parcel.headers.find("webhook-signature").value() == office.expected_signature(parcel, next.secret));
}

BOOST_DATA_TEST_CASE(a_parcel_is_given_out_once_and_again_when_its_lease_is_over, stores(), backend) {
  House house{backend};
  const Office office{house};
  office.open();
  office.cause();
  const auto first = office.take();
  BOOST_TEST_REQUIRE(first.size() == 1U);
  BOOST_TEST(office.take().empty());
  house.clock.advance(2min - 1us);
  BOOST_TEST(office.take().empty());
  house.clock.advance(1us);
  const auto second = office.take();
  BOOST_TEST_REQUIRE(second.size() == 1U);
  BOOST_TEST((second[0].id == first[0].id));
  BOOST_TEST(second[0].headers.find("webhook-id").value() == first[0].headers.find("webhook-id").value());
  office.settle(first[0], {.status = 204});
  BOOST_TEST((office.delivery(first[0]).state == DeliveryState::delivered));
  // The other one was under way too; what it says comes too late.
  office.settle(second[0], {.status = 410});
  BOOST_TEST((office.delivery(first[0]).state == DeliveryState::delivered));
  BOOST_TEST(house.rows<Webhook>().at(0).is_enabled);
  house.clock.advance(1h);
  BOOST_TEST(office.take().empty());
}

BOOST_DATA_TEST_CASE(no_more_parcels_are_given_out_than_asked_for, stores(), backend) {
  House house{backend};
  const Office first{house};
  const Office second{house, "second"};
  const Office third{house, "third"};
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
  House house{backend};
  const Office office{house};
  const auto silent = office.open().webhook.id;
  office.cause_many(600);
  house.clock.advance(1s);
  const auto other = office.open().webhook.id;
  office.cause();
  const auto taken = office.take(16);
  BOOST_TEST_REQUIRE(taken.size() == 3U);
  const auto webhooks_of = [&](Id webhook) {
    return std::count_if(taken.begin(), taken.end(),
                         [&](const Parcel& each) { return office.delivery(each).webhook == webhook; });
  };
  BOOST_TEST(webhooks_of(silent) == 2);
  BOOST_TEST(webhooks_of(other) == 1);
  BOOST_TEST(office.take(16).empty());
  for (const auto& each : taken) office.settle(each, {.status = 200});
  BOOST_TEST(office.take(16).size() == 2U);
}

BOOST_DATA_TEST_CASE(beside_a_tenant_with_20_receivers_that_hang_anothers_delivery_goes_with_the_next_look, stores(), backend) {
  House house{backend};
  const Office silent{house};
  for (int i = 0; i < 20; ++i) silent.open();
  silent.cause_many(1'000);
  Places places{silent};
  for (int look = 0; look < 5; ++look) places.look();
  BOOST_TEST(places.under_way.size() == Places::all / 2, "one tenant leaves half of the places to others");
  const Office other{house, "other"};
  other.open();
  other.cause();
  places.look();
  BOOST_TEST(places.held_by(other) == 1U);
  BOOST_TEST(places.held_by(silent) == Places::all / 2);
}

BOOST_DATA_TEST_CASE(tenants_take_turns_whoever_was_first, stores(), backend) {
  House house{backend};
  const Office first{house};
  for (int i = 0; i < 20; ++i) first.open();
  first.cause_many(10);
  house.clock.advance(1s);
  const Office second{house, "second"};
  for (int i = 0; i < 20; ++i) second.open();
  second.cause_many(10);
  house.clock.advance(1s);
  const Office third{house, "third"};
  third.open();
  third.cause();
  Places places{first};
  places.look();
  BOOST_TEST(places.held_by(third) == 1U);
  BOOST_TEST(places.held_by(first) == places.held_by(second));
  BOOST_TEST(places.held_by(first) == 5U);
}

BOOST_DATA_TEST_CASE(a_receiver_that_fails_is_tried_one_at_a_time_and_ever_less_often, stores(), backend) {
  House house{backend};
  const Office silent{house};
  for (int i = 0; i < 20; ++i) silent.open();
  silent.cause_many(10);
  Places places{silent};
  BOOST_TEST(places.look().size() == 8U);
  const Receipt hung{.fault = "timeout"};
  places.settle_all(hung);
  for (const auto rest : {500ms, 1'000ms, 2'000ms, 4'000ms}) {
    house.clock.advance(rest - 1us);
    BOOST_TEST(places.look().empty());
    house.clock.advance(1us);
    BOOST_TEST(places.look().size() == 1U);
    BOOST_TEST(places.look().empty(), "one shows whether it answers");
    places.settle_all(hung);
  }
  for (int i = 0; i < 10; ++i) {
    house.clock.advance(30s);
    BOOST_TEST(places.look().size() == 1U, "it rests for half a minute at most");
    places.settle_all({.status = 503});
  }
  house.clock.advance(30s);
  places.look();
  places.settle_all({.status = 200});
  BOOST_TEST(places.look().size() == 8U, "it answers again");
}

BOOST_DATA_TEST_CASE(a_receiver_rests_for_none_but_the_tenant_whose_deliveries_failed, stores(), backend) {
  House house{backend};
  const Office failing{house};
  failing.open();
  failing.cause_many(5);
  Places places{failing};
  BOOST_TEST(places.look().size() == 2U);
  places.settle_all({.fault = "connect"});
  const Office other{house, "other"};
  other.open();
  other.cause();
  BOOST_TEST(places.look().size() == 1U);
  BOOST_TEST(places.held_by(other) == 1U);
}

BOOST_DATA_TEST_CASE(a_webhook_gets_its_turn_however_many_of_its_tenant_have_nothing_due, stores(), backend) {
  House house{backend};
  const Office office{house};
  office.open();
  office.cause();
  house
      .run(Access::write, host,
           [&](Transaction& tx, const Context& context) -> Result<void> {
             for (int i = 1; i <= 300; ++i) {
               Delivery later{
                   .tenant = office.tenant.id, .app = office.guest.app.id, .uid = std::to_string(i), .webhook = Id{-i}};
               later.due_at = context.now + 1h;
               if (auto stored = tx.insert(later); !stored) return stored;
             }
             return {};
           })
      .value();
  std::size_t taken = 0;
  int looks = 0;
  while (taken == 0 && ++looks < 10) taken = office.take(16).size();
  BOOST_TEST(taken == 1U);
  BOOST_TEST(looks > 1, "no look goes through all");
}

BOOST_DATA_TEST_CASE(what_fails_is_tried_again_ever_more_rarely_and_given_up_after_a_day, stores(), backend) {
  House house{backend};
  const Office office{house};
  office.open();
  office.cause();
  const auto began = house.clock.now();
  std::chrono::microseconds spread{0};
  for (std::size_t i = 0; i <= webhooks::waits.size(); ++i) {
    const auto parcels = office.take();
    BOOST_TEST_REQUIRE(parcels.size() == 1U);
    BOOST_TEST(office.delivery(parcels[0]).attempts == static_cast<std::int64_t>(i + 1));
    office.settle(parcels[0], {.status = i % 2 == 0 ? 503 : 0, .fault = i % 2 == 0 ? "" : "connect"});
    const auto row = office.delivery(parcels[0]);
    BOOST_TEST(row.last_status == (i % 2 == 0 ? 503 : 0));
    BOOST_TEST(row.last_fault == (i % 2 == 0 ? "" : "connect"));
    BOOST_TEST((row.last_at == house.clock.now()));
    if (i == webhooks::waits.size()) {
      BOOST_TEST((row.state == DeliveryState::failed));
      break;
    }
    BOOST_TEST((row.state == DeliveryState::pending));
    const std::chrono::microseconds wait = row.due_at - house.clock.now();
    const std::chrono::microseconds usual = webhooks::waits[i];
    BOOST_TEST((wait >= usual * 9 / 10 && wait <= usual * 11 / 10));
    spread = std::max(spread, wait > usual ? wait - usual : usual - wait);
    house.clock.advance(wait - 1us);
    BOOST_TEST(office.take().empty());
    house.clock.advance(1us);
  }
  BOOST_TEST((spread > 0us));
  const auto took = house.clock.now() - began;
  BOOST_TEST((took > 21h && took < 27h));
  house.clock.advance(48h);
  BOOST_TEST(office.take().empty());
}

namespace {

constexpr Telling plain_words{
    .contract = "plain",
    .events = "room.created",
    .tell = [](Transaction&, const Context&, const Event& event, const App&, std::string_view delivery)
        -> Result<std::optional<std::string>> { return std::optional{event.type + " " + std::string{delivery}}; },
    .waits = webhooks::waits,
    .is_any_answer_final = true,
    .add_headers = [](std::string_view delivery, Headers& headers) { headers.add("X-Request-Id", delivery); }};
constexpr Dialect plain{.name = "plain", .title = "Plain", .routes = {}, .territories = {}, .telling = &plain_words};

}  // namespace

BOOST_DATA_TEST_CASE(a_contract_says_what_its_messages_carry_and_which_answers_are_final, stores(), backend) {
  House house{backend, {}, {{.dialect = &plain}}};
  const Office office{house};
  const auto hook = house
                        .call(webhooks::create, host,
                              {.parent = office.guest.app.id, .draft = {.url = "https://h.example.net/", .contract = "plain"}})
                        .value()
                        .webhook;
  BOOST_TEST(hook.events == "room.created");
  office.cause();
  const auto first = office.take();
  BOOST_TEST_REQUIRE(first.size() == 1U);
  const auto uid = office.delivery(first[0]).uid;
  BOOST_TEST(first[0].body == "room.created " + uid);
  BOOST_TEST(first[0].headers.find("X-Request-Id").value_or("") == uid);
  BOOST_TEST(first[0].headers.find("webhook-signature").has_value());
  // What was not answered is tried again, under the same uid; an answer ends it, whichever.
  office.settle(first[0], {.status = 0, .fault = "connect"});
  BOOST_TEST((office.delivery(first[0]).state == DeliveryState::pending));
  house.clock.advance(1h);
  const auto second = office.take();
  BOOST_TEST_REQUIRE(second.size() == 1U);
  BOOST_TEST(second[0].body == first[0].body);
  office.settle(second[0], {.status = 503});
  BOOST_TEST((office.delivery(second[0]).state == DeliveryState::failed));
  house.clock.advance(48h);
  BOOST_TEST(office.take().empty());
}

BOOST_DATA_TEST_CASE(a_receiver_that_is_gone_gets_no_more, stores(), backend) {
  House house{backend};
  const Office office{house};
  const auto hook = office.open().webhook;
  office.cause();
  office.cause();
  const auto parcels = office.take(1);
  office.settle(parcels.at(0), {.status = 410});
  BOOST_TEST((office.delivery(parcels[0]).state == DeliveryState::failed));
  BOOST_TEST(!house.row<Webhook>(hook.id).is_enabled);
  BOOST_TEST(office.take().empty());
  const auto rest = house.rows(Query<Delivery>{}.where(&Delivery::last_fault, std::string{"webhook.disabled"}));
  BOOST_TEST(rest.size() == 1U);
  office.cause();
  BOOST_TEST(house.rows<Delivery>().size() == 2U);
}

BOOST_DATA_TEST_CASE(a_receipt_for_what_was_not_given_out_changes_nothing, stores(), backend) {
  House house{backend};
  const Office office{house};
  office.open();
  office.cause();
  const auto row = house.rows<Delivery>().at(0);
  for (const int status : {0, 200, 410, 500}) house.engine->postbox().settle(row.id, {.status = status});
  BOOST_TEST((to_cells(house.rows<Delivery>().at(0)) == to_cells(row)));
  house.engine->postbox().settle(Id{999}, {.status = 200});
  BOOST_TEST(office.take().size() == 1U);
  BOOST_TEST(house.log.lines().empty());
}

BOOST_DATA_TEST_CASE(an_event_is_sent_again_under_a_delivery_of_its_own, stores(), backend) {
  House house{backend};
  const Office office{house};
  const auto hook = office.open();
  office.cause();
  const auto first = office.take().at(0);
  office.settle(first, {.status = 200});
  const auto again = house.call(webhooks::replay, host, first.id).value();
  BOOST_TEST((again.id != first.id && again.event == office.delivery(first).event));
  const auto second = office.take().at(0);
  BOOST_TEST((second.id == again.id));
  BOOST_TEST(second.body == first.body);
  BOOST_TEST(second.headers.find("webhook-id").value() != first.headers.find("webhook-id").value());
  BOOST_TEST(second.headers.find("webhook-signature").value() == office.expected_signature(second, hook.secret));
  BOOST_TEST(why(house.call(webhooks::replay, host, Id{999})) == "delivery.unknown");
}

BOOST_DATA_TEST_CASE(a_disabled_webhook_gets_nothing_and_a_removed_one_takes_its_deliveries, stores(), backend) {
  House house{backend};
  const Office office{house};
  const auto hook = office.open().webhook;
  office.cause();
  house.call(webhooks::update, host, {.ref = hook.id, .draft = {.is_enabled = false}}).value();
  office.cause();
  BOOST_TEST(house.rows<Delivery>().size() == 1U);
  BOOST_TEST(office.take().empty());
  house.call(webhooks::update, host, {.ref = hook.id, .draft = {.is_enabled = true}}).value();
  office.cause();
  const auto parcel = office.take().at(0);
  house.call(webhooks::remove, host, {.ref = hook.id}).value();
  BOOST_TEST(house.rows<Delivery>().empty());
  office.settle(parcel, {.status = 500});
  BOOST_TEST(house.log.lines().empty());
  BOOST_TEST(why(house.call(webhooks::find, host, hook.id)) == "webhook.unknown");
}

BOOST_DATA_TEST_CASE(the_deliveries_of_a_tenant_that_is_not_active_rest, stores(), backend) {
  House house{backend};
  const Office office{house};
  office.open();
  office.cause();
  const auto set = [&](TenantStatus status) {
    house.call(tenants::update, host, {.ref = office.tenant.id, .draft = {.status = status}}).value();
  };
  set(TenantStatus::suspended);
  BOOST_TEST(office.take().empty());
  set(TenantStatus::active);
  BOOST_TEST(office.take().empty());
  house.clock.advance(1h);
  const auto parcels = office.take();
  BOOST_TEST_REQUIRE(parcels.size() == 1U);
  BOOST_TEST(office.delivery(parcels[0]).attempts == 1);
}

BOOST_DATA_TEST_CASE(a_secret_that_was_tampered_with_holds_up_no_other_webhook, stores(), backend) {
  House house{backend};
  const Office office{house};
  auto broken = office.open().webhook;
  const auto sound = office.open().webhook;
  house
      .run(Access::write, host,
           [&](Transaction& tx, const Context&) {
             broken.sealed.data.back() ^= 1;
             return tx.update(broken);
           })
      .value();
  office.cause();
  const auto parcels = office.take();
  BOOST_TEST_REQUIRE(parcels.size() == 1U);
  BOOST_TEST((office.delivery(parcels[0]).webhook == sound.id));
  const auto failed = house.rows(Query<Delivery>{}.where(&Delivery::webhook, broken.id)).at(0);
  BOOST_TEST((failed.state == DeliveryState::failed));
  BOOST_TEST(failed.last_fault == "internal");
}

BOOST_DATA_TEST_CASE(a_webhook_goes_to_a_plain_url, stores(), backend) {
  House house{backend};
  const Office office{house};
  for (const auto* url : {"", "ftp://example.net/", "https://", "https://user:pass@example.net/", "https://example.net/#part",
                          "https://example.net/a b", "https://example.net\\@evil.example"})
    BOOST_TEST(why(house.call(webhooks::create, host, {.parent = office.guest.app.id, .draft = {.url = url}})) ==
               "value.refused");
  for (const auto* url : {"http://example.net", "https://example.net:8443/a?b=c@d", "https://[2001:db8::1]/"})
    BOOST_TEST(why(house.call(webhooks::create, host, {.parent = office.guest.app.id, .draft = {.url = url}})) == "ok");
}

BOOST_DATA_TEST_CASE(old_events_and_deliveries_are_swept, stores(), backend) {
  House house{backend};
  const Office office{house};
  office.open();
  office.cause();
  house.engine->postbox().tend();
  const auto events = house.rows<Event>().size();
  house.clock.advance(house.engine->limits().keep_events);
  office.cause();
  house.engine->postbox().tend();
  BOOST_TEST(house.rows<Event>().size() == events + 1);
  BOOST_TEST(house.rows<Delivery>().size() == 2U);
  house.clock.advance(1min);
  house.engine->postbox().tend();
  BOOST_TEST(house.rows<Event>().size() == 1U);
  BOOST_TEST(house.rows<Delivery>().size() == 1U);
  BOOST_TEST(house.rows<Room>().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
