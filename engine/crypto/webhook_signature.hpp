#pragma once

#include <innkeeper/environment.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How a webhook is signed: the symmetric scheme of the Standard Webhooks specification.
namespace innkeeper::crypto {

/// A new secret as its owner sees it: `whsec_` and 32 random bytes in base64.
std::string make_webhook_secret(Random&);

/// The bytes that a secret stands for; nothing unless it is `whsec_` and the base64 of 24 to 64 bytes.
std::optional<std::string> webhook_key_of(std::string_view secret);

/// The value of `webhook-signature`: `v1,` and the HMAC-SHA-256 of `ID.TIMESTAMP.BODY` in base64. Id and timestamp are those of
/// the headers `webhook-id`, which has no full stop in it, and `webhook-timestamp`, in seconds since 1970.
std::string sign_webhook(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body);

}  // namespace innkeeper::crypto
