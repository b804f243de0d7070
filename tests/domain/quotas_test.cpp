#include "tests/domain/site.hpp"

#include <innkeeper/courier.hpp>
#include <innkeeper/sqlite.hpp>
#include <innkeeper/transfer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <random>
#include <sstream>
#include <thread>
#include <utility>

/// How much there may be, and how much there is.
namespace innkeeper::tests {

using namespace std::chrono_literals;
using events::Report;
using events::Type;

namespace {

using Amounts = std::array<std::int64_t, quota_kinds>;
using Totals = std::map<std::pair<std::int64_t, std::int64_t>, Amounts>;

template <class E>
constexpr QuotaKind kind_of = QuotaKind::bytes;
template <>
constexpr QuotaKind kind_of<Room> = QuotaKind::rooms;
template <>
constexpr QuotaKind kind_of<Member> = QuotaKind::members;
template <>
constexpr QuotaKind kind_of<Key> = QuotaKind::keys;
template <>
constexpr QuotaKind kind_of<Device> = QuotaKind::devices;
template <>
constexpr QuotaKind kind_of<Event> = QuotaKind::events;
template <>
constexpr QuotaKind kind_of<JoinToken> = QuotaKind::tokens;
template <>
constexpr QuotaKind kind_of<MemberToken> = QuotaKind::tokens;
template <>
constexpr QuotaKind kind_of<AccessToken> = QuotaKind::tokens;

/// What the engine keeps for itself counts against nobody, and the audit trail is the operator's.
template <class E>
constexpr bool counts =
    !(std::is_same_v<E, Tenant> || std::is_same_v<E, Audit> || std::is_same_v<E, Task> || std::is_same_v<E, Quota> ||
      std::is_same_v<E, QuotaUsage> || std::is_same_v<E, Setting> || std::is_same_v<E, KeyUse>);

template <class E>
std::int64_t app_of(const E& row) {
  if constexpr (std::is_same_v<E, App>)
    return number(row.id);
  else if constexpr (std::is_same_v<E, Key>)
    return row.owner_kind == KeyOwner::app ? number(row.owner) : 0;
  else if constexpr (requires { row.app; })
    return number(row.app);
  else
    return 0;
}

/// By every row there is.
Totals counted_anew(const Fixture& fixture) {
  Totals totals;
  each_entity([&]<class E>() {
    if constexpr (counts<E>) {
      for (const auto& row : fixture.rows<E>()) {
        if (row.tenant == Id::none) continue;
        std::int64_t bytes = 0;
        for (const auto& cell : to_cells(row)) bytes += cell.is_text() ? std::max<std::int64_t>(16, std::ssize(cell.text())) : 8;
        std::vector<std::int64_t> owners{0};
        if (app_of(row) != 0) owners.push_back(app_of(row));
        for (const auto app : owners) {
          auto& total = totals[{number(row.tenant), app}];
          if (kind_of<E> != QuotaKind::bytes) ++total[static_cast<std::size_t>(kind_of<E>)];
          total[static_cast<std::size_t>(QuotaKind::bytes)] += bytes;
        }
      }
    }
  });
  return totals;
}

Totals recorded(const Fixture& fixture) {
  Totals totals;
  for (const auto& row : fixture.rows<QuotaUsage>())
    for (std::size_t kind = 0; kind < quota_kinds; ++kind)
      totals[{number(row.tenant), row.app}][kind] = row.*by_kind<QuotaUsage>[kind];
  return totals;
}

std::string text_of(const Totals& totals) {
  std::ostringstream out;
  for (const auto& [owner, amounts] : totals) {
    out << owner.first << "/" << owner.second << ":";
    for (std::size_t kind = 0; kind < quota_kinds; ++kind) out << " " << names_of<QuotaKind>[kind] << "=" << amounts[kind];
    out << "\n";
  }
  return out.str();
}

Report report_of(Type type, std::string id, std::string session, Instant at) {
  Report report{.id = std::move(id), .type = type, .at = at, .data = {"{}"}, .session = std::move(session)};
  if (type == Type::participant_joined || type == Type::participant_left) report.participant = "p";
  return report;
}

void set(const Fixture& fixture, Id app, quotas::Draft draft) {
  BOOST_TEST_REQUIRE(why(fixture.call(quotas::update_of_app, host, {.ref = app, .draft = draft})) == "ok");
}
void set_of_tenant(const Fixture& fixture, Id tenant, quotas::Draft draft) {
  BOOST_TEST_REQUIRE(why(fixture.call(quotas::update_of_tenant, host, {.ref = tenant, .draft = draft})) == "ok");
}
QuotaUsage used_by(const Fixture& fixture, Id app) { return fixture.call(quotas::find_of_app, host, app).value().used; }

template <class Out>
std::string detail_of(const Result<Out>& result) {
  return result ? "" : result.error().detail;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(quotas_)

BOOST_DATA_TEST_CASE(totals_are_what_a_count_of_all_rows_finds_after_any_run_of_changes, stores(), backend) {
  Fixture fixture{backend, {}, default_mounts()};
  const auto tenant = fixture.make_tenant();
  std::vector<Fixture::AppLogin> guests{fixture.make_app(tenant.id), fixture.make_app(tenant.id),
                                        fixture.make_app(fixture.make_tenant("b").id)};
  const auto clerk = fixture.make_operator(tenant.id);
  std::mt19937 dice{20240304};
  const auto any_of = [&]<class E>(const std::vector<E>& rows) { return rows[dice() % rows.size()]; };
  int name = 0;
  std::map<std::string, int> outcomes;
  const auto note = [&](const auto& result) { ++outcomes[why(result)]; };
  using Step = std::function<void(const Fixture::AppLogin&)>;
  const std::vector<Step> steps{
      [&](const auto& guest) {
        const JsonText metadata{R"({"x":")" + std::string(dice() % 500, 'x') + R"("})"};
        note(fixture.call(rooms::create, guest.who, {.parent = guest.app.id, .draft = {.name = "r", .metadata = metadata}}));
      },
      [&](const auto& guest) { note(fixture.call(members::create, guest.who, {.parent = guest.app.id})); },
      [&](const auto& guest) {
        note(fixture.call(devices::create, guest.who, {.parent = guest.app.id, .draft = {.name = "d" + std::to_string(++name)}}));
      },
      [&](const auto& guest) { note(fixture.call(keys::create, guest.who, {.parent = guest.app.id})); },
      [&](const auto& guest) { note(fixture.call(stream_keys::create, guest.who, {.parent = guest.app.id})); },
      [&](const auto& guest) {
        note(fixture.call(webhooks::create, guest.who,
                          {.parent = guest.app.id, .url = "https://hooks.example/" + std::to_string(++name)}));
      },
      [&](const auto& guest) {
        const auto rooms = fixture.rows<Room>(Query<Room>{}.where(&Room::app, guest.app.id));
        if (rooms.empty()) return;
        note(fixture.call(join_tokens::create, guest.who, {.parent = any_of(rooms).id, .draft = {.life = 60s}}));
      },
      [&](const auto& guest) {
        const auto members = fixture.rows<Member>(Query<Member>{}.where(&Member::app, guest.app.id));
        if (members.empty()) return;
        note(fixture.call(member_tokens::create, guest.who, {.parent = any_of(members).id, .draft = {.life = 60s}}));
        if (dice() % 4 == 0)
          note(fixture.call(members::update, guest.who,
                            {.ref = any_of(members).id, .draft = {.name = std::string(dice() % 50, 'n')}}));
        if (dice() % 4 == 0)
          note(fixture.call(members::update, guest.who,
                            {.ref = any_of(members).id, .draft = {.status = MemberStatus::suspended}}));
      },
      [&](const auto& guest) {
        const auto session = "s" + std::to_string(dice() % 5);
        events::Batch batch{.app = guest.app.id};
        for (const auto type : {Type::session_started, Type::participant_joined, Type::participant_left, Type::session_ended})
          if (dice() % 2 == 0) batch.reports.push_back(report_of(type, std::to_string(++name), session, fixture.clock.now()));
        const auto rooms = fixture.rows<Room>(Query<Room>{}.where(&Room::app, guest.app.id));
        for (auto& each : batch.reports)
          if (!rooms.empty()) each.room = any_of(rooms).uid;
        auto ready = report_of(Type::recording_ready, std::to_string(++name), session, fixture.clock.now());
        ready.url = "https://files.example/" + session;
        batch.reports.push_back(ready);
        const auto devices = fixture.rows<Device>(Query<Device>{}.where(&Device::app, guest.app.id));
        if (!devices.empty()) {
          auto readings = report_of(Type::readings, std::to_string(++name), "", fixture.clock.now());
          readings.device = any_of(devices).uid;
          readings.values = {{fixture.clock.now(), {"1.5"}}, {fixture.clock.now(), {R"("on")"}}};
          batch.reports.push_back(readings);
        }
        auto usage = report_of(Type::usage, std::to_string(++name), "", fixture.clock.now());
        usage.signaling = 3;
        batch.reports.push_back(usage);
        note(fixture.call(events::report, guest.who, batch));
      },
      [&](const auto& guest) {
        Request request{.method = Method::post, .target = "/api/v1/apps/" + std::to_string(number(guest.app.id)) + "/rooms"};
        request.headers.set("Authorization", "Bearer " + guest.secret);
        request.headers.set("Content-Type", "application/json");
        request.headers.set("Idempotency-Key", std::to_string(++name));
        request.body = R"({"name":"once"})";
        ++outcomes["status " + std::to_string(fixture.engine->handle(request).status)];
      },
      [&](const auto&) {
        note(fixture.call(access_tokens::issue, host, {.name = "clerk", .secret = clerk.secret, .tenant = tenant.uid}));
      },
      [&](const auto& guest) {
        const auto rooms = fixture.rows<Room>(Query<Room>{}.where(&Room::app, guest.app.id));
        if (!rooms.empty()) note(fixture.call(rooms::remove, guest.who, {.ref = any_of(rooms).id}));
      },
      [&](const auto& guest) {
        const auto members = fixture.rows<Member>(Query<Member>{}.where(&Member::app, guest.app.id));
        if (!members.empty()) note(fixture.call(members::remove, guest.who, {.ref = any_of(members).id}));
      },
      [&](const auto& guest) {
        const auto devices = fixture.rows<Device>(Query<Device>{}.where(&Device::app, guest.app.id));
        if (!devices.empty()) note(fixture.call(devices::remove, guest.who, {.ref = any_of(devices).id}));
      },
      [&](const auto& guest) {
        const auto hooks = fixture.rows<Webhook>(Query<Webhook>{}.where(&Webhook::app, guest.app.id));
        if (!hooks.empty()) note(fixture.call(webhooks::remove, guest.who, {.ref = any_of(hooks).id}));
      },
      [&](const auto& guest) {
        note(fixture.call(apps::renew_secret, clerk.who, {.holder = guest.app.id, .secret = guest.secret}));
      },
      [&](const auto&) {
        for (const auto& webhook_request : fixture.engine->webhook_queue().take(5))
          fixture.engine->webhook_queue().complete(webhook_request.id, {.status = 200});
      },
      [&](const auto&) {
        fixture.clock.advance(dice() % 20 == 0 ? 40 * 24h : 2min);
        fixture.engine->webhook_queue().maintain();
      },
      [&](const auto&) {
        const auto made = fixture.call(apps::create, clerk.who, {.draft = {.name = "short"}});
        note(made);
        if (!made) return;
        for (int i = 0; i < 3; ++i) note(fixture.call(members::create, host, {.parent = made->view.app.id}));
        note(fixture.call(apps::remove, clerk.who, {.ref = made->view.app.id}));
      },
      [&](const auto&) {
        if (dice() % 8 == 0) note(import_document(*fixture.engine, export_document(*fixture.engine, true).value()));
      },
      // What fails halfway counts nothing.
      [&](const auto& guest) {
        note(fixture.run(Access::write, guest.who, [&](Transaction& tx, const Context&) -> Result<Nothing> {
          Room room{.tenant = guest.app.tenant, .app = guest.app.id, .uid = "half"};
          if (auto stored = tx.insert(room); !stored) return stored.error();
          return Error{Errc::conflict, Reason{"test.halfway"}};
        }));
      },
  };
  for (int i = 0; i < 400; ++i) {
    steps[dice() % steps.size()](guests[dice() % guests.size()]);
    if (i % 40 == 39) BOOST_TEST_REQUIRE(text_of(recorded(fixture)) == text_of(counted_anew(fixture)));
  }
  BOOST_TEST(outcomes["ok"] > 200);
  BOOST_TEST(outcomes["status 201"] > 0);
  BOOST_TEST(outcomes["test.halfway"] > 0);

  for (const auto& guest : guests) fixture.call(apps::remove, host, {.ref = guest.app.id}).value();
  // Answers to requests that may come again go a day later.
  fixture.clock.advance(25h);
  for (int calls = 0; calls < 10 && (calls == 0 || !fixture.rows<Task>().empty()); ++calls)
    fixture.engine->webhook_queue().maintain();
  BOOST_TEST(text_of(recorded(fixture)) == text_of(counted_anew(fixture)));
  for (const auto& row : fixture.rows<QuotaUsage>()) BOOST_TEST(row.app == 0);
}

BOOST_DATA_TEST_CASE(what_is_one_too_many_is_refused_and_one_less_makes_room, stores(), backend) {
  Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto app = guest.app.id;
  const auto other = fixture.make_app(tenant.id);
  const auto room = fixture.call(rooms::create, guest.who, {.parent = app, .draft = {.name = "hall"}}).value();
  const auto member = fixture.call(members::create, guest.who, {.parent = app}).value();
  const auto device = fixture.call(devices::create, guest.who, {.parent = app, .draft = {.name = "lamp"}}).value();
  fixture.call(join_tokens::create, guest.who, {.parent = room.id}).value();
  set(fixture, app, {.rooms = 1, .members = 1, .keys = 1, .devices = 1, .tokens = 1});
  const auto events = fixture.rows<Event>().size();
  const auto audited = fixture.rows<Audit>().size();

  const auto one_more = [&] {
    return std::array{why(fixture.call(rooms::create, guest.who, {.parent = app, .draft = {.name = "more"}})),
                      why(fixture.call(members::create, guest.who, {.parent = app})),
                      why(fixture.call(keys::create, guest.who, {.parent = app})),
                      why(fixture.call(devices::create, guest.who, {.parent = app, .draft = {.name = "more"}})),
                      why(fixture.call(join_tokens::create, guest.who, {.parent = room.id})),
                      why(fixture.call(member_tokens::create, guest.who, {.parent = member.id}))};
  };
  for (const auto& outcome : one_more()) BOOST_TEST(outcome == "quota.reached");
  const auto refused = fixture.call(rooms::create, guest.who, {.parent = app, .draft = {.name = "more"}});
  BOOST_TEST((refused.error().code == Errc::quota_exceeded));
  BOOST_TEST(detail_of(refused) == "the app's quota of rooms is reached: 1 of 1 are used");
  BOOST_TEST(fixture.rows<Event>().size() == events);
  BOOST_TEST(fixture.rows<Audit>().size() == audited);
  BOOST_TEST(why(fixture.call(rooms::create, other.who, {.parent = other.app.id, .draft = {.name = "free"}})) == "ok");

  fixture.call(rooms::remove, guest.who, {.ref = room.id}).value();
  fixture.call(members::remove, guest.who, {.ref = member.id}).value();
  fixture.call(devices::remove, guest.who, {.ref = device.id}).value();
  BOOST_TEST(why(fixture.call(rooms::create, guest.who, {.parent = app, .draft = {.name = "more"}})) == "ok");
  BOOST_TEST(why(fixture.call(members::create, guest.who, {.parent = app})) == "ok");
  BOOST_TEST(why(fixture.call(devices::create, guest.who, {.parent = app, .draft = {.name = "more"}})) == "ok");
  const auto used = used_by(fixture, app);
  BOOST_TEST(used.rooms == 1);
  BOOST_TEST(used.tokens == 0);

  // A quota of its own of 0 is none; null is the one that is configured, which none is.
  set(fixture, app, {.rooms = 0, .members = std::optional<std::int64_t>{}});
  BOOST_TEST(why(fixture.call(rooms::create, guest.who, {.parent = app, .draft = {.name = "more"}})) == "ok");
  BOOST_TEST(why(fixture.call(members::create, guest.who, {.parent = app})) == "ok");
}

BOOST_DATA_TEST_CASE(a_tenants_quota_is_for_all_that_its_apps_have, stores(), backend) {
  Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto a = fixture.make_app(tenant.id);
  const auto b = fixture.make_app(tenant.id);
  const auto elsewhere = fixture.make_app(fixture.make_tenant("other").id);
  set_of_tenant(fixture, tenant.id, {.rooms = 2, .keys = 2});
  const auto make_room = [&](const Fixture::AppLogin& guest) {
    return fixture.call(rooms::create, guest.who, {.parent = guest.app.id, .draft = {.name = "hall"}});
  };
  BOOST_TEST(why(make_room(a)) == "ok");
  BOOST_TEST(why(make_room(b)) == "ok");
  BOOST_TEST(detail_of(make_room(a)) == "the tenant's quota of rooms is reached: 2 of 2 are used");
  BOOST_TEST(why(make_room(elsewhere)) == "ok");
  // An app comes with a key.
  const Principal clerk{.kind = Principal::Kind::administrator, .tenant = tenant.id, .scopes = Scopes::all()};
  BOOST_TEST(detail_of(fixture.call(quotas::find_of_tenant, clerk, tenant.id)) == "");
  BOOST_TEST(fixture.call(quotas::find_of_tenant, clerk, tenant.id).value().used.keys == 2);
}

BOOST_DATA_TEST_CASE(a_key_that_takes_the_place_of_all_others_needs_no_room, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto clerk = fixture.make_operator(guest.app.tenant);
  set(fixture, guest.app.id, {.keys = 1, .events = 1, .bytes = 1});
  for (int i = 0; i < 3; ++i) BOOST_TEST(why(fixture.call(apps::renew_secret, clerk.who, {.holder = guest.app.id})) == "ok");
  BOOST_TEST(used_by(fixture, guest.app.id).keys == 1);
  BOOST_TEST(why(fixture.call(keys::create, clerk.who, {.parent = guest.app.id})) == "quota.reached");
}

BOOST_DATA_TEST_CASE(what_may_not_be_refused_takes_the_place_of_the_oldest_events, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto app = guest.app.id;
  fixture.call(webhooks::create, host, {.parent = app, .url = "https://hooks.example/"}).value();
  std::vector<Room> made;
  for (int i = 0; i < 12; ++i)
    made.push_back(fixture.call(rooms::create, guest.who, {.parent = app, .draft = {.name = "hall"}}).value());
  set(fixture, app, {.events = 10});
  const auto of_app = [&] { return fixture.rows<Event>(Query<Event>{}.where(&Event::app, app)); };
  BOOST_TEST(why(fixture.call(rooms::create, guest.who, {.parent = app, .draft = {.name = "hall"}})) == "quota.reached");
  BOOST_TEST(why(fixture.call(rooms::update, guest.who, {.ref = made[0].id, .draft = {.status = RoomStatus::closed}})) == "ok");
  BOOST_TEST(of_app().size() == 10U);
  BOOST_TEST(of_app().back().type == "room.updated");
  for (const auto& room : made) BOOST_TEST(why(fixture.call(rooms::remove, guest.who, {.ref = room.id})) == "ok");
  BOOST_TEST(of_app().size() == 10U);
  BOOST_TEST(of_app().front().type == "room.deleted");
  for (const auto& delivery : fixture.rows<Delivery>()) BOOST_TEST(delivery.event >= of_app().front().id);
  BOOST_TEST(text_of(recorded(fixture)) == text_of(counted_anew(fixture)));
}

BOOST_DATA_TEST_CASE(reports_of_what_is_new_are_refused_and_of_what_is_there_are_taken, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto now = fixture.clock.now();
  const auto report = [&](std::vector<Report> reports) {
    return fixture.call(events::report, guest.who, {.app = guest.app.id, .reports = std::move(reports)});
  };
  report({report_of(Type::session_started, "1", "s", now), report_of(Type::participant_joined, "2", "s", now)}).value();
  set(fixture, guest.app.id, {.events = 2});
  const auto sessions = fixture.rows<Session>().size();
  const auto refused =
      report({report_of(Type::participant_left, "3", "s", now + 1s), report_of(Type::session_started, "4", "t", now)});
  BOOST_TEST(why(refused) == "quota.reached");
  BOOST_TEST_REQUIRE(refused.error().violations.size() == 1U);
  BOOST_TEST(refused.error().violations.front().field == "/events/1");
  BOOST_TEST(fixture.rows<Session>().size() == sessions);
  BOOST_TEST(!fixture.rows<Participation>().front().left_at.has_value());

  auto left = report_of(Type::participant_left, "3", "s", now + 1s);
  left.published.text = R"({"audio":true})";
  set(fixture, guest.app.id, {.bytes = 1});
  BOOST_TEST(why(report({left, report_of(Type::session_ended, "5", "s", now + 2s)})) == "ok");
  BOOST_TEST(fixture.rows<Participation>().front().left_at.has_value());
  BOOST_TEST((fixture.rows<Session>().front().state == SessionState::ended));
  BOOST_TEST(text_of(recorded(fixture)) == text_of(counted_anew(fixture)));
}

BOOST_DATA_TEST_CASE(where_all_bytes_are_used_nothing_grows_and_everything_can_be_ended, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto app = guest.app.id;
  const auto member = fixture.call(members::create, guest.who, {.parent = app, .draft = {.name = "Ada"}}).value();
  const auto token = fixture.call(member_tokens::create, guest.who, {.parent = member.id}).value();
  const auto spare = fixture.make_key(app, {});
  set(fixture, app, {.bytes = used_by(fixture, app).bytes});
  const auto refused = fixture.call(members::create, guest.who, {.parent = app});
  BOOST_TEST(why(refused) == "quota.reached");
  BOOST_TEST(detail_of(refused).find("quota of bytes") != std::string::npos);
  const JsonText large{R"({"x":")" + std::string(1'000, 'x') + R"("})"};
  BOOST_TEST(why(fixture.call(members::update, guest.who, {.ref = member.id, .draft = {.metadata = large}})) == "quota.reached");
  BOOST_TEST(why(fixture.call(members::update, guest.who, {.ref = member.id, .draft = {.name = "A"}})) == "ok");
  BOOST_TEST(why(fixture.call(member_tokens::revoke, guest.who, token.row.id)) == "ok");
  BOOST_TEST(why(fixture.call(keys::revoke, guest.who, spare.key.id)) == "ok");
  BOOST_TEST(why(fixture.call(members::update, guest.who, {.ref = member.id, .draft = {.status = MemberStatus::suspended}})) ==
             "ok");
  BOOST_TEST(why(fixture.call(members::remove, guest.who, {.ref = member.id})) == "ok");
  BOOST_TEST(text_of(recorded(fixture)) == text_of(counted_anew(fixture)));
}

BOOST_DATA_TEST_CASE(operators_sign_in_where_all_bytes_and_tokens_are_used, stores(), backend) {
  Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto clerk = fixture.make_operator(tenant.id);
  set_of_tenant(fixture, tenant.id, {.tokens = 2, .bytes = 1});
  const auto sign_in = [&] {
    return fixture.run(Access::write, Principal{.kind = Principal::Kind::administrator, .tenant = tenant.id},
                       [&](Transaction& tx, const Context& context) {
                         return access_tokens::issue(tx, context,
                                                     {.name = "clerk", .secret = clerk.secret, .tenant = tenant.uid});
                       });
  };
  for (int i = 0; i < 3; ++i) BOOST_TEST(why(sign_in()) == "ok");
  BOOST_TEST(text_of(recorded(fixture)) == text_of(counted_anew(fixture)));
}

BOOST_DATA_TEST_CASE(no_quota_binds_the_host_nor_an_import, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  set(fixture, guest.app.id, {.rooms = 1});
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(why(fixture.call(rooms::create, host, {.parent = guest.app.id, .draft = {.name = "hall"}})) == "ok");
  const auto document = export_document(*fixture.engine, true).value();
  BOOST_TEST(document.find("\"quotas\"") != std::string::npos);
  Fixture copy{backend};
  BOOST_TEST(why(import_document(*copy.engine, document)) == "ok");
  const auto app = copy.rows<App>().front();
  BOOST_TEST(used_by(copy, app.id).rooms == 3);
  BOOST_TEST(copy.call(quotas::find_of_app, host, app.id).value().limits.rooms == 1);
  BOOST_TEST(export_document(*copy.engine, true).value() == document);
}

BOOST_DATA_TEST_CASE(an_app_that_goes_takes_its_quotas_along, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  set(fixture, guest.app.id, {.rooms = 1});
  fixture.call(apps::remove, host, {.ref = guest.app.id}).value();
  fixture.engine->webhook_queue().maintain();
  BOOST_TEST(fixture.rows<Quota>().empty());
  for (const auto& row : fixture.rows<QuotaUsage>()) BOOST_TEST(row.app == 0);
}

BOOST_AUTO_TEST_CASE(two_engines_over_one_store_let_in_as_many_as_there_is_room_for) {
  Fixture fixture{sqlite()};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  set(fixture, guest.app.id, {.rooms = 25});
  const auto beside = open_sqlite({.path = (fixture.folder.path() / "house.db").string(), .is_durable = false}).value();
  const auto second = Engine::open({.store = *beside, .master_key = fixture.master_key}).value();
  std::atomic<int> made = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> crowd;
  for (auto* const engine : {fixture.engine.get(), second.get()})
    crowd.emplace_back([&made, &refused, &guest, engine] {
      for (int i = 0; i < 40; ++i) {
        const auto room = engine->call(rooms::create, guest.who, {.parent = guest.app.id, .draft = {.name = "hall"}});
        if (room)
          ++made;
        else if (room.error().reason == reason::quota_reached)
          ++refused;
      }
    });
  for (auto& each : crowd) each.join();
  BOOST_TEST(made == 25);
  BOOST_TEST(refused == 55);
  BOOST_TEST(text_of(recorded(fixture)) == text_of(counted_anew(fixture)));
}

BOOST_DATA_TEST_CASE(a_create_costs_two_rows_more_however_many_rows_there_are, counting_stores(), backend) {
  Site site{backend};
  const auto make_room = [&] {
    return why(site.fixture.call(rooms::create, site.guest.who, {.parent = site.guest.app.id, .draft = {.name = "hall"}}));
  };
  set(site.fixture, site.guest.app.id, {.rooms = 1'000'000});
  site.store().forget();
  BOOST_TEST(make_room() == "ok");
  const auto few = site.store().most();
  // The room, its line in the trail, its event, and the totals of the app and the tenant.
  BOOST_TEST(few.written == 5);
  site.put(many, Room{.name = "hall"});
  BOOST_TEST(make_room() == "ok");
  BOOST_TEST(site.store().most().written == 5);
  BOOST_TEST(site.store().most().read == few.read);
}

BOOST_DATA_TEST_CASE(rows_of_a_database_of_before_are_counted_in_steps_and_then_quotas_hold, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  const auto app = site.guest.app.id;
  site.put(many, Room{.name = "hall"});
  site.put(many, Member{});
  set(fixture, app, {.rooms = 10});
  // As they are before the step: no totals, and nothing said of how far they are counted.
  const auto emptied = site.store().run(Access::write, [&](Transaction& tx) -> Result<void> {
    if (auto gone = tx.erase(Query<QuotaUsage>{}); !gone) return gone.error();
    auto gone = tx.erase(Query<Setting>{}.where(&Setting::name, std::string_view{"quotas.counted"}));
    return gone ? Result<void>{} : gone.error();
  });
  BOOST_TEST_REQUIRE(why(emptied) == "ok");
  site.reopen();
  const auto is_counted = [&] { return fixture.call(quotas::find_of_app, host, app).value().is_counted; };
  BOOST_TEST(!is_counted());
  const auto make_room = [&] { return fixture.call(rooms::create, site.guest.who, {.parent = app, .draft = {.name = "late"}}); };
  // What changes meanwhile is counted once, whether its turn has come or not.
  BOOST_TEST(why(make_room()) == "ok");
  const auto rooms = fixture.rows<Room>();
  for (const auto& room : {rooms.front(), rooms[rooms.size() / 2], rooms.back()})
    fixture.call(rooms::remove, site.guest.who, {.ref = room.id}).value();
  fixture.call(members::update, site.guest.who, {.ref = site.member.id, .draft = {.name = "renamed"}}).value();
  site.store().forget();
  for (int calls = 0; calls < 10 && !is_counted(); ++calls) fixture.engine->webhook_queue().maintain();
  BOOST_TEST(is_counted());
  site.require_short_steps();
  BOOST_TEST(text_of(recorded(fixture)) == text_of(counted_anew(fixture)));
  BOOST_TEST(why(make_room()) == "quota.reached");
}

BOOST_DATA_TEST_CASE(a_row_that_changes_often_in_a_long_transaction_counts_as_long_as_it_is, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  site.put(many, Member{.name = "one of many"});
  const auto changed = fixture.run(Access::write, host, [&](Transaction& tx, const Context&) -> Result<Nothing> {
    auto all = tx.list(Query<Member>{});
    if (!all) return all.error();
    auto& first = all->front();
    for (int i = 0; i < 50; ++i) {
      first.name = std::string(static_cast<std::size_t>(250 - i), 'x');
      if (auto stored = tx.update(first); !stored) return stored.error();
    }
    return Nothing{};
  });
  BOOST_TEST_REQUIRE(why(changed) == "ok");
  BOOST_TEST(text_of(recorded(fixture)) == text_of(counted_anew(fixture)));
}

BOOST_DATA_TEST_CASE(who_is_over_a_quota_can_be_suspended, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto member = fixture.call(members::create, host, {.parent = guest.app.id}).value();
  const auto root = fixture.make_operator(Id::none);
  for (const auto status : {MemberStatus::suspended, MemberStatus::active, MemberStatus::suspended}) {
    set(fixture, guest.app.id, {.bytes = 1});
    BOOST_TEST(why(fixture.call(members::update, root.who, {.ref = member.id, .draft = {.status = status}})) == "ok");
  }
  set(fixture, guest.app.id, {.bytes = 1});
  BOOST_TEST(why(fixture.call(apps::update, root.who, {.ref = guest.app.id, .draft = {.status = AppStatus::suspended}})) == "ok");
}

BOOST_DATA_TEST_CASE(an_app_comes_back_under_its_id_though_something_of_it_is_left, stores(), backend) {
  Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto left = fixture.run(Access::write, host, [&](Transaction& tx, const Context& context) -> Result<Nothing> {
    StoredAnswer answer{
        .digest = {"d"}, .expires_at = context.now + std::chrono::hours{1}, .tenant = tenant.id, .app = guest.app.id};
    auto stored = tx.insert(answer);
    return stored ? Result<Nothing>{Nothing{}} : stored.error();
  });
  BOOST_TEST_REQUIRE(why(left) == "ok");
  fixture.call(apps::remove, host, {.ref = guest.app.id}).value();
  while (!fixture.rows<Task>().empty()) fixture.engine->webhook_queue().maintain();
  const auto back = fixture.run(Access::write, host, [&](Transaction& tx, const Context&) -> Result<Nothing> {
    App app{.id = guest.app.id, .tenant = tenant.id, .uid = "back"};
    auto stored = tx.insert(app);
    return stored ? Result<Nothing>{Nothing{}} : stored.error();
  });
  BOOST_TEST(why(back) == "ok");
  BOOST_TEST(text_of(recorded(fixture)) == text_of(counted_anew(fixture)));
}

BOOST_DATA_TEST_CASE(what_is_stored_without_an_event_of_its_own_needs_room, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  fixture.call(webhooks::create, host, {.parent = guest.app.id, .url = "https://example.org/"}).value();
  fixture.call(rooms::create, guest.who, {.parent = guest.app.id, .draft = {.name = "hall"}}).value();
  const auto delivery = fixture.rows<Delivery>().back().id;
  fixture.engine->webhook_queue().take(16);
  fixture.engine->webhook_queue().complete(delivery, {.status = 410});
  const auto replay = [&] { return why(fixture.call(webhooks::replay, guest.who, delivery)); };
  BOOST_TEST(replay() == "ok");
  set(fixture, guest.app.id, {.bytes = used_by(fixture, guest.app.id).bytes});
  BOOST_TEST(replay() == "quota.reached");
  const auto keep_answer = [&] {
    return why(fixture.run(Access::write, guest.who, [&](Transaction& tx, const Context& context) -> Result<Nothing> {
      StoredAnswer answer{
          .digest = {"one more"}, .expires_at = context.now + 1h, .tenant = guest.app.tenant, .app = guest.app.id};
      auto stored = tx.insert(answer);
      return stored ? Result<Nothing>{Nothing{}} : stored.error();
    }));
  };
  BOOST_TEST(keep_answer() == "quota.reached");
  // The message of an event that may not be refused goes out with it.
  fixture.call(webhooks::create, host, {.parent = guest.app.id, .url = "https://example.net/"}).value();
  BOOST_TEST(why(fixture.call(rooms::remove, guest.who, {.ref = fixture.rows<Room>().front().id})) == "ok");
  BOOST_TEST((fixture.rows<Delivery>().back().event == fixture.rows<Event>().back().id));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
