#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace innkeeper::base {

/// ASCII letters compare without regard to case; locale plays no part.
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool contains_ignoring_case(std::string_view text, std::string_view part);

/// Without blanks and tabs on either side (RFC 9110 §5.6.3).
std::string_view trimmed(std::string_view text);

/// Unicode code points in valid UTF-8; for other bytes, an upper bound.
std::size_t code_points(std::string_view utf8);

/// Whether it is UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

/// Lower-case hexadecimal digits.
std::string to_hex(std::span<const std::byte> bytes);
/// Digits of either case; nothing for an odd count or another character.
std::optional<std::string> from_hex(std::string_view digits);

/// A version 4 UUID in lower case from 16 random bytes (RFC 9562 §5.4); version and variant bits are set here.
std::string to_uuid(std::span<const std::byte, 16> bytes);

/// An amount of bytes: whole KiB as such.
std::string spell_bytes(std::size_t bytes);

/// A decimal number without sign, leading zeros or anything else around it, below 2^53; 0 for "0".
std::optional<std::int64_t> to_number(std::string_view digits);

/// A decimal integer of 64 bits, with a minus if it is negative, and nothing around it.
std::optional<std::int64_t> to_integer(std::string_view text);

void append_number(std::string& out, std::int64_t number);

}  // namespace innkeeper::base
