#include "engine/ledger/claims.hpp"

#include "engine/json/parse.hpp"
#include "engine/json/writer.hpp"

namespace innkeeper::ledger {

namespace {
std::int64_t seconds(Instant at) { return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count(); }
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

std::optional<std::string> join_token_of(std::string_view claims) {
  const auto document = json::parse(claims);
  const auto id = document ? document->root().find("jti") : std::nullopt;
  if (!id || !id->is(json::Kind::string)) return std::nullopt;
  return std::string{id->text()};
}

}  // namespace innkeeper::ledger
