#include "engine/base/target.hpp"

#include <innkeeper/contract/dialect.hpp>

#include "engine/base/text.hpp"

namespace innkeeper::base {

Target split_target(std::string_view target) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto byte = from_hex(text.substr(i + 1, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      out += byte->front();
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
                          c == '_' || c == '~';
    if (is_plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append(1, '%').append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
  }
  return out;
}

bool is_path_prefix(std::string_view prefix, std::string_view path) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || prefix.empty() || path[prefix.size()] == '/');
}

}  // namespace innkeeper::base

namespace innkeeper {

const AuthenticationScheme* scheme_of(const Dialect& dialect, std::string_view path) {
  const PathFamily* longest = nullptr;
  for (const auto& each : dialect.path_families)
    if (base::is_path_prefix(each.prefix, path) && (longest == nullptr || longest->prefix.size() < each.prefix.size()))
      longest = &each;
  return longest != nullptr && longest->scheme != nullptr ? longest->scheme : dialect.scheme;
}

std::optional<std::string> Call::parameter(std::string_view name) const {
  for (std::string_view rest = query; !rest.empty();) {
    const auto end = rest.find('&');
    const auto pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    const auto equals = pair.find('=');
    const auto raw_name = pair.substr(0, equals);
    if (base::percent_decoded(raw_name, true).value_or(std::string{raw_name}) != name) continue;
    const auto raw_value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    return base::percent_decoded(raw_value, true).value_or(std::string{raw_value});
  }
  return std::nullopt;
}

}  // namespace innkeeper
