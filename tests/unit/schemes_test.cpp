#include <innkeeper/contract/credentials.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/memory.hpp>

#include "tests/support/environment.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Several authentication schemes in one contract, and requests from web pages of other origins.

using namespace innkeeper;

namespace {

constexpr Operation<std::string, std::string> who{"test.who", Access::read,
                                                  [](Transaction&, const Context& context, const std::string&) {
                                                    return Result<std::string>{std::to_string(number(context.principal.id))};
                                                  }};
Result<std::string> read_nothing(const Call&) { return std::string{}; }
void write_text(const std::string& text, const Context&, Response& response) { response.body = text; }
void render_error(const Error& error, const Context&, Response& response) {
  response.status = error.code == Errc::unauthenticated ? 401 : error.code == Errc::method_not_allowed ? 405 : 404;
  response.body = std::string{error.reason.name};
}

Result<Principal> authenticate_server(Transaction&, const Context&, const Credentials& shown, const Params&) {
  if (shown.id != "shop" || shown.secret != "open:sesame") return Error{Errc::unauthenticated, Reason{"server"}};
  return Principal{.kind = Principal::Kind::administrator, .id = Id{1}, .tenant = Id{1}};
}
Result<Principal> authenticate_browser(Transaction&, const Context&, const Credentials& shown, const Params&) {
  if (shown.secret != "token" && shown.secret != "another") return Error{Errc::unauthenticated, Reason{"browser"}};
  return Principal{
      .kind = Principal::Kind::administrator, .id = Id{2}, .tenant = Id{1}, .key = shown.secret == "another" ? Id{9} : Id::none};
}
constexpr AuthenticationScheme server{.name = "server",
                                      .read_credentials = [](const Request& request) { return contract::read_basic(request); },
                                      .authenticate = authenticate_server,
                                      .document = R"({"type":"http","scheme":"basic"})"};
constexpr AuthenticationScheme browser{.name = "browser",
                                       .read_credentials = contract::read_bearer,
                                       .authenticate = authenticate_browser,
                                       .document = R"({"type":"http","scheme":"bearer"})"};

/// A request to sign in, which names whom.
struct Login {
  std::string name;
  std::string_view account() const { return name; }
};
constexpr Operation<Login, std::string> log_in{"test.log_in", Access::read, [](Transaction&, const Context&, const Login& login) {
                                                 return Result<std::string>{login.name};
                                               }};
Result<Login> read_login(const Call& call) { return Login{call.request.body}; }

constexpr Permission anybody{Scope::none, AccessLevel::tenant};
constexpr Route routes[] = {
    {.method = Method::get,
     .path = "/servers/me",
     .handler = serve<who, read_nothing, write_text>,
     .summary = "",
     .needs = anybody},
    {.method = Method::get,
     .path = "/browsers/me",
     .handler = serve<who, read_nothing, write_text>,
     .summary = "",
     .needs = anybody},
    {.method = Method::get,
     .path = "/browsers/of/servers",
     .handler = serve<who, read_nothing, write_text>,
     .summary = "",
     .needs = anybody},
    {.method = Method::post,
     .path = "/browsers/login",
     .handler = serve<log_in, read_login, write_text>,
     .summary = "",
     .is_open = true},
};
constexpr PathFamily of_servers{.prefix = "/servers", .is_authenticated_before_routing = true};
constexpr PathFamily of_browsers{.prefix = "/browsers", .is_authenticated_before_routing = true, .scheme = &browser};
constexpr PathFamily inside_of_browsers{.prefix = "/browsers/of", .is_authenticated_before_routing = true, .scheme = &server};
constexpr PathFamily path_families[] = {of_servers, of_browsers, inside_of_browsers};
constexpr PathFamily path_families_backwards[] = {inside_of_browsers, of_browsers, of_servers};
constexpr Cors cors{.methods = "GET,POST", .request_headers = "Authorization", .exposed_headers = "X-Total"};
constexpr std::string_view single_headers[] = {"app_id"};
ContractRate three_an_hour(const Context&) { return {.limit = {3, std::chrono::hours{1}}, .window = RateWindow::fixed}; }
constexpr Dialect dialect{.name = "two",
                          .title = "Two",
                          .routes = routes,
                          .path_families = path_families,
                          .scheme = &server,
                          .cors = &cors,
                          .single_headers = single_headers,
                          .render_error = render_error};

struct Host {
  tests::SeededRandom random{1};
  tests::FakeClock clock;
  std::unique_ptr<Store> store = open_memory();
  std::unique_ptr<Engine> engine;

  explicit Host(const Dialect& its = dialect, const Rates& rates = {}) {
    engine = Engine::open({.store = *store,
                           .master_key = MasterKey::generate(random),
                           .mounts = {{.dialect = &its}},
                           .environment = {.clock = &clock},
                           .rates = rates})
                 .value();
  }

  Response ask(std::string target, Headers headers = {}, Method method = Method::get) {
    return engine->handle({.method = method, .target = std::move(target), .headers = std::move(headers)});
  }
};

/// The same contract with a limit of its own.
const Dialect& limited() {
  static const auto its = [] {
    auto changed = dialect;
    changed.conventions.rate_headers = RateHeaders::x_ratelimit;
    changed.rate = three_an_hour;
    return changed;
  }();
  return its;
}

std::string_view allowed_origin(const Response& response) {
  return response.headers.find("Access-Control-Allow-Origin").value_or("none");
}

/// Basic credentials `shop:open:sesame`.
constexpr std::string_view basic = "Basic c2hvcDpvcGVuOnNlc2FtZQ==";

}  // namespace

BOOST_AUTO_TEST_SUITE(schemes)

BOOST_AUTO_TEST_CASE(each_part_of_the_paths_has_its_own) {
  Host host;
  BOOST_TEST(host.ask("/servers/me", {{"Authorization", std::string{basic}}}).body == "1");
  BOOST_TEST(host.ask("/browsers/me", {{"Authorization", "Bearer token"}}).body == "2");
  BOOST_TEST(host.ask("/browsers/me", {{"Authorization", std::string{basic}}}).body == "browser");
  BOOST_TEST(host.ask("/servers/me", {{"Authorization", "Bearer token"}}).body == "server");
}

BOOST_AUTO_TEST_CASE(unknown_paths_are_told_to_those_who_prove_it_as_their_part_wants) {
  Host host;
  BOOST_TEST(host.ask("/servers/other", {{"Authorization", std::string{basic}}}).body == "route.unknown");
  BOOST_TEST(host.ask("/browsers/other", {{"Authorization", "Bearer token"}}).body == "route.unknown");
  BOOST_TEST(host.ask("/browsers/other", {{"Authorization", std::string{basic}}}).body == "browser");
  BOOST_TEST(host.ask("/browsers/me", {{"Authorization", "Bearer token"}}, Method::post).body == "route.method");
}

BOOST_AUTO_TEST_CASE(of_two_parts_that_a_path_lies_in_the_inner_decides) {
  auto backwards = dialect;
  backwards.path_families = path_families_backwards;
  const Dialect* const either_order[] = {&dialect, &backwards};
  for (const auto* its : either_order) {
    Host host(*its);
    BOOST_TEST(host.ask("/browsers/of/servers", {{"Authorization", std::string{basic}}}).body == "1");
    BOOST_TEST(host.ask("/browsers/of/servers", {{"Authorization", "Bearer token"}}).body == "server");
    BOOST_TEST(host.ask("/browsers/me", {{"Authorization", "Bearer token"}}).body == "2");
    BOOST_TEST(host.ask("/browsers/of/nobody", {{"Authorization", std::string{basic}}}).body == "route.unknown");
    BOOST_TEST(host.ask("/browsers/of/nobody", {{"Authorization", "Bearer token"}}).body == "server");
  }
}

BOOST_AUTO_TEST_CASE(a_scheme_that_lets_nobody_in_is_refused_when_the_engine_opens) {
  static constexpr AuthenticationScheme half{.name = "half", .read_credentials = contract::read_bearer};
  auto careless = dialect;
  careless.scheme = &half;
  Host host;
  const auto refused =
      Engine::open({.store = *host.store, .master_key = MasterKey::generate(host.random), .mounts = {{.dialect = &careless}}});
  BOOST_TEST_REQUIRE(refused.has_error());
  BOOST_TEST(refused.error().reason.name == "routes.unguarded");
}

BOOST_AUTO_TEST_CASE(the_document_says_which_route_has_which) {
  Host host;
  const auto document = host.engine->openapi("two").value();
  const auto has = [&](std::string_view part) { return document.find(part) != std::string::npos; };
  BOOST_TEST(has(R"("securitySchemes":{"server":{"type":"http","scheme":"basic"},"browser":{"type":"http","scheme":"bearer"}})"));
  BOOST_TEST(has(R"("security":[{"browser":[]}])"));
  BOOST_TEST(document.ends_with(R"("security":[{"server":[]}]})"));
}

BOOST_AUTO_TEST_CASE(headers_of_a_dialect_that_have_one_value_stand_once) {
  Host host;
  BOOST_TEST(host.ask("/elsewhere", {{"app_id", "1"}, {"App_Id", "2"}}).body.find("more than one") != std::string::npos);
  BOOST_TEST(host.ask("/elsewhere", {{"app_id", "1"}, {"app_key", "2"}, {"app_key", "3"}}).body.find("more than one") ==
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(basic_credentials_are_cut_at_the_first_colon) {
  const auto read = [](std::string value, contract::Undecodable undecodable = contract::Undecodable::is_absent) {
    return contract::read_basic({.headers = {{"Authorization", std::move(value)}}}, undecodable);
  };
  BOOST_TEST(read(std::string{basic}).id == "shop");
  BOOST_TEST(read(std::string{basic}).secret == "open:sesame");
  BOOST_TEST(read("bAsIc   c2hvcDpvcGVuOnNlc2FtZQ==  ").scheme == "basic");
  for (const auto* none : {"Basic", "Basic !", "Basic c2hvcA==", "Bearer c2hvcDpvcGVu", "Basicc2hvcDpvcGVu", ""}) {
    BOOST_TEST(read(none).scheme == "");
  }
  BOOST_TEST(read("Basic !", contract::Undecodable::is_wrong).scheme == "basic");
  BOOST_TEST(read("Bearer x", contract::Undecodable::is_wrong).scheme == "");
}

BOOST_AUTO_TEST_CASE(secrets_in_headers_of_their_own_are_read_without_white_space) {
  BOOST_TEST(contract::read_header({.headers = {{"X-Token", " abc\t"}}}, "x-token").secret == "abc");
  BOOST_TEST(contract::read_header({.headers = {{"X-Token", " \t"}}}, "X-Token").scheme == "");
  const Request both{.headers = {{"app_id", "7"}, {"APP_KEY", "k"}}};
  BOOST_TEST(contract::read_headers(both, "app_id", "app_key").id == "7");
  BOOST_TEST(contract::read_headers(both, "app_id", "app_key").secret == "k");
  BOOST_TEST(contract::read_headers({.headers = {{"app_key", "k"}}}, "app_id", "app_key").scheme == "headers");
  BOOST_TEST(contract::read_headers({}, "app_id", "app_key").scheme == "");
  BOOST_TEST(contract::read_bearer({.headers = {{"Authorization", "bearer  t "}}}).secret == "t");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cross_origin)

BOOST_AUTO_TEST_CASE(a_preflight_needs_no_credentials_and_no_route) {
  Host host;
  for (const auto* path : {"/servers/me", "/browsers/unknown"}) {
    const auto response =
        host.ask(path, {{"Origin", "https://example.org"}, {"Access-Control-Request-Method", "GET"}}, Method::options);
    BOOST_TEST(response.status == 204);
    BOOST_TEST(response.body.empty());
    BOOST_TEST(allowed_origin(response) == "*");
    BOOST_TEST(response.headers.find("Access-Control-Allow-Methods").value_or("") == "GET,POST");
    BOOST_TEST(response.headers.find("Access-Control-Allow-Headers").value_or("") == "Authorization");
    BOOST_TEST(!response.headers.find("Access-Control-Max-Age"));
  }
  BOOST_TEST(host.ask("/elsewhere", {}, Method::options).status == 404);
}

BOOST_AUTO_TEST_CASE(every_answer_says_which_origins_may_read_it) {
  Host host;
  const auto good = host.ask("/browsers/me", {{"Authorization", "Bearer token"}});
  BOOST_TEST(good.status == 200);
  BOOST_TEST(allowed_origin(good) == "*");
  BOOST_TEST(good.headers.find("Access-Control-Expose-Headers").value_or("") == "X-Total");
  BOOST_TEST(!good.headers.find("Access-Control-Allow-Methods"));
  BOOST_TEST(allowed_origin(host.ask("/browsers/me")) == "*");
  BOOST_TEST(allowed_origin(host.ask("/browsers/me", {{"app_id", "1"}, {"app_id", "2"}})) == "*");
  BOOST_TEST(allowed_origin(host.ask("/elsewhere")) == "none");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(limits_of_a_contract)

BOOST_AUTO_TEST_CASE(each_caller_has_its_own_and_answers_tell_what_is_left) {
  Host host(limited());
  const auto ask = [&] { return host.ask("/browsers/me", {{"Authorization", "Bearer token"}}); };
  const auto number_in = [](const Response& response, std::string_view name) {
    return std::stoll(std::string{response.headers.find(name).value_or("-1")});
  };
  const auto start = std::chrono::floor<std::chrono::seconds>(host.clock.now()).time_since_epoch().count();
  for (const auto left : {2, 1, 0}) {
    const auto answer = ask();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(number_in(answer, "X-RateLimit-Limit") == 3);
    BOOST_TEST(number_in(answer, "X-RateLimit-Remaining") == left);
    BOOST_TEST(number_in(answer, "X-RateLimit-Reset") == start + 3600);
    BOOST_TEST(!answer.headers.find("RateLimit"));
  }
  const auto refused = ask();
  BOOST_TEST(refused.body == "rate.limited");
  BOOST_TEST(number_in(refused, "Retry-After") == 3600);
  BOOST_TEST(number_in(refused, "X-RateLimit-Remaining") == 0);
  BOOST_TEST(host.ask("/servers/me", {{"Authorization", std::string{basic}}}).status == 200);
  host.clock.advance(std::chrono::hours{1});
  BOOST_TEST(ask().status == 200);
}

BOOST_AUTO_TEST_CASE(a_caller_has_one_for_each_of_its_keys) {
  Host host(limited());
  const auto ask = [&](const std::string& token) { return host.ask("/browsers/me", {{"Authorization", "Bearer " + token}}); };
  for (int i = 0; i < 3; ++i) BOOST_TEST(ask("token").status == 200);
  BOOST_TEST(ask("token").body == "rate.limited");
  BOOST_TEST(ask("another").status == 200);
}

BOOST_AUTO_TEST_CASE(its_headers_tell_of_no_other_limit) {
  Host host(limited(), {.tenant = {.quota = 1}});
  const auto ask = [&] { return host.ask("/browsers/me", {{"Authorization", "Bearer token"}}); };
  BOOST_TEST(ask().headers.find("X-RateLimit-Limit").value_or("") == "3");
  const auto refused = ask();
  BOOST_TEST(refused.body == "rate.limited");
  BOOST_TEST(refused.headers.find("Retry-After").value_or("") == "60");
  BOOST_TEST(!refused.headers.find("X-RateLimit-Limit"));
}

BOOST_AUTO_TEST_CASE(unknown_paths_count_too) {
  Host host(limited());
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(host.ask("/browsers/other", {{"Authorization", "Bearer token"}}).body == "route.unknown");
  BOOST_TEST(host.ask("/browsers/other", {{"Authorization", "Bearer token"}}).body == "rate.limited");
}

BOOST_AUTO_TEST_CASE(an_account_has_its_own_also_where_the_body_comes_behind_the_head) {
  Host host(limited());
  const auto log_in_as = [&](const std::string& name) {
    Request request{.method = Method::post, .target = "/browsers/login"};
    int looked = 0;
    host.engine->examine(request, [&](const Response& response) { looked = response.status; });
    BOOST_TEST(looked == 100);
    request.body = name;
    std::string body;
    host.engine->submit(
        request, [&](Response response) { body = std::move(response.body); }, Caller::waits, Examined::yes);
    return body;
  };
  for (int i = 0; i < 3; ++i) BOOST_TEST(log_in_as("ada") == "ada");
  BOOST_TEST(log_in_as("ada") == "rate.limited");
  BOOST_TEST(log_in_as("eve") == "eve");
}

BOOST_AUTO_TEST_CASE(an_account_that_is_called_like_a_principal_takes_nothing_off_its_limit) {
  Host host(limited());
  const auto me = [&] { return host.ask("/browsers/me", {{"Authorization", "Bearer token"}}); };
  // The kind, the id and the key of whom the token stands for.
  const auto name = std::to_string(static_cast<int>(Principal::Kind::administrator)) + ":2:0:";
  for (int i = 0; i < 5; ++i) host.engine->handle({.method = Method::post, .target = "/browsers/login", .body = name});
  BOOST_TEST(me().status == 200);
  BOOST_TEST(me().headers.find("X-RateLimit-Remaining").value_or("") == "1");
}

BOOST_AUTO_TEST_CASE(who_proves_nothing_takes_nothing_off_it) {
  Host host(limited());
  for (int i = 0; i < 5; ++i) BOOST_TEST(host.ask("/browsers/me").body == "browser");
  const auto good = host.ask("/browsers/me", {{"Authorization", "Bearer token"}});
  BOOST_TEST(good.status == 200);
  BOOST_TEST(good.headers.find("X-RateLimit-Remaining").value_or("") == "2");
}

BOOST_AUTO_TEST_SUITE_END()
