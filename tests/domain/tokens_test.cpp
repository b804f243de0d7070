#include "tests/domain/fixture.hpp"

#include "engine/base/internals.hpp"
#include "engine/changes/claims.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

/// What members get in with, and how it is taken back.
namespace innkeeper::tests {

using namespace std::chrono_literals;

struct Hall {
  explicit Hall(const Fixture& its_fixture) : fixture(its_fixture) {}
  join_tokens::Issued issue(join_tokens::Draft draft = {}) const {
    return fixture.call(join_tokens::create, host, {.parent = room.id, .draft = std::move(draft)}).value();
  }
  std::string redeem(const std::string& token) const { return why(fixture.call(join_tokens::redeem, guest.who, token)); }

  const Fixture& fixture;
  Tenant tenant = fixture.make_tenant();
  Fixture::AppLogin guest = fixture.make_app(tenant.id);
  Member member = fixture.call(members::create, host, {.parent = guest.app.id}).value();
  Room room = fixture.call(rooms::create, host, {.parent = guest.app.id, .draft = {.name = "hall"}}).value();
};

namespace {

/// A join token as a video contract spells it.
std::string ticket_for(const Fixture& fixture, const JoinToken& token) {
  return fixture
      .run(
          Access::read, host,
          [&](Transaction&, const Context& context) -> Result<std::string> {
            const auto signature = changes::ticket_signature(context.internals.keyring, token.uid, "media");
            return crypto::base64_encode(R"({"tokenId":")" + token.uid + R"(","host":"media","signature":")" + signature + "\"}");
          })
      .value();
}

/// All that lets people into a hall, and what is said to whoever shows it.
struct Passes {
  explicit Passes(const Hall& its_hall) : hall(its_hall) {}

  std::string shown_by(const Principal& who) const {
    const auto& fixture = hall.fixture;
    return why(fixture.call(join_tokens::redeem, who, join.token)) + " " +
           why(fixture.call(join_tokens::redeem, who, ticket_for(fixture, ticket.row))) + " " +
           why(fixture.call(member_tokens::verify, who, member.token)) + " " +
           why(fixture.call(stream_keys::verify, who, stream.secret));
  }
  std::string made_by(const Principal& who) const {
    const auto& fixture = hall.fixture;
    return why(fixture.call(join_tokens::create, who, {.parent = hall.room.id})) + " " +
           why(fixture.call(member_tokens::create, who, {.parent = hall.member.id})) + " " +
           why(fixture.call(stream_keys::create, who, {.parent = hall.guest.app.id}));
  }

  const Hall& hall;
  join_tokens::Issued join = hall.issue({.member = hall.member.uid});
  join_tokens::Issued ticket = hall.issue({.member = hall.member.uid});
  member_tokens::Issued member = hall.fixture.call(member_tokens::create, host, {.parent = hall.member.id}).value();
  stream_keys::Issued stream =
      hall.fixture.call(stream_keys::create, host, {.parent = hall.guest.app.id, .draft = {.member = hall.member.uid}}).value();
};

/// The claims of a JWT, signed again under another `typ`, with one text in place of another.
std::string signed_again(const Fixture& fixture, const std::string& token, std::string_view typ, const std::string& text = "",
                         const std::string& instead = "") {
  const auto first = token.find('.') + 1;
  auto claims = crypto::base64url_decode(token.substr(first, token.rfind('.') - first)).value();
  if (!text.empty()) claims.replace(claims.find(text), text.size(), instead);
  return fixture
      .run(Access::read, host,
           [&](Transaction&, const Context& context) -> Result<std::string> {
             const auto& signer = context.internals.keyring.signer();
             if (!typ.empty()) return signer.sign(typ, claims);
             const auto bare = crypto::base64url_encode(R"({"alg":"EdDSA","kid":")" + signer.key_id() + R"("})") + "." +
                               crypto::base64url_encode(claims);
             return bare + "." + crypto::base64url_encode(signer.signature_of(bare));
           })
      .value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_DATA_TEST_CASE(a_jwt_of_ours_for_another_purpose_lets_nobody_in, stores(), backend) {
  Fixture fixture{backend};
  const Hall hall{fixture};
  const auto sibling = fixture.make_app(hall.tenant.id);
  const auto token = hall.issue().token;
  const auto own = "join:" + hall.guest.app.uid;
  for (const auto& forged :
       {signed_again(fixture, token, ""), signed_again(fixture, token, "JWT"), signed_again(fixture, token, "member+jwt"),
        signed_again(fixture, token, "JOIN+JWT"), signed_again(fixture, token, "join+jwt", own, hall.guest.app.uid),
        signed_again(fixture, token, "join+jwt", own, "member:" + hall.guest.app.uid),
        signed_again(fixture, token, "join+jwt", own, "join:" + sibling.app.uid),
        signed_again(fixture, token, "join+jwt", own, "join:"), signed_again(fixture, token, "join+jwt", R"("aud")", R"("for")"),
        signed_again(fixture, token, "join+jwt", R"("innkeeper")", R"("another")")}) {
    BOOST_TEST(hall.redeem(forged) == "token.unknown");
    BOOST_TEST(why(fixture.call(join_tokens::redeem, host, forged)) == "token.unknown");
  }
  BOOST_TEST(hall.redeem(signed_again(fixture, token, "join+jwt")) == "ok");
}

BOOST_DATA_TEST_CASE(what_suspends_an_app_ends_all_that_lets_people_in, stores(), backend) {
  Fixture fixture{backend};
  const Hall hall{fixture};
  const Passes passes{hall};
  const auto clerk = fixture.make_operator(hall.tenant.id);
  const auto root = fixture.make_operator(Id::none, "root");
  const auto app_is = [&](AppStatus status) {
    fixture.call(apps::update, host, {.ref = hall.guest.app.id, .draft = {.status = status}}).value();
  };
  const auto tenant_is = [&](TenantStatus status) {
    fixture.call(tenants::update, host, {.ref = hall.tenant.id, .draft = {.status = status}}).value();
  };
  app_is(AppStatus::suspended);
  for (const auto& who : {host, root.who, clerk.who, hall.guest.who}) {
    BOOST_TEST(passes.shown_by(who) == "app.suspended app.suspended app.suspended app.suspended");
    BOOST_TEST(passes.made_by(who) == "app.suspended app.suspended app.suspended");
  }
  BOOST_TEST(fixture.call(join_tokens::redeem, clerk.who, passes.join.token).error().code == Errc::forbidden);
  app_is(AppStatus::active);
  for (const auto& [status, words] :
       {std::pair{TenantStatus::suspended, "tenant.suspended"}, {TenantStatus::deleted, "tenant.deleted"}}) {
    tenant_is(status);
    const std::string each{words};
    for (const auto& who : {host, root.who, clerk.who, hall.guest.who}) {
      BOOST_TEST(passes.shown_by(who) == each + " " + each + " " + each + " " + each);
      BOOST_TEST(passes.made_by(who) == each + " " + each + " " + each);
    }
  }
  tenant_is(TenantStatus::active);
  BOOST_TEST(passes.shown_by(hall.guest.who) == "ok ok ok ok");
}

BOOST_DATA_TEST_CASE(a_member_that_is_suspended_behind_the_operations_gets_in_nowhere, stores(), backend) {
  Fixture fixture{backend};
  const Hall hall{fixture};
  const Passes passes{hall};
  fixture
      .run(Access::write, host,
           [&](Transaction& tx, const Context&) -> Result<Nothing> {
             auto member = tx.get<Member>(hall.member.id);
             member->status = MemberStatus::suspended;
             if (auto stored = tx.update(*member); !stored) return stored.error();
             return Nothing{};
           })
      .value();
  BOOST_TEST(passes.shown_by(hall.guest.who) == "member.suspended member.suspended member.suspended member.suspended");
}

BOOST_DATA_TEST_CASE(what_is_revoked_by_a_clock_that_is_ahead_stays_revoked, stores(), backend) {
  using Way = std::function<void(const Hall&, const Passes&)>;
  const auto in_bulk = [](revocations::Kind kind) -> Way {
    return [kind](const Hall& hall, const Passes&) {
      const auto done = hall.fixture.call(revocations::revoke, host, {.app = hall.guest.app.id, .kind = kind}).value();
      BOOST_TEST(done.revoked == (kind == revocations::Kind::join_tokens ? 2 : 1));
    };
  };
  const std::vector<std::pair<std::string, Way>> ways{
      {"token.revoked token.revoked ok ok", in_bulk(revocations::Kind::join_tokens)},
      {"ok ok token.revoked ok", in_bulk(revocations::Kind::member_tokens)},
      {"ok ok ok token.revoked", in_bulk(revocations::Kind::stream_keys)},
      {"token.revoked ok token.revoked ok",
       [](const Hall& hall, const Passes& passes) {
         hall.fixture.call(join_tokens::revoke, host, passes.join.row.id).value();
         hall.fixture.call(member_tokens::revoke, host, passes.member.row.id).value();
       }},
      {"token.revoked token.revoked token.revoked token.revoked",
       [](const Hall& hall, const Passes&) {
         for (const auto status : {MemberStatus::suspended, MemberStatus::active})
           hall.fixture.call(members::update, host, {.ref = hall.member.id, .draft = {.status = status}}).value();
       }},
      {"token.unknown token.unknown token.unknown stream_key.unknown",
       [](const Hall& hall, const Passes&) { hall.fixture.call(members::remove, host, {.ref = hall.member.id}).value(); }},
  };
  for (const auto& [outcome, revoke] : ways) {
    Fixture fixture{backend};
    const Hall hall{fixture};
    const Passes passes{hall};
    const auto now = fixture.clock.now();
    fixture.clock.advance(48h);
    revoke(hall, passes);
    fixture.clock.set(now);
    BOOST_TEST(passes.shown_by(hall.guest.who) == outcome);
  }
}

BOOST_DATA_TEST_CASE(a_join_token_lets_in_once, stores(), backend) {
  Fixture fixture{backend};
  const Hall hall{fixture};
  const auto issued =
      hall.issue({.member = hall.member.uid, .role = JoinRole::moderator, .name = "Ada", .user_ref = "u7", .life = 1min});
  BOOST_TEST(tables_with(fixture, issued.token) == "");
  BOOST_TEST((issued.row.expires_at == fixture.clock.now() + 1min));
  const auto redeemed = fixture.call(join_tokens::redeem, hall.guest.who, issued.token).value();
  BOOST_TEST((redeemed.room.id == hall.room.id && redeemed.row.member == hall.member.id));
  BOOST_TEST((redeemed.row.role == JoinRole::moderator && redeemed.row.used_at == fixture.clock.now()));
  const auto again = fixture.call(join_tokens::redeem, hall.guest.who, issued.token);
  BOOST_TEST(why(again) == "token.used");
  BOOST_TEST(again.error().code == Errc::gone);
}

BOOST_DATA_TEST_CASE(a_join_token_that_is_not_good_says_why, stores(), backend) {
  Fixture fixture{backend};
  const Hall hall{fixture};
  const auto expiring = hall.issue({.life = 1s});
  const auto revoked = hall.issue();
  auto forged = hall.issue().token;
  forged[forged.rfind('.') + 3] = forged[forged.rfind('.') + 3] == 'x' ? 'y' : 'x';
  BOOST_TEST((fixture.call(join_tokens::revoke, host, revoked.row.uid).value().revoked_at == fixture.clock.now()));
  fixture.clock.advance(1s);
  BOOST_TEST((fixture.call(join_tokens::revoke, host, revoked.row.uid).value().revoked_at == fixture.clock.now() - 1s));
  BOOST_TEST(hall.redeem(expiring.token) == "token.expired");
  BOOST_TEST(hall.redeem(revoked.token) == "token.revoked");
  BOOST_TEST(hall.redeem(forged) == "token.unknown");
  BOOST_TEST(hall.redeem("") == "token.unknown");
  const auto waiting = hall.issue();
  fixture.call(rooms::update, host, {.ref = hall.room.id, .draft = {.status = RoomStatus::closed}}).value();
  BOOST_TEST(hall.redeem(waiting.token) == "room.closed");
  const auto closed = fixture.call(join_tokens::create, host, {.parent = hall.room.id});
  BOOST_TEST(why(closed) == "room.closed");
  BOOST_TEST(closed.error().code == Errc::conflict);
  BOOST_TEST(why(fixture.call(join_tokens::create, host, {.parent = "none"})) == "room.unknown");
}

BOOST_DATA_TEST_CASE(a_join_token_is_for_a_member_of_its_app, stores(), backend) {
  const Fixture fixture{backend};
  const Hall hall{fixture};
  const auto sibling = fixture.make_app(hall.tenant.id);
  const auto stranger = fixture.call(members::create, host, {.parent = sibling.app.id}).value();
  const auto refused = fixture.call(join_tokens::create, host, {.parent = hall.room.id, .draft = {.member = stranger.uid}});
  BOOST_TEST(why(refused) == "value.refused");
  BOOST_TEST(refused.error().violations.at(0).field == "/member");
  BOOST_TEST(why(fixture.call(join_tokens::redeem, sibling.who, hall.issue().token)) == "token.unknown");
}

BOOST_AUTO_TEST_CASE(of_a_hundred_that_redeem_a_token_at_once_one_gets_in) {
  const Fixture fixture{sqlite()};
  const Hall hall{fixture};
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
  Fixture fixture{backend};
  const Hall hall{fixture};
  const auto make = [&](std::chrono::seconds life) {
    return fixture.call(member_tokens::create, host, {.parent = hall.member.uid, .draft = {.life = life}}).value();
  };
  const auto token = make(1h);
  const auto brief = make(1s);
  BOOST_TEST(tables_with(fixture, token.token) == "");
  BOOST_TEST((fixture.call(member_tokens::verify, hall.guest.who, token.token).value().member.id == hall.member.id));
  BOOST_TEST(fixture.call(member_tokens::list, hall.guest.who, {.parent = hall.member.id}).value().items.size() == 2U);
  fixture.clock.advance(1s);
  const auto expired = fixture.call(member_tokens::verify, hall.guest.who, brief.token);
  BOOST_TEST(why(expired) == "token.expired");
  BOOST_TEST(expired.error().code == Errc::gone);
  fixture.call(member_tokens::revoke, hall.guest.who, token.row.uid).value();
  BOOST_TEST(why(fixture.call(member_tokens::verify, hall.guest.who, token.token)) == "token.revoked");
  BOOST_TEST(why(fixture.call(member_tokens::verify, hall.guest.who, "nonsense")) == "token.unknown");
  BOOST_TEST(why(fixture.call(member_tokens::create, host, {.parent = "none"})) == "member.unknown");
}

BOOST_DATA_TEST_CASE(a_stream_key_is_kept_as_a_key_is, stores(), backend) {
  const Fixture fixture{backend};
  const Hall hall{fixture};
  const auto made = fixture
                        .call(stream_keys::create, hall.guest.who,
                              {.parent = hall.guest.app.id, .draft = {.member = hall.member.uid, .label = "cam"}})
                        .value();
  BOOST_TEST(tables_with(fixture, made.secret) == "");
  BOOST_TEST(made.row.digest.data.size() == 32U);
  BOOST_TEST(made.row.hint == made.secret.substr(made.secret.size() - 4));
  BOOST_TEST((fixture.call(stream_keys::verify, hall.guest.who, made.secret).value().id == made.row.id));
  BOOST_TEST((fixture.call(stream_keys::find, hall.guest.who, made.row.uid).value().member == hall.member.id));
  fixture.call(stream_keys::revoke, hall.guest.who, made.row.id).value();
  const auto revoked = fixture.call(stream_keys::verify, hall.guest.who, made.secret);
  BOOST_TEST(why(revoked) == "token.revoked");
  BOOST_TEST(revoked.error().code == Errc::gone);
  BOOST_TEST(why(fixture.call(stream_keys::verify, hall.guest.who, "nonsense")) == "stream_key.unknown");
  BOOST_TEST(why(fixture.call(stream_keys::find, hall.guest.who, "none")) == "stream_key.unknown");
}

BOOST_DATA_TEST_CASE(tokens_are_taken_back_by_token_member_room_and_time, stores(), backend) {
  Fixture fixture{backend};
  const Hall hall{fixture};
  const auto other_room = fixture.call(rooms::create, host, {.parent = hall.guest.app.id}).value();
  const auto of_room = [&](const Room& room, std::optional<std::string> member) {
    return fixture.call(join_tokens::create, host, {.parent = room.id, .draft = {.member = std::move(member)}}).value();
  };
  const auto a = of_room(hall.room, hall.member.uid);
  const auto b = of_room(hall.room, std::nullopt);
  const auto c = of_room(other_room, hall.member.uid);
  const auto d = of_room(other_room, std::nullopt);
  fixture.clock.advance(1s);
  const auto e = of_room(hall.room, hall.member.uid);
  const auto f = of_room(hall.room, std::nullopt);
  const auto revoke = [&](revocations::Criteria criteria) {
    criteria.app = hall.guest.app.id;
    return fixture.call(revocations::revoke, hall.guest.who, criteria).value().revoked;
  };
  const auto good = [&] {
    std::string names;
    for (const auto& [name, issued] :
         {std::pair{'a', &a}, std::pair{'b', &b}, std::pair{'c', &c}, std::pair{'d', &d}, std::pair{'e', &e}, std::pair{'f', &f}})
      if (!fixture.row<JoinToken>(issued->row.id).revoked_at) names += name;
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
  const Fixture fixture{backend};
  const Hall hall{fixture};
  const auto sibling = fixture.make_app(hall.tenant.id);
  const auto stranger = fixture.call(members::create, host, {.parent = sibling.app.id}).value();
  const auto foreign = fixture.call(member_tokens::create, host, {.parent = stranger.id}).value();
  const auto token = fixture.call(member_tokens::create, host, {.parent = hall.member.id}).value();
  const auto stream = fixture.call(stream_keys::create, host, {.parent = hall.guest.app.id}).value();
  const auto revoke = [&](revocations::Kind kind) {
    return fixture.call(revocations::revoke, host, {.app = hall.guest.app.id, .kind = kind}).value().revoked;
  };
  BOOST_TEST(revoke(revocations::Kind::member_tokens) == 1);
  BOOST_TEST(why(fixture.call(member_tokens::verify, host, token.token)) == "token.revoked");
  BOOST_TEST(why(fixture.call(stream_keys::verify, host, stream.secret)) == "ok");
  BOOST_TEST(revoke(revocations::Kind::stream_keys) == 1);
  BOOST_TEST(why(fixture.call(stream_keys::verify, host, stream.secret)) == "token.revoked");
  BOOST_TEST(why(fixture.call(member_tokens::verify, host, foreign.token)) == "ok");
}

BOOST_DATA_TEST_CASE(an_order_names_what_the_app_has, stores(), backend) {
  const Fixture fixture{backend};
  const Hall hall{fixture};
  const auto sibling = fixture.make_app(hall.tenant.id);
  const auto stranger = fixture.call(members::create, host, {.parent = sibling.app.id}).value();
  const auto elsewhere = fixture.call(rooms::create, host, {.parent = sibling.app.id}).value();
  const auto foreign = fixture.call(join_tokens::create, host, {.parent = elsewhere.id}).value();
  const auto field = [&](revocations::Criteria criteria) {
    criteria.app = hall.guest.app.id;
    const auto refused = fixture.call(revocations::revoke, host, criteria);
    BOOST_TEST_REQUIRE(why(refused) == "value.refused");
    return refused.error().violations.at(0).field;
  };
  BOOST_TEST(field({.member = stranger.uid}) == "/member");
  BOOST_TEST(field({.room = elsewhere.uid}) == "/room");
  BOOST_TEST(field({.token = foreign.row.uid}) == "/token");
  BOOST_TEST(field({.kind = revocations::Kind::member_tokens, .room = hall.room.uid}) == "/room");
  BOOST_TEST(why(fixture.call(revocations::revoke, host, {.app = "none"})) == "app.unknown");
  BOOST_TEST(!fixture.row<JoinToken>(foreign.row.id).revoked_at);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
