#include "tests/support/environment.hpp"

#include <innkeeper/dialects.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/model.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/transfer.hpp>

#include "engine/crypto/digest.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace innkeeper;
using namespace innkeeper::tests;
using namespace std::chrono_literals;

/// Limits count whatever the contract, and are told in its own words.
namespace {

constexpr Principal host{.kind = Principal::Kind::host};

/// A store that holds requests up until it is told to go on.
class HoldingStore final : public Store {
 public:
  enum class Hold : std::uint8_t { nothing, before, behind };  ///< A transaction, which is decided in it.
  using Store::run;

  Result<void> migrate(const Schema& schema) override { return store_->migrate(schema); }
  StoreStatus status() const override { return store_->status(); }
  void run(Access access, Work work, Done done, Caller caller) override {
    if (hold == Hold::before) {
      held_.push_back(
          [this, access, work = std::move(work), done = std::move(done), caller] { store_->run(access, work, done, caller); });
      return;
    }
    if (hold == Hold::behind)
      done = [this, done = std::move(done)](const Result<void>& result) { held_.push_back([done, result] { done(result); }); };
    store_->run(access, std::move(work), std::move(done), caller);
  }
  void go_on() {
    hold = Hold::nothing;
    for (const auto& each : std::exchange(held_, {})) each();
  }

  Hold hold = Hold::nothing;

 private:
  std::unique_ptr<Store> store_ = open_memory();
  std::vector<std::function<void()>> held_;
};

/// A tenant with an app and an operator, each with a key that allows so many requests a minute; 0: as many as configured.
struct Scene {
  explicit Scene(const Rates& rates, std::int64_t quota_of_key = 0, const Limits& limits = {}) {
    engine = Engine::open({.store = store,
                           .master_key = MasterKey::generate(random),
                           .environment = {&clock, &random, &log},
                           .limits = limits,
                           .rates = rates})
                 .value();
    tenant = engine->call(tenants::create, host, {.name = "house"}).value();
    app = engine->call(apps::create, host, {.parent = tenant.id}).value().view.app;
    const auto who = engine->call(operators::create, host, {.parent = tenant.id, .name = "clerk"}).value().created;
    keys::Draft draft;
    if (quota_of_key != 0) draft.rate = std::optional{RateLimit{quota_of_key, 60s}};
    app_secret = engine->call(keys::create, host, {.parent = app.id, .draft = draft}).value().secret;
    operator_secret =
        engine->call(keys::create, host, {.parent = who.id, .holder = KeyOwner::administrator, .draft = draft}).value().secret;
    const auto entered = ask(login("clerk", operator_secret, ""));
    BOOST_TEST_REQUIRE(entered.status == 201);
    token = entered.headers.find("X-Subject-Token").value();
  }

  Response ask(const Request& request) const { return engine->handle(request); }
  /// Sends a request and waits for nothing; the status comes when the store goes on.
  std::shared_ptr<int> submit(const Request& request) const {
    auto status = std::make_shared<int>(0);
    engine->submit(request, [status](const Response& response) { *status = response.status; });
    return status;
  }

  Request login(std::string_view name, std::string_view secret, std::string_view address) const {
    return {.method = Method::post,
            .target = "/v3/auth/tokens",
            .body = R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"id":"default"},"name":")" +
                    std::string{name} + R"(","password":")" + std::string{secret} + R"("}}},"scope":{"project":{"id":")" +
                    tenant.uid + R"("}}}})",
            .origin = {.address = std::string{address}}};
  }
  static Request basic(std::string_view id, std::string_view secret, std::string_view address) {
    return {.target = "/video/v2/rooms",
            .headers = {{header::authorization, "Basic " + crypto::base64_encode(std::string{id}.append(1, ':').append(secret))}},
            .origin = {.address = std::string{address}}};
  }
  Request bearer(std::string_view secret, std::string_view address) const {
    return {.target = "/api/v1/rooms/1",
            .headers = {{header::authorization, "Bearer " + std::string{secret}}},
            .origin = {.address = std::string{address}}};
  }
  Request with_token(std::string_view its_token, std::string_view address) const {
    return {.target = "/tenants/" + tenant.uid + "/apps",
            .headers = {{"X-Auth-Token", its_token}},
            .origin = {.address = std::string{address}}};
  }

  SeededRandom random{3};
  FakeClock clock;
  KeepingLog log;
  HoldingStore store;
  std::unique_ptr<Engine> engine;
  Tenant tenant;
  App app;
  std::string app_secret, operator_secret, token;
};

struct Contract {
  std::string_view name;
  Request (*with_good)(const Scene&, std::string_view address);
  Request (*with_wrong)(const Scene&, std::string_view address);
  int good, wrong;           ///< What it answers.
  std::string_view refusal;  ///< What its body for 429 has in it.
  bool is_of_app;
};
std::ostream& operator<<(std::ostream& out, const Contract& contract) { return out << contract.name; }

const Contract contracts[] = {
    {"native", [](const Scene& scene, std::string_view address) { return scene.bearer(scene.app_secret, address); },
     [](const Scene& scene, std::string_view address) { return scene.bearer("wrong", address); }, 404, 401, R"("rate.limited")",
     true},
    {"enablex",
     [](const Scene& scene, std::string_view address) { return Scene::basic(scene.app.uid, scene.app_secret, address); },
     [](const Scene& scene, std::string_view address) { return Scene::basic(scene.app.uid, "wrong", address); }, 200, 401,
     R"("result":"429")", true},
    {"skyway", [](const Scene& scene, std::string_view address) { return scene.with_token(scene.token, address); },
     [](const Scene& scene, std::string_view address) { return scene.with_token("wrong", address); }, 200, 403,
     "Too Many Requests", false},
    {"skyway's sign-in",
     [](const Scene& scene, std::string_view address) { return scene.login("clerk", scene.operator_secret, address); },
     [](const Scene& scene, std::string_view address) { return scene.login("clerk", "wrong", address); }, 201, 401,
     "Too Many Requests", false},
};

constexpr std::string_view here = "192.0.2.1";
constexpr std::string_view elsewhere = "192.0.2.2";

void require_refused(const Scene& scene, const Contract& contract, const Request& request) {
  const auto refused = scene.ask(request);
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(refused.body.find(contract.refusal) != std::string::npos, refused.body);
  BOOST_TEST(refused.headers.find(header::retry_after).has_value());
}

void require_limited_to_3(Scene& scene, const Contract& contract) {
  for (int i = 0; i < 3; ++i) BOOST_TEST(scene.ask(contract.with_good(scene, here)).status == contract.good);
  require_refused(scene, contract, contract.with_good(scene, here));
  scene.clock.advance(60s);
  BOOST_TEST(scene.ask(contract.with_good(scene, here)).status == contract.good);
}

/// How often credentials may be wrong, of three for an account: where none is named, an address has ten times as many.
int wrong_tries(const Scene& scene, const Contract& contract) {
  const bool names_account = contract.with_wrong(scene, here).target == "/v3/auth/tokens" || contract.name == "enablex";
  return names_account ? 3 : 30;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_DATA_TEST_CASE(an_address_has_a_limit, contracts, contract) {
  Scene scene{{.address = {3, 60s}}};
  require_limited_to_3(scene, contract);
  BOOST_TEST(scene.ask(contract.with_good(scene, elsewhere)).status == contract.good);
}

BOOST_AUTO_TEST_CASE(an_address_has_one_limit_for_all_contracts) {
  const Scene scene{{.address = {4, 60s}}};
  for (const auto& contract : contracts) BOOST_TEST(scene.ask(contract.with_good(scene, here)).status == contract.good);
  for (const auto& contract : contracts) require_refused(scene, contract, contract.with_good(scene, here));
}

BOOST_AUTO_TEST_CASE(a_key_has_a_limit_and_may_have_one_of_its_own) {
  for (const auto& contract : contracts) {
    if (contract.good == 201) continue;  // A sign-in that succeeds is no request of a key.
    BOOST_TEST_CONTEXT(contract.name) {
      Scene usual{{.key = {3, 60s}}};
      require_limited_to_3(usual, contract);
      Scene own{{.key = {100, 60s}}, 3};
      require_limited_to_3(own, contract);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_app_and_a_tenant_have_limits) {
  for (const auto& contract : contracts) {
    if (contract.good == 201) continue;
    BOOST_TEST_CONTEXT(contract.name) {
      Scene of_tenant{{.tenant = {3, 60s}}};
      require_limited_to_3(of_tenant, contract);
      if (!contract.is_of_app) continue;
      Scene of_app{{.app = {3, 60s}}};
      require_limited_to_3(of_app, contract);
    }
  }
}

BOOST_DATA_TEST_CASE(credentials_that_are_wrong_too_often_are_not_looked_at_any_more, contracts, contract) {
  Scene scene{{.failures = {3, 60s}}};
  for (int i = 0; i < wrong_tries(scene, contract); ++i) {
    BOOST_TEST(scene.ask(contract.with_good(scene, here)).status == contract.good);
    BOOST_TEST(scene.ask(contract.with_wrong(scene, here)).status == contract.wrong);
  }
  require_refused(scene, contract, contract.with_wrong(scene, here));
  require_refused(scene, contract, contract.with_good(scene, here));
  BOOST_TEST(scene.ask(contract.with_good(scene, elsewhere)).status == contract.good);
  scene.clock.advance(60s);
  BOOST_TEST(scene.ask(contract.with_good(scene, here)).status == contract.good);
}

BOOST_DATA_TEST_CASE(as_many_guesses_at_once_as_there_may_be_learn_no_more_than_one_after_another, contracts, contract) {
  Scene scene{{.failures = {3, 60s}}};
  const int tries = wrong_tries(scene, contract);
  scene.store.hold = HoldingStore::Hold::before;
  std::vector<std::shared_ptr<int>> guesses;
  for (int i = 0; i < tries + 20; ++i) guesses.push_back(scene.submit(contract.with_wrong(scene, here)));
  const auto good = scene.submit(contract.with_good(scene, here));
  const auto from_elsewhere = scene.submit(contract.with_good(scene, elsewhere));
  scene.store.go_on();
  for (int i = 0; i < tries + 20; ++i)
    BOOST_TEST(*guesses[static_cast<std::size_t>(i)] == (i < tries ? contract.wrong : 429), "guess " << i);
  BOOST_TEST(*good == 429);
  BOOST_TEST(*from_elsewhere == contract.good);
  if (contract.name != "skyway's sign-in") return;
  // What is not told did not happen either.
  const auto made = scene.engine->call(audit::list, host, {}).value().items;
  BOOST_TEST(std::ranges::count(made, "access_token.create", &Audit::action) == 2);
}

BOOST_DATA_TEST_CASE(a_failure_counts_from_when_it_is_decided_and_not_from_when_it_is_told, contracts, contract) {
  Scene scene{{.failures = {3, 60s}}};
  scene.store.hold = HoldingStore::Hold::before;
  const auto good = scene.submit(contract.with_good(scene, here));
  scene.store.hold = HoldingStore::Hold::behind;
  for (int i = 0; i < wrong_tries(scene, contract); ++i) scene.submit(contract.with_wrong(scene, here));
  scene.store.go_on();
  BOOST_TEST(*good == 429);
}

BOOST_DATA_TEST_CASE(good_credentials_are_no_hindrance_to_each_other_however_many_are_shown_at_once, contracts, contract) {
  Scene scene{{.failures = {3, 60s}}};
  const int tries = wrong_tries(scene, contract);
  scene.store.hold = HoldingStore::Hold::before;
  std::vector<std::shared_ptr<int>> good;
  for (int i = 0; i < 100; ++i) {
    good.push_back(scene.submit(contract.with_good(scene, here)));
    if (i < tries - 1) scene.submit(contract.with_wrong(scene, here));
  }
  scene.store.go_on();
  for (const auto& each : good) BOOST_TEST(*each == contract.good);
}

BOOST_AUTO_TEST_CASE(who_fails_with_one_account_may_try_others_ten_times_as_often) {
  const Scene scene{{.failures = {3, 60s}}};
  const auto fail = [&](int account) { return scene.ask(Scene::basic("a" + std::to_string(account), "wrong", here)).status; };
  for (int account = 0; account < 10; ++account)
    for (int i = 0; i < 3; ++i) BOOST_TEST(fail(account) == 401);
  BOOST_TEST(fail(0) == 429);
  BOOST_TEST(fail(99) == 429);
  BOOST_TEST(scene.ask(scene.bearer("wrong", here)).status == 429);
}

BOOST_AUTO_TEST_CASE(a_network_of_version_6_counts_as_one_address) {
  const Scene scene{{.failures = {1, 60s}}};
  const auto from = [&](std::string_view address) { return scene.ask(Scene::basic("a", "wrong", address)).status; };
  BOOST_TEST(from("2001:db8::1") == 401);
  BOOST_TEST(from("2001:db8::ffff:1") == 429);
  BOOST_TEST(from("2001:db8:0:1::1") == 401);
  BOOST_TEST(from("192.0.2.1") == 401);
  BOOST_TEST(from("::ffff:192.0.2.1") == 429);
}

BOOST_AUTO_TEST_CASE(what_shows_no_credential_is_no_try) {
  const Scene scene{{.failures = {1, 60s}}};
  const Request bare{.target = "/video/v2/rooms", .origin = {.address = std::string{here}}};
  for (int i = 0; i < 20; ++i) BOOST_TEST(scene.ask(bare).status == 401);
  BOOST_TEST(scene.ask(Scene::basic(scene.app.uid, scene.app_secret, here)).status == 200);
}

namespace {

Response examine(const Scene& scene, const Request& head) {
  std::optional<Response> answer;
  scene.engine->examine(head, [&](Response response) { answer = std::move(response); });
  return answer.value();
}

Request making_a_room(const Scene& scene, std::string_view secret, std::string body) {
  auto request = scene.bearer(secret, here);
  request.method = Method::post;
  request.target = "/api/v1/apps/" + scene.app.uid + "/rooms";
  request.headers.add(header::content_type, "application/json");
  request.body = std::move(body);
  return request;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_head_is_judged_before_its_body_comes) {
  Scene scene{{.failures = {.quota = 3}}};
  BOOST_TEST(examine(scene, making_a_room(scene, scene.app_secret, "")).status == 100);
  auto lost = making_a_room(scene, scene.app_secret, "");
  lost.target = "/api/v1/nothing";
  BOOST_TEST(examine(scene, lost).status == 404);
  auto forbidden = making_a_room(scene, scene.app_secret, "");
  forbidden.target = "/api/v1/tenants";
  BOOST_TEST(examine(scene, forbidden).status == 403);
  for (int i = 0; i < 30; ++i) BOOST_TEST(examine(scene, making_a_room(scene, "wrong", "")).status == 401);
  BOOST_TEST(examine(scene, making_a_room(scene, "wrong", "")).status == 429);
  BOOST_TEST(
      scene.engine->call(rooms::list, Principal{Principal::Kind::app, scene.app.id, scene.tenant.id}, {}).value().items.empty());
}

BOOST_AUTO_TEST_CASE(a_request_that_was_examined_is_counted_once) {
  Scene scene{{.key = {.quota = 5}, .address = {.quota = 50}}};
  const auto request = making_a_room(scene, scene.app_secret, R"({"name":"hall"})");
  const auto told = [](const Response& response) { return std::string{response.headers.find(header::rate_limit).value()}; };
  BOOST_TEST(told(scene.ask(request)).find(R"("key";r=4)") != std::string::npos);
  for (int left = 3; left >= 0; --left) {
    BOOST_TEST(examine(scene, request).status == 100);
    std::optional<Response> answer;
    scene.engine->submit(
        request, [&](Response response) { answer = std::move(response); }, Caller::waits, Examined::yes);
    BOOST_TEST(answer.value().status == 201);
    BOOST_TEST(told(*answer).find(R"("key";r=)" + std::to_string(left)) != std::string::npos, told(*answer));
  }
  BOOST_TEST(examine(scene, request).status == 429);
}

BOOST_AUTO_TEST_CASE(a_body_is_not_read_for_somebody_unknown) {
  Scene scene{{}};
  // Both are wrong; only who is known hears of the body.
  BOOST_TEST(scene.ask(making_a_room(scene, "wrong", "{")).status == 401);
  BOOST_TEST(scene.ask(making_a_room(scene, scene.app_secret, "{")).status == 400);
}

BOOST_AUTO_TEST_CASE(a_login_takes_a_small_body) {
  Scene scene{{}};
  auto login = scene.login("clerk", scene.operator_secret, here);
  BOOST_TEST(scene.engine->body_limit(login) == 16U << 10U);
  login.body.append(16U << 10U, ' ');
  BOOST_TEST(scene.ask(login).status == 413);
  BOOST_TEST(scene.engine->body_limit(making_a_room(scene, "", "")) == scene.engine->limits().body);
}

BOOST_AUTO_TEST_CASE(free_json_is_as_long_as_the_host_lets_it_be_in_every_contract_and_in_an_import) {
  Scene scene{{}, 0, {.object = 32}};
  const auto native = [&](std::string_view object) {
    return scene.ask(making_a_room(scene, scene.app_secret, R"({"name":"hall","metadata":)" + std::string{object} + "}"));
  };
  const auto enablex = [&](std::string_view object) {
    auto request = Scene::basic(scene.app.uid, scene.app_secret, here);
    request.method = Method::post;
    request.headers.add(header::content_type, "application/json");
    request.body = R"({"name":"hall","owner_ref":"o","settings":{"mode":"group"},"data":)" + std::string{object} + "}";
    return scene.ask(request);
  };
  const auto import = [&](std::string_view object) {
    const auto document =
        R"({"tenants":[{"name":"other","apps":[{"name":"a","members":[{"uid":"m","metadata":)" + std::string{object} + "}]}]}]}";
    const auto imported = import_document(*scene.engine, document);
    return imported ? "ok" : imported.error().violations.front().message;
  };
  constexpr std::string_view fits = R"({ "text" : "as long as it may be." })";
  constexpr std::string_view is_too_long = R"({"text":"one more than it may!!"})";
  BOOST_TEST(native(fits).status == 201);
  BOOST_TEST(native(is_too_long).status == 422);
  BOOST_TEST(native(is_too_long).body.find("metadata must be an object of 32 bytes at most") != std::string::npos);
  BOOST_TEST(enablex(fits).status == 200);
  BOOST_TEST(enablex(is_too_long).status == 413);
  BOOST_TEST(enablex(is_too_long).body.find("data must have 32 bytes at most") != std::string::npos);
  BOOST_TEST(import(fits) == "ok");
  BOOST_TEST(import(is_too_long) == "must be an object of 32 bytes at most");
}

BOOST_AUTO_TEST_SUITE_END()
