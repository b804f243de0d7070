#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace innkeeper::crypto {

using Digest = std::array<std::uint8_t, 32>;

inline std::string_view as_text(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

Digest sha256(std::string_view message);
/// For a key that is used once; `Keyring::digest` keeps its key ready.
Digest hmac_sha256(std::string_view key, std::string_view message);

/// RFC 4648 §4, with padding.
std::string base64_encode(std::string_view bytes);
/// Strict: padding must be there, no blanks. Nothing for any other text.
std::optional<std::string> base64_decode(std::string_view text);

/// RFC 4648 §5, without padding.
std::string base64url_encode(std::string_view bytes);
/// Strict: each value has one spelling, without padding and with unused bits zero. Nothing for any other text.
std::optional<std::string> base64url_decode(std::string_view text);

/// Takes the same time wherever two texts of one length differ.
bool equals_in_constant_time(std::string_view a, std::string_view b);

}  // namespace innkeeper::crypto
