#include "tests/support/environment.hpp"

#include <innkeeper/courier.hpp>
#include <innkeeper/dialects.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/transfer.hpp>

#include "engine/crypto/digest.hpp"
#include "engine/dialects/enablex/wire.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

/// What of this contract a transcript cannot show: what a token holds, what webhooks are sent, and who is first.
using namespace innkeeper;
using namespace innkeeper::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view app_id = "61f2c0a7b8d94e0012a4c6e1";
constexpr std::string_view app_key = "Zp4Xq8Rm2Tn6Vb0Wc3Yd7Ke1Lf5Mg9Nh8Pj2";

/// An engine with one application, and a server of it that sends requests.
struct Fixture {
  Fixture() {
    const auto imported =
        import_document(*engine, R"({"tenants":[{"name":"demo","apps":[{"name":"demo","uid":")" + std::string{app_id} +
                                     R"(","secret":")" + std::string{app_key} + R"("}]}]})");
    BOOST_REQUIRE(imported.has_value());
  }
  boost::json::value send(Method method, const std::string& target, const std::string& body, int status = 200) {
    Request request{.method = method, .target = target, .body = body};
    request.headers.add(header::host, "innkeeper.test");
    const auto pair = std::string{app_id}.append(":").append(app_key);
    const bool is_native = target.starts_with("/api/");
    request.headers.add(header::authorization,
                        is_native ? "Bearer " + std::string{app_key} : "Basic " + crypto::base64_encode(pair));
    if (is_native) request.headers.add(header::content_type, "application/json");
    const auto response = engine->handle(request);
    BOOST_TEST(response.status == status, target << " answered " << response.body);
    return boost::json::parse(response.body);
  }
  std::string make_room(const std::string& settings = "{}") {
    const auto body = R"({"name":"Cardiology","owner_ref":"clinic-17","settings":)" + settings + "}";
    return std::string{send(Method::post, "/video/v2/rooms", body).at("room").at("room_id").as_string()};
  }
  std::string make_token(const std::string& room) {
    const std::string body = R"({"name":"Asha Rao","role":"moderator","user_ref":"pat-88","data":{"x":1}})";
    return std::string{send(Method::post, "/video/v2/rooms/" + room + "/tokens", body).at("token").as_string()};
  }
  void report(const std::string& events) {
    send(Method::post, "/api/v1/apps/" + std::string{app_id} + "/events", R"({"events":[)" + events + "]}", 202);
  }
  int redeem(const std::string& token) {
    Request request{.method = Method::post, .target = "/api/v1/join-tokens/redeem", .body = R"({"token":")" + token + R"("})"};
    request.headers.add(header::host, "innkeeper.test");
    request.headers.add(header::authorization, "Bearer " + std::string{app_key});
    return engine->handle(request).status;
  }

  static std::vector<Mount> mounts() {
    auto mounts = default_mounts();
    std::ranges::find(mounts, &enablex, &Mount::dialect)->settings =
        EnablexSettings{.host = "media.example.test:8443", .is_secure = false};
    mounts.push_back({.dialect = &enablex, .prefix = "/other", .settings = EnablexSettings{.host = "other.example.test:443"}});
    return mounts;
  }

  FakeClock clock;
  SeededRandom random{11};
  KeepingLog log{Severity::error};
  std::unique_ptr<Store> store = open_memory();
  std::unique_ptr<Engine> engine = Engine::open({.store = *store,
                                                 .master_key = MasterKey::generate(random),
                                                 .mounts = mounts(),
                                                 .environment = {&clock, &random, &log}})
                                       .value();
};

boost::json::object opened(const std::string& token) {
  const auto text = crypto::base64_decode(token);
  BOOST_TEST_REQUIRE(text.has_value());
  return boost::json::parse(*text).as_object();
}
std::string closed(const boost::json::object& ticket) { return crypto::base64_encode(boost::json::serialize(ticket)); }

std::string at_second(int second) {
  return "2024-03-04T01:02:" + std::string{second < 10 ? "0" : ""} + std::to_string(second) + "Z";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(enablex_contract)

BOOST_AUTO_TEST_CASE(a_token_is_base64_of_the_object_that_clients_decode) {
  Fixture fixture;
  const auto room = fixture.make_room(R"({"participants":"2","adhoc":true,"quality":"SD"})");
  const auto token = fixture.make_token(room);
  BOOST_TEST((token.size() >= 600 && token.size() <= 1'200), token.size());
  const auto ticket = opened(token);
  const auto& meta = ticket.at("roomMeta");
  BOOST_TEST(ticket.at("tokenId").as_string().size() == 24U);
  BOOST_TEST(ticket.at("host").as_string() == "media.example.test:8443");
  BOOST_TEST(ticket.at("secure").as_bool() == false);
  BOOST_TEST(ticket.at("gateway").as_string() == "");
  BOOST_TEST(ticket.at("logId").as_string().size() == 6U);
  BOOST_TEST(std::string{meta.at("_id").as_string()} == room);
  BOOST_TEST(meta.at("name").as_string() == "Cardiology");
  BOOST_TEST(meta.at("owner_ref").as_string() == "clinic-17");
  BOOST_TEST(meta.at("settings").at("participants").as_string() == "2");
  BOOST_TEST(meta.at("settings").at("adhoc").as_bool());
  const auto signature = crypto::base64_decode(std::string{ticket.at("signature").as_string()});
  BOOST_TEST_REQUIRE(signature.has_value());
  BOOST_TEST(signature->size() == 40U);
  BOOST_TEST(signature->find_first_not_of("0123456789abcdef") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_token_names_the_server_of_the_mount_that_was_asked) {
  Fixture fixture;
  const auto target = "/other/video/v2/rooms/" + fixture.make_room() + "/tokens";
  const auto made = fixture.send(Method::post, target, R"({"name":"Asha Rao","role":"moderator","user_ref":"pat-88"})");
  const auto ticket = opened(std::string{made.at("token").as_string()});
  BOOST_TEST(ticket.at("host").as_string() == "other.example.test:443");
  BOOST_TEST(ticket.at("secure").as_bool());
  BOOST_TEST(fixture.redeem(std::string{made.at("token").as_string()}) == 200);
}

BOOST_AUTO_TEST_CASE(a_token_is_redeemed_natively_and_tells_whose_it_is) {
  Fixture fixture;
  const auto room = fixture.make_room(R"({"mode":"lecture"})");
  const auto token = fixture.make_token(room);
  const auto redeemed = fixture.send(Method::post, "/api/v1/join-tokens/redeem", R"({"token":")" + token + R"("})");
  BOOST_TEST(std::string{redeemed.at("room").at("uid").as_string()} == room);
  BOOST_TEST(redeemed.at("room").at("mode").as_string() == "lecture");
  BOOST_TEST(redeemed.at("join_token").at("role").as_string() == "moderator");
  BOOST_TEST(redeemed.at("join_token").at("user_ref").as_string() == "pat-88");
  BOOST_TEST(redeemed.at("join_token").at("data").at("x").as_int64() == 1);
  BOOST_TEST(redeemed.at("extras").at("enablex").as_object().contains("settings"));
  BOOST_TEST(fixture.redeem(token) == 410);
}

BOOST_AUTO_TEST_CASE(a_token_that_was_altered_or_signed_elsewhere_opens_nothing) {
  Fixture fixture;
  Fixture elsewhere;
  const auto room = fixture.make_room();
  for (const auto* member : {"tokenId", "host", "signature"}) {
    auto ticket = opened(fixture.make_token(room));
    auto text = std::string{ticket.at(member).as_string()};
    text[3] = text[3] == '0' ? '1' : '0';
    ticket[member] = text;
    BOOST_TEST(fixture.redeem(closed(ticket)) == 404, member);
    ticket.erase(member);
    BOOST_TEST(fixture.redeem(closed(ticket)) == 404, member);
  }
  const auto token = fixture.make_token(room);
  BOOST_TEST(elsewhere.redeem(token) == 404);
  for (const auto& nonsense : {std::string{"e30="}, std::string{"bnVsbA=="}, std::string{"%"}, token + "="})
    BOOST_TEST(fixture.redeem(nonsense) == 404, nonsense);
  BOOST_TEST(fixture.redeem(token) == 200);
}

BOOST_AUTO_TEST_CASE(a_token_ends_after_fifteen_minutes) {
  Fixture fixture;
  const auto room = fixture.make_room();
  const auto late = fixture.make_token(room);
  fixture.clock.advance(15min - 1us);
  const auto early = fixture.make_token(room);
  BOOST_TEST(fixture.redeem(late) == 200);
  fixture.clock.advance(15min);
  BOOST_TEST(fixture.redeem(early) == 410);
}

BOOST_AUTO_TEST_CASE(of_a_hundred_that_redeem_a_token_at_once_one_gets_in) {
  Fixture fixture;
  const auto token = fixture.make_token(fixture.make_room());
  std::atomic<int> let_in{0}, too_late{0};
  std::vector<std::thread> crowd;
  for (int i = 0; i < 100; ++i)
    crowd.emplace_back([&] {
      const int status = fixture.redeem(token);
      if (status == 200) ++let_in;
      if (status == 410) ++too_late;
    });
  for (auto& each : crowd) each.join();
  BOOST_TEST(let_in == 1);
  BOOST_TEST(too_late == 99);
}

BOOST_AUTO_TEST_CASE(webhooks_are_told_in_the_contracts_shapes) {
  Fixture fixture;
  const auto hook = fixture.send(Method::post, "/api/v1/apps/" + std::string{app_id} + "/webhooks",
                                 R"({"url":"https://hook.example.net/in","contract":"enablex",)"
                                 R"("basic_auth":{"username":"clinic","password":"p:w"}})",
                                 201);
  BOOST_TEST(hook.at("webhook").at("has_basic_auth").as_bool());
  const auto room = fixture.make_room();
  const auto session = R"(,"session":"2026020309144501")";
  const auto event = [&](int second, const std::string& rest) {
    return R"({"id":"e)" + std::to_string(second) + R"(","at":")" + at_second(second) + '"' + session + rest + "}";
  };
  fixture.report(event(1, R"(,"type":"session.started","room":")" + room + '"'));
  fixture.report(event(2, R"(,"type":"recording.ready","kind":"recording","url":"https://f.example/1.mkv")"));
  fixture.report(event(3, R"(,"type":"recording.ready","kind":"transcoded","url":"https://f.example/1.mp4","size":1048576)"));
  fixture.report(event(4, R"(,"type":"recording.ready","kind":"transcoded","url":"https://f.example/2.mp4")"));
  fixture.report(event(5, R"(,"type":"recording.ready","kind":"chat","url":"https://f.example/chat.json")"));
  fixture.report(event(6, R"(,"type":"files.transferred","destination":{"name":"sftp","host":"sftp.example.test"},)"
                          R"("files":["sftp://sftp.example.test/in/1.mp4"])"));
  fixture.report(event(7, R"(,"type":"session.ended")"));

  std::vector<std::string> bodies;
  for (int i = 0; i < 10; ++i)
    for (const auto& webhook_request : fixture.engine->webhook_queue().take(2)) {
      BOOST_TEST(webhook_request.headers.find(header::authorization).value() == "Basic " + crypto::base64_encode("clinic:p:w"));
      BOOST_TEST(webhook_request.headers.find(header::content_type).value() == "application/json");
      BOOST_TEST(webhook_request.timeout.count() == 10);
      bodies.push_back(webhook_request.body);
      fixture.engine->webhook_queue().complete(webhook_request.id, {.status = 200});
    }
  const auto told = [&](const std::string& type, int second, const std::string& rest) {
    return R"({"type":")" + type + R"(","trans_date":")" + std::to_string(1'709'514'120 + second) + R"(","app_id":")" +
           std::string{app_id} + R"(","room_id":")" + room + R"(","conf_num":"2026020309144501")" + rest + "}";
  };
  const std::vector<std::string> expected{
      told("recording", 2, R"(,"recording":["https://f.example/1.mkv"])"),
      told("transcoded", 3, R"(,"recording":"https://f.example/1.mp4","stage":"1","file_size":"1048576")"),
      told("transcoded", 4, R"(,"recording":"https://f.example/2.mp4","stage":"2","file_size":"0")"),
      told("file-transfer", 6,
           R"(,"destination":{"name":"sftp","host":"sftp.example.test"},"files":[{"url":"sftp://sftp.example.test/in/1.mp4"}])"),
      told("roomdrop", 7, ""),
  };
  BOOST_TEST(bodies == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_webhook_of_the_contract_is_tried_four_times_within_half_a_minute) {
  Fixture fixture;
  fixture.send(Method::post, "/api/v1/apps/" + std::string{app_id} + "/webhooks",
               R"({"url":"https://hook.example.net/in","contract":"enablex"})", 201);
  fixture.report(R"({"id":"a","at":")" + at_second(1) + R"(","type":"session.started","session":"s","room":")" +
                 fixture.make_room() + R"("})");
  fixture.report(R"({"id":"b","at":")" + at_second(2) + R"(","type":"session.ended","session":"s"})");
  for (const auto wait : {0s, 1s, 5s, 25s}) {
    fixture.clock.advance(std::chrono::microseconds{wait} * 1'100 / 1'000);
    const auto webhook_requests = fixture.engine->webhook_queue().take(10);
    BOOST_TEST_REQUIRE(webhook_requests.size() == 1U, "after " << wait.count());
    fixture.engine->webhook_queue().complete(webhook_requests[0].id, {.status = 500});
  }
  fixture.clock.advance(24h);
  BOOST_TEST(fixture.engine->webhook_queue().take(10).empty());
}

BOOST_AUTO_TEST_CASE(settings_are_found_in_whatever_order_they_are_stored) {
  Fixture fixture;
  const std::string uid = "0123456789abcdef01234567";
  const auto imported = import_document(
      *fixture.engine,
      R"({"tenants":[{"name":"demo","apps":[{"name":"demo","rooms":[{"uid":")" + uid +
          R"(","name":"Hall","extras":{"enablex":{"settings":{"watermark":true,"active_talker":false,"quality":"SD",)"
          R"("duration":"45"}}}}]}]}]})");
  BOOST_REQUIRE(imported.has_value());
  const auto shown = fixture.send(Method::get, "/video/v2/rooms/" + uid, "");
  const auto& settings = shown.at("room").at("settings");
  BOOST_TEST(settings.at("watermark").as_bool());
  BOOST_TEST(!settings.at("active_talker").as_bool());
  BOOST_TEST(settings.at("quality").as_string() == "SD");
  BOOST_TEST(settings.at("duration").as_string() == "45");
}

BOOST_AUTO_TEST_CASE(what_another_contract_changed_is_changed_back) {
  Fixture fixture;
  const auto room = fixture.make_room(R"({"participants":"5"})");
  const auto path = "/video/v2/rooms/" + room;
  fixture.send(Method::patch, "/api/v1/rooms/" + room, R"({"capacity":20})");
  const auto seats = [&] { return fixture.send(Method::get, path, "").at("room").at("settings").at("participants").as_string(); };
  BOOST_TEST(seats() == "20");
  fixture.send(Method::patch, path, R"({"settings":{"participants":"5"}})");
  BOOST_TEST(seats() == "5");
  BOOST_TEST(fixture.send(Method::get, "/api/v1/rooms/" + room, "").at("capacity").as_int64() == 5);
}

BOOST_AUTO_TEST_CASE(a_room_without_limits_has_none_after_all_of_it_was_said_back) {
  Fixture fixture;
  const auto room = fixture.make_room(R"({"participants":"5","moderators":2})");
  fixture.send(Method::patch, "/api/v1/rooms/" + room, R"({"capacity":0,"moderators":0})");
  const auto shown = fixture.send(Method::get, "/video/v2/rooms/" + room, "").at("room");
  fixture.send(Method::patch, "/video/v2/rooms/" + room, boost::json::serialize(shown));
  const auto native = fixture.send(Method::get, "/api/v1/rooms/" + room, "");
  BOOST_TEST(native.at("capacity").as_int64() == 0);
  BOOST_TEST(native.at("moderators").as_int64() == 0);
}

BOOST_AUTO_TEST_CASE(a_time_is_spelled_with_a_blank_or_as_iso_8601_has_it) {
  using dialects::enablex::read_time;
  const auto expected = read_time("2026-03-01 10:00:00");
  BOOST_TEST(expected.has_value());
  for (const auto* text : {"2026-03-01T10:00:00", "2026-03-01T10:00:00Z", "2026-03-01 10:00:00Z", "2026-03-01T11:00:00+01:00"})
    BOOST_TEST((read_time(text) == expected), text);
  for (const auto* text : {"", "2026-03-01", "2026-02-30 10:00:00", "2026-03-01 25:00:00", "01/03/2026 10:00:00", "tomorrow"})
    BOOST_TEST(!read_time(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
