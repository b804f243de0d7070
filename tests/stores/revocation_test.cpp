#include "tests/stores/backends.hpp"

#include <innkeeper/engine.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>
#include <innkeeper/sqlite.hpp>

#include <array>
#include <atomic>
#include <thread>

/// Credentials are kept in memory once they were good; these tests take them back while they are in use on several threads.
namespace innkeeper::tests {

namespace {

constexpr Principal host{.kind = Principal::Kind::host};

/// A tenant with one app, and an engine over a file of its own.
struct RevocationFixture {
  RevocationFixture() {
    tenant = engine->call(tenants::create, host, {.name = "desk"}).value();
    const auto app = engine->call(apps::create, host, {.parent = tenant.id}).value();
    target = "/tenants/" + tenant.uid + "/apps/" + std::to_string(number(app.view.app.id));
    secret = engine->call(operators::create, host, {.parent = tenant.id, .name = "clerk"}).value().secret;
  }

  std::string issue() {
    return engine->call(access_tokens::issue, host, {.name = "clerk", .secret = secret, .tenant = tenant.uid}).value().token;
  }
  int get(const std::string& token) const {
    return engine->handle({.target = target, .headers = {{"X-Auth-Token", token}}}).status;
  }
  int revoke(const std::string& token) const {
    const Request request{
        .method = Method::del, .target = "/v3/auth/tokens", .headers = {{"X-Auth-Token", token}, {"X-Subject-Token", token}}};
    return engine->handle(request).status;
  }

  TemporaryFolder folder;
  std::unique_ptr<Store> store = open_sqlite({.path = (folder.path() / "desk.db").string(), .is_durable = false}).value();
  SeededRandom random{11};
  std::unique_ptr<Engine> engine =
      Engine::open({.store = *store, .master_key = MasterKey::generate(random), .environment = {.random = &random}}).value();
  Tenant tenant;
  std::string target;
  std::string secret;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(revocation)

BOOST_AUTO_TEST_CASE(a_revoked_token_passes_on_no_thread_from_the_answer_on) {
  RevocationFixture fixture;
  constexpr std::size_t count = 1'500;
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back(fixture.issue());

  std::atomic<std::size_t> revoked{0};  // so many, from the first on
  std::atomic<std::int64_t> passed{0}, refused{0}, passed_late{0}, refused_early{0};
  std::vector<std::thread> guards;
  for (int i = 0; i < 3; ++i)
    guards.emplace_back([&] {
      while (revoked < count) {
        const auto before = revoked.load();
        for (auto at = before > 1 ? before - 2 : 0; at < std::min(before + 3, count); ++at) {
          const bool has_passed = fixture.get(tokens[at]) == 200;
          ++(has_passed ? passed : refused);
          if (has_passed && at < before) ++passed_late;
          if (!has_passed && at > revoked) ++refused_early;
        }
      }
    });
  for (std::size_t i = 0; i < count; ++i) {
    BOOST_TEST_REQUIRE(fixture.revoke(tokens[i]) == 204);
    revoked = i + 1;
  }
  for (auto& each : guards) each.join();
  BOOST_TEST(passed_late == 0);
  BOOST_TEST(refused_early == 0);
  BOOST_TEST(passed > 100);
  BOOST_TEST(refused > 100);
}

BOOST_AUTO_TEST_CASE(a_suspended_tenant_is_refused_on_every_thread_from_the_next_request_on) {
  RevocationFixture fixture;
  const auto token = fixture.issue();
  std::atomic<int> stage{0};  // even: active, odd: suspended; the number of changes that were answered
  std::atomic<std::int64_t> checks{0}, wrong{0};
  std::atomic<bool> is_over{false};
  std::vector<std::thread> guards;
  for (int i = 0; i < 3; ++i)
    guards.emplace_back([&] {
      while (!is_over) {
        const int before = stage;
        const int status = fixture.get(token);
        const int after = stage;
        if (before == after && before < 10'000 && status != (before % 2 == 0 ? 200 : 403)) ++wrong;
        ++checks;
      }
    });
  for (int i = 1; i <= 300; ++i) {
    stage += 10'000;  // under way: either answer is right
    const auto status = i % 2 == 1 ? TenantStatus::suspended : TenantStatus::active;
    BOOST_TEST_REQUIRE(
        fixture.engine->call(tenants::update, host, {.ref = fixture.tenant.id, .draft = {.status = status}}).has_value());
    stage = i;
    std::this_thread::yield();
  }
  is_over = true;
  for (auto& each : guards) each.join();
  BOOST_TEST(wrong == 0);
  BOOST_TEST(checks > 300);
}

BOOST_AUTO_TEST_CASE(a_token_that_another_process_takes_out_is_refused_by_the_next_request) {
  RevocationFixture fixture;
  const auto theirs = open_sqlite({.path = (fixture.folder.path() / "desk.db").string(), .is_durable = false}).value();
  for (int i = 0; i < 20; ++i) {
    const auto token = fixture.issue();
    for (int j = 0; j < 4; ++j) BOOST_TEST_REQUIRE(fixture.get(token) == 200);
    theirs
        ->run(
            Access::write,
            [](Transaction& tx) -> Result<void> { return tx.erase(Query<AccessToken>{}).has_value() ? Result<void>{} : Error{}; })
        .value();
    BOOST_TEST(fixture.get(token) == 403);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
