#include "engine/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace innkeeper::base {

namespace {
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr std::string_view hex_digits = "0123456789abcdef";

char* put_hex(char* at, unsigned byte) {
  *at++ = hex_digits[byte >> 4U];
  *at++ = hex_digits[byte & 0xFU];
  return at;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = to_lower(c);
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}
}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char x, char y) { return to_lower(x) == to_lower(y); }) != text.end() ||
         part.empty();
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t code_points(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_utf8(std::string_view text) {
  const auto is_in = [](char c, unsigned low, unsigned high) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= low && byte <= high;
  };
  while (!text.empty()) {
    const unsigned lead = static_cast<unsigned char>(text.front());
    const std::size_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || text.size() <= more) return false;
    // The second byte decides whether it is the shortest form, no surrogate, and not beyond the last code point.
    if (more > 0 && !is_in(text[1],
                           lead == 0xE0   ? 0xA0
                           : lead == 0xF0 ? 0x90
                                          : 0x80,
                           lead == 0xED   ? 0x9F
                           : lead == 0xF4 ? 0x8F
                                          : 0xBF))
      return false;
    for (std::size_t i = 2; i <= more; ++i)
      if (!is_in(text[i], 0x80, 0xBF)) return false;
    text.remove_prefix(more + 1);
  }
  return true;
}

std::string to_hex(std::span<const std::byte> bytes) {
  std::string out(bytes.size() * 2, '\0');
  char* at = out.data();
  for (auto each : bytes) at = put_hex(at, std::to_integer<unsigned>(each));
  return out;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_value(digits[i]);
    const int low = hex_value(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string to_uuid(std::span<const std::byte, 16> bytes) {
  std::array<char, 36> text;
  char* at = text.data();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    auto each = std::to_integer<unsigned>(bytes[i]);
    if (i == 6) each = (each & 0x0FU) | 0x40U;
    if (i == 8) each = (each & 0x3FU) | 0x80U;
    at = put_hex(at, each);
  }
  return {text.data(), text.size()};
}

std::string spell_bytes(std::size_t bytes) {
  constexpr std::size_t kibibyte = 1'024;
  return bytes % kibibyte == 0 ? std::to_string(bytes / kibibyte) + " KiB" : std::to_string(bytes) + " bytes";
}

std::optional<std::int64_t> to_number(std::string_view digits) {
  if (digits.empty() || digits.size() > 16 || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, fault] = std::from_chars(digits.data(), end, number);
  if (fault != std::errc{} || stop != end || number < 0 || number >= (std::int64_t{1} << 53)) return std::nullopt;
  return number;
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

void append_number(std::string& out, std::int64_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace innkeeper::base
