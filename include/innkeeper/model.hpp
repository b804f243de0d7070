#pragma once

#include <innkeeper/entity.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The one domain model under every contract. Fields are the stored ones; what a contract shows under another name says so in
/// that contract's dialect.
namespace innkeeper {

enum class TenantStatus : std::uint8_t { active, suspended, deleted };
template <>
inline constexpr std::array<std::string_view, 3> names_of<TenantStatus>{"active", "suspended", "deleted"};

/// Owner of apps. A tenant that is not active is refused by every contract from the next request on.
struct Tenant {
  Id id{};
  std::int64_t version = 0;
  std::string uid{};  ///< 32 lower-case hex digits when made here; kept as it came when imported.
  std::string name{};
  TenantStatus status = TenantStatus::active;
  Instant created_at{};
  Instant updated_at{};
};
template <>
inline constexpr auto description_of<Tenant> = describe<Tenant>("tenant", column("uid", &Tenant::uid),
                                                                column("name", &Tenant::name), column("status", &Tenant::status),
                                                                column("created_at", &Tenant::created_at),
                                                                column("updated_at", &Tenant::updated_at))
                                                   .unique("uid")
                                                   .index("name");

/// A person or program that administers a tenant, or all of them when `tenant` is none. Its secrets are keys.
struct Operator {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  std::string uid{};  ///< 32 lower-case hex digits.
  std::string name{};
  Instant created_at{};
};
template <>
inline constexpr auto description_of<Operator> = describe<Operator>("operator", column("tenant", &Operator::tenant),
                                                                    column("uid", &Operator::uid),
                                                                    column("name", &Operator::name),
                                                                    column("created_at", &Operator::created_at))
                                                     .owned_by("tenant")
                                                     .unique("uid")
                                                     .unique("tenant", "name")
                                                     .index("name");

enum class AppStatus : std::uint8_t { active, suspended };
template <>
inline constexpr std::array<std::string_view, 2> names_of<AppStatus>{"active", "suspended"};

/// The thing that holds credentials. Its `uid` is the public half in every contract; its keys are the secret half.
struct App {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  std::string uid{};  ///< Lower-case UUID when made here.
  std::optional<std::string> name{};
  std::string description{};
  AppStatus status = AppStatus::active;
  JsonText domains{"[]"};      ///< Host patterns that peers may come from: an array of strings.
  JsonText permissions{"[]"};  ///< Names of features: an array of strings, sorted.
  std::string recording_bucket{};
  Bytes recording_credential{};  ///< Sealed; empty when none is stored.
  JsonText extras{"{}"};         ///< What only one dialect understands, under that dialect's name.
  Instant created_at{};
  Instant updated_at{};
};
template <>
inline constexpr auto description_of<App> = describe<App>("app", column("tenant", &App::tenant), column("uid", &App::uid),
                                                          column("name", &App::name), column("description", &App::description),
                                                          column("status", &App::status), column("domains", &App::domains),
                                                          column("permissions", &App::permissions),
                                                          column("recording_bucket", &App::recording_bucket),
                                                          column("recording_credential", &App::recording_credential),
                                                          column("extras", &App::extras), column("created_at", &App::created_at),
                                                          column("updated_at", &App::updated_at))
                                                .owned_by("tenant")
                                                .unique("uid")
                                                .index("tenant")
                                                .index("name");

enum class KeyOwner : std::uint8_t { app, administrator };
template <>
inline constexpr std::array<std::string_view, 2> names_of<KeyOwner>{"app", "operator"};

/// One secret of an app or of an operator. Several of one owner may live at once.
struct Key {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};  ///< None for a key of an operator over all tenants.
  KeyOwner owner_kind = KeyOwner::app;
  Id owner{};
  std::string uid{};   ///< Lower-case UUID; what the sealed copy is bound to.
  Bytes digest{};      ///< HMAC-SHA-256 of the secret under the pepper.
  Bytes sealed{};      ///< The secret, AES-256-GCM under the master key.
  std::string hint{};  ///< The last four characters.
  Instant created_at{};
};
template <>
inline constexpr auto description_of<Key> = describe<Key>("key", column("tenant", &Key::tenant),
                                                          column("owner_kind", &Key::owner_kind), column("owner", &Key::owner),
                                                          column("uid", &Key::uid), column("digest", &Key::digest),
                                                          column("sealed", &Key::sealed), column("hint", &Key::hint),
                                                          column("created_at", &Key::created_at))
                                                .owned_by("tenant")
                                                .unique("uid")
                                                .index("digest")
                                                .index("owner_kind", "owner");

/// A bearer token that an operator got for its key. Only its digest is kept.
struct AccessToken {
  Id id{};
  std::int64_t version = 0;
  Bytes digest{};
  Id holder{};  ///< The operator.
  Id tenant{};  ///< The tenant it is good for; none: for no tenant at all (an unscoped token).
  Instant issued_at{};
  Instant expires_at{};
};
template <>
inline constexpr auto description_of<AccessToken> = describe<AccessToken>("access_token", column("digest", &AccessToken::digest),
                                                                          column("holder", &AccessToken::holder),
                                                                          column("tenant", &AccessToken::tenant),
                                                                          column("issued_at", &AccessToken::issued_at),
                                                                          column("expires_at", &AccessToken::expires_at))
                                                        .unique("digest")
                                                        .index("holder")
                                                        .index("expires_at");

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
                                                              column("app", &Usage::app), column("month", &Usage::month),
                                                              column("signaling", &Usage::signaling),
                                                              column("turn_bytes", &Usage::turn_bytes),
                                                              column("sfu_bytes", &Usage::sfu_bytes))
                                                  .owned_by("tenant")
                                                  .unique("app", "month");

/// What the engine keeps about itself, such as the sealed pepper.
struct Setting {
  Id id{};
  std::int64_t version = 0;
  std::string name{};
  Bytes value{};
};
template <>
inline constexpr auto description_of<Setting> =
    describe<Setting>("setting", column("name", &Setting::name), column("value", &Setting::value)).unique("name");

}  // namespace innkeeper
