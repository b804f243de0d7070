#include <innkeeper/json/writer.hpp>

#include <array>
#include <charconv>
#include <cstring>

namespace innkeeper::json {
namespace {

constexpr std::uint64_t each_byte(std::uint8_t byte) { return 0x0101010101010101U * byte; }

/// A high bit somewhere if one of the eight bytes may need escaping: below 0x20, a quotation mark or a backslash. A high bit
/// may also stand above such a byte, never without one.
constexpr std::uint64_t suspects(std::uint64_t eight) {
  const auto zeros = [](std::uint64_t bytes) { return (bytes - each_byte(0x01)) & ~bytes; };
  const auto below_blank = (eight - each_byte(0x20)) & ~eight;
  return (below_blank | zeros(eight ^ each_byte('"')) | zeros(eight ^ each_byte('\\'))) & each_byte(0x80);
}

constexpr bool is_special(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

std::size_t plain_run(const char* text, std::size_t size) {
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, text + at, 8);
    if (suspects(eight) != 0) break;
  }
  while (at < size && !is_special(text[at])) ++at;
  return at;
}

/// What stands for a byte that must be escaped.
std::string_view escape_of(char c, std::array<char, 6>& room) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      constexpr std::string_view digits = "0123456789abcdef";
      room = {'\\', 'u', '0', '0', digits[static_cast<unsigned char>(c) >> 4U], digits[static_cast<unsigned char>(c) & 0xFU]};
      return {room.data(), room.size()};
  }
}

}  // namespace

void Writer::put_string(std::string_view value) {
  put('"');
  for (;;) {
    const auto run = plain_run(value.data(), value.size());
    put(value.substr(0, run));
    if (run == value.size()) break;
    std::array<char, 6> room;
    put(escape_of(value[run], room));
    value.remove_prefix(run + 1);
  }
  put('"');
}

void Writer::put_number(std::int64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  put({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

Writer& Writer::integer(std::int64_t value) {
  separate();
  put_number(value);
  return settle();
}

Writer& Writer::quoted(std::int64_t value) {
  separate();
  put('"');
  put_number(value);
  put('"');
  return settle();
}

}  // namespace innkeeper::json
