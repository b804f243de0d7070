#include "tests/domain/site.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

/// Orders to revoke many tokens: they go in short steps, and end.
namespace innkeeper::tests {

namespace {

/// Work waits an hour for its turn.
class SlowStore final : public Store {
 public:
  SlowStore(Store& store, FakeClock& clock) : store_(store), clock_(clock) {}
  using Store::run;
  Result<void> migrate(const Schema& schema) override { return store_.migrate(schema); }
  StoreStatus status() const override { return store_.status(); }
  void run(Access access, Work work, Done done, Caller caller) override {
    clock_.advance(std::chrono::hours{1});
    store_.run(access, std::move(work), std::move(done), caller);
  }

 private:
  Store& store_;
  FakeClock& clock_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(orders_to_revoke)

BOOST_DATA_TEST_CASE(a_call_that_waited_for_its_turn_goes_by_the_time_that_is_then, stores(), backend) {
  Fixture fixture{backend};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  SlowStore slow{*fixture.store, fixture.clock};
  const auto engine =
      Engine::open(
          {.store = slow, .master_key = fixture.master_key, .environment = {&fixture.clock, &fixture.random, &fixture.log}})
          .value();
  const auto room = engine->call(rooms::create, guest.who, {.parent = guest.app.id, .draft = {.name = "hall"}}).value();
  BOOST_TEST((room.created_at == fixture.clock.now()));
}

BOOST_DATA_TEST_CASE(a_revocation_is_made_in_parts_and_counts_nothing_twice, counting_stores(), backend) {
  Site site{backend};
  MemberPasses passes{site};
  passes.bury();
  const auto room = passes.room.id;
  site.put(many, JoinToken{.room = room});
  site.set(MemberStatus::suspended);
  site.store().forget();
  std::int64_t revoked = 0;
  int calls = 0;
  for (bool has_more = true; has_more; ++calls) {
    const auto outcome = site.fixture.call(revocations::revoke, site.guest.who, {.kind = revocations::Kind::join_tokens}).value();
    revoked += outcome.revoked;
    has_more = outcome.has_more;
  }
  site.require_short_steps();
  BOOST_TEST(calls > 1);
  BOOST_TEST(revoked == many);
  BOOST_TEST(why(site.fixture.call(join_tokens::redeem, host, passes.entry.token)) == "token.revoked");
}

BOOST_DATA_TEST_CASE(an_order_to_revoke_goes_on_where_it_stood, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  site.put(3 * many, MemberToken{.member = site.member.id, .revoked_at = fixture.clock.now()});
  const auto last =
      fixture.call(member_tokens::create, host, {.parent = site.member.id, .draft = {.life = member_tokens::longest_life}})
          .value();
  for (const auto& member : {std::optional<std::string>{}, std::optional{site.member.uid}}) {
    const revocations::Criteria criteria{.kind = revocations::Kind::member_tokens, .member = member};
    site.store().forget();
    int calls = 1;
    while (calls < 30 && fixture.call(revocations::revoke, site.guest.who, criteria).value().has_more) ++calls;
    BOOST_TEST(calls > 10);
    BOOST_TEST(calls < 20);
    site.require_short_steps();
    BOOST_TEST(site.tasks() == 0U);
    BOOST_TEST(why(fixture.call(member_tokens::verify, host, last.token)) == "token.revoked");
  }
}

BOOST_DATA_TEST_CASE(maintenance_goes_on_with_an_order_to_revoke_and_spares_what_was_issued_since, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  MemberPasses old{site};
  old.bury();
  site.put(many, JoinToken{.room = old.room.id});
  const revocations::Criteria all_criteria[] = {{.kind = revocations::Kind::member_tokens, .member = site.member.uid},
                                                {.kind = revocations::Kind::join_tokens, .room = old.room.uid},
                                                {.kind = revocations::Kind::stream_keys}};
  for (const auto& criteria : all_criteria)
    BOOST_TEST(fixture.call(revocations::revoke, site.guest.who, criteria).value().has_more);
  const MemberPasses since{site};
  const auto entry = fixture.call(join_tokens::create, host, {.parent = old.room.id}).value();
  site.maintain_until_done();
  BOOST_TEST(old.shown() == all_revoked);
  BOOST_TEST(since.shown() == "ok ok ok");
  BOOST_TEST(why(fixture.call(join_tokens::redeem, host, entry.token)) == "ok");
  BOOST_TEST(site.told("member_token.revoked_many") == many + 1);
  BOOST_TEST(site.told("join_token.revoked_many") == 2 * many + 1);
  BOOST_TEST(site.told("stream_key.revoked_many") == many + 1);
}

BOOST_DATA_TEST_CASE(an_order_to_revoke_that_is_given_again_means_what_was_issued_since_too, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  site.put(many, MemberToken{.member = site.member.id});
  const revocations::Criteria criteria{.kind = revocations::Kind::member_tokens};
  BOOST_TEST(fixture.call(revocations::revoke, site.guest.who, criteria).value().has_more);
  // Also if the clock was set back meanwhile.
  site.fixture.clock.advance(-std::chrono::hours{1});
  const auto late =
      fixture.call(member_tokens::create, host, {.parent = site.member.id, .draft = {.life = member_tokens::longest_life}})
          .value();
  int calls = 1;
  while (calls < 30 && fixture.call(revocations::revoke, site.guest.who, criteria).value().has_more) ++calls;
  BOOST_TEST(calls < 30);
  BOOST_TEST(why(fixture.call(member_tokens::verify, host, late.token)) == "token.revoked");
}

BOOST_DATA_TEST_CASE(an_order_to_revoke_that_few_tokens_meet_goes_in_short_steps_too, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  const auto hall = fixture.call(rooms::create, host, {.parent = site.guest.app.id, .draft = {.name = "hall"}}).value();
  site.put(3 * many, JoinToken{.room = hall.id, .member = site.member.id});
  const revocations::Criteria criteria{.kind = revocations::Kind::join_tokens,
                                       .member = site.member.uid,
                                       .issued_before = fixture.clock.now() - std::chrono::hours{1}};
  site.store().forget();
  int calls = 1;
  while (calls < 30 && fixture.call(revocations::revoke, site.guest.who, criteria).value().has_more) ++calls;
  BOOST_TEST(calls < 10);
  site.require_short_steps();
}

BOOST_DATA_TEST_CASE(orders_to_revoke_that_are_not_carried_out_yet_are_bounded, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  site.put(many, MemberToken{.member = site.member.id});
  const auto revoke_before = [&](int hours) {
    return why(fixture.call(
        revocations::revoke, site.guest.who,
        {.kind = revocations::Kind::member_tokens, .issued_before = fixture.clock.now() + std::chrono::hours{hours}}));
  };
  for (int hours = 1; hours <= 8; ++hours) BOOST_TEST(revoke_before(hours) == "ok");
  BOOST_TEST(revoke_before(9) == "revocations.pending");
  BOOST_TEST(revoke_before(8) == "ok");
  site.maintain_until_done();
  BOOST_TEST(revoke_before(9) == "ok");
}

BOOST_DATA_TEST_CASE(an_order_to_revoke_holds_to_each_of_its_conditions, counting_stores(), backend) {
  Site site{backend};
  const auto& fixture = site.fixture;
  const MemberPasses early{site};
  const auto noon = fixture.clock.now() + std::chrono::minutes{1};
  site.fixture.clock.advance(std::chrono::minutes{2});
  const MemberPasses late{site};
  const auto revoked = [&](revocations::Criteria criteria) {
    criteria.kind = revocations::Kind::join_tokens;
    return fixture.call(revocations::revoke, site.guest.who, criteria).value().revoked;
  };
  BOOST_TEST(revoked({.token = late.entry.row.uid, .issued_before = noon}) == 0);
  BOOST_TEST(revoked({.token = late.entry.row.uid, .room = early.room.uid}) == 0);
  BOOST_TEST(revoked({.member = site.member.uid, .room = late.room.uid, .issued_before = noon}) == 0);
  BOOST_TEST(revoked({.room = late.room.uid, .issued_before = noon}) == 0);
  BOOST_TEST(revoked({.member = site.member.uid, .room = early.room.uid, .issued_before = noon}) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
