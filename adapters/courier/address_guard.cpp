#include "adapters/courier/address_guard.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace innkeeper::courier {
namespace asio = boost::asio;
namespace {

struct Range4 {
  std::uint32_t first;
  unsigned length;
};

constexpr std::uint32_t ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

/// IANA's special-purpose registry for IPv4, and multicast.
constexpr std::array closed_to_ip4{
    Range4{ip4(0, 0, 0, 0), 8},        // this network
    Range4{ip4(10, 0, 0, 0), 8},       // private
    Range4{ip4(100, 64, 0, 0), 10},    // behind a carrier's translation
    Range4{ip4(127, 0, 0, 0), 8},      // loopback
    Range4{ip4(169, 254, 0, 0), 16},   // link-local, and where clouds keep their metadata
    Range4{ip4(172, 16, 0, 0), 12},    // private
    Range4{ip4(192, 0, 0, 0), 24},     // protocol assignments
    Range4{ip4(192, 0, 2, 0), 24},     // documentation
    Range4{ip4(192, 88, 99, 0), 24},   // 6to4 relays, given up
    Range4{ip4(192, 168, 0, 0), 16},   // private
    Range4{ip4(198, 18, 0, 0), 15},    // benchmarks
    Range4{ip4(198, 51, 100, 0), 24},  // documentation
    Range4{ip4(203, 0, 113, 0), 24},   // documentation
    Range4{ip4(224, 0, 0, 0), 4},      // multicast
    Range4{ip4(240, 0, 0, 0), 4},      // reserved, and broadcast
};

/// What an IPv6 range means.
enum class Meaning : std::uint8_t {
  closed,
  ip4_at_end,      ///< The IPv4 address in the last 32 bits is meant.
  ip4_behind_16th  ///< The one behind the first 16 bits.
};

struct Range6 {
  std::uint64_t high;
  std::uint64_t low;
  unsigned length;
  Meaning meaning;
};

/// The first that holds an address decides. What is in none is 2000::/3, the only space that is given out for the public, less
/// what the special-purpose registry takes from it.
constexpr std::array ranges_of_ip6{
    Range6{0, 0x0000'ffff'0000'0000, 96, Meaning::ip4_at_end},       // ::ffff:0:0, IPv4 as sockets spell it
    Range6{0x0064'ff9b'0000'0000, 0, 96, Meaning::ip4_at_end},       // IPv4 behind a translation
    Range6{0x0000'0000'0000'0000, 0, 3, Meaning::closed},            // ::, ::1, 64:ff9b:1::, 100::, unassigned
    Range6{0x2001'0000'0000'0000, 0, 23, Meaning::closed},           // protocol assignments, Teredo among them
    Range6{0x2001'0db8'0000'0000, 0, 32, Meaning::closed},           // documentation
    Range6{0x2002'0000'0000'0000, 0, 16, Meaning::ip4_behind_16th},  // 6to4
    Range6{0x3fff'0000'0000'0000, 0, 20, Meaning::closed},           // documentation
    Range6{0x4000'0000'0000'0000, 0, 2, Meaning::closed},            // segment routing, unassigned
    Range6{0x8000'0000'0000'0000, 0, 1, Meaning::closed},            // fc00::, fe80::, fec0::, ff00::, unassigned
};

template <class Bits>
constexpr bool agree(Bits a, Bits b, unsigned length) {
  constexpr unsigned size = 8 * sizeof(Bits);
  return length == 0 || (a ^ b) >> (size - std::min(length, size)) == 0;
}

bool is_public_ip4(std::uint32_t address) {
  return std::none_of(closed_to_ip4.begin(), closed_to_ip4.end(),
                      [&](const Range4& range) { return agree(address, range.first, range.length); });
}

bool is_public_ip6(std::uint64_t high, std::uint64_t low) {
  const auto found = std::find_if(ranges_of_ip6.begin(), ranges_of_ip6.end(), [&](const Range6& range) {
    return agree(high, range.high, range.length) && agree(low, range.low, range.length - std::min(range.length, 64U));
  });
  if (found == ranges_of_ip6.end()) return true;
  switch (found->meaning) {
    case Meaning::ip4_at_end:
      return is_public_ip4(static_cast<std::uint32_t>(low));
    case Meaning::ip4_behind_16th:
      return is_public_ip4(static_cast<std::uint32_t>(high >> 16));
    case Meaning::closed:
      break;
  }
  return false;
}

}  // namespace

bool is_public(const asio::ip::address& address) {
  if (address.is_v4()) return is_public_ip4(address.to_v4().to_uint());
  const auto bytes = address.to_v6().to_bytes();
  const auto join = [&](std::size_t begin) {
    std::uint64_t bits = 0;
    for (std::size_t i = begin; i < begin + 8; ++i) bits = bits << 8 | bytes[i];
    return bits;
  };
  return is_public_ip6(join(0), join(8));
}

bool are_public(const std::vector<asio::ip::tcp::endpoint>& endpoints) {
  return std::all_of(endpoints.begin(), endpoints.end(), [](const auto& endpoint) { return is_public(endpoint.address()); });
}

}  // namespace innkeeper::courier
