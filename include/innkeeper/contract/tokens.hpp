#pragma once

#include <innkeeper/json/parse.hpp>
#include <innkeeper/operation.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// Signed tokens: JSON Web Tokens (RFC 7519) in compact form (RFC 7515 §7.1). All functions are thread safe.
namespace innkeeper::contract {

enum class TokenAlgorithm : std::uint8_t {
  hs256,  ///< HMAC-SHA-256 (RFC 7518 §3.2).
  eddsa,  ///< Ed25519 (RFC 8037 §3.1) under the engine's signing key, whose public half is in its key set.
};

/// What a token is for. A token of one purpose is worth nothing for another: HS256 has a key for each name, EdDSA a `typ` for
/// each. Members have static storage duration.
struct TokenPurpose {
  std::string_view name;  ///< Unique, and never changed: the engine's key for HS256 is derived with it. `acme access`.
  TokenAlgorithm algorithm = TokenAlgorithm::hs256;
  std::string_view typ = "JWT";  ///< `typ` (RFC 7519 §5.1), without characters that JSON escapes; empty: the header has none. Of
                                 ///< EdDSA, one that no other purpose has, and that ends in `+jwt` (RFC 8725 §3.11).
  std::string_view issuer{};     ///< The `iss` that a token must have; empty: any or none.
  std::string_view audience{};   ///< The `aud` that a token must have, alone or among others; empty: it must have none.
};

/// The most bytes of a token.
inline constexpr std::size_t longest_token = 8'192;

/// A key of HS256 that others have too, such as the API secret of a media server.
class SharedKey {
 public:
  /// Errors: `invalid` with reason `token.short_key` for fewer than 32 bytes (RFC 7518 §3.2).
  static Result<SharedKey> of(std::string secret);
  std::string_view bytes() const { return bytes_; }

 private:
  explicit SharedKey(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};

/// The token of these claims, which are the text of a JSON object, as `json::Writer` writes it. They have `exp`, and the `iss`
/// and `aud` of the purpose. Errors: `internal` for a token over `longest_token`, or a purpose whose `typ` its algorithm cannot
/// have.
Result<std::string> sign_token(const Context&, const TokenPurpose&, std::string_view claims);
/// The same under a key that others have. Errors: also `internal` for a purpose of EdDSA.
Result<std::string> sign_token(const SharedKey&, const TokenPurpose&, std::string_view claims);

/// The claims of a token of this purpose that is valid now. The algorithm is the purpose's, whatever the header says: a header
/// that names another one, another `typ`, or anything but `alg`, `typ` and `kid`, is refused. `exp` is required, `nbf` optional
/// (RFC 7519 §4.1.4, §4.1.5), both whole seconds, without leeway. Errors: `unauthenticated` with `reason::token_expired` for a
/// token that was valid until `exp`, or else `reason::token_unknown`.
Result<json::Document> verify_token(const Context&, const TokenPurpose&, std::string_view token);
/// The same under a key that others have.
Result<json::Document> verify_token(const SharedKey&, const TokenPurpose&, std::string_view token, Instant now);

/// A time as `iat`, `nbf` and `exp` have it (RFC 7519 §2), rounded down.
inline std::int64_t numeric_date(Instant at) { return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count(); }

}  // namespace innkeeper::contract
