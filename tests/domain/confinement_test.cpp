#include "tests/domain/fixture.hpp"

#include <innkeeper/operations/feeds.hpp>

#include <functional>
#include <string_view>

/// What belongs to one app or tenant does not exist for another, whatever is asked.
namespace innkeeper::tests {

namespace {

/// One app with everything in it: what others try to reach.
struct Victim {
  explicit Victim(const Fixture& its_fixture) : fixture(its_fixture) {
    const auto at = fixture.clock.now();
    const events::Report started{
        .id = "1", .type = events::Type::session_started, .at = at, .data = {"{}"}, .session = "s", .room = room.uid};
    fixture.call(events::report, host, {.app = guest.app.id, .reports = {started}}).value();
    session = fixture.rows<Session>().at(0).id;
    delivery = fixture.rows<Delivery>().at(0).id;
  }

  const Fixture& fixture;
  Tenant tenant = fixture.make_tenant("ours");
  Fixture::OperatorLogin clerk = fixture.make_operator(tenant.id);
  Fixture::AppLogin guest = fixture.make_app(tenant.id);
  Member member = fixture.call(members::create, host, {.parent = guest.app.id}).value();
  Device device = fixture.call(devices::create, host, {.parent = guest.app.id}).value();
  Room room = fixture.call(rooms::create, host, {.parent = guest.app.id}).value();
  join_tokens::Issued join = fixture.call(join_tokens::create, host, {.parent = room.id}).value();
  member_tokens::Issued token = fixture.call(member_tokens::create, host, {.parent = member.id}).value();
  stream_keys::Issued stream = fixture.call(stream_keys::create, host, {.parent = guest.app.id}).value();
  Webhook hook = fixture.call(webhooks::create, host, {.parent = guest.app.id, .url = "https://example.net/"}).value().webhook;
  Id session{};
  Id delivery{};
};

struct Attempt {
  std::string_view operation;
  std::function<std::optional<Errc>(const Victim&, const Principal&)> make;
};

template <const auto& operation, class In>
Attempt attempt(In in) {
  return {operation.name, [in](const Victim& victim, const Principal& who) -> std::optional<Errc> {
            const auto result = victim.fixture.call(operation, who, in(victim));
            return result ? std::nullopt : std::optional{result.error().code};
          }};
}

using V = const Victim&;

/// Everything that names something of an app.
std::vector<Attempt> attempts_at_app() {
  const auto of_app = [](V v) { return Listing{.parent = v.guest.app.id}; };
  return {
      attempt<apps::find>([](V v) { return Ref{v.guest.app.id}; }),
      attempt<apps::find>([](V v) { return Ref{v.guest.app.uid}; }),
      attempt<apps::update>([](V v) { return Edit<apps::Draft>{.ref = v.guest.app.id, .draft = {.name = "x"}}; }),
      attempt<apps::remove>([](V v) { return Removal{.ref = v.guest.app.id}; }),
      attempt<apps::secret>([](V v) { return v.guest.app.id; }),
      attempt<apps::renew_secret>([](V v) { return NewSecret{.holder = v.guest.app.id}; }),
      attempt<keys::create>([](V v) { return keys::New{.parent = v.guest.app.id}; }),
      attempt<keys::create>([](V v) { return keys::New{.parent = v.clerk.row.id, .holder = KeyOwner::administrator}; }),
      attempt<keys::list>([](V v) { return keys::KeyListing{.parent = v.guest.app.id}; }),
      attempt<keys::list>([](V v) { return keys::KeyListing{.parent = v.clerk.row.id, .holder = KeyOwner::administrator}; }),
      attempt<keys::find>([](V v) { return Ref{v.guest.who.key}; }),
      attempt<keys::find>([](V v) { return Ref{v.clerk.who.key}; }),
      attempt<keys::update>([](V v) { return Edit<keys::Draft>{.ref = v.guest.who.key, .draft = {.label = "x"}}; }),
      attempt<keys::rotate>([](V v) { return Rotation{.ref = v.guest.who.key}; }),
      attempt<keys::rotate>([](V v) { return Rotation{.ref = v.clerk.who.key}; }),
      attempt<keys::revoke>([](V v) { return Ref{v.guest.who.key}; }),
      attempt<keys::remove>([](V v) { return Removal{.ref = v.guest.who.key}; }),
      attempt<members::create>([](V v) { return members::New{.parent = v.guest.app.id}; }),
      attempt<members::find>([](V v) { return Ref{v.member.id}; }),
      attempt<members::find>([](V v) { return Ref{v.member.uid}; }),
      attempt<members::list>(of_app),
      attempt<members::update>([](V v) { return Edit<members::Draft>{.ref = v.member.id, .draft = {.name = "x"}}; }),
      attempt<members::remove>([](V v) { return Removal{.ref = v.member.id}; }),
      attempt<devices::create>([](V v) { return devices::New{.parent = v.guest.app.id}; }),
      attempt<devices::find>([](V v) { return Ref{v.device.uid}; }),
      attempt<devices::list>(of_app),
      attempt<devices::update>([](V v) { return Edit<devices::Draft>{.ref = v.device.id, .draft = {.name = "x"}}; }),
      attempt<devices::remove>([](V v) { return Removal{.ref = v.device.id}; }),
      attempt<devices::readings>([](V v) { return Listing{.parent = v.device.id}; }),
      attempt<rooms::create>([](V v) { return rooms::New{.parent = v.guest.app.id}; }),
      attempt<rooms::find>([](V v) { return Ref{v.room.uid}; }),
      attempt<rooms::list>(of_app),
      attempt<rooms::update>([](V v) { return Edit<rooms::Draft>{.ref = v.room.id, .draft = {.name = "x"}}; }),
      attempt<rooms::remove>([](V v) { return Removal{.ref = v.room.id}; }),
      attempt<join_tokens::create>([](V v) { return join_tokens::New{.parent = v.room.id}; }),
      attempt<join_tokens::find>([](V v) { return Ref{v.join.row.uid}; }),
      attempt<join_tokens::list>([](V v) { return Listing{.parent = v.room.id}; }),
      attempt<join_tokens::redeem>([](V v) { return v.join.token; }),
      attempt<join_tokens::revoke>([](V v) { return Ref{v.join.row.id}; }),
      attempt<member_tokens::create>([](V v) { return member_tokens::New{.parent = v.member.id}; }),
      attempt<member_tokens::list>([](V v) { return Listing{.parent = v.member.id}; }),
      attempt<member_tokens::revoke>([](V v) { return Ref{v.token.row.id}; }),
      attempt<member_tokens::verify>([](V v) { return v.token.token; }),
      attempt<stream_keys::create>([](V v) { return stream_keys::New{.parent = v.guest.app.id}; }),
      attempt<stream_keys::find>([](V v) { return Ref{v.stream.row.uid}; }),
      attempt<stream_keys::list>(of_app),
      attempt<stream_keys::revoke>([](V v) { return Ref{v.stream.row.id}; }),
      attempt<stream_keys::verify>([](V v) { return v.stream.secret; }),
      attempt<revocations::revoke>([](V v) { return revocations::Criteria{.app = v.guest.app.id}; }),
      attempt<events::report>([](V v) {
        return events::Batch{.app = v.guest.app.id, .reports = {{.id = "2", .type = events::Type::usage, .data = {"{}"}}}};
      }),
      attempt<events::follow>([](V v) { return events::FeedQuery{.app = v.guest.app.id}; }),
      attempt<events::open_feed>([](V v) { return events::FeedPosition{.app = v.guest.app.id}; }),
      attempt<sessions::find>([](V v) { return Ref{v.session}; }),
      attempt<sessions::list>(of_app),
      attempt<sessions::usage>(of_app),
      attempt<usages::add>([](V v) { return usages::Report{.app = v.guest.app.id, .month = 202403, .signaling = 1}; }),
      attempt<webhooks::create>([](V v) { return webhooks::New{.parent = v.guest.app.id, .url = "https://example.net/"}; }),
      attempt<webhooks::find>([](V v) { return Ref{v.hook.uid}; }),
      attempt<webhooks::list>(of_app),
      attempt<webhooks::update>([](V v) { return Edit<webhooks::Draft>{.ref = v.hook.id, .draft = {.label = "x"}}; }),
      attempt<webhooks::remove>([](V v) { return Removal{.ref = v.hook.id}; }),
      attempt<webhooks::rotate>([](V v) { return Rotation{.ref = v.hook.id}; }),
      attempt<webhooks::deliveries>([](V v) { return Listing{.parent = v.hook.id}; }),
      attempt<webhooks::replay>([](V v) { return Ref{v.delivery}; }),
  };
}

/// Everything that names something of a tenant and of no app.
std::vector<Attempt> attempts_at_tenant() {
  return {
      attempt<tenants::find>([](V v) { return Ref{v.tenant.uid}; }),
      attempt<tenants::update>([](V v) { return Edit<tenants::Draft>{.ref = v.tenant.id, .draft = {.name = "x"}}; }),
      attempt<tenants::remove>([](V v) { return Removal{.ref = v.tenant.id}; }),
      attempt<operators::create>([](V v) { return operators::New{.parent = v.tenant.id, .name = "x"}; }),
      attempt<operators::find>([](V v) { return Ref{v.clerk.row.uid}; }),
      attempt<operators::update>([](V v) { return Edit<operators::Draft>{.ref = v.clerk.row.id, .draft = {.name = "x"}}; }),
      attempt<operators::remove>([](V v) { return Removal{.ref = v.clerk.row.id}; }),
      attempt<operators::renew_secret>([](V v) { return NewSecret{.holder = v.clerk.row.id}; }),
      attempt<apps::create>([](V v) { return apps::New{.parent = v.tenant.id}; }),
      attempt<apps::list>([](V v) { return Listing{.parent = v.tenant.id}; }),
  };
}

std::int64_t count_of_rows(const Fixture& fixture) {
  std::int64_t count = 0;
  each_entity([&]<class E>() { count += std::ssize(fixture.rows<E>()); });
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strangers)

BOOST_DATA_TEST_CASE(nothing_of_an_app_exists_for_another_app_or_tenant, stores(), backend) {
  const Fixture fixture{backend};
  const Victim victim{fixture};
  const auto sibling = fixture.make_app(victim.tenant.id);
  const auto elsewhere = fixture.make_tenant("theirs");
  const auto stranger = fixture.make_app(elsewhere.id);
  const auto clerk = fixture.make_operator(elsewhere.id);
  const auto before = count_of_rows(fixture);
  for (const auto& [name, who] :
       {std::pair{"sibling", sibling.who}, std::pair{"stranger", stranger.who}, std::pair{"clerk", clerk.who}})
    for (const auto& each : attempts_at_app()) {
      const auto code = each.make(victim, who);
      BOOST_TEST((code == Errc::not_found),
                 each.operation << " for the " << name << " is " << (code ? static_cast<int>(*code) : -1));
    }
  BOOST_TEST(count_of_rows(fixture) == before);
  for (const auto& each : attempts_at_app()) {
    // Each attempt is good for whoever may make it: what is not found above is there.
    const Fixture own_fixture{backend};
    const Victim own{own_fixture};
    const auto code = each.make(own, host);
    BOOST_TEST((!code || *code == Errc::conflict),
               each.operation << " for the host is " << (code ? static_cast<int>(*code) : -1));
  }
}

BOOST_DATA_TEST_CASE(nothing_of_a_tenant_exists_for_another, stores(), backend) {
  const Fixture fixture{backend};
  const Victim victim{fixture};
  const auto elsewhere = fixture.make_tenant("theirs");
  const auto stranger = fixture.make_app(elsewhere.id);
  const auto clerk = fixture.make_operator(elsewhere.id);
  const auto before = count_of_rows(fixture);
  for (const auto& who : {stranger.who, clerk.who})
    for (const auto& each : attempts_at_tenant())
      BOOST_TEST((each.make(victim, who) == Errc::not_found), each.operation << " reaches it");
  BOOST_TEST(count_of_rows(fixture) == before);
}

BOOST_DATA_TEST_CASE(lists_hold_what_the_caller_may_see, stores(), backend) {
  const Fixture fixture{backend};
  const Victim victim{fixture};
  const auto sibling = fixture.make_app(victim.tenant.id);
  const auto elsewhere = fixture.make_tenant("theirs");
  const auto stranger = fixture.make_app(elsewhere.id);
  const auto clerk = fixture.make_operator(elsewhere.id);
  const auto root = fixture.make_operator(Id::none, "root");
  BOOST_TEST(fixture.call(apps::list_views, sibling.who, {}).value().items.size() == 1U);
  BOOST_TEST(fixture.call(apps::list_views, victim.clerk.who, {}).value().items.size() == 2U);
  BOOST_TEST(fixture.call(apps::list, clerk.who, {}).value().items.size() == 1U);
  BOOST_TEST(fixture.call(apps::list, root.who, {}).value().items.size() == 3U);
  BOOST_TEST(fixture.call(apps::list, root.who, {.parent = victim.tenant.uid}).value().items.size() == 2U);
  BOOST_TEST(fixture.call(operators::list, clerk.who, {}).value().items.size() == 1U);
  BOOST_TEST(fixture.call(operators::list, root.who, {}).value().items.size() == 3U);
  BOOST_TEST(fixture.call(tenants::list, stranger.who, {}).value().items.size() == 1U);
  BOOST_TEST(fixture.call(tenants::list, root.who, {}).value().items.size() == 2U);
  BOOST_TEST(why(fixture.call(tenants::create, clerk.who, {.name = "x"})) == "tenant.foreign");
  BOOST_TEST((fixture.call(operators::create, clerk.who, {.name = "x"}).value().created.tenant == elsewhere.id));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
