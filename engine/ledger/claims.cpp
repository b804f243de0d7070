#include "engine/ledger/claims.hpp"

#include "engine/base/text.hpp"
#include "engine/json/parse.hpp"
#include "engine/json/writer.hpp"

#include <span>

namespace innkeeper::ledger {

namespace {
std::int64_t seconds(Instant at) { return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count(); }

std::optional<std::string> text_in(json::View object, std::string_view name) {
  const auto value = object.find(name);
  if (!value || !value->is(json::Kind::string)) return std::nullopt;
  return std::string{value->text()};
}
}  // namespace

std::string join_claims(const JoinToken& token, const Room& room, const App& app) {
  std::string text;
  json::Writer out{text};
  out.begin_object().key("iss").string("innkeeper").key("aud").string(app.uid);
  if (!token.user_ref.empty()) out.key("sub").string(token.user_ref);
  out.key("jti").string(token.uid).key("iat").integer(seconds(token.created_at)).key("exp").integer(seconds(token.expires_at));
  out.key("room").string(room.uid).key("role").string(name_of(token.role));
  if (!token.name.empty()) out.key("name").string(token.name);
  out.end_object();
  return text;
}

std::string ticket_signature(const crypto::Keyring& keyring, std::string_view token_uid, std::string_view host) {
  constexpr std::size_t size = 20;
  const auto digest = keyring.digest(std::string{"join_token,"}.append(token_uid).append(",").append(host));
  return crypto::base64_encode(base::to_hex(std::as_bytes(std::span{digest}.first<size>())));
}

std::optional<std::string> join_token_in(const crypto::Keyring& keyring, std::string_view text) {
  const bool is_jwt = text.find('.') != std::string_view::npos;
  const auto json = is_jwt ? keyring.signer().verify(text) : crypto::base64_decode(text);
  const auto document = json ? json::parse(*json) : Error{Errc::malformed};
  if (!document) return std::nullopt;
  if (is_jwt) return text_in(document->root(), "jti");
  auto uid = text_in(document->root(), "tokenId");
  const auto host = text_in(document->root(), "host");
  const auto signature = text_in(document->root(), "signature");
  if (!uid || !host || !signature) return std::nullopt;
  if (!crypto::equals_in_constant_time(*signature, ticket_signature(keyring, *uid, *host))) return std::nullopt;
  return uid;
}

}  // namespace innkeeper::ledger
