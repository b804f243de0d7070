#pragma once

#include <innkeeper/message.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Fields whose values are lists (RFC 9110 §5.6.1).
namespace innkeeper::base {

/// The values of all fields of that name as one list (§5.3); nothing if there is none.
std::optional<std::string> list_of(const Headers& headers, std::string_view name);

/// What `If-Match` and `If-None-Match` hold (RFC 9110 §13.1): `*`, or a list of entity tags. Views into the text that was read.
struct EntityTags {
  bool is_any = false;
  std::vector<std::string_view> tags{};  ///< As they stand, quotes and `W/` included.

  /// Whether a strong tag is among them, by weak comparison (§8.8.3.2).
  bool has(std::string_view tag) const;
};

EntityTags read_entity_tags(std::string_view list);

}  // namespace innkeeper::base
