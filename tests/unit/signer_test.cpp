#include "engine/crypto/signer.hpp"
#include "engine/crypto/digest.hpp"
#include "tests/support/environment.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace innkeeper;
using crypto::Signer;

namespace {

/// The key pair of RFC 8037, appendix A.1.
Signer published() {
  return Signer::from_seed(crypto::base64url_decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").value()).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signer_of_tokens)

BOOST_AUTO_TEST_CASE(a_seed_gives_the_published_public_key_and_thumbprint) {
  const auto signer = published();
  BOOST_TEST(signer.key_id() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  BOOST_TEST(signer.public_jwk() == R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",)"
                                    R"("kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k","alg":"EdDSA","use":"sig"})");
}

BOOST_AUTO_TEST_CASE(a_text_is_signed_as_published) {
  // RFC 8037, appendix A.4.
  const auto signature = published().signature_of("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
  BOOST_TEST(crypto::base64url_encode(signature) ==
             "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

BOOST_AUTO_TEST_CASE(a_token_says_its_algorithm_type_and_key) {
  const auto signer = published();
  const auto token = signer.sign("a+jwt", R"({"sub":"7"})");
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  BOOST_TEST(crypto::base64url_decode(token.substr(0, first)).value() ==
             R"({"alg":"EdDSA","typ":"a+jwt","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})");
  BOOST_TEST(crypto::base64url_decode(token.substr(first + 1, second - first - 1)).value() == R"({"sub":"7"})");
  BOOST_TEST(crypto::base64url_decode(token.substr(second + 1)).value() == signer.signature_of(token.substr(0, second)));
}

BOOST_AUTO_TEST_CASE(a_token_gives_its_claims_back_and_an_altered_one_does_not) {
  const auto signer = published();
  const std::string claims = R"({"sub":"7","exp":1709514123})";
  const auto token = signer.sign("a+jwt", claims);
  BOOST_TEST(signer.verify("a+jwt", token).value() == claims);
  for (const auto* typ : {"b+jwt", "JWT", "", "a", "A+JWT"}) BOOST_TEST(!signer.verify(typ, token).has_value());
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    BOOST_TEST(!signer.verify("a+jwt", altered).has_value());
    BOOST_TEST(!signer.verify("a+jwt", token.substr(0, i)).has_value());
  }
  BOOST_TEST(signer.verify("a+jwt", signer.sign("a+jwt", "")).value() == "");
}

BOOST_AUTO_TEST_CASE(only_the_header_that_it_writes_is_believed) {
  const auto signer = published();
  const auto signed_with = [&](std::string_view header) {
    const auto text = crypto::base64url_encode(header) + "." + crypto::base64url_encode("{}");
    return text + "." + crypto::base64url_encode(signer.signature_of(text));
  };
  const std::string kid = R"("kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")";
  BOOST_TEST(signer.verify("a+jwt", signed_with(R"({"alg":"EdDSA","typ":"a+jwt",)" + kid + "}")).has_value());
  for (const auto& header :
       {std::string{R"({"alg":"EdDSA"})"}, R"({"alg":"EdDSA",)" + kid + "}", R"({"alg":"EdDSA","typ":"b+jwt",)" + kid + "}",
        R"({"alg":"EdDSA","typ":"JWT",)" + kid + "}", R"({"alg":"none","typ":"a+jwt",)" + kid + "}",
        R"({"alg":"HS256","typ":"a+jwt",)" + kid + "}", std::string{R"({"alg":"EdDSA","typ":"a+jwt","kid":"other"})"},
        R"({"alg":"EdDSA","typ":"a+jwt",)" + kid + R"(,"crit":["b64"]})"})
    BOOST_TEST(!signer.verify("a+jwt", signed_with(header)).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_token_is_not_verified) {
  const auto signer = published();
  const auto token = signer.sign("a+jwt", "{}");
  const auto header = token.substr(0, token.find('.') + 1);
  for (const auto& text : {std::string{}, std::string{"."}, std::string{".."}, header, header + ".", header + "e30.", token + "=",
                           token + ".", token + "\n", " " + token, header + token.substr(header.size() - 1)})
    BOOST_TEST(!signer.verify("a+jwt", text).has_value());
}

BOOST_AUTO_TEST_CASE(another_pair_does_not_verify_and_the_same_seed_does) {
  tests::SeededRandom random{9};
  const auto one = Signer::make(random);
  const auto other = Signer::make(random);
  BOOST_TEST(one.key_id() != other.key_id());
  const auto token = one.sign("a+jwt", "{}");
  BOOST_TEST(!other.verify("a+jwt", token).has_value());
  BOOST_TEST(Signer::from_seed(one.seed()).value().verify("a+jwt", token).has_value());
  BOOST_TEST(one.public_jwk().find(crypto::base64url_encode(one.seed())) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_seed_has_32_bytes) {
  for (std::size_t size : {0U, 31U, 33U, 64U}) BOOST_TEST(!Signer::from_seed(std::string(size, 's')).has_value());
}

BOOST_AUTO_TEST_CASE(threads_share_a_signer) {
  const auto signer = published();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      const auto claims = "{\"n\":" + std::to_string(i) + "}";
      for (int round = 0; round < 25; ++round)
        if (signer.verify("a+jwt", signer.sign("a+jwt", claims)) == claims) ++good;
    });
  for (auto& each : threads) each.join();
  BOOST_TEST(good.load() == 100);
}

BOOST_AUTO_TEST_SUITE_END()
