#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace innkeeper {

/// What a quota can limit.
enum class QuotaKind : std::uint8_t {
  rooms,
  members,
  keys,
  devices,
  tokens,  ///< Access tokens, member tokens and join tokens, until their rows go.
  events,
  bytes,  ///< Of all rows but the audit trail's: texts as long as they are, 16 at least, other cells 8.
};
inline constexpr std::array<std::string_view, 7> quota_names{"rooms", "members", "keys", "devices", "tokens", "events", "bytes"};
inline constexpr std::size_t quota_kinds = quota_names.size();

/// The members of `T` that stand for the kinds, in their order.
template <class T>
inline constexpr std::array by_kind{&T::rooms, &T::members, &T::keys, &T::devices, &T::tokens, &T::events, &T::bytes};

/// How many there may be; 0 is no limit.
struct Quotas {
  std::int64_t rooms = 0;
  std::int64_t members = 0;
  std::int64_t keys = 0;
  std::int64_t devices = 0;
  std::int64_t tokens = 0;
  std::int64_t events = 0;
  std::int64_t bytes = 0;
};

/// The quotas of apps and tenants that have none of their own.
struct DefaultQuotas {
  Quotas app{.events = 5'000'000, .bytes = std::int64_t{8} << 30};
  Quotas tenant{.events = 50'000'000, .bytes = std::int64_t{64} << 30};  ///< All that its apps and operators have.
};

}  // namespace innkeeper
