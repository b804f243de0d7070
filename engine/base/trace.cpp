#include "engine/base/trace.hpp"

#include <algorithm>
#include <cstddef>

namespace innkeeper::base {

namespace {

constexpr std::size_t known_size = 55;

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) { return is_lower_hex(text) && text.find_first_not_of('0') != std::string_view::npos; }

}  // namespace

std::optional<std::string_view> valid_traceparent(std::string_view text) {
  if (text.size() < known_size || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  const auto version = text.substr(0, 2);
  if (!is_lower_hex(version) || version == "ff") return std::nullopt;
  if (!is_id(text.substr(3, 32)) || !is_id(text.substr(36, 16)) || !is_lower_hex(text.substr(53, 2))) return std::nullopt;
  if (text.size() > known_size && (version == "00" || text[known_size] != '-')) return std::nullopt;
  return text.substr(0, known_size);
}

}  // namespace innkeeper::base
