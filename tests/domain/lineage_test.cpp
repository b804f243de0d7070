#include "tests/domain/fixture.hpp"

#include <chrono>
#include <map>

/// What a key that is revoked takes along.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

/// A holder's key as it lets in.
Fixture::KeyLogin pass_of(const Fixture& fixture, const std::string& secret) {
  auto who = fixture.enter(secret).value();
  return {fixture.row<Key>(who.key), secret, who};
}
Fixture::KeyLogin made_by(const Fixture& fixture, const Principal& maker, Id app) {
  return pass_of(fixture, fixture.call(keys::create, maker, {.parent = app}).value().secret);
}
Fixture::KeyLogin rotated(const Fixture& fixture, const Principal& by, Id key, std::chrono::seconds grace = 1h) {
  return pass_of(fixture, fixture.call(keys::rotate, by, {.ref = key, .grace = grace}).value().secret);
}

/// Keys of two operators and two apps: `stolen` was rotated from `first` and to `next`.
struct Family {
  explicit Family(const Fixture& its_fixture) : fixture(its_fixture) {}

  const Fixture& fixture;
  Tenant tenant = fixture.make_tenant();
  Fixture::OperatorLogin clerk = fixture.make_operator(tenant.id);
  Fixture::AppLogin guest = fixture.make_app(tenant.id);
  Fixture::KeyLogin first = pass_of(fixture, clerk.secret);
  Fixture::KeyLogin of_first = made_by(fixture, first.who, guest.app.id);
  Fixture::KeyLogin stolen = rotated(fixture, host, first.key.id);
  Fixture::KeyLogin app_of_stolen = pass_of(fixture, fixture.call(apps::create, stolen.who, {}).value().secret);
  Fixture::KeyLogin of_that_app = made_by(fixture, app_of_stolen.who, app_of_stolen.key.owner);
  Fixture::KeyLogin its_successor = rotated(fixture, host, of_that_app.key.id);
  Fixture::KeyLogin of_its_successor = made_by(fixture, its_successor.who, app_of_stolen.key.owner);
  Fixture::KeyLogin junior = pass_of(fixture, fixture.call(operators::create, stolen.who, {.name = "junior"}).value().secret);
  Fixture::KeyLogin of_junior = made_by(fixture, junior.who, guest.app.id);
  Fixture::KeyLogin rotated_by_junior = rotated(fixture, junior.who, of_junior.key.id);
  Fixture::KeyLogin next = rotated(fixture, host, stolen.key.id);
  Fixture::KeyLogin of_next = made_by(fixture, next.who, guest.app.id);
  Fixture::KeyLogin by_host = fixture.make_key(guest.app.id, {});
  Fixture::KeyLogin by_other = made_by(fixture, fixture.make_operator(tenant.id, "other").who, guest.app.id);

  /// The names of those that were not revoked.
  std::string good() const {
    std::string names;
    for (const auto& [name, pass] : std::map<std::string, const Fixture::KeyLogin*>{{"app_of_stolen", &app_of_stolen},
                                                                                    {"by_host", &by_host},
                                                                                    {"by_other", &by_other},
                                                                                    {"first", &first},
                                                                                    {"its_successor", &its_successor},
                                                                                    {"junior", &junior},
                                                                                    {"next", &next},
                                                                                    {"of_first", &of_first},
                                                                                    {"of_its_successor", &of_its_successor},
                                                                                    {"of_junior", &of_junior},
                                                                                    {"of_next", &of_next},
                                                                                    {"of_that_app", &of_that_app},
                                                                                    {"rotated_by_junior", &rotated_by_junior},
                                                                                    {"stolen", &stolen}})
      if (!fixture.row<Key>(pass->key.id).revoked_at) names += (names.empty() ? "" : " ") + name;
    return names;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lineage_of_keys)

BOOST_DATA_TEST_CASE(a_key_that_is_revoked_leaves_those_it_made_good, stores(), backend) {
  const Fixture fixture{backend};
  const Family family{fixture};
  fixture.call(keys::revoke, host, family.stolen.key.id).value();
  BOOST_TEST(family.good() ==
             "app_of_stolen by_host by_other first its_successor junior next of_first of_its_successor of_junior "
             "of_next of_that_app rotated_by_junior");
  BOOST_TEST(why(fixture.enter(family.app_of_stolen.secret)) == "ok");
}

BOOST_DATA_TEST_CASE(a_lineage_that_is_revoked_takes_all_that_came_of_the_secret_and_nothing_else, stores(), backend) {
  const Fixture fixture{backend};
  const Family family{fixture};
  const auto ended = fixture.call(keys::revoke_lineage, host, family.stolen.key.id).value();
  BOOST_TEST((ended.key.id == family.stolen.key.id && ended.key.revoked_at == fixture.clock.now()));
  BOOST_TEST(family.good() == "by_host by_other");
  BOOST_TEST(ended.revoked == 11);
  BOOST_TEST(!ended.has_more);
  BOOST_TEST(fixture.rows(Query<Audit>{}.where(&Audit::action, "key.revoke")).size() == 12U);
  BOOST_TEST((fixture.call(audit::verify, host, {}).value().broken_at == Id::none));
  BOOST_TEST(why(fixture.enter(family.of_its_successor.secret)) == "key.revoked");
  const auto again = fixture.call(keys::revoke_lineage, host, family.stolen.key.id).value();
  BOOST_TEST((again.revoked == 0 && !again.has_more && again.key.version == ended.key.version));
}

BOOST_DATA_TEST_CASE(a_descendant_takes_only_what_came_of_it, stores(), backend) {
  const Fixture fixture{backend};
  const Family family{fixture};
  BOOST_TEST(fixture.call(keys::revoke_lineage, host, family.of_junior.key.id).value().revoked == 1);
  BOOST_TEST(family.good() ==
             "app_of_stolen by_host by_other first its_successor junior next of_first of_its_successor of_next "
             "of_that_app stolen");
  BOOST_TEST(fixture.call(keys::revoke_lineage, host, family.app_of_stolen.key.id).value().revoked == 3);
  BOOST_TEST(family.good() == "by_host by_other first junior next of_first of_next stolen");
}

BOOST_DATA_TEST_CASE(a_key_that_took_an_ended_ones_place_belongs_to_its_maker, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto clerk = fixture.make_operator(tenant.id);
  const auto guest = fixture.make_app(tenant.id);
  const auto renewed = pass_of(fixture, fixture.call(apps::renew_secret, clerk.who, {.holder = guest.app.id}).value());
  BOOST_TEST((renewed.key.made_by == clerk.who.key));
  BOOST_TEST(fixture.call(keys::revoke_lineage, host, clerk.who.key).value().revoked == 1);
  BOOST_TEST(why(fixture.enter(renewed.secret)) == "key.revoked");
}

BOOST_DATA_TEST_CASE(a_key_whose_row_goes_hides_nothing_of_a_lineage, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto clerk = fixture.make_operator(tenant.id);
  const auto guest = fixture.make_app(tenant.id);
  const auto between = made_by(fixture, clerk.who, guest.app.id);
  const auto behind_it = made_by(fixture, between.who, guest.app.id);
  fixture.call(keys::remove, behind_it.who, {.ref = between.key.id}).value();

  const auto junior = fixture.call(operators::create, clerk.who, {.name = "junior"}).value();
  const auto junior_key = pass_of(fixture, junior.secret);
  const auto second =
      fixture.call(keys::create, junior_key.who, {.parent = junior.created.id, .holder = KeyOwner::administrator});
  const auto second_key = pass_of(fixture, second.value().secret);
  const auto behind_second = made_by(fixture, second_key.who, guest.app.id);
  fixture.call(operators::remove, host, {.ref = junior.created.id}).value();

  BOOST_TEST((fixture.row<Key>(behind_it.key.id).made_by == clerk.who.key));
  BOOST_TEST((fixture.row<Key>(behind_second.key.id).made_by == clerk.who.key));
  BOOST_TEST(fixture.call(keys::revoke_lineage, host, clerk.who.key).value().revoked == 2);
  BOOST_TEST(why(fixture.enter(behind_it.secret)) == "key.revoked");
  BOOST_TEST(why(fixture.enter(behind_second.secret)) == "key.revoked");
}

BOOST_DATA_TEST_CASE(a_key_that_takes_the_place_of_its_own_maker_belongs_to_that_ones_maker, stores(), backend) {
  const Fixture fixture{backend};
  const auto clerk = fixture.make_operator(fixture.make_tenant().id);
  const auto junior = fixture.call(operators::create, clerk.who, {.name = "junior"}).value();
  const auto key = pass_of(fixture, junior.secret);
  const auto renewed = pass_of(fixture, fixture.call(operators::renew_secret, key.who, {.holder = junior.created.id}).value());
  BOOST_TEST((renewed.key.made_by == clerk.who.key));
  BOOST_TEST(
      fixture.rows<Key>(Query<Key>{}.where(&Key::owner, junior.created.id).where(&Key::owner_kind, KeyOwner::administrator))
          .size() == 1U);
  BOOST_TEST(fixture.call(keys::revoke_lineage, host, clerk.who.key).value().revoked == 1);
}

BOOST_DATA_TEST_CASE(a_large_lineage_is_revoked_in_parts, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  constexpr std::int64_t made = 200;
  for (int i = 0; i < made; ++i) fixture.call(keys::create, guest.who, {.parent = guest.app.id}).value();
  const auto first = fixture.call(keys::revoke_lineage, host, guest.who.key).value();
  BOOST_TEST((first.revoked > 50 && first.revoked < made && first.has_more));
  BOOST_TEST(why(fixture.enter(guest.secret)) == "key.revoked");
  auto revoked = first.revoked;
  for (bool has_more = true; has_more;) {
    const auto next = fixture.call(keys::revoke_lineage, host, guest.who.key).value();
    BOOST_TEST_REQUIRE(next.revoked > 0);
    revoked += next.revoked;
    has_more = next.has_more;
  }
  BOOST_TEST(revoked == made);
}

BOOST_DATA_TEST_CASE(a_lineage_is_revoked_by_whoever_may_revoke_the_key, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto sibling = fixture.make_app(tenant.id);
  const auto clerk = fixture.make_operator(tenant.id);
  const auto without = fixture.make_operator_key(clerk.row.id, {.scopes = "keys:write"});
  const auto made = made_by(fixture, guest.who, guest.app.id);
  BOOST_TEST(why(fixture.call(keys::revoke_lineage, sibling.who, guest.who.key)) == "key.unknown");
  BOOST_TEST(why(fixture.call(keys::revoke_lineage, without.who, clerk.who.key)) == "scope.missing");
  BOOST_TEST(why(fixture.enter(made.secret)) == "ok");
  BOOST_TEST(fixture.call(keys::revoke_lineage, made.who, guest.who.key).value().revoked == 1);
  BOOST_TEST(why(fixture.enter(made.secret)) == "key.revoked");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
