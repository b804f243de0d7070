#include "engine/crypto/digest.hpp"

#include <botan/base64.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>

#include <algorithm>

namespace innkeeper::crypto {

namespace {
const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
}  // namespace

Digest sha256(std::string_view message) {
  const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
  hash->update(bytes_of(message), message.size());
  Digest digest;
  hash->final(digest.data());
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
  const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
  mac->set_key(bytes_of(key), key.size());
  mac->update(bytes_of(message), message.size());
  Digest digest;
  mac->final(digest.data());
  return digest;
}

std::string base64_encode(std::string_view bytes) { return Botan::base64_encode(bytes_of(bytes), bytes.size()); }

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  try {
    const auto bytes = Botan::base64_decode(text.data(), text.size(), /*ignore_ws=*/false);
    // Botan is lenient about padding; only the one right spelling is taken.
    if (Botan::base64_encode(bytes.data(), bytes.size()) != text) return std::nullopt;
    return std::string{bytes.begin(), bytes.end()};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string base64url_encode(std::string_view bytes) {
  auto text = base64_encode(bytes);
  text.erase(std::min(text.find('='), text.size()));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string padded{text};
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  padded.append((4 - text.size() % 4) % 4, '=');
  return base64_decode(padded);
}

bool equals_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && Botan::constant_time_compare(bytes_of(a), bytes_of(b), a.size());
}

}  // namespace innkeeper::crypto
