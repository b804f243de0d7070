#include "engine/base/field_lists.hpp"

#include "engine/base/text.hpp"

#include <algorithm>

namespace innkeeper::base {

namespace {

/// Takes the first member off a list. A comma between quotes is part of a tag.
std::string_view take_member(std::string_view& list) {
  bool is_quoted = false;
  const auto* const end = std::find_if(list.begin(), list.end(), [&](char c) {
    if (c == '"') is_quoted = !is_quoted;
    return c == ',' && !is_quoted;
  });
  const auto size = static_cast<std::size_t>(end - list.begin());
  const auto member = trimmed(list.substr(0, size));
  list.remove_prefix(std::min(size + 1, list.size()));
  return member;
}

}  // namespace

std::optional<std::string> list_of(const Headers& headers, std::string_view name) {
  std::optional<std::string> all;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto field = headers[i];
    if (!equals_ignoring_case(field.name, name)) continue;
    if (all)
      all->append(", ").append(field.value);
    else
      all.emplace(field.value);
  }
  return all;
}

bool EntityTags::has(std::string_view tag) const {
  return std::any_of(tags.begin(), tags.end(),
                     [&](std::string_view each) { return each.substr(each.starts_with("W/") ? 2 : 0) == tag; });
}

EntityTags read_entity_tags(std::string_view list) {
  EntityTags read{.is_any = trimmed(list) == "*"};
  while (!read.is_any && !list.empty())
    if (const auto member = take_member(list); !member.empty()) read.tags.push_back(member);
  return read;
}

}  // namespace innkeeper::base
