#pragma once

#include <innkeeper/entity.hpp>
#include <innkeeper/quotas.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// How much there may be, and how much there is.
namespace innkeeper {

template <>
inline constexpr auto names_of<QuotaKind> = quota_names;

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
template <>
inline constexpr auto description_of<Quota> = describe<Quota>("quota", column("tenant", &Quota::tenant),
                                                              column("app", &Quota::app, references("app", OnRemove::cascade)),
                                                              column("rooms", &Quota::rooms, Range{0, most_exact}),
                                                              column("members", &Quota::members, Range{0, most_exact}),
                                                              column("keys", &Quota::keys, Range{0, most_exact}),
                                                              column("devices", &Quota::devices, Range{0, most_exact}),
                                                              column("tokens", &Quota::tokens, Range{0, most_exact}),
                                                              column("events", &Quota::events, Range{0, most_exact}),
                                                              column("bytes", &Quota::bytes, Range{0, most_exact}))
                                                  .owned_by("tenant")
                                                  .within("app")
                                                  .unique("tenant", "app")
                                                  .since(8);

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
template <>
inline constexpr auto description_of<QuotaUsage> =
    describe<QuotaUsage>("quota_usage", column("tenant", &QuotaUsage::tenant), column("app", &QuotaUsage::app),
                         column("rooms", &QuotaUsage::rooms), column("members", &QuotaUsage::members),
                         column("keys", &QuotaUsage::keys), column("devices", &QuotaUsage::devices),
                         column("tokens", &QuotaUsage::tokens), column("events", &QuotaUsage::events),
                         column("bytes", &QuotaUsage::bytes))
        .owned_by("tenant")
        .since(8);
/// Twice the app's id, or twice the tenant's and one.
constexpr Id usage_id(Id tenant, Id app) { return Id{app != Id::none ? 2 * number(app) : 2 * number(tenant) + 1}; }

}  // namespace innkeeper
