#include <innkeeper/peer_credential.hpp>

#include "engine/crypto/digest.hpp"

namespace innkeeper::skyway_peer {

namespace {

constexpr std::int64_t shortest = 600;
constexpr std::int64_t longest = 90'000;

std::int64_t unix_seconds(Instant now) { return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(); }

std::string token_for(std::string_view secret_key, std::string_view peer_id, std::int64_t timestamp, std::int64_t ttl) {
  auto message = std::to_string(timestamp) + ':' + std::to_string(ttl) + ':';
  message += peer_id;
  return crypto::base64_encode(crypto::as_text(crypto::hmac_sha256(secret_key, message)));
}

Result<void> require_ttl(std::int64_t ttl) {
  if (ttl >= shortest && ttl <= longest) return {};
  return Error{Errc::invalid, Reason{"peer_credential.ttl"}, "the ttl must be 600 to 90000 seconds"};
}

}  // namespace

Result<Credential> issue(std::string_view secret_key, std::string_view peer_id, Instant now, std::chrono::seconds ttl) {
  if (auto good = require_ttl(ttl.count()); !good) return good.error();
  const auto timestamp = unix_seconds(now);
  return Credential{timestamp, ttl.count(), token_for(secret_key, peer_id, timestamp, ttl.count())};
}

Result<void> verify(const Credential& credential, std::string_view secret_key, std::string_view peer_id, Instant now) {
  if (auto good = require_ttl(credential.ttl); !good) return good.error();
  if (credential.timestamp > unix_seconds(now))
    return Error{Errc::invalid, Reason{"peer_credential.future"}, "the timestamp is in the future"};
  if (credential.timestamp + credential.ttl <= unix_seconds(now))
    return Error{Errc::gone, Reason{"peer_credential.ended"}, "the credential has ended"};
  const auto expected = token_for(secret_key, peer_id, credential.timestamp, credential.ttl);
  if (!crypto::equals_in_constant_time(expected, credential.auth_token))
    return Error{Errc::unauthenticated, Reason{"peer_credential.wrong"}, "the token does not fit"};
  return {};
}

}  // namespace innkeeper::skyway_peer
