#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/operation.hpp>
#include <innkeeper/schema/model.hpp>

#include "tests/support/environment.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

/// Operations with work between their transactions.

using namespace innkeeper;

namespace {

/// What happened, in its order.
std::string steps;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

Result<std::string> load(Transaction& tx, const Context&, const std::string& password) {
  steps += "load ";
  if (password == "unknown") return Error{Errc::not_found, Reason{"test.unknown"}};
  return std::to_string(number(tx.tenant()));
}
Result<void> work(const Context& context, const std::string& password, std::string& loaded) {
  steps += "work ";
  if (password == "throw") throw std::runtime_error("no memory for the hash");
  if (password == "wrong") return Error{Errc::unauthenticated, Reason{"test.password"}};
  loaded += ":" + std::to_string(number(context.principal.id));
  return {};
}
Result<std::string> commit(Transaction&, const Context&, const std::string& password, const std::string& loaded) {
  steps += "commit ";
  if (password == "changed") return Error{Errc::conflict, Reason{"test.changed"}};
  return loaded;
}
constexpr SlowOperation<std::string, std::string, std::string> log_in{"test.log_in", load, work, commit};

Result<std::string> read_password(const Call& call) {
  if (call.request.body == "bad") return Error{Errc::invalid, Reason{"test.bad"}};
  return call.request.body;
}
void write_text(const std::string& text, const Context&, Response& response) { response.body = text; }
void render_error(const Error& error, const Context&, Response& response) {
  response.status = error.code == Errc::overloaded ? 503 : 400;
  response.body = std::string{error.reason.name};
}
Credentials read_credentials(const Request& request) {
  return {.scheme = "key", .secret = std::string{request.headers.find("X-Key").value_or("")}};
}
/// Good until somebody takes it away.
bool is_welcome = true;                          // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
auto its_kind = Principal::Kind::administrator;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
Result<Principal> authenticate(Transaction&, const Context&, const Credentials& shown, const Params&) {
  if (shown.secret != "key" || !is_welcome) return Error{Errc::unauthenticated, Reason{"test.key"}};
  return Principal{.kind = its_kind, .id = Id{5}, .tenant = Id{7}};
}
constexpr AuthenticationScheme scheme{.name = "key", .read_credentials = read_credentials, .authenticate = authenticate};
constexpr Route routes[] = {
    {.method = Method::post,
     .path = "/sessions",
     .handler = serve_slow<log_in, read_password, write_text>,
     .summary = "",
     .needs = {Scope::none, AccessLevel::tenant}},
    {.method = Method::post,
     .path = "/open",
     .handler = serve_slow<log_in, read_password, write_text>,
     .summary = "",
     .is_open = true},
};
constexpr PathFamily path_families[] = {{"/sessions"}, {"/open"}};
constexpr Dialect dialect{.name = "slow",
                          .title = "Slow",
                          .routes = routes,
                          .path_families = path_families,
                          .conventions = {.is_idempotent = true},
                          .scheme = &scheme,
                          .render_error = render_error};

/// Does what waits when it is told to.
class HeldExecutor final : public Executor {
 public:
  bool run(std::function<void()> work) override {
    if (waiting.size() == most) return false;
    waiting.push_back(std::move(work));
    return true;
  }
  void run_all() {
    for (; !waiting.empty(); waiting.pop_front()) waiting.front()();
  }
  std::deque<std::function<void()>> waiting;
  std::size_t most = 2;
};

struct Host {
  tests::SeededRandom random{1};
  tests::KeepingLog log;
  HeldExecutor executor;
  std::unique_ptr<Store> store = open_memory();
  std::unique_ptr<Engine> engine;

  explicit Host(bool has_executor) {
    steps.clear();
    is_welcome = true;
    its_kind = Principal::Kind::administrator;
    engine = Engine::open({.store = *store,
                           .master_key = MasterKey::generate(random),
                           .mounts = {{.dialect = &dialect}},
                           .environment = {.random = &random, .log = &log, .executor = has_executor ? &executor : nullptr}})
                 .value();
  }
  static Request request(std::string body, std::string target = "/sessions", std::string idempotency_key = "") {
    Request request{.method = Method::post, .target = std::move(target), .headers = {{"X-Key", "key"}}, .body = std::move(body)};
    if (!idempotency_key.empty()) request.headers.add("Idempotency-Key", idempotency_key);
    return request;
  }
  std::string ask(const std::string& body, const std::string& target = "/sessions") {
    return engine->handle(request(body, target)).body;
  }
  void submit(const Request& request, std::string& answer) {
    engine->submit(request, [&](Response response) { answer = std::move(response.body); });
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(slow_operations)

BOOST_AUTO_TEST_CASE(their_parts_run_one_after_the_other) {
  Host host(/*has_executor=*/false);
  BOOST_TEST(host.ask("secret") == "7:5");
  BOOST_TEST(steps == "load work commit ");
  steps.clear();
  BOOST_TEST(host.ask("secret", "/open") == "0:0");
  BOOST_TEST(steps == "load work commit ");
}

BOOST_AUTO_TEST_CASE(a_part_that_fails_is_the_last) {
  Host host(/*has_executor=*/false);
  for (const auto& [body, answer, done] : {std::array<std::string, 3>{"bad", "test.bad", ""},
                                           {"unknown", "test.unknown", "load "},
                                           {"wrong", "test.password", "load work "},
                                           {"throw", "engine.fault", "load work "},
                                           {"changed", "test.changed", "load work commit "}}) {
    steps.clear();
    BOOST_TEST(host.ask(body) == answer);
    BOOST_TEST(steps == done);
  }
}

BOOST_AUTO_TEST_CASE(the_work_is_the_executors_and_nobody_waits_for_it) {
  Host host(/*has_executor=*/true);
  std::string first, second;
  host.submit(Host::request("secret"), first);
  host.submit(Host::request("wrong"), second);
  BOOST_TEST(steps == "load load ");
  BOOST_TEST(first.empty());
  host.executor.run_all();
  BOOST_TEST(first == "7:5");
  BOOST_TEST(second == "test.password");
}

BOOST_AUTO_TEST_CASE(who_comes_when_too_many_wait_is_told_to_come_again) {
  Host host(/*has_executor=*/true);
  std::string first, second, third;
  host.submit(Host::request("secret"), first);
  host.submit(Host::request("secret"), second);
  host.submit(Host::request("secret"), third);
  BOOST_TEST(third == "executor.full");
  host.executor.run_all();
  BOOST_TEST(first == "7:5");
  BOOST_TEST(second == "7:5");
}

BOOST_AUTO_TEST_CASE(who_is_turned_away_while_the_work_is_done_changes_nothing) {
  Host host(/*has_executor=*/true);
  std::string answer;
  host.submit(Host::request("secret"), answer);
  is_welcome = false;
  host.executor.run_all();
  BOOST_TEST(answer == "test.key");
  BOOST_TEST(steps == "load work ");
}

BOOST_AUTO_TEST_CASE(who_may_do_less_once_the_work_is_done_changes_nothing) {
  Host host(/*has_executor=*/true);
  std::string answer;
  host.submit(Host::request("secret"), answer);
  its_kind = Principal::Kind::app;
  host.executor.run_all();
  BOOST_TEST(answer == "reach.missing");
  BOOST_TEST(steps == "load work ");
}

BOOST_AUTO_TEST_CASE(a_repetition_is_refused_while_the_work_is_done_and_let_in_when_it_failed) {
  Host host(/*has_executor=*/true);
  std::string first, second, third;
  host.submit(Host::request("wrong", "/sessions", "k"), first);
  host.submit(Host::request("wrong", "/sessions", "k"), second);
  BOOST_TEST(second == "idempotency.running");
  host.executor.run_all();
  BOOST_TEST(first == "test.password");
  host.executor.most = 0;
  host.submit(Host::request("wrong", "/sessions", "k"), third);
  BOOST_TEST(third == "executor.full");
  host.executor.most = 1;
  host.submit(Host::request("wrong", "/sessions", "k"), third);
  host.executor.run_all();
  BOOST_TEST(third == "test.password");
}

BOOST_AUTO_TEST_CASE(a_host_calls_them_as_it_calls_others) {
  Host host(/*has_executor=*/true);
  const Principal who{.kind = Principal::Kind::administrator, .id = Id{5}, .tenant = Id{7}};
  BOOST_TEST(host.engine->call(log_in, who, "secret").value() == "7:5");
  BOOST_TEST(steps == "load work commit ");
  BOOST_TEST(host.engine->call(log_in, who, "wrong").error().reason.name == "test.password");
  BOOST_TEST(host.engine->call(log_in, who, "throw").error().reason.name == "engine.fault");
  BOOST_CHECK(host.engine->call(log_in, Principal{}, "secret").error().code == Errc::forbidden);
}

BOOST_AUTO_TEST_SUITE_END()
