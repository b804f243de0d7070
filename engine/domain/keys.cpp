#include "engine/domain/keys.hpp"

#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"

namespace innkeeper::domain {

namespace {
Query<Key> keys_of(const KeyHolder& holder) {
  return Query<Key>{}.where(&Key::owner_kind, holder.kind).where(&Key::owner, holder.owner);
}
/// What the sealed copy of a key is bound to, so that it opens in its own row only.
std::string binding_of(const Key& key) { return "key:" + key.uid; }
}  // namespace

Result<std::string> add_key(Transaction& tx, const Context& context, const KeyHolder& holder, std::string secret) {
  if (secret.empty()) secret = crypto::make_secret(context.random);
  Key key{.tenant = holder.tenant, .owner_kind = holder.kind, .owner = holder.owner};
  key.uid = crypto::make_uuid(context.random);
  key.digest.data = crypto::as_text(context.keyring.digest(secret));
  key.sealed = context.keyring.seal(secret, binding_of(key));
  key.hint = crypto::hint_of(secret);
  key.created_at = context.now;
  if (auto stored = tx.insert(key); !stored) return stored.error();
  return secret;
}

Result<std::string> replace_keys(Transaction& tx, const Context& context, const KeyHolder& holder, std::string secret) {
  if (auto erased = erase_keys(tx, holder); !erased) return erased.error();
  return add_key(tx, context, holder, std::move(secret));
}

Result<void> erase_keys(Transaction& tx, const KeyHolder& holder) {
  if (auto erased = tx.erase(keys_of(holder)); !erased) return erased.error();
  return {};
}

Result<std::string> reveal_key(Transaction& tx, const Context& context, const KeyHolder& holder) {
  auto key = tx.first(keys_of(holder).order_by(&Key::id, /*descending=*/true));
  if (!key) return key.error();
  auto secret = context.keyring.open(key->sealed, binding_of(*key));
  if (!secret) return Error{Errc::internal, Reason{"key.seal_broken"}, "the sealed copy of a key does not open"};
  return *std::move(secret);
}

}  // namespace innkeeper::domain
