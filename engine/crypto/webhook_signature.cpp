#include "engine/crypto/webhook_signature.hpp"

#include "engine/base/text.hpp"
#include "engine/crypto/digest.hpp"

#include <array>

namespace innkeeper::crypto {

namespace {
constexpr std::string_view prefix = "whsec_";
constexpr std::size_t least_key = 24;
constexpr std::size_t largest_key = 64;
}  // namespace

std::string make_webhook_secret(Random& random) {
  std::array<std::byte, 32> key;
  random.fill(key);
  return std::string{prefix} + base64_encode({reinterpret_cast<const char*>(key.data()), key.size()});
}

std::optional<std::string> webhook_key_of(std::string_view secret) {
  if (!secret.starts_with(prefix)) return std::nullopt;
  auto key = base64_decode(secret.substr(prefix.size()));
  if (!key || key->size() < least_key || key->size() > largest_key) return std::nullopt;
  return key;
}

std::string sign_webhook(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body) {
  std::string signed_text;
  signed_text.reserve(id.size() + body.size() + 24);
  signed_text.append(id).append(".");
  base::append_number(signed_text, timestamp);
  signed_text.append(".").append(body);
  return "v1," + base64_encode(as_text(hmac_sha256(key, signed_text)));
}

}  // namespace innkeeper::crypto
