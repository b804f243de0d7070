#include "engine/crypto/signer.hpp"

#include "engine/crypto/digest.hpp"

#include <botan/ed25519.h>
#include <botan/pubkey.h>
#include <botan/rng.h>

#include <cstdint>
#include <span>
#include <utility>

namespace innkeeper::crypto {

namespace {

constexpr std::size_t seed_size = 32;

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

}  // namespace

class Signer::Pair {
 public:
  explicit Pair(const Botan::secure_vector<std::uint8_t>& seed) : key(seed) {
    const auto& bytes = key.get_public_key();
    const auto x = base64url_encode(text_of(bytes.data(), bytes.size()));
    id = base64url_encode(as_text(sha256(R"({"crv":"Ed25519","kty":"OKP","x":")" + x + R"("})")));
    jwk = R"({"kty":"OKP","crv":"Ed25519","x":")" + x + R"(","kid":")" + id + R"(","alg":"EdDSA","use":"sig"})";
  }
  /// As every token of a kind begins, with its full stop.
  std::string header(std::string_view typ) const {
    return base64url_encode(R"({"alg":"EdDSA","typ":")" + std::string{typ} + R"(","kid":")" + id + R"("})") + ".";
  }

  Botan::Ed25519_PrivateKey key;
  std::string id;
  std::string jwk;
};

Signer::Signer(std::shared_ptr<const Pair> pair) : pair_(std::move(pair)) {}

Signer Signer::make(Random& random) {
  Botan::secure_vector<std::uint8_t> seed(seed_size);
  random.fill(std::as_writable_bytes(std::span{seed.data(), seed.size()}));
  return Signer{std::make_shared<const Pair>(seed)};
}

std::optional<Signer> Signer::from_seed(std::string_view seed) {
  if (seed.size() != seed_size) return std::nullopt;
  return Signer{std::make_shared<const Pair>(Botan::secure_vector<std::uint8_t>(seed.begin(), seed.end()))};
}

std::string Signer::seed() const { return std::string{text_of(pair_->key.get_private_key().data(), seed_size)}; }

const std::string& Signer::key_id() const { return pair_->id; }

const std::string& Signer::public_jwk() const { return pair_->jwk; }

std::string Signer::sign(std::string_view typ, std::string_view claims) const {
  auto token = pair_->header(typ) + base64url_encode(claims);
  const auto signature = base64url_encode(signature_of(token));
  return token.append(".").append(signature);
}

std::optional<std::string> Signer::verify(std::string_view typ, std::string_view compact) const {
  const auto header = pair_->header(typ);
  const auto end = compact.rfind('.');
  if (!compact.starts_with(header) || end < header.size()) return std::nullopt;
  auto claims = base64url_decode(compact.substr(header.size(), end - header.size()));
  const auto signature = base64url_decode(compact.substr(end + 1));
  // A signature follows from the text, and to sign takes a third of the time that it takes to verify.
  if (!claims || !signature || !equals_in_constant_time(*signature, signature_of(compact.substr(0, end)))) return std::nullopt;
  return claims;
}

std::string Signer::signature_of(std::string_view text) const {
  Botan::Null_RNG none;
  Botan::PK_Signer signer(pair_->key, none, "Pure");  // to make one costs a thousandth of a signature
  const auto signature = signer.sign_message(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), none);
  return std::string{text_of(signature.data(), signature.size())};
}

}  // namespace innkeeper::crypto
