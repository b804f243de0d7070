#include "tests/domain/house.hpp"

#include <atomic>
#include <chrono>
#include <thread>

/// What members get in with, and how it is taken back.
namespace innkeeper::tests {

using namespace std::chrono_literals;

struct Hall {
  explicit Hall(const House& its_house) : house(its_house) {}
  join_tokens::Issued issue(join_tokens::Draft draft = {}) const {
    return house.call(join_tokens::create, host, {.parent = room.id, .draft = std::move(draft)}).value();
  }
  std::string redeem(const std::string& token) const { return why(house.call(join_tokens::redeem, guest.who, token)); }

  const House& house;
  Tenant tenant = house.make_tenant();
  House::Guest guest = house.make_app(tenant.id);
  Member member = house.call(members::create, host, {.parent = guest.app.id}).value();
  Room room = house.call(rooms::create, host, {.parent = guest.app.id, .draft = {.name = "hall"}}).value();
};

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_DATA_TEST_CASE(a_join_token_lets_in_once, stores(), backend) {
  House house{backend};
  const Hall hall{house};
  const auto issued =
      hall.issue({.member = hall.member.uid, .role = JoinRole::moderator, .name = "Ada", .user_ref = "u7", .life = 1min});
  BOOST_TEST(tables_with(house, issued.token) == "");
  BOOST_TEST((issued.row.expires_at == house.clock.now() + 1min));
  const auto redeemed = house.call(join_tokens::redeem, hall.guest.who, issued.token).value();
  BOOST_TEST((redeemed.room.id == hall.room.id && redeemed.row.member == hall.member.id));
  BOOST_TEST((redeemed.row.role == JoinRole::moderator && redeemed.row.used_at == house.clock.now()));
  const auto again = house.call(join_tokens::redeem, hall.guest.who, issued.token);
  BOOST_TEST(why(again) == "token.used");
  BOOST_TEST(again.error().code == Errc::gone);
}

BOOST_DATA_TEST_CASE(a_join_token_that_is_not_good_says_why, stores(), backend) {
  House house{backend};
  const Hall hall{house};
  const auto expiring = hall.issue({.life = 1s});
  const auto revoked = hall.issue();
  auto forged = hall.issue().token;
  forged[forged.rfind('.') + 3] = forged[forged.rfind('.') + 3] == 'x' ? 'y' : 'x';
  BOOST_TEST((house.call(join_tokens::revoke, host, revoked.row.uid).value().revoked_at == house.clock.now()));
  house.clock.advance(1s);
  BOOST_TEST((house.call(join_tokens::revoke, host, revoked.row.uid).value().revoked_at == house.clock.now() - 1s));
  BOOST_TEST(hall.redeem(expiring.token) == "token.expired");
  BOOST_TEST(hall.redeem(revoked.token) == "token.revoked");
  BOOST_TEST(hall.redeem(forged) == "token.unknown");
  BOOST_TEST(hall.redeem("") == "token.unknown");
  const auto waiting = hall.issue();
  house.call(rooms::update, host, {.ref = hall.room.id, .draft = {.status = RoomStatus::closed}}).value();
  BOOST_TEST(hall.redeem(waiting.token) == "room.closed");
  const auto closed = house.call(join_tokens::create, host, {.parent = hall.room.id});
  BOOST_TEST(why(closed) == "room.closed");
  BOOST_TEST(closed.error().code == Errc::conflict);
  BOOST_TEST(why(house.call(join_tokens::create, host, {.parent = "none"})) == "room.unknown");
}

BOOST_DATA_TEST_CASE(a_join_token_is_for_a_member_of_its_app, stores(), backend) {
  const House house{backend};
  const Hall hall{house};
  const auto sibling = house.make_app(hall.tenant.id);
  const auto stranger = house.call(members::create, host, {.parent = sibling.app.id}).value();
  const auto refused = house.call(join_tokens::create, host, {.parent = hall.room.id, .draft = {.member = stranger.uid}});
  BOOST_TEST(why(refused) == "value.refused");
  BOOST_TEST(refused.error().violations.at(0).field == "/member");
  BOOST_TEST(why(house.call(join_tokens::redeem, sibling.who, hall.issue().token)) == "token.unknown");
}

BOOST_AUTO_TEST_CASE(of_a_hundred_that_redeem_a_token_at_once_one_gets_in) {
  const House house{sqlite()};
  const Hall hall{house};
  const auto token = hall.issue().token;
  std::atomic<int> let_in{0}, used{0};
  std::vector<std::thread> crowd;
  for (int i = 0; i < 100; ++i)
    crowd.emplace_back([&] {
      const auto outcome = hall.redeem(token);
      if (outcome == "ok") ++let_in;
      if (outcome == "token.used") ++used;
    });
  for (auto& each : crowd) each.join();
  BOOST_TEST(let_in == 1);
  BOOST_TEST(used == 99);
}

BOOST_DATA_TEST_CASE(a_member_token_stands_for_its_member_until_it_ends, stores(), backend) {
  House house{backend};
  const Hall hall{house};
  const auto make = [&](std::chrono::seconds life) {
    return house.call(member_tokens::create, host, {.parent = hall.member.uid, .draft = {.life = life}}).value();
  };
  const auto token = make(1h);
  const auto brief = make(1s);
  BOOST_TEST(tables_with(house, token.token) == "");
  BOOST_TEST((house.call(member_tokens::verify, hall.guest.who, token.token).value().member.id == hall.member.id));
  BOOST_TEST(house.call(member_tokens::list, hall.guest.who, {.parent = hall.member.id}).value().items.size() == 2U);
  house.clock.advance(1s);
  const auto expired = house.call(member_tokens::verify, hall.guest.who, brief.token);
  BOOST_TEST(why(expired) == "token.expired");
  BOOST_TEST(expired.error().code == Errc::gone);
  house.call(member_tokens::revoke, hall.guest.who, token.row.uid).value();
  BOOST_TEST(why(house.call(member_tokens::verify, hall.guest.who, token.token)) == "token.revoked");
  BOOST_TEST(why(house.call(member_tokens::verify, hall.guest.who, "nonsense")) == "token.unknown");
  BOOST_TEST(why(house.call(member_tokens::create, host, {.parent = "none"})) == "member.unknown");
}

BOOST_DATA_TEST_CASE(a_stream_key_is_kept_as_a_key_is, stores(), backend) {
  const House house{backend};
  const Hall hall{house};
  const auto made = house
                        .call(stream_keys::create, hall.guest.who,
                              {.parent = hall.guest.app.id, .draft = {.member = hall.member.uid, .label = "cam"}})
                        .value();
  BOOST_TEST(tables_with(house, made.secret) == "");
  BOOST_TEST(made.row.digest.data.size() == 32U);
  BOOST_TEST(made.row.hint == made.secret.substr(made.secret.size() - 4));
  BOOST_TEST((house.call(stream_keys::verify, hall.guest.who, made.secret).value().id == made.row.id));
  BOOST_TEST((house.call(stream_keys::find, hall.guest.who, made.row.uid).value().member == hall.member.id));
  house.call(stream_keys::revoke, hall.guest.who, made.row.id).value();
  const auto revoked = house.call(stream_keys::verify, hall.guest.who, made.secret);
  BOOST_TEST(why(revoked) == "token.revoked");
  BOOST_TEST(revoked.error().code == Errc::gone);
  BOOST_TEST(why(house.call(stream_keys::verify, hall.guest.who, "nonsense")) == "stream_key.unknown");
  BOOST_TEST(why(house.call(stream_keys::find, hall.guest.who, "none")) == "stream_key.unknown");
}

BOOST_DATA_TEST_CASE(tokens_are_taken_back_by_token_member_room_and_time, stores(), backend) {
  House house{backend};
  const Hall hall{house};
  const auto other_room = house.call(rooms::create, host, {.parent = hall.guest.app.id}).value();
  const auto of_room = [&](const Room& room, std::optional<std::string> member) {
    return house.call(join_tokens::create, host, {.parent = room.id, .draft = {.member = std::move(member)}}).value();
  };
  const auto a = of_room(hall.room, hall.member.uid);
  const auto b = of_room(hall.room, std::nullopt);
  const auto c = of_room(other_room, hall.member.uid);
  const auto d = of_room(other_room, std::nullopt);
  house.clock.advance(1s);
  const auto e = of_room(hall.room, hall.member.uid);
  const auto f = of_room(hall.room, std::nullopt);
  const auto revoke = [&](revocations::Order order) {
    order.app = hall.guest.app.id;
    return house.call(revocations::revoke, hall.guest.who, order).value().revoked;
  };
  const auto good = [&] {
    std::string names;
    for (const auto& [name, issued] :
         {std::pair{'a', &a}, std::pair{'b', &b}, std::pair{'c', &c}, std::pair{'d', &d}, std::pair{'e', &e}, std::pair{'f', &f}})
      if (!house.row<JoinToken>(issued->row.id).revoked_at) names += name;
    return names;
  };
  BOOST_TEST(revoke({.kind = revocations::Kind::member_tokens}) == 0);
  BOOST_TEST(revoke({.member = hall.member.uid, .room = other_room.uid}) == 1);
  BOOST_TEST(good() == "abdef");
  BOOST_TEST(revoke({.token = d.row.uid}) == 1);
  BOOST_TEST(good() == "abef");
  BOOST_TEST(revoke({.token = d.row.uid}) == 0);
  BOOST_TEST(revoke({.member = hall.member.uid, .issued_before = e.row.created_at}) == 1);
  BOOST_TEST(good() == "bef");
  BOOST_TEST(revoke({.room = hall.room.uid, .issued_before = e.row.created_at}) == 1);
  BOOST_TEST(good() == "ef");
  BOOST_TEST(revoke({}) == 2);
  BOOST_TEST(good() == "");
  BOOST_TEST(hall.redeem(f.token) == "token.revoked");
}

BOOST_DATA_TEST_CASE(each_kind_of_token_is_taken_back_by_itself, stores(), backend) {
  const House house{backend};
  const Hall hall{house};
  const auto sibling = house.make_app(hall.tenant.id);
  const auto stranger = house.call(members::create, host, {.parent = sibling.app.id}).value();
  const auto foreign = house.call(member_tokens::create, host, {.parent = stranger.id}).value();
  const auto token = house.call(member_tokens::create, host, {.parent = hall.member.id}).value();
  const auto stream = house.call(stream_keys::create, host, {.parent = hall.guest.app.id}).value();
  const auto revoke = [&](revocations::Kind kind) {
    return house.call(revocations::revoke, host, {.app = hall.guest.app.id, .kind = kind}).value().revoked;
  };
  BOOST_TEST(revoke(revocations::Kind::member_tokens) == 1);
  BOOST_TEST(why(house.call(member_tokens::verify, host, token.token)) == "token.revoked");
  BOOST_TEST(why(house.call(stream_keys::verify, host, stream.secret)) == "ok");
  BOOST_TEST(revoke(revocations::Kind::stream_keys) == 1);
  BOOST_TEST(why(house.call(stream_keys::verify, host, stream.secret)) == "token.revoked");
  BOOST_TEST(why(house.call(member_tokens::verify, host, foreign.token)) == "ok");
}

BOOST_DATA_TEST_CASE(an_order_names_what_the_app_has, stores(), backend) {
  const House house{backend};
  const Hall hall{house};
  const auto sibling = house.make_app(hall.tenant.id);
  const auto stranger = house.call(members::create, host, {.parent = sibling.app.id}).value();
  const auto elsewhere = house.call(rooms::create, host, {.parent = sibling.app.id}).value();
  const auto foreign = house.call(join_tokens::create, host, {.parent = elsewhere.id}).value();
  const auto field = [&](revocations::Order order) {
    order.app = hall.guest.app.id;
    const auto refused = house.call(revocations::revoke, host, order);
    BOOST_TEST_REQUIRE(why(refused) == "value.refused");
    return refused.error().violations.at(0).field;
  };
  BOOST_TEST(field({.member = stranger.uid}) == "/member");
  BOOST_TEST(field({.room = elsewhere.uid}) == "/room");
  BOOST_TEST(field({.token = foreign.row.uid}) == "/token");
  BOOST_TEST(field({.kind = revocations::Kind::member_tokens, .room = hall.room.uid}) == "/room");
  BOOST_TEST(why(house.call(revocations::revoke, host, {.app = "none"})) == "app.unknown");
  BOOST_TEST(!house.row<JoinToken>(foreign.row.id).revoked_at);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
