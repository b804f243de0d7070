#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace innkeeper::base {

/// An IP address. One of version 4 is kept as `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2) and is the same address as that one.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4() const;
  bool operator==(const Address&) const = default;
};

/// All addresses that share the first `prefix` bits of `address`, counted in 128; the others are zero. Of one version only: a
/// network of version 6, however wide, holds no address of version 4.
struct Network {
  Address address{};
  unsigned prefix = 128;
  bool operator==(const Network&) const = default;
};

/// `192.0.2.1`, four decimal numbers without leading zeros, or a text of RFC 4291 §2.2. No zone, no brackets, no port.
std::optional<Address> parse_address(std::string_view text);

/// `10.0.0.0/8`, `2001:db8::/32`, or an address, which stands for itself. Nothing if a bit beyond the prefix is set: a slip that
/// would otherwise go unseen.
std::optional<Network> parse_network(std::string_view text);

bool contains(const Network&, const Address&);

/// RFC 5952; one of version 4 as four decimal numbers.
std::string to_text(const Address&);
/// The address, a slash and the length of the prefix, even if it is the longest.
std::string to_text(const Network&);

}  // namespace innkeeper::base
