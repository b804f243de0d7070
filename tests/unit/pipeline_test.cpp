#include "tests/support/environment.hpp"

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/model.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace innkeeper;

namespace {

/// A contract of a host's own, made of plain functions: it lets each test choose what happens inside a request.
std::function<Result<std::string>(Transaction&, const Context&)> on_read;
std::function<Result<std::string>(Transaction&, const Context&)> on_write;

Result<std::string> do_read(Transaction& tx, const Context& context, const std::string&) { return on_read(tx, context); }
Result<std::string> do_write(Transaction& tx, const Context& context, const std::string&) { return on_write(tx, context); }
constexpr Operation<std::string, std::string> reading{"test.read", Access::read, do_read};
constexpr Operation<std::string, std::string> writing{"test.write", Access::write, do_write};

Result<std::string> read_body(const Call& call) {
  if (call.request.body == "bad") return Error{Errc::malformed, Reason{"test.bad_body"}, "bad body"};
  if (call.request.body == "throw") throw std::runtime_error("reader broke");
  return call.request.body;
}
void write_text(const std::string& text, const Context&, Response& response) {
  if (text == "throw") throw std::runtime_error("writer broke");
  response.body = text;
}
Credentials read_credentials(const Request& request) {
  return {.scheme = "test", .secret = std::string{request.headers.find("X-Key").value_or("")}};
}
Result<Principal> authenticate(Transaction&, const Context&, const Credentials& credentials, const Params&) {
  if (credentials.secret.empty()) return Error{Errc::unauthenticated, Reason{"test.no_key"}, "no key"};
  if (credentials.secret == "nobody") return Principal{.scopes = Scopes::all()};
  return Principal{.kind = Principal::Kind::administrator, .id = Id{1}, .tenant = Id{std::stoll(credentials.secret)}};
}
Result<void> admit(Transaction&, const Context&, const Params& path) {
  if (path["thing"] == "missing") return Error{Errc::not_found, Reason{"test.missing"}, "no such thing"};
  return {};
}
constexpr AuthenticationScheme scheme{.name = "key", .read_credentials = read_credentials, .authenticate = authenticate};
void render_error(const Error& error, const Context&, Response& response) {
  response.status = error.code == Errc::method_not_allowed ? 405 : 400 + static_cast<int>(error.code);
  response.body = std::string{error.reason.name};
}
void finish(const Context& context, Response& response) { response.headers.add("X-Request", context.request_id); }

constexpr std::array<Route, 5> routes{{
    {.method = Method::get,
     .path = "/read/{thing}",
     .handler = serve<reading, read_body, write_text>,
     .summary = "",
     .needs = {Scope::none, AccessLevel::tenant},
     .admit = admit},
    {.method = Method::post,
     .path = "/write/{thing}",
     .handler = serve<writing, read_body, write_text>,
     .summary = "",
     .needs = {Scope::none, AccessLevel::tenant},
     .admit = admit},
    {.method = Method::get, .path = "/unsaid", .handler = serve<reading, read_body, write_text>, .summary = ""},
    {.method = Method::get, .path = "/open", .handler = serve<reading, read_body, write_text>, .summary = "", .is_open = true},
    {.method = Method::post, .path = "/open", .handler = serve<writing, read_body, write_text>, .summary = "", .is_open = true},
}};
constexpr std::array<PathFamily, 4> path_families{{{"/read"}, {"/write", true}, {"/unsaid"}, {"/open"}}};
constexpr std::string_view single_headers[] = {"X-Own", "X-Own-Too"};
constexpr Dialect dialect{.name = "test",
                          .title = "Test",
                          .routes = routes,
                          .path_families = path_families,
                          .scheme = &scheme,
                          .single_headers = single_headers,
                          .render_error = render_error,
                          .finish = finish};

struct Fixture {
  tests::SeededRandom random{1};
  tests::FakeClock clock;
  tests::KeepingLog log;
  std::unique_ptr<Store> store = open_memory();
  std::unique_ptr<Engine> engine;

  explicit Fixture(Limits limits = {}) {
    on_read = on_write = [](Transaction&, const Context&) { return Result<std::string>{"done"}; };
    engine = Engine::open({.store = *store,
                           .master_key = MasterKey::generate(random),
                           .mounts = {{.dialect = &dialect}},
                           .environment = {&clock, &random, &log},
                           .limits = limits})
                 .value();
  }
  Response get(std::string target, std::string key = "5") {
    return engine->handle({.method = Method::get, .target = std::move(target), .headers = {{"X-Key", key}}});
  }
  Response post(std::string target, std::string body, std::string key = "5") {
    return engine->handle(
        {.method = Method::post, .target = std::move(target), .headers = {{"X-Key", key}}, .body = std::move(body)});
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pipeline)

BOOST_AUTO_TEST_CASE(an_operation_answers_through_its_route) {
  Fixture fixture;
  BOOST_TEST(fixture.get("/read/x").body == "done");
  BOOST_TEST(fixture.post("/write/x", "").body == "done");
}

BOOST_AUTO_TEST_CASE(checks_come_in_the_order_caller_path_body) {
  Fixture fixture;
  BOOST_TEST(fixture.post("/write/missing", "bad", "").body == "test.no_key");
  BOOST_TEST(fixture.post("/write/missing", "bad").body == "test.missing");
  BOOST_TEST(fixture.post("/write/x", "bad").body == "test.bad_body");
}

BOOST_AUTO_TEST_CASE(a_refused_request_never_reaches_its_operation) {
  Fixture fixture;
  on_read = on_write = [](Transaction&, const Context&) -> Result<std::string> {
    BOOST_ERROR("reached");
    return "";
  };
  fixture.post("/write/x", "bad");
  fixture.post("/write/missing", "");
  fixture.post("/write/x", "", "");
  fixture.get("/read/x", "");
}

BOOST_AUTO_TEST_CASE(an_operation_sees_only_its_callers_tenant) {
  Fixture fixture;
  on_read = on_write = [](Transaction& tx, const Context& context) -> Result<std::string> {
    BOOST_CHECK(context.principal.tenant == tx.tenant());
    return std::to_string(number(tx.tenant()));
  };
  BOOST_TEST(fixture.get("/read/x", "7").body == "7");
  BOOST_TEST(fixture.post("/write/x", "", "8").body == "8");
  BOOST_TEST(fixture.get("/open").body == "0");
}

BOOST_AUTO_TEST_CASE(a_stray_exception_becomes_internal_is_logged_and_the_engine_lives_on) {
  Fixture fixture;
  const auto stray = [](Transaction&, const Context&) -> Result<std::string> { throw std::runtime_error("handler broke"); };
  on_read = on_write = stray;
  const auto internal = 400 + static_cast<int>(Errc::internal);
  for (const auto& response : {fixture.get("/read/x"), fixture.post("/write/x", ""), fixture.post("/write/x", "throw")}) {
    BOOST_TEST(response.status == internal);
    BOOST_TEST(response.body == "engine.fault");
    const auto id = std::string{response.headers.find("X-Request").value()};
    const auto lines = fixture.log.lines();
    BOOST_TEST(std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.starts_with("fault request_id=" + id) && line.find("broke") != std::string::npos;
    }));
  }
  on_read = [](Transaction&, const Context&) { return Result<std::string>{"throw"}; };
  BOOST_TEST(fixture.get("/read/x").status == internal);
  on_read = [](Transaction&, const Context&) { return Result<std::string>{"alive"}; };
  BOOST_TEST(fixture.get("/read/x").body == "alive");
}

BOOST_AUTO_TEST_CASE(a_failed_write_leaves_nothing) {
  Fixture fixture;
  on_write = [](Transaction& tx, const Context&) -> Result<std::string> {
    Operator clerk{.tenant = Id{5}, .uid = "u", .name = "n"};
    BOOST_TEST(tx.insert(clerk).has_value());
    return Error{Errc::conflict, Reason{"test.changed_its_mind"}};
  };
  BOOST_TEST(fixture.post("/write/x", "", "5").body == "test.changed_its_mind");
  BOOST_CHECK(fixture.engine->call(operators::find, {.kind = Principal::Kind::host}, std::string{"u"}).error().code ==
              Errc::not_found);
}

BOOST_AUTO_TEST_CASE(an_unknown_method_names_the_known_ones) {
  Fixture fixture;
  const auto response = fixture.post("/read/x", "");
  BOOST_TEST(response.status == 405);
  BOOST_TEST(response.headers.find("Allow").value() == "GET");
}

BOOST_AUTO_TEST_CASE(a_path_family_may_tell_unknown_paths_to_authenticated_callers_only) {
  Fixture fixture;
  BOOST_TEST(fixture.get("/read/x/y", "").body == "route.unknown");
  BOOST_TEST(fixture.get("/write/x/y", "").body == "test.no_key");
  BOOST_TEST(fixture.get("/write/x/y", "5").body == "route.unknown");
}

BOOST_AUTO_TEST_CASE(where_nobody_owns_a_path_the_answer_is_a_problem_document) {
  Fixture fixture;
  const auto response = fixture.get("/nowhere");
  BOOST_TEST(response.status == 404);
  BOOST_TEST(response.headers.find("Content-Type").value() == "application/problem+json");
  BOOST_TEST(response.body.find(R"("code":"not_found")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(health_is_told_without_credentials) {
  Fixture fixture;
  BOOST_TEST(fixture.get("/livez", "").body == R"({"status":"ok"})");
  BOOST_TEST(fixture.get("/readyz", "").body == R"({"status":"ok","store":"memory","durability":"none"})");
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_refused_in_the_owners_words) {
  Fixture fixture({.body = 10});
  BOOST_TEST(fixture.post("/write/x", std::string(10, 'x')).body == "done");
  BOOST_TEST(fixture.post("/write/x", std::string(11, 'x')).status == 400 + static_cast<int>(Errc::too_large));
}

BOOST_AUTO_TEST_CASE(a_field_that_has_one_value_and_stands_twice_is_refused_before_anything_else) {
  Fixture fixture;
  const auto status = [&](const char* target, Headers headers) {
    headers.add("X-Key", "5");
    const auto answer = fixture.engine->handle({.target = target, .headers = std::move(headers)});
    BOOST_TEST((answer.status == 200) == (answer.body == "done"));
    return answer.body;
  };
  for (const auto* name : {"Authorization", "Content-Type", "Host", "Idempotency-Key", "Last-Event-ID", "traceparent", "X-Own",
                           "X-Own-Too", "X-Request-Id", "aUTHORIZATION"}) {
    BOOST_TEST(status("/read/x", {{name, "a"}}) == "done", name);
    for (const auto* target : {"/read/x", "/open", "/write/unknown/path"})
      BOOST_TEST(status(target, {{name, "a"}, {"Accept", "b"}, {name, "a"}}) == "field.repeated", name);
  }
  BOOST_TEST(status("/read/x", {{"Authorization", "a"}, {"authorization", "b"}}) == "field.repeated");
  for (const auto* name : {"Accept", "If-Match", "If-None-Match", "Authorized-By", "X-Key-Of-None", "Via"})
    BOOST_TEST(status("/read/x", {{name, "a"}, {name, "b"}}) == "done", name);
}

BOOST_AUTO_TEST_CASE(a_body_in_a_content_coding_is_refused_when_it_is_its_turn) {
  Fixture fixture;
  const auto post = [&](const char* target, Headers headers, std::string body = "x") {
    return fixture.engine->handle(
        {.method = Method::post, .target = target, .headers = std::move(headers), .body = std::move(body)});
  };
  for (const auto* coding : {"gzip", "GZIP", "x-gzip", "deflate", "br", "identity, gzip", "gzip, identity", "none"}) {
    const auto answer = post("/write/x", {{"X-Key", "5"}, {"Content-Encoding", coding}});
    BOOST_TEST(answer.status == 400 + static_cast<int>(Errc::unsupported_media));
    BOOST_TEST(answer.body == "body.content_coding", coding);
    BOOST_TEST(answer.headers.find("Accept-Encoding").value_or("-") == "identity");
  }
  for (const auto* coding : {"identity", "Identity, identity", "", ","})
    BOOST_TEST(post("/write/x", {{"X-Key", "5"}, {"Content-Encoding", coding}}).body == "done", coding);
  BOOST_TEST(post("/write/x", {{"X-Key", "5"}, {"Content-Encoding", "identity"}, {"Content-Encoding", "gzip"}}).body ==
             "body.content_coding");
  BOOST_TEST(post("/open", {{"Content-Encoding", "gzip"}}).body == "body.content_coding");
  BOOST_TEST(post("/write/x", {{"X-Key", "5"}, {"Content-Encoding", "gzip"}}, "").body == "done");
  BOOST_TEST(post("/write/x", {{"Content-Encoding", "gzip"}}).body == "test.no_key");
  BOOST_TEST(post("/write/missing", {{"X-Key", "5"}, {"Content-Encoding", "gzip"}}).body == "test.missing");
  BOOST_TEST(!post("/write/x", {{"X-Key", "5"}}, "bad").headers.find("Accept-Encoding").has_value());
}

BOOST_AUTO_TEST_CASE(over_the_cap_requests_are_told_to_come_back) {
  Fixture fixture({.in_flight = 1});
  on_read = [&](Transaction&, const Context&) -> Result<std::string> {
    const auto second = fixture.get("/open");
    BOOST_TEST(second.status == 400 + static_cast<int>(Errc::overloaded));
    BOOST_TEST(second.headers.find("Retry-After").value() == "1");
    return "first";
  };
  BOOST_TEST(fixture.get("/open").body == "first");
  on_read = [](Transaction&, const Context&) { return Result<std::string>{"again"}; };
  BOOST_TEST(fixture.get("/open").body == "again");
}

BOOST_AUTO_TEST_CASE(draining_answers_what_was_accepted_and_refuses_the_rest) {
  Fixture fixture;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_inside = false;
  bool may_go = false;
  on_read = [&](Transaction&, const Context&) -> Result<std::string> {
    std::unique_lock lock(mutex);
    is_inside = true;
    changed.notify_all();
    changed.wait(lock, [&] { return may_go; });
    return "accepted";
  };
  std::string answer;
  std::thread caller([&] { answer = fixture.get("/open").body; });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return is_inside; });
  }
  std::atomic<bool> is_drained{false};
  std::thread drainer([&] {
    fixture.engine->drain();
    is_drained = true;
  });
  while (fixture.get("/livez").status != 503) std::this_thread::yield();
  BOOST_TEST(!is_drained.load());
  {
    const std::lock_guard lock(mutex);
    may_go = true;
    changed.notify_all();
  }
  caller.join();
  drainer.join();
  BOOST_TEST(answer == "accepted");
  BOOST_TEST(fixture.get("/open").body == "engine.draining");
}

BOOST_AUTO_TEST_CASE(each_request_leaves_one_line_that_names_its_route_and_not_its_path) {
  Fixture fixture;
  const auto before = fixture.log.lines().size();
  fixture.get("/read/private-name", "9");
  const auto lines = fixture.log.lines();
  BOOST_TEST(lines.size() == before + 1);
  BOOST_TEST(lines.back().find(" dialect=test method=GET route=/read/{thing} status=200 us=0 tenant=9") != std::string::npos);
  BOOST_TEST(lines.back().find("private-name") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(request_ids_are_uuids_that_do_not_repeat) {
  Fixture fixture;
  const auto first = std::string{fixture.get("/open").headers.find("X-Request").value()};
  const auto second = std::string{fixture.get("/open").headers.find("X-Request").value()};
  BOOST_TEST(first.size() == 36U);
  BOOST_TEST(first[14] == '4');
  BOOST_TEST(first != second);
}

BOOST_AUTO_TEST_CASE(a_front_end_can_have_a_request_refused_that_it_never_took_in) {
  Fixture fixture;
  const auto response = fixture.engine->refuse({.target = "/read/x"}, Error{Errc::head_too_large, Reason{"http.head_too_large"}});
  BOOST_TEST(response.body == "http.head_too_large");
  BOOST_TEST(fixture.engine->refuse({.target = ""}, Error{Errc::malformed}).status == 400);
}

BOOST_AUTO_TEST_CASE(two_engines_live_in_one_process) {
  Fixture fixture;
  tests::SeededRandom random{2};
  const auto store = open_memory();
  const auto other = Engine::open({.store = *store, .master_key = MasterKey::generate(random), .mounts = {}}).value();
  BOOST_TEST(other->handle({.target = "/open"}).status == 404);
  BOOST_TEST(fixture.get("/open").status == 200);
}

BOOST_AUTO_TEST_CASE(a_route_that_does_not_say_whom_it_is_for_is_for_those_over_all_tenants) {
  Fixture fixture;
  BOOST_TEST(fixture.get("/unsaid", "5").body == "reach.missing");
  BOOST_TEST(fixture.get("/unsaid", "0").body == "done");
}

BOOST_AUTO_TEST_CASE(whoever_is_authenticated_as_nobody_may_do_nothing) {
  Fixture fixture;
  for (const auto* path : {"/read/x", "/unsaid"}) BOOST_TEST(fixture.get(path, "nobody").body == "principal.missing");
  BOOST_TEST(fixture.post("/write/x", "", "nobody").body == "principal.missing");
  BOOST_CHECK(fixture.engine->call(reading, Principal{}, "").error().code == Errc::forbidden);
  BOOST_CHECK(fixture.engine->call(writing, Principal{.scopes = Scopes::all()}, "").error().code == Errc::forbidden);
}

BOOST_AUTO_TEST_CASE(scopes_that_nobody_gave_are_none) {
  const Principal app{.kind = Principal::Kind::app, .id = Id{1}, .tenant = Id{1}};
  BOOST_TEST(!app.has(Scope::rooms_read));
  BOOST_TEST(Principal{.kind = Principal::Kind::host}.has(Scope::tenants_write));
}

BOOST_AUTO_TEST_CASE(a_dialect_that_authenticates_nobody_may_only_have_open_routes) {
  const auto open_with = [](const Dialect& its_dialect) {
    tests::SeededRandom random{3};
    const auto store = open_memory();
    return Engine::open({.store = *store, .master_key = MasterKey::generate(random), .mounts = {{.dialect = &its_dialect}}});
  };
  Dialect careless = dialect;
  careless.scheme = nullptr;
  const auto refused = open_with(careless);
  BOOST_TEST_REQUIRE(refused.has_error());
  BOOST_TEST(refused.error().reason.name == "routes.unguarded");
  BOOST_TEST(refused.error().detail.find("GET /read/{thing}") != std::string::npos);
  careless.routes = careless.routes.last(2);
  BOOST_TEST(open_with(careless).has_value());
}

BOOST_AUTO_TEST_CASE(a_path_has_no_more_parameters_than_are_kept) {
  const auto open_with = [](std::string_view path) {
    std::array routes{dialect.routes.front()};
    routes[0].path = path;
    Dialect its_dialect = dialect;
    its_dialect.routes = routes;
    tests::SeededRandom random{3};
    const auto store = open_memory();
    const auto engine =
        Engine::open({.store = *store, .master_key = MasterKey::generate(random), .mounts = {{.dialect = &its_dialect}}});
    return engine ? "ok" : engine.error().reason.name;
  };
  BOOST_TEST(open_with("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}") == "ok");
  BOOST_TEST(open_with("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}") == "routes.parameters");
}

BOOST_AUTO_TEST_CASE(a_dialect_is_mounted_with_settings_of_its_own_or_none) {
  struct Own {};
  struct Foreign {};
  Dialect settled = dialect;
  settled.settings_type = ContractSettings::type_of<Own>();
  const auto open_with = [](const Dialect& its_dialect, ContractSettings settings) {
    tests::SeededRandom random{3};
    const auto store = open_memory();
    const auto engine = Engine::open({.store = *store,
                                      .master_key = MasterKey::generate(random),
                                      .mounts = {{.dialect = &its_dialect, .settings = std::move(settings)}}});
    return engine ? "ok" : engine.error().reason.name;
  };
  BOOST_TEST(open_with(settled, {}) == "ok");
  BOOST_TEST(open_with(settled, Own{}) == "ok");
  BOOST_TEST(open_with(settled, Foreign{}) == "settings.foreign");
  BOOST_TEST(open_with(dialect, Own{}) == "settings.foreign");
}

BOOST_AUTO_TEST_CASE(a_typed_call_needs_no_message) {
  Fixture fixture;
  const Principal host{.kind = Principal::Kind::host};
  const auto tenant = fixture.engine->call(tenants::create, host, {.name = "demo"}).value();
  const auto issued = fixture.engine->call(apps::create, host, {.parent = tenant.id, .draft = {.description = "desk"}}).value();
  BOOST_TEST(fixture.engine->call(apps::secret, host, issued.view.app.id).value() == issued.secret);

  const Principal stranger{.kind = Principal::Kind::administrator, .tenant = Id{number(tenant.id) + 1}};
  BOOST_CHECK(fixture.engine->call(apps::find, stranger, issued.view.app.id).error().reason == reason::app_unknown);
  BOOST_CHECK(fixture.engine->call(apps::remove, stranger, {.ref = issued.view.app.id}).error().reason == reason::app_unknown);
  const Principal own{.kind = Principal::Kind::administrator, .tenant = tenant.id};
  BOOST_TEST(fixture.engine->call(apps::find, own, issued.view.app.id).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
