#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/types.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The audit trail, events, webhooks.
namespace innkeeper {

/// One change: who made it, and what it changed. Each row is chained to the one before it.
struct Audit {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};  ///< None: it concerns no tenant, or all.
  Id app{};
  Instant at{};
  std::string actor{};  ///< `host`, `operator`, `app`, `member` or `nobody`.
  Id actor_id{};
  Id key{};              ///< The key that authenticated the actor.
  std::string action{};  ///< `app.create` and so on.
  Id object{};
  std::string object_uid{};
  JsonText before{"{}"};  ///< What changed, as it was: an object; secrets are masked.
  JsonText after{"{}"};   ///< The same as it is now.
  std::string request_id{};
  Bytes hash{};  ///< HMAC-SHA-256 under the pepper, of the row before and this.
};

/// An event of an app: what a media server reported or what changed here, in the order it was stored.
struct Event {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};    ///< The reporter's id of it, or a UUID; unique inside the app.
  std::string type{};   ///< `session.started`, `room.created` and so on.
  Instant at{};         ///< When it happened.
  JsonText data{"{}"};  ///< An object.
  std::string trace{};  ///< The traceparent of the request that caused it.
  Instant created_at{};
};

/// Where an app's events are sent, signed.
struct Webhook {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};
  std::string url{};
  std::string events{};  ///< Types with blanks between them; `session.*` and `*` stand for many.
  std::string label{};
  bool is_enabled = true;
  Bytes sealed{};  ///< The signing secret, `whsec_` and base64.
  Bytes former{};  ///< The previous secret, sealed; signs too until `former_until`.
  std::optional<Instant> former_until{};
  Instant created_at{};
  Instant updated_at{};
  std::string contract{};  ///< The contract whose message format it gets; empty: the native one.
  Bytes credential{};      ///< Basic credentials that are sent to it (RFC 7617), `user:password`, sealed; empty: none.
};

enum class DeliveryState : std::uint8_t { pending, delivered, failed };
template <>
inline constexpr std::array<std::string_view, 3> names_of<DeliveryState>{"pending", "delivered", "failed"};

/// The delivery of one event to one webhook.
struct Delivery {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};
  Id webhook{};
  Id event{};
  std::string type{};
  DeliveryState state = DeliveryState::pending;
  std::int64_t attempts = 0;
  Instant due_at{};              ///< When it is tried next.
  std::int64_t last_status = 0;  ///< HTTP status of the last response; 0: there was none.
  std::string last_fault{};
  std::optional<Instant> last_at{};
  Instant created_at{};
};

}  // namespace innkeeper
