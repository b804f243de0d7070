#include "tests/domain/fixture.hpp"

#include <chrono>

/// What is told of a secret that somebody showed.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

std::string status_of(const Fixture& fixture, const Principal& who, keys::KeyCheck check) {
  const auto status = fixture.call(keys::verify, who, std::move(check)).value();
  BOOST_TEST(status.is_valid == status.reason.name.empty());
  return status.is_valid ? "good" : std::string{status.reason.name};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verification)

BOOST_DATA_TEST_CASE(a_key_status_names_why_a_secret_is_bad, stores(), backend) {
  Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto revoked = fixture.make_key(guest.app.id, {});
  const auto expiring = fixture.make_key(guest.app.id, {.expires_at = std::optional{fixture.clock.now() + 1s}});
  const auto bound = fixture.make_key(guest.app.id, {.networks = "192.0.2.0/24"});
  fixture.call(keys::revoke, host, revoked.key.id).value();
  fixture.clock.advance(1s);

  BOOST_TEST(status_of(fixture, host, {.secret = guest.secret}) == "good");
  BOOST_TEST(status_of(fixture, host, {.secret = ""}) == "key.unknown");
  BOOST_TEST(status_of(fixture, host, {.secret = "nonsense"}) == "key.unknown");
  auto mistyped = guest.secret;
  mistyped.back() = mistyped.back() == 'a' ? 'b' : 'a';
  BOOST_TEST(status_of(fixture, host, {.secret = mistyped}) == "key.unknown");
  BOOST_TEST(status_of(fixture, host, {.secret = revoked.secret}) == "key.revoked");
  BOOST_TEST(status_of(fixture, host, {.secret = expiring.secret}) == "key.expired");
  BOOST_TEST(status_of(fixture, host, {.secret = bound.secret, .address = "203.0.113.1"}) == "key.network");
  BOOST_TEST(status_of(fixture, host, {.secret = bound.secret, .address = "192.0.2.1"}) == "good");
  BOOST_TEST(status_of(fixture, host, {.secret = bound.secret}) == "good");

  fixture.call(apps::update, host, {.ref = guest.app.id, .draft = {.status = AppStatus::suspended}}).value();
  BOOST_TEST(status_of(fixture, host, {.secret = guest.secret}) == "app.suspended");
  fixture.call(tenants::update, host, {.ref = tenant.id, .draft = {.status = TenantStatus::suspended}}).value();
  BOOST_TEST(status_of(fixture, host, {.secret = guest.secret}) == "tenant.suspended");
  fixture.call(tenants::remove, host, {.ref = tenant.id}).value();
  BOOST_TEST(status_of(fixture, host, {.secret = guest.secret}) == "tenant.deleted");
}

BOOST_DATA_TEST_CASE(a_key_status_tells_whose_key_it_is, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto clerk = fixture.make_operator(tenant.id);
  const auto of_app = fixture.call(keys::verify, host, {.secret = guest.secret}).value();
  BOOST_TEST((of_app.key.id == guest.who.key && of_app.app->id == guest.app.id));
  const auto bound = fixture.make_key(guest.app.id, {.networks = "192.0.2.0/24"});
  BOOST_TEST(fixture.call(keys::verify, host, {.secret = bound.secret}).value().key.networks == "192.0.2.0/24");
  const auto of_operator = fixture.call(keys::verify, host, {.secret = clerk.secret}).value();
  BOOST_TEST((of_operator.key.id == clerk.who.key && !of_operator.app));
  BOOST_TEST((fixture.call(keys::verify, host, {.secret = "x"}).value().key.id == Id::none));
}

BOOST_DATA_TEST_CASE(scopes_that_are_asked_for_must_all_be_there, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto made = fixture.make_key(guest.app.id, {.scopes = "rooms:write tokens:read"});
  const auto ask = [&](std::string_view scopes) {
    return status_of(fixture, host, {.secret = made.secret, .scopes = Scopes::parse(scopes)});
  };
  BOOST_TEST(ask("rooms:read") == "good");
  BOOST_TEST(ask("rooms:write tokens:read") == "good");
  BOOST_TEST(ask("tokens:write") == "scope.missing");
  BOOST_TEST(ask("read") == "scope.missing");
  BOOST_TEST(ask("*") == "scope.missing");
}

BOOST_DATA_TEST_CASE(what_remains_of_a_rate_counts_down_and_refills, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto made = fixture.make_key(guest.app.id, {.scopes = "rooms:read", .rate = std::optional{RateLimit{3, 30s}}});
  const auto ask = [&](std::optional<Scopes> scopes = {}) {
    return fixture.call(keys::verify, host, {.secret = made.secret, .scopes = scopes}).value();
  };
  for (const std::int64_t left : {2, 1, 0}) {
    const auto status = ask();
    BOOST_TEST(status.is_valid);
    BOOST_TEST((status.remaining == left));
    BOOST_TEST((ask(Scopes::all()).remaining == std::nullopt));  // a bad status takes nothing
  }
  const auto limited = ask();
  BOOST_TEST(!limited.is_valid);
  BOOST_TEST(limited.reason.name == "rate.limited");
  BOOST_TEST((limited.remaining == 0));
  fixture.clock.advance(10s - 1us);
  BOOST_TEST(!ask().is_valid);
  fixture.clock.advance(1us);
  BOOST_TEST(ask().is_valid);
  BOOST_TEST(!ask().is_valid);
  fixture.clock.advance(30s);
  BOOST_TEST((ask().remaining == 2));
  BOOST_TEST((fixture.call(keys::verify, host, {.secret = guest.secret}).value().remaining == std::nullopt));
}

BOOST_DATA_TEST_CASE(a_key_without_a_rate_has_the_configured_one_and_may_be_lifted_out, stores(), backend) {
  const Fixture fixture{backend, {.key = {2, 60s}}};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  BOOST_TEST((fixture.call(keys::verify, host, {.secret = guest.secret}).value().remaining == 1));
  const auto lifted = fixture.make_key(guest.app.id, {.rate = std::optional{RateLimit{0, 60s}}});
  for (int i = 0; i < 5; ++i) {
    const auto status = fixture.call(keys::verify, host, {.secret = lifted.secret}).value();
    BOOST_TEST(status.is_valid);
    BOOST_TEST((status.remaining == std::nullopt));
  }
}

BOOST_DATA_TEST_CASE(callers_learn_only_of_keys_that_they_may_see, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto sibling = fixture.make_app(tenant.id);
  const auto clerk = fixture.make_operator(tenant.id);
  const auto foreign = fixture.make_app(fixture.make_tenant("other").id);
  const auto root = fixture.make_operator(Id::none, "root");

  BOOST_TEST(status_of(fixture, guest.who, {.secret = guest.secret}) == "good");
  for (const auto& secret : {sibling.secret, clerk.secret, foreign.secret, root.secret})
    BOOST_TEST(status_of(fixture, guest.who, {.secret = secret}) == "key.unknown");
  for (const auto& secret : {guest.secret, sibling.secret, clerk.secret})
    BOOST_TEST(status_of(fixture, clerk.who, {.secret = secret}) == "good");
  for (const auto& secret : {foreign.secret, root.secret})
    BOOST_TEST(status_of(fixture, clerk.who, {.secret = secret}) == "key.unknown");
  for (const auto& secret : {guest.secret, foreign.secret, clerk.secret, root.secret})
    BOOST_TEST(status_of(fixture, root.who, {.secret = secret}) == "good");
}

BOOST_DATA_TEST_CASE(a_secret_that_two_holders_share_opens_nothing, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto first = fixture.call(apps::create, host, {.parent = tenant.id, .secret = "told-by-the-host"}).value();
  BOOST_TEST(why(fixture.enter("told-by-the-host")) == "ok");
  BOOST_TEST(tables_with(fixture, "told-by-the-host") == "");
  const auto second = fixture.call(apps::create, host, {.parent = tenant.id, .secret = "told-by-the-host"}).value();
  BOOST_TEST(why(fixture.enter("told-by-the-host")) == "key.unknown");
  BOOST_TEST(status_of(fixture, host, {.secret = "told-by-the-host"}) == "key.unknown");
  fixture.call(apps::remove, host, {.ref = second.view.app.id}).value();
  BOOST_TEST((fixture.enter("told-by-the-host").value().id == first.view.app.id));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
