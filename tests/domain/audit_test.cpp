#include "tests/domain/fixture.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

/// Every change leaves its line in the audit trail, and the trail shows when somebody wrote in it.
namespace innkeeper::tests {

/// Everything an operation may be about, made anew for each.
struct Stage {
  explicit Stage(const Fixture& its_fixture) : fixture(its_fixture) {}

  const Fixture& fixture;
  Tenant tenant = fixture.make_tenant();
  Fixture::OperatorLogin root = fixture.make_operator(Id::none, "root");
  Fixture::OperatorLogin clerk = fixture.make_operator(tenant.id);
  Fixture::AppLogin guest = fixture.make_app(tenant.id);
  Fixture::KeyLogin pass = fixture.make_key(guest.app.id, {});
  Member member = fixture.call(members::create, host, {.parent = guest.app.id}).value();
  Device device = fixture.call(devices::create, host, {.parent = guest.app.id}).value();
  Room room = fixture.call(rooms::create, host, {.parent = guest.app.id}).value();
  join_tokens::Issued join = fixture.call(join_tokens::create, host, {.parent = room.id}).value();
  member_tokens::Issued token = fixture.call(member_tokens::create, host, {.parent = member.id}).value();
  stream_keys::Issued stream = fixture.call(stream_keys::create, host, {.parent = guest.app.id}).value();
  webhooks::Issued hook = fixture.call(webhooks::create, host, {.parent = guest.app.id, .url = "https://example.net/"}).value();
  Room room_of_event = fixture.call(rooms::create, host, {.parent = guest.app.id}).value();
  Delivery delivery = fixture.rows<Delivery>().at(0);
};

/// One change, by an operator over all tenants.
struct Change {
  std::string_view action;  ///< As the trail names it.
  std::function<void(const Stage&, const Principal&)> make;
};

namespace {

template <const auto& operation, class In>
Change change(std::string_view action, In in) {
  return {action, [in](const Stage& stage, const Principal& who) {
            const auto done = stage.fixture.call(operation, who, in(stage));
            BOOST_TEST(why(done) == "ok", operation.name << ": " << why(done));
          }};
}

using S = const Stage&;

/// Every operation that writes, but the counters (`usages::add`), whose reports are in the trail.
std::vector<Change> changes() {
  return {
      change<tenants::create>("tenant.create", [](S) { return tenants::New{.name = "new"}; }),
      change<tenants::update>("tenant.update",
                              [](S s) { return Edit<tenants::Draft>{.ref = s.tenant.id, .draft = {.name = "x"}}; }),
      change<tenants::remove>("tenant.update", [](S s) { return Removal{.ref = s.tenant.id}; }),
      change<operators::create>("operator.create", [](S) { return operators::New{.name = "new"}; }),
      change<operators::update>("operator.update",
                                [](S s) { return Edit<operators::Draft>{.ref = s.clerk.row.id, .draft = {.name = "x"}}; }),
      change<operators::remove>("operator.delete", [](S s) { return Removal{.ref = s.clerk.row.id}; }),
      change<operators::renew_secret>("key.replace", [](S s) { return NewSecret{.holder = s.clerk.row.id}; }),
      change<apps::create>("app.create", [](S s) { return apps::New{.parent = s.tenant.id}; }),
      change<apps::update>("app.update", [](S s) { return Edit<apps::Draft>{.ref = s.guest.app.id}; }),
      change<apps::remove>("app.delete", [](S s) { return Removal{.ref = s.guest.app.id}; }),
      change<apps::renew_secret>("key.replace", [](S s) { return NewSecret{.holder = s.guest.app.id}; }),
      change<keys::create>("key.create", [](S s) { return keys::New{.parent = s.guest.app.id}; }),
      change<keys::update>("key.update", [](S s) { return Edit<keys::Draft>{.ref = s.pass.key.id, .draft = {.label = "x"}}; }),
      change<keys::rotate>("key.rotate", [](S s) { return Rotation{.ref = s.pass.key.id}; }),
      change<keys::revoke>("key.revoke", [](S s) { return Ref{s.pass.key.id}; }),
      change<keys::revoke_lineage>("key.revoke", [](S s) { return Ref{s.pass.key.id}; }),
      change<keys::remove>("key.delete", [](S s) { return Removal{.ref = s.pass.key.id}; }),
      change<access_tokens::issue>(
          "access_token.create",
          [](S s) { return access_tokens::Login{.name = "clerk", .secret = s.clerk.secret, .tenant = s.tenant.uid}; }),
      change<access_tokens::revoke>("access_token.delete",
                                    [](S s) {
                                      const auto login =
                                          access_tokens::Login{.name = "clerk", .secret = s.clerk.secret, .tenant = s.tenant.uid};
                                      return s.fixture.call(access_tokens::issue, host, login).value().token;
                                    }),
      change<members::create>("member.create", [](S s) { return members::New{.parent = s.guest.app.id}; }),
      change<members::update>("member.update",
                              [](S s) { return Edit<members::Draft>{.ref = s.member.id, .draft = {.name = "x"}}; }),
      change<members::remove>("member.delete", [](S s) { return Removal{.ref = s.member.id}; }),
      change<devices::create>("device.create", [](S s) { return devices::New{.parent = s.guest.app.id}; }),
      change<devices::update>("device.update",
                              [](S s) { return Edit<devices::Draft>{.ref = s.device.id, .draft = {.name = "x"}}; }),
      change<devices::remove>("device.delete", [](S s) { return Removal{.ref = s.device.id}; }),
      change<rooms::create>("room.create", [](S s) { return rooms::New{.parent = s.guest.app.id}; }),
      change<rooms::update>("room.update", [](S s) { return Edit<rooms::Draft>{.ref = s.room.id, .draft = {.name = "x"}}; }),
      change<rooms::remove>("room.delete", [](S s) { return Removal{.ref = s.room.id}; }),
      change<join_tokens::create>("join_token.create", [](S s) { return join_tokens::New{.parent = s.room.id}; }),
      change<join_tokens::redeem>("join_token.redeem", [](S s) { return s.join.token; }),
      change<join_tokens::revoke>("join_token.revoke", [](S s) { return Ref{s.join.row.id}; }),
      change<member_tokens::create>("member_token.create", [](S s) { return member_tokens::New{.parent = s.member.id}; }),
      change<member_tokens::revoke>("member_token.revoke", [](S s) { return Ref{s.token.row.id}; }),
      change<stream_keys::create>("stream_key.create", [](S s) { return stream_keys::New{.parent = s.guest.app.id}; }),
      change<stream_keys::revoke>("stream_key.revoke", [](S s) { return Ref{s.stream.row.id}; }),
      change<revocations::revoke>("join_token.revoke_many", [](S s) { return revocations::Criteria{.app = s.guest.app.id}; }),
      change<events::report>("events.report",
                             [](S s) {
                               return events::Batch{.app = s.guest.app.id,
                                                    .reports = {{.id = "1", .type = events::Type::usage, .data = {"{}"}}}};
                             }),
      change<webhooks::create>("webhook.create",
                               [](S s) { return webhooks::New{.parent = s.guest.app.id, .url = "https://example.net/"}; }),
      change<webhooks::update>("webhook.update",
                               [](S s) { return Edit<webhooks::Draft>{.ref = s.hook.webhook.id, .draft = {.label = "x"}}; }),
      change<webhooks::rotate>("webhook.rotate", [](S s) { return Rotation{.ref = s.hook.webhook.id}; }),
      change<webhooks::remove>("webhook.delete", [](S s) { return Removal{.ref = s.hook.webhook.id}; }),
      change<webhooks::replay>("delivery.replay", [](S s) { return Ref{s.delivery.id}; }),
  };
}

/// Changes the table of the trail behind the engine's back.
void tamper(const Fixture& fixture, const std::function<Result<void>(Transaction&)>& work) {
  fixture.store->run(Access::write, [&](Transaction& tx) { return work(tx); }).value();
}

Result<audit::ChainStatus> proof_of(const Fixture& fixture, Bytes head = {}) {
  return fixture.call(audit::verify, host, {.head = std::move(head)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_trail)

BOOST_DATA_TEST_CASE(every_change_is_written_down_with_who_made_it, stores(), backend) {
  for (const auto& each : changes()) {
    const Fixture fixture{backend};
    const Stage stage{fixture};
    const auto before = fixture.rows<Audit>().size();
    each.make(stage, stage.root.who);
    const auto rows = fixture.rows<Audit>();
    BOOST_TEST_REQUIRE(rows.size() > before, each.action << " leaves nothing");
    const bool is_of_new_tenant_or_none = each.action == "tenant.create" || each.action == "operator.create";
    const bool is_there = std::any_of(rows.begin() + static_cast<std::ptrdiff_t>(before), rows.end(), [&](const Audit& row) {
      return row.action == each.action && row.actor == "operator" && row.actor_id == stage.root.row.id &&
             row.key == stage.root.who.key && row.request_id.size() == 36 && row.at == fixture.clock.now() &&
             (is_of_new_tenant_or_none || row.tenant == stage.tenant.id);
    });
    BOOST_TEST(is_there, each.action << " is not told");
    BOOST_TEST(proof_of(fixture).value().rows == static_cast<std::int64_t>(rows.size()));
    BOOST_TEST((proof_of(fixture).value().broken_at == Id::none));
  }
}

BOOST_DATA_TEST_CASE(a_change_that_is_undone_is_not_in_the_trail, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto before = fixture.rows<Audit>().size();
  const auto undone = fixture.run(Access::write, guest.who, [&](Transaction& tx, const Context& context) -> Result<Room> {
    BOOST_TEST(rooms::create(tx, context, {.parent = guest.app.id}).has_value());
    return Error{Errc::conflict, Reason{"test.changed_its_mind"}};
  });
  BOOST_TEST(why(undone) == "test.changed_its_mind");
  BOOST_TEST(fixture.rows<Audit>().size() == before);
  BOOST_TEST(fixture.rows<Room>().empty());
}

BOOST_DATA_TEST_CASE(a_line_tells_what_changed_and_masks_what_is_secret, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  fixture
      .call(apps::update, guest.who,
            {.ref = guest.app.id, .draft = {.description = "desk", .recording_credential = "bucket-password"}})
      .value();
  const auto row = fixture.rows<Audit>().back();
  BOOST_TEST(row.action == "app.update");
  BOOST_TEST((row.tenant == tenant.id && row.app == guest.app.id && row.object == guest.app.id));
  BOOST_TEST(row.object_uid == guest.app.uid);
  BOOST_TEST(row.actor == "app");
  BOOST_TEST(row.before.text == R"({"description":"","recording_credential":null})");
  BOOST_TEST(row.after.text == R"({"description":"desk","recording_credential":"***"})");
  BOOST_TEST(tables_with(fixture, "bucket-password") == "");
}

BOOST_DATA_TEST_CASE(no_secret_lies_in_any_cell, stores(), backend) {
  const Fixture fixture{backend};
  const Stage stage{fixture};
  const auto token =
      fixture.call(access_tokens::issue, host, {.name = "clerk", .secret = stage.clerk.secret, .tenant = stage.tenant.uid})
          .value();
  const auto rotated = fixture.call(webhooks::rotate, host, {.ref = stage.hook.webhook.id}).value();
  const auto renewed = fixture.call(apps::renew_secret, host, {.holder = stage.guest.app.id}).value();
  for (const auto& secret : {stage.root.secret, stage.clerk.secret, stage.guest.secret, stage.pass.secret, stage.join.token,
                             stage.token.token, stage.stream.secret, stage.hook.secret, token.token, rotated.secret, renewed})
    BOOST_TEST(tables_with(fixture, secret) == "");
  BOOST_TEST(tables_with(fixture, stage.tenant.uid) == "tenant audit");
}

BOOST_DATA_TEST_CASE(callers_read_the_lines_about_their_own, stores(), backend) {
  const Fixture fixture{backend};
  const Stage ours{fixture};
  const auto other = fixture.make_tenant("other");
  const auto foreign = fixture.make_app(other.id);
  for (const auto& row : fixture.call(audit::list, ours.guest.who, {}).value().items) BOOST_TEST((row.app == ours.guest.app.id));
  for (const auto& row : fixture.call(audit::list, ours.clerk.who, {}).value().items) BOOST_TEST((row.tenant == ours.tenant.id));
  BOOST_TEST(!fixture.call(audit::list, foreign.who, {}).value().items.empty());
  const auto refused = fixture.call(audit::verify, ours.clerk.who, {});
  BOOST_TEST(why(refused) == "reach.missing");
  BOOST_TEST(refused.error().code == Errc::forbidden);
  BOOST_TEST((fixture.call(audit::verify, ours.root.who, {}).value().broken_at == Id::none));
}

BOOST_DATA_TEST_CASE(each_kind_of_tampering_breaks_the_chain_where_it_was_done, stores(), backend) {
  using Tamper = std::function<Result<void>(Transaction&, std::vector<Audit>&)>;
  const auto alter = [](auto how) -> Tamper {
    return [how](Transaction& tx, std::vector<Audit>& rows) {
      how(rows[2]);
      return tx.update(rows[2]);
    };
  };
  const std::vector<std::pair<std::string_view, Tamper>> ways{
      {"tenant", alter([](Audit& row) { row.tenant = Id{77}; })},
      {"app", alter([](Audit& row) { row.app = Id{77}; })},
      {"at", alter([](Audit& row) { row.at += std::chrono::microseconds{1}; })},
      {"actor", alter([](Audit& row) { row.actor = "nobody"; })},
      {"actor_id", alter([](Audit& row) { row.actor_id = Id{77}; })},
      {"key", alter([](Audit& row) { row.key = Id{77}; })},
      {"action", alter([](Audit& row) { row.action = "app.find"; })},
      {"object", alter([](Audit& row) { row.object = Id{77}; })},
      {"object_uid", alter([](Audit& row) { row.object_uid += "x"; })},
      {"before", alter([](Audit& row) { row.before.text = R"({"x":1})"; })},
      {"after", alter([](Audit& row) { row.after.text = "{}"; })},
      {"request_id", alter([](Audit& row) { row.request_id = "mine"; })},
      {"hash", alter([](Audit& row) { row.hash.data.back() ^= 1; })},
      {"removed",
       [](Transaction& tx, std::vector<Audit>& rows) -> Result<void> {
         return tx.erase<Audit>(rows[2].id).has_value() ? Result<void>{} : Error{};
       }},
      {"swapped",
       [](Transaction& tx, std::vector<Audit>& rows) {
         std::swap(rows[2].id, rows[3].id);
         std::swap(rows[2].version, rows[3].version);
         auto done = tx.update(rows[2]);
         return done ? tx.update(rows[3]) : done;
       }},
      {"inserted",
       [](Transaction& tx, std::vector<Audit>& rows) {
         auto copy = rows[2];
         copy.id = Id{number(rows.back().id) + 5};
         return tx.insert(copy);
       }},
  };
  for (const auto& [name, way] : ways) {
    const Fixture fixture{backend};
    for (int i = 0; i < 6; ++i) fixture.make_tenant(std::to_string(i));
    BOOST_TEST((proof_of(fixture).value().broken_at == Id::none));
    auto rows = fixture.rows<Audit>();
    const auto third = rows[2].id;
    const auto fourth = rows[3].id;
    const auto beyond = Id{number(rows.back().id) + 5};
    tamper(fixture, [&, &way = way](Transaction& tx) {
      auto fresh = rows;
      return way(tx, fresh);
    });
    const auto broken_at = proof_of(fixture).value().broken_at;
    BOOST_TEST((broken_at == (name == "removed" ? fourth : name == "inserted" ? beyond : third)), name << " goes unseen");
  }
}

BOOST_DATA_TEST_CASE(the_chain_holds_through_many_writers_of_whom_some_fail, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  constexpr int callers = 64;
  constexpr int rounds = 6;
  std::atomic<int> made{0};
  std::vector<std::thread> crowd;
  for (int caller = 0; caller < callers; ++caller)
    crowd.emplace_back([&, caller] {
      for (int i = 0; i < rounds; ++i) {
        const auto done = fixture.run(Access::write, guest.who, [&](Transaction& tx, const Context& context) -> Result<Room> {
          auto room = rooms::create(tx, context, {.parent = guest.app.id});
          if ((caller + i) % 4 == 0) return Error{Errc::conflict, Reason{"test.changed_its_mind"}};
          return room;
        });
        if (done) ++made;
      }
    });
  for (auto& each : crowd) each.join();
  const auto count = static_cast<std::size_t>(made);
  BOOST_TEST(made == callers * rounds * 3 / 4);
  BOOST_TEST(fixture.rows(Query<Audit>{}.where(&Audit::action, "room.create")).size() == count);
  BOOST_TEST(fixture.rows(Query<Event>{}.where(&Event::type, "room.created")).size() == count);
  BOOST_TEST((proof_of(fixture).value().broken_at == Id::none));
}

BOOST_AUTO_TEST_CASE(two_engines_on_one_file_write_one_chain) {
  const Fixture fixture{sqlite()};
  const auto second = sqlite().open(fixture.folder);
  const auto other = Engine::open({.store = *second, .master_key = fixture.master_key}).value();
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto name_it = [&](Engine& engine, const std::string& name) {
    return engine.call(apps::update, guest.who, {.ref = guest.app.id, .draft = {.name = name}}).has_value();
  };
  for (int i = 0; i < 30; ++i) {
    BOOST_TEST(name_it(*fixture.engine, "mine " + std::to_string(i)));
    if (i % 3 == 0) BOOST_TEST(name_it(*fixture.engine, "mine again " + std::to_string(i)));
    BOOST_TEST(name_it(*other, "theirs " + std::to_string(i)));
  }
  const auto make_rooms = [&](Engine& engine) {
    int made = 0;
    for (int i = 0; i < 30; ++i) made += engine.call(rooms::create, guest.who, {.parent = guest.app.id}).has_value() ? 1 : 0;
    return made;
  };
  int theirs = 0;
  std::thread beside{[&] { theirs = make_rooms(*other); }};
  BOOST_TEST(make_rooms(*fixture.engine) == 30);
  beside.join();
  BOOST_TEST(theirs == 30);
  BOOST_TEST((proof_of(fixture).value().broken_at == Id::none));
}

BOOST_DATA_TEST_CASE(a_head_that_was_noted_shows_that_the_end_was_cut_off, stores(), backend) {
  const Fixture fixture{backend};
  for (int i = 0; i < 3; ++i) fixture.make_tenant(std::to_string(i));
  const auto head = proof_of(fixture).value().head;
  fixture.make_tenant("later");
  BOOST_TEST(proof_of(fixture, head).value().has_head);
  tamper(fixture, [&](Transaction& tx) -> Result<void> {
    return tx.erase(Query<Audit>{}.where(&Audit::id, Compare::greater, Id{2})).has_value() ? Result<void>{} : Error{};
  });
  const auto cut = proof_of(fixture, head).value();
  BOOST_TEST((cut.broken_at == Id::none));
  BOOST_TEST(!cut.has_head);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
