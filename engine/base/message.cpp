#include <innkeeper/message.hpp>

#include "engine/base/text.hpp"

#include <algorithm>
#include <array>

namespace innkeeper {

namespace {
constexpr std::array<std::string_view, 7> method_names{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

/// What an answer's fields take, so that they are allocated once and do not grow with each field.
constexpr std::size_t usual_text = 256;
constexpr std::size_t usual_parts = 8;

using ByteSet = std::array<bool, 256>;

constexpr ByteSet set_of(std::string_view characters) {
  ByteSet set{};
  for (char c : characters) set[static_cast<unsigned char>(c)] = true;
  return set;
}
/// RFC 9110 §5.6.2.
constexpr ByteSet token_characters = set_of("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
constexpr ByteSet line_breakers = set_of({"\r\n\0", 3});

bool is_in(const ByteSet& set, char c) { return set[static_cast<unsigned char>(c)]; }
}  // namespace

Method parse_method(std::string_view name) {
  const auto found = std::find(method_names.begin(), method_names.end(), name);
  return static_cast<Method>(found - method_names.begin());
}

std::string_view to_string(Method method) {
  return method == Method::other ? "OTHER" : method_names[static_cast<std::size_t>(method)];
}

Headers::Headers(std::initializer_list<Field> fields) {
  for (const auto& each : fields) add(each.name, each.value);
}

bool Headers::add(std::string_view name, std::string_view value) {
  value = base::trimmed(value);
  if (name.empty() || !std::all_of(name.begin(), name.end(), [](char c) { return is_in(token_characters, c); })) return false;
  if (std::any_of(value.begin(), value.end(), [](char c) { return is_in(line_breakers, c); })) return false;
  if (parts_.empty()) {
    text_.reserve(usual_text);
    parts_.reserve(usual_parts);
  }
  const auto begin = static_cast<std::uint32_t>(text_.size());
  const auto name_size = static_cast<std::uint32_t>(name.size());
  text_.append(name).append(value);
  parts_.push_back({begin, name_size, begin + name_size, static_cast<std::uint32_t>(value.size())});
  return true;
}

void Headers::assign(std::string_view text, std::span<const FieldSpan> parts) {
  text_.assign(text);
  parts_.assign(parts.begin(), parts.end());
}

bool Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  return add(name, value);
}

void Headers::remove(std::string_view name) {
  std::erase_if(parts_, [&](const FieldSpan& each) {
    return base::equals_ignoring_case(std::string_view{text_}.substr(each.name_begin, each.name_size), name);
  });
}

void Headers::clear() {
  text_.clear();
  parts_.clear();
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const auto field = (*this)[i];
    if (base::equals_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) found += base::equals_ignoring_case((*this)[i].name, name) ? 1U : 0U;
  return found;
}

Headers::Field Headers::operator[](std::size_t position) const {
  const auto& each = parts_[position];
  const std::string_view text{text_};
  return {text.substr(each.name_begin, each.name_size), text.substr(each.value_begin, each.value_size)};
}

}  // namespace innkeeper
