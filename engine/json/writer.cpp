#include "engine/json/writer.hpp"

#include "engine/base/text.hpp"

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

void Writer::append_string(std::string_view value) {
  out_ += '"';
  for (;;) {
    const auto run = plain_run(value.data(), value.size());
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
  out_ += '"';
  base::append_number(out_, value);
  out_ += '"';
  return *this;
}

}  // namespace innkeeper::json
