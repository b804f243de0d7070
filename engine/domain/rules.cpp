#include "engine/domain/rules.hpp"

#include "engine/base/network.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/secret.hpp"

#include <algorithm>

namespace innkeeper::domain {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Of ASCII, and no blank.
bool is_visible(char c) { return c > ' ' && c < 0x7f; }
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

bool is_host_pattern(std::string_view text) {
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

bool is_network(std::string_view text) { return base::parse_network(text).has_value(); }

bool is_event_pattern(std::string_view text) {
  const auto may_stand = [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.'; };
  const auto stem = text.substr(0, text.size() - (text.ends_with('*') ? 1 : 0));
  return !text.empty() && std::all_of(stem.begin(), stem.end(), may_stand);
}

bool are_words(std::string_view text, const ListRule& rule) {
  if (text.empty()) return true;
  std::size_t count = 0;
  for (bool is_last = false; !is_last;) {
    const auto blank = text.find(' ');
    const auto word = text.substr(0, blank);
    if (word.empty() || base::code_points(word) > rule.longest || !rule.is_valid(word)) return false;
    ++count;
    is_last = blank == std::string_view::npos;
    if (!is_last) text.remove_prefix(blank + 1);
  }
  return count <= rule.most;
}

bool is_secret(std::string_view text) {
  constexpr std::size_t shortest = 10;
  constexpr std::size_t longest = 1'024;
  const bool is_ours = text.starts_with("ink") && text.size() == crypto::secret_size;
  return text.size() >= shortest && text.size() <= longest && std::all_of(text.begin(), text.end(), is_visible) &&
         (!is_ours || crypto::is_well_formed_secret(text));
}

bool is_password(std::string_view text) {
  return text.size() <= longest_credential &&
         std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; });
}

bool is_username(std::string_view text) { return !text.empty() && text.find(':') == std::string_view::npos && is_password(text); }

bool is_webhook_url(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    const auto rest = url.substr(scheme.size());
    const auto host = rest.substr(0, rest.find_first_of("/?"));
    return !host.empty() && host.find('@') == std::string_view::npos &&
           std::all_of(url.begin(), url.end(), [](char c) { return is_visible(c) && c != '#' && c != '\\'; });
  }
  return false;
}

}  // namespace innkeeper::domain
