#pragma once

#include <innkeeper/entity.hpp>

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
template <>
inline constexpr auto description_of<Member> =
    describe<Member>("member", column("tenant", &Member::tenant),
                     column("app", &Member::app, references("app", OnRemove::cascade)), column("uid", &Member::uid, name_length),
                     column("app_user_id", &Member::app_user_id, name_length), column("name", &Member::name, text_length),
                     column("email", &Member::email, Length{0, 320}), column("status", &Member::status),
                     column("metadata", &Member::metadata), column("extras", &Member::extras),
                     column("created_at", &Member::created_at), column("updated_at", &Member::updated_at),
                     column("generation", &Member::generation, 6, internal))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .unique("app", "app_user_id")
        .index("app", "created_at")
        .index("app", "name")
        .since(2)
        .counted(4, QuotaKind::members, Needs::all, Growth::is_bound);

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
template <>
inline constexpr std::array changes_of<members::Draft>{
    change<&members::Draft::app_user_id, &Member::app_user_id>, change<&members::Draft::name, &Member::name>,
    change<&members::Draft::email, &Member::email>, change<&members::Draft::status, &Member::status>,
    change<&members::Draft::metadata, &Member::metadata>};

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
template <>
inline constexpr auto description_of<MemberToken> =
    describe<MemberToken>("member_token", column("tenant", &MemberToken::tenant),
                          column("app", &MemberToken::app, references("app", OnRemove::cascade)),
                          column("uid", &MemberToken::uid),
                          column("member", &MemberToken::member, references("member", OnRemove::cascade)),
                          column("digest", &MemberToken::digest), column("hint", &MemberToken::hint),
                          column("expires_at", &MemberToken::expires_at), column("revoked_at", &MemberToken::revoked_at),
                          column("created_at", &MemberToken::created_at),
                          column("generation", &MemberToken::generation, 6, internal))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .unique("digest")
        .index("app", "created_at")
        .index("member")
        .index("expires_at")
        .since(2)
        .kept_for("expires_at", as_configured)
        .counted(5, QuotaKind::tokens, Needs::all, Growth::is_free);

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
template <>
inline constexpr auto description_of<Device> =
    describe<Device>("device", column("tenant", &Device::tenant),
                     column("app", &Device::app, references("app", OnRemove::cascade)), column("uid", &Device::uid, name_length),
                     column("member", &Device::member, references("member", OnRemove::set_null)),
                     column("name", &Device::name, name_length), column("kind", &Device::kind, text_length),
                     column("status", &Device::status), column("metadata", &Device::metadata), column("extras", &Device::extras),
                     column("created_at", &Device::created_at), column("updated_at", &Device::updated_at))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("app", "created_at")
        .index("app", "name")
        .index("member")
        .since(2)
        .counted(6, QuotaKind::devices, Needs::all, Growth::is_bound);

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
template <>
inline constexpr std::array changes_of<devices::Draft>{
    change<&devices::Draft::name, &Device::name>, change<&devices::Draft::kind, &Device::kind>,
    change<&devices::Draft::status, &Device::status>, change<&devices::Draft::metadata, &Device::metadata>};

/// One value that a device reported.
struct Reading {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  Id device{};
  Instant at{};
  JsonText value{"null"};  ///< A number, text or truth value.
};
template <>
inline constexpr auto description_of<Reading> = describe<Reading>("reading", column("tenant", &Reading::tenant),
                                                                  column("app", &Reading::app),
                                                                  column("device", &Reading::device,
                                                                         references("device", OnRemove::cascade)),
                                                                  column("at", &Reading::at), column("value", &Reading::value))
                                                    .owned_by("tenant")
                                                    .within("app")
                                                    .index("device", "at")
                                                    .since(2)
                                                    .counted(11, QuotaKind::bytes, Needs::all, Growth::is_free);

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
template <>
inline constexpr auto description_of<Usage> = describe<Usage>("usage", column("tenant", &Usage::tenant),
                                                              column("app", &Usage::app, references("app", OnRemove::cascade)),
                                                              column("month", &Usage::month),
                                                              column("signaling", &Usage::signaling),
                                                              column("turn_bytes", &Usage::turn_bytes),
                                                              column("sfu_bytes", &Usage::sfu_bytes))
                                                  .owned_by("tenant")
                                                  .within("app")
                                                  .unique("app", "month")
                                                  .counted(17, QuotaKind::bytes, Needs::nothing, Growth::is_free);

}  // namespace innkeeper
