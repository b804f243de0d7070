#include "tests/domain/fixture.hpp"

#include <chrono>

/// Members, rooms and devices.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

std::string field_of(const auto& refused) {
  BOOST_TEST_REQUIRE(why(refused) == "value.refused");
  BOOST_TEST(refused.error().code == Errc::invalid);
  return refused.error().violations.at(0).field;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(members_rooms_devices)

BOOST_DATA_TEST_CASE(a_member_is_found_by_id_and_uid_and_changed_in_part, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto made = fixture
                        .call(members::create, guest.who,
                              {.parent = guest.app.id,
                               .draft = {.app_user_id = std::optional<std::string>{"u7"},
                                         .name = "ada",
                                         .email = "ada@example.net",
                                         .metadata = JsonText{R"({"a":1})"}}})
                        .value();
  BOOST_TEST(made.uid.size() == 36U);
  BOOST_TEST((made.created_at == fixture.clock.now() && made.tenant == guest.app.tenant && made.app == guest.app.id));
  fixture.clock.advance(1s);
  const auto changed = fixture.call(members::update, guest.who, {.ref = made.uid, .draft = {.name = "lin"}}).value();
  BOOST_TEST(changed.name == "lin");
  BOOST_TEST(changed.email == "ada@example.net");
  BOOST_TEST((changed.app_user_id == "u7"));
  BOOST_TEST(changed.metadata.text == R"({"a":1})");
  BOOST_TEST((changed.updated_at == fixture.clock.now()));
  BOOST_TEST(fixture.call(members::find, guest.who, std::to_string(number(made.id))).value().name == "lin");
  BOOST_TEST(why(fixture.call(members::find, guest.who, "nobody")) == "member.unknown");
}

BOOST_DATA_TEST_CASE(an_app_has_one_member_of_an_app_user_id, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto sibling = fixture.make_app(tenant.id);
  const auto make = [&](Id app, std::optional<std::string> name) {
    return fixture.call(members::create, host, {.parent = app, .draft = {.app_user_id = std::move(name)}});
  };
  const auto first = make(guest.app.id, "u7").value();
  const auto taken = make(guest.app.id, "u7");
  BOOST_TEST(why(taken) == "name.taken");
  BOOST_TEST(taken.error().code == Errc::already_exists);
  BOOST_TEST(why(make(sibling.app.id, "u7")) == "ok");
  const auto second = make(guest.app.id, std::nullopt).value();
  BOOST_TEST(why(make(guest.app.id, std::nullopt)) == "ok");
  const auto rename = [&](std::optional<std::string> name) {
    return fixture.call(members::update, host, {.ref = second.id, .draft = {.app_user_id = std::move(name)}});
  };
  BOOST_TEST(why(rename("u7")) == "name.taken");
  fixture.call(members::update, host, {.ref = first.id, .draft = {.app_user_id = std::optional<std::string>{}}}).value();
  BOOST_TEST((rename("u7").value().app_user_id == "u7"));
}

BOOST_DATA_TEST_CASE(a_member_that_is_suspended_loses_its_tokens_and_gets_none, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto member = fixture.call(members::create, host, {.parent = guest.app.id}).value();
  const auto other = fixture.call(members::create, host, {.parent = guest.app.id}).value();
  const auto room = fixture.call(rooms::create, host, {.parent = guest.app.id}).value();
  const auto token = fixture.call(member_tokens::create, host, {.parent = member.id}).value();
  const auto join = fixture.call(join_tokens::create, host, {.parent = room.id, .draft = {.member = member.uid}}).value();
  const auto stream = fixture.call(stream_keys::create, host, {.parent = guest.app.id, .draft = {.member = member.uid}}).value();
  const auto kept = fixture.call(member_tokens::create, host, {.parent = other.id}).value();
  BOOST_TEST((fixture.call(member_tokens::verify, guest.who, token.token).value().member.id == member.id));

  fixture.call(members::update, host, {.ref = member.id, .draft = {.status = MemberStatus::suspended}}).value();
  BOOST_TEST(why(fixture.call(member_tokens::verify, guest.who, token.token)) == "token.revoked");
  BOOST_TEST(why(fixture.call(join_tokens::redeem, guest.who, join.token)) == "token.revoked");
  BOOST_TEST(why(fixture.call(stream_keys::verify, guest.who, stream.secret)) == "token.revoked");
  BOOST_TEST(why(fixture.call(member_tokens::verify, guest.who, kept.token)) == "ok");
  BOOST_TEST(why(fixture.call(member_tokens::create, host, {.parent = member.id})) == "member.suspended");
  BOOST_TEST(field_of(fixture.call(join_tokens::create, host, {.parent = room.id, .draft = {.member = member.uid}})) ==
             "/member");
  BOOST_TEST(field_of(fixture.call(stream_keys::create, host, {.parent = guest.app.id, .draft = {.member = member.uid}})) ==
             "/member");

  fixture.call(members::update, host, {.ref = member.id, .draft = {.status = MemberStatus::active}}).value();
  BOOST_TEST(why(fixture.call(member_tokens::verify, guest.who, token.token)) == "token.revoked");
  BOOST_TEST(why(fixture.call(member_tokens::create, host, {.parent = member.id})) == "ok");
}

BOOST_DATA_TEST_CASE(a_member_takes_its_tokens_with_it_and_leaves_its_devices, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto member = fixture.call(members::create, host, {.parent = guest.app.id}).value();
  const auto room = fixture.call(rooms::create, host, {.parent = guest.app.id}).value();
  fixture.call(member_tokens::create, host, {.parent = member.id}).value();
  fixture.call(join_tokens::create, host, {.parent = room.id, .draft = {.member = member.uid}}).value();
  fixture.call(join_tokens::create, host, {.parent = room.id}).value();
  fixture.call(stream_keys::create, host, {.parent = guest.app.id, .draft = {.member = member.uid}}).value();
  const auto device =
      fixture.call(devices::create, host, {.parent = guest.app.id, .draft = {.member = std::optional<std::string>{member.uid}}})
          .value();
  BOOST_TEST((device.member == member.id));
  fixture.call(members::remove, host, {.ref = member.id}).value();
  BOOST_TEST(fixture.rows<MemberToken>().empty());
  BOOST_TEST(fixture.rows<StreamKey>().empty());
  BOOST_TEST(fixture.rows<JoinToken>().size() == 1U);
  BOOST_TEST((fixture.row<Device>(device.id).member == Id::none));
  BOOST_TEST(why(fixture.call(members::remove, host, {.ref = member.id})) == "member.unknown");
}

BOOST_DATA_TEST_CASE(a_room_keeps_the_rules_of_its_times, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto now = fixture.clock.now();
  const auto make = [&](rooms::Draft draft) {
    return fixture.call(rooms::create, host, {.parent = guest.app.id, .draft = std::move(draft)});
  };
  BOOST_TEST(field_of(make({.kind = RoomKind::scheduled})) == "/starts_at");
  BOOST_TEST(field_of(make({.starts_at = std::optional{now}, .ends_at = std::optional{now}})) == "/ends_at");
  const auto room =
      make({.kind = RoomKind::scheduled, .starts_at = std::optional{now}, .ends_at = std::optional{now + 1h}}).value();
  BOOST_TEST(room.uid.size() == 24U);
  const auto edit = [&](rooms::Draft draft) {
    return fixture.call(rooms::update, host, {.ref = room.uid, .draft = std::move(draft)});
  };
  BOOST_TEST(field_of(edit({.starts_at = std::optional<Instant>{}})) == "/starts_at");
  BOOST_TEST(field_of(edit({.starts_at = std::optional{now + 2h}})) == "/ends_at");
  BOOST_TEST(why(edit({.kind = RoomKind::permanent, .starts_at = std::optional<Instant>{}})) == "ok");
  BOOST_TEST(!fixture.row<Room>(room.id).starts_at);
  BOOST_TEST(why(fixture.call(rooms::find, host, "none")) == "room.unknown");
}

BOOST_DATA_TEST_CASE(a_room_goes_with_its_join_tokens_but_not_while_it_is_live, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto room = fixture.call(rooms::create, host, {.parent = guest.app.id, .draft = {.name = "hall"}}).value();
  fixture.call(join_tokens::create, host, {.parent = room.id}).value();
  const auto report = [&](std::string id, events::Type type) {
    const events::Report one{
        .id = std::move(id), .type = type, .at = fixture.clock.now(), .data = {"{}"}, .session = "s", .room = room.uid};
    fixture.call(events::report, host, {.app = guest.app.id, .reports = {one}}).value();
  };
  report("1", events::Type::session_started);
  const auto live = fixture.call(rooms::remove, host, {.ref = room.id});
  BOOST_TEST(why(live) == "room.live");
  BOOST_TEST(live.error().code == Errc::conflict);
  report("2", events::Type::session_ended);
  BOOST_TEST(why(fixture.call(rooms::remove, host, {.ref = room.id})) == "ok");
  BOOST_TEST(fixture.rows<JoinToken>().empty());
  const auto record = fixture.call(sessions::find, host, fixture.rows<Session>().at(0).id).value();
  BOOST_TEST(record.session.room_name == "hall");
}

BOOST_DATA_TEST_CASE(a_device_belongs_to_a_member_of_its_app_or_to_nobody, stores(), backend) {
  const Fixture fixture{backend};
  const auto tenant = fixture.make_tenant();
  const auto guest = fixture.make_app(tenant.id);
  const auto sibling = fixture.make_app(tenant.id);
  const auto member = fixture.call(members::create, host, {.parent = guest.app.id}).value();
  const auto stranger = fixture.call(members::create, host, {.parent = sibling.app.id}).value();
  const auto make = [&](const std::string& who) {
    return fixture.call(devices::create, host, {.parent = guest.app.id, .draft = {.member = std::optional{who}}});
  };
  BOOST_TEST(field_of(make(stranger.uid)) == "/member");
  BOOST_TEST(field_of(make("nobody")) == "/member");
  const auto device = make(std::to_string(number(member.id))).value();
  BOOST_TEST((device.member == member.id));
  const auto freed =
      fixture.call(devices::update, host, {.ref = device.id, .draft = {.member = std::optional<std::string>{}}}).value();
  BOOST_TEST((freed.member == Id::none));
  BOOST_TEST(why(fixture.call(devices::find, host, "none")) == "device.unknown");
}

BOOST_DATA_TEST_CASE(a_device_takes_its_readings_with_it, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  const auto device = fixture.call(devices::create, host, {.parent = guest.app.id}).value();
  const auto at = fixture.clock.now();
  const events::Report report{.id = "1",
                              .type = events::Type::readings,
                              .at = at,
                              .data = {"{}"},
                              .device = device.uid,
                              .values = {{at, {"21.5"}}, {at + 1s, {R"("on")"}}, {at + 2s, {"true"}}}};
  fixture.call(events::report, host, {.app = guest.app.id, .reports = {report}}).value();
  const auto readings = fixture.call(devices::readings, host, {.parent = device.uid}).value().items;
  BOOST_TEST_REQUIRE(readings.size() == 3U);
  BOOST_TEST(readings[0].value.text == "21.5");
  BOOST_TEST(readings[1].value.text == R"("on")");
  BOOST_TEST((readings[2].at == at + 2s));
  fixture.call(devices::remove, host, {.ref = device.id}).value();
  BOOST_TEST(fixture.rows<Reading>().empty());
  BOOST_TEST(why(fixture.call(devices::readings, host, {.parent = device.uid})) == "device.unknown");
}

BOOST_DATA_TEST_CASE(a_list_goes_on_behind_its_last_row_in_either_direction, stores(), backend) {
  const Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  for (const auto* name : {"c", "a", "b", "a", "c", "b", "a"})
    fixture.call(rooms::create, host, {.parent = guest.app.id, .draft = {.name = name}}).value();
  const auto column = static_cast<std::uint8_t>(description_of<Room>.position("name"));
  const auto walk = [&](std::uint8_t sort, bool is_descending) {
    std::string seen;
    Listing wanted{.parent = guest.app.id, .page_request = {.limit = 2, .sort = sort, .is_descending = is_descending}};
    for (bool has_more = true; has_more;) {
      const auto page = fixture.call(rooms::list, guest.who, wanted).value();
      for (const auto& each : page.items) seen.append(each.name + std::to_string(number(each.id)) + " ");
      has_more = page.next.has_value();
      BOOST_TEST_REQUIRE(page.items.size() == (has_more ? 2U : 1U));
      wanted.page_request.after = page.next;
    }
    return seen;
  };
  BOOST_TEST(walk(0, false) == "c1 a2 b3 a4 c5 b6 a7 ");
  BOOST_TEST(walk(0, true) == "a7 b6 c5 a4 b3 a2 c1 ");
  BOOST_TEST(walk(column, false) == "a2 a4 a7 b3 b6 c1 c5 ");
  BOOST_TEST(walk(column, true) == "c5 c1 b6 b3 a7 a4 a2 ");
  const Listing filtered{.parent = guest.app.id,
                         .page_request = {.filters = {{.column = column, .compare = Compare::equal, .value = std::string{"b"}}}}};
  BOOST_TEST(fixture.call(rooms::list, guest.who, filtered).value().items.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
