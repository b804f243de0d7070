#include <innkeeper/contract/tokens.hpp>
#include <innkeeper/json/writer.hpp>

#include "engine/base/internals.hpp"
#include "engine/crypto/digest.hpp"
#include "engine/crypto/keyring.hpp"
#include "tests/unit/fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

using namespace innkeeper;
using namespace std::string_literals;
using contract::SharedKey;
using contract::TokenAlgorithm;
using contract::TokenPurpose;

namespace {

constexpr TokenPurpose entry{.name = "test entry", .typ = "JWT", .issuer = "test", .audience = "door"};
constexpr TokenPurpose renewal{.name = "test renewal", .typ = "JWT", .issuer = "test", .audience = "door"};
constexpr TokenPurpose other_typ{.name = "test entry", .typ = "other+jwt", .issuer = "test", .audience = "door"};
constexpr TokenPurpose without_typ{.name = "test entry", .typ = "", .issuer = "test", .audience = "door"};
constexpr TokenPurpose other_audience{.name = "test entry", .typ = "JWT", .issuer = "test", .audience = "window"};
constexpr TokenPurpose without_audience{.name = "test entry", .typ = "JWT", .issuer = "test"};
constexpr TokenPurpose other_issuer{.name = "test entry", .typ = "JWT", .issuer = "rest", .audience = "door"};
constexpr TokenPurpose shown{
    .name = "test shown", .algorithm = TokenAlgorithm::eddsa, .typ = "shown+jwt", .issuer = "test", .audience = "door"};
constexpr TokenPurpose seen{
    .name = "test seen", .algorithm = TokenAlgorithm::eddsa, .typ = "seen+jwt", .issuer = "test", .audience = "door"};

/// Signs and verifies as a contract does.
struct Desk : tests::Fixture {
  Desk() : Fixture(11) {}

  template <class F>
  auto with(F work) {
    decltype(work(std::declval<const Context&>())) outcome = Error{};
    const auto done = engine->run(Access::read, tests::host, [&](Transaction&, const Context& context) -> Result<void> {
      outcome = work(context);
      return {};
    });
    BOOST_TEST_REQUIRE(done.has_value());
    return outcome;
  }
  std::string sign(const TokenPurpose& purpose, const std::string& claims) {
    return with([&](const Context& context) { return contract::sign_token(context, purpose, claims); }).value();
  }
  /// The claims, or why there are none.
  std::string verify(const TokenPurpose& purpose, const std::string& token) {
    return told(with([&](const Context& context) { return contract::verify_token(context, purpose, token); }));
  }
  static std::string told(const Result<json::Document>& claims) {
    if (claims) return claims->root().to_json().text;
    const auto error = claims.error();
    BOOST_TEST((error.code == Errc::unauthenticated));
    return std::string{error.reason.name};
  }
  /// A token of any header and claims, under the key that a purpose has.
  std::string forge(const TokenPurpose& purpose, std::string_view head, std::string_view claims) {
    const auto text = crypto::base64url_encode(head) + "." + crypto::base64url_encode(claims);
    const auto mac = with([&](const Context& context) {
      return Result<std::string>{std::string{crypto::as_text(context.internals.keyring.token_mac(purpose.name, text))}};
    });
    return text + "." + crypto::base64url_encode(mac.value());
  }
  std::int64_t in(std::chrono::seconds time) const { return contract::numeric_date(clock.now() + time); }
};

std::string claims_until(std::int64_t end) {
  std::string claims;
  json::Writer out{claims};
  out.begin_object().key("iss").string("test").key("aud").string("door").key("exp").integer(end).end_object();
  return claims;
}

constexpr std::chrono::hours hour{1};
constexpr std::string_view header_text = R"({"alg":"HS256","typ":"JWT"})";

/// RFC 7515, appendix A.1: a key, and a token that it signs.
constexpr std::string_view published_key =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
constexpr std::string_view published_token =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr TokenPurpose published{.name = "joe", .issuer = "joe"};

}  // namespace

BOOST_AUTO_TEST_SUITE(signed_tokens)

BOOST_AUTO_TEST_CASE(a_token_is_written_as_its_readers_expect) {
  Desk desk;
  const auto claims = claims_until(desk.in(hour));
  const auto token = desk.sign(entry, claims);
  BOOST_TEST(token.starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));  // {"alg":"HS256","typ":"JWT"}
  BOOST_TEST(desk.sign(without_typ, claims).starts_with("eyJhbGciOiJIUzI1NiJ9."));
  BOOST_TEST(token == desk.forge(entry, header_text, claims));
  BOOST_TEST(desk.verify(entry, token) == claims);
  BOOST_TEST(desk.verify(without_typ, desk.sign(without_typ, claims)) == claims);
  BOOST_TEST(desk.verify(shown, desk.sign(shown, claims)) == claims);
}

BOOST_AUTO_TEST_CASE(the_published_token_is_verified_with_the_published_key_until_its_end) {
  const auto key = SharedKey::of(crypto::base64url_decode(published_key).value()).value();
  const auto verify = [&](std::string_view token, Instant now) {
    return Desk::told(contract::verify_token(key, published, token, now));
  };
  const Instant end{std::chrono::seconds{1'300'819'380}};
  const auto claims = verify(published_token, end - std::chrono::microseconds{1});
  BOOST_TEST(claims == R"({"iss":"joe","exp":1300819380,"http://example.com/is_root":true})");
  BOOST_TEST(verify(published_token, end) == "token.expired");
  const auto other = SharedKey::of(std::string(64, 'k')).value();
  BOOST_TEST(Desk::told(contract::verify_token(other, published, published_token, end - hour)) == "token.unknown");
}

BOOST_AUTO_TEST_CASE(a_token_is_good_for_one_purpose) {
  Desk desk;
  const auto claims = claims_until(desk.in(hour));
  const auto token = desk.sign(entry, claims);
  for (const auto* each : {&renewal, &other_typ, &without_typ, &other_audience, &without_audience, &other_issuer, &shown}) {
    BOOST_TEST(desk.verify(*each, token) == "token.unknown", each->name << ' ' << each->typ << ' ' << each->audience);
  }
  for (const auto* each : {&seen, &entry}) BOOST_TEST(desk.verify(*each, desk.sign(shown, claims)) == "token.unknown");
  Desk elsewhere;
  BOOST_TEST(elsewhere.verify(entry, token) == claims);  // made of the same seed
  tests::Fixture stranger(12);
  const auto done = stranger.engine->run(Access::read, tests::host, [&](Transaction&, const Context& context) -> Result<void> {
    BOOST_TEST(Desk::told(contract::verify_token(context, entry, token)) == "token.unknown");
    return {};
  });
  BOOST_TEST(done.has_value());
}

BOOST_AUTO_TEST_CASE(the_header_decides_nothing) {
  Desk desk;
  const auto claims = claims_until(desk.in(hour));
  BOOST_TEST(desk.verify(entry, desk.forge(entry, header_text, claims)) == claims);
  for (const auto* good : {R"({"typ":"JWT","alg":"HS256"})", R"({ "alg":"HS256", "typ":"JWT", "kid":"7" })"})
    BOOST_TEST(desk.verify(entry, desk.forge(entry, good, claims)) == claims);
  for (const auto* bad :
       {R"({"alg":"none","typ":"JWT"})", R"({"alg":"hs256","typ":"JWT"})", R"({"alg":"HS384","typ":"JWT"})",
        R"({"alg":"EdDSA","typ":"JWT"})", R"({"alg":"HS256"})", R"({"typ":"JWT"})", R"({"alg":"HS256","typ":"jwt"})",
        R"({"alg":"HS256","typ":null})", R"({"alg":["HS256"],"typ":"JWT"})", R"({"alg":"HS256","alg":"HS256","typ":"JWT"})",
        R"({"alg":"HS256","typ":"JWT","crit":["b64"],"b64":false})", R"({"alg":"HS256","typ":"JWT","jku":"https://example.org"})",
        R"({"alg":"HS256","typ":"JWT"} x)", "[]", "{}", "", "null"})
    BOOST_TEST(desk.verify(entry, desk.forge(entry, bad, claims)) == "token.unknown", bad);
}

BOOST_AUTO_TEST_CASE(the_public_key_of_the_key_set_signs_no_hs256) {
  Desk desk;
  const auto claims = claims_until(desk.in(hour));
  const auto text = crypto::base64url_encode(R"({"alg":"HS256","typ":"shown+jwt"})") + "." + crypto::base64url_encode(claims);
  const auto jwk =
      desk.with([](const Context& context) { return Result<std::string>{context.internals.keyring.signer().public_jwk()}; });
  const auto document = json::parse(jwk.value()).value();
  const std::string x{document.root().find("x")->text()};
  for (const auto& key : {x, crypto::base64url_decode(x).value(), jwk.value()}) {
    const auto token = text + "." + crypto::base64url_encode(crypto::as_text(crypto::hmac_sha256(key, text)));
    for (const auto* purpose : {&shown, &entry, &other_typ}) BOOST_TEST(desk.verify(*purpose, token) == "token.unknown");
  }
}

BOOST_AUTO_TEST_CASE(an_altered_token_is_none) {
  Desk desk;
  for (const auto* purpose : {&entry, &shown}) {
    const auto token = desk.sign(*purpose, claims_until(desk.in(hour)));
    int accepted = 0;
    for (std::size_t i = 0; i < token.size(); ++i) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        auto flipped = token;
        flipped[i] = static_cast<char>(static_cast<unsigned char>(flipped[i]) ^ (1U << bit));
        if (desk.verify(*purpose, flipped) != "token.unknown") ++accepted;
      }
      if (desk.verify(*purpose, token.substr(0, i)) != "token.unknown") ++accepted;
    }
    BOOST_TEST(accepted == 0);
    for (const auto& text : {token + "=", token + ".", token + "\n", " " + token, "." + token, token + "A"})
      BOOST_TEST(desk.verify(*purpose, text) == "token.unknown");
  }
  for (const auto* text : {"", ".", "..", "...", "a.b.c"}) BOOST_TEST(desk.verify(entry, text) == "token.unknown");
}

BOOST_AUTO_TEST_CASE(a_token_holds_from_nbf_until_exp_to_the_microsecond) {
  Desk desk;
  const std::chrono::microseconds moment{1};
  desk.clock.set(std::chrono::floor<std::chrono::seconds>(desk.clock.now()));
  const auto start = desk.clock.now();
  for (const auto* purpose : {&entry, &shown}) {
    desk.clock.set(start);
    auto claims = claims_until(desk.in(hour));
    claims.insert(1, R"("nbf":)" + std::to_string(desk.in(std::chrono::seconds{2})) + ",");
    const auto token = desk.sign(*purpose, claims);
    BOOST_TEST(desk.verify(*purpose, token) == "token.unknown");
    desk.clock.set(start + std::chrono::seconds{2} - moment);
    BOOST_TEST(desk.verify(*purpose, token) == "token.unknown");
    desk.clock.set(start + std::chrono::seconds{2});
    BOOST_TEST(desk.verify(*purpose, token) == claims);
    desk.clock.set(start + hour - moment);
    BOOST_TEST(desk.verify(*purpose, token) == claims);
    desk.clock.set(start + hour);
    BOOST_TEST(desk.verify(*purpose, token) == "token.expired");
  }
}

BOOST_AUTO_TEST_CASE(claims_that_say_nothing_exact_are_none) {
  Desk desk;
  const auto end = std::to_string(desk.in(hour));
  for (const auto& bad : {std::string{R"({"iss":"test","aud":"door"})"}, R"({"iss":"test","aud":"door","exp":")" + end + "\"}",
                          R"({"iss":"test","aud":"door","exp":)" + end + ".5}", R"({"iss":"test","aud":"door","exp":1e30})"s,
                          R"({"iss":"test","aud":"door","nbf":"0","exp":)" + end + "}", R"({"iss":"test","exp":)" + end + "}",
                          R"({"aud":"door","exp":)" + end + "}", R"({"iss":["test"],"aud":"door","exp":)" + end + "}",
                          R"({"iss":"test","aud":["window"],"exp":)" + end + "}", R"({"iss":"test","aud":[],"exp":)" + end + "}",
                          R"({"iss":"test","aud":"door","exp":1,"exp":)" + end + "}", R"([{"exp":)" + end + "}]", std::string{}})
    for (const auto* purpose : {&entry, &shown})
      BOOST_TEST(desk.verify(*purpose, desk.sign(*purpose, bad)) == "token.unknown", bad);
  const auto many = R"({"iss":"test","aud":["window","door"],"exp":)" + end + "}";
  BOOST_TEST(desk.verify(entry, desk.sign(entry, many)) == many);
}

BOOST_AUTO_TEST_CASE(sizes_are_bounded) {
  Desk desk;
  const auto claims_of = [&](std::size_t size) {
    auto claims = claims_until(desk.in(hour));
    return claims.insert(1, R"("x":")" + std::string(size, 'x') + "\",");
  };
  const auto most = contract::longest_token / 4 * 3 - 200;
  BOOST_TEST(desk.verify(entry, desk.sign(entry, claims_of(most))) == claims_of(most));
  const auto refused =
      desk.with([&](const Context& context) { return contract::sign_token(context, entry, claims_of(most + 200)); });
  BOOST_TEST(refused.error().reason.name == "token.unfit");
  BOOST_TEST(desk.verify(entry, desk.forge(entry, header_text, claims_of(most + 200))) == "token.unknown");
  BOOST_TEST(SharedKey::of(std::string(31, 'k')).error().reason.name == "token.short_key");
  BOOST_TEST(SharedKey::of(std::string(32, 'k')).has_value());
}

BOOST_AUTO_TEST_CASE(a_purpose_that_cannot_be_told_apart_signs_nothing) {
  Desk desk;
  constexpr TokenPurpose nameless{.name = ""};
  constexpr TokenPurpose typeless{.name = "test", .algorithm = TokenAlgorithm::eddsa};
  const auto claims = claims_until(desk.in(hour));
  for (const auto* purpose : {&nameless, &typeless}) {
    const auto refused = desk.with([&](const Context& context) { return contract::sign_token(context, *purpose, claims); });
    BOOST_TEST(refused.error().reason.name == "token.unfit");
    BOOST_TEST(desk.verify(*purpose, desk.forge(*purpose, header_text, claims)) == "token.unknown");
  }
  const auto key = SharedKey::of(std::string(32, 'k')).value();
  BOOST_TEST(contract::sign_token(key, shown, claims).error().reason.name == "token.unfit");
  BOOST_TEST(Desk::told(contract::verify_token(key, shown, contract::sign_token(key, other_typ, claims).value(),
                                               desk.clock.now())) == "token.unknown");
}

BOOST_AUTO_TEST_SUITE_END()
