#include "engine/domain/keys.hpp"

#include "engine/base/internals.hpp"
#include "engine/base/network.hpp"
#include "engine/changes/seals.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/key_bounds.hpp"
#include "engine/domain/key_uses.hpp"
#include "engine/domain/lineage.hpp"
#include "engine/domain/tasks.hpp"

#include <algorithm>
#include <vector>

namespace innkeeper {

namespace {

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
    if (!domain::all_words(*draft.networks, [&](std::string_view word) { return base::parse_network(wrong = word).has_value(); }))
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
  if (!domain::all_words(key.scopes, [&](std::string_view word) { return Scopes::named(wrong = word).has_value(); }))
    return domain::refused("/scopes", "must be scopes that there are, not \"" + std::string{wrong} + '"');
  if (wanted.holder == KeyOwner::app && key.mode != holder->second)
    return domain::refused("/mode", "must be the app's mode: " + std::string{name_of(holder->second)});
  if (key.expires_at && *key.expires_at <= context.now) return domain::refused("/expires_at", "must be in the future");
  if (auto fits = domain::require_not_stronger(context, key, *maker); !fits) return fits.error();
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
    if (auto fits = domain::require_not_stronger(context, *key, *maker); !fits) return fits.error();
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
  if (auto fits = domain::require_not_stronger(context, *key, *maker); !fits) return fits.error();

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

}  // namespace

constinit const Operation<New, Issued> create{"keys.create", Access::write, do_create};
constinit const Operation<Ref, Key> find{"keys.find", Access::read, do_find};
constinit const Operation<KeyListing, Page<Key>> list{"keys.list", Access::read, do_list};
constinit const Operation<Edit<Draft>, Key> update{"keys.update", Access::write, do_update};
constinit const Operation<Removal, Nothing> remove{"keys.remove", Access::write, do_remove};
constinit const Operation<Rotation, Issued> rotate{"keys.rotate", Access::write, do_rotate};
constinit const Operation<Ref, Key> revoke{"keys.revoke", Access::write, do_revoke};
constinit const Operation<Ref, LineageEnd> revoke_lineage{"keys.revoke", Access::write, do_revoke_lineage};

}  // namespace keys

}  // namespace innkeeper
