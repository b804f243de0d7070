#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/types.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Who uses an app, and the things that belong to them.
namespace innkeeper {

enum class MemberStatus : std::uint8_t { active, suspended };
template <>
inline constexpr std::array<std::string_view, 2> names_of<MemberStatus>{"active", "suspended"};

/// A user of an app.
struct Member {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};                         ///< Lower-case UUID when generated here.
  std::optional<std::string> app_user_id{};  ///< What the app calls it; unique inside the app.
  std::string name{};
  std::string email{};
  MemberStatus status = MemberStatus::active;  ///< A suspended one has no tokens.
  JsonText metadata{"{}"};                     ///< The app's own, an object.
  JsonText extras{"{}"};                       ///< What only one dialect understands.
  Instant created_at{};
  Instant updated_at{};
  std::int64_t generation = 0;  ///< Raised when all its tokens are revoked: those of an earlier generation are void.
};
namespace members {
/// An `app_user_id` of null removes it.
struct Draft {
  std::optional<std::optional<std::string>> app_user_id{};
  std::optional<std::string> name{};
  std::optional<std::string> email{};
  std::optional<MemberStatus> status{};
  std::optional<JsonText> metadata{};
};
}  // namespace members

/// A token that authenticates a member. Only its digest is stored.
struct MemberToken {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};
  Id member{};
  Bytes digest{};
  std::string hint{};  ///< The last four characters.
  Instant expires_at{};
  std::optional<Instant> revoked_at{};
  Instant created_at{};
  std::int64_t generation = 0;  ///< The member's generation when it was created.
};

enum class DeviceStatus : std::uint8_t { active, disabled };
template <>
inline constexpr std::array<std::string_view, 2> names_of<DeviceStatus>{"active", "disabled"};

/// A thing that belongs to an app and perhaps to a member.
struct Device {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};
  Id member{};  ///< None: it belongs to no member.
  std::string name{};
  std::string kind{};  ///< What it is, in the app's words.
  DeviceStatus status = DeviceStatus::active;
  JsonText metadata{"{}"};  ///< The app's own, an object.
  JsonText extras{"{}"};    ///< What only one dialect understands.
  Instant created_at{};
  Instant updated_at{};
};
namespace devices {
/// A `member` of null takes the device from its member.
struct Draft {
  std::optional<std::optional<std::string>> member{};
  std::optional<std::string> name{};
  std::optional<std::string> kind{};
  std::optional<DeviceStatus> status{};
  std::optional<JsonText> metadata{};
};
}  // namespace devices

/// One value that a device reported.
struct Reading {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  Id device{};
  Instant at{};
  JsonText value{"null"};  ///< A number, text or Boolean.
};

/// What an app used in one calendar month (UTC).
struct Usage {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::int64_t month = 0;      ///< Year times 100 plus month: 202403.
  std::int64_t signaling = 0;  ///< Connections to the signalling server.
  std::int64_t turn_bytes = 0;
  std::int64_t sfu_bytes = 0;
};

}  // namespace innkeeper
