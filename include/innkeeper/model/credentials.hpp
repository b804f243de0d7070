#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/types.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Tenants, operators, apps, and their credentials.
namespace innkeeper {

enum class TenantStatus : std::uint8_t { active, suspended, deleted };
template <>
inline constexpr std::array<std::string_view, 3> names_of<TenantStatus>{"active", "suspended", "deleted"};

/// Owner of apps. A tenant that is not active is refused by every contract from the next request on.
struct Tenant {
  Id id{};
  std::int64_t version = 0;
  std::string uid{};  ///< 32 lower-case hex digits when generated here; unchanged when imported.
  std::string name{};
  TenantStatus status = TenantStatus::active;
  Instant created_at{};
  Instant updated_at{};
};

/// A person or program that administers a tenant, or all of them when `tenant` is none. Its secrets are keys.
struct Operator {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  std::string uid{};  ///< 32 lower-case hex digits.
  std::string name{};
  Instant created_at{};
  std::int64_t generation = 0;  ///< As `App::generation`.
};

/// Live or test. A test key has no access to a live app.
enum class Mode : std::uint8_t { live, test };
template <>
inline constexpr std::array<std::string_view, 2> names_of<Mode>{"live", "test"};

enum class AppStatus : std::uint8_t { active, suspended };
template <>
inline constexpr std::array<std::string_view, 2> names_of<AppStatus>{"active", "suspended"};

/// A client application. Its `uid` is the public half of its credentials in every contract; its keys are the secret half.
struct App {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  std::string uid{};  ///< Lower-case UUID when generated here.
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
  Mode mode = Mode::live;       ///< Fixed when it is made.
  std::int64_t generation = 0;  ///< Raised when all its keys are replaced: keys of another generation are void.
};

enum class KeyOwner : std::uint8_t { app, administrator };
template <>
inline constexpr std::array<std::string_view, 2> names_of<KeyOwner>{"app", "operator"};

/// One secret of an app or of an operator. Several of one owner may be valid at once.
struct Key {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};  ///< None for a key of an operator over all tenants.
  KeyOwner owner_kind = KeyOwner::app;
  Id owner{};
  std::string uid{};   ///< Lower-case UUID; what the sealed copy is bound to.
  Bytes digest{};      ///< HMAC-SHA-256 of the secret under the pepper.
  Bytes sealed{};      ///< The secret, AES-256-GCM under a key of this row, which is derived from the pepper.
  std::string hint{};  ///< The last four characters.
  Instant created_at{};
  std::string prefix{};  ///< The first eight characters of a secret that was generated here.
  std::string label{};
  std::string scopes{"*"};  ///< Names with blanks between them; `*` is all that the holder may do.
  Mode mode = Mode::live;
  std::string networks{};  ///< Where it may be used from: CIDR blocks with blanks between them; empty: anywhere.
  std::optional<Instant> expires_at{};
  std::optional<Instant> revoked_at{};
  Id replaced_by{};                           ///< The key that took its place.
  std::int64_t last_used = 0;                 ///< Microseconds since 1970, a minute late at most; 0: never.
  std::optional<std::int64_t> rate_quota{};   ///< Requests per window; 0: no limit; none: as configured.
  std::optional<std::int64_t> rate_window{};  ///< Seconds.
  std::optional<Instant> updated_at{};
  Id made_by{};  ///< The key that created it; none: the host, or an import. When that key's row is deleted, the key that created
                 ///< that one.
  std::int64_t generation = 0;  ///< The holder's generation when it was created; `removed_key` once it was removed.
};
inline constexpr std::int64_t removed_key = -1;

/// A bearer token that an operator got for its key. Only its digest is stored.
struct AccessToken {
  Id id{};
  std::int64_t version = 0;
  Bytes digest{};
  Id holder{};  ///< The operator.
  Id tenant{};  ///< The tenant it is valid for; none: for no tenant at all (an unscoped token).
  Instant issued_at{};
  Instant expires_at{};
  Id key{};  ///< The key it was issued for: valid as long as that is, with its scopes. None for tokens of schema step 1.
};

}  // namespace innkeeper
