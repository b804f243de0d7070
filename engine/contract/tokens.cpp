#include <innkeeper/contract/tokens.hpp>

#include <innkeeper/json/writer.hpp>
#include <innkeeper/operations/common.hpp>

#include "engine/base/internals.hpp"
#include "engine/crypto/digest.hpp"
#include "engine/crypto/keyring.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace innkeeper::contract {

namespace {

/// The HMAC-SHA-256 of a text under the key of a purpose.
using MacOf = std::function<crypto::Digest(std::string_view text)>;

Error bad() { return {Errc::unauthenticated, reason::token_unknown, "the token is not valid"}; }
Error unfit(std::string detail) { return {Errc::internal, Reason{"token.unfit"}, std::move(detail)}; }

/// Whether the tokens of a purpose can be told from those of others.
bool is_distinct(const TokenPurpose& purpose) {
  return purpose.algorithm == TokenAlgorithm::hs256 ? !purpose.name.empty() : purpose.typ.ends_with("+jwt");
}

std::string header_of(const TokenPurpose& purpose) {
  std::string text;
  json::Writer out{text};
  out.begin_object().key("alg").string("HS256");
  if (!purpose.typ.empty()) out.key("typ").string(purpose.typ);
  out.end_object();
  return text;
}

std::string sign_hs256(const MacOf& mac_of, const TokenPurpose& purpose, std::string_view claims) {
  auto token = crypto::base64url_encode(header_of(purpose)).append(".").append(crypto::base64url_encode(claims));
  const auto mac = crypto::base64url_encode(crypto::as_text(mac_of(token)));
  return token.append(".").append(mac);
}

Result<std::string> bounded(std::string token) {
  if (token.size() > longest_token) return unfit("a token is longer than " + std::to_string(longest_token) + " bytes");
  return token;
}

bool is_text(json::View value, std::string_view text) { return value.is(json::Kind::string) && value.text() == text; }

bool is_header_of(const TokenPurpose& purpose, std::string_view text) {
  const auto document = json::parse(text);
  if (!document || !document->root().is(json::Kind::object)) return false;
  bool has_algorithm = false;
  bool has_typ = purpose.typ.empty();
  for (const auto& [name, value] : document->root().members()) {
    if (name == "alg" && is_text(value, "HS256"))
      has_algorithm = true;
    else if (name == "typ" && !purpose.typ.empty() && is_text(value, purpose.typ))
      has_typ = true;
    else if (name != "kid")
      return false;
  }
  return has_algorithm && has_typ;
}

/// The claims of a token in compact form, the MAC and header of which are as they should be.
std::optional<std::string> open_hs256(const MacOf& mac_of, const TokenPurpose& purpose, std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last) return std::nullopt;
  // Nothing of the token is read before it is known whose it is.
  const auto mac = crypto::base64url_decode(token.substr(last + 1));
  if (!mac || !crypto::equals_in_constant_time(*mac, crypto::as_text(mac_of(token.substr(0, last))))) return std::nullopt;
  const auto header = crypto::base64url_decode(token.substr(0, first));
  if (!header || !is_header_of(purpose, *header)) return std::nullopt;
  return crypto::base64url_decode(token.substr(first + 1, last - first - 1));
}

bool is_for(const TokenPurpose& purpose, json::View claims) {
  const auto audience = claims.find("aud");
  if (purpose.audience.empty()) return !audience;
  if (!audience) return false;
  if (!audience->is(json::Kind::array)) return is_text(*audience, purpose.audience);
  for (const auto each : audience->elements())
    if (is_text(each, purpose.audience)) return true;
  return false;
}

/// Whether what a token claims is so now.
Result<json::Document> checked_claims(const TokenPurpose& purpose, const std::optional<std::string>& text, Instant now) {
  if (!text) return bad();
  auto document = json::parse(*text);
  if (!document || !document->root().is(json::Kind::object)) return bad();
  const auto claims = document->root();
  const auto issuer = claims.find("iss");
  if (!purpose.issuer.empty() && !(issuer && is_text(*issuer, purpose.issuer))) return bad();
  if (!is_for(purpose, claims)) return bad();
  const auto at = numeric_date(now);
  const auto begin = claims.find("nbf");
  if (begin && !(begin->integer() && *begin->integer() <= at)) return bad();
  const auto end = claims.find("exp");
  if (!end || !end->integer()) return bad();
  if (*end->integer() <= at) return Error{Errc::unauthenticated, reason::token_expired, "the token has expired"};
  return document;
}

MacOf mac_of(const Context& context, const TokenPurpose& purpose) {
  return [&keyring = context.internals.keyring, name = purpose.name](std::string_view text) {
    return keyring.token_mac(name, text);
  };
}
MacOf mac_of(const SharedKey& key) {
  return [&key](std::string_view text) { return crypto::hmac_sha256(key.bytes(), text); };
}

}  // namespace

Result<SharedKey> SharedKey::of(std::string secret) {
  constexpr std::size_t least = 32;
  if (secret.size() < least)
    return Error{Errc::invalid, Reason{"token.short_key"}, "a key that signs tokens has 32 bytes at least"};
  return SharedKey{std::move(secret)};
}

Result<std::string> sign_token(const Context& context, const TokenPurpose& purpose, std::string_view claims) {
  if (!is_distinct(purpose)) return unfit("a purpose needs a name for HS256, and a typ of its own for EdDSA");
  if (purpose.algorithm == TokenAlgorithm::eddsa) return bounded(context.internals.keyring.signer().sign(purpose.typ, claims));
  return bounded(sign_hs256(mac_of(context, purpose), purpose, claims));
}

Result<std::string> sign_token(const SharedKey& key, const TokenPurpose& purpose, std::string_view claims) {
  if (purpose.algorithm != TokenAlgorithm::hs256) return unfit("a shared key signs HS256 only");
  return bounded(sign_hs256(mac_of(key), purpose, claims));
}

Result<json::Document> verify_token(const Context& context, const TokenPurpose& purpose, std::string_view token) {
  if (token.size() > longest_token || !is_distinct(purpose)) return bad();
  const auto claims = purpose.algorithm == TokenAlgorithm::eddsa ? context.internals.keyring.signer().verify(purpose.typ, token)
                                                                 : open_hs256(mac_of(context, purpose), purpose, token);
  return checked_claims(purpose, claims, context.now);
}

Result<json::Document> verify_token(const SharedKey& key, const TokenPurpose& purpose, std::string_view token, Instant now) {
  if (token.size() > longest_token || purpose.algorithm != TokenAlgorithm::hs256) return bad();
  return checked_claims(purpose, open_hs256(mac_of(key), purpose, token), now);
}

}  // namespace innkeeper::contract
