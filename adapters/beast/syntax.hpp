#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

/// Which bytes may stand where in a message (RFC 9110 §5.6).
namespace innkeeper::beast {

using ByteSet = std::array<bool, 256>;

constexpr ByteSet bytes_of(std::string_view characters) {
  ByteSet set{};
  for (const char c : characters) set[static_cast<unsigned char>(c)] = true;
  return set;
}

constexpr ByteSet joined(ByteSet left, ByteSet right) {
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = left[i] || right[i];
  return left;
}

constexpr ByteSet without(ByteSet set, std::string_view characters) {
  for (const char c : characters) set[static_cast<unsigned char>(c)] = false;
  return set;
}

constexpr ByteSet range(unsigned first, unsigned last) {
  ByteSet set{};
  for (unsigned i = first; i <= last; ++i) set[i] = true;
  return set;
}

inline constexpr ByteSet letter_and_digit_bytes = bytes_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
inline constexpr ByteSet token_bytes = joined(letter_and_digit_bytes, bytes_of("!#$%&'*+-.^_`|~"));
/// Of a field's value, and of what a backslash may stand before in a quoted string.
inline constexpr ByteSet value_bytes = joined(joined(range(0x20, 0x7e), range(0x80, 0xff)), bytes_of("\t"));
/// Of a quoted string, where no backslash is before them.
inline constexpr ByteSet quoted_bytes = without(value_bytes, "\"\\");
inline constexpr ByteSet hex_bytes = bytes_of("0123456789abcdefABCDEF");
inline constexpr ByteSet blank_bytes = bytes_of(" \t");

constexpr bool has(const ByteSet& set, char c) { return set[static_cast<unsigned char>(c)]; }

inline bool consists_of(const ByteSet& set, std::string_view text) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return has(set, c); });
}

}  // namespace innkeeper::beast
