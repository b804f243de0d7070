#include <innkeeper/json/parse.hpp>

#include "tests/unit/fixture.hpp"

#include "engine/domain/rules.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace innkeeper;
using namespace innkeeper::tests;
namespace data = boost::unit_test::data;

namespace {

constexpr std::string_view root_secret = "root-secret";
/// Answered by `before_commit`, so that a good document is taken back.
constexpr Reason taken_back{"test.taken_back"};

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}
std::string json_string(std::string_view text) { return "\"" + std::string{text} + "\""; }
std::string array_of(std::string_view element, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out.append(i == 0 ? "[" : ",").append(json_string(element));
  return out + "]";
}

/// What any member may be given: good for some columns and bad for others.
std::vector<std::string> all_values() {
  std::vector<std::string> values{"-1",
                                  "0",
                                  "1",
                                  "1.5",
                                  "1000000",
                                  "1000001",
                                  "31622400",
                                  "31622401",
                                  "99999999999999999999",
                                  "true",
                                  "false",
                                  "{}",
                                  "[]",
                                  R"({"a":1})",
                                  R"("active")",
                                  R"("suspended")",
                                  R"("disabled")",
                                  R"("closed")",
                                  R"("open")",
                                  R"("live")",
                                  R"("test")",
                                  R"("scheduled")",
                                  R"("ad_hoc")",
                                  R"("lecture")",
                                  R"("2031-01-01T00:00:00Z")",
                                  R"("2031-13-01T00:00:00Z")",
                                  R"("\u0000")",
                                  R"("a b")",
                                  R"("http://x/")",
                                  R"("https://x:8080/y?z=1")",
                                  R"("http://u:p@x/")",
                                  R"("http://x/#f")",
                                  R"("ftp://x/")",
                                  R"("http://")",
                                  R"(["example.com"])",
                                  R"(["*.example.com","192.0.2.1"])",
                                  R"(["http://example.com"])",
                                  R"(["a b"])",
                                  R"([""])",
                                  R"([1])",
                                  R"(["TURN","SFU"])",
                                  R"(["*"])",
                                  R"(["read","rooms:write"])",
                                  R"(["everything"])",
                                  R"(["10.0.0.0/8"])",
                                  R"(["10.0.0.1/8"])",
                                  R"(["session.*","room.created"])",
                                  R"(["Session"])",
                                  R"({"quota":1,"window_seconds":60})",
                                  R"({"quota":0,"window_seconds":2678400})",
                                  R"({"quota":1})",
                                  R"({"quota":-1,"window_seconds":60})",
                                  R"({"quota":1,"window_seconds":0})",
                                  R"({"quota":1000000001,"window_seconds":60})",
                                  R"({"quota":1,"window_seconds":2678401})",
                                  R"({"quota":1,"window_seconds":60,"x":1})",
                                  R"({"username":"u","password":"p:q"})",
                                  R"({"username":"","password":"p"})",
                                  R"({"username":"u:","password":"p"})",
                                  R"({"username":"u","password":"\n"})"};
  for (const std::size_t length : {0, 1, 64, 65, 128, 255, 256, 320, 321, 1'000, 1'001, 1'024, 1'025, 2'048, 2'049, 5'000}) {
    values.push_back(json_string(repeated("a", length)));
    values.push_back(json_string(repeated("\u00fc", length)));
    values.push_back(array_of(repeated("a", length), 1));
  }
  for (const std::size_t count : {50, 51, 100, 101})
    for (const std::string_view element : {"read", "10.0.0.0/8", "example.com", "session.started"})
      values.push_back(array_of(element, count));
  for (const std::size_t length : {2'041, 2'042}) values.push_back(json_string("http://" + repeated("a", length)));
  for (const std::size_t length : {16'376, 16'377, 100'000}) values.push_back(R"({"a":")" + repeated("a", length) + "\"}");
  for (const std::size_t length : {255, 256}) values.push_back(R"({"username":"u","password":")" + repeated("p", length) + "\"}");
  return values;
}

/// How a value of the native contract is spelled in a document; nothing where that has no such spelling.
using Respell = std::optional<std::string> (*)(json::View);
std::optional<std::string> as_it_is(json::View value) { return value.to_json().text; }
std::optional<std::string> as_words(json::View value) {
  if (!value.is(json::Kind::array)) return std::nullopt;
  std::string words;
  for (const auto each : value.elements()) {
    if (!each.is(json::Kind::string) || each.text().empty() || each.text().find(' ') != std::string_view::npos)
      return std::nullopt;
    words.append(words.empty() ? "" : " ").append(each.text());
  }
  return json_string(words);
}
std::optional<std::string> as_pair(json::View value) {
  const auto user = value.find("username");
  const auto password = value.find("password");
  if (!user || !password || user->text().find(':') != std::string_view::npos ||
      password->text().find('\n') != std::string_view::npos)
    return std::nullopt;
  return json_string(std::string{user->text()} + ":" + std::string{password->text()});
}

/// Something that can be made by a POST to `target` and by an entry of the list `list`.
struct Kind {
  std::string_view schema;  ///< Of the body, as the contract's document names it.
  std::string_view list;
  std::string_view target;
  std::string_view body;                     ///< The members that a body needs beside, without braces.
  std::string_view entry;                    ///< Those that an entry needs.
  std::map<std::string, Respell> respelled;  ///< Members that a document spells otherwise.
  std::set<std::string> others;              ///< Members of the body that an entry has no column for, or names differently.
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"NewTenant", "tenants", "tenants", R"("name":"new")", R"("name":"new")", {}, {}},
      // Its place in the document says whose it is.
      {"NewOperator", "operators", "operators", R"("name":"new")", R"("name":"new")", {}, {"tenant"}},
      {"NewApp", "apps", "tenants/t/apps", "", R"("uid":"new")", {}, {}},
      {"NewKey", "keys", "apps/a/keys", "", R"("uid":"new")", {{"networks", as_words}, {"scopes", as_words}}, {}},
      {"NewMember", "members", "apps/a/members", "", R"("uid":"new")", {}, {}},
      {"NewRoom", "rooms", "apps/a/rooms", R"("name":"new")", R"("name":"new")", {}, {}},
      // Another row is named by its uid only.
      {"NewDevice", "devices", "apps/a/devices", R"("name":"new")", R"("name":"new")", {}, {"member"}},
      {"NewStreamKey", "stream_keys", "apps/a/stream-keys", "", R"("uid":"new")", {}, {"member"}},
      // In a document the native contract may have no name.
      {"NewWebhook",
       "webhooks",
       "apps/a/webhooks",
       R"("url":"http://new/")",
       R"("url":"http://new/")",
       {{"events", as_words}, {"basic_auth", as_pair}},
       {"contract"}},
  };
  return all;
}
std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.list; }

/// Members without the one that is given anew.
std::string object_with(std::string_view members, std::string_view name, std::string_view value) {
  const bool is_repeated = members.starts_with(json_string(name) + ":");
  std::string text{"{"};
  if (!members.empty() && !is_repeated) text.append(members).append(",");
  return text.append(json_string(name)).append(":").append(value).append("}");
}

std::string document_with(const Kind& kind, const std::string& entry) {
  const auto list = json_string(kind.list) + ":[" + entry + "]";
  if (kind.list == "tenants" || kind.list == "operators") return "{" + list + "}";
  if (kind.list == "apps") return R"({"tenants":[{"uid":"t","name":"t",)" + list + "}]}";
  return R"({"tenants":[{"uid":"t","name":"t","apps":[{"uid":"a",)" + list + "}]}]}";
}

bool is_good_import(Fixture& fixture, const std::string& document) {
  const auto imported = import_document(*fixture.engine, document, [](const ImportReport&) {
    return Error{Errc::conflict, taken_back};
  });
  return imported.error().reason == taken_back;
}

/// The tenant `t`, its app `a`, and somebody who may do everything.
void prepare(Fixture& fixture) {
  fixture.import(
      R"({"operators":[{"name":"root","secret":"root-secret"}],"tenants":[{"uid":"t","name":"t","apps":[{"uid":"a"}]}]})");
}

/// Status of a POST to the native contract.
int post(Fixture& fixture, std::string_view target, std::string body) {
  return fixture
      .send(Method::post, "/api/v1/" + std::string{target}, std::move(body),
            {{"Host", "innkeeper.test"}, {"Authorization", "Bearer " + std::string{root_secret}}})
      .status;
}

/// The members of a kind's body, as the contract's document lists them.
std::set<std::string> members_of(const Kind& kind) {
  const Fixture fixture(1);
  const auto openapi = fixture.engine->openapi("native").value();
  const auto document = json::parse(openapi, json::max_depth_inside);
  BOOST_REQUIRE(document.has_value());
  const auto schema = document->root().find("components")->find("schemas")->find(kind.schema);
  BOOST_REQUIRE(schema.has_value());
  std::set<std::string> members;
  for (const auto each : schema->find("properties")->members()) members.emplace(each.name);
  return members;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(import_rules)

BOOST_DATA_TEST_CASE(an_import_takes_what_the_api_takes_and_nothing_else, data::make(kinds()), kind) {
  for (const auto& member : members_of(kind)) {
    if (kind.others.contains(member)) continue;
    const auto spelled = kind.respelled.find(member);
    const auto respell = spelled != kind.respelled.end() ? spelled->second : as_it_is;
    bool was_taken = false;
    bool was_refused = false;
    for (const auto& value : all_values()) {
      const auto document = json::parse(value);
      const auto respelled = document ? respell(document->root()) : std::optional{value};
      if (!respelled) continue;
      Fixture fixture(7);
      prepare(fixture);
      const bool is_valid = is_good_import(fixture, document_with(kind, object_with(kind.entry, member, *respelled)));
      const auto status = post(fixture, kind.target, object_with(kind.body, member, value));
      BOOST_TEST(is_valid == (status == 201), kind.list << "/" << member << ": " << value.substr(0, 80) << " of " << value.size()
                                                        << " bytes: the API answers " << status);
      (is_valid ? was_taken : was_refused) = true;
    }
    BOOST_TEST((was_taken && was_refused), kind.list << "/" << member << " met no good value, or no bad one");
  }
}

BOOST_DATA_TEST_CASE(a_member_that_is_said_to_differ_is_one_that_the_api_takes, data::make(kinds()), kind) {
  const auto members = members_of(kind);
  for (const auto& each : kind.others) BOOST_TEST(members.contains(each), each);
  for (const auto& each : kind.respelled) BOOST_TEST(members.contains(each.first), each.first);
}

BOOST_AUTO_TEST_CASE(a_secret_is_long_enough_and_can_be_typed) {
  for (const std::string_view good : {"demo-secret", "root-secret", "0123456789", "Ee0aCElM/7iOwKYrQ/bBsGVUQed4AXImk94hdrNbX1I="})
    BOOST_TEST(domain::is_secret(good), good);
  for (const auto& bad :
       {std::string{}, std::string{"s"}, std::string{"\u2026"}, repeated("\u2026", 5), std::string{"012345678"},
        std::string{"demo secret"}, std::string{"demo-secret\n"}, repeated("a", 1'025), "ink" + repeated("L", 44)})
    BOOST_TEST(!domain::is_secret(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_secret_that_breaks_the_rule_is_refused_wherever_it_stands) {
  Fixture fixture(1);
  const auto wanted = ": " + std::string{domain::about_secrets};
  const std::string secret = R"("secret":"…")";
  BOOST_TEST(fixture.faults_of(R"({"operators":[{"name":"root",)" + secret + "}]}") == "/operators/0/secret" + wanted);
  BOOST_TEST(fixture.faults_of(R"({"operators":[{"name":"root","keys":[{)" + secret + "}]}]}") ==
             "/operators/0/keys/0/secret" + wanted);
  const std::string app = R"({"tenants":[{"name":"t","apps":[{"name":"a",)";
  BOOST_TEST(fixture.faults_of(app + secret + "}]}]}") == "/tenants/0/apps/0/secret" + wanted);
  BOOST_TEST(fixture.faults_of(app + R"("stream_keys":[{)" + secret + "}]}]}]}") ==
             "/tenants/0/apps/0/stream_keys/0/secret" + wanted);
}

BOOST_AUTO_TEST_SUITE_END()
