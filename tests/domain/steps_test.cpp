#include "tests/domain/site.hpp"

#include <innkeeper/courier.hpp>
#include <innkeeper/transfer.hpp>

#include <chrono>
#include <string>

/// Changes that concern many rows: they hold at once, and no transaction writes more than some hundred rows for them.
namespace innkeeper::tests {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(steps)

// ---- suspension --------------------------------------------------------------------------------------------------------------

BOOST_DATA_TEST_CASE(what_a_suspended_member_has_is_refused_at_once_and_its_rows_follow, counting_stores(), backend) {
  Site site{backend};
  MemberPasses passes{site};
  passes.bury();
  site.store().forget();
  site.set(MemberStatus::suspended);
  site.require_short_steps();
  const auto when = site.fixture.clock.now();
  BOOST_TEST(passes.shown() == all_revoked);
  BOOST_TEST(!site.fixture.row<MemberToken>(passes.token.row.id).revoked_at);

  site.fixture.clock.advance(1h);
  site.set(MemberStatus::active);
  BOOST_TEST(passes.shown() == all_revoked);
  const MemberPasses later{site};
  BOOST_TEST(later.shown() == "ok ok ok");

  site.maintain_until_done();
  BOOST_TEST(passes.revoked_at<MemberToken>(when) == all_many + 1);
  BOOST_TEST(passes.revoked_at<JoinToken>(when) == all_many + 1);
  BOOST_TEST(passes.revoked_at<StreamKey>(when) == all_many + 1);
  BOOST_TEST(site.told("member_token.revoked_many") == many + 1);
  BOOST_TEST(site.told("join_token.revoked_many") == many + 1);
  BOOST_TEST(site.told("stream_key.revoked_many") == many + 1);
  BOOST_TEST(passes.shown() == all_revoked);
  BOOST_TEST(!site.fixture.row<MemberToken>(later.token.row.id).revoked_at);
  BOOST_TEST(why(site.fixture.call(member_tokens::verify, host, later.token.token)) == "ok");
  BOOST_TEST(why(site.fixture.call(stream_keys::verify, host, later.key.secret)) == "ok");
}

BOOST_DATA_TEST_CASE(whatever_the_clock_says_what_was_revoked_stays_so_and_what_comes_after_is_good, counting_stores(), backend) {
  Site site{backend};
  MemberPasses passes{site};
  passes.bury();
  // By another's clock some of them have expired, and maintenance has taken them out.
  const auto are_valid = [&] { return (" " + passes.shown() + " ").find(" ok ") != std::string::npos; };
  site.fixture.clock.advance(-24h * 3'650);
  site.set(MemberStatus::suspended);
  BOOST_TEST(passes.shown() == all_revoked);
  for (const auto by : {24h * 7'300, -24h * 5'000, 24h * 10'000, -24h * 12'000}) {
    site.fixture.clock.advance(by);
    site.set(MemberStatus::active);
    BOOST_TEST(!are_valid());
    const MemberPasses later{site};
    BOOST_TEST(later.shown() == "ok ok ok");
    site.fixture.engine->webhook_queue().maintain();
    BOOST_TEST(why(site.fixture.call(member_tokens::verify, host, later.token.token)) == "ok");
    site.set(MemberStatus::suspended);
    BOOST_TEST(!are_valid());
    BOOST_TEST(later.shown() == "token.revoked token.used token.revoked");
  }
}

BOOST_DATA_TEST_CASE(rows_that_maintenance_has_not_come_to_are_shown_as_they_will_be, counting_stores(), backend) {
  Site site{backend};
  MemberPasses passes{site};
  passes.bury();
  const auto first = site.fixture.clock.now();
  site.set(MemberStatus::suspended);
  site.fixture.clock.advance(1min);
  site.set(MemberStatus::active);
  const MemberPasses between{site};
  passes.bury();
  site.fixture.clock.advance(1min);
  const auto second = site.fixture.clock.now();
  site.set(MemberStatus::suspended);

  const auto is = [&](const auto& row, Instant when) { return row.revoked_at == std::optional{when}; };
  const auto require_times = [&] {
    const auto& fixture = site.fixture;
    BOOST_TEST(is(fixture.call(join_tokens::find, host, passes.entry.row.id).value(), first));
    BOOST_TEST(is(fixture.call(join_tokens::find, host, between.entry.row.id).value(), second));
    BOOST_TEST(is(fixture.call(stream_keys::find, host, passes.key.row.id).value(), first));
    BOOST_TEST(is(fixture.call(stream_keys::find, host, between.key.row.id).value(), second));
    BOOST_TEST(is(fixture.call(member_tokens::list, host, {.parent = site.member.id}).value().items.front(), first));
    BOOST_TEST(is(fixture.call(join_tokens::list, host, {.parent = passes.room.id}).value().items.front(), first));
    BOOST_TEST(is(fixture.call(stream_keys::list, host, {.parent = site.guest.app.id}).value().items.front(), first));
    // Revoking it once more changes nothing.
    BOOST_TEST(is(fixture.call(stream_keys::revoke, host, passes.key.row.id).value(), first));
  };
  BOOST_TEST(site.tasks() > 0U);
  require_times();
  site.maintain_until_done();
  require_times();
  BOOST_TEST(passes.revoked_at<StreamKey>(first) == all_many + 1);
  BOOST_TEST(passes.revoked_at<StreamKey>(second) == all_many + 1);
}

BOOST_DATA_TEST_CASE(an_engine_goes_on_with_what_another_has_left, counting_stores(), backend) {
  Site site{backend};
  MemberPasses passes{site};
  site.put(25'000, MemberToken{.member = site.member.id});
  site.set(MemberStatus::suspended);
  site.fixture.engine->webhook_queue().maintain();
  BOOST_TEST(site.tasks() == 1U);
  site.reopen();
  BOOST_TEST(passes.shown() == all_revoked);
  site.maintain_until_done();
  BOOST_TEST(passes.revoked_at<MemberToken>(site.fixture.clock.now()) == 25'001U);
  BOOST_TEST(site.told("member_token.revoked_many") == 25'001);
}

BOOST_DATA_TEST_CASE(a_long_task_holds_up_no_other, counting_stores(), backend) {
  Site site{backend};
  site.put(25'000, MemberToken{.member = site.member.id});
  const auto device = site.fixture.call(devices::create, host, {.parent = site.guest.app.id}).value();
  site.put(many, Reading{.device = device.id});
  site.set(MemberStatus::suspended);
  site.fixture.call(devices::remove, host, {.ref = device.id}).value();
  site.fixture.engine->webhook_queue().maintain();
  BOOST_TEST(site.fixture.rows<Reading>().empty());
  BOOST_TEST(site.tasks() == 1U);
}

// ---- what is taken out -------------------------------------------------------------------------------------------------------

BOOST_DATA_TEST_CASE(a_member_goes_at_once_with_all_it_had, counting_stores(), backend) {
  Site site{backend};
  MemberPasses{site}.bury();
  const MemberPasses passes{site};
  const auto device =
      site.fixture.call(devices::create, host, {.parent = site.guest.app.id, .draft = {.member = site.member.uid}}).value();
  site.put(many, Device{.member = site.member.id});
  site.fixture.call(members::remove, site.guest.who, {.ref = site.member.id}).value();
  site.require_short_steps();
  const auto& fixture = site.fixture;
  BOOST_TEST(fixture.rows<StreamKey>().size() > 0U);
  BOOST_TEST(passes.shown() == "token.unknown token.unknown stream_key.unknown");
  BOOST_TEST(why(fixture.call(member_tokens::revoke, host, passes.token.row.id)) == "token.unknown");
  BOOST_TEST(why(fixture.call(join_tokens::find, host, passes.entry.row.id)) == "token.unknown");
  BOOST_TEST(why(fixture.call(stream_keys::find, host, passes.key.row.id)) == "stream_key.unknown");
  BOOST_TEST(why(fixture.call(stream_keys::revoke, host, passes.key.row.id)) == "stream_key.unknown");
  for (const auto& key : fixture.call(stream_keys::list, host, {.parent = site.guest.app.id}).value().items)
    BOOST_TEST(key.revoked_at.has_value());
  BOOST_TEST((fixture.call(devices::find, host, device.id).value().member == Id::none));
  for (const auto& each : fixture.call(devices::list, host, {.parent = site.guest.app.id}).value().items)
    BOOST_TEST((each.member == Id::none));
  site.maintain_until_done();
  BOOST_TEST(fixture.rows<MemberToken>().empty());
  BOOST_TEST(fixture.rows<JoinToken>().empty());
  BOOST_TEST(fixture.rows<StreamKey>().empty());
  BOOST_TEST(fixture.rows<Device>(Query<Device>{}.where(&Device::member, Id::none)).size() == all_many + 1);
  BOOST_TEST(fixture.rows<Event>(Query<Event>{}.where(&Event::type, "device.updated")).size() == all_many + 1);
}

BOOST_DATA_TEST_CASE(a_room_a_device_and_a_webhook_go_at_once_and_what_is_theirs_follows, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  MemberPasses passes{site};
  site.put(many, JoinToken{.room = passes.room.id});
  const auto device = fixture.call(devices::create, host, {.parent = site.guest.app.id}).value();
  site.put(many, Reading{.device = device.id});
  const auto webhook =
      fixture.call(webhooks::create, host, {.parent = site.guest.app.id, .url = "https://example.org/"}).value().webhook;
  site.put(many, Delivery{.webhook = webhook.id, .state = DeliveryState::failed});
  const auto delivery = fixture.rows<Delivery>(Query<Delivery>{}.order_by(&Delivery::id, true).limit(1)).front();

  fixture.call(webhooks::remove, host, {.ref = webhook.id}).value();
  fixture.call(rooms::remove, host, {.ref = passes.room.id}).value();
  fixture.call(devices::remove, host, {.ref = device.id}).value();
  site.require_short_steps();
  BOOST_TEST(fixture.rows<JoinToken>().size() > 0U);
  BOOST_TEST(why(fixture.call(join_tokens::redeem, host, passes.entry.token)) == "token.unknown");
  const auto left = fixture.rows<JoinToken>().front().id;
  BOOST_TEST(why(fixture.call(join_tokens::find, host, left)) == "token.unknown");
  BOOST_TEST(why(fixture.call(join_tokens::revoke, host, left)) == "token.unknown");
  const revocations::Criteria criteria{
      .app = site.guest.app.id, .kind = revocations::Kind::join_tokens, .token = std::to_string(number(left))};
  BOOST_TEST(!fixture.call(revocations::revoke, host, criteria));
  BOOST_TEST(why(fixture.call(webhooks::replay, host, delivery.id)) == "delivery.unknown");
  BOOST_TEST(fixture.engine->webhook_queue().take(10).empty());
  site.maintain_until_done();
  BOOST_TEST(fixture.rows<JoinToken>().empty());
  BOOST_TEST(fixture.rows<Reading>().empty());
  BOOST_TEST(fixture.rows<Delivery>().empty());
}

BOOST_DATA_TEST_CASE(an_app_goes_at_once_with_all_that_is_beneath_it, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  const auto other = fixture.make_app(site.tenant.id);
  fixture.call(rooms::create, host, {.parent = other.app.id, .draft = {.name = "theirs"}}).value();
  MemberPasses passes{site};
  passes.bury();
  site.put(many, Key{.owner = site.guest.app.id});
  site.put(many, Room{});
  for (int i = 0; i < 3; ++i) {
    const auto device = fixture.call(devices::create, host, {.parent = site.guest.app.id}).value();
    site.put(400, Reading{.device = device.id});
  }
  site.put(2, Session{});
  for (const auto& session : fixture.rows<Session>()) {
    site.put(400, Participation{.session = session.id});
    site.put(400, Recording{.session = session.id});
  }
  site.put(many, Event{.type = "room.created"});
  const auto last = fixture.make_key(site.guest.app.id, {});
  fixture.call(apps::remove, host, {.ref = site.guest.app.id}).value();
  site.require_short_steps();
  BOOST_TEST(why(fixture.enter(last.secret)) == "key.unknown");
  BOOST_TEST(why(fixture.call(apps::find, host, site.guest.app.id)) == "app.unknown");
  BOOST_TEST(why(fixture.call(rooms::find, host, passes.room.id)) == "room.unknown");
  const auto heir = [&] { return why(fixture.call(apps::create, host, {.parent = site.tenant.id, .id = site.guest.app.id})); };
  BOOST_TEST(heir() == "app.id_taken");
  BOOST_TEST(why(fixture.call(stream_keys::verify, host, passes.key.secret)) == "stream_key.unknown");
  site.reopen();
  site.maintain_until_done();
  each_entity([&]<class E>() {
    if constexpr (std::is_same_v<E, QuotaUsage>)
      BOOST_TEST(fixture.rows(Query<QuotaUsage>{}.where(&QuotaUsage::app, number(site.guest.app.id))).empty());
    else if constexpr (requires(E row) { row.app; } && !std::is_same_v<E, Audit>)
      BOOST_TEST(fixture.rows<E>(Query<E>{}.where(&E::app, site.guest.app.id)).empty(), table_of<E>.name);
  });
  BOOST_TEST(fixture.rows<Key>().size() == 1U);
  BOOST_TEST(fixture.rows<Room>().size() == 1U);
  BOOST_TEST(heir() == "ok");
  BOOST_TEST(why(fixture.enter(other.secret)) == "ok");
}

BOOST_DATA_TEST_CASE(an_operator_goes_at_once_with_its_keys_and_tokens, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  const auto clerk = site.make_busy_operator();
  fixture.call(operators::remove, host, {.ref = clerk.row.id}).value();
  site.require_short_steps();
  BOOST_TEST(fixture.rows<Key>().size() > 1U);
  BOOST_TEST(why(fixture.enter(clerk.secret)) == "key.unknown");
  BOOST_TEST(why(fixture.call(access_tokens::issue, host, {.name = "clerk", .secret = clerk.secret})) == "credential.unknown");
  BOOST_TEST(why(fixture.run(Access::read, host, [&](Transaction& tx, const Context& context) {
               return access_tokens::authenticate(tx, context, clerk.token, "");
             })) == "token.unknown");
  site.maintain_until_done();
  BOOST_TEST(fixture.rows<Key>().size() == 1U);
  BOOST_TEST(fixture.rows<AccessToken>().empty());
}

// ---- keys --------------------------------------------------------------------------------------------------------------------

BOOST_DATA_TEST_CASE(keys_that_were_replaced_are_as_good_as_gone_before_they_are, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  const auto app = site.guest.app.id;
  site.put(many, Key{.owner = app, .made_by = site.guest.who.key});
  const auto last = fixture.make_key(app, {});
  const auto made = fixture.call(keys::create, last.who, {.parent = app}).value();
  const auto secret = fixture.call(apps::renew_secret, last.who, {.holder = app}).value();
  site.require_short_steps();
  BOOST_TEST(fixture.rows<Key>().size() > 2U);
  BOOST_TEST(why(fixture.enter(site.guest.secret)) == "key.unknown");
  BOOST_TEST(why(fixture.enter(last.secret)) == "key.unknown");
  BOOST_TEST(why(fixture.enter(made.secret)) == "key.unknown");
  BOOST_TEST(why(fixture.call(keys::find, host, last.key.id)) == "key.unknown");
  BOOST_TEST(why(fixture.call(keys::revoke, host, last.key.id)) == "key.unknown");
  BOOST_TEST(fixture.call(keys::list, host, {.parent = app}).value().items.size() == 1U);
  BOOST_TEST(!fixture.call(keys::verify, host, {.secret = last.secret}).value().is_valid);
  BOOST_TEST(fixture.call(apps::secret, host, app).value() == secret);
  const auto renewed = fixture.enter(secret).value();
  const auto another = fixture.call(keys::create, renewed, {.parent = app}).value();
  site.maintain_until_done();
  BOOST_TEST(fixture.rows<Key>().size() == 2U);
  BOOST_TEST(why(fixture.enter(secret)) == "ok");
  BOOST_TEST(why(fixture.enter(another.secret)) == "ok");
  // The caller's own key is among those that went, and was the host's.
  BOOST_TEST((fixture.row<Key>(renewed.key).made_by == Id::none));
}

BOOST_DATA_TEST_CASE(a_secret_that_an_operator_had_before_is_no_good_before_its_row_is_gone, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  const auto clerk = site.make_busy_operator();
  const auto last = fixture.make_operator_key(clerk.row.id, {});
  const auto secret = fixture.call(operators::renew_secret, host, {.holder = clerk.row.id}).value();
  site.require_short_steps();
  const auto is_let_in = [&](const std::string& with) {
    return why(fixture.call(access_tokens::issue, host, {.name = "clerk", .secret = with}));
  };
  BOOST_TEST(why(fixture.enter(last.secret)) == "key.unknown");
  BOOST_TEST(is_let_in(last.secret) == "credential.unknown");
  BOOST_TEST(is_let_in(secret) == "ok");
  BOOST_TEST(why(fixture.call(access_tokens::show, host, clerk.token)) == "token.unknown");
  // The same secret again, while rows of the time before are there.
  BOOST_TEST(fixture.call(operators::renew_secret, host, {.holder = clerk.row.id, .secret = last.secret}).value() == last.secret);
  BOOST_TEST(why(fixture.enter(last.secret)) == "ok");
  BOOST_TEST(why(fixture.enter(secret)) == "key.unknown");
  site.maintain_until_done();
  BOOST_TEST(why(fixture.enter(last.secret)) == "ok");
  BOOST_TEST(fixture.rows<Key>().size() == 2U);
}

BOOST_DATA_TEST_CASE(a_key_goes_at_once_and_what_it_made_is_its_makers_in_the_end, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  const auto app = site.guest.app.id;
  const auto middle = fixture.call(keys::create, site.guest.who, {.parent = app}).value();
  site.put(many, Key{.owner = app, .made_by = middle.key.id});
  const auto last = fixture.call(keys::create, fixture.enter(middle.secret).value(), {.parent = app}).value();
  fixture.call(keys::remove, host, {.ref = middle.key.id}).value();
  site.require_short_steps();
  BOOST_TEST(why(fixture.enter(middle.secret)) == "key.unknown");
  BOOST_TEST(why(fixture.call(keys::find, host, middle.key.id)) == "key.unknown");
  BOOST_TEST(why(fixture.enter(last.secret)) == "ok");
  BOOST_TEST((fixture.row<Key>(last.key.id).made_by == middle.key.id));
  // The lineage does not end at what is as good as gone, and does not count it.
  const auto ended = fixture.call(keys::revoke_lineage, host, site.guest.who.key).value();
  BOOST_TEST((ended.has_more && ended.revoked > 50));
  site.require_short_steps();
  site.maintain_until_done();
  BOOST_TEST((fixture.row<Key>(last.key.id).made_by == site.guest.who.key));
  std::int64_t revoked = ended.revoked;
  for (bool has_more = true; has_more;) {
    const auto next = fixture.call(keys::revoke_lineage, host, site.guest.who.key).value();
    revoked += next.revoked;
    has_more = next.has_more;
  }
  BOOST_TEST(revoked == many + 1);
  BOOST_TEST(why(fixture.enter(last.secret)) == "key.revoked");
}

// ---- sessions and rooms ------------------------------------------------------------------------------------------------------

BOOST_DATA_TEST_CASE(the_call_records_of_a_large_session_follow_its_end, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  const auto report = [&](std::string id, events::Type type, Instant at) {
    fixture
        .call(events::report, site.guest.who,
              {.reports = {{.id = std::move(id), .type = type, .at = at, .data = {"{}"}, .session = "s"}}})
        .value();
  };
  const auto begun = fixture.clock.now();
  report("1", events::Type::session_started, begun);
  const auto session = fixture.rows<Session>().front().id;
  // More than one call of maintenance closes.
  constexpr int crowd = 13'000;
  site.put(crowd, Participation{.session = session});
  site.put(1, Participation{.session = session, .left_at = begun + 1s, .closed_at = begun + 1s});
  report("2", events::Type::session_ended, begun + 1min);
  site.require_short_steps();
  site.maintain_until_done();
  const auto closed_at = [&](Instant at) {
    const std::optional<Instant> when{at};
    return fixture.rows<Participation>(Query<Participation>{}.where(&Participation::closed_at, when)).size();
  };
  BOOST_TEST(closed_at(begun + 1min) == std::size_t{crowd});
  // Its end moves, and moves again before all rows say so.
  report("3", events::Type::session_ended, begun + 2min);
  fixture.engine->webhook_queue().maintain();
  BOOST_TEST(closed_at(begun + 2min) > 10'000U);
  report("4", events::Type::session_ended, begun + 3min);
  BOOST_TEST(site.tasks() == 1U);
  site.maintain_until_done();
  BOOST_TEST(closed_at(begun + 3min) == std::size_t{crowd});
  BOOST_TEST(closed_at(begun + 1s) == 1U);
}

BOOST_DATA_TEST_CASE(rooms_whose_time_is_over_go_in_steps, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  site.put(many, Room{.kind = RoomKind::ad_hoc, .ends_at = fixture.clock.now()});
  const auto room = fixture.rows<Room>().front().id;
  site.put(many, JoinToken{.room = room});
  for (int i = 0; i < 20; ++i)
    fixture.call(webhooks::create, host, {.parent = site.guest.app.id, .url = "https://example.org/"}).value();
  site.store().forget();
  for (int calls = 0; calls < 10 && !(fixture.rows<Room>().empty() && fixture.rows<JoinToken>().empty()); ++calls) {
    site.fixture.clock.advance(2min);
    fixture.engine->webhook_queue().maintain();
  }
  BOOST_TEST(fixture.rows<Room>().empty());
  BOOST_TEST(fixture.rows<JoinToken>().empty());
  site.require_short_steps();
}

// ---- export and import -------------------------------------------------------------------------------------------------------

BOOST_DATA_TEST_CASE(an_export_and_an_import_know_what_is_left_to_do, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  MemberPasses passes{site};
  site.put(many, StreamKey{.member = site.member.id, .label = "old"});
  site.set(MemberStatus::suspended);
  site.set(MemberStatus::active);
  const auto gone = fixture.call(members::create, host, {.parent = site.guest.app.id}).value();
  const auto orphan =
      fixture.call(stream_keys::create, host, {.parent = site.guest.app.id, .draft = {.member = gone.uid}}).value();
  site.put(many, StreamKey{.member = gone.id, .label = "orphan"});
  fixture.call(members::remove, host, {.ref = gone.id}).value();
  site.put(many, Key{.owner = site.guest.app.id});
  const auto former = fixture.make_key(site.guest.app.id, {});
  const auto secret = fixture.call(apps::renew_secret, host, {.holder = site.guest.app.id}).value();
  BOOST_TEST(site.tasks() == 3U);

  const auto document = export_document(*fixture.engine, /*with_secrets=*/false).value();
  BOOST_TEST(document.find(orphan.row.uid) == std::string::npos);
  BOOST_TEST(document.find(former.key.uid) == std::string::npos);
  Fixture other{backend};
  BOOST_TEST(why(import_document(*other.engine, document, {})) == "ok");
  const std::optional<Instant> never;
  BOOST_TEST(other.rows<StreamKey>(Query<StreamKey>{}.where(&StreamKey::revoked_at, never)).empty());
  BOOST_TEST(other.rows<Key>().size() == 1U);

  BOOST_TEST(why(import_document(*fixture.engine, document, {})) == "ok");
  BOOST_TEST(site.tasks() == 0U);
  BOOST_TEST(why(fixture.enter(secret)) == "ok");
  BOOST_TEST(why(fixture.call(stream_keys::verify, host, passes.key.secret)) == "token.revoked");
  // What the document makes of the store counts from then on.
  const MemberPasses later{site};
  const auto again = export_document(*fixture.engine, /*with_secrets=*/true).value();
  BOOST_TEST(why(import_document(*fixture.engine, again, {})) == "ok");
  BOOST_TEST(why(fixture.call(stream_keys::verify, host, later.key.secret)) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
