#pragma once

#include <string>
#include <string_view>

namespace innkeeper::daemon {

/// A JSON string.
inline std::string json_text(std::string_view text) {
  std::string out{"\""};
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte < 0x20)
      out.append("\\u00").append(1, "0123456789abcdef"[byte >> 4U]).append(1, "0123456789abcdef"[byte & 0xFU]);
    else
      out += c;
  }
  return out + "\"";
}

}  // namespace innkeeper::daemon
