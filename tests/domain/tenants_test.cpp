#include "tests/domain/fixture.hpp"

#include <algorithm>

/// Tenants, operators and apps: what ends with them, and which version a change is meant for.
namespace innkeeper::tests {

/// What each kind of caller gets for a look at an app, authenticated anew.
struct Callers {
  explicit Callers(const Fixture& its_fixture)
      : fixture(its_fixture),
        tenant(fixture.make_tenant()),
        guest(fixture.make_app(tenant.id)),
        clerk(fixture.make_operator(tenant.id)),
        root(fixture.make_operator(Id::none, "root")) {}

  std::string look(const std::string& secret) const {
    const auto who = fixture.enter(secret);
    return who ? why(fixture.call(apps::find, *who, guest.app.id)) : why(who);
  }

  const Fixture& fixture;
  Tenant tenant;
  Fixture::AppLogin guest;
  Fixture::OperatorLogin clerk;
  Fixture::OperatorLogin root;
};

namespace {

/// One row of everything that may belong to an app, made by ordinary use.
void fill(const Fixture& fixture, const Fixture::AppLogin& guest) {
  const auto app = guest.app.id;
  const auto member = fixture.call(members::create, host, {.parent = app, .draft = {.name = "ada"}}).value();
  fixture.call(member_tokens::create, host, {.parent = member.id}).value();
  const auto room = fixture.call(rooms::create, host, {.parent = app, .draft = {.name = "hall"}}).value();
  fixture.call(join_tokens::create, host, {.parent = room.id}).value();
  fixture.call(stream_keys::create, host, {.parent = app}).value();
  const auto device = fixture.call(devices::create, host, {.parent = app, .draft = {.name = "lamp"}}).value();
  fixture.call(webhooks::create, host, {.parent = app, .url = "https://example.net/", .draft = {.events = "*"}}).value();
  const auto at = fixture.clock.now();
  const events::Batch batch{
      .app = app,
      .reports = {
          {.id = "1", .type = events::Type::session_started, .at = at, .data = {"{}"}, .session = "s", .room = room.uid},
          {.id = "2", .type = events::Type::participant_joined, .at = at, .data = {"{}"}, .session = "s", .participant = "p"},
          {.id = "3", .type = events::Type::recording_ready, .at = at, .data = {"{}"}, .session = "s", .url = "https://r/"},
          {.id = "4", .type = events::Type::usage, .at = at, .data = {"{}"}, .signaling = 1},
          {.id = "5",
           .type = events::Type::readings,
           .at = at,
           .data = {"{}"},
           .device = device.uid,
           .values = {{at, JsonText{"1"}}}},
      }};
  BOOST_TEST(fixture.call(events::report, host, batch).value().accepted == 5);
}

/// The tables that hold rows of an app, with blanks between them.
std::string tables_of(const Fixture& fixture, Id app) {
  std::string found;
  each_entity([&]<class E>() {
    std::int64_t count = 0;
    if constexpr (std::is_same_v<E, App>)
      count = std::ssize(fixture.rows(Query<App>{}.where(&App::id, app)));
    else if constexpr (std::is_same_v<E, Key>)
      count = std::ssize(fixture.rows(Query<Key>{}.where(&Key::owner_kind, KeyOwner::app).where(&Key::owner, app)));
    else if constexpr (std::is_same_v<E, QuotaUsage>)
      count = std::ssize(fixture.rows(Query<QuotaUsage>{}.where(&QuotaUsage::app, number(app))));
    else if constexpr (requires(E row) { row.app; })
      count = std::ssize(fixture.rows(Query<E>{}.where(&E::app, app)));
    if (count > 0) found.append(found.empty() ? "" : " ").append(table_of<E>.name);
  });
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tenants_and_apps)

BOOST_DATA_TEST_CASE(a_tenant_that_is_not_active_is_refused_from_the_next_call_on, stores(), backend) {
  const Fixture fixture{backend};
  const Callers callers{fixture};
  const auto set = [&](TenantStatus status) {
    fixture.call(tenants::update, host, {.ref = callers.tenant.id, .draft = {.status = status}}).value();
  };
  for (const auto& [status, reason] :
       {std::pair{TenantStatus::active, "ok"}, std::pair{TenantStatus::suspended, "tenant.suspended"},
        std::pair{TenantStatus::active, "ok"}, std::pair{TenantStatus::deleted, "tenant.deleted"}}) {
    set(status);
    BOOST_TEST(callers.look(callers.guest.secret) == reason);
    BOOST_TEST(callers.look(callers.clerk.secret) == reason);
    BOOST_TEST(callers.look(callers.root.secret) == reason);
    // Who was let in before is refused too.
    BOOST_TEST(why(fixture.call(rooms::create, callers.guest.who, {.parent = callers.guest.app.id})) == reason);
    BOOST_TEST(why(fixture.call(rooms::create, callers.clerk.who, {.parent = callers.guest.app.id})) == reason);
    BOOST_TEST(why(fixture.call(apps::create, callers.root.who, {.parent = callers.tenant.id})) == reason);
    BOOST_TEST(why(fixture.call(apps::find, host, callers.guest.app.id)) == "ok");
  }
}

BOOST_DATA_TEST_CASE(removing_a_tenant_marks_it_and_keeps_its_rows, stores(), backend) {
  const Fixture fixture{backend};
  const Callers callers{fixture};
  fixture.call(tenants::remove, host, {.ref = callers.tenant.uid}).value();
  BOOST_TEST((fixture.call(tenants::find, host, callers.tenant.id).value().status == TenantStatus::deleted));
  BOOST_TEST(callers.look(callers.guest.secret) == "tenant.deleted");
  BOOST_TEST(fixture.rows<App>().size() == 1U);
}

BOOST_DATA_TEST_CASE(a_suspended_app_is_refused_and_its_operators_are_not, stores(), backend) {
  const Fixture fixture{backend};
  const Callers callers{fixture};
  fixture.call(apps::update, callers.clerk.who, {.ref = callers.guest.app.id, .draft = {.status = AppStatus::suspended}}).value();
  BOOST_TEST(callers.look(callers.guest.secret) == "app.suspended");
  BOOST_TEST(callers.look(callers.clerk.secret) == "ok");
  fixture.call(apps::update, callers.clerk.who, {.ref = callers.guest.app.id, .draft = {.status = AppStatus::active}}).value();
  BOOST_TEST(callers.look(callers.guest.secret) == "ok");
}

BOOST_DATA_TEST_CASE(an_app_takes_all_that_belongs_to_it_with_it, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto sibling = fixture.make_app(tenant.id);
  fill(fixture, guest);
  fill(fixture, sibling);
  const auto all = tables_of(fixture, sibling.app.id);
  BOOST_TEST(all ==
             "app key usage member member_token device reading room join_token stream_key session participation recording "
             "audit event webhook delivery quota_usage");
  fixture.call(apps::remove, guest.who, {.ref = guest.app.id}).value();
  BOOST_TEST(tables_of(fixture, guest.app.id) == "audit");
  BOOST_TEST(tables_of(fixture, sibling.app.id) == all);
  BOOST_TEST(why(fixture.enter(guest.secret)) == "key.unknown");
  BOOST_TEST((fixture.make_app(tenant.id).app.id > sibling.app.id));
}

BOOST_AUTO_TEST_CASE(every_table_is_an_entity_of_these_tests) {
  std::vector<const Table*> known;
  each_entity([&]<class E>() { known.push_back(&table_of<E>); });
  for (const auto* table : all_tables()) BOOST_TEST((std::find(known.begin(), known.end(), table) != known.end()), table->name);
  BOOST_TEST(known.size() == all_tables().size());
}

BOOST_DATA_TEST_CASE(a_change_for_another_version_is_refused_and_told_the_present_one, stores(), backend) {
  const Fixture fixture{backend};
  const Callers callers{fixture};
  const Precondition stale{.is_set = true, .versions = {1, 7}};
  const auto check = [](const auto& result) {
    BOOST_TEST_REQUIRE(why(result) == "version.stale");
    BOOST_TEST(result.error().code == Errc::conflict);
    BOOST_TEST(result.error().violations.at(0).code == "2");
  };
  fixture.call(tenants::update, host, {.ref = callers.tenant.id, .draft = {.name = "renamed"}}).value();
  check(fixture.call(tenants::update, host, {.ref = callers.tenant.id, .match = stale}));
  check(fixture.call(tenants::remove, host, {.ref = callers.tenant.id, .match = stale}));
  fixture.call(operators::update, host, {.ref = callers.clerk.row.id, .draft = {.name = "renamed"}}).value();
  check(fixture.call(operators::update, host, {.ref = callers.clerk.row.id, .match = stale}));
  check(fixture.call(operators::remove, host, {.ref = callers.clerk.row.id, .match = stale}));
  fixture.call(apps::update, host, {.ref = callers.guest.app.id, .draft = {.name = "renamed"}}).value();
  check(fixture.call(apps::update, host, {.ref = callers.guest.app.id, .match = stale}));
  check(fixture.call(apps::remove, host, {.ref = callers.guest.app.id, .match = stale}));

  const Precondition any{.is_set = true, .takes_any = true};
  const Precondition present{.is_set = true, .versions = {2}};
  BOOST_TEST(why(fixture.call(apps::update, host, {.ref = callers.guest.app.id, .match = present})) == "ok");
  BOOST_TEST(why(fixture.call(tenants::update, host, {.ref = callers.tenant.id, .match = present})) == "ok");
  BOOST_TEST(why(fixture.call(operators::remove, host, {.ref = callers.clerk.row.id, .match = any})) == "ok");
  BOOST_TEST(why(fixture.call(operators::remove, host, {.ref = callers.clerk.row.id, .match = any})) == "operator.unknown");
}

BOOST_DATA_TEST_CASE(a_change_that_changes_nothing_makes_no_version, stores(), backend) {
  Fixture fixture{backend};
  const auto tenant = fixture.make_tenant("same");
  fixture.clock.advance(std::chrono::seconds{1});
  const auto again = fixture.call(tenants::update, host, {.ref = tenant.id, .draft = {.name = "same"}}).value();
  BOOST_TEST(again.version == 1);
  BOOST_TEST((again.updated_at == tenant.updated_at));
  const auto changed = fixture.call(tenants::update, host, {.ref = tenant.id, .draft = {.name = "other"}}).value();
  BOOST_TEST(changed.version == 2);
  BOOST_TEST((changed.updated_at == fixture.clock.now()));
  const auto app = fixture.make_app(tenant.id).app;
  fixture.clock.advance(std::chrono::seconds{1});
  BOOST_TEST((fixture.call(apps::update, host, {.ref = app.id}).value().app.updated_at == fixture.clock.now()));
}

BOOST_DATA_TEST_CASE(an_app_is_made_in_the_callers_tenant_unless_another_is_named, stores(), backend) {
  const Fixture fixture{backend};
  const Callers callers{fixture};
  const auto own = fixture.call(apps::create, callers.clerk.who, {});
  BOOST_TEST_REQUIRE(why(own) == "ok");
  BOOST_TEST((own->view.app.tenant == callers.tenant.id));
  for (const auto& who : {host, callers.root.who}) {
    const auto nowhere = fixture.call(apps::create, who, {});
    BOOST_TEST_REQUIRE(why(nowhere) == "value.refused");
    BOOST_TEST(nowhere.error().violations.at(0).field == "/tenant");
    BOOST_TEST(why(fixture.call(apps::create, who, {.parent = callers.tenant.uid})) == "ok");
  }
}

BOOST_DATA_TEST_CASE(names_and_uids_that_are_taken_are_refused, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto clerk = fixture.make_operator(tenant.id);
  const auto other = fixture.make_operator(tenant.id, "other");
  BOOST_TEST(why(fixture.call(operators::create, host, {.parent = tenant.id, .name = "clerk"})) == "name.taken");
  BOOST_TEST(why(fixture.call(operators::update, host, {.ref = other.row.id, .draft = {.name = "clerk"}})) == "name.taken");
  BOOST_TEST(why(fixture.call(operators::update, host, {.ref = clerk.row.id, .draft = {.name = "clerk"}})) == "ok");
  BOOST_TEST(why(fixture.call(operators::create, host, {.name = "clerk"})) == "ok");
  BOOST_TEST(why(fixture.call(operators::create, host, {.name = "clerk"})) == "name.taken");
  BOOST_TEST(why(fixture.call(tenants::create, host, {.uid = tenant.uid})) == "uid.taken");
  const auto app = fixture.make_app(tenant.id).app;
  const auto taken = fixture.call(apps::create, host, {.parent = tenant.id, .uid = app.uid});
  BOOST_TEST(why(taken) == "uid.taken");
  BOOST_TEST(taken.error().code == Errc::already_exists);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
