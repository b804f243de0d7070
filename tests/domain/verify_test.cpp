#include "tests/domain/house.hpp"

#include <chrono>

/// What is told of a secret that somebody showed.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

std::string verdict_of(const House& house, const Principal& who, keys::Question question) {
  const auto verdict = house.call(keys::verify, who, std::move(question)).value();
  BOOST_TEST(verdict.is_good == verdict.reason.name.empty());
  return verdict.is_good ? "good" : std::string{verdict.reason.name};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verification)

BOOST_DATA_TEST_CASE(a_verdict_names_why_a_secret_is_bad, stores(), backend) {
  House house{backend};
  const auto tenant = house.make_tenant();
  const auto guest = house.make_app(tenant.id);
  const auto revoked = house.make_key(guest.app.id, {});
  const auto expiring = house.make_key(guest.app.id, {.expires_at = std::optional{house.clock.now() + 1s}});
  const auto bound = house.make_key(guest.app.id, {.networks = "192.0.2.0/24"});
  house.call(keys::revoke, host, revoked.key.id).value();
  house.clock.advance(1s);

  BOOST_TEST(verdict_of(house, host, {.secret = guest.secret}) == "good");
  BOOST_TEST(verdict_of(house, host, {.secret = ""}) == "key.unknown");
  BOOST_TEST(verdict_of(house, host, {.secret = "nonsense"}) == "key.unknown");
  auto mistyped = guest.secret;
  mistyped.back() = mistyped.back() == 'a' ? 'b' : 'a';
  BOOST_TEST(verdict_of(house, host, {.secret = mistyped}) == "key.unknown");
  BOOST_TEST(verdict_of(house, host, {.secret = revoked.secret}) == "key.revoked");
  BOOST_TEST(verdict_of(house, host, {.secret = expiring.secret}) == "key.expired");
  BOOST_TEST(verdict_of(house, host, {.secret = bound.secret, .address = "203.0.113.1"}) == "key.network");
  BOOST_TEST(verdict_of(house, host, {.secret = bound.secret, .address = "192.0.2.1"}) == "good");
  BOOST_TEST(verdict_of(house, host, {.secret = bound.secret}) == "good");

  house.call(apps::update, host, {.ref = guest.app.id, .draft = {.status = AppStatus::suspended}}).value();
  BOOST_TEST(verdict_of(house, host, {.secret = guest.secret}) == "app.suspended");
  house.call(tenants::update, host, {.ref = tenant.id, .draft = {.status = TenantStatus::suspended}}).value();
  BOOST_TEST(verdict_of(house, host, {.secret = guest.secret}) == "tenant.suspended");
  house.call(tenants::remove, host, {.ref = tenant.id}).value();
  BOOST_TEST(verdict_of(house, host, {.secret = guest.secret}) == "tenant.deleted");
}

BOOST_DATA_TEST_CASE(a_verdict_tells_whose_key_it_is, stores(), backend) {
  const House house{backend};
  const auto tenant = house.make_tenant();
  const auto guest = house.make_app(tenant.id);
  const auto clerk = house.make_operator(tenant.id);
  const auto of_app = house.call(keys::verify, host, {.secret = guest.secret}).value();
  BOOST_TEST((of_app.key.id == guest.who.key && of_app.app->id == guest.app.id));
  const auto bound = house.make_key(guest.app.id, {.networks = "192.0.2.0/24"});
  BOOST_TEST(house.call(keys::verify, host, {.secret = bound.secret}).value().key.networks == "192.0.2.0/24");
  const auto of_operator = house.call(keys::verify, host, {.secret = clerk.secret}).value();
  BOOST_TEST((of_operator.key.id == clerk.who.key && !of_operator.app));
  BOOST_TEST((house.call(keys::verify, host, {.secret = "x"}).value().key.id == Id::none));
}

BOOST_DATA_TEST_CASE(scopes_that_are_asked_for_must_all_be_there, stores(), backend) {
  const House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto made = house.make_key(guest.app.id, {.scopes = "rooms:write tokens:read"});
  const auto ask = [&](std::string_view scopes) {
    return verdict_of(house, host, {.secret = made.secret, .scopes = Scopes::parse(scopes)});
  };
  BOOST_TEST(ask("rooms:read") == "good");
  BOOST_TEST(ask("rooms:write tokens:read") == "good");
  BOOST_TEST(ask("tokens:write") == "scope.missing");
  BOOST_TEST(ask("read") == "scope.missing");
  BOOST_TEST(ask("*") == "scope.missing");
}

BOOST_DATA_TEST_CASE(what_remains_of_a_rate_counts_down_and_refills, stores(), backend) {
  House house{backend};
  const auto guest = house.make_app(house.make_tenant().id);
  const auto made = house.make_key(guest.app.id, {.scopes = "rooms:read", .rate = std::optional{RateLimit{3, 30s}}});
  const auto ask = [&](std::optional<Scopes> scopes = {}) {
    return house.call(keys::verify, host, {.secret = made.secret, .scopes = scopes}).value();
  };
  for (const std::int64_t left : {2, 1, 0}) {
    const auto verdict = ask();
    BOOST_TEST(verdict.is_good);
    BOOST_TEST((verdict.remaining == left));
    BOOST_TEST((ask(Scopes::all()).remaining == std::nullopt));  // a bad verdict takes nothing
  }
  const auto limited = ask();
  BOOST_TEST(!limited.is_good);
  BOOST_TEST(limited.reason.name == "rate.limited");
  BOOST_TEST((limited.remaining == 0));
  house.clock.advance(10s - 1us);
  BOOST_TEST(!ask().is_good);
  house.clock.advance(1us);
  BOOST_TEST(ask().is_good);
  BOOST_TEST(!ask().is_good);
  house.clock.advance(30s);
  BOOST_TEST((ask().remaining == 2));
  BOOST_TEST((house.call(keys::verify, host, {.secret = guest.secret}).value().remaining == std::nullopt));
}

BOOST_DATA_TEST_CASE(a_key_without_a_rate_has_the_configured_one_and_may_be_lifted_out, stores(), backend) {
  const House house{backend, {.key = {2, 60s}}};
  const auto guest = house.make_app(house.make_tenant().id);
  BOOST_TEST((house.call(keys::verify, host, {.secret = guest.secret}).value().remaining == 1));
  const auto lifted = house.make_key(guest.app.id, {.rate = std::optional{RateLimit{0, 60s}}});
  for (int i = 0; i < 5; ++i) {
    const auto verdict = house.call(keys::verify, host, {.secret = lifted.secret}).value();
    BOOST_TEST(verdict.is_good);
    BOOST_TEST((verdict.remaining == std::nullopt));
  }
}

BOOST_DATA_TEST_CASE(callers_learn_only_of_keys_that_they_may_see, stores(), backend) {
  const House house{backend};
  const auto tenant = house.make_tenant();
  const auto guest = house.make_app(tenant.id);
  const auto sibling = house.make_app(tenant.id);
  const auto clerk = house.make_operator(tenant.id);
  const auto foreign = house.make_app(house.make_tenant("other").id);
  const auto root = house.make_operator(Id::none, "root");

  BOOST_TEST(verdict_of(house, guest.who, {.secret = guest.secret}) == "good");
  for (const auto& secret : {sibling.secret, clerk.secret, foreign.secret, root.secret})
    BOOST_TEST(verdict_of(house, guest.who, {.secret = secret}) == "key.unknown");
  for (const auto& secret : {guest.secret, sibling.secret, clerk.secret})
    BOOST_TEST(verdict_of(house, clerk.who, {.secret = secret}) == "good");
  for (const auto& secret : {foreign.secret, root.secret})
    BOOST_TEST(verdict_of(house, clerk.who, {.secret = secret}) == "key.unknown");
  for (const auto& secret : {guest.secret, foreign.secret, clerk.secret, root.secret})
    BOOST_TEST(verdict_of(house, root.who, {.secret = secret}) == "good");
}

BOOST_DATA_TEST_CASE(a_secret_that_two_holders_share_opens_nothing, stores(), backend) {
  const House house{backend};
  const auto tenant = house.make_tenant();
  const auto first = house.call(apps::create, host, {.tenant = tenant.id, .secret = "told-by-the-host"}).value();
  BOOST_TEST(why(house.enter("told-by-the-host")) == "ok");
  BOOST_TEST(tables_with(house, "told-by-the-host") == "");
  const auto second = house.call(apps::create, host, {.tenant = tenant.id, .secret = "told-by-the-host"}).value();
  BOOST_TEST(why(house.enter("told-by-the-host")) == "key.unknown");
  BOOST_TEST(verdict_of(house, host, {.secret = "told-by-the-host"}) == "key.unknown");
  house.call(apps::remove, host, {.ref = second.view.app.id}).value();
  BOOST_TEST((house.enter("told-by-the-host").value().id == first.view.app.id));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
