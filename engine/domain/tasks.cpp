#include "engine/domain/tasks.hpp"

#include "engine/base/text.hpp"
#include "engine/domain/collection.hpp"
#include "engine/domain/dependants.hpp"
#include "engine/domain/key_uses.hpp"
#include "engine/domain/keys.hpp"
#include "engine/domain/tokens.hpp"

#include <optional>
#include <string>
#include <utility>

namespace innkeeper::domain {

namespace {

template <class T>
bool is_absent(const Result<T>& found) {
  return !found && found.error().code == Errc::not_found;
}

/// Hands what a key made to its maker, then takes it out. Answers whether that is done.
Result<bool> take_key_out(Transaction& tx, const Key& key, Budget& budget) {
  if (budget.is_spent()) return false;
  auto made = tx.list(Query<Key>{}.where(&Key::made_by, key.id).limit(budget.rows()));
  if (!made) return made.error();
  for (auto& each : *made) {
    each.made_by = key.made_by;
    if (auto stored = tx.update(each); !stored) return stored.error();
    budget.spend_on(each);
  }
  if (budget.is_spent()) return false;
  if (auto forgotten = forget_use(tx, key.id); !forgotten) return forgotten.error();
  if (auto erased = tx.erase<Key>(key.id); !erased) return erased.error();
  budget.spend_on(key);
  return true;
}

/// Calls each part in turn until one is not done.
template <class... Part>
Result<bool> in_turn(Part... part) {
  Result<bool> is_done{true};
  (void)((is_done = part(), is_done && *is_done) && ...);
  return is_done;
}

/// One step of a task. Each part answers whether it is done, which it never is with a budget that is spent.
class Step {
 public:
  Step(Transaction& tx, const Context& context, Task& task, Budget& budget)
      : tx_(tx), context_(context), task_(task), budget_(budget) {}

  Result<bool> run() {
    switch (task_.kind) {
      case TaskKind::revoke_member_tokens:
        return revoke<MemberToken>();
      case TaskKind::revoke_join_tokens:
        return revoke<JoinToken>();
      case TaskKind::revoke_stream_keys:
        return revoke<StreamKey>();
      case TaskKind::purge_member:
        return purge(table_of<Member>);
      case TaskKind::purge_room:
        return purge(table_of<Room>);
      case TaskKind::purge_device:
        return purge(table_of<Device>);
      case TaskKind::purge_webhook:
        return purge(table_of<Webhook>);
      case TaskKind::purge_app:
        return in_turn([&] { return purge_keys(KeyOwner::app); }, [&] { return purge(table_of<App>); });
      case TaskKind::purge_operator:
        return in_turn([&] { return purge(table_of<Operator>); }, [&] { return purge_keys(KeyOwner::administrator); });
      case TaskKind::purge_app_keys:
        return erase_keys_within(tx_, replaced(KeyOwner::app), budget_);
      case TaskKind::purge_operator_keys:
        return erase_keys_within(tx_, replaced(KeyOwner::administrator), budget_);
      case TaskKind::purge_key:
        return purge_key();
      case TaskKind::close_participations:
        return close_participations();
      case TaskKind::revoke_issued_join_tokens:
      case TaskKind::revoke_issued_member_tokens:
      case TaskKind::revoke_issued_stream_keys:
        return go_on_revoking(tx_, context_, task_, budget_);
    }
    return Error{Errc::internal};
  }

 private:
  /// What goes with the task's object, which is gone.
  Result<bool> purge(const Table& table) {
    return remove_dependants(tx_, context_, {table, task_.object, task_.tenant, task_.app}, budget_);
  }
  /// Keys are no one's columns alone: what they made passes to their makers.
  Result<bool> purge_keys(KeyOwner kind) { return erase_keys_within(tx_, keys_of({kind, task_.object}), budget_); }
  Query<Key> replaced(KeyOwner kind) const {
    return keys_of({kind, task_.object}).where(&Key::generation, Compare::less, task_.generation);
  }

  /// Looks at the member's tokens, the newest first: most of those that count are among them.
  template <class E>
  Result<bool> revoke() {
    if (budget_.is_spent()) return false;
    auto app = tx_.get<App>(task_.app);
    // They go with their app.
    if (is_absent(app)) return true;
    if (!app) return app.error();
    auto query = Query<E>{}.where(&E::member, task_.object).order_by(&E::id, /*descending=*/true).limit(budget_.rows());
    if (const auto last = base::to_number(task_.after)) query.where(&E::id, Compare::less, Id{*last});
    auto rows = tx_.list(query);
    if (!rows) return rows.error();
    for (auto& row : *rows) {
      budget_.spend(1);
      task_.after = std::to_string(number(row.id));
      // Those of generations before are another task's.
      if (row.revoked_at || row.generation + 1 != task_.generation) continue;
      if constexpr (requires { row.used_at; })
        if (row.used_at) continue;
      row.revoked_at = task_.created_at;
      if (auto stored = tx_.update(row); !stored) return stored.error();
      ++task_.changed;
    }
    if (budget_.is_spent()) return false;
    if (auto told = record_revoked(tx_, context_, *app, table_of<E>.name, task_.changed); !told) return told.error();
    return true;
  }

  Result<bool> purge_key() {
    auto key = tx_.get<Key>(task_.object);
    if (is_absent(key)) return true;
    if (!key) return key.error();
    return take_key_out(tx_, *key, budget_);
  }

  /// Says of each participant when its call record was complete.
  Result<bool> close_participations() {
    if (budget_.is_spent()) return false;
    auto session = tx_.get<Session>(task_.object);
    if (is_absent(session)) return true;
    if (!session) return session.error();
    auto query = Query<Participation>{}.where(&Participation::session, session->id).order_by(&Participation::uid);
    const auto last = task_.after;
    if (!last.empty()) query.where(&Participation::uid, Compare::greater, last);
    auto those = tx_.list(query.limit(budget_.rows()));
    if (!those) return those.error();
    for (auto& each : *those) {
      budget_.spend(1);
      task_.after = each.uid;
      const auto closed_at = each.left_at ? each.left_at : session->ended_at;
      if (std::exchange(each.closed_at, closed_at) == closed_at) continue;
      each.updated_at = context_.now;
      if (auto stored = tx_.update(each); !stored) return stored.error();
    }
    return !budget_.is_spent();
  }

  Transaction& tx_;
  const Context& context_;
  Task& task_;
  Budget& budget_;
};

}  // namespace

Result<std::int64_t> rows_of_change(Transaction& tx, Id app) {
  auto webhooks = tx.count(Query<Webhook>{}.where(&Webhook::app, app).where(&Webhook::is_enabled, true));
  if (!webhooks) return webhooks.error();
  return 3 + *webhooks;
}

Result<bool> erase_keys_within(Transaction& tx, const Query<Key>& query, Budget& budget) {
  while (!budget.is_spent()) {
    auto key = tx.first(Query<Key>{query}.order_by(&Key::id));
    if (is_absent(key)) return true;
    if (!key) return key.error();
    if (auto is_out = take_key_out(tx, *key, budget); !is_out || !*is_out) return is_out;
  }
  return false;
}

Result<void> begin(Transaction& tx, const Context& context, Task task, Budget& budget) {
  task.created_at = context.now;
  auto is_done = Step{tx, context, task, budget}.run();
  if (!is_done) return is_done.error();
  if (*is_done) return {};
  // A session may end more than once: what is left of the time before begins anew.
  auto former = tx.first(
      Query<Task>{}.where(&Task::object, task.object).where(&Task::kind, task.kind).where(&Task::generation, task.generation));
  if (is_absent(former)) return tx.insert(task);
  if (!former) return former.error();
  former->after = task.after;
  return tx.update(*former);
}

Result<void> resume(Transaction& tx, const Context& context, Id id) {
  auto task = tx.get<Task>(id);
  if (is_absent(task)) return {};
  if (!task) return task.error();
  Budget budget;
  auto is_done = Step{tx, context, *task, budget}.run();
  if (!is_done) return is_done.error();
  if (!*is_done) return tx.update(*task);
  auto erased = tx.erase<Task>(id);
  return erased ? Result<void>{} : erased.error();
}

Result<void> finish_all(Transaction& tx, const Context& context) {
  auto budget = Budget::unlimited();
  auto tasks = tx.list(Query<Task>{});
  if (!tasks) return tasks.error();
  for (auto& task : *tasks) {
    auto is_done = Step{tx, context, task, budget}.run();
    if (!is_done) return is_done.error();
    if (auto erased = tx.erase<Task>(task.id); !erased) return erased.error();
  }
  return {};
}

}  // namespace innkeeper::domain
