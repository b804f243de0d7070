#include "engine/base/records.hpp"
#include "tests/support/environment.hpp"

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/courier.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/model.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace innkeeper;
using namespace std::chrono_literals;

namespace {

/// A contract with every habit there is: it shows rooms, and makes them.
Result<Ref> read_room(const Call& call) { return Ref{std::string{call.path["room"]}}; }
Result<rooms::New> read_new_room(const Call& call) {
  rooms::New wanted{.parent = std::string{call.path["app"]}, .draft = {.name = call.request.body}};
  if (call.request.body == "late") wanted.draft.kind = RoomKind::scheduled;
  return wanted;
}
void write_room(const Room& room, const Context&, Response& response) {
  response.headers.add(header::etag, "\"" + std::to_string(room.version) + "\"");
  response.headers.add(header::content_type, "text/plain");
  response.body = room.name + " " + room.uid;
}
void write_new_room(const Room& room, const Context& context, Response& response) {
  response.status = 201;
  write_room(room, context, response);
}
Credentials read_credentials(const Request& request) {
  return {.scheme = "key", .secret = std::string{request.headers.find("X-Key").value_or("")}};
}
Result<Principal> authenticate(Transaction& tx, const Context& context, const Credentials& presented, const Params&) {
  return keys::authenticate(tx, context, presented.secret, presented.address);
}
constexpr AuthenticationScheme scheme{.name = "key", .read_credentials = read_credentials, .authenticate = authenticate};
void render_error(const Error& error, const Context&, Response& response) {
  response.status = error.code == Errc::invalid        ? 422
                    : error.code == Errc::conflict     ? 409
                    : error.code == Errc::rate_limited ? 429
                    : error.code == Errc::not_found    ? 404
                                                       : 400;
  response.body = std::string{error.reason.name};
}
constexpr Route routes[] = {
    {.method = Method::get,
     .path = "/rooms/{room}",
     .handler = serve<rooms::find, read_room, write_room>,
     .summary = "",
     .needs = {Scope::rooms_read, AccessLevel::app}},
    {.method = Method::post,
     .path = "/apps/{app}/rooms",
     .handler = serve<rooms::create, read_new_room, write_new_room>,
     .summary = "",
     .needs = {Scope::rooms_write, AccessLevel::app}},
};
constexpr PathFamily path_families[] = {{"/rooms"}, {"/apps"}};
constexpr Dialect dialect{.name = "habits",
                          .title = "Habits",
                          .routes = routes,
                          .path_families = path_families,
                          .conventions = {.accepts_request_id = true,
                                          .answers_options = true,
                                          .is_conditional = true,
                                          .rate_headers = RateHeaders::fields,
                                          .is_idempotent = true},
                          .scheme = &scheme,
                          .render_error = render_error};

constexpr Principal host{.kind = Principal::Kind::host};

/// Hands writes on, at once or when it is told to.
class HoldingStore final : public Store {
 public:
  Result<void> migrate(const Schema& schema) override { return store_->migrate(schema); }
  void run(Access access, Work work, Done done, Caller caller) override {
    if (access == Access::write && is_holding) return held_.emplace_back(std::move(work), std::move(done)), void();
    store_->run(access, std::move(work), std::move(done), caller);
  }
  StoreStatus status() const override { return store_->status(); }
  void let_go() {
    is_holding = false;
    for (auto& [work, done] : std::exchange(held_, {})) store_->run(Access::write, std::move(work), std::move(done));
  }
  bool is_holding = false;

 private:
  std::unique_ptr<Store> store_ = open_memory();
  std::vector<std::pair<Work, Done>> held_;
};

struct Fixture {
  explicit Fixture(const Rates& its_rates = {}) : rates(its_rates) {
    open();
    tenant = engine->call(tenants::create, host, {.name = "house"}).value();
    std::tie(app, secret) = make_app();
  }
  void open() {
    engine.reset();
    engine = Engine::open({.store = store,
                           .master_key = master_key,
                           .mounts = {{.dialect = &dialect}},
                           .environment = {&clock, &random, &log},
                           .rates = rates})
                 .value();
  }
  std::pair<App, std::string> make_app() const {
    const auto issued = engine->call(apps::create, host, {.parent = tenant.id}).value();
    return {issued.view.app, issued.secret};
  }
  Request posting(std::string body, const std::string& key, const std::string& its_secret) const {
    Request request{.method = Method::post,
                    .target = "/apps/" + std::to_string(number(app.id)) + "/rooms",
                    .headers = {{"X-Key", its_secret}},
                    .body = std::move(body)};
    if (!key.empty()) request.headers.add(header::idempotency_key, key);
    return request;
  }
  Response post(std::string body, const std::string& key = "") const {
    return engine->handle(posting(std::move(body), key, secret));
  }
  Response get(const std::string& room, Headers headers = {}, const std::string& address = "") const {
    headers.add("X-Key", secret);
    return engine->handle({.target = "/rooms/" + room, .headers = std::move(headers), .origin = {.address = address}});
  }
  std::vector<Room> rooms() const { return engine->call(rooms::list, host, {.parent = app.id}).value().items; }
  template <class E>
  std::vector<E> rows() {
    std::vector<E> rows;
    static_cast<Store&>(store)
        .run(Access::read,
             [&](Transaction& tx) -> Result<void> {
               rows = tx.list(Query<E>{}).value();
               return {};
             })
        .value();
    return rows;
  }

  tests::SeededRandom random{3};
  tests::FakeClock clock;
  tests::KeepingLog log;
  HoldingStore store;
  MasterKey master_key = MasterKey::generate(random);
  Rates rates;
  std::unique_ptr<Engine> engine;
  Tenant tenant;
  App app;
  std::string secret;
};

std::string field(const Response& response, std::string_view name) {
  return std::string{response.headers.find(name).value_or("-")};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conventions)

BOOST_AUTO_TEST_CASE(a_request_is_named_by_its_caller_if_the_name_has_a_good_form) {
  const Fixture fixture;
  for (const auto* good : {"a", "A-b_c.9", "0123456789"})
    BOOST_TEST(field(fixture.get("1", {{"X-Request-Id", good}}), "X-Request-Id") == good);
  BOOST_TEST(field(fixture.get("1", {{"X-Request-Id", std::string(128, 'x')}}), "X-Request-Id") == std::string(128, 'x'));
  for (const auto& bad :
       {std::string{}, std::string(129, 'x'), std::string{"a b"}, std::string{"a\"b"}, std::string{"\xc3\xa9"}}) {
    const auto given = field(fixture.get("1", {{"X-Request-Id", bad}}), "X-Request-Id");
    BOOST_TEST(given != bad);
    BOOST_TEST(given.size() == 36U);
  }
  const auto lines = fixture.log.lines();
  BOOST_TEST(std::any_of(lines.begin(), lines.end(),
                         [](const std::string& line) { return line.find("request_id=A-b_c.9 ") != std::string::npos; }));
}

BOOST_AUTO_TEST_CASE(a_given_name_stands_in_the_audit_trail) {
  Fixture fixture;
  auto request = fixture.posting("hall", "", fixture.secret);
  request.headers.add(header::x_request_id, "my-request");
  BOOST_TEST(fixture.engine->handle(request).status == 201);
  BOOST_TEST(fixture.rows<Audit>().back().request_id == "my-request");
}

BOOST_AUTO_TEST_CASE(options_tells_the_methods_of_a_path) {
  const Fixture fixture;
  const auto options = [&](std::string target) {
    return fixture.engine->handle({.method = Method::options, .target = std::move(target)});
  };
  const auto response = options("/rooms/1");
  BOOST_TEST(response.status == 204);
  BOOST_TEST(field(response, "Allow") == "GET, HEAD, OPTIONS");
  BOOST_TEST(field(response, "X-Request-Id").size() == 36U);
  BOOST_TEST(field(options("/apps/1/rooms"), "Allow") == "POST, OPTIONS");
  BOOST_TEST(options("/rooms").status == 404);
}

BOOST_AUTO_TEST_CASE(what_the_caller_has_already_is_not_sent_again) {
  const Fixture fixture;
  fixture.post("hall");
  const auto uid = fixture.rooms().at(0).uid;
  const auto ask = [&](const std::string& tags) { return fixture.get(uid, {{header::if_none_match, tags}}); };
  for (const auto* tags : {"\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"}) {
    const auto response = ask(tags);
    BOOST_TEST(response.status == 304);
    BOOST_TEST(response.body == "");
    BOOST_TEST(field(response, "ETag") == "\"1\"");
    BOOST_TEST(field(response, "Content-Type") == "-");
  }
  for (const auto* tags : {"\"2\"", "1", "", "\"11\"", "\"a,*,b\""}) BOOST_TEST(ask(tags).status == 200);
  BOOST_TEST(fixture.get(uid, {{header::if_none_match, "\"0\""}, {header::if_none_match, "\"1\""}}).status == 304);
  fixture.engine->call(rooms::update, host, {.ref = uid, .draft = {.name = "loft"}}).value();
  BOOST_TEST(ask("\"1\"").body == "loft " + uid);
}

BOOST_AUTO_TEST_CASE(a_repeated_request_has_the_same_answer_and_is_carried_out_once) {
  const Fixture fixture;
  const auto first = fixture.post("hall", "k1");
  const auto again = fixture.post("hall", "k1");
  BOOST_TEST(first.status == 201);
  BOOST_TEST(field(first, "Idempotency-Replayed") == "-");
  BOOST_TEST(again.status == 201);
  BOOST_TEST(again.body == first.body);
  BOOST_TEST(field(again, "ETag") == field(first, "ETag"));
  BOOST_TEST(field(again, "Content-Type") == "text/plain");
  BOOST_TEST(field(again, "Idempotency-Replayed") == "true");
  BOOST_TEST(field(again, "X-Request-Id") != field(first, "X-Request-Id"));
  BOOST_TEST(fixture.rooms().size() == 1U);
  BOOST_TEST(fixture.post("hall", "k2").body != first.body);
  BOOST_TEST(fixture.post("hall").body != first.body);
  BOOST_TEST(fixture.rooms().size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_key_that_was_used_for_something_else_is_refused) {
  const Fixture fixture;
  fixture.post("hall", "k1");
  const auto reused = fixture.post("loft", "k1");
  BOOST_TEST(reused.status == 422);
  BOOST_TEST(reused.body == "idempotency.reused");
  auto other_query = fixture.posting("hall", "k1", fixture.secret);
  other_query.target += "?x=1";
  BOOST_TEST(fixture.engine->handle(other_query).body == "idempotency.reused");
  BOOST_TEST(fixture.rooms().size() == 1U);
  for (const auto& bad : {std::string(256, 'x'), std::string{"a b"}, std::string{"\x7f"}})
    BOOST_TEST(fixture.post("hall", bad).body == "idempotency.key");
  BOOST_TEST(fixture.post("hall", std::string(255, 'x')).status == 201);
}

BOOST_AUTO_TEST_CASE(a_holder_repeats_a_request_with_the_key_that_took_the_place_of_another) {
  Fixture fixture;
  const auto first = fixture.post("hall", "k1");
  const auto old = fixture.rows<Key>().front();
  fixture.secret = fixture.engine->call(keys::rotate, host, {.ref = old.id}).value().secret;
  const auto again = fixture.post("hall", "k1");
  BOOST_TEST(again.status == 201);
  BOOST_TEST(again.body == first.body);
  BOOST_TEST(fixture.rooms().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_answer_is_not_repeated_to_a_key_that_may_do_less) {
  Fixture fixture;
  fixture.post("hall", "k1");
  const auto give = [&](keys::Draft draft) {
    return fixture.engine->call(keys::create, host, {.parent = fixture.app.id, .draft = std::move(draft)}).value().secret;
  };
  for (const auto& weaker :
       {give({.scopes = "rooms:write"}), give({.expires_at = fixture.clock.now() + std::chrono::hours{1}})}) {
    const auto again = fixture.engine->handle(fixture.posting("hall", "k1", weaker));
    BOOST_TEST(again.status == 400);
    BOOST_TEST(again.body == "key.stronger");
  }
  BOOST_TEST(fixture.engine->handle(fixture.posting("hall", "k1", give({}))).status == 201);
  BOOST_TEST(fixture.rooms().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_request_that_is_still_under_way_is_not_begun_again) {
  Fixture fixture;
  fixture.store.is_holding = true;
  std::optional<Response> first;
  fixture.engine->submit(fixture.posting("hall", "k1", fixture.secret), [&](Response response) { first = std::move(response); });
  BOOST_TEST(!first.has_value());
  const auto second = fixture.post("hall", "k1");
  BOOST_TEST(second.status == 409);
  BOOST_TEST(second.body == "idempotency.running");
  BOOST_TEST(field(second, "Retry-After") == "1");
  fixture.store.let_go();
  BOOST_TEST_REQUIRE(first.has_value());
  BOOST_TEST(first->status == 201);
  BOOST_TEST(fixture.post("hall", "k1").body == first->body);
  BOOST_TEST(fixture.rooms().size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_same_key_of_another_holder_is_another_request) {
  const Fixture fixture;
  const auto first = fixture.post("hall", "k1");
  BOOST_TEST(first.status == 201);
  const auto give = [&](const std::string& name) {
    return fixture.engine->call(operators::create, host, {.parent = fixture.tenant.id, .name = name}).value().secret;
  };
  const auto other = fixture.engine->handle(fixture.posting("hall", "k1", give("one")));
  BOOST_TEST(other.status == 201);
  BOOST_TEST(other.body != first.body);
  const auto another = fixture.engine->handle(fixture.posting("hall", "k1", give("another")));
  BOOST_TEST(another.body != other.body);
  BOOST_TEST(fixture.rooms().size() == 3U);
  const auto stranger = fixture.make_app().second;
  BOOST_TEST(fixture.engine->handle(fixture.posting("hall", "k1", stranger)).body == "app.unknown");
}

BOOST_AUTO_TEST_CASE(an_answer_is_kept_for_a_day_and_over_a_restart) {
  Fixture fixture;
  const auto first = fixture.post("hall", "k1");
  fixture.open();
  BOOST_TEST(fixture.post("hall", "k1").body == first.body);
  fixture.clock.advance(24h - 1us);
  BOOST_TEST(fixture.post("hall", "k1").body == first.body);
  fixture.clock.advance(1us);
  const auto anew = fixture.post("loft", "k1");
  BOOST_TEST(anew.status == 201);
  BOOST_TEST(anew.body != first.body);
  BOOST_TEST(fixture.rows<StoredAnswer>().size() == 1U);
  fixture.clock.advance(24h);
  fixture.engine->webhook_queue().maintain();
  BOOST_TEST(fixture.rows<StoredAnswer>().empty());
}

BOOST_AUTO_TEST_CASE(a_request_that_failed_may_be_tried_again) {
  Fixture fixture;
  BOOST_TEST(fixture.post("late", "k1").body == "value.refused");
  BOOST_TEST(fixture.rows<StoredAnswer>().empty());
  BOOST_TEST(fixture.post("hall", "k1").status == 201);
}

BOOST_AUTO_TEST_CASE(stored_answers_are_sealed) {
  Fixture fixture;
  const auto uid = fixture.post("hall", "visible-key").body.substr(5);
  const auto answers = fixture.rows<StoredAnswer>();
  BOOST_TEST_REQUIRE(answers.size() == 1U);
  for (const auto& cell : to_cells(answers[0]))
    for (const auto& text : {uid, std::string{"hall"}, std::string{"visible-key"}})
      BOOST_TEST(cell.text().find(text) == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(a_stored_answer_is_not_given_to_who_was_shut_out) {
  const Fixture fixture;
  fixture.post("hall", "k1");
  const auto key = fixture.engine->call(keys::list, host, {.parent = fixture.app.id}).value().items.at(0).id;
  fixture.engine->call(keys::revoke, host, key).value();
  BOOST_TEST(fixture.post("hall", "k1").body == "key.revoked");
}

BOOST_AUTO_TEST_CASE(answers_tell_what_is_left_of_each_limit) {
  Fixture fixture{{.key = {2, 60s}, .app = {3, 30s}, .address = {9, 90s}}};
  const auto first = fixture.get("1", {}, "192.0.2.1");
  BOOST_TEST(field(first, "RateLimit-Policy") == R"("address";q=9;w=90, "key";q=2;w=60, "app";q=3;w=30)");
  BOOST_TEST(field(first, "RateLimit") == R"("address";r=8;t=10, "key";r=1;t=30, "app";r=2;t=10)");
  fixture.get("1", {}, "192.0.2.1");
  const auto limited = fixture.get("1", {}, "192.0.2.1");
  BOOST_TEST(limited.status == 429);
  BOOST_TEST(limited.body == "rate.limited");
  BOOST_TEST(field(limited, "Retry-After") == "30");
  BOOST_TEST(field(limited, "RateLimit") == R"("address";r=6;t=30, "key";r=0;t=30)");
  fixture.clock.advance(30s);
  BOOST_TEST(fixture.get("1").status == 404);
  BOOST_TEST(fixture.get("1").status == 429);
}

BOOST_AUTO_TEST_CASE(no_limit_leaves_no_word) {
  const Fixture fixture;
  BOOST_TEST(field(fixture.get("1", {}, "192.0.2.1"), "RateLimit") == "-");
  BOOST_TEST(field(fixture.get("1", {}, "192.0.2.1"), "RateLimit-Policy") == "-");
}

BOOST_AUTO_TEST_CASE(keys_share_the_limit_of_their_app_and_no_other) {
  Fixture fixture{{.app = {2, 60s}}};
  const auto second = fixture.engine->call(keys::create, host, {.parent = fixture.app.id}).value().secret;
  const auto ask = [&](const std::string& secret) {
    return fixture.engine->handle({.target = "/rooms/1", .headers = {{"X-Key", secret}}}).status;
  };
  BOOST_TEST(ask(fixture.secret) == 404);
  BOOST_TEST(ask(second) == 404);
  BOOST_TEST(ask(fixture.secret) == 429);
  BOOST_TEST(ask(second) == 429);
  BOOST_TEST(ask(fixture.make_app().second) == 404);
}

BOOST_AUTO_TEST_CASE(a_key_with_a_limit_of_its_own_has_that_one) {
  Fixture fixture{{.key = {1, 60s}}};
  const auto own =
      fixture.engine->call(keys::create, host, {.parent = fixture.app.id, .draft = {.rate = std::optional{RateLimit{3, 10s}}}})
          .value()
          .secret;
  for (const int left : {2, 1, 0}) {
    const auto response = fixture.engine->handle({.target = "/rooms/1", .headers = {{"X-Key", own}}});
    BOOST_TEST(response.status == 404);
    BOOST_TEST(field(response, "RateLimit").starts_with("\"key\";r=" + std::to_string(left)));
  }
  BOOST_TEST(fixture.engine->handle({.target = "/rooms/1", .headers = {{"X-Key", own}}}).status == 429);
}

BOOST_AUTO_TEST_CASE(an_address_is_limited_before_anybody_is_known) {
  Fixture fixture{{.address = {2, 60s}}};
  const auto guess = [&](const std::string& address) {
    return fixture.engine->handle({.target = "/rooms/1", .headers = {{"X-Key", "guess"}}, .origin = {.address = address}});
  };
  BOOST_TEST(guess("192.0.2.1").body == "key.unknown");
  BOOST_TEST(guess("::ffff:192.0.2.1").body == "key.unknown");
  BOOST_TEST(guess("192.0.2.1").status == 429);
  BOOST_TEST(fixture.get("1", {}, "192.0.2.1").status == 429);
  BOOST_TEST(fixture.get("1", {}, "192.0.2.2").status == 404);
  for (int i = 0; i < 3; ++i) BOOST_TEST(fixture.get("1").status == 404);  // without an address there is nothing to count
}

BOOST_AUTO_TEST_CASE(a_replayed_write_is_charged_once_like_any_other) {
  Fixture fixture{{.key = {5, 50s}}};
  BOOST_TEST(field(fixture.post("hall", "k1"), "RateLimit") == R"("key";r=4;t=10)");
  BOOST_TEST(field(fixture.post("hall", "k1"), "RateLimit") == R"("key";r=3;t=20)");
}

BOOST_AUTO_TEST_SUITE_END()
