#pragma once

#include "tests/domain/counting_store.hpp"

#include <innkeeper/courier.hpp>
#include <innkeeper/schema/model.hpp>
#include "engine/base/records.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace innkeeper::tests {

inline constexpr int many = 1'300;
inline constexpr std::size_t all_many = many;

/// An app with a member in an engine whose transactions are counted.
struct Site {
  explicit Site(const Backend& backend)
      : fixture(backend),
        tenant(fixture.make_tenant()),
        guest(fixture.make_app(tenant.id)),
        member(fixture.call(members::create, host, {.parent = guest.app.id}).value()) {}

  CountingStore& store() const { return static_cast<CountingStore&>(*fixture.store); }

  /// Stores so many rows, the last of which is as the engine would make it.
  template <class E>
  void put(int rows, E row) {
    for (int left = rows; left > 0; left -= 100) {
      const auto done = fixture.run(Access::write, host, [&](Transaction& tx, const Context& context) -> Result<Nothing> {
        for (int i = 0; i < std::min(left, 100); ++i) {
          const auto name = "put-" + std::to_string(++last_name);
          row.id = Id::none;
          if constexpr (requires { row.tenant; }) row.tenant = tenant.id;
          if constexpr (requires { row.app; }) row.app = guest.app.id;
          if constexpr (requires { row.uid; }) row.uid = name;
          if constexpr (requires { row.digest; }) row.digest.data = name;
          if constexpr (requires { row.created_at; }) row.created_at = context.now;
          if constexpr (requires { row.expires_at; } && !std::is_same_v<E, Key>)
            row.expires_at = context.now + std::chrono::hours{1};
          if (auto stored = tx.insert(row); !stored) return stored.error();
        }
        return Nothing{};
      });
      BOOST_TEST_REQUIRE(why(done) == "ok");
    }
    store().forget();
  }
  /// That no transaction since the last look was a long one. Beside 300 rows there is what the change itself writes.
  void require_short_steps() const {
    BOOST_TEST(store().most().written <= 400);
    BOOST_TEST(store().most().read <= 2'000);
    store().forget();
  }
  struct BusyOperator : Fixture::OperatorLogin {
    std::string token;  ///< The last of its access tokens.
  };
  /// An operator with many keys and access tokens.
  BusyOperator make_busy_operator() {
    BusyOperator clerk{fixture.make_operator(tenant.id), {}};
    put(many, AccessToken{.holder = clerk.row.id});
    put(many, Key{.owner_kind = KeyOwner::administrator, .owner = clerk.row.id});
    clerk.token = fixture.call(access_tokens::issue, host, {.name = "clerk", .secret = clerk.secret}).value().token;
    return clerk;
  }
  std::size_t tasks() const { return fixture.rows<Task>().size(); }
  /// Calls maintenance until nothing is left to do; that it took more than one step is for the caller to know.
  void maintain_until_done() const {
    BOOST_TEST_REQUIRE(tasks() > 0U);
    for (int calls = 0; calls < 10 && tasks() > 0; ++calls) fixture.engine->webhook_queue().maintain();
    BOOST_TEST(tasks() == 0U);
    require_short_steps();
  }
  void reopen() {
    fixture.engine.reset();
    fixture.engine = Engine::open({.store = *fixture.store,
                                   .master_key = fixture.master_key,
                                   .environment = {&fixture.clock, &fixture.random, &fixture.log}})
                         .value();
  }
  void set(MemberStatus status) {
    fixture.call(members::update, guest.who, {.ref = member.id, .draft = {.status = status}}).value();
  }
  /// How many rows of a member's are said to be revoked, one after the other.
  std::int64_t told(std::string_view type) const {
    std::int64_t sum = 0;
    for (const auto& event : fixture.rows<Event>(Query<Event>{}.where(&Event::type, type)))
      sum += std::stoll(event.data.text.substr(event.data.text.find(':') + 1));
    return sum;
  }

  Fixture fixture;
  Tenant tenant;
  Fixture::AppLogin guest;
  Member member;
  int last_name = 0;
};

/// What a member gets in with, and whether it still does.
struct MemberPasses {
  explicit MemberPasses(Site& where) : site(where) {
    const auto& fixture = site.fixture;
    room = fixture.call(rooms::create, host, {.parent = site.guest.app.id, .draft = {.name = "hall"}}).value();
    token = fixture.call(member_tokens::create, host, {.parent = site.member.id, .draft = {.life = member_tokens::longest_life}})
                .value();
    entry = fixture
                .call(join_tokens::create, host,
                      {.parent = room.id, .draft = {.member = site.member.uid, .life = join_tokens::longest_life}})
                .value();
    key = fixture.call(stream_keys::create, host, {.parent = site.guest.app.id, .draft = {.member = site.member.uid}}).value();
  }
  /// Makes them the oldest of many.
  void bury() {
    site.put(many, MemberToken{.member = site.member.id, .generation = generation()});
    site.put(many, JoinToken{.room = room.id, .member = site.member.id, .generation = generation()});
    site.put(many, StreamKey{.member = site.member.id, .generation = generation()});
  }
  std::int64_t generation() const { return site.fixture.row<Member>(site.member.id).generation; }
  std::string shown() const {
    const auto& fixture = site.fixture;
    return why(fixture.call(member_tokens::verify, site.guest.who, token.token)) + " " +
           why(fixture.call(join_tokens::redeem, site.guest.who, entry.token)) + " " +
           why(fixture.call(stream_keys::verify, site.guest.who, key.secret));
  }
  template <class E>
  std::size_t revoked_at(Instant when) const {
    const std::optional<Instant> at{when};
    return site.fixture.rows<E>(Query<E>{}.where(&E::revoked_at, at)).size();
  }

  Site& site;
  Room room;
  member_tokens::Issued token;
  join_tokens::Issued entry;
  stream_keys::Issued key;
};

inline constexpr std::string_view all_revoked = "token.revoked token.revoked token.revoked";

}  // namespace innkeeper::tests
