#include "tests/domain/fixture.hpp"

#include <chrono>

/// How keys are made, and that none is stronger than its maker.
namespace innkeeper::tests {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(making_keys)

BOOST_DATA_TEST_CASE(a_key_has_what_was_asked_for, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto end = fixture.clock.now() + 1h;
  const auto issued = fixture
                          .call(keys::create, host,
                                {.parent = guest.app.uid,
                                 .draft = {.label = "desk",
                                           .scopes = "rooms:write keys:verify",
                                           .networks = "192.0.2.0/24 2001:db8::/32",
                                           .expires_at = std::optional{end},
                                           .rate = std::optional{RateLimit{5, 10s}}}})
                          .value();
  const auto row = fixture.row<Key>(issued.key.id);
  BOOST_TEST(row.label == "desk");
  BOOST_TEST(row.scopes == "rooms:write keys:verify");
  BOOST_TEST(row.networks == "192.0.2.0/24 2001:db8::/32");
  BOOST_TEST((row.expires_at == end));
  BOOST_TEST((row.rate_quota == 5));
  BOOST_TEST((row.rate_window == 10));
  BOOST_TEST((row.mode == Mode::live));
  BOOST_TEST((row.owner == guest.app.id && row.tenant == guest.app.tenant));
  const auto who = fixture.enter(issued.secret, "192.0.2.7").value();
  BOOST_TEST((who.scopes == *Scopes::parse("rooms:write keys:verify")));
  BOOST_TEST((who.key == row.id && who.id == guest.app.id && who.tenant == guest.app.tenant));
  BOOST_TEST((who.rate_quota == 5 && who.rate_window == 10));
}

BOOST_DATA_TEST_CASE(a_secret_is_shown_once_and_lies_nowhere_in_clear, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto clerk = fixture.make_operator(tenant.id);
  const auto made = fixture.make_key(guest.app.id, {.label = "second"});
  for (const auto& secret : {guest.secret, clerk.secret, made.secret}) {
    BOOST_TEST(secret.size() == 47U);
    BOOST_TEST(tables_with(fixture, secret) == "");
  }
  const auto row = fixture.row<Key>(made.key.id);
  BOOST_TEST(row.digest.data.size() == 32U);
  BOOST_TEST(row.sealed.data.size() > made.secret.size());
  BOOST_TEST(row.prefix == made.secret.substr(0, 8));
  BOOST_TEST(row.hint == made.secret.substr(43));
}

BOOST_DATA_TEST_CASE(fields_that_break_a_rule_are_named, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto field_of = [&](keys::Draft draft) {
    const auto made = fixture.call(keys::create, host, {.parent = guest.app.id, .draft = std::move(draft)});
    BOOST_TEST_REQUIRE(why(made) == "value.refused");
    BOOST_TEST(made.error().code == Errc::invalid);
    return made.error().violations.at(0).field;
  };
  BOOST_TEST(field_of({.scopes = "rooms:paint"}) == "/scopes");
  BOOST_TEST(field_of({.scopes = ""}) == "/scopes");
  BOOST_TEST(field_of({.networks = "10.0.0.1/8"}) == "/networks");
  BOOST_TEST(field_of({.networks = "10.0.0.0/8  10.1.0.0/16"}) == "/networks");
  BOOST_TEST(field_of({.expires_at = std::optional{fixture.clock.now()}}) == "/expires_at");
  BOOST_TEST(field_of({.mode = Mode::test}) == "/mode");
}

BOOST_DATA_TEST_CASE(a_key_gives_no_scopes_that_it_has_not, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto weak = fixture.make_key(guest.app.id, {.scopes = "keys:write rooms:read"});
  const auto make = [&](keys::Draft draft) {
    return fixture.call(keys::create, weak.who, {.parent = guest.app.id, .draft = std::move(draft)});
  };
  const auto refused = make({.scopes = "*"});
  BOOST_TEST(why(refused) == "key.stronger");
  BOOST_TEST(refused.error().code == Errc::forbidden);
  BOOST_TEST(why(make({.scopes = "rooms:write"})) == "key.stronger");
  BOOST_TEST(why(make({.scopes = "read"})) == "key.stronger");
  BOOST_TEST(make({.scopes = "rooms:read"}).value().key.scopes == "rooms:read");
  BOOST_TEST(make({.scopes = "keys:read"}).value().key.scopes == "keys:read");
  BOOST_TEST(make({}).value().key.scopes == "keys:write rooms:read");
}

BOOST_DATA_TEST_CASE(a_key_gives_none_that_outlives_it_or_goes_further, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto end = fixture.clock.now() + 1h;
  const auto weak = fixture.make_key(guest.app.id, {.networks = "10.0.0.0/8", .expires_at = std::optional{end}});
  const auto make = [&](keys::Draft draft) {
    return fixture.call(keys::create, weak.who, {.parent = guest.app.id, .draft = std::move(draft)});
  };
  const auto inherited = make({}).value().key;
  BOOST_TEST((inherited.expires_at == end));
  BOOST_TEST(inherited.networks == "10.0.0.0/8");
  BOOST_TEST(why(make({.expires_at = std::optional<Instant>{}})) == "key.stronger");
  BOOST_TEST(why(make({.expires_at = std::optional{end + 1us}})) == "key.stronger");
  BOOST_TEST(why(make({.networks = ""})) == "key.stronger");
  BOOST_TEST(why(make({.networks = "10.0.0.0/7"})) != "ok");
  BOOST_TEST(why(make({.networks = "10.1.0.0/16 192.0.2.1"})) == "key.stronger");
  BOOST_TEST(why(make({.networks = "::/0"})) == "key.stronger");
  BOOST_TEST(make({.networks = "10.1.0.0/16", .expires_at = std::optional{end - 1s}}).value().key.networks == "10.1.0.0/16");
  BOOST_TEST(why(fixture.call(keys::update, weak.who, {.ref = inherited.id, .draft = {.networks = ""}})) == "key.stronger");
  BOOST_TEST(why(fixture.call(keys::update, weak.who, {.ref = inherited.id, .draft = {.networks = "10.2.0.0/16"}})) == "ok");
}

BOOST_DATA_TEST_CASE(new_apps_and_operators_and_renewed_secrets_have_their_makers_bounds, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto clerk = fixture.make_operator(tenant.id);
  const auto end = fixture.clock.now() + 1h;
  const auto scopes = std::string{"apps:write operators:write keys:write"};
  const auto weak =
      fixture.make_operator_key(clerk.row.id, {.scopes = scopes, .networks = "192.0.2.0/24", .expires_at = std::optional{end}});
  const auto app = fixture.call(apps::create, weak.who, {}).value();
  const auto made = fixture.call(operators::create, weak.who, {.name = "junior"}).value();
  const auto renewed = fixture.call(apps::renew_secret, weak.who, {.holder = app.view.app.id}).value();
  const auto renewed_operator = fixture.call(operators::renew_secret, weak.who, {.holder = made.created.id}).value();
  BOOST_TEST(why(fixture.enter(app.secret, "192.0.2.1")) == "key.unknown");
  BOOST_TEST(why(fixture.enter(made.secret, "192.0.2.1")) == "key.unknown");
  for (const auto& secret : {renewed, renewed_operator}) {
    const auto who = fixture.enter(secret, "192.0.2.1").value();
    BOOST_TEST((who.scopes == *Scopes::parse(scopes)));
    BOOST_TEST((fixture.row<Key>(who.key).expires_at == end));
    BOOST_TEST(why(fixture.enter(secret, "198.51.100.1")) == "key.network");
  }
}

BOOST_DATA_TEST_CASE(a_new_operator_has_the_scopes_that_were_asked_for_if_its_maker_has_them, stores(), backend) {
  const Fixture fixture{backend};
  const auto made = fixture.call(operators::create, host, {.name = "reader", .scopes = "tenants:read apps:write"}).value();
  BOOST_TEST((fixture.enter(made.secret, "192.0.2.1").value().scopes == *Scopes::parse("tenants:read apps:write")));
  const auto clerk = fixture.make_operator(fixture.make_tenant().id);
  const auto weak = fixture.make_operator_key(clerk.row.id, {.scopes = std::string{"apps:write operators:write"}});
  BOOST_TEST(why(fixture.call(operators::create, weak.who, {.name = "a", .scopes = "apps:read"})) == "ok");
  BOOST_TEST(why(fixture.call(operators::create, weak.who, {.name = "b", .scopes = "apps:read rooms:read"})) == "key.stronger");
  BOOST_TEST(why(fixture.call(operators::create, host, {.name = "c", .scopes = "apps:dance"})) == "value.refused");
}

BOOST_DATA_TEST_CASE(an_operator_has_a_name_of_1_to_255_characters, stores(), backend) {
  const Fixture fixture{backend};
  std::string longest;
  for (int i = 0; i < 255; ++i) longest += "\u00fc";
  BOOST_TEST(why(fixture.call(operators::create, host, {.name = longest})) == "ok");
  for (const std::string& name : {std::string{}, longest + "x", std::string{"\xff"}})
    BOOST_TEST(why(fixture.call(operators::create, host, {.name = name})) == "value.refused");
}

BOOST_DATA_TEST_CASE(a_weak_key_does_not_read_a_stronger_ones_secret, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto clerk = fixture.make_operator(tenant.id);
  const auto weak = fixture.make_operator_key(clerk.row.id, {.scopes = "keys:write apps:write"});
  BOOST_TEST(why(fixture.call(apps::secret, weak.who, guest.app.id)) == "key.stronger");
  BOOST_TEST(fixture.call(apps::secret, clerk.who, guest.app.id).value() == guest.secret);
  const auto own = fixture.call(apps::create, weak.who, {}).value();
  BOOST_TEST(fixture.call(apps::secret, weak.who, own.view.app.id).value() == own.secret);
}

BOOST_DATA_TEST_CASE(an_operators_key_without_a_quota_may_lift_the_limit_and_one_with_a_quota_may_not, stores(), backend) {
  const Fixture fixture{backend, {.key = {10, 60s}}};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto clerk = fixture.make_operator(tenant.id);
  const auto limited = fixture.make_operator_key(clerk.row.id, {.rate = std::optional{RateLimit{10, 60s}}});
  const auto make = [&](const Principal& who, std::optional<RateLimit> rate) {
    return why(fixture.call(keys::create, who, {.parent = guest.app.id, .draft = {.rate = std::optional{rate}}}));
  };
  BOOST_TEST(make(clerk.who, RateLimit{0, 60s}) == "ok");
  BOOST_TEST(make(clerk.who, RateLimit{1'000, 1s}) == "ok");
  BOOST_TEST(make(limited.who, RateLimit{0, 60s}) == "key.stronger");
  BOOST_TEST(make(limited.who, RateLimit{11, 60s}) == "key.stronger");
  BOOST_TEST(make(limited.who, RateLimit{10, 60s}) == "ok");
  BOOST_TEST(make(limited.who, std::nullopt) == "ok");
  BOOST_TEST(make(guest.who, RateLimit{0, 60s}) == "key.stronger");
  BOOST_TEST(make(guest.who, RateLimit{11, 60s}) == "key.stronger");
}

BOOST_DATA_TEST_CASE(an_app_has_keys_of_its_own_mode_only, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto test_app = fixture.make_app(tenant.id, Mode::test);
  BOOST_TEST((test_app.who.mode == Mode::test));
  BOOST_TEST((fixture.make_key(test_app.app.id, {}).key.mode == Mode::test));
  BOOST_TEST(why(fixture.call(keys::create, host, {.parent = test_app.app.id, .draft = {.mode = Mode::live}})) ==
             "value.refused");
  BOOST_TEST(
      (fixture.enter(fixture.call(apps::renew_secret, host, {.holder = test_app.app.id}).value()).value().mode == Mode::test));
}

BOOST_DATA_TEST_CASE(a_test_key_reaches_nothing_of_a_live_app, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto live = fixture.make_app(tenant.id);
  const auto test_app = fixture.make_app(tenant.id, Mode::test);
  const auto clerk = fixture.make_operator(tenant.id);
  const auto tester = fixture.make_operator_key(clerk.row.id, {.mode = Mode::test});
  BOOST_TEST((tester.who.mode == Mode::test));

  BOOST_TEST(why(fixture.call(apps::find, tester.who, live.app.id)) == "key.test_mode");
  BOOST_TEST(why(fixture.call(rooms::create, tester.who, {.parent = live.app.id})) == "key.test_mode");
  BOOST_TEST(why(fixture.call(keys::create, tester.who, {.parent = live.app.id})) == "key.test_mode");
  BOOST_TEST(why(fixture.call(keys::find, tester.who, live.who.key)) == "key.test_mode");
  BOOST_TEST(why(fixture.call(apps::create, tester.who, {.draft = {.mode = Mode::live}})) == "key.test_mode");
  BOOST_TEST((fixture.call(apps::create, tester.who, {}).value().view.app.mode == Mode::test));
  BOOST_TEST(fixture.call(apps::list_views, tester.who, {}).value().items.size() == 2U);
  BOOST_TEST(fixture.call(apps::list, tester.who, {}).value().items.size() == 2U);
  BOOST_TEST(fixture.call(apps::find, tester.who, test_app.app.id).has_value());
  BOOST_TEST(fixture.call(apps::find, clerk.who, test_app.app.id).has_value());

  const auto status = fixture.call(keys::verify, tester.who, {.secret = live.secret}).value();
  BOOST_TEST(!status.is_valid);
  BOOST_TEST(status.reason.name == "key.unknown");
  BOOST_TEST(fixture.call(keys::verify, tester.who, {.secret = test_app.secret}).value().is_valid);
}

BOOST_DATA_TEST_CASE(a_test_key_makes_and_changes_no_live_keys_of_operators, stores(), backend) {
  const Fixture fixture{backend};
  const auto clerk = fixture.make_operator(fixture.make_tenant().id);
  const auto tester = fixture.make_operator_key(clerk.row.id, {.mode = Mode::test});
  const auto make = [&](keys::Draft draft) {
    return fixture.call(keys::create, tester.who,
                        {.parent = clerk.row.id, .holder = KeyOwner::administrator, .draft = std::move(draft)});
  };
  BOOST_TEST(why(make({.mode = Mode::live})) == "key.stronger");
  BOOST_TEST((make({}).value().key.mode == Mode::test));
  BOOST_TEST(why(fixture.call(keys::rotate, tester.who, {.ref = clerk.who.key})) == "key.test_mode");
  BOOST_TEST(why(fixture.call(keys::revoke, tester.who, clerk.who.key)) == "key.test_mode");
  BOOST_TEST(why(fixture.call(operators::renew_secret, tester.who, {.holder = clerk.row.id})) == "key.test_mode");
  const auto junior = fixture.call(operators::create, tester.who, {.name = "junior"}).value();
  BOOST_TEST((fixture.enter(junior.secret).value().mode == Mode::test));
  const auto seen = fixture.call(keys::list, tester.who, {.parent = clerk.row.id, .holder = KeyOwner::administrator}).value();
  BOOST_TEST(seen.items.size() == 2U);
}

BOOST_DATA_TEST_CASE(an_app_sees_its_own_keys_and_no_operators, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto sibling = fixture.make_app(tenant.id);
  const auto clerk = fixture.make_operator(tenant.id);
  const keys::KeyListing operators_keys{.parent = clerk.row.id, .holder = KeyOwner::administrator};

  BOOST_TEST(fixture.call(keys::list, guest.who, {.parent = guest.app.id}).value().items.size() == 1U);
  BOOST_TEST(why(fixture.call(keys::list, guest.who, {.parent = sibling.app.id})) == "app.unknown");
  BOOST_TEST(why(fixture.call(keys::list, guest.who, operators_keys)) == "operator.unknown");
  BOOST_TEST(why(fixture.call(keys::create, guest.who, {.parent = clerk.row.id, .holder = KeyOwner::administrator})) ==
             "operator.unknown");
  for (const auto key : {sibling.who.key, clerk.who.key}) {
    BOOST_TEST(why(fixture.call(keys::find, guest.who, key)) == "key.unknown");
    BOOST_TEST(why(fixture.call(keys::update, guest.who, {.ref = key})) == "key.unknown");
    BOOST_TEST(why(fixture.call(keys::rotate, guest.who, {.ref = key})) == "key.unknown");
    BOOST_TEST(why(fixture.call(keys::revoke, guest.who, key)) == "key.unknown");
    BOOST_TEST(why(fixture.call(keys::remove, guest.who, {.ref = key})) == "key.unknown");
  }
  BOOST_TEST(fixture.call(keys::find, guest.who, guest.who.key).has_value());
  BOOST_TEST(fixture.call(keys::list, clerk.who, operators_keys).value().items.size() == 1U);
}

BOOST_DATA_TEST_CASE(operators_keys_want_the_operators_scope, stores(), backend) {
  const Fixture fixture{backend};
  const auto clerk = fixture.make_operator(fixture.make_tenant().id);
  const auto reader = fixture.make_operator_key(clerk.row.id, {.scopes = "keys:write operators:read"});
  BOOST_TEST(why(fixture.call(keys::find, reader.who, clerk.who.key)) == "ok");
  BOOST_TEST(why(fixture.call(keys::revoke, reader.who, clerk.who.key)) == "scope.missing");
  const auto other = fixture.make_operator_key(clerk.row.id, {.scopes = "keys:write"});
  BOOST_TEST(why(fixture.call(keys::find, other.who, clerk.who.key)) == "scope.missing");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
