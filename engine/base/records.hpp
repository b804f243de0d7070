#pragma once

#include <innkeeper/schema/entity.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// The engine's own records, which no operation shows.
namespace innkeeper {

/// `revoke_…`: the tokens of a member of one generation. `purge_…`: what belongs to a row that is gone, or keys that were
/// replaced.
enum class TaskKind : std::uint8_t {
  revoke_member_tokens,
  revoke_join_tokens,
  revoke_stream_keys,
  purge_member,
  purge_room,
  purge_device,
  purge_webhook,
  purge_app,
  purge_operator,
  purge_app_keys,
  purge_operator_keys,
  purge_key,
  close_participations,
  revoke_issued_join_tokens,
  revoke_issued_member_tokens,
  revoke_issued_stream_keys
};
template <>
inline constexpr std::array<std::string_view, 16> names_of<TaskKind>{"revoke_member_tokens",
                                                                     "revoke_join_tokens",
                                                                     "revoke_stream_keys",
                                                                     "purge_member",
                                                                     "purge_room",
                                                                     "purge_device",
                                                                     "purge_webhook",
                                                                     "purge_app",
                                                                     "purge_operator",
                                                                     "purge_app_keys",
                                                                     "purge_operator_keys",
                                                                     "purge_key",
                                                                     "close_participations",
                                                                     "revoke_issued_join_tokens",
                                                                     "revoke_issued_member_tokens",
                                                                     "revoke_issued_stream_keys"};

/// The remaining writes of a change that concerns many rows. Most such changes hold already, by a mark. Maintenance writes the
/// rows, some hundred a transaction.
struct Task {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  TaskKind kind = TaskKind::purge_room;
  Id object{};                  ///< The member, session, key, or what is gone.
  std::int64_t generation = 0;  ///< Of the object, as the change left it.
  std::string after{};          ///< The last row that was examined: its id, uid or position in an order.
  std::int64_t changed = 0;     ///< Rows, so far.
  Instant created_at{};         ///< When the change was made.
  std::string choice{};         ///< Which rows, where the object does not say.
};

/// The stored response to a request with an `Idempotency-Key`.
struct StoredAnswer {
  Id id{};
  std::int64_t version = 0;
  Bytes digest{};  ///< Of the caller, the route and the key.
  Bytes body{};    ///< Digest of the request.
  Bytes sealed{};  ///< The answer.
  Instant expires_at{};
  Id tenant{};  ///< The caller's tenant and app, whose quotas its bytes count against.
  Id app{};
};

/// What the engine keeps about itself, such as the sealed pepper.
struct Setting {
  Id id{};
  std::int64_t version = 0;
  std::string name{};
  Bytes value{};
};

template <>
inline constexpr auto description_of<Task> = describe<Task>("task", column("tenant", &Task::tenant), column("app", &Task::app),
                                                            column("kind", &Task::kind), column("object", &Task::object),
                                                            column("generation", &Task::generation, internal),
                                                            column("after", &Task::after), column("changed", &Task::changed),
                                                            column("created_at", &Task::created_at),
                                                            column("choice", &Task::choice, 8))
                                                 .owned_by("tenant")
                                                 .within("app")
                                                 .index("object")
                                                 .index("app")
                                                 .since(6);

template <>
inline constexpr auto description_of<StoredAnswer> =
    describe<StoredAnswer>("stored_answer", column("digest", &StoredAnswer::digest), column("body", &StoredAnswer::body),
                           column("sealed", &StoredAnswer::sealed), column("expires_at", &StoredAnswer::expires_at),
                           column("tenant", &StoredAnswer::tenant, 8), column("app", &StoredAnswer::app, 8))
        .unique("digest")
        .index("expires_at")
        .since(2)
        .kept_until("expires_at")
        .counted(10, QuotaKind::bytes, Needs::bytes, Growth::is_free);

template <>
inline constexpr auto description_of<Setting> =
    describe<Setting>("setting", column("name", &Setting::name), column("value", &Setting::value)).unique("name");

}  // namespace innkeeper
