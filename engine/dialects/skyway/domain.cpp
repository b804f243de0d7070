#include "engine/dialects/skyway/wire.hpp"

#include <algorithm>

namespace innkeeper::dialects::skyway {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_label(std::string_view label) {
  const auto may_stand = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), may_stand);
}

bool is_numeric(std::string_view label) { return std::all_of(label.begin(), label.end(), is_digit); }

/// 0 to 255, without leading zeros.
bool is_octet(std::string_view label) {
  if (label.size() > 3 || (label.size() > 1 && label.front() == '0')) return false;
  int value = 0;
  for (char c : label) value = value * 10 + (c - '0');
  return value <= 255;
}

}  // namespace

bool is_domain(std::string_view text) {
  const bool is_wildcard = text.starts_with("*.");
  if (is_wildcard) text.remove_prefix(2);
  std::size_t labels = 0;
  bool all_numeric = true;
  bool all_octets = true;
  for (bool is_last = false; !is_last;) {
    const auto dot = text.find('.');
    const auto label = text.substr(0, dot);
    if (!is_label(label)) return false;
    ++labels;
    all_numeric = all_numeric && is_numeric(label);
    all_octets = all_octets && is_numeric(label) && is_octet(label);
    is_last = dot == std::string_view::npos;
    if (!is_last) text.remove_prefix(dot + 1);
  }
  // What looks like an address must be one, and no star stands in or before an address.
  if (is_wildcard) return !(all_numeric && (labels == 3 || labels == 4));
  return !(all_numeric && labels == 4) || all_octets;
}

}  // namespace innkeeper::dialects::skyway
