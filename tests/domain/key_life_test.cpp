#include "tests/domain/house.hpp"

#include "engine/domain/access_tokens.hpp"

#include <chrono>
#include <utility>

/// How keys end: by rotation, revocation, their own time, and where they may be used from.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

/// A token of an operator, and whether it is good still, told in both ways.
struct SkyWay {
  const House& house;
  std::string tenant;
  std::string issue(const House::Clerk& clerk, const std::string& secret) const {
    return house.call(access_tokens::issue, host, {.name = clerk.row.name, .secret = secret, .tenant = tenant}).value().token;
  }
  std::string authenticate(const std::string& token, const std::string& address = "") const {
    return why(house.run(Access::read, host, [&](Transaction& tx, const Context& context) {
      return access_tokens::authenticate(tx, context, token, address);
    }));
  }
  std::string show(const std::string& token) const { return why(house.call(access_tokens::show, host, token)); }
};

/// What becomes of a login, and of which tenant the token is.
std::pair<std::string, Id> sign_in(const House& house, const access_tokens::Claim& claim) {
  const auto issued = house.run(
      Access::write, host, [&](Transaction& tx, const Context& context) { return access_tokens::sign_in(tx, context, claim); });
  return {why(issued), issued ? issued->session.token.tenant : Id::none};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(life_of_keys)

BOOST_DATA_TEST_CASE(a_tenant_may_be_named_where_just_one_that_the_operator_may_use_has_the_name, stores(), backend) {
  const House house{backend};
  const auto first = house.make_tenant("twin");
  const auto second = house.make_tenant("twin");
  const auto clerk = house.make_operator(second.id);
  const auto root = house.make_operator(Id::none, "root");
  const std::string unknown{"credential.unknown"};
  const auto as_clerk = [&](const std::string& tenant) {
    return sign_in(house, {.name = "clerk", .secret = clerk.secret, .tenant_name = tenant});
  };
  const auto as_root = [&](const std::string& uid, const std::string& name) {
    return sign_in(house, {.uid = root.row.uid, .secret = root.secret, .tenant = uid, .tenant_name = name});
  };
  BOOST_TEST((as_clerk("twin") == std::pair{std::string{"ok"}, second.id}));
  BOOST_TEST(as_clerk("Twin").first == unknown);
  BOOST_TEST(as_root("", "twin").first == unknown);
  BOOST_TEST((as_root(first.uid, "twin") == std::pair{std::string{"ok"}, first.id}));
  BOOST_TEST(as_root(first.uid, "other").first == unknown);
  house.call(tenants::update, host, {.ref = first.id, .draft = {.status = TenantStatus::deleted}}).value();
  BOOST_TEST((as_root("", "twin") == std::pair{std::string{"ok"}, second.id}));
  BOOST_TEST(as_root(first.uid, "").first == unknown);
}

BOOST_DATA_TEST_CASE(an_operator_that_a_login_does_not_name_gets_no_token, stores(), backend) {
  const House house{backend};
  const auto clerk = house.make_operator(house.make_tenant().id);
  BOOST_TEST(sign_in(house, {.uid = clerk.row.uid, .secret = clerk.secret}).first == "ok");
  BOOST_TEST(sign_in(house, {.secret = clerk.secret}).first == "credential.unknown");
  BOOST_TEST(sign_in(house, {.uid = clerk.row.uid, .name = "other", .secret = clerk.secret}).first == "credential.unknown");
  BOOST_TEST(sign_in(house, {.uid = "other", .name = "clerk", .secret = clerk.secret}).first == "credential.unknown");
}

BOOST_DATA_TEST_CASE(after_a_rotation_the_old_secret_goes_on_for_its_grace, stores(), backend) {
  House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto next = house.call(keys::rotate, guest.who, {.ref = guest.who.key, .grace = 1h}).value();
  BOOST_TEST(next.secret != guest.secret);
  BOOST_TEST((house.row<Key>(guest.who.key).replaced_by == next.key.id));
  house.clock.advance(1h - 1us);
  BOOST_TEST(why(house.enter(guest.secret)) == "ok");
  house.clock.advance(1us);
  BOOST_TEST(why(house.enter(guest.secret)) == "key.expired");
  BOOST_TEST(why(house.enter(next.secret)) == "ok");
}

BOOST_DATA_TEST_CASE(without_grace_the_old_secret_ends_at_once, stores(), backend) {
  const House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto next = house.call(keys::rotate, host, {.ref = guest.who.key}).value();
  BOOST_TEST(why(house.enter(guest.secret)) == "key.expired");
  BOOST_TEST(why(house.enter(next.secret)) == "ok");
}

BOOST_DATA_TEST_CASE(grace_gives_no_key_more_time_than_it_had, stores(), backend) {
  House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto end = house.clock.now() + 10min;
  const auto old = house.make_key(guest.app.id, {.expires_at = std::optional{end}});
  const auto next = house.call(keys::rotate, host, {.ref = old.key.id, .grace = 1h}).value();
  BOOST_TEST((house.row<Key>(old.key.id).expires_at == end));
  BOOST_TEST((next.key.expires_at == end));
  house.clock.set(end);
  BOOST_TEST(why(house.enter(old.secret)) == "key.expired");
  BOOST_TEST(why(house.enter(next.secret)) == "key.expired");
}

BOOST_DATA_TEST_CASE(a_successor_has_all_that_the_key_had, stores(), backend) {
  const House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto old = house.make_key(guest.app.id, {.label = "desk",
                                                 .scopes = "rooms:write",
                                                 .networks = "192.0.2.0/24",
                                                 .expires_at = std::optional{house.clock.now() + 1h},
                                                 .rate = std::optional{RateLimit{9, 3s}}});
  const auto next = house.call(keys::rotate, host, {.ref = old.key.id, .grace = 1min}).value().key;
  BOOST_TEST(next.label == "desk");
  BOOST_TEST(next.scopes == "rooms:write");
  BOOST_TEST(next.networks == "192.0.2.0/24");
  BOOST_TEST((next.expires_at == old.key.expires_at));
  BOOST_TEST((next.rate_quota == 9 && next.rate_window == 3));
  BOOST_TEST((next.mode == old.key.mode && next.owner == old.key.owner && next.owner_kind == old.key.owner_kind));
  BOOST_TEST((next.replaced_by == Id::none));
}

BOOST_DATA_TEST_CASE(a_key_that_has_ended_or_was_rotated_is_not_rotated, stores(), backend) {
  House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto rotated = house.make_key(guest.app.id, {});
  const auto revoked = house.make_key(guest.app.id, {});
  const auto expired = house.make_key(guest.app.id, {.expires_at = std::optional{house.clock.now() + 1s}});
  house.call(keys::rotate, host, {.ref = rotated.key.id, .grace = 1h}).value();
  house.call(keys::revoke, host, revoked.key.id).value();
  house.clock.advance(1s);
  const auto rotate = [&](const House::Pass& key) { return house.call(keys::rotate, host, {.ref = key.key.id}); };
  BOOST_TEST(why(rotate(rotated)) == "key.replaced");
  BOOST_TEST(rotate(rotated).error().code == Errc::conflict);
  BOOST_TEST(why(rotate(revoked)) == "key.revoked");
  BOOST_TEST(why(rotate(expired)) == "key.expired");
  BOOST_TEST(why(house.call(keys::rotate, host, {.ref = Id{999}})) == "key.unknown");
}

BOOST_DATA_TEST_CASE(a_weak_key_rotates_no_stronger_one, stores(), backend) {
  const House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto weak = house.make_key(guest.app.id, {.scopes = "keys:write"});
  BOOST_TEST(why(house.call(keys::rotate, weak.who, {.ref = guest.who.key})) == "key.stronger");
  BOOST_TEST(why(house.call(keys::rotate, weak.who, {.ref = weak.key.id})) == "ok");
}

BOOST_DATA_TEST_CASE(a_revoked_key_ends_at_once_and_again_is_the_same, stores(), backend) {
  House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto first = house.call(keys::revoke, host, guest.who.key).value();
  BOOST_TEST((first.revoked_at == house.clock.now()));
  BOOST_TEST(why(house.enter(guest.secret)) == "key.revoked");
  house.clock.advance(1h);
  const auto again = house.call(keys::revoke, host, guest.who.key).value();
  BOOST_TEST((again.revoked_at == first.revoked_at));
  BOOST_TEST(again.version == first.version);
  BOOST_TEST(why(house.enter(guest.secret)) == "key.revoked");
}

BOOST_DATA_TEST_CASE(what_ended_by_a_clock_that_is_ahead_stays_ended, stores(), backend) {
  House house{backend};
  const auto tenant = house.make_tenant();
  const auto guest = house.make_app(tenant.id);
  const auto clerk = house.make_operator(tenant.id);
  const SkyWay skyway{house, tenant.uid};
  const auto expiring = house.make_key(guest.app.id, {.expires_at = std::optional{house.clock.now() + 1h}});
  const auto token = skyway.issue(clerk, clerk.secret);
  const auto now = house.clock.now();
  house.clock.advance(24h);
  house.call(keys::rotate, host, {.ref = guest.who.key}).value();
  house.call(keys::revoke, host, expiring.key.id).value();
  house.call(access_tokens::revoke, host, token).value();
  house.clock.set(now);
  BOOST_TEST(why(house.enter(guest.secret)) == "key.revoked");
  BOOST_TEST(why(house.enter(expiring.secret)) == "key.revoked");
  BOOST_TEST(skyway.authenticate(token) == "token.unknown");
}

BOOST_DATA_TEST_CASE(a_removed_key_is_unknown, stores(), backend) {
  const House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  house.call(keys::remove, host, {.ref = guest.who.key}).value();
  BOOST_TEST(why(house.enter(guest.secret)) == "key.unknown");
  BOOST_TEST(why(house.call(keys::find, host, guest.who.key)) == "key.unknown");
}

BOOST_DATA_TEST_CASE(what_ends_a_key_ends_the_access_tokens_got_for_it, stores(), backend) {
  House house{backend};
  const auto tenant = house.make_tenant();
  const auto clerk = house.make_operator(tenant.id);
  const SkyWay skyway{house, tenant.uid};
  const auto revoked = house.make_operator_key(clerk.row.id, {});
  const auto removed = house.make_operator_key(clerk.row.id, {});
  const auto expiring = house.make_operator_key(clerk.row.id, {.expires_at = std::optional{house.clock.now() + 1min}});
  const auto rotated = house.make_operator_key(clerk.row.id, {});
  const auto of_revoked = skyway.issue(clerk, revoked.secret);
  const auto of_removed = skyway.issue(clerk, removed.secret);
  const auto of_expiring = skyway.issue(clerk, expiring.secret);
  const auto of_rotated = skyway.issue(clerk, rotated.secret);
  for (const auto& token : {of_revoked, of_removed, of_expiring, of_rotated}) {
    BOOST_TEST(skyway.authenticate(token) == "ok");
    BOOST_TEST(skyway.show(token) == "ok");
    BOOST_TEST(tables_with(house, token) == "");
  }
  house.call(keys::revoke, host, revoked.key.id).value();
  house.call(keys::remove, host, {.ref = removed.key.id}).value();
  house.call(keys::rotate, host, {.ref = rotated.key.id, .grace = 2min}).value();
  BOOST_TEST(skyway.authenticate(of_revoked) == "key.revoked");
  BOOST_TEST(skyway.show(of_revoked) == "token.unknown");
  BOOST_TEST(skyway.authenticate(of_removed) == "token.unknown");
  BOOST_TEST(skyway.show(of_removed) == "token.unknown");
  house.clock.advance(1min);
  BOOST_TEST(skyway.authenticate(of_expiring) == "key.expired");
  BOOST_TEST(skyway.show(of_expiring) == "token.unknown");
  BOOST_TEST(skyway.authenticate(of_rotated) == "ok");
  house.clock.advance(1min);
  BOOST_TEST(skyway.authenticate(of_rotated) == "key.expired");
  BOOST_TEST(skyway.show(of_rotated) == "token.unknown");
  BOOST_TEST(why(house.call(access_tokens::issue, host,
                            {.name = clerk.row.name, .secret = revoked.secret, .tenant = tenant.uid})) == "credential.unknown");
}

BOOST_DATA_TEST_CASE(an_access_token_ends_after_an_hour_or_when_it_is_revoked, stores(), backend) {
  House house{backend};
  const auto tenant = house.make_tenant();
  const auto clerk = house.make_operator(tenant.id);
  const SkyWay skyway{house, tenant.uid};
  const auto token = skyway.issue(clerk, clerk.secret);
  const auto other = skyway.issue(clerk, clerk.secret);
  house.call(access_tokens::revoke, host, other).value();
  BOOST_TEST(skyway.authenticate(other) == "token.unknown");
  BOOST_TEST(why(house.call(access_tokens::revoke, host, other)) == "token.unknown");
  house.clock.advance(1h - 1us);
  BOOST_TEST(skyway.authenticate(token) == "ok");
  house.clock.advance(1us);
  BOOST_TEST(skyway.authenticate(token) == "token.expired");
}

BOOST_DATA_TEST_CASE(renewing_or_removing_an_operator_ends_its_keys_and_tokens, stores(), backend) {
  const House house{backend};
  const auto tenant = house.make_tenant();
  const auto clerk = house.make_operator(tenant.id);
  const SkyWay skyway{house, tenant.uid};
  const auto token = skyway.issue(clerk, clerk.secret);
  const auto renewed = house.call(operators::renew_secret, host, {.holder = clerk.row.id}).value();
  BOOST_TEST(skyway.authenticate(token) == "token.unknown");
  BOOST_TEST(why(house.enter(clerk.secret)) == "key.unknown");
  const auto later = skyway.issue(clerk, renewed);
  house.call(operators::remove, host, {.ref = clerk.row.id}).value();
  BOOST_TEST(skyway.authenticate(later) == "token.unknown");
  BOOST_TEST(why(house.enter(renewed)) == "key.unknown");
}

BOOST_DATA_TEST_CASE(a_key_with_networks_is_good_from_there_only, stores(), backend) {
  const House house{backend};
  const auto tenant = house.make_tenant();
  const auto guest = house.make_app(tenant.id);
  const auto made = house.make_key(guest.app.id, {.networks = "192.0.2.0/24 2001:db8::/32 198.51.100.7"});
  for (const auto* address : {"192.0.2.1", "192.0.2.255", "::ffff:192.0.2.9", "2001:db8:1::1", "198.51.100.7"})
    BOOST_TEST(why(house.enter(made.secret, address)) == "ok");
  for (const auto* address : {"192.0.3.1", "2001:db9::1", "198.51.100.8", "::192.0.2.1", "", "somewhere"})
    BOOST_TEST(why(house.enter(made.secret, address)) == "key.network");
  house.call(keys::update, host, {.ref = made.key.id, .draft = {.networks = ""}}).value();
  BOOST_TEST(why(house.enter(made.secret, "")) == "ok");

  const auto clerk = house.make_operator(tenant.id);
  const auto pass = house.make_operator_key(clerk.row.id, {.networks = "192.0.2.0/24"});
  const auto login = [&](const std::string& address) {
    return house.call(access_tokens::issue, host,
                      {.name = clerk.row.name, .secret = pass.secret, .tenant = tenant.uid, .address = address});
  };
  BOOST_TEST(why(login("203.0.113.1")) == "credential.unknown");
  const auto token = login("192.0.2.1").value().token;
  const SkyWay skyway{house, tenant.uid};
  BOOST_TEST(skyway.authenticate(token, "192.0.2.1") == "ok");
  BOOST_TEST(skyway.authenticate(token, "203.0.113.1") == "key.network");
}

BOOST_DATA_TEST_CASE(a_change_of_a_key_fits_a_version_and_keeps_the_rest, stores(), backend) {
  const House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto made = house.make_key(guest.app.id, {.label = "old", .rate = std::optional{RateLimit{3, 60s}}});
  const auto edit = [&](Precondition match, keys::Draft draft) {
    return house.call(keys::update, host, {.ref = made.key.uid, .match = std::move(match), .draft = std::move(draft)});
  };
  const auto changed = edit({.is_set = true, .versions = {1}}, {.label = "new"}).value();
  BOOST_TEST(changed.label == "new");
  BOOST_TEST((changed.rate_quota == 3));
  BOOST_TEST(why(edit({.is_set = true, .versions = {1}}, {.label = "newer"})) == "version.stale");
  BOOST_TEST((edit({}, {.rate = std::optional<RateLimit>{}}).value().rate_quota == std::nullopt));
  BOOST_TEST((edit({}, {.rate = std::optional{RateLimit{0, 60s}}}).value().rate_quota == 0));
}

BOOST_DATA_TEST_CASE(the_last_use_of_a_key_shows_after_the_house_was_tended, stores(), backend) {
  House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto shown = [&] { return house.call(keys::find, host, guest.who.key).value(); };
  const auto before = shown();
  BOOST_TEST(before.last_used == 0);
  BOOST_TEST(house.call(keys::verify, host, {.secret = guest.secret}).value().is_good);
  const auto used = house.clock.now().time_since_epoch().count();
  house.clock.advance(5s);
  house.engine->postbox().tend();
  const auto after = shown();
  BOOST_TEST(after.last_used == used);
  BOOST_TEST(house.call(keys::list, host, {.parent = guest.app.id}).value().items.front().last_used == used);
  BOOST_TEST(after.version == before.version);
  house.call(keys::verify, host, {.secret = "inkl"}).value();
  house.engine->postbox().tend();
  BOOST_TEST(shown().last_used == used);
  BOOST_TEST(house.rows<KeyUse>().size() == 1U);
  house.call(keys::remove, host, {.ref = guest.who.key}).value();
  BOOST_TEST(house.rows<KeyUse>().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
