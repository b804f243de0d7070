#include "engine/dialects/skyway/wire.hpp"

#include <innkeeper/dialects.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/peer_credential.hpp>
#include <innkeeper/transfer.hpp>

#include "tests/support/environment.hpp"

#include "engine/domain/rules.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <ostream>
#include <string>

using namespace innkeeper;
using dialects::skyway::to_gigabytes;
using domain::is_host_pattern;
namespace data = boost::unit_test::data;

namespace {

const std::string label63(63, 'a');

const std::string good_domains[] = {
    "desk.example.org", "localhost", "192.168.1.16", "0.0.0.0",   "255.255.255.255", "*.example.net",         "*.io",
    "Desk.Example.ORG", "a-b.c--d",  "1.2.3",        "1.2.3.4.5", "1.2.3.x",         "xn--bcher-kva.example", label63 + ".org",
    "*." + label63,     "*.1.2",
};
const std::string bad_domains[] = {
    "",
    "*",
    "*.",
    "**",
    "*.*",
    "*.*.org",
    "www*.example.org",
    "*www.example.org",
    "www.*.org",
    "example.*",
    "192.168.1.*",
    "*.1.2.3",
    "*.1.2.3.4",
    "http://example.org",
    "example.org:80",
    "example.org/",
    "//example.org",
    ".example.org",
    "example.org.",
    "a..b",
    ".",
    "-a.org",
    "a-.org",
    "a_b.org",
    "a b.org",
    " example.org",
    "example.org ",
    "256.1.1.1",
    "1.2.3.04",
    "1.2.3.1000",
    "::1",
    "[::1]",
    label63 + "a.org",
    "b\xC3\xBC"
    "cher.example",
    std::string("a\0b", 3),
};

constexpr Instant at(std::int64_t seconds) { return Instant{std::chrono::seconds{seconds}}; }
constexpr std::string_view key = "r0Zb3v9hYk2mQ8sVx1LwT5nD7uJcE4aG6pFiXoB+KHM=";
constexpr std::string_view peer = "alice-01";

}  // namespace

BOOST_AUTO_TEST_SUITE(skyway_values)

BOOST_DATA_TEST_CASE(a_host_name_an_address_or_a_leading_wildcard_is_a_domain, data::make(good_domains), sample) {
  BOOST_TEST(is_host_pattern(sample));
}
BOOST_DATA_TEST_CASE(anything_else_is_no_domain, data::make(bad_domains), sample) { BOOST_TEST(!is_host_pattern(sample)); }

BOOST_AUTO_TEST_CASE(bytes_show_as_gigabytes_with_three_decimals_at_most_rounded_half_up) {
  BOOST_TEST(to_gigabytes(0) == "0");
  BOOST_TEST(to_gigabytes(499'999) == "0");
  BOOST_TEST(to_gigabytes(500'000) == "0.001");
  BOOST_TEST(to_gigabytes(204'000'000) == "0.204");
  BOOST_TEST(to_gigabytes(3'482'000'000) == "3.482");
  BOOST_TEST(to_gigabytes(12'750'000'000) == "12.75");
  BOOST_TEST(to_gigabytes(1'000'000'000) == "1");
  BOOST_TEST(to_gigabytes(10'500'000'000) == "10.5");
  BOOST_TEST(to_gigabytes(999'499'999) == "0.999");
  BOOST_TEST(to_gigabytes(999'500'000) == "1");
  BOOST_TEST(to_gigabytes(1'050'000'000) == "1.05");
  BOOST_TEST(to_gigabytes(std::numeric_limits<std::int64_t>::max()) == "9223372036.855");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(skyway_mounts)

BOOST_AUTO_TEST_CASE(links_lead_below_the_mount_on_the_host_that_was_asked) {
  tests::SeededRandom random{1};
  const auto store = open_memory();
  const auto engine = Engine::open({.store = *store,
                                    .master_key = MasterKey::generate(random),
                                    .mounts = {{.dialect = &innkeeper::skyway, .prefix = "/cloud"}}})
                          .value();
  constexpr std::string_view fixture =
      R"({"tenants":[{"uid":"838655dc8c41f7ceba6e835814408018","name":"demo","operators":[{"name":"k","secret":"k-has-a-secret"}]}]})";
  BOOST_REQUIRE(import_document(*engine, fixture).has_value());
  const auto ask = [&](Method method, const std::string& target, const std::string& body = {}) {
    return engine->handle({.method = method,
                           .target = target,
                           .headers = {{header::host, "api.example:8443"}},
                           .body = body,
                           .origin = {.is_secure = true}});
  };
  const auto leads_to = [](const Response& response, const std::string& link) {
    return response.body.find('"' + link + '"') != std::string::npos;
  };
  for (const auto* root : {"/cloud", "/cloud/"}) {
    BOOST_TEST(ask(Method::get, root).status == 300);
    BOOST_TEST(leads_to(ask(Method::get, root), "https://api.example:8443/cloud/v3/"), root);
  }
  for (const auto* service : {"/cloud/v3", "/cloud/v3/"})
    BOOST_TEST(leads_to(ask(Method::get, service), "https://api.example:8443/cloud/v3/"), service);
  const auto token =
      ask(Method::post, "/cloud/v3/auth/tokens",
          R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"id":"default"},"name":"k",)"
          R"("password":"k-has-a-secret"}}},"scope":{"project":{"name":"demo","domain":{"id":"default"}}}}})");
  BOOST_TEST(token.status == 201);
  BOOST_TEST(leads_to(token, "https://api.example:8443/cloud/v3"), token.body);
  BOOST_TEST(ask(Method::get, "/").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(peer_credentials)

BOOST_AUTO_TEST_CASE(a_credential_is_the_one_of_the_contract) {
  const auto issued = skyway_peer::issue(key, peer, at(1'700'000'000), std::chrono::seconds{3'600}).value();
  BOOST_TEST(issued.timestamp == 1'700'000'000);
  BOOST_TEST(issued.ttl == 3'600);
  BOOST_TEST(issued.auth_token == "sHo3Q1dM4z7RYRfO5mpoysL50wSq6AZF54rhLBDkPPw=");
}

BOOST_AUTO_TEST_CASE(a_credential_is_good_from_its_timestamp_until_its_ttl_is_over) {
  const auto issued = skyway_peer::issue(key, peer, at(1'700'000'000), std::chrono::seconds{3'600}).value();
  const auto outcome = [&](Instant now) { return skyway_peer::verify(issued, key, peer, now); };
  BOOST_TEST(outcome(at(1'700'000'000)).has_value());
  BOOST_TEST(outcome(at(1'700'003'599)).has_value());
  BOOST_TEST((outcome(at(1'700'003'600)).error().code == Errc::gone));
  BOOST_TEST((outcome(at(1'699'999'999)).error().code == Errc::invalid));
}

BOOST_AUTO_TEST_CASE(a_credential_fits_one_key_one_peer_and_its_own_numbers) {
  const auto issued = skyway_peer::issue(key, peer, at(1'700'000'000), std::chrono::seconds{3'600}).value();
  const auto now = at(1'700'000'001);
  BOOST_TEST((skyway_peer::verify(issued, "another key", peer, now).error().code == Errc::unauthenticated));
  BOOST_TEST((skyway_peer::verify(issued, key, "bob", now).error().code == Errc::unauthenticated));
  auto longer = issued;
  longer.ttl = 3'601;
  BOOST_TEST((skyway_peer::verify(longer, key, peer, now).error().code == Errc::unauthenticated));
  auto shorter_token = issued;
  shorter_token.auth_token.pop_back();
  BOOST_TEST((skyway_peer::verify(shorter_token, key, peer, now).error().code == Errc::unauthenticated));
}

BOOST_AUTO_TEST_CASE(a_ttl_is_600_to_90000_seconds) {
  for (const std::int64_t ttl : {600, 90'000})
    BOOST_TEST(skyway_peer::issue(key, peer, at(1'700'000'000), std::chrono::seconds{ttl}).has_value());
  for (const std::int64_t ttl : {-1, 0, 599, 90'001}) {
    BOOST_TEST((skyway_peer::issue(key, peer, at(0), std::chrono::seconds{ttl}).error().code == Errc::invalid));
    BOOST_TEST((skyway_peer::verify({0, ttl, ""}, key, peer, at(1)).error().code == Errc::invalid));
  }
}

BOOST_AUTO_TEST_SUITE_END()
