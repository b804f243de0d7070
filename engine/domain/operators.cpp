#include "engine/base/text.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/key_bounds.hpp"
#include "engine/domain/keys.hpp"
#include "engine/domain/tasks.hpp"

namespace innkeeper::operators {

namespace {

Result<void> require_name(const std::string& name) {
  constexpr std::size_t longest = 255;
  if (!name.empty() && base::is_utf8(name) && base::code_points(name) <= longest) return {};
  return domain::refused("/name", "must have 1 to 255 characters, in UTF-8");
}

Result<void> require_free_name(Transaction& tx, Id tenant, const std::string& name) {
  auto taken = tx.count(Query<Operator>{}.where(&Operator::tenant, tenant).where(&Operator::name, name));
  if (!taken) return taken.error();
  if (*taken > 0) return Error{Errc::already_exists, reason::name_taken, "an operator has this name"};
  return {};
}

/// Narrows a new key to the scopes that were asked for.
Result<void> narrow(Key& key, const std::string& scopes) {
  if (scopes.empty()) return {};
  const auto wanted = Scopes::parse(scopes);
  if (!wanted) return domain::refused("/scopes", "must be scopes that there are");
  if (!Scopes::parse(key.scopes).value_or(Scopes{}).covers(*wanted))
    return Error{Errc::forbidden, reason::key_stronger, "a key cannot give scopes that it has not"};
  key.scopes = scopes;
  return {};
}

Result<Issued> do_create(Transaction& tx, const Context& context, const New& wanted) {
  if (auto good = require_name(wanted.name); !good) return good.error();
  Id tenant = context.principal.tenant;
  if (!wanted.parent.is_empty()) {
    auto named = domain::look_up<Tenant>(tx, wanted.parent);
    if (!named) return named.error();
    if (context.principal.kind != Principal::Kind::host)
      if (auto active = tenants::require_active(tx, named->id); !active) return active.error();
    tenant = named->id;
  }
  if (auto free = require_free_name(tx, tenant, wanted.name); !free) return free.error();
  auto bounds = domain::bounded_by_maker(tx, context);
  if (!bounds) return bounds.error();
  if (auto narrowed = narrow(*bounds, wanted.scopes); !narrowed) return narrowed.error();
  Operator created{.tenant = tenant, .uid = crypto::make_hex(context.random, 16), .name = wanted.name};
  created.created_at = context.now;
  if (auto stored = changes::insert(tx, context, created); !stored) return stored.error();
  auto issued = domain::add_key(tx, context, domain::holder_of(created), std::move(*bounds), wanted.secret);
  if (!issued) return issued.error();
  return Issued{std::move(created), std::move(issued->secret)};
}

Result<Operator> do_find(Transaction& tx, const Context&, const Ref& ref) { return domain::look_up<Operator>(tx, ref); }

Result<Page<Operator>> do_list(Transaction& tx, const Context&, const Listing& wanted) {
  return domain::page(tx, Query<Operator>{}, wanted.page_request);
}

Result<Operator> do_update(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  auto who = domain::look_up<Operator>(tx, wanted.ref);
  if (!who) return who;
  if (auto fits = domain::require(wanted.match, *who); !fits) return fits.error();
  const Operator before = *who;
  if (wanted.draft.name && *wanted.draft.name != who->name) {
    if (auto free = require_free_name(tx, who->tenant, *wanted.draft.name); !free) return free.error();
    who->name = *wanted.draft.name;
  }
  if (auto stored = domain::store(tx, context, before, *who); !stored) return stored.error();
  return who;
}

Result<Nothing> do_remove(Transaction& tx, const Context& context, const Removal& wanted) {
  auto who = domain::look_up<Operator>(tx, wanted.ref);
  if (!who) return who.error();
  if (auto fits = domain::require(wanted.match, *who); !fits) return fits.error();
  domain::Budget budget;
  auto purged = domain::begin(tx, context, {.tenant = who->tenant, .kind = TaskKind::purge_operator, .object = who->id}, budget);
  if (!purged) return purged.error();
  if (auto erased = changes::erase(tx, context, *who); !erased) return erased.error();
  return Nothing{};
}

Result<std::string> do_renew_secret(Transaction& tx, const Context& context, const NewSecret& wanted) {
  auto who = domain::look_up<Operator>(tx, wanted.holder);
  if (!who) return who.error();
  if (context.principal.mode == Mode::test)
    return Error{Errc::forbidden, reason::test_mode, "a test key does not reach live keys"};
  // None of its tokens is good without the key it was got for: those that are left here go when they expire.
  domain::Budget budget;
  auto ended = domain::erase_within(tx, Query<AccessToken>{}.where(&AccessToken::holder, who->id), budget);
  if (!ended) return ended.error();
  return domain::replace_keys(tx, context, domain::holder_of(*who), Mode::live, wanted.secret, budget);
}

}  // namespace

constinit const Operation<New, Issued> create{"operators.create", Access::write, do_create};
constinit const Operation<Ref, Operator> find{"operators.find", Access::read, do_find};
constinit const Operation<Listing, Page<Operator>> list{"operators.list", Access::read, do_list};
constinit const Operation<Edit<Draft>, Operator> update{"operators.update", Access::write, do_update};
constinit const Operation<Removal, Nothing> remove{"operators.remove", Access::write, do_remove};
constinit const Operation<NewSecret, std::string> renew_secret{"operators.renew_secret", Access::write, do_renew_secret};

}  // namespace innkeeper::operators
