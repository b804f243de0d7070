#include "engine/changes/claims.hpp"

#include <innkeeper/contract/tokens.hpp>
#include <innkeeper/json/parse.hpp>
#include <innkeeper/json/writer.hpp>

#include "engine/base/text.hpp"

#include <span>
#include <utility>

namespace innkeeper::changes {

namespace {
std::optional<std::string> text_in(json::View object, std::string_view name) {
  const auto value = object.find(name);
  if (!value || !value->is(json::Kind::string)) return std::nullopt;
  return std::string{value->text()};
}

constexpr std::string_view issuer = "innkeeper";

std::string audience_of(const JwtPurpose& purpose, std::string_view app_uid) {
  return std::string{purpose.audience}.append(":").append(app_uid);
}

/// The uid of the app that a token of this purpose is for.
std::optional<std::string> app_in(json::View claims, const JwtPurpose& purpose) {
  const auto audience = text_in(claims, "aud");
  const auto beginning = audience_of(purpose, "");
  if (text_in(claims, "iss") != issuer || !audience || !audience->starts_with(beginning)) return std::nullopt;
  return audience->substr(beginning.size());
}

std::optional<SignedToken> from_jwt(const crypto::Keyring& keyring, std::string_view text) {
  const auto json = keyring.signer().verify(joining.typ, text);
  const auto document = json ? json::parse(*json) : Error{Errc::malformed};
  if (!document) return std::nullopt;
  auto uid = text_in(document->root(), "jti");
  auto app = app_in(document->root(), joining);
  if (!uid || !app) return std::nullopt;
  return SignedToken{std::move(*uid), std::move(app)};
}

std::optional<SignedToken> from_ticket(const crypto::Keyring& keyring, std::string_view text) {
  const auto json = crypto::base64_decode(text);
  const auto document = json ? json::parse(*json) : Error{Errc::malformed};
  if (!document) return std::nullopt;
  auto uid = text_in(document->root(), "tokenId");
  const auto host = text_in(document->root(), "host");
  const auto signature = text_in(document->root(), "signature");
  if (!uid || !host || !signature) return std::nullopt;
  if (!crypto::equals_in_constant_time(*signature, ticket_signature(keyring, *uid, *host))) return std::nullopt;
  return SignedToken{std::move(*uid)};
}
}  // namespace

std::string join_jwt(const crypto::Keyring& keyring, const JoinToken& token, const Room& room, const App& app) {
  std::string text;
  json::Writer out{text};
  out.begin_object().key("iss").string(issuer).key("aud").string(audience_of(joining, app.uid));
  if (!token.user_ref.empty()) out.key("sub").string(token.user_ref);
  out.key("jti")
      .string(token.uid)
      .key("iat")
      .integer(contract::numeric_date(token.created_at))
      .key("exp")
      .integer(contract::numeric_date(token.expires_at));
  out.key("room").string(room.uid).key("role").string(name_of(token.role));
  if (!token.name.empty()) out.key("name").string(token.name);
  out.end_object();
  return keyring.signer().sign(joining.typ, text);
}

std::string ticket_signature(const crypto::Keyring& keyring, std::string_view token_uid, std::string_view host) {
  constexpr std::size_t size = 20;
  const auto digest = keyring.mac(crypto::Purpose::tickets, std::string{token_uid}.append(",").append(host));
  return crypto::base64_encode(base::to_hex(std::as_bytes(std::span{digest}.first<size>())));
}

std::optional<SignedToken> join_token_in(const crypto::Keyring& keyring, std::string_view text) {
  return text.find('.') != std::string_view::npos ? from_jwt(keyring, text) : from_ticket(keyring, text);
}

}  // namespace innkeeper::changes
