#include "engine/domain/keys.hpp"

#include "engine/base/internals.hpp"
#include "engine/base/network.hpp"
#include "engine/base/rate_limits.hpp"
#include "engine/changes/seals.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/key_uses.hpp"
#include "engine/domain/lineage.hpp"
#include "engine/domain/tasks.hpp"

#include <algorithm>
#include <vector>

namespace innkeeper {

namespace {

Scopes scopes_of(const Key& key) { return Scopes::parse(key.scopes).value_or(Scopes{}); }

/// Calls `visit` for each word between blanks until it answers false; answers whether it never did.
template <class Visit>
bool all_words(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const auto blank = list.find(' ');
    if (!visit(list.substr(0, blank))) return false;
    list.remove_prefix(blank == std::string_view::npos ? list.size() : blank + 1);
  }
  return true;
}

/// Whether one of the networks holds all of another.
bool holds(std::string_view networks, const base::Network& inner) {
  return !all_words(networks, [&](std::string_view word) {
    const auto outer = base::parse_network(word);
    return !(outer && outer->prefix <= inner.prefix && base::contains(*outer, inner.address));
  });
}

Error stronger(std::string detail) { return {Errc::forbidden, reason::key_stronger, std::move(detail)}; }

/// Whether a limit lets through no more than another.
bool is_within(const RateLimit& limit, const RateLimit& other) {
  if (other.quota == 0 || limit.quota == 0) return other.quota == 0;
  return limit.quota <= other.quota && limit.quota * other.window.count() <= other.quota * limit.window.count();
}

/// A key may pass on what it has, and no more. How often it may be used is for operators to say, unless they are limited too.
Result<void> require_not_stronger(const Context& context, const Key& wanted, const Key& maker) {
  if (maker.owner_kind == KeyOwner::app || maker.rate_quota) {
    const auto limit = context.internals.rate_limits.limit_of_key(wanted.rate_quota, wanted.rate_window);
    if (!is_within(limit, context.internals.rate_limits.limit_of_key(maker.rate_quota, maker.rate_window)))
      return stronger("a key cannot give one that may be used more often");
  }
  if (maker.mode == Mode::test && wanted.mode == Mode::live) return stronger("a test key cannot give a live one");
  if (!scopes_of(maker).covers(scopes_of(wanted))) return stronger("a key cannot give scopes that it has not");
  if (maker.expires_at && (!wanted.expires_at || *wanted.expires_at > *maker.expires_at))
    return stronger("a key cannot give one that outlives it");
  if (maker.networks.empty()) return {};
  const bool is_inside = !wanted.networks.empty() && all_words(wanted.networks, [&](std::string_view word) {
    const auto network = base::parse_network(word);
    return network && holds(maker.networks, *network);
  });
  if (!is_inside) return stronger("a key cannot give one that may be used from further networks");
  return {};
}

Error unknown_secret() { return {Errc::unauthenticated, reason::key_unknown, "no such key"}; }

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
    return unknown_secret();
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
    if (found) return unknown_secret();
    found = std::move(one);
  }
  if (!found) return unknown_secret();
  return *std::move(found);
}

/// Whether it may be used now, and from there; its tenant must be active, and its app.
Result<void> require_usable(Transaction& tx, const Context& context, const Found& found, std::string_view address) {
  if (auto good = keys::require_valid(found.key, context.now, address); !good) return good;
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
                   .scopes = scopes_of(key),
                   .mode = key.mode,
                   .rate_quota = key.rate_quota,
                   .rate_window = key.rate_window};
}

/// The holder that a new or listed key is for.
Result<std::pair<domain::KeyHolder, Mode>> open_holder(Transaction& tx, const Context& context, KeyOwner kind, const Ref& ref) {
  if (kind == KeyOwner::app) {
    auto app = apps::open(tx, context, ref);
    if (!app) return app.error();
    return std::pair{domain::holder_of(*app), app->mode};
  }
  // Operators are nothing an app or a member knows of.
  if (context.principal.app() != Id::none) return domain::unknown<Operator>();
  auto who = operators::find(tx, context, ref);
  if (!who) return who.error();
  if (who->tenant != Id::none && context.principal.kind != Principal::Kind::host)
    if (auto active = tenants::require_active(tx, who->tenant); !active) return active.error();
  return std::pair{domain::holder_of(*who), context.principal.mode};
}

/// A key that the caller may see: of an app it may use, or of an operator if it may administer those.
Result<Key> find_key(Transaction& tx, const Context& context, const Ref& ref, Scope for_operators) {
  auto key = domain::look_up<Key>(tx, ref);
  if (!key) return key;
  const auto holder = open_holder(tx, context, key->owner_kind, key->owner);
  if (!holder) return holder.error().code == Errc::not_found ? domain::unknown<Key>() : holder.error();
  if (key->generation != holder->first.generation) return domain::unknown<Key>();
  if (key->owner_kind == KeyOwner::app) return key;
  if (!context.principal.has(for_operators))
    return Error{Errc::forbidden, reason::scope_missing, "this needs the scope " + std::string{name_of(for_operators)}};
  if (context.principal.mode == Mode::test && key->mode == Mode::live)
    return Error{Errc::forbidden, reason::test_mode, "a test key does not reach a live key"};
  return key;
}

/// What a caller is shown of a key.
Result<Key> shown(Transaction& tx, Result<Key> key) {
  if (!key) return key;
  if (auto added = domain::add_last_use(tx, *key); !added) return added.error();
  return key;
}

Result<void> apply(const keys::Draft& draft, Key& key) {
  if (draft.label) key.label = *draft.label;
  if (draft.networks) {
    std::string_view wrong;
    if (!all_words(*draft.networks, [&](std::string_view word) { return base::parse_network(wrong = word).has_value(); }))
      return domain::refused("/networks", "must be CIDR blocks such as 192.0.2.0/24, without bits beyond the prefix, not \"" +
                                              std::string{wrong} + '"');
    key.networks = *draft.networks;
  }
  if (draft.rate) {
    key.rate_quota = *draft.rate ? std::optional{(*draft.rate)->quota} : std::nullopt;
    key.rate_window = *draft.rate ? std::optional<std::int64_t>{(*draft.rate)->window.count()} : std::nullopt;
  }
  return {};
}

}  // namespace

namespace domain {

Result<bool> is_present(Transaction& tx, const Key& key) {
  const auto is_of = [&](const auto& holder) -> Result<bool> {
    if (!holder && holder.error().code != Errc::not_found) return holder.error();
    return holder && holder->generation == key.generation;
  };
  return key.owner_kind == KeyOwner::app ? is_of(tx.get<App>(key.owner)) : is_of(tx.get<Operator>(key.owner));
}

Result<Key> bounded_by_maker(Transaction& tx, const Context& context) {
  if (context.principal.kind == Principal::Kind::member) return stronger("a member gives and is shown no keys");
  if (context.principal.key == Id::none) return Key{.owner_kind = KeyOwner::administrator};
  // The maker may be an operator over all tenants, whose key a confined transaction does not show.
  const auto tenant = tx.tenant();
  const auto app = tx.app();
  tx.confine(Id::none);
  auto maker = tx.get<Key>(context.principal.key);
  tx.confine(tenant, app);
  if (!maker) return maker.error().code == Errc::not_found ? unknown_secret() : maker.error();
  return Key{.owner_kind = maker->owner_kind,
             .scopes = maker->scopes,
             .mode = maker->mode,
             .networks = maker->networks,
             .expires_at = maker->expires_at,
             .rate_quota = maker->rate_quota,
             .rate_window = maker->rate_window};
}

Result<keys::Issued> add_key(Transaction& tx, const Context& context, const KeyHolder& holder, Key wanted, std::string secret) {
  if (secret.empty())
    secret = crypto::make_secret(context.random, wanted.mode == Mode::live ? crypto::Mode::live : crypto::Mode::test);
  Key key = std::move(wanted);
  key.tenant = holder.tenant;
  key.owner_kind = holder.kind;
  key.owner = holder.owner;
  key.generation = holder.generation;
  key.made_by = context.principal.key;
  if (key.uid.empty()) key.uid = crypto::make_uuid(context.random);
  key.digest.data = crypto::as_text(context.internals.keyring.digest(secret));
  key.sealed = context.internals.keyring.seal(secret, changes::binding_of(key));
  key.hint = crypto::hint_of(secret);
  key.prefix = crypto::is_well_formed_secret(secret) ? secret.substr(0, 8) : "";
  if (key.created_at == Instant{}) key.created_at = context.now;
  if (auto stored = tx.insert(key); !stored) return stored.error();
  return keys::Issued{std::move(key), std::move(secret)};
}

Result<std::string> replace_keys(Transaction& tx, const Context& context, const KeyHolder& holder, Mode mode, std::string secret,
                                 Budget& budget) {
  auto bounds = bounded_by_maker(tx, context);
  if (!bounds) return bounds.error();
  bounds->mode = mode;
  auto next = holder;
  ++next.generation;
  const bool is_app = holder.kind == KeyOwner::app;
  auto raised = is_app ? tx.add(holder.owner, &App::generation, 1) : tx.add(holder.owner, &Operator::generation, 1);
  if (!raised) return raised.error();
  auto issued = add_key(tx, context, next, std::move(*bounds), std::move(secret));
  if (!issued) return issued.error();
  // The caller's own may be among those that go, and its maker be the new one's from then on.
  auto purged = begin(tx, context,
                      {.tenant = holder.tenant,
                       .app = is_app ? holder.owner : Id::none,
                       .kind = is_app ? TaskKind::purge_app_keys : TaskKind::purge_operator_keys,
                       .object = holder.owner,
                       .generation = next.generation},
                      budget);
  if (!purged) return purged.error();
  auto key = tx.get<Key>(issued->key.id);
  if (!key) return key.error();
  if (auto noted = changes::note<Key>(tx, context, {"replace", "replaced"}, nullptr, &*key); !noted) return noted.error();
  return std::move(issued->secret);
}

Result<std::string> reveal_key(Transaction& tx, const Context& context, const KeyHolder& holder) {
  const std::optional<Instant> never;
  auto key = tx.first(present_keys_of(holder).where(&Key::revoked_at, never).order_by(&Key::id, /*descending=*/true));
  if (!key) return key.error();
  auto reader = bounded_by_maker(tx, context);
  if (!reader) return reader.error();
  if (auto fits = require_not_stronger(context, *key, *reader); !fits) return fits.error();
  return reveal(context, *key);
}

Result<std::string> reveal(const Context& context, const Key& key) {
  auto secret = context.internals.keyring.open(key.sealed, changes::binding_of(key));
  if (!secret) return Error{Errc::internal, Reason{"key.seal_broken"}, "the sealed copy of a key does not open"};
  return *std::move(secret);
}

}  // namespace domain

namespace keys {

Result<void> require_valid(const Key& key, Instant now, std::string_view address) {
  if (key.expires_at && *key.expires_at <= now) return Error{Errc::unauthenticated, reason::key_expired, "the key has expired"};
  if (key.revoked_at) return Error{Errc::unauthenticated, reason::key_revoked, "the key was revoked"};
  if (key.networks.empty()) return {};
  const auto from = base::parse_address(address);
  const bool is_inside = from && !all_words(key.networks, [&](std::string_view word) {
                           const auto network = base::parse_network(word);
                           return !(network && base::contains(*network, *from));
                         });
  if (!is_inside) return Error{Errc::forbidden, reason::key_network, "the key may not be used from this address"};
  return {};
}

Result<void> require_covers(Transaction& tx, const Context& context, Id other) {
  if (other == context.principal.key) return {};
  auto key = tx.get<Key>(other);
  if (!key && key.error().code != Errc::not_found) return key.error();
  auto is_present = key ? domain::is_present(tx, *key) : false;
  if (!is_present) return is_present.error();
  if (!*is_present) return stronger("the key that it was given to is gone");
  auto bounds = domain::bounded_by_maker(tx, context);
  if (!bounds) return bounds.error();
  return require_not_stronger(context, *key, *bounds);
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
  return *count > 0 ? unknown_secret() : Error{Errc::unauthenticated, reason::app_unknown, "no such app"};
}

namespace {

Result<Issued> do_create(Transaction& tx, const Context& context, const New& wanted) {
  auto holder = open_holder(tx, context, wanted.holder, wanted.parent);
  if (!holder) return holder.error();
  const auto& draft = wanted.draft;
  Key key{.label = draft.label.value_or(""), .mode = draft.mode.value_or(holder->second)};
  auto maker = domain::bounded_by_maker(tx, context);
  if (!maker) return maker.error();
  key.scopes = draft.scopes.value_or(maker->scopes);
  key.networks = maker->networks;
  key.expires_at = draft.expires_at ? *draft.expires_at : maker->expires_at;
  key.rate_quota = maker->rate_quota;
  key.rate_window = maker->rate_window;
  if (auto applied = apply(draft, key); !applied) return applied.error();
  if (key.scopes.empty()) return domain::refused("/scopes", "must hold one scope at least");
  std::string_view wrong;
  if (!all_words(key.scopes, [&](std::string_view word) { return Scopes::named(wrong = word).has_value(); }))
    return domain::refused("/scopes", "must be scopes that there are, not \"" + std::string{wrong} + '"');
  if (wanted.holder == KeyOwner::app && key.mode != holder->second)
    return domain::refused("/mode", "must be the app's mode: " + std::string{name_of(holder->second)});
  if (key.expires_at && *key.expires_at <= context.now) return domain::refused("/expires_at", "must be in the future");
  if (auto fits = require_not_stronger(context, key, *maker); !fits) return fits.error();
  auto issued = domain::add_key(tx, context, holder->first, std::move(key), {});
  if (!issued) return issued;
  if (auto noted = changes::note<Key>(tx, context, changes::created, nullptr, &issued->key); !noted) return noted.error();
  return issued;
}

Result<Key> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  return shown(tx, find_key(tx, context, ref, Scope::operators_read));
}

Result<Page<Key>> do_list(Transaction& tx, const Context& context, const KeyListing& wanted) {
  auto holder = open_holder(tx, context, wanted.holder, wanted.parent);
  if (!holder) return holder.error();
  auto query = present_keys_of(holder->first);
  if (context.principal.mode == Mode::test) query.where(&Key::mode, Mode::test);
  auto page = domain::page(tx, query, wanted.page_request);
  if (!page) return page;
  for (auto& key : page->items)
    if (auto added = domain::add_last_use(tx, key); !added) return added.error();
  return page;
}

Result<Key> do_update(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  auto key = find_key(tx, context, wanted.ref, Scope::operators_write);
  if (!key) return key;
  if (auto fits = domain::require(wanted.match, *key); !fits) return fits.error();
  const Key before = *key;
  if (auto applied = apply(wanted.draft, *key); !applied) return applied.error();
  if (wanted.draft.networks || wanted.draft.rate) {
    auto maker = domain::bounded_by_maker(tx, context);
    if (!maker) return maker.error();
    if (auto fits = require_not_stronger(context, *key, *maker); !fits) return fits.error();
  }
  if (auto stored = domain::store(tx, context, before, *key); !stored) return stored.error();
  return shown(tx, std::move(key));
}

Result<Nothing> do_remove(Transaction& tx, const Context& context, const Removal& wanted) {
  auto key = find_key(tx, context, wanted.ref, Scope::operators_write);
  if (!key) return key.error();
  if (auto fits = domain::require(wanted.match, *key); !fits) return fits.error();
  const Key before = *key;
  key->generation = removed_key;
  if (auto stored = tx.update(*key); !stored) return stored.error();
  domain::Budget budget;
  const auto app = key->owner_kind == KeyOwner::app ? key->owner : Id::none;
  auto purged =
      domain::begin(tx, context, {.tenant = key->tenant, .app = app, .kind = TaskKind::purge_key, .object = key->id}, budget);
  if (!purged) return purged.error();
  if (auto noted = changes::note<Key>(tx, context, changes::deleted, &before, nullptr); !noted) return noted.error();
  return Nothing{};
}

Result<Issued> do_rotate(Transaction& tx, const Context& context, const Rotation& wanted) {
  auto key = find_key(tx, context, wanted.ref, Scope::operators_write);
  if (!key) return key.error();
  if (key->replaced_by != Id::none)
    return Error{Errc::conflict, reason::key_replaced,
                 "the key was rotated before: " + std::to_string(number(key->replaced_by)) + " took its place"};
  if (key->revoked_at) return Error{Errc::conflict, reason::key_revoked, "the key was revoked"};
  if (key->expires_at && *key->expires_at <= context.now)
    return Error{Errc::conflict, reason::key_expired, "the key has expired"};
  auto maker = domain::bounded_by_maker(tx, context);
  if (!maker) return maker.error();
  if (auto fits = require_not_stronger(context, *key, *maker); !fits) return fits.error();

  auto issued = domain::add_key(tx, context, {key->owner_kind, key->owner, key->tenant, key->generation},
                                {.label = key->label,
                                 .scopes = key->scopes,
                                 .mode = key->mode,
                                 .networks = key->networks,
                                 .expires_at = key->expires_at,
                                 .rate_quota = key->rate_quota,
                                 .rate_window = key->rate_window},
                                {});
  if (!issued) return issued;
  if (auto noted = changes::note<Key>(tx, context, changes::created, nullptr, &issued->key); !noted) return noted.error();
  const Key before = *key;
  key->replaced_by = issued->key.id;
  const Instant end = context.now + wanted.grace;
  key->expires_at = key->expires_at ? std::min(*key->expires_at, end) : end;
  // At once is at once, also where the clock is ahead and set back later.
  if (wanted.grace <= std::chrono::seconds{0}) key->revoked_at = context.now;
  if (auto stored = domain::store(tx, context, before, *key, changes::rotated); !stored) return stored.error();
  return issued;
}

Result<Key> do_revoke(Transaction& tx, const Context& context, const Ref& ref) {
  auto key = find_key(tx, context, ref, Scope::operators_write);
  if (!key || key->revoked_at) return shown(tx, std::move(key));
  const Key before = *key;
  key->revoked_at = context.now;
  if (auto stored = domain::store(tx, context, before, *key, changes::revoked); !stored) return stored.error();
  return shown(tx, std::move(key));
}

Result<LineageEnd> do_revoke_lineage(Transaction& tx, const Context& context, const Ref& ref) {
  auto key = find_key(tx, context, ref, Scope::operators_write);
  if (!key) return key.error();
  return domain::revoke_lineage(tx, context, std::move(*key));
}

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
  } else if (check.scopes && !scopes_of(key).covers(*check.scopes)) {
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

constinit const Operation<New, Issued> create{"keys.create", Access::write, do_create};
constinit const Operation<Ref, Key> find{"keys.find", Access::read, do_find};
constinit const Operation<KeyListing, Page<Key>> list{"keys.list", Access::read, do_list};
constinit const Operation<Edit<Draft>, Key> update{"keys.update", Access::write, do_update};
constinit const Operation<Removal, Nothing> remove{"keys.remove", Access::write, do_remove};
constinit const Operation<Rotation, Issued> rotate{"keys.rotate", Access::write, do_rotate};
constinit const Operation<Ref, Key> revoke{"keys.revoke", Access::write, do_revoke};
constinit const Operation<Ref, LineageEnd> revoke_lineage{"keys.revoke", Access::write, do_revoke_lineage};
constinit const Operation<KeyCheck, KeyStatus> verify{"keys.verify", Access::read, do_verify};

}  // namespace keys

}  // namespace innkeeper
