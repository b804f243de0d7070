#include "engine/domain/session_states.hpp"
#include "tests/domain/fixture.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <sstream>

/// What media servers report, in whatever order it comes.
namespace innkeeper::tests {

using namespace std::chrono_literals;
using events::Report;
using events::Type;

struct Studio {
  explicit Studio(const Fixture& its_fixture) : Studio(its_fixture, its_fixture.make_tenant()) {}
  Studio(const Fixture& its_fixture, const Tenant& tenant)
      : fixture(its_fixture),
        guest(fixture.make_app(tenant.id)),
        member(fixture.call(members::create, host, {.parent = guest.app.id}).value()),
        room(fixture.call(rooms::create, host, {.parent = guest.app.id, .draft = {.name = "hall"}}).value()) {}

  events::BatchResult report(std::vector<Report> reports) const {
    for (auto& each : reports)
      if (each.data.text.empty()) each.data.text = "{}";
    return fixture.call(events::report, guest.who, {.app = guest.app.id, .reports = std::move(reports)}).value();
  }

  const Fixture& fixture;
  Fixture::AppLogin guest;
  Member member;
  Room room;
};

namespace {

/// One session as it is reported.
std::array<Report, 5> session_in(const Studio& studio) {
  const auto at = studio.fixture.clock.now();
  return {{{.id = "e1", .type = Type::session_started, .at = at, .session = "s", .room = studio.room.uid},
           {.id = "e2",
            .type = Type::participant_joined,
            .at = at + 1s,
            .session = "s",
            .participant = "p",
            .name = "Ada",
            .role = "moderator",
            .user_ref = "u7",
            .member = studio.member.uid,
            .ip = "192.0.2.1",
            .agent = "browser"},
           {.id = "e3",
            .type = Type::participant_left,
            .at = at + 5s,
            .session = "s",
            .participant = "p",
            .published = {R"({"audio":true})"},
            .subscribed_seconds = 4,
            .published_seconds = 3},
           {.id = "e4", .type = Type::session_ended, .at = at + 6s, .session = "s"},
           {.id = "e5",
            .type = Type::recording_ready,
            .at = at + 9s,
            .session = "s",
            .kind = RecordingKind::transcoded,
            .url = "https://files.example.net/1",
            .size = 99}}};
}

/// A call record without ids and the times at which rows were written.
std::string record_of(const Studio& studio) {
  const auto page = studio.fixture.call(sessions::list, studio.guest.who, {.parent = studio.guest.app.id}).value();
  BOOST_TEST_REQUIRE(page.items.size() == 1U);
  const auto record = studio.fixture.call(sessions::find, studio.guest.who, page.items[0].id).value();
  const auto began = studio.fixture.clock.now();
  const auto seconds = [&](const std::optional<Instant>& at) {
    return at ? std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*at - began).count()) : "-";
  };
  std::ostringstream out;
  const auto& session = record.session;
  out << session.uid << ' ' << name_of(session.state) << ' ' << seconds(session.started_at) << ' ' << seconds(session.ended_at)
      << ' ' << session.room_name << ' ' << (session.room == studio.room.id) << (session.room_uid == studio.room.uid) << ' '
      << session.participants;
  for (const auto& who : record.participants)
    out << " | " << who.uid << ' ' << who.name << ' ' << who.role << ' ' << who.user_ref << ' '
        << (who.member == studio.member.id) << ' ' << who.ip << ' ' << who.agent << ' ' << seconds(who.joined_at) << ' '
        << seconds(who.left_at) << ' ' << who.published.text << ' ' << who.subscribed_seconds << ' ' << who.published_seconds;
  for (const auto& file : record.recordings)
    out << " | " << name_of(file.kind) << ' ' << file.url << ' ' << file.size << ' ' << seconds(file.at);
  return out.str();
}

std::int64_t count_of_rows(const Fixture& fixture) {
  std::int64_t count = 0;
  each_entity([&]<class E>() { count += std::ssize(fixture.rows<E>()); });
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reports)

BOOST_DATA_TEST_CASE(every_order_of_a_sessions_reports_makes_the_same_record, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  std::array<std::size_t, 5> order{0, 1, 2, 3, 4};
  do {
    const Studio studio{fixture, tenant};
    const auto session = session_in(studio);
    bool has_started = false;
    bool has_ended = false;
    for (std::size_t i = 0; i < order.size(); ++i) {
      BOOST_TEST(studio.report({session[order[i]]}).accepted == 1);
      // What was reported before changes nothing, however late it comes again.
      BOOST_TEST(studio.report({session[order[i / 2]]}).repeated == 1);
      has_started = has_started || order[i] == 0;
      has_ended = has_ended || order[i] == 3;
      BOOST_TEST(fixture.row<Room>(studio.room.id).is_live == (has_started && !has_ended));
    }
    BOOST_TEST(record_of(studio) ==
               "s ended 0 6 hall 11 1 | p Ada moderator u7 1 192.0.2.1 browser 1 5 {\"audio\":true} 4 3 | transcoded "
               "https://files.example.net/1 99 9");
  } while (std::next_permutation(order.begin(), order.end()));
  BOOST_TEST(fixture.rows<App>().size() == 120U);
}

BOOST_DATA_TEST_CASE(a_session_goes_from_state_to_state_as_its_table_says, stores(), backend) {
  const Fixture fixture(backend);
  const Studio studio(fixture);
  const auto at = fixture.clock.now();
  const auto report = [&](const std::string& id, Type type, const std::string& session) {
    studio.report({{.id = id, .type = type, .at = at, .session = session, .participant = "p"}});
  };
  const auto state_of = [&](const std::string& session) {
    for (const auto& each : fixture.call(sessions::list, studio.guest.who, {.parent = studio.guest.app.id}).value().items)
      if (each.uid == session) return name_of(each.state);
    return std::string_view{"none"};
  };
  for (const auto& [from, event, to] : domain::session_states.transitions) {
    const auto session = std::string{name_of(from)}.append("-").append(name_of(event));
    report(session + "1", Type::participant_joined, session);
    if (from == SessionState::running) report(session + "2", Type::session_started, session);
    if (from == SessionState::ended) report(session + "2", Type::session_ended, session);
    BOOST_TEST(state_of(session) == name_of(from));
    report(session + "3", event == domain::SessionEvent::start ? Type::session_started : Type::session_ended, session);
    BOOST_TEST(state_of(session) == name_of(to));
  }
}

BOOST_DATA_TEST_CASE(a_participant_that_comes_twice_is_one_whatever_comes_first, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  std::array<std::size_t, 4> order{0, 1, 2, 3};
  do {
    const Studio studio{fixture, tenant};
    const auto at = fixture.clock.now();
    const std::array<Report, 4> visits{
        {{.id = "1", .type = Type::participant_joined, .at = at, .session = "s", .participant = "p", .name = "Ada"},
         {.id = "2",
          .type = Type::participant_left,
          .at = at + 1s,
          .session = "s",
          .participant = "p",
          .published = {"{\"a\":1}"}},
         {.id = "3",
          .type = Type::participant_joined,
          .at = at + 2s,
          .session = "s",
          .participant = "p",
          .name = "Eve",
          .role = "v"},
         {.id = "4",
          .type = Type::participant_left,
          .at = at + 3s,
          .session = "s",
          .participant = "p",
          .published = {"{\"b\":1}"}}}};
    for (const auto each : order) studio.report({visits[each]});
    BOOST_TEST(record_of(studio) == "s announced - -  00 1 | p Ada v  0   0 3 {\"b\":1} 0 0");
  } while (std::next_permutation(order.begin(), order.end()));
}

BOOST_DATA_TEST_CASE(of_two_rooms_that_a_session_is_said_to_start_in_the_earlier_counts, stores(), backend) {
  const Fixture fixture{backend};
  for (const bool is_late_first : {false, true}) {
    const Studio studio{fixture, fixture.make_tenant(is_late_first ? "a" : "b")};
    const auto other = fixture.call(rooms::create, host, {.parent = studio.guest.app.id}).value();
    const auto at = fixture.clock.now();
    std::vector<Report> starts{{.id = "1", .type = Type::session_started, .at = at, .session = "s", .room = studio.room.uid},
                               {.id = "2", .type = Type::session_started, .at = at + 1s, .session = "s", .room = other.uid}};
    if (is_late_first) std::swap(starts[0], starts[1]);
    studio.report(starts);
    BOOST_TEST(fixture.row<Room>(studio.room.id).is_live);
    BOOST_TEST(!fixture.row<Room>(other.id).is_live);
  }
}

BOOST_DATA_TEST_CASE(a_batch_counts_what_is_new_and_what_came_before, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  const auto session = session_in(studio);
  const auto first = studio.report({session[0], session[0], session[1]});
  BOOST_TEST((first.accepted == 2 && first.repeated == 1));
  const auto second = studio.report({session.begin(), session.end()});
  BOOST_TEST((second.accepted == 3 && second.repeated == 2));
  const auto audits = fixture.rows<Audit>().size();
  const auto third = studio.report({session.begin(), session.end()});
  BOOST_TEST((third.accepted == 0 && third.repeated == 5));
  BOOST_TEST(fixture.rows<Audit>().size() == audits);
  // Another app's reports may have the same ids.
  BOOST_TEST(Studio(fixture, fixture.make_tenant("other")).report({session[3]}).accepted == 1);
}

BOOST_DATA_TEST_CASE(a_batch_that_fails_in_the_middle_leaves_nothing, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  const auto session = session_in(studio);
  const auto before = count_of_rows(fixture);
  auto broken = session[2];
  broken.type = static_cast<Type>(99);
  const events::Batch batch{.app = studio.guest.app.id, .reports = {session[0], session[1], broken, session[3]}};
  BOOST_TEST(why(fixture.call(events::report, studio.guest.who, batch)) == "engine.fault");
  BOOST_TEST(count_of_rows(fixture) == before);
  BOOST_TEST(!fixture.row<Room>(studio.room.id).is_live);
  BOOST_TEST(studio.report({session.begin(), session.end()}).accepted == 5);
}

BOOST_DATA_TEST_CASE(a_thousand_reports_go_in_at_once, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  std::vector<Report> reports;
  for (std::size_t i = 0; i < events::most_at_once; ++i)
    reports.push_back({.id = std::to_string(i),
                       .type = Type::participant_joined,
                       .at = fixture.clock.now(),
                       .session = "s",
                       .participant = "p" + std::to_string(i)});
  BOOST_TEST(studio.report(reports).accepted == 1'000);
  BOOST_TEST(fixture.rows<Session>().at(0).participants == 1'000);
  BOOST_TEST(fixture.rows<Participation>().size() == 1'000U);
  BOOST_TEST(studio.report(reports).repeated == 1'000);
}

BOOST_DATA_TEST_CASE(a_batch_writes_a_participant_once_however_many_ends_of_its_session_it_reports, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  const auto at = fixture.clock.now();
  std::vector<Report> joins;
  std::vector<Report> ends;
  for (int i = 0; i < 20; ++i)
    joins.push_back({.id = "j" + std::to_string(i),
                     .type = Type::participant_joined,
                     .at = at,
                     .session = "s",
                     .participant = std::to_string(i)});
  for (int i = 0; i < 50; ++i)
    ends.push_back({.id = "e" + std::to_string(i), .type = Type::session_ended, .at = at + i * 1s, .session = "s"});
  studio.report(joins);
  BOOST_TEST(studio.report(ends).accepted == 50);
  for (const auto& each : fixture.rows<Participation>()) {
    BOOST_TEST(each.version == 2);
    BOOST_TEST((each.closed_at == at + 49s));
  }
}

BOOST_DATA_TEST_CASE(a_batch_leaves_what_its_reports_leave_one_by_one, stores(), backend) {
  const Fixture at_once{backend};
  const Fixture one_by_one{backend};
  SeededRandom random{11};
  const auto any_of = [&](std::size_t most) {
    std::array<std::byte, 1> byte{};
    random.fill(byte);
    return std::to_integer<std::size_t>(byte[0]) % most;
  };
  for (int round = 0; round < 40; ++round) {
    const auto name = std::to_string(round);
    const Studio batched{at_once, at_once.make_tenant(name)};
    const Studio single{one_by_one, one_by_one.make_tenant(name)};
    const auto at = at_once.clock.now();
    const auto make_huts = [&](const Studio& studio) {
      const auto made = studio.fixture.run(Access::write, host, [&](Transaction& tx, const Context&) -> Result<Nothing> {
        for (const std::int64_t lifetime : {0, 30}) {
          Room hut{.tenant = studio.guest.app.tenant, .app = studio.guest.app.id, .kind = RoomKind::ad_hoc};
          hut.uid = "hut" + name + "for" + std::to_string(lifetime);
          hut.lifetime = lifetime;
          if (auto stored = tx.insert(hut); !stored) return stored.error();
        }
        return Nothing{};
      });
      BOOST_TEST_REQUIRE(why(made) == "ok");
    };
    make_huts(batched);
    make_huts(single);
    std::vector<Report> reports;
    for (int i = 0; i < 30; ++i) {
      constexpr std::array types{Type::session_started, Type::participant_joined, Type::participant_left, Type::session_ended};
      Report report{.id = std::to_string(i),
                    .type = types.at(any_of(types.size())),
                    .at = at - std::chrono::seconds{any_of(60)},
                    .session = "s" + std::to_string(any_of(3))};
      if (report.type == Type::session_started) report.room = "hut" + name + (any_of(2) == 0 ? "for0" : "for30");
      if (report.type == Type::participant_joined || report.type == Type::participant_left)
        report.participant = "p" + std::to_string(any_of(4));
      reports.push_back(std::move(report));
    }
    batched.report(reports);
    for (const auto& each : reports) single.report({each});
  }
  const auto compare = [&]<class E>() {
    const auto batched = at_once.rows<E>();
    const auto single = one_by_one.rows<E>();
    BOOST_TEST_REQUIRE(batched.size() == single.size());
    for (std::size_t i = 0; i < single.size(); ++i) {
      auto row = batched[i];
      row.version = single[i].version;
      if constexpr (std::is_same_v<E, Room>) row.uid = single[i].uid;
      BOOST_TEST((to_cells(row) == to_cells(single[i])));
    }
  };
  compare.template operator()<Session>();
  compare.template operator()<Participation>();
  compare.template operator()<Room>();
}

BOOST_DATA_TEST_CASE(a_stream_key_has_the_state_of_the_latest_moment, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  const auto at = fixture.clock.now();
  const std::array<Report, 3> steps{{{.id = "1", .type = Type::ingest_started, .at = at - 3s, .mode = "rtmp"},
                                     {.id = "2", .type = Type::ingest_published, .at = at - 2s},
                                     {.id = "3", .type = Type::ingest_stopped, .at = at - 1s}}};
  std::array<std::size_t, 3> order{0, 1, 2};
  do {
    const auto key = fixture.call(stream_keys::create, host, {.parent = studio.guest.app.id}).value();
    std::size_t latest = 0;
    for (const auto each : order) {
      auto report = steps[each];
      report.id += key.row.uid;
      report.stream_key = each == 0 ? key.secret : key.row.uid;
      studio.report({report});
      latest = std::max(latest, each);
      const std::array states{StreamKeyState::preparing, StreamKeyState::active, StreamKeyState::inactive};
      const auto row = fixture.row<StreamKey>(key.row.id);
      BOOST_TEST((row.state == states[latest]));
      BOOST_TEST((row.state_at == steps[latest].at));
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

BOOST_DATA_TEST_CASE(usage_adds_up_by_the_month_it_happened_in, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  const Instant march{std::chrono::sys_days{std::chrono::year{2024} / 3 / 4}};
  const Instant february{std::chrono::sys_days{std::chrono::year{2024} / 3 / 1} - 1us};
  const Instant january{std::chrono::sys_days{std::chrono::year{2024} / 1 / 31}};
  int id = 0;
  const auto use = [&](Instant at, std::int64_t signaling) {
    return Report{.id = std::to_string(++id),
                  .type = Type::usage,
                  .at = at,
                  .signaling = signaling,
                  .turn_bytes = 10 * signaling,
                  .sfu_bytes = 100 * signaling};
  };
  studio.report({use(march, 1), use(february, 2), use(march, 3)});
  studio.report({use(january, 4), use(february, 5), use(Instant{std::chrono::sys_days{std::chrono::year{2024} / 3 / 1}}, 6)});
  const auto usage = fixture.call(apps::find, studio.guest.who, studio.guest.app.id).value().usage;
  BOOST_TEST((usage[0].month == 202402 && usage[0].signaling == 7 && usage[0].turn_bytes == 70 && usage[0].sfu_bytes == 700));
  BOOST_TEST((usage[1].month == 202403 && usage[1].signaling == 10 && usage[1].turn_bytes == 100 && usage[1].sfu_bytes == 1000));
  const auto all = fixture.call(sessions::usage, studio.guest.who, {.parent = studio.guest.app.id}).value().items;
  BOOST_TEST(all.size() == 3U);
  const auto listed = fixture.call(apps::list_views, studio.guest.who, {.with_usage = true}).value().items;
  BOOST_TEST(listed.at(0).usage[1].signaling == 10);
}

BOOST_DATA_TEST_CASE(what_an_app_does_not_have_is_kept_as_a_name, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  const Studio other{fixture, fixture.make_tenant("other")};
  const auto device = fixture.call(devices::create, host, {.parent = other.guest.app.id}).value();
  const auto at = fixture.clock.now();
  studio.report({{.id = "1", .type = Type::session_started, .at = at, .session = "s", .room = other.room.uid},
                 {.id = "2",
                  .type = Type::participant_joined,
                  .at = at,
                  .session = "s",
                  .participant = "p",
                  .member = other.member.uid,
                  .token = "unknown"},
                 {.id = "3", .type = Type::readings, .at = at, .device = device.uid, .values = {{at, {"1"}}}},
                 {.id = "4", .type = Type::ingest_started, .at = at, .stream_key = "unknown"}});
  const auto session = fixture.rows<Session>().at(0);
  BOOST_TEST((session.room == Id::none));
  BOOST_TEST(session.room_uid == other.room.uid);
  BOOST_TEST((fixture.rows<Participation>().at(0).member == Id::none));
  BOOST_TEST(fixture.rows<Reading>().empty());
  BOOST_TEST(!fixture.row<Room>(other.room.id).is_live);
  BOOST_TEST(fixture.rows(Query<Event>{}.where(&Event::uid, std::string{"4"})).size() == 1U);
}

BOOST_DATA_TEST_CASE(a_join_token_that_let_somebody_in_is_used_up, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  const auto issued =
      fixture.call(join_tokens::create, host, {.parent = studio.room.id, .draft = {.member = studio.member.uid}}).value();
  const auto at = fixture.clock.now() - 3s;
  studio.report(
      {{.id = "1", .type = Type::participant_joined, .at = at, .session = "s", .participant = "p", .token = issued.token}});
  BOOST_TEST((fixture.row<JoinToken>(issued.row.id).used_at == at));
  const auto who = fixture.rows<Participation>().at(0);
  BOOST_TEST((who.token == issued.row.id && who.member == studio.member.id));
  BOOST_TEST(why(fixture.call(join_tokens::redeem, studio.guest.who, issued.token)) == "token.used");
}

BOOST_DATA_TEST_CASE(secrets_in_reports_lie_nowhere_in_clear, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  const Studio other{fixture, fixture.make_tenant("other")};
  const auto join = fixture.call(join_tokens::create, host, {.parent = studio.room.id}).value();
  const auto foreign_join = join.token + "x";
  const auto stream = fixture.call(stream_keys::create, host, {.parent = studio.guest.app.id}).value();
  const auto foreign_stream = fixture.call(stream_keys::create, host, {.parent = other.guest.app.id}).value();
  const auto at = fixture.clock.now();
  const auto joined = [&](std::string id, const std::string& token) {
    return Report{.id = std::move(id),
                  .type = Type::participant_joined,
                  .at = at,
                  .data = {R"({"session":"s","list":[1,"x"],"token":")" + token + "\"}"},
                  .session = "s",
                  .participant = "p",
                  .token = token};
  };
  const auto streamed = [&](std::string id, const std::string& secret) {
    return Report{.id = std::move(id),
                  .type = Type::ingest_started,
                  .at = at,
                  .data = {R"({"ingest":{"stream_key":")" + secret + "\"}}"},
                  .stream_key = secret};
  };
  studio.report({joined("1", join.token), joined("2", foreign_join), streamed("3", stream.secret),
                 streamed("4", foreign_stream.secret), streamed("5", stream.row.uid)});
  for (const auto& secret : {join.token, stream.secret, foreign_stream.secret}) BOOST_TEST(tables_with(fixture, secret) == "");
  const auto data_of = [&](const std::string& id) { return fixture.rows(Query<Event>{}.where(&Event::uid, id)).at(0).data.text; };
  BOOST_TEST(data_of("1") == R"({"session":"s","list":[1,"x"],"token":")" + join.row.uid + "\"}");
  BOOST_TEST(data_of("2") == R"({"session":"s","list":[1,"x"],"token":"***"})");
  BOOST_TEST(data_of("3") == R"({"ingest":{"stream_key":")" + stream.row.uid + "\"}}");
  BOOST_TEST(data_of("4") == R"({"ingest":{"stream_key":"***"}})");
  BOOST_TEST(data_of("5") == data_of("3"));
}

BOOST_DATA_TEST_CASE(the_report_that_cannot_be_taken_is_named_and_nothing_is_kept, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  const auto used = [&](const std::string& id, std::int64_t amount) {
    return Report{.id = id, .type = Type::usage, .at = fixture.clock.now(), .data = {"{}"}, .signaling = amount};
  };
  const auto most = std::numeric_limits<std::int64_t>::max();
  const auto refused = fixture.call(events::report, studio.guest.who,
                                    {.app = studio.guest.app.id, .reports = {used("1", 1), used("2", most), used("3", 1)}});
  BOOST_TEST_REQUIRE(why(refused) == "store.overflow");
  const auto violations = refused.error().violations;
  BOOST_TEST_REQUIRE(violations.size() == 1U);
  BOOST_TEST(violations[0].field == "/events/1");
  BOOST_TEST(fixture.rows<Event>(Query<Event>{}.where(&Event::type, "usage")).empty());
  BOOST_TEST(fixture.rows<Usage>().empty());
}

BOOST_DATA_TEST_CASE(an_apps_feed_goes_on_after_an_event, stores(), backend) {
  const Fixture fixture{backend};
  const Studio studio{fixture};
  const Studio other{fixture, fixture.make_tenant("other")};
  const auto follow = [&](std::optional<Id> after, std::int64_t limit) {
    return fixture.call(events::follow, studio.guest.who, {.app = studio.guest.app.id, .after = after, .limit = limit}).value();
  };
  const auto now = follow(std::nullopt, 100);
  BOOST_TEST(now.events.empty());
  const auto session = session_in(studio);
  studio.report({session[0], session[1]});
  other.report({session[3]});
  studio.report({session[2]});
  const auto first = follow(now.last, 2);
  BOOST_TEST_REQUIRE(first.events.size() == 2U);
  BOOST_TEST(first.events[0].type == "session.started");
  const auto rest = follow(first.events[1].id, 2);
  BOOST_TEST_REQUIRE(rest.events.size() == 1U);
  BOOST_TEST(rest.events[0].uid == "e3");
  BOOST_TEST((rest.last == rest.events[0].id));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
