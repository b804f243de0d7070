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
struct Issued {
  Webhook webhook{};
  std::string secret{};  ///< In plain text; shown only here.
};
struct Rotation {
  Ref ref{};
  std::chrono::seconds grace{0};
};
Result<Issued> do_create(Transaction&, const Context&, const New<Draft>&);
Result<Webhook> do_find(Transaction&, const Context&, const Ref&);
Result<Page<Webhook>> do_list(Transaction&, const Context&, const Listing&);
Result<Webhook> do_update(Transaction&, const Context&, const Edit<Draft>&);
Result<Nothing> do_remove(Transaction&, const Context&, const Removal&);
Result<Issued> do_rotate(Transaction&, const Context&, const Rotation&);
Result<Page<Delivery>> do_deliveries(Transaction&, const Context&, const Listing&);
Result<Delivery> do_replay(Transaction&, const Context&, const Ref&);

inline constexpr Operation<New<Draft>, Issued> create{"webhooks.create", Access::write, do_create};
/// Errors, here and below: `not_found` with `reason::webhook_unknown`.
inline constexpr Operation<Ref, Webhook> find{"webhooks.find", Access::read, do_find};
inline constexpr Operation<Listing, Page<Webhook>> list{"webhooks.list", Access::read, do_list};
inline constexpr Operation<Edit<Draft>, Webhook> update{"webhooks.update", Access::write, do_update};
/// Also deletes its deliveries.
inline constexpr Operation<Removal, Nothing> remove{"webhooks.remove", Access::write, do_remove};
/// A new signing secret; for `grace` messages are signed with both.
inline constexpr Operation<Rotation, Issued> rotate{"webhooks.rotate", Access::write, do_rotate};
/// Of one webhook.
inline constexpr Operation<Listing, Page<Delivery>> deliveries{"webhooks.deliveries", Access::read, do_deliveries};
/// Sends an event again, as a delivery of its own. Errors: `not_found` with `reason::delivery_unknown`.
inline constexpr Operation<Ref, Delivery> replay{"webhooks.replay", Access::write, do_replay};

}  // namespace innkeeper::webhooks
