#include "tests/domain/fixture.hpp"

#include <innkeeper/courier.hpp>

#include "engine/domain/access_tokens.hpp"

#include <chrono>
#include <utility>

/// How keys end: by rotation, revocation, their own time, and where they may be used from.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

/// A token of an operator, and whether it is good still, told in both ways.
struct SkyWay {
  const Fixture& fixture;
  std::string tenant;
  std::string issue(const Fixture::OperatorLogin& clerk, const std::string& secret) const {
    return fixture.call(access_tokens::issue, host, {.name = clerk.row.name, .secret = secret, .tenant = tenant}).value().token;
  }
  std::string authenticate(const std::string& token, const std::string& address = "") const {
    return why(fixture.run(Access::read, host, [&](Transaction& tx, const Context& context) {
      return access_tokens::authenticate(tx, context, token, address);
    }));
  }
  std::string show(const std::string& token) const { return why(fixture.call(access_tokens::show, host, token)); }
};

/// What becomes of a login, and of which tenant the token is.
std::pair<std::string, Id> sign_in(const Fixture& fixture, const access_tokens::NamedLogin& named_login) {
  const auto issued = fixture.run(Access::write, host, [&](Transaction& tx, const Context& context) {
    return access_tokens::sign_in(tx, context, named_login);
  });
  return {why(issued), issued ? issued->session.token.tenant : Id::none};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(life_of_keys)

BOOST_DATA_TEST_CASE(a_tenant_may_be_named_where_just_one_that_the_operator_may_use_has_the_name, stores(), backend) {
  const Fixture fixture{backend};
  const auto first = fixture.make_tenant("twin");
  const auto second = fixture.make_tenant("twin");
  const auto clerk = fixture.make_operator(second.id);
  const auto root = fixture.make_operator(Id::none, "root");
  const std::string unknown{"credential.unknown"};
  const auto as_operator = [&](const std::string& tenant) {
    return sign_in(fixture, {.name = "clerk", .secret = clerk.secret, .tenant_name = tenant});
  };
  const auto as_root = [&](const std::string& uid, const std::string& name) {
    return sign_in(fixture, {.uid = root.row.uid, .secret = root.secret, .tenant = uid, .tenant_name = name});
  };
  BOOST_TEST((as_operator("twin") == std::pair{std::string{"ok"}, second.id}));
  BOOST_TEST(as_operator("Twin").first == unknown);
  BOOST_TEST(as_root("", "twin").first == unknown);
  BOOST_TEST((as_root(first.uid, "twin") == std::pair{std::string{"ok"}, first.id}));
  BOOST_TEST(as_root(first.uid, "other").first == unknown);
  fixture.call(tenants::update, host, {.ref = first.id, .draft = {.status = TenantStatus::deleted}}).value();
  BOOST_TEST((as_root("", "twin") == std::pair{std::string{"ok"}, second.id}));
  BOOST_TEST(as_root(first.uid, "").first == unknown);
}

BOOST_DATA_TEST_CASE(an_operator_that_a_login_does_not_name_gets_no_token, stores(), backend) {
  const Fixture fixture{backend};
  const auto clerk = fixture.make_operator(fixture.make_tenant().id);
  BOOST_TEST(sign_in(fixture, {.uid = clerk.row.uid, .secret = clerk.secret}).first == "ok");
  BOOST_TEST(sign_in(fixture, {.secret = clerk.secret}).first == "credential.unknown");
  BOOST_TEST(sign_in(fixture, {.uid = clerk.row.uid, .name = "other", .secret = clerk.secret}).first == "credential.unknown");
  BOOST_TEST(sign_in(fixture, {.uid = "other", .name = "clerk", .secret = clerk.secret}).first == "credential.unknown");
}

BOOST_DATA_TEST_CASE(after_a_rotation_the_old_secret_goes_on_for_its_grace, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto next = fixture.call(keys::rotate, guest.who, {.ref = guest.who.key, .grace = 1h}).value();
  BOOST_TEST(next.secret != guest.secret);
  BOOST_TEST((fixture.row<Key>(guest.who.key).replaced_by == next.key.id));
  fixture.clock.advance(1h - 1us);
  BOOST_TEST(why(fixture.enter(guest.secret)) == "ok");
  fixture.clock.advance(1us);
  BOOST_TEST(why(fixture.enter(guest.secret)) == "key.expired");
  BOOST_TEST(why(fixture.enter(next.secret)) == "ok");
}

BOOST_DATA_TEST_CASE(without_grace_the_old_secret_ends_at_once, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto next = fixture.call(keys::rotate, host, {.ref = guest.who.key}).value();
  BOOST_TEST(why(fixture.enter(guest.secret)) == "key.expired");
  BOOST_TEST(why(fixture.enter(next.secret)) == "ok");
}

BOOST_DATA_TEST_CASE(grace_gives_no_key_more_time_than_it_had, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto end = fixture.clock.now() + 10min;
  const auto old = fixture.make_key(guest.app.id, {.expires_at = std::optional{end}});
  const auto next = fixture.call(keys::rotate, host, {.ref = old.key.id, .grace = 1h}).value();
  BOOST_TEST((fixture.row<Key>(old.key.id).expires_at == end));
  BOOST_TEST((next.key.expires_at == end));
  fixture.clock.set(end);
  BOOST_TEST(why(fixture.enter(old.secret)) == "key.expired");
  BOOST_TEST(why(fixture.enter(next.secret)) == "key.expired");
}

BOOST_DATA_TEST_CASE(a_successor_has_all_that_the_key_had, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto old = fixture.make_key(guest.app.id, {.label = "desk",
                                                   .scopes = "rooms:write",
                                                   .networks = "192.0.2.0/24",
                                                   .expires_at = std::optional{fixture.clock.now() + 1h},
                                                   .rate = std::optional{RateLimit{9, 3s}}});
  const auto next = fixture.call(keys::rotate, host, {.ref = old.key.id, .grace = 1min}).value().key;
  BOOST_TEST(next.label == "desk");
  BOOST_TEST(next.scopes == "rooms:write");
  BOOST_TEST(next.networks == "192.0.2.0/24");
  BOOST_TEST((next.expires_at == old.key.expires_at));
  BOOST_TEST((next.rate_quota == 9 && next.rate_window == 3));
  BOOST_TEST((next.mode == old.key.mode && next.owner == old.key.owner && next.owner_kind == old.key.owner_kind));
  BOOST_TEST((next.replaced_by == Id::none));
}

BOOST_DATA_TEST_CASE(a_key_that_has_ended_or_was_rotated_is_not_rotated, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto rotated = fixture.make_key(guest.app.id, {});
  const auto revoked = fixture.make_key(guest.app.id, {});
  const auto expired = fixture.make_key(guest.app.id, {.expires_at = std::optional{fixture.clock.now() + 1s}});
  fixture.call(keys::rotate, host, {.ref = rotated.key.id, .grace = 1h}).value();
  fixture.call(keys::revoke, host, revoked.key.id).value();
  fixture.clock.advance(1s);
  const auto rotate = [&](const Fixture::KeyLogin& key) { return fixture.call(keys::rotate, host, {.ref = key.key.id}); };
  BOOST_TEST(why(rotate(rotated)) == "key.replaced");
  BOOST_TEST(rotate(rotated).error().code == Errc::conflict);
  BOOST_TEST(why(rotate(revoked)) == "key.revoked");
  BOOST_TEST(why(rotate(expired)) == "key.expired");
  BOOST_TEST(why(fixture.call(keys::rotate, host, {.ref = Id{999}})) == "key.unknown");
}

BOOST_DATA_TEST_CASE(a_weak_key_rotates_no_stronger_one, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto weak = fixture.make_key(guest.app.id, {.scopes = "keys:write"});
  BOOST_TEST(why(fixture.call(keys::rotate, weak.who, {.ref = guest.who.key})) == "key.stronger");
  BOOST_TEST(why(fixture.call(keys::rotate, weak.who, {.ref = weak.key.id})) == "ok");
}

BOOST_DATA_TEST_CASE(a_revoked_key_ends_at_once_and_again_is_the_same, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto first = fixture.call(keys::revoke, host, guest.who.key).value();
  BOOST_TEST((first.revoked_at == fixture.clock.now()));
  BOOST_TEST(why(fixture.enter(guest.secret)) == "key.revoked");
  fixture.clock.advance(1h);
  const auto again = fixture.call(keys::revoke, host, guest.who.key).value();
  BOOST_TEST((again.revoked_at == first.revoked_at));
  BOOST_TEST(again.version == first.version);
  BOOST_TEST(why(fixture.enter(guest.secret)) == "key.revoked");
}

BOOST_DATA_TEST_CASE(what_ended_by_a_clock_that_is_ahead_stays_ended, stores(), backend) {
  Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto clerk = fixture.make_operator(tenant.id);
  const SkyWay skyway{fixture, tenant.uid};
  const auto expiring = fixture.make_key(guest.app.id, {.expires_at = std::optional{fixture.clock.now() + 1h}});
  const auto token = skyway.issue(clerk, clerk.secret);
  const auto now = fixture.clock.now();
  fixture.clock.advance(24h);
  fixture.call(keys::rotate, host, {.ref = guest.who.key}).value();
  fixture.call(keys::revoke, host, expiring.key.id).value();
  fixture.call(access_tokens::revoke, host, token).value();
  fixture.clock.set(now);
  BOOST_TEST(why(fixture.enter(guest.secret)) == "key.revoked");
  BOOST_TEST(why(fixture.enter(expiring.secret)) == "key.revoked");
  BOOST_TEST(skyway.authenticate(token) == "token.unknown");
}

BOOST_DATA_TEST_CASE(a_removed_key_is_unknown, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  fixture.call(keys::remove, host, {.ref = guest.who.key}).value();
  BOOST_TEST(why(fixture.enter(guest.secret)) == "key.unknown");
  BOOST_TEST(why(fixture.call(keys::find, host, guest.who.key)) == "key.unknown");
}

BOOST_DATA_TEST_CASE(what_ends_a_key_ends_the_access_tokens_got_for_it, stores(), backend) {
  Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto clerk = fixture.make_operator(tenant.id);
  const SkyWay skyway{fixture, tenant.uid};
  const auto revoked = fixture.make_operator_key(clerk.row.id, {});
  const auto removed = fixture.make_operator_key(clerk.row.id, {});
  const auto expiring = fixture.make_operator_key(clerk.row.id, {.expires_at = std::optional{fixture.clock.now() + 1min}});
  const auto rotated = fixture.make_operator_key(clerk.row.id, {});
  const auto of_revoked = skyway.issue(clerk, revoked.secret);
  const auto of_removed = skyway.issue(clerk, removed.secret);
  const auto of_expiring = skyway.issue(clerk, expiring.secret);
  const auto of_rotated = skyway.issue(clerk, rotated.secret);
  for (const auto& token : {of_revoked, of_removed, of_expiring, of_rotated}) {
    BOOST_TEST(skyway.authenticate(token) == "ok");
    BOOST_TEST(skyway.show(token) == "ok");
    BOOST_TEST(tables_with(fixture, token) == "");
  }
  fixture.call(keys::revoke, host, revoked.key.id).value();
  fixture.call(keys::remove, host, {.ref = removed.key.id}).value();
  fixture.call(keys::rotate, host, {.ref = rotated.key.id, .grace = 2min}).value();
  BOOST_TEST(skyway.authenticate(of_revoked) == "key.revoked");
  BOOST_TEST(skyway.show(of_revoked) == "token.unknown");
  BOOST_TEST(skyway.authenticate(of_removed) == "token.unknown");
  BOOST_TEST(skyway.show(of_removed) == "token.unknown");
  fixture.clock.advance(1min);
  BOOST_TEST(skyway.authenticate(of_expiring) == "key.expired");
  BOOST_TEST(skyway.show(of_expiring) == "token.unknown");
  BOOST_TEST(skyway.authenticate(of_rotated) == "ok");
  fixture.clock.advance(1min);
  BOOST_TEST(skyway.authenticate(of_rotated) == "key.expired");
  BOOST_TEST(skyway.show(of_rotated) == "token.unknown");
  BOOST_TEST(why(fixture.call(access_tokens::issue, host,
                              {.name = clerk.row.name, .secret = revoked.secret, .tenant = tenant.uid})) == "credential.unknown");
}

BOOST_DATA_TEST_CASE(an_access_token_ends_after_an_hour_or_when_it_is_revoked, stores(), backend) {
  Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto clerk = fixture.make_operator(tenant.id);
  const SkyWay skyway{fixture, tenant.uid};
  const auto token = skyway.issue(clerk, clerk.secret);
  const auto other = skyway.issue(clerk, clerk.secret);
  fixture.call(access_tokens::revoke, host, other).value();
  BOOST_TEST(skyway.authenticate(other) == "token.unknown");
  BOOST_TEST(why(fixture.call(access_tokens::revoke, host, other)) == "token.unknown");
  fixture.clock.advance(1h - 1us);
  BOOST_TEST(skyway.authenticate(token) == "ok");
  fixture.clock.advance(1us);
  BOOST_TEST(skyway.authenticate(token) == "token.expired");
}

BOOST_DATA_TEST_CASE(renewing_or_removing_an_operator_ends_its_keys_and_tokens, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto clerk = fixture.make_operator(tenant.id);
  const SkyWay skyway{fixture, tenant.uid};
  const auto token = skyway.issue(clerk, clerk.secret);
  const auto renewed = fixture.call(operators::renew_secret, host, {.holder = clerk.row.id}).value();
  BOOST_TEST(skyway.authenticate(token) == "token.unknown");
  BOOST_TEST(why(fixture.enter(clerk.secret)) == "key.unknown");
  const auto later = skyway.issue(clerk, renewed);
  fixture.call(operators::remove, host, {.ref = clerk.row.id}).value();
  BOOST_TEST(skyway.authenticate(later) == "token.unknown");
  BOOST_TEST(why(fixture.enter(renewed)) == "key.unknown");
}

BOOST_DATA_TEST_CASE(a_key_with_networks_is_good_from_there_only, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto made = fixture.make_key(guest.app.id, {.networks = "192.0.2.0/24 2001:db8::/32 198.51.100.7"});
  for (const auto* address : {"192.0.2.1", "192.0.2.255", "::ffff:192.0.2.9", "2001:db8:1::1", "198.51.100.7"})
    BOOST_TEST(why(fixture.enter(made.secret, address)) == "ok");
  for (const auto* address : {"192.0.3.1", "2001:db9::1", "198.51.100.8", "::192.0.2.1", "", "somewhere"})
    BOOST_TEST(why(fixture.enter(made.secret, address)) == "key.network");
  fixture.call(keys::update, host, {.ref = made.key.id, .draft = {.networks = ""}}).value();
  BOOST_TEST(why(fixture.enter(made.secret, "")) == "ok");

  const auto clerk = fixture.make_operator(tenant.id);
  const auto pass = fixture.make_operator_key(clerk.row.id, {.networks = "192.0.2.0/24"});
  const auto login = [&](const std::string& address) {
    return fixture.call(access_tokens::issue, host,
                        {.name = clerk.row.name, .secret = pass.secret, .tenant = tenant.uid, .address = address});
  };
  BOOST_TEST(why(login("203.0.113.1")) == "credential.unknown");
  const auto token = login("192.0.2.1").value().token;
  const SkyWay skyway{fixture, tenant.uid};
  BOOST_TEST(skyway.authenticate(token, "192.0.2.1") == "ok");
  BOOST_TEST(skyway.authenticate(token, "203.0.113.1") == "key.network");
}

BOOST_DATA_TEST_CASE(a_change_of_a_key_fits_a_version_and_keeps_the_rest, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto made = fixture.make_key(guest.app.id, {.label = "old", .rate = std::optional{RateLimit{3, 60s}}});
  const auto edit = [&](Precondition match, keys::Draft draft) {
    return fixture.call(keys::update, host, {.ref = made.key.uid, .match = std::move(match), .draft = std::move(draft)});
  };
  const auto changed = edit({.is_set = true, .versions = {1}}, {.label = "new"}).value();
  BOOST_TEST(changed.label == "new");
  BOOST_TEST((changed.rate_quota == 3));
  BOOST_TEST(why(edit({.is_set = true, .versions = {1}}, {.label = "newer"})) == "version.stale");
  BOOST_TEST((edit({}, {.rate = std::optional<RateLimit>{}}).value().rate_quota == std::nullopt));
  BOOST_TEST((edit({}, {.rate = std::optional{RateLimit{0, 60s}}}).value().rate_quota == 0));
}

BOOST_DATA_TEST_CASE(the_last_use_of_a_key_shows_after_the_engine_was_maintained, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto shown = [&] { return fixture.call(keys::find, host, guest.who.key).value(); };
  const auto before = shown();
  BOOST_TEST(before.last_used == 0);
  BOOST_TEST(fixture.call(keys::verify, host, {.secret = guest.secret}).value().is_valid);
  const auto used = fixture.clock.now().time_since_epoch().count();
  fixture.clock.advance(5s);
  fixture.engine->webhook_queue().maintain();
  const auto after = shown();
  BOOST_TEST(after.last_used == used);
  BOOST_TEST(fixture.call(keys::list, host, {.parent = guest.app.id}).value().items.front().last_used == used);
  BOOST_TEST(after.version == before.version);
  fixture.call(keys::verify, host, {.secret = "inkl"}).value();
  fixture.engine->webhook_queue().maintain();
  BOOST_TEST(shown().last_used == used);
  BOOST_TEST(fixture.rows<KeyUse>().size() == 1U);
  fixture.call(keys::remove, host, {.ref = guest.who.key}).value();
  BOOST_TEST(fixture.rows<KeyUse>().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
