#pragma once

#include <innkeeper/entity.hpp>

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
template <>
inline constexpr auto description_of<Tenant> = describe<Tenant>("tenant", column("uid", &Tenant::uid, name_length),
                                                                column("name", &Tenant::name, name_length),
                                                                column("status", &Tenant::status),
                                                                column("created_at", &Tenant::created_at),
                                                                column("updated_at", &Tenant::updated_at))
                                                   .owned_by("id")
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
  std::int64_t generation = 0;  ///< As `App::generation`.
};
template <>
inline constexpr auto description_of<Operator> = describe<Operator>("operator", column("tenant", &Operator::tenant),
                                                                    column("uid", &Operator::uid, name_length),
                                                                    column("name", &Operator::name, name_length),
                                                                    column("created_at", &Operator::created_at),
                                                                    column("generation", &Operator::generation, 6, internal))
                                                     .owned_by("tenant")
                                                     .unique("uid")
                                                     .unique("tenant", "name")
                                                     .index("name")
                                                     .indexes_since(8)
                                                     .index("tenant")
                                                     .counted(19, QuotaKind::bytes, Needs::all, Growth::is_bound);

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
template <>
inline constexpr auto description_of<App> =
    describe<App>("app", column("tenant", &App::tenant), column("uid", &App::uid, name_length),
                  column("name", &App::name, text_length), column("description", &App::description, Length{0, 1'000}),
                  column("status", &App::status), column("domains", &App::domains), column("permissions", &App::permissions),
                  column("recording_bucket", &App::recording_bucket, Length{0, 1'024}),
                  column("recording_credential", &App::recording_credential), column("extras", &App::extras),
                  column("created_at", &App::created_at), column("updated_at", &App::updated_at),
                  column("mode", &App::mode, 2, "live"), column("generation", &App::generation, 6, internal))
        .owned_by("tenant")
        .within("id")
        .unique("uid")
        .index("tenant")
        .index("name")
        .counted(18, QuotaKind::bytes, Needs::all, Growth::is_bound);

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
  Bytes sealed{};      ///< The secret, AES-256-GCM under the master key.
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
template <>
inline constexpr auto description_of<Key> =
    describe<Key>("key", column("tenant", &Key::tenant), column("owner_kind", &Key::owner_kind), column("owner", &Key::owner),
                  column("uid", &Key::uid, name_length), column("digest", &Key::digest), column("sealed", &Key::sealed),
                  column("hint", &Key::hint), column("created_at", &Key::created_at), column("prefix", &Key::prefix, 2),
                  column("label", &Key::label, 2, text_length), column("scopes", &Key::scopes, 2, "*"),
                  column("mode", &Key::mode, 2, "live"), column("networks", &Key::networks, 2),
                  column("expires_at", &Key::expires_at, 2), column("revoked_at", &Key::revoked_at, 2),
                  column("replaced_by", &Key::replaced_by, 2), column("last_used", &Key::last_used, 2),
                  column("rate_quota", &Key::rate_quota, 2, Range{0, 1'000'000'000}),
                  column("rate_window", &Key::rate_window, 2, Range{1, std::chrono::seconds{std::chrono::days{31}}.count()}),
                  column("updated_at", &Key::updated_at, 2), column("made_by", &Key::made_by, 4),
                  column("generation", &Key::generation, 6, internal))
        .owned_by("tenant")
        .unique("uid")
        .index("digest")
        .index("owner_kind", "owner")
        .indexes_since(4)
        .index("made_by")
        .counted(7, QuotaKind::keys, Needs::all, Growth::is_bound);

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
template <>
inline constexpr auto description_of<AccessToken> =
    describe<AccessToken>("access_token", column("digest", &AccessToken::digest),
                          column("holder", &AccessToken::holder, references("operator", OnRemove::cascade)),
                          column("tenant", &AccessToken::tenant), column("issued_at", &AccessToken::issued_at),
                          column("expires_at", &AccessToken::expires_at), column("key", &AccessToken::key, 2))
        .unique("digest")
        .index("holder")
        .index("expires_at")
        .kept_until("expires_at")
        .counted(8, QuotaKind::tokens, Needs::nothing, Growth::is_free);

}  // namespace innkeeper
