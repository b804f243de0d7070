#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/quotas.hpp>
#include <innkeeper/types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// How much there may be, and how much there is.
namespace innkeeper {

inline constexpr std::size_t quota_kinds = names_of<QuotaKind>.size();

/// The members of `T` that stand for the kinds, in their order.
template <class T>
inline constexpr std::array by_kind{&T::rooms, &T::members, &T::keys, &T::devices, &T::tokens, &T::events, &T::bytes};

/// The quotas of an app or a tenant. None: as configured; 0: no limit.
struct Quota {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};  ///< None: they are the tenant's, for all that it has.
  std::optional<std::int64_t> rooms{};
  std::optional<std::int64_t> members{};
  std::optional<std::int64_t> keys{};
  std::optional<std::int64_t> devices{};
  std::optional<std::int64_t> tokens{};
  std::optional<std::int64_t> events{};
  std::optional<std::int64_t> bytes{};
};

/// How much an app or a tenant has. It changes with the rows that it counts, in their transactions.
struct QuotaUsage {
  Id id{};  ///< As `usage_id` says, so that no index has to be kept for what every write changes.
  std::int64_t version = 0;
  Id tenant{};
  std::int64_t app = 0;  ///< 0: all that the tenant has.
  std::int64_t rooms = 0;
  std::int64_t members = 0;
  std::int64_t keys = 0;
  std::int64_t devices = 0;
  std::int64_t tokens = 0;
  std::int64_t events = 0;
  std::int64_t bytes = 0;
};
/// Twice the app's id, or twice the tenant's and one.
constexpr Id usage_id(Id tenant, Id app) { return Id{app != Id::none ? 2 * number(app) : 2 * number(tenant) + 1}; }

}  // namespace innkeeper
