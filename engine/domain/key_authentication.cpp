#include "engine/base/internals.hpp"
#include "engine/base/network.hpp"
#include "engine/base/rate_limits.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/key_bounds.hpp"

#include <optional>
#include <string_view>
#include <utility>

/// Whom a secret stands for.
namespace innkeeper::keys {

namespace {

/// A key found by its secret, with its app if it is an app's.
struct Found {
  Key key{};
  std::optional<App> app{};
};

/// Looks up the holder of a key. Answers whether it is there and the key was not replaced.
Result<bool> add_holder(Transaction& tx, Found& found) {
  if (found.key.owner_kind != KeyOwner::app) return domain::is_present(tx, found.key);
  auto app = tx.get<App>(found.key.owner);
  if (!app && app.error().code != Errc::not_found) return app.error();
  if (!app || app->generation != found.key.generation) return false;
  found.app = std::move(*app);
  return true;
}

/// The one key of that secret among those that the transaction may see. One that two holders share stands for neither.
Result<Found> find_by_secret(Transaction& tx, const Context& context, std::string_view secret) {
  if (secret.starts_with("ink") && secret.size() == crypto::secret_size && !crypto::is_well_formed_secret(secret))
    return domain::unknown_secret();
  const auto digest = context.internals.keyring.digest(secret);
  auto keys = tx.list(Query<Key>{}.where(&Key::digest, crypto::as_text(digest)));
  if (!keys) return keys.error();
  // Holders are looked up outside of a visit, so that the store may remember them.
  std::optional<Found> found;
  for (auto& key : *keys) {
    Found one{.key = std::move(key)};
    auto is_present = add_holder(tx, one);
    if (!is_present) return is_present.error();
    if (!*is_present) continue;
    if (found) return domain::unknown_secret();
    found = std::move(one);
  }
  if (!found) return domain::unknown_secret();
  return *std::move(found);
}

/// Whether it may be used now, and from there; its tenant must be active, and its app.
Result<void> require_usable(Transaction& tx, const Context& context, const Found& found, std::string_view address) {
  if (auto good = require_valid(found.key, context.now, address); !good) return good;
  if (found.app) return apps::require_active(tx, *found.app);
  if (found.key.tenant != Id::none)
    if (auto active = tenants::require_active(tx, found.key.tenant); !active) return active.error();
  return {};
}

/// Whom a key stands for, if it may be used now, and from there.
Result<Principal> principal_of(Transaction& tx, const Context& context, const Found& found, std::string_view address) {
  if (auto usable = require_usable(tx, context, found, address); !usable) return usable.error();
  const auto& key = found.key;
  return Principal{.kind = found.app ? Principal::Kind::app : Principal::Kind::administrator,
                   .id = key.owner,
                   .tenant = key.tenant,
                   .key = key.id,
                   .scopes = domain::scopes_of(key),
                   .mode = key.mode,
                   .rate_quota = key.rate_quota,
                   .rate_window = key.rate_window};
}

}  // namespace

Result<void> require_valid(const Key& key, Instant now, std::string_view address) {
  if (key.expires_at && *key.expires_at <= now) return Error{Errc::unauthenticated, reason::key_expired, "the key has expired"};
  if (key.revoked_at) return Error{Errc::unauthenticated, reason::key_revoked, "the key was revoked"};
  if (key.networks.empty()) return {};
  const auto from = base::parse_address(address);
  const bool is_inside = from && !domain::all_words(key.networks, [&](std::string_view word) {
                           const auto network = base::parse_network(word);
                           return !(network && base::contains(*network, *from));
                         });
  if (!is_inside) return Error{Errc::forbidden, reason::key_network, "the key may not be used from this address"};
  return {};
}

Result<Principal> authenticate(Transaction& tx, const Context& context, std::string_view secret, std::string_view address) {
  auto found = find_by_secret(tx, context, secret);
  if (!found) return found.error();
  return principal_of(tx, context, *found, address);
}

Result<Principal> authenticate_app(Transaction& tx, const Context& context, std::string_view app_uid, std::string_view secret,
                                   std::string_view address) {
  const auto digest = context.internals.keyring.digest(secret);
  auto keys = tx.list(Query<Key>{}.where(&Key::digest, crypto::as_text(digest)).where(&Key::owner_kind, KeyOwner::app));
  if (!keys) return keys.error();
  for (auto& key : *keys) {
    auto app = tx.get<App>(key.owner);
    if (!app && app.error().code != Errc::not_found) return app.error();
    if (app && app->uid == app_uid && app->generation == key.generation)
      return principal_of(tx, context, {std::move(key), std::move(*app)}, address);
  }
  // The same work whether there is such an app or not: no row of it is read.
  auto count = tx.count(Query<App>{}.where(&App::uid, app_uid));
  if (!count) return count.error();
  return *count > 0 ? domain::unknown_secret() : Error{Errc::unauthenticated, reason::app_unknown, "no such app"};
}

namespace {

Result<KeyStatus> do_verify(Transaction& tx, const Context& context, const KeyCheck& check) {
  auto found = find_by_secret(tx, context, check.secret);
  KeyStatus status;
  const auto bad = [&](Reason why) {
    status.reason = why;
    return status;
  };
  if (!found) return found.error().code == Errc::unauthenticated ? Result<KeyStatus>{bad(found.error().reason)} : found.error();
  // An app learns of its own keys only, an operator of those of apps and of its own kind; a test key of test keys.
  const auto& who = context.principal;
  if (who.app() != Id::none && !found->app) return bad(reason::key_unknown);
  if (who.mode == Mode::test && found->key.mode == Mode::live) return bad(reason::key_unknown);
  auto key = found->key;
  if (check.address.empty()) found->key.networks.clear();
  if (auto usable = require_usable(tx, context, *found, check.address); !usable) {
    if (usable.error().code != Errc::unauthenticated && usable.error().code != Errc::forbidden) return usable.error();
    bad(usable.error().reason);
  } else if (check.scopes && !domain::scopes_of(key).covers(*check.scopes)) {
    bad(reason::scope_missing);
  } else {
    context.internals.rate_limits.note_use(key.id, context.now);
    const auto charge = context.internals.rate_limits.charge_key(key.id, key.rate_quota, key.rate_window, context.ticks);
    if (charge) status.remaining = charge->decision.remaining;
    status.is_valid = !charge || charge->decision.is_allowed;
    if (!status.is_valid) status.reason = Reason{"rate.limited"};
  }
  status.key = std::move(key);
  status.app = std::move(found->app);
  return status;
}

}  // namespace

constinit const Operation<KeyCheck, KeyStatus> verify{"keys.verify", Access::read, do_verify};

}  // namespace innkeeper::keys
