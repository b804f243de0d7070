#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace innkeeper::courier {

/// Where a request is sent.
struct Url {
  bool is_secure = false;
  std::string host{};  ///< A name, an IPv4 address, or an IPv6 one without its brackets.
  std::uint16_t port = 0;
  std::string authority{};  ///< What the Host field says.
  std::string target{};     ///< Path and query.
};

/// Reads `http` and `https` URLs of visible ASCII. One with a user, a fragment, an empty or encoded host or a zone is none: what
/// two readers may read differently goes nowhere.
std::optional<Url> parse_url(std::string_view text);

}  // namespace innkeeper::courier
