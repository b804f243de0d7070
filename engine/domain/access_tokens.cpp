#include "engine/domain/access_tokens.hpp"

#include <innkeeper/operations.hpp>

#include "engine/base/internals.hpp"
#include "engine/changes/changes.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/keys.hpp"

namespace innkeeper::access_tokens {

namespace {

constexpr std::size_t token_bytes = 16;

Error refused() { return {Errc::unauthenticated, reason::credential_unknown, "no such operator, secret and tenant"}; }

bool is_of(const NamedLogin& named_login, const Operator& who) {
  if (named_login.name.empty() && named_login.uid.empty()) return false;
  return (named_login.name.empty() || named_login.name == who.name) && (named_login.uid.empty() || named_login.uid == who.uid);
}

/// The tenant of a login as an operator sees it, none when it names none; refused when there is not just one that it may act for.
Result<std::optional<Tenant>> tenant_of(Transaction& tx, const NamedLogin& named_login, const Operator& who) {
  if (named_login.tenant.empty() && named_login.tenant_name.empty()) return std::optional<Tenant>{};
  auto query = Query<Tenant>{}.where(&Tenant::status, Compare::not_equal, TenantStatus::deleted).limit(2);
  if (!named_login.tenant.empty()) query.where(&Tenant::uid, named_login.tenant);
  if (!named_login.tenant_name.empty()) query.where(&Tenant::name, named_login.tenant_name);
  if (who.tenant != Id::none) query.where(&Tenant::id, who.tenant);
  auto tenants = tx.list(query);
  if (!tenants) return tenants.error();
  if (tenants->size() != 1) return refused();
  return std::optional<Tenant>{std::move(tenants->front())};
}

/// The operator of a claim, the key of the secret, and the tenant.
struct Holder {
  Operator who{};
  Key key{};
  std::optional<Tenant> tenant{};
};
Result<Holder> holder_of(Transaction& tx, const Context& context, const NamedLogin& named_login) {
  const auto digest = context.internals.keyring.digest(named_login.secret);
  auto keys = tx.list(Query<Key>{}.where(&Key::digest, crypto::as_text(digest)).where(&Key::owner_kind, KeyOwner::administrator));
  if (!keys) return keys.error();
  for (const auto& key : *keys) {
    auto who = tx.get<Operator>(key.owner);
    if (!who && who.error().code != Errc::not_found) return who.error();
    if (!who || who->generation != key.generation || !is_of(named_login, *who) ||
        !keys::require_valid(key, context.now, named_login.address))
      continue;
    auto tenant = tenant_of(tx, named_login, *who);
    if (tenant) return Holder{std::move(*who), key, std::move(*tenant)};
    if (tenant.error().code != Errc::unauthenticated) return tenant.error();
  }
  return refused();
}

Result<AccessToken> token_of(Transaction& tx, const Context& context, std::string_view text, Errc code) {
  const auto digest = context.internals.keyring.digest(text);
  auto found = tx.first(Query<AccessToken>{}.where(&AccessToken::digest, crypto::as_text(digest)));
  if (!found && found.error().code == Errc::not_found) return Error{code, reason::token_unknown, "no such token"};
  return found;
}

Result<AccessToken> live_token(Transaction& tx, const Context& context, std::string_view text, Errc code) {
  auto found = token_of(tx, context, text, code);
  if (found && found->expires_at <= context.now) return Error{code, reason::token_expired, "the token has expired"};
  return found;
}

/// A live token with its key, which must be good too: what ends a key ends what was got for it.
Result<Grant> grant_of(Transaction& tx, const Context& context, std::string_view text, Errc code) {
  auto token = live_token(tx, context, text, code);
  if (!token) return token.error();
  Grant grant{.token = std::move(*token)};
  // One of an older version says nothing of its key: whoever has it signs in again.
  if (grant.token.key == Id::none) return Error{code, reason::token_unknown, "no such token"};
  auto key = tx.get<Key>(grant.token.key);
  if (!key && key.error().code != Errc::not_found) return key.error();
  auto is_present = key ? domain::is_present(tx, *key) : false;
  if (!is_present) return is_present.error();
  if (!*is_present) return Error{code, reason::token_unknown, "no such token"};
  grant.key = std::move(*key);
  return grant;
}

}  // namespace

Result<Grant> authenticate(Transaction& tx, const Context& context, std::string_view text, std::string_view address) {
  auto grant = grant_of(tx, context, text, Errc::unauthenticated);
  if (!grant) return grant;
  if (auto good = keys::require_valid(grant->key, context.now, address); !good) return good.error();
  return grant;
}

namespace {

Result<Issued> do_issue(Transaction& tx, const Context& context, const Login& login) {
  return sign_in(tx, context, {.name = login.name, .secret = login.secret, .tenant = login.tenant, .address = login.address});
}

}  // namespace

Result<Issued> sign_in(Transaction& tx, const Context& context, const NamedLogin& named_login) {
  auto holder = holder_of(tx, context, named_login);
  if (!holder) return holder.error();

  auto text = crypto::make_hex(context.random, token_bytes);
  AccessToken token{.holder = holder->who.id, .tenant = holder->tenant ? holder->tenant->id : Id::none};
  token.key = holder->key.id;
  token.digest.data = crypto::as_text(context.internals.keyring.digest(text));
  token.issued_at = context.now;
  token.expires_at = context.now + lifetime;
  if (auto stored = changes::insert(tx, context, token); !stored) return stored.error();
  return Issued{{std::move(token), std::move(holder->who), std::move(holder->tenant)}, std::move(text)};
}

namespace {

Result<Session> do_show(Transaction& tx, const Context& context, const std::string& text) {
  auto grant = grant_of(tx, context, text, Errc::not_found);
  if (!grant) return grant.error();
  const auto& key = grant->key;
  if (key.revoked_at || (key.expires_at && *key.expires_at <= context.now))
    return Error{Errc::not_found, reason::token_unknown, "no such token"};
  auto holder = tx.get<Operator>(grant->token.holder);
  if (!holder) return holder.error();
  Session session{std::move(grant->token), std::move(*holder), std::nullopt};
  if (session.token.tenant != Id::none) {
    auto tenant = tx.get<Tenant>(session.token.tenant);
    if (!tenant) return tenant.error();
    session.tenant = std::move(*tenant);
  }
  return session;
}

Result<Nothing> do_revoke(Transaction& tx, const Context& context, const std::string& text) {
  // Also one that seems over: the clock may be ahead.
  auto token = token_of(tx, context, text, Errc::not_found);
  if (!token) return token.error();
  if (auto erased = changes::erase(tx, context, *token); !erased) return erased.error();
  return Nothing{};
}

}  // namespace

constinit const Operation<Login, Issued> issue{"access_tokens.issue", Access::write, do_issue};
constinit const Operation<std::string, Session> show{"access_tokens.show", Access::read, do_show};
constinit const Operation<std::string, Nothing> revoke{"access_tokens.revoke", Access::write, do_revoke};

}  // namespace innkeeper::access_tokens
