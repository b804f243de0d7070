#include <innkeeper/schema/model.hpp>

#include "engine/base/internals.hpp"
#include "engine/domain/collection.hpp"

namespace innkeeper::audit {

namespace {

Result<Page<Audit>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  // The trail of a tenant is of live apps too.
  if (context.principal.mode == Mode::test && context.principal.kind == Principal::Kind::administrator)
    return Error{Errc::forbidden, reason::test_mode, "a test key does not read the trail of live apps"};
  return domain::page(tx, Query<Audit>{}, wanted.page_request);
}

Result<ChainStatus> do_verify(Transaction& tx, const Context& context, const ChainCheck& check) {
  if (tx.tenant() != Id::none) return Error{Errc::forbidden, reason::reach_missing, "the chain runs through all tenants"};
  ChainStatus status{.has_head = check.head.data.empty()};
  bool may_be_older = true;
  auto walked = tx.each<Audit>(Query<Audit>{}, [&](const Audit& row) {
    const bool fits = changes::chain_hash(context.internals.keyring, status.head, row) == row.hash;
    may_be_older = may_be_older && !fits;
    if (!fits && !(may_be_older && changes::step_3_chain_hash(context.internals.keyring, status.head, row) == row.hash)) {
      status.broken_at = row.id;
      return false;
    }
    status.head = row.hash;
    status.has_head = status.has_head || status.head == check.head;
    ++status.rows;
    return true;
  });
  if (!walked) return walked.error();
  return status;
}

}  // namespace

constinit const Operation<Listing, Page<Audit>> list{"audit.list", Access::read, do_list};
constinit const Operation<ChainCheck, ChainStatus> verify{"audit.verify", Access::read, do_verify};

}  // namespace innkeeper::audit
