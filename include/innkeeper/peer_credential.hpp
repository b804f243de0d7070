#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// What an app owner's server computes from the app's secret key to admit a peer (skyway §5).
namespace innkeeper::skyway_peer {

struct Credential {
  std::int64_t timestamp = 0;  ///< Unix seconds when it was computed.
  std::int64_t ttl = 0;        ///< Seconds, 600 to 90,000.
  std::string auth_token{};    ///< Base64 of HMAC-SHA-256.
};

/// Errors: `invalid` for a ttl out of range.
Result<Credential> issue(std::string_view secret_key, std::string_view peer_id, Instant now, std::chrono::seconds ttl);

/// Errors: `invalid` for a ttl out of range or a timestamp in the future; `gone` once `timestamp + ttl` is reached;
/// `unauthenticated` for a token that does not fit. Compares in constant time.
Result<void> verify(const Credential&, std::string_view secret_key, std::string_view peer_id, Instant now);

}  // namespace innkeeper::skyway_peer
