#include "engine/domain/tokens.hpp"

#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/collection.hpp"
#include "engine/ledger/claims.hpp"
#include "engine/ledger/seals.hpp"

namespace innkeeper {

namespace {

const std::optional<Instant> never;

Error gone(Reason reason, std::string detail) { return {Errc::gone, reason, std::move(detail)}; }

template <class E>
Result<E> find_by_digest(Transaction& tx, const Context& context, std::string_view secret) {
  const auto digest = context.keyring.digest(secret);
  return domain::or_unknown(tx.first(Query<E>{}.where(&E::digest, crypto::as_text(digest))));
}

template <class E>
bool is_used_up(const E& row) {
  if constexpr (requires { row.used_at; })
    return row.used_at.has_value();
  else
    return false;
}

/// Whether a row was revoked with all others of its member's.
template <class E>
bool is_ended(const E& row, const Member& member) {
  return !is_used_up(row) && row.generation != member.generation;
}

template <class E>
constexpr TaskKind revoking = TaskKind::revoke_member_tokens;
template <>
constexpr TaskKind revoking<JoinToken> = TaskKind::revoke_join_tokens;
template <>
constexpr TaskKind revoking<StreamKey> = TaskKind::revoke_stream_keys;

/// As `domain::bring_up_to_date`. The time of a revocation is that of the task that it left.
template <class E>
Result<bool> show_as_decided(Transaction& tx, E& row) {
  if (row.member == Id::none) return true;
  auto member = tx.get<Member>(row.member);
  if (!member && member.error().code != Errc::not_found) return member.error();
  if (row.revoked_at || is_used_up(row) || (member && !is_ended(row, *member))) return member.has_value();
  auto query = Query<Task>{}.where(&Task::object, row.member);
  if (member)
    query.where(&Task::kind, revoking<E>).where(&Task::generation, row.generation + 1);
  else
    query.where(&Task::kind, TaskKind::purge_member);
  auto task = tx.first(query);
  if (!task) return task.error();
  row.revoked_at = task->created_at;
  return member.has_value();
}

/// Whether some rows of an app may not show what was decided of them.
Result<bool> has_tasks(Transaction& tx, Id app) {
  auto task = tx.first(Query<Task>{}.where(&Task::app, app));
  if (!task && task.error().code != Errc::not_found) return task.error();
  return task.has_value();
}

/// The same for a list of an app's.
template <class E>
Result<Page<E>> as_decided(Transaction& tx, Result<Page<E>> page) {
  if (!page || page->items.empty()) return page;
  auto is_behind = has_tasks(tx, page->items.front().app);
  if (!is_behind) return is_behind.error();
  if (!*is_behind) return page;
  for (auto& row : page->items)
    if (auto shown = show_as_decided(tx, row); !shown) return shown.error();
  return page;
}

/// A row whose room and member are there, if it has them.
template <class E>
Result<E> require_owners(Transaction& tx, Result<E> row) {
  if (!row) return row;
  if constexpr (requires { row->room; }) {
    auto room = tx.get<Room>(row->room);
    if (!room) return room.error().code == Errc::not_found ? domain::unknown<E>() : room.error();
  }
  auto has_member = show_as_decided(tx, *row);
  if (!has_member) return has_member.error();
  return *has_member ? row : domain::unknown<E>();
}

/// Revokes a row that may be revoked already.
template <class E>
Result<E> revoke_row(Transaction& tx, const Context& context, const Ref& ref) {
  auto row = require_owners(tx, domain::find<E>(tx, context, ref));
  if (!row || row->revoked_at) return row;
  const E before = *row;
  row->revoked_at = context.now;
  if (auto stored = domain::store(tx, context, before, *row, ledger::revoked); !stored) return stored.error();
  return row;
}

/// The app of a row that was shown, which goes with it.
template <class E>
Result<App> app_of(Transaction& tx, const Context& context, const E& row) {
  auto app = apps::open(tx, context, row.app);
  return !app && app.error().code == Errc::not_found ? domain::unknown<E>() : app;
}

/// Whether a row may let anybody in now.
template <class E>
Result<void> require_good(Transaction& tx, const Context& context, const App& app, const E& row) {
  if (auto active = apps::require_active(tx, app); !active) return active;
  const std::string what{std::is_same_v<E, StreamKey> ? "the stream key" : "the token"};
  Member member{.generation = row.generation};
  if (row.member != Id::none) {
    auto found = tx.get<Member>(row.member);
    if (!found) return found.error().code == Errc::not_found ? domain::unknown<E>() : found.error();
    member = std::move(*found);
  }
  if (row.revoked_at || is_ended(row, member)) return gone(reason::token_revoked, what + " was revoked");
  if (is_used_up(row)) return gone(reason::token_used, what + " was used before");
  if constexpr (requires { row.expires_at; })
    if (row.expires_at <= context.now) return gone(reason::token_expired, what + " has expired");
  if (member.status != MemberStatus::active) return Error{Errc::forbidden, reason::member_suspended, "the member is suspended"};
  return {};
}

/// Revokes the rows of a query that were not revoked or used up, as many as one transaction may, as one change of the app. The
/// clock is not asked: one that is ahead shows nothing to be over for good.
template <class E>
Result<revocations::Outcome> revoke_all(Transaction& tx, const Context& context, const App& app, Query<E> query) {
  const domain::Budget budget;
  query.where(&E::revoked_at, never);
  if constexpr (requires(E row) { row.used_at; }) query.where(&E::used_at, never);
  auto rows = tx.list(query.limit(budget.rows()));
  if (!rows) return rows.error();
  revocations::Outcome outcome{.has_more = std::ssize(*rows) == budget.rows()};
  auto is_behind = has_tasks(tx, app.id);
  if (!is_behind) return is_behind.error();
  for (auto& row : *rows) {
    auto owned = *is_behind ? require_owners<E>(tx, row) : row;
    if (!owned && owned.error().code != Errc::not_found) return owned.error();
    // One that was revoked with its member's others, or goes with its owner, does not count again.
    if (owned && !owned->revoked_at) ++outcome.revoked;
    row.revoked_at = owned && owned->revoked_at ? owned->revoked_at : context.now;
    if (auto stored = tx.update(row); !stored) return stored.error();
  }
  if (auto told = domain::tell_revoked(tx, context, app, table_of<E>.name, outcome.revoked); !told) return told.error();
  return outcome;
}

Result<std::optional<Member>> member_in(Transaction& tx, Id app, const std::optional<std::string>& ref) {
  if (!ref) return std::optional<Member>{};
  auto member = domain::member_of(tx, app, *ref);
  if (!member) return member.error();
  return std::optional{std::move(*member)};
}

}  // namespace

namespace domain {

Result<Member> member_of(Transaction& tx, Id app, const std::string& ref) {
  auto member = look_up<Member>(tx, ref);
  if (member && member->app == app) return member;
  if (!member && member.error().code != Errc::not_found) return member;
  return refused("/member", "must be a member of this app");
}

Result<void> revoke_ended_tokens(Transaction& tx, const Context& context, const Member& member, Budget& budget) {
  for (const auto kind : {TaskKind::revoke_member_tokens, TaskKind::revoke_join_tokens, TaskKind::revoke_stream_keys}) {
    const Task task{
        .tenant = member.tenant, .app = member.app, .kind = kind, .object = member.id, .generation = member.generation};
    if (auto begun = begin(tx, context, task, budget); !begun) return begun;
  }
  return {};
}

Result<void> tell_revoked(Transaction& tx, const Context& context, const App& app, std::string_view table, std::int64_t count) {
  if (count == 0) return {};
  const JsonText what{"{\"revoked\":" + std::to_string(count) + "}"};
  const std::string name{table};
  if (auto written = ledger::write_audit(tx, context, {app.tenant, app.id, app.id, app.uid}, name + ".revoke_many", {"{}"}, what);
      !written)
    return written;
  return ledger::Outbox{tx, context, app.tenant, app.id}.put(name + ".revoked_many", context.now, what);
}

Result<bool> bring_up_to_date(Transaction& tx, StreamKey& row) { return show_as_decided(tx, row); }

}  // namespace domain

namespace join_tokens {

Result<Entry> issue(Transaction& tx, const Context& context, const New<Draft>& wanted, std::string uid) {
  auto room = rooms::open(tx, context, wanted.parent);
  if (!room) return room.error();
  auto app = tx.get<App>(room->app);
  if (!app) return app.error();
  if (auto active = apps::require_active(tx, *app); !active) return active.error();
  const auto& draft = wanted.draft;
  if (auto may = rooms::require_entry(tx, context, *room, draft.role); !may) return may.error();
  auto member = member_in(tx, room->app, draft.member);
  if (!member) return member.error();
  if (*member && (*member)->status != MemberStatus::active) return domain::refused("/member", "is suspended");
  JoinToken row{.tenant = room->tenant,
                .app = room->app,
                .uid = uid.empty() ? crypto::make_ordered_uuid(context.random, context.now) : std::move(uid),
                .room = room->id,
                .member = *member ? (*member)->id : Id::none,
                .role = draft.role,
                .name = draft.name,
                .user_ref = draft.user_ref,
                .expires_at = context.now + draft.life,
                .created_at = context.now,
                .data = draft.data.value_or(JsonText{"{}"}),
                .generation = *member ? (*member)->generation : 0};
  if (auto stored = ledger::insert(tx, context, row); !stored) return stored.error();
  return Entry{std::move(row), std::move(*room), std::move(*app)};
}

Result<Issued> do_create(Transaction& tx, const Context& context, const New<Draft>& wanted) {
  auto entry = issue(tx, context, wanted);
  if (!entry) return entry.error();
  auto token = ledger::join_jwt(context.keyring, entry->row, entry->room, entry->app);
  return Issued{std::move(entry->row), std::move(token)};
}

Result<JoinToken> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  return require_owners(tx, domain::find<JoinToken>(tx, context, ref));
}

Result<Page<JoinToken>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  auto room = rooms::open(tx, context, wanted.parent);
  if (!room) return room.error();
  return as_decided(tx, domain::page(tx, Query<JoinToken>{}.where(&JoinToken::room, room->id), wanted.window));
}

Result<Redeemed> do_redeem(Transaction& tx, const Context& context, const std::string& token) {
  const auto known = ledger::join_token_in(context.keyring, token);
  if (!known) return domain::unknown<JoinToken>();
  auto row = domain::find<JoinToken>(tx, context, known->uid);
  if (!row) return row.error();
  auto app = tx.get<App>(row->app);
  if (!app) return app.error();
  if (!known->is_for(*app)) return domain::unknown<JoinToken>();
  if (auto good = require_good(tx, context, *app, *row); !good) return good.error();
  auto room = tx.get<Room>(row->room);
  if (!room || rooms::is_over(*room, context.now)) return domain::unknown<JoinToken>();
  if (auto may = rooms::require_entry(tx, context, *room, row->role); !may) return may.error();
  const JoinToken before = *row;
  row->used_at = context.now;
  if (auto stored = domain::store(tx, context, before, *row, {"redeem", "redeemed"}); !stored) return stored.error();
  return Redeemed{std::move(*row), std::move(*room)};
}

Result<JoinToken> do_revoke(Transaction& tx, const Context& context, const Ref& ref) {
  return revoke_row<JoinToken>(tx, context, ref);
}

}  // namespace join_tokens

namespace member_tokens {

Result<Issued> do_create(Transaction& tx, const Context& context, const New<Draft>& wanted) {
  auto member = domain::find<Member>(tx, context, wanted.parent);
  if (!member) return member.error();
  auto app = tx.get<App>(member->app);
  if (!app) return app.error();
  if (auto active = apps::require_active(tx, *app); !active) return active.error();
  if (member->status != MemberStatus::active) return Error{Errc::conflict, reason::member_suspended, "the member is suspended"};
  auto token = crypto::make_secret(context.random);
  MemberToken row{.tenant = member->tenant,
                  .app = member->app,
                  .uid = crypto::make_uuid(context.random),
                  .member = member->id,
                  .hint = crypto::hint_of(token),
                  .expires_at = context.now + wanted.draft.life,
                  .created_at = context.now,
                  .generation = member->generation};
  row.digest.data = crypto::as_text(context.keyring.digest(token));
  if (auto stored = ledger::insert(tx, context, row); !stored) return stored.error();
  return Issued{std::move(row), std::move(token)};
}

Result<Page<MemberToken>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  auto member = domain::find<Member>(tx, context, wanted.parent);
  if (!member) return member.error();
  return as_decided(tx, domain::page(tx, Query<MemberToken>{}.where(&MemberToken::member, member->id), wanted.window));
}

Result<MemberToken> do_revoke(Transaction& tx, const Context& context, const Ref& ref) {
  return revoke_row<MemberToken>(tx, context, ref);
}

Result<Grant> do_verify(Transaction& tx, const Context& context, const std::string& token) {
  auto row = find_by_digest<MemberToken>(tx, context, token);
  if (!row) return row.error();
  auto app = app_of(tx, context, *row);
  if (!app) return app.error();
  if (auto good = require_good(tx, context, *app, *row); !good) return good.error();
  auto member = domain::look_up<Member>(tx, row->member);
  if (!member) return member.error();
  return Grant{std::move(*row), std::move(*member)};
}

}  // namespace member_tokens

namespace stream_keys {

Result<Issued> do_create(Transaction& tx, const Context& context, const New<Draft>& wanted) {
  auto app = apps::open(tx, context, wanted.parent);
  if (!app) return app.error();
  if (auto active = apps::require_active(tx, *app); !active) return active.error();
  auto member = member_in(tx, app->id, wanted.draft.member);
  if (!member) return member.error();
  if (*member && (*member)->status != MemberStatus::active) return domain::refused("/member", "is suspended");
  auto secret = crypto::make_secret(context.random, app->mode == Mode::live ? crypto::Mode::live : crypto::Mode::test);
  StreamKey row{.tenant = app->tenant,
                .app = app->id,
                .uid = crypto::make_uuid(context.random),
                .member = *member ? (*member)->id : Id::none,
                .label = wanted.draft.label,
                .hint = crypto::hint_of(secret),
                .created_at = context.now,
                .updated_at = context.now,
                .generation = *member ? (*member)->generation : 0};
  row.digest.data = crypto::as_text(context.keyring.digest(secret));
  row.sealed = context.keyring.seal(secret, ledger::binding_of(row));
  if (auto stored = ledger::insert(tx, context, row); !stored) return stored.error();
  return Issued{std::move(row), std::move(secret)};
}

Result<StreamKey> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  return require_owners(tx, domain::find<StreamKey>(tx, context, ref));
}

Result<Page<StreamKey>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  return as_decided(tx, domain::page_of_app<StreamKey>(tx, context, wanted));
}

Result<StreamKey> do_revoke(Transaction& tx, const Context& context, const Ref& ref) {
  return revoke_row<StreamKey>(tx, context, ref);
}

Result<StreamKey> do_verify(Transaction& tx, const Context& context, const std::string& secret) {
  auto row = find_by_digest<StreamKey>(tx, context, secret);
  if (!row) return row;
  auto app = app_of(tx, context, *row);
  if (!app) return app.error();
  if (auto good = require_good(tx, context, *app, *row); !good) return good.error();
  return row;
}

}  // namespace stream_keys

namespace revocations {

namespace {

/// Whom and what an order is about, looked up.
struct Aim {
  const App& app;
  Id member{};
  Id room{};
};

/// A row of the app that an order names. Errors: `invalid`, pointing at the field.
template <class E>
Result<E> named(Transaction& tx, Id app, const std::string& ref, std::string field, const char* sentence) {
  auto row = domain::look_up<E>(tx, ref);
  if (row && row->app == app) return row;
  if (!row && row.error().code != Errc::not_found) return row;
  return domain::refused(std::move(field), sentence);
}

template <class E>
Result<Outcome> revoke_aimed(Transaction& tx, const Context& context, const Order& order, const Aim& aim) {
  Query<E> query;
  query.where(&E::app, aim.app.id);
  if (order.token) {
    constexpr auto sentence = "must be a token of this app";
    auto one = named<E>(tx, aim.app.id, *order.token, "/token", sentence);
    if (!one) return one.error();
    auto owned = require_owners(tx, one);
    if (!owned) return owned.error().code == Errc::not_found ? domain::refused("/token", sentence) : owned.error();
    query.where(&E::id, one->id);
  }
  if (aim.member != Id::none) query.where(&E::member, aim.member);
  if constexpr (requires(E row) { row.room; })
    if (aim.room != Id::none) query.where(&E::room, aim.room);
  if (order.issued_before) query.where(&E::created_at, Compare::less, *order.issued_before);
  // As an index has those of an app or a room; those of a member stand by their ids.
  if (aim.member == Id::none) query.order_by(&E::created_at);
  return revoke_all(tx, context, aim.app, query);
}

}  // namespace

Result<Outcome> do_revoke(Transaction& tx, const Context& context, const Order& order) {
  auto app = apps::open(tx, context, order.app);
  if (!app) return app.error();
  Aim aim{.app = *app};
  if (order.member) {
    auto member = domain::member_of(tx, app->id, *order.member);
    if (!member) return member.error();
    aim.member = member->id;
  }
  if (order.room) {
    if (order.kind != Kind::join_tokens) return domain::refused("/room", "goes with join tokens only");
    auto room = named<Room>(tx, app->id, *order.room, "/room", "must be a room of this app");
    if (!room) return room.error();
    aim.room = room->id;
  }
  return order.kind == Kind::join_tokens     ? revoke_aimed<JoinToken>(tx, context, order, aim)
         : order.kind == Kind::member_tokens ? revoke_aimed<MemberToken>(tx, context, order, aim)
                                             : revoke_aimed<StreamKey>(tx, context, order, aim);
}

}  // namespace revocations

}  // namespace innkeeper
