#include "tests/unit/fixture.hpp"

#include <innkeeper/courier.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace innkeeper;
using namespace innkeeper::tests;

namespace {

/// Where the request of a new event goes, once it is signed.
std::string way_of_next_event(Fixture& fixture) {
  fixture.call(
      events::report,
      {.app = "a", .reports = {{.id = "e", .type = events::Type::session_started, .at = fixture.clock.now(), .session = "s"}}});
  for (const auto& webhook_request : fixture.engine->webhook_queue().take(10)) return webhook_request.url;
  return {};
}

/// `apps: 1 created, 0 updated, 2 unchanged`, a line for each kind.
std::string lines_of(const ImportReport& report) {
  std::string text;
  for (const auto& each : report.counts)
    text += each.kind + ": " + std::to_string(each.created) + " created, " + std::to_string(each.updated) + " updated, " +
            std::to_string(each.unchanged) + " unchanged\n";
  return text;
}

/// A document with one tenant and, in it, these apps.
std::string with_apps(const std::string& apps) { return R"({"tenants":[{"uid":"t","name":"t","apps":[)" + apps + "]}]}"; }
/// One app with that.
std::string with_app(const std::string& members) { return with_apps(R"({"uid":"a",)" + members + "}"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(transfer)

BOOST_AUTO_TEST_CASE(what_operations_made_is_as_good_in_another_store) {
  Fixture here(1);
  BOOST_REQUIRE(
      import_document(*here.engine, R"({"tenants":[{"name":"t","apps":[{"uid":"a","secret":"first-secret"}]}]})").has_value());
  const auto key = here.call(keys::create, {.parent = "a", .draft = {.label = "second"}});
  const auto turned = here.call(keys::rotate, {.ref = key.key.id, .grace = std::chrono::hours{1}});
  const auto member = here.call(members::create, {.parent = "a", .draft = {.name = "alice"}});
  here.call(rooms::create, {.parent = "a", .draft = {.name = "hall"}});
  here.call(devices::create, {.parent = "a", .draft = {.member = member.uid, .name = "door"}});
  const auto stream = here.call(stream_keys::create, {.parent = "a", .draft = {.member = member.uid}});
  const auto hook = here.call(webhooks::create, {.parent = "a", .url = "https://example.net/"});
  here.call(webhooks::rotate, {.ref = hook.webhook.id, .grace = std::chrono::hours{1}});

  const auto document = export_document(*here.engine, /*with_secrets=*/true);
  BOOST_REQUIRE_MESSAGE(document, document.error().detail);
  Fixture there(2);
  const auto issued = import_document(*there.engine, *document);
  BOOST_REQUIRE(issued.has_value());
  BOOST_TEST(issued->secrets.empty());
  BOOST_TEST(export_document(*there.engine, true).value() == *document);

  BOOST_TEST(there.call(stream_keys::verify, stream.secret).uid == stream.row.uid);
  for (const auto& secret : {std::string{"first-secret"}, key.secret, turned.secret})
    BOOST_TEST(there.call(keys::verify, {.secret = secret}).is_valid);
  BOOST_TEST((there.call(keys::find, key.key.uid).replaced_by == turned.key.id));
  BOOST_TEST(way_of_next_event(there) == "https://example.net/");
}

BOOST_AUTO_TEST_CASE(what_an_import_changes_is_chained_and_told_to_nobody) {
  Fixture fixture(3);
  BOOST_REQUIRE(import_document(*fixture.engine, R"({"tenants":[{"name":"t","apps":[{"uid":"a","secret":"first-secret",
      "webhooks":[{"url":"https://example.net/"}]}]}]})")
                    .has_value());
  BOOST_REQUIRE(
      import_document(*fixture.engine, R"({"tenants":[{"name":"t","apps":[{"uid":"a","secret":"other-secret","description":"new",
      "rooms":[{"name":"hall"}]}]}]})")
          .has_value());
  const auto proof = fixture.call(audit::verify, {});
  BOOST_TEST((proof.broken_at == Id::none));
  BOOST_TEST(proof.rows == 7);
  BOOST_TEST(fixture.engine->webhook_queue().take(10).empty());
}

BOOST_AUTO_TEST_CASE(the_trail_comes_out_a_line_a_row) {
  Fixture fixture(4);
  BOOST_REQUIRE(import_document(*fixture.engine, R"({"tenants":[{"name":"t"}]})").has_value());
  std::string lines;
  BOOST_REQUIRE(export_audit(*fixture.engine, [&](std::string_view line) { lines.append(line).append("\n"); }).has_value());
  BOOST_TEST(lines.starts_with(R"({"id":1,"tenant":1,"app":null,"at":"2024-03-04T01:02:03.000000Z","actor":"host")"));
  BOOST_TEST(std::count(lines.begin(), lines.end(), '\n') == 1);
}

BOOST_AUTO_TEST_CASE(a_secret_that_another_has_is_refused_and_says_whose_it_is) {
  Fixture fixture(5);
  fixture.import(R"({"operators":[{"name":"root","secret":"root-secret"}],"tenants":[{"uid":"t","name":"t","apps":[
      {"uid":"a","name":"Desk","secret":"desk-secret","stream_keys":[{"label":"camera","secret":"stream-secret"}]},
      {"uid":"b","secret":"other-secret"}]}]})");
  const auto refused = [&](const std::string& document, const std::string& pointer, const std::string& whose) {
    BOOST_TEST(fixture.faults_of(document) == pointer + ": is a secret of the " + whose + " too");
  };
  // A holder's only key, one of its list, and that of one that is there; whoever holds the other.
  refused(with_apps(R"({"uid":"new","secret":"desk-secret"})"), "/tenants/0/apps/0/secret", R"(app "Desk")");
  refused(with_apps(R"({"uid":"b","secret":"desk-secret"})"), "/tenants/0/apps/0/secret", R"(app "Desk")");
  refused(with_apps(R"({"uid":"b","secret":"root-secret"})"), "/tenants/0/apps/0/secret", R"(operator "root")");
  refused(with_apps(R"({"uid":"b","keys":[{"label":"x","secret":"desk-secret"}]})"), "/tenants/0/apps/0/keys/0/secret",
          R"(app "Desk")");
  refused(with_apps(R"({"uid":"a","keys":[{"label":"x","secret":"desk-secret"}]})"), "/tenants/0/apps/0/keys/0/secret",
          R"(app "Desk")");
  refused(R"({"operators":[{"name":"new","secret":"other-secret"}]})", "/operators/0/secret", R"(app "b")");
  refused(R"({"operators":[{"name":"new","keys":[{"secret":"other-secret"}]}]})", "/operators/0/keys/0/secret", R"(app "b")");
  // Stream keys, and two of one document.
  refused(with_apps(R"({"uid":"b","stream_keys":[{"secret":"stream-secret"}]})"), "/tenants/0/apps/0/stream_keys/0/secret",
          R"(stream key "camera" of the app "Desk")");
  refused(with_apps(R"({"uid":"c","secret":"twice-given"},{"uid":"d","secret":"twice-given"})"), "/tenants/0/apps/1/secret",
          R"(app "c")");
}

BOOST_AUTO_TEST_CASE(a_second_import_of_a_document_changes_nothing_and_says_so) {
  Fixture fixture(6);
  const auto document = with_apps(R"({"uid":"a","secret":"desk-secret","rooms":[{"name":"hall"}],"stream_keys":[
      {"label":"x","secret":"stream-secret"}]},{"uid":"b","keys":[{"label":"k","secret":"other-secret"}]})");
  BOOST_TEST(lines_of(fixture.import(document)) ==
             "apps: 2 created, 0 updated, 0 unchanged\nkeys: 2 created, 0 updated, 0 unchanged\n"
             "rooms: 1 created, 0 updated, 0 unchanged\nstream_keys: 1 created, 0 updated, 0 unchanged\n"
             "tenants: 1 created, 0 updated, 0 unchanged\n");
  const auto before = fixture.dump();
  BOOST_TEST(lines_of(fixture.import(document)) ==
             "apps: 0 created, 0 updated, 2 unchanged\nkeys: 0 created, 0 updated, 1 unchanged\n"
             "rooms: 0 created, 0 updated, 1 unchanged\nstream_keys: 0 created, 0 updated, 1 unchanged\n"
             "tenants: 0 created, 0 updated, 1 unchanged\n");
  BOOST_TEST(fixture.dump() == before);
  BOOST_TEST(lines_of(fixture.import(with_app(R"("description":"new")"))) ==
             "apps: 0 created, 1 updated, 0 unchanged\ntenants: 0 created, 0 updated, 1 unchanged\n");
}

BOOST_AUTO_TEST_CASE(a_member_who_is_suspended_by_an_import_loses_all_tokens) {
  Fixture fixture(7);
  fixture.import(with_app(R"("members":[{"uid":"m"}],"rooms":[{"uid":"r","name":"hall"}])"));
  const auto token = fixture.call(member_tokens::create, {.parent = "m"}).token;
  const auto join = fixture.call(join_tokens::create, {.parent = "r", .draft = {.member = "m"}}).token;
  const auto stream = fixture.call(stream_keys::create, {.parent = "a", .draft = {.member = "m"}}).secret;
  BOOST_TEST(fixture.engine->call(member_tokens::verify, host, token).has_value());
  fixture.import(with_app(R"("members":[{"uid":"m","status":"suspended"}])"));
  BOOST_TEST((fixture.engine->call(member_tokens::verify, host, token).error().reason == reason::token_revoked));
  BOOST_TEST((fixture.engine->call(join_tokens::redeem, host, join).error().reason == reason::token_revoked));
  BOOST_TEST((fixture.engine->call(stream_keys::verify, host, stream).error().reason == reason::token_revoked));
  BOOST_TEST(fixture.faults_of(with_app(R"("stream_keys":[{"label":"new","member":"m"}])")) ==
             "/tenants/0/apps/0/stream_keys/0/revoked_at: is needed where the member is suspended, who has no stream keys");
  fixture.import(with_app(R"("members":[{"uid":"m","status":"active"}])"));
  BOOST_TEST((fixture.engine->call(member_tokens::verify, host, token).error().reason == reason::token_revoked));
}

BOOST_AUTO_TEST_CASE(nothing_is_stored_where_the_secrets_could_not_be_handed_on) {
  Fixture fixture(8);
  const auto document = with_apps(R"({"uid":"a"},{"uid":"b","stream_keys":[{"uid":"s"}]})");
  std::vector<std::string> told;
  const auto refuse = [&](const ImportReport& report) -> Result<void> {
    for (const auto& each : report.secrets) told.push_back(each.kind + " " + each.owner);
    return Error{Errc::unavailable, Reason{"test.disk_full"}};
  };
  const auto before = fixture.dump();
  const auto failed = import_document(*fixture.engine, document, refuse);
  BOOST_REQUIRE(!failed.has_value());
  BOOST_TEST((failed.error().reason == Reason{"test.disk_full"}));
  BOOST_TEST((told == std::vector<std::string>{"app a", "stream_key s", "app b"}));
  BOOST_TEST(fixture.dump() == before);

  std::string secret;
  const auto keep = [&](const ImportReport& report) -> Result<void> {
    secret = report.secrets.front().secret;
    return {};
  };
  BOOST_REQUIRE(import_document(*fixture.engine, document, keep).has_value());
  BOOST_TEST(fixture.call(keys::verify, {.secret = secret}).is_valid);
}

BOOST_AUTO_TEST_CASE(a_webhook_is_changed_under_the_rules_of_its_operation) {
  Fixture fixture(9);
  fixture.import(with_app(R"("webhooks":[{"uid":"w","url":"https://one.example/","basic_auth":"user:password"}])"));
  BOOST_TEST(fixture.faults_of(with_app(R"("webhooks":[{"uid":"w","url":"https://two.example/"}])")) ==
             "/tenants/0/apps/0/webhooks/0/basic_auth: must be given anew, or null, where the URL leads to another server");
  fixture.import(with_app(R"("webhooks":[{"uid":"w","url":"https://two.example/","basic_auth":null}])"));
  BOOST_TEST(fixture.dump().find("basic_auth") == std::string::npos);
  fixture.import(with_app(R"("webhooks":[{"uid":"w","contract":"enablex"}])"));
  const auto told = fixture.call(webhooks::find, "w").events;
  BOOST_TEST(told != "*");
  BOOST_TEST(
      fixture.call(webhooks::create, {.parent = "a", .url = "http://x/", .draft = {.contract = "enablex"}}).webhook.events ==
      told);

  std::string many;
  for (int i = 0; i < 19; ++i) many.append(many.empty() ? "" : ",").append(R"({"url":"http://x/)" + std::to_string(i) + "\"}");
  BOOST_TEST(fixture.faults_of(with_app("\"webhooks\":[" + many + "]")) ==
             "/tenants/0/apps/0/webhooks/18: is one too many: an app has 20 webhooks at most");
}

BOOST_AUTO_TEST_CASE(a_new_row_needs_its_name_whatever_it_is_found_by) {
  Fixture fixture(13);
  BOOST_TEST(fixture.faults_of(with_app(R"("rooms":[{"uid":"r"}],"devices":[{"uid":"d"}],"webhooks":[{"uid":"w"}])")) ==
             "/tenants/0/apps/0/rooms/0/name: is required\n/tenants/0/apps/0/devices/0/name: is required\n"
             "/tenants/0/apps/0/webhooks/0/url: is required");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_named) {
  Fixture fixture(10);
  const auto refused = import_document(*fixture.engine, "\xEF\xBB\xBF{}");
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().code == Errc::malformed));
  BOOST_TEST(refused.error().detail.find("byte order mark") != std::string::npos, refused.error().detail);
}

/// What each contract takes at its limits can be carried over, though they differ.
BOOST_AUTO_TEST_CASE(whatever_a_contract_took_can_be_imported) {
  Fixture fixture(11);
  fixture.import(R"({"operators":[{"name":"root","secret":"root-secret"}],"tenants":[{"uid":"t","name":"t",
      "operators":[{"name":"demo-key","secret":"demo-secret"}],"apps":[{"uid":"a","secret":"desk-secret"}]}]})");
  const auto text = [](std::size_t length, const std::string& of = "\u00fc") {
    std::string out;
    for (std::size_t i = 0; i < length; ++i) out += of;
    return out;
  };
  const auto send = [&](std::string_view authorization, std::string_view value, std::string target, std::string body,
                        int status) {
    auto response = fixture.send(Method::post, std::move(target), std::move(body),
                                 {{"Host", "innkeeper.test"}, {authorization, value}, {"Content-Type", "application/json"}});
    BOOST_TEST(response.status == status, response.body);
    return response;
  };
  const auto native = [&](const std::string& path, std::string body, int status = 201) {
    send("Authorization", "Bearer root-secret", "/api/v1/" + path, std::move(body), status);
  };

  const auto login = send("X-None", "-", "/v3/auth/tokens",
                          R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"id":"default"},)"
                          R"("name":"demo-key","password":"demo-secret"}}},"scope":{"project":{"id":"t"}}}})",
                          201);
  std::string domains;
  for (int i = 0; i < 10; ++i)
    domains.append(i == 0 ? "\"" : ",\"")
        .append(text(61, "a") + "." + text(61, "b") + "." + text(61, "c") + "." + text(61, "d"))
        .append(std::to_string(i) + "\"");
  const auto token = std::string{login.headers.find("X-Subject-Token").value()};
  send("X-Auth-Token", token, "/tenants/t/apps",
       R"({"description":")" + text(128) + R"(","domains":[)" + domains +
           R"(],"permissions":["TURN","SFU","RECORDING","USER_LIST","PEER_AUTHENTICATION"],"recording_bucket_name":")" +
           text(1'024) + R"(","recording_service_account_key":"{\n \"private\": \"key\"\n}"})",
       200);

  const std::string basic = "Basic YTpkZXNrLXNlY3JldA==";  // a:desk-secret
  send("Authorization", basic, "/video/v2/rooms",
       R"({"name":")" + text(255) + R"(","owner_ref":")" + text(255) + R"(","settings":{"participants":99999999,"adhoc":true,)" +
           R"("duration":99999999,"description":")" + text(1'024) + R"("},"data":{"a":[1,2,{"b":null}]}})",
       200);
  send("Authorization", basic, "/video/v2/rooms",
       R"({"name":"a","owner_ref":12345678901234567,"settings":{"scheduled":true,"scheduled_time":"9999-12-31 23:00:00",)"
       R"("duration":99999999}})",
       200);

  native("tenants/t/apps", R"({"name":"","description":")" + text(1'000) + "\"}");
  native("apps/a/keys", R"({"label":")" + text(255) +
                            R"(","networks":["10.0.0.0/8","2001:db8::/32"],)"
                            R"("rate_limit":{"quota":0,"window_seconds":1},"scopes":["read"]})");
  native("apps/a/members", R"({"name":"","email":")" + text(320) + R"(","app_user_id":")" + text(255) + "\"}");
  native("apps/a/members", R"({"metadata":{"a":")" + text(16'376, "a") + "\"}}");
  native("apps/a/rooms", R"({"name":" ","kind":"ad_hoc","lifetime":31622400,"starts_at":"2031-01-01T00:00:00Z"})");
  native("apps/a/rooms", R"({"name":"a","description":")" + text(1'024) + "\"}");
  native("apps/a/devices", R"({"name":"\u0000","kind":")" + text(255) + "\"}");
  native("apps/a/stream-keys", R"({"label":")" + text(255) + "\"}");
  native("apps/a/webhooks", R"({"url":"http://x/)" + text(2'039, "a") + R"(","events":[],"contract":"enablex","basic_auth":{)" +
                                R"("username":"u","password":":"}})");
  const auto uid = fixture.call(rooms::list, {.parent = "a"}).items.back().uid;
  const auto at = R"("at":"2024-03-04T01:02:03Z",)";
  native("apps/a/events",
         std::string{R"({"events":[{"id":"1","type":"session.started",)"} + at + R"("session":")" + text(255) + R"(","room":")" +
             uid + R"("},{"id":"2","type":"participant.joined",)" + at + R"("session":")" + text(255) + R"(","participant":")" +
             text(255) + R"(","name":")" + text(255) + R"(","agent":")" + text(1'024) +
             R"("},{"id":"3","type":"participant.left",)" + at + R"("session":")" + text(255) +
             R"(","participant":"p","published":{"audio":true},"published_seconds":9007199254740991},)" +
             R"({"id":"4","type":"recording.ready",)" + at +
             R"("session":"s","kind":"chat","url":"x","size":9007199254740991},)" + R"({"id":"5","type":"usage",)" + at +
             R"("turn_bytes":9007199254740991},{"id":"6","type":"usage",)" + at + R"("turn_bytes":9007199254740991}]})",
         202);

  for (const bool with_secrets : {true, false}) {
    const auto document = fixture.dump(with_secrets);
    Fixture there(12);
    const auto imported = import_document(*there.engine, document);
    BOOST_REQUIRE_MESSAGE(
        imported.has_value(),
        (imported ? "" : imported.error().violations.at(0).field + ": " + imported.error().violations.at(0).message));
    BOOST_TEST((there.dump(with_secrets) == document));
  }
}

BOOST_AUTO_TEST_SUITE_END()
