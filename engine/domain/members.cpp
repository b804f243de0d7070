#include "engine/crypto/secret.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/tasks.hpp"
#include "engine/domain/tokens.hpp"

namespace innkeeper::members {

namespace {

Result<void> apply(Transaction& tx, const Draft& draft, Member& member) {
  if (draft.app_user_id && *draft.app_user_id && *draft.app_user_id != member.app_user_id) {
    auto taken = tx.count(Query<Member>{}.where(&Member::app, member.app).where(&Member::app_user_id, *draft.app_user_id));
    if (!taken) return taken.error();
    if (*taken > 0)
      return Error{
          Errc::already_exists, reason::name_taken, "another member has this app_user_id", {{"/app_user_id", {}, "is taken"}}};
  }
  apply_changes(draft, member);
  return {};
}

Result<Member> do_create(Transaction& tx, const Context& context, const New& wanted) {
  auto app = apps::open(tx, context, wanted.parent);
  if (!app) return app.error();
  Member member{.tenant = app->tenant, .app = app->id, .uid = crypto::make_uuid(context.random)};
  member.created_at = member.updated_at = context.now;
  if (auto applied = apply(tx, wanted.draft, member); !applied) return applied.error();
  if (auto stored = changes::insert(tx, context, member); !stored) return stored.error();
  return member;
}

Result<Member> do_find(Transaction& tx, const Context& context, const Ref& ref) { return domain::find<Member>(tx, context, ref); }

Result<Page<Member>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  return domain::page_of_app<Member>(tx, context, wanted);
}

Result<Member> do_update(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  return domain::edit<Member>(tx, context, wanted, [&](Member& member) -> Result<void> {
    const bool was_active = member.status == MemberStatus::active;
    if (auto applied = apply(tx, wanted.draft, member); !applied) return applied;
    if (!was_active || member.status == MemberStatus::active) return {};
    ++member.generation;
    domain::Budget budget;
    return domain::revoke_ended_tokens(tx, context, member, budget);
  });
}

Result<Nothing> do_remove(Transaction& tx, const Context& context, const Removal& wanted) {
  return domain::remove<Member>(tx, context, wanted, [&](const Member& member) -> Result<void> {
    domain::Budget budget;
    return domain::begin(
        tx, context, {.tenant = member.tenant, .app = member.app, .kind = TaskKind::purge_member, .object = member.id}, budget);
  });
}

}  // namespace

constinit const Operation<New, Member> create{"members.create", Access::write, do_create};
constinit const Operation<Ref, Member> find{"members.find", Access::read, do_find};
constinit const Operation<Listing, Page<Member>> list{"members.list", Access::read, do_list};
constinit const Operation<Edit<Draft>, Member> update{"members.update", Access::write, do_update};
constinit const Operation<Removal, Nothing> remove{"members.remove", Access::write, do_remove};

}  // namespace innkeeper::members
