#pragma once

#include <innkeeper/operations/common.hpp>

namespace innkeeper {

namespace reason {
inline constexpr Reason quota_reached{"quota.reached"};
}  // namespace reason

namespace quotas {

/// Null resets a quota to the configured default; 0 is no limit.
struct Draft {
  std::optional<std::optional<std::int64_t>> rooms{};
  std::optional<std::optional<std::int64_t>> members{};
  std::optional<std::optional<std::int64_t>> keys{};
  std::optional<std::optional<std::int64_t>> devices{};
  std::optional<std::optional<std::int64_t>> tokens{};
  std::optional<std::optional<std::int64_t>> events{};
  std::optional<std::optional<std::int64_t>> bytes{};
};
/// Quotas with what holds and what is used.
struct View {
  Quota row{};  ///< Without an id where none were set.
  Quotas limits{};
  QuotaUsage used{};
  bool is_counted = true;  ///< False while maintenance still counts the rows of an older database: until then no quota holds.
};

/// Errors: `not_found` with `reason::app_unknown` or `reason::tenant_unknown`.
extern const Operation<Ref, View> find_of_app;
extern const Operation<Ref, View> find_of_tenant;
/// A quota below what is used deletes nothing; it only keeps more from being added.
extern const Operation<Edit<Draft>, View> update_of_app;
extern const Operation<Edit<Draft>, View> update_of_tenant;

}  // namespace quotas

}  // namespace innkeeper
