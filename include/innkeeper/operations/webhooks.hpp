#pragma once

#include <innkeeper/operations/common.hpp>

#include <array>
#include <chrono>

/// Where events are sent (https://www.standardwebhooks.com).
namespace innkeeper::webhooks {

/// Delays between attempts, each varied by a tenth: the last attempt is made a day after the first.
inline constexpr std::array<std::chrono::seconds, 9> retry_delays{
    std::chrono::seconds{5}, std::chrono::minutes{1}, std::chrono::minutes{5}, std::chrono::minutes{30}, std::chrono::hours{2},
    std::chrono::hours{4},   std::chrono::hours{5},   std::chrono::hours{6},   std::chrono::hours{6}};

struct Draft {
  std::optional<std::string> url{};
  std::optional<std::string> events{};  ///< As `Webhook::events`.
  std::optional<std::string> label{};
  std::optional<bool> is_enabled{};
  std::optional<std::string> contract{};  ///< As `Webhook::contract`.
  /// `user:password` in plain text; null removes it.
  std::optional<std::optional<std::string>> credential{};
};
struct New {
  Ref parent{};
  std::string url;  ///< `http` or `https`, 2,048 characters at most.
  Draft draft{};    ///< Its `url` is not used.
};
struct Issued {
  Webhook webhook{};
  std::string secret{};  ///< In plain text; shown only here.
};

extern const Operation<New, Issued> create;
/// Errors, here and below: `not_found` with `reason::webhook_unknown`.
extern const Operation<Ref, Webhook> find;
extern const Operation<Listing, Page<Webhook>> list;
extern const Operation<Edit<Draft>, Webhook> update;
/// Also deletes its deliveries.
extern const Operation<Removal, Nothing> remove;
/// A new signing secret; for `grace` messages are signed with both.
extern const Operation<Rotation, Issued> rotate;
/// Of one webhook.
extern const Operation<Listing, Page<Delivery>> deliveries;
/// Sends an event again, as a delivery of its own. Errors: `not_found` with `reason::delivery_unknown`.
extern const Operation<Ref, Delivery> replay;

}  // namespace innkeeper::webhooks
