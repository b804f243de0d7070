#pragma once

#include <innkeeper/model/quotas.hpp>
#include <innkeeper/schema/entity.hpp>

#include <array>
#include <chrono>

namespace innkeeper {

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

template <>
inline constexpr auto description_of<QuotaUsage> =
    describe<QuotaUsage>("quota_usage", column("tenant", &QuotaUsage::tenant), column("app", &QuotaUsage::app),
                         column("rooms", &QuotaUsage::rooms), column("members", &QuotaUsage::members),
                         column("keys", &QuotaUsage::keys), column("devices", &QuotaUsage::devices),
                         column("tokens", &QuotaUsage::tokens), column("events", &QuotaUsage::events),
                         column("bytes", &QuotaUsage::bytes))
        .owned_by("tenant")
        .since(8);

}  // namespace innkeeper
