#include "tests/domain/fixture.hpp"

#include <innkeeper/courier.hpp>

#include <chrono>

/// Rooms open, fill and end.
namespace innkeeper::tests {

using namespace std::chrono_literals;
using events::Report;
using events::Type;

struct Lobby {
  explicit Lobby(Fixture& its_fixture) : Lobby(its_fixture, its_fixture.make_tenant().id) {}
  Lobby(Fixture& its_fixture, Id tenant) : fixture(its_fixture), guest(fixture.make_app(tenant)) {}

  Room open(rooms::Draft draft) const {
    draft.name = "hall";
    return fixture.call(rooms::create, guest.who, {.parent = guest.app.id, .draft = std::move(draft)}).value();
  }
  std::string token(const Room& room, JoinRole role = JoinRole::participant) const {
    return why(fixture.call(join_tokens::create, guest.who, {.parent = room.id, .draft = {.role = role}}));
  }
  std::string found(const Room& room) const { return why(fixture.call(rooms::find, guest.who, room.uid)); }
  void report(Report report) {
    report.id = "e" + std::to_string(++reports);
    report.at = fixture.clock.now();
    report.data.text = "{}";
    if (report.session.empty()) report.session = "s";
    fixture.call(events::report, guest.who, {.app = guest.app.id, .reports = {std::move(report)}}).value();
  }
  void start(const Room& room, const std::string& session = "s") {
    report({.type = Type::session_started, .session = session, .room = room.uid});
  }
  void end(const std::string& session = "s") { report({.type = Type::session_ended, .session = session}); }
  void join(const std::string& who, std::string_view role) {
    report({.type = Type::participant_joined, .participant = who, .role = std::string{role}});
  }
  void leave(const std::string& who) { report({.type = Type::participant_left, .participant = who}); }

  Fixture& fixture;
  Fixture::AppLogin guest;
  int reports = 0;
};

BOOST_AUTO_TEST_SUITE(room_lives)

BOOST_DATA_TEST_CASE(a_scheduled_room_lets_in_from_a_quarter_of_an_hour_before_its_start_to_its_end, stores(), backend) {
  Fixture fixture{backend};
  const Lobby lobby{fixture};
  const auto start = fixture.clock.now() + 1h;
  const auto room = lobby.open({.kind = RoomKind::scheduled, .starts_at = start, .ends_at = start + 30min});
  fixture.clock.set(start - 15min - 1us);
  BOOST_TEST(lobby.token(room) == "room.early");
  fixture.clock.set(start - 15min);
  BOOST_TEST(lobby.token(room) == "ok");
  fixture.clock.set(start + 30min - 1us);
  BOOST_TEST(lobby.token(room) == "ok");
  fixture.clock.set(start + 30min);
  BOOST_TEST(lobby.token(room) == "room.over");
  BOOST_TEST(lobby.found(room) == "ok");
}

BOOST_DATA_TEST_CASE(a_session_goes_on_past_the_end_of_a_scheduled_room, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto start = fixture.clock.now() + 1min;
  const auto room = lobby.open({.kind = RoomKind::scheduled, .starts_at = start, .ends_at = start + 30min});
  fixture.clock.set(start);
  lobby.start(room);
  fixture.clock.set(start + 31min);
  BOOST_TEST(lobby.token(room) == "ok");
  lobby.end();
  BOOST_TEST(lobby.token(room) == "room.over");
}

BOOST_DATA_TEST_CASE(a_token_is_redeemed_only_while_the_room_lets_in, stores(), backend) {
  Fixture fixture{backend};
  const Lobby lobby{fixture};
  const auto start = fixture.clock.now() + 1min;
  const auto room = lobby.open({.kind = RoomKind::scheduled, .starts_at = start, .ends_at = start + 5min});
  const auto issued = fixture.call(join_tokens::create, lobby.guest.who, {.parent = room.id, .draft = {}}).value();
  fixture.clock.set(start + 5min);
  BOOST_TEST(why(fixture.call(join_tokens::redeem, lobby.guest.who, issued.token)) == "room.over");
}

BOOST_DATA_TEST_CASE(an_ad_hoc_room_goes_with_its_first_session_and_takes_its_tokens_along, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({.kind = RoomKind::ad_hoc});
  BOOST_TEST(lobby.token(room) == "ok");
  fixture.clock.advance(48h);
  BOOST_TEST(lobby.found(room) == "ok");
  lobby.start(room);
  BOOST_TEST(lobby.found(room) == "ok");
  lobby.end();
  BOOST_TEST(lobby.found(room) == "room.unknown");
  BOOST_TEST(fixture.rows<Room>().empty());
  BOOST_TEST(fixture.rows<JoinToken>().empty());
  BOOST_TEST(fixture.rows(Query<Audit>{}.where(&Audit::action, "room.delete")).size() == 1U);
  BOOST_TEST(fixture.rows(Query<Event>{}.where(&Event::type, "room.deleted")).size() == 1U);
}

BOOST_DATA_TEST_CASE(an_ad_hoc_room_goes_also_if_its_end_is_reported_before_its_start, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({.kind = RoomKind::ad_hoc});
  lobby.end();
  BOOST_TEST(lobby.found(room) == "ok");
  lobby.start(room);
  BOOST_TEST(lobby.found(room) == "room.unknown");
}

BOOST_DATA_TEST_CASE(an_ad_hoc_room_with_a_lifetime_stays_so_long_from_the_start_of_its_first_session, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({.kind = RoomKind::ad_hoc, .lifetime = 1h});
  fixture.clock.advance(24h);
  lobby.start(room);
  fixture.clock.advance(10min);
  lobby.end();
  BOOST_TEST(lobby.token(room) == "ok");
  fixture.clock.advance(49min);
  lobby.start(room, "t");
  fixture.clock.advance(10min);
  BOOST_TEST(lobby.found(room) == "ok", "a session that runs keeps it");
  lobby.end("t");
  BOOST_TEST(lobby.found(room) == "room.unknown");
  BOOST_TEST(fixture.rows<Room>().empty());
}

BOOST_DATA_TEST_CASE(a_room_whose_time_is_over_is_as_good_as_gone_until_it_is_purged, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({.kind = RoomKind::ad_hoc, .lifetime = 1h});
  const auto issued = fixture.call(join_tokens::create, lobby.guest.who, {.parent = room.id, .draft = {.life = 24h}}).value();
  lobby.start(room);
  lobby.end();
  fixture.clock.advance(1h);
  BOOST_TEST(lobby.found(room) == "room.unknown");
  BOOST_TEST(lobby.token(room) == "room.unknown");
  BOOST_TEST(why(fixture.call(join_tokens::redeem, lobby.guest.who, issued.token)) == "token.unknown");
  BOOST_TEST(why(fixture.call(rooms::update, lobby.guest.who, {.ref = room.id, .draft = {.name = "x"}})) == "room.unknown");
  BOOST_TEST(fixture.rows<Room>().size() == 1U);
  fixture.engine->webhook_queue().maintain();
  BOOST_TEST(fixture.rows<Room>().empty());
  BOOST_TEST(fixture.rows<JoinToken>().empty());
}

BOOST_DATA_TEST_CASE(rooms_that_stay_live_for_ever_do_not_keep_others_from_being_purged, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  for (int i = 0; i < 201; ++i) lobby.start(lobby.open({.kind = RoomKind::ad_hoc, .lifetime = 1min}), "s" + std::to_string(i));
  lobby.start(lobby.open({.kind = RoomKind::ad_hoc, .lifetime = 1min}), "last");
  lobby.end("last");
  fixture.clock.advance(1h);
  BOOST_TEST(fixture.rows<Room>().size() == 202U);
  fixture.engine->webhook_queue().maintain();
  BOOST_TEST(fixture.rows<Room>().size() == 201U);
}

BOOST_DATA_TEST_CASE(a_room_that_became_ad_hoc_is_not_taken_away_by_an_old_session, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({});
  lobby.start(room);
  lobby.end();
  fixture.call(rooms::update, lobby.guest.who, {.ref = room.id, .draft = {.kind = RoomKind::ad_hoc}}).value();
  lobby.end();
  BOOST_TEST(lobby.found(room) == "ok");
}

BOOST_DATA_TEST_CASE(a_feed_tells_the_end_of_a_session_before_that_of_its_room, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  lobby.start(lobby.open({.kind = RoomKind::ad_hoc}));
  lobby.end();
  std::string told;
  for (const auto& event : fixture.rows<Event>(Query<Event>{}.order_by(&Event::id))) told += event.type + " ";
  BOOST_TEST(told == "room.created session.started session.ended room.deleted ");
}

BOOST_DATA_TEST_CASE(a_room_in_session_keeps_all_but_its_status_and_its_metadata, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({});
  lobby.start(room);
  const auto change = [&](rooms::Draft draft) {
    return why(fixture.call(rooms::update, lobby.guest.who, {.ref = room.id, .draft = std::move(draft)}));
  };
  BOOST_TEST(change({.name = "other"}) == "room.live");
  BOOST_TEST(change({.mode = RoomMode::lecture}) == "room.live");
  BOOST_TEST(change({.status = RoomStatus::closed, .metadata = {{R"({"a":1})"}}}) == "ok");
  BOOST_TEST(why(fixture.call(rooms::remove, lobby.guest.who, {.ref = room.id})) == "room.live");
  lobby.end();
  BOOST_TEST(change({.name = "other"}) == "ok");
  BOOST_TEST(why(fixture.call(rooms::remove, lobby.guest.who, {.ref = room.id})) == "ok");
}

BOOST_DATA_TEST_CASE(a_seat_is_taken_by_who_is_there_and_not_by_a_token, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({.capacity = 2, .moderators = 1});
  for (int i = 0; i < 5; ++i) BOOST_TEST(lobby.token(room) == "ok");
  lobby.start(room);
  lobby.join("a", "participant");
  lobby.join("m", "moderator");
  BOOST_TEST(lobby.token(room) == "ok");
  BOOST_TEST(lobby.token(room, JoinRole::moderator) == "room.full");
  lobby.join("b", "participant");
  BOOST_TEST(lobby.token(room) == "room.full");
  BOOST_TEST(lobby.token(room, JoinRole::viewer) == "ok");
  const auto present = fixture.call(rooms::present, lobby.guest.who, room.uid).value();
  BOOST_TEST(present.size() == 3U);
  lobby.leave("a");
  BOOST_TEST(lobby.token(room) == "ok");
  BOOST_TEST(fixture.call(rooms::present, lobby.guest.who, room.uid).value().size() == 2U);
  lobby.end();
  BOOST_TEST(fixture.call(rooms::present, lobby.guest.who, room.uid).value().empty());
}

BOOST_DATA_TEST_CASE(a_full_room_lets_nobody_in_who_has_a_token_from_before, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({.capacity = 1});
  const auto issued = fixture.call(join_tokens::create, lobby.guest.who, {.parent = room.id, .draft = {}}).value();
  lobby.start(room);
  lobby.join("a", "participant");
  BOOST_TEST(why(fixture.call(join_tokens::redeem, lobby.guest.who, issued.token)) == "room.full");
  lobby.leave("a");
  BOOST_TEST(why(fixture.call(join_tokens::redeem, lobby.guest.who, issued.token)) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(call_records)

namespace {
std::string told(const Lobby& lobby, sessions::RecordQuery wanted) {
  wanted.app = lobby.guest.app.id;
  std::string text;
  for (const auto& each : lobby.fixture.call(sessions::calls, lobby.guest.who, wanted).value().items)
    text.append(text.empty() ? "" : " ").append(each.session.uid).append(":").append(each.participation.uid);
  return text;
}
}  // namespace

BOOST_DATA_TEST_CASE(a_call_is_recorded_when_its_user_leaves_or_else_when_its_session_ends, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({.owner_ref = "team-7"});
  lobby.start(room);
  lobby.join("a", "participant");
  lobby.join("b", "moderator");
  fixture.clock.advance(90s);
  BOOST_TEST(told(lobby, {}) == "");
  lobby.leave("b");
  BOOST_TEST(told(lobby, {}) == "s:b");
  fixture.clock.advance(1s);
  lobby.end();
  BOOST_TEST(told(lobby, {}) == "s:b s:a");
  BOOST_TEST(told(lobby, {.room = room.uid}) == "s:b s:a");
  BOOST_TEST(told(lobby, {.session = "s"}) == "s:b s:a");
  BOOST_TEST(told(lobby, {.room = "none"}) == "");
  const auto calls = fixture.call(sessions::calls, lobby.guest.who, {.app = lobby.guest.app.id}).value().items;
  BOOST_TEST(calls.at(1).session.owner_ref == "team-7");
  BOOST_TEST((calls.at(1).participation.closed_at == fixture.clock.now()));
  BOOST_TEST(!calls.at(1).participation.left_at.has_value());
}

BOOST_DATA_TEST_CASE(a_user_who_is_reported_to_have_left_after_the_end_did_so_when_they_did, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  lobby.start(lobby.open({}));
  lobby.join("a", "participant");
  const auto left = fixture.clock.now() + 10s;
  fixture.clock.advance(20s);
  lobby.end();
  const Instant ended = fixture.clock.now();
  fixture.clock.set(left);
  lobby.leave("a");
  const auto calls = fixture.call(sessions::calls, lobby.guest.who, {.app = lobby.guest.app.id}).value().items;
  BOOST_TEST_REQUIRE(calls.size() == 1U);
  BOOST_TEST((calls[0].participation.closed_at == left && calls[0].session.ended_at == ended));
}

BOOST_DATA_TEST_CASE(a_period_has_its_first_moment_and_not_its_last, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  lobby.start(lobby.open({}));
  const auto noon = fixture.clock.now();
  for (const auto* who : {"a", "b", "c"}) lobby.join(who, "participant");
  for (const auto& [who, at] : {std::pair{"a", 0us}, {"b", 1h - 1us}, {"c", 1h}}) {
    fixture.clock.set(noon + at);
    lobby.leave(who);
  }
  for (const auto& whose : {sessions::RecordQuery{}, sessions::RecordQuery{.session = "s"}}) {
    auto wanted = whose;
    wanted.from = noon;
    wanted.until = noon + 1h;
    BOOST_TEST(told(lobby, wanted) == "s:a s:b");
    wanted.from = noon + 1us;
    wanted.until = {};
    BOOST_TEST(told(lobby, wanted) == "s:b s:c");
  }
}

BOOST_DATA_TEST_CASE(records_and_archives_outlive_their_room_and_are_of_their_app, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const Lobby other{fixture, lobby.guest.app.tenant};
  const auto room = lobby.open({.owner_ref = "team-7"});
  const auto issued = fixture
                          .call(join_tokens::create, lobby.guest.who,
                                {.parent = room.id, .draft = {.role = JoinRole::moderator, .name = "Ada", .user_ref = "u7"}})
                          .value();
  lobby.start(room);
  lobby.report({.type = Type::participant_joined, .participant = "a", .token = issued.token});
  lobby.report({.type = Type::recording_ready, .kind = RecordingKind::chat, .url = "https://files.example.net/1"});
  lobby.end();
  fixture.call(rooms::remove, lobby.guest.who, {.ref = room.id}).value();
  const auto calls = fixture.call(sessions::calls, lobby.guest.who, {.app = lobby.guest.app.id, .room = room.uid}).value().items;
  BOOST_TEST_REQUIRE(calls.size() == 1U);
  const auto& who = calls[0].participation;
  BOOST_TEST((who.name == "Ada" && who.role == "moderator" && who.user_ref == "u7" && who.token_uid == issued.row.uid));
  BOOST_TEST((calls[0].session.room_name == "hall" && calls[0].session.owner_ref == "team-7"));
  const auto archives = [&](const Lobby& whose) {
    return fixture.call(sessions::archives, whose.guest.who, {.app = whose.guest.app.id}).value().items.size();
  };
  BOOST_TEST(archives(lobby) == 1U);
  BOOST_TEST(archives(other) == 0U);
  BOOST_TEST(told(other, {.session = "s"}) == "");
  BOOST_TEST(why(fixture.call(sessions::calls, other.guest.who, {.app = lobby.guest.app.id})) == "app.unknown");
}

BOOST_DATA_TEST_CASE(a_user_who_is_reported_after_the_room_went_is_known_by_the_token, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({.kind = RoomKind::ad_hoc});
  const auto issued = fixture.call(join_tokens::create, lobby.guest.who, {.parent = room.id, .draft = {}}).value();
  lobby.start(room);
  lobby.end();
  lobby.report({.type = Type::participant_joined, .participant = "a", .token = issued.token});
  const auto calls = fixture.call(sessions::calls, lobby.guest.who, {.app = lobby.guest.app.id}).value().items;
  BOOST_TEST_REQUIRE(calls.size() == 1U);
  BOOST_TEST(calls[0].participation.token_uid == issued.row.uid);
}

BOOST_DATA_TEST_CASE(rows_that_do_not_say_when_they_were_closed_did_so_when_they_left, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  const auto room = lobby.open({.capacity = 1});
  lobby.start(room);
  lobby.join("a", "participant");
  lobby.leave("a");
  // As schema step 2 left them.
  fixture
      .run(Access::write, host,
           [&](Transaction& tx, const Context&) -> Result<Nothing> {
             auto who = tx.first(Query<Participation>{});
             who->closed_at.reset();
             if (auto stored = tx.update(*who); !stored) return stored.error();
             return Nothing{};
           })
      .value();
  BOOST_TEST(fixture.call(rooms::present, lobby.guest.who, room.uid).value().empty());
  BOOST_TEST(lobby.token(room) == "ok");
  lobby.end();
  BOOST_TEST(told(lobby, {}) == "s:a");
  BOOST_TEST(told(lobby, {.room = room.uid}) == "s:a");
}

BOOST_DATA_TEST_CASE(a_session_that_left_no_file_has_no_archive, stores(), backend) {
  Fixture fixture{backend};
  Lobby lobby{fixture};
  lobby.start(lobby.open({}));
  lobby.end();
  BOOST_TEST(fixture.call(sessions::archives, lobby.guest.who, {.app = lobby.guest.app.id}).value().items.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
