#include "engine/domain/key_bounds.hpp"

#include "engine/base/internals.hpp"
#include "engine/base/network.hpp"
#include "engine/base/rate_limits.hpp"

#include <string>
#include <utility>

namespace innkeeper {

namespace domain {

namespace {

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

}  // namespace

Scopes scopes_of(const Key& key) { return Scopes::parse(key.scopes).value_or(Scopes{}); }

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

}  // namespace domain

namespace keys {

Result<void> require_covers(Transaction& tx, const Context& context, Id other) {
  if (other == context.principal.key) return {};
  auto key = tx.get<Key>(other);
  if (!key && key.error().code != Errc::not_found) return key.error();
  auto is_present = key ? domain::is_present(tx, *key) : false;
  if (!is_present) return is_present.error();
  if (!*is_present) return domain::stronger("the key that it was given to is gone");
  auto bounds = domain::bounded_by_maker(tx, context);
  if (!bounds) return bounds.error();
  return domain::require_not_stronger(context, *key, *bounds);
}

}  // namespace keys

}  // namespace innkeeper
