#include "engine/json/writer.hpp"

#include "engine/base/text.hpp"

#include <algorithm>
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

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4U];
      out += "0123456789abcdef"[static_cast<unsigned char>(c) & 0xFU];
  }
}

}  // namespace

// Each value goes out in as few appends as can be: an append costs more than what it copies.

Writer& Writer::plain_key(std::string_view name) {
  constexpr std::size_t marks = 4;
  std::array<char, 64> text;
  if (name.size() > text.size() - marks) return key(name);
  char* at = text.data();
  if (needs_comma_) *at++ = ',';
  *at++ = '"';
  at = std::copy(name.begin(), name.end(), at);
  *at++ = '"';
  *at++ = ':';
  out_.append(text.data(), at);
  needs_comma_ = false;
  return *this;
}

void Writer::append_string(std::string_view value) {
  auto run = plain_run(value.data(), value.size());
  if (run == value.size() && run < 256) {
    std::array<char, 258> text;
    text[0] = '"';
    char* const end = std::copy(value.begin(), value.end(), text.data() + 1);
    *end = '"';
    out_.append(text.data(), end + 1);
    return;
  }
  out_ += '"';
  for (;; run = plain_run(value.data(), value.size())) {
    out_.append(value.data(), run);
    if (run == value.size()) break;
    append_escape(out_, value[run]);
    value.remove_prefix(run + 1);
  }
  out_ += '"';
}

Writer& Writer::integer(std::int64_t value) {
  separate();
  base::append_number(out_, value);
  return *this;
}

Writer& Writer::quoted(std::int64_t value) {
  separate();
  std::array<char, 24> text;
  text[0] = '"';
  char* const end = std::to_chars(text.data() + 1, text.data() + text.size() - 1, value).ptr;
  *end = '"';
  out_.append(text.data(), end + 1);
  return *this;
}

}  // namespace innkeeper::json
