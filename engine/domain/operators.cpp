#include <innkeeper/operations.hpp>

#include "engine/crypto/secret.hpp"
#include "engine/domain/keys.hpp"

namespace innkeeper::operators {

namespace {
domain::KeyHolder holder_of(const Operator& who) { return {KeyOwner::administrator, who.id, who.tenant}; }
}  // namespace

Result<Issued> do_create(Transaction& tx, const Context& context, const NewOperator& wanted) {
  auto taken = tx.count(Query<Operator>{}.where(&Operator::tenant, wanted.tenant).where(&Operator::name, wanted.name));
  if (!taken) return taken.error();
  if (*taken > 0) return Error{Errc::already_exists, reason::name_taken, "an operator has this name"};
  Operator created{.tenant = wanted.tenant, .uid = crypto::make_hex(context.random, 16), .name = wanted.name};
  created.created_at = context.now;
  if (auto stored = tx.insert(created); !stored) return stored.error();
  auto secret = domain::add_key(tx, context, holder_of(created), wanted.secret);
  if (!secret) return secret.error();
  return Issued{std::move(created), std::move(*secret)};
}

Result<std::string> do_renew_secret(Transaction& tx, const Context& context, const NewSecret& wanted) {
  auto who = tx.get<Operator>(wanted.holder);
  if (!who) return who.error();
  if (auto ended = tx.erase(Query<AccessToken>{}.where(&AccessToken::holder, who->id)); !ended) return ended.error();
  return domain::replace_keys(tx, context, holder_of(*who), wanted.secret);
}

}  // namespace innkeeper::operators
