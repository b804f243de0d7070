#include "engine/domain/tokens.hpp"

#include "engine/base/internals.hpp"
#include "engine/changes/claims.hpp"
#include "engine/changes/seals.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/token_rows.hpp"

#include <optional>
#include <string>
#include <utility>

namespace innkeeper {

namespace {

Error gone(Reason reason, std::string detail) { return {Errc::gone, reason, std::move(detail)}; }

template <class E>
Result<E> find_by_digest(Transaction& tx, const Context& context, std::string_view secret) {
  const auto digest = context.internals.keyring.digest(secret);
  return domain::or_unknown(tx.first(Query<E>{}.where(&E::digest, crypto::as_text(digest))));
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
    if (auto shown = domain::show_as_decided(tx, row); !shown) return shown.error();
  return page;
}

/// Revokes a row that may be revoked already.
template <class E>
Result<E> revoke_row(Transaction& tx, const Context& context, const Ref& ref) {
  auto row = domain::require_owners(tx, domain::find<E>(tx, context, ref));
  if (!row || row->revoked_at) return row;
  const E before = *row;
  row->revoked_at = context.now;
  if (auto stored = domain::store(tx, context, before, *row, changes::revoked); !stored) return stored.error();
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
Result<void> require_valid(Transaction& tx, const Context& context, const App& app, const E& row) {
  if (auto active = apps::require_active(tx, app); !active) return active;
  const std::string what{std::is_same_v<E, StreamKey> ? "the stream key" : "the token"};
  Member member{.generation = row.generation};
  if (row.member != Id::none) {
    auto found = tx.get<Member>(row.member);
    if (!found) return found.error().code == Errc::not_found ? domain::unknown<E>() : found.error();
    member = std::move(*found);
  }
  if (row.revoked_at || domain::is_ended(row, member)) return gone(reason::token_revoked, what + " was revoked");
  if (domain::is_used_up(row)) return gone(reason::token_used, what + " was used before");
  if constexpr (requires { row.expires_at; })
    if (row.expires_at <= context.now) return gone(reason::token_expired, what + " has expired");
  if (member.status != MemberStatus::active) return Error{Errc::forbidden, reason::member_suspended, "the member is suspended"};
  return {};
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

Result<bool> bring_up_to_date(Transaction& tx, StreamKey& row) { return show_as_decided(tx, row); }

}  // namespace domain

namespace join_tokens {

Result<UnsignedToken> issue(Transaction& tx, const Context& context, const New& wanted, std::string uid) {
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
  if (auto stored = changes::insert(tx, context, row); !stored) return stored.error();
  return UnsignedToken{std::move(row), std::move(*room), std::move(*app)};
}

namespace {

Result<Issued> do_create(Transaction& tx, const Context& context, const New& wanted) {
  auto entry = issue(tx, context, wanted);
  if (!entry) return entry.error();
  auto token = changes::join_jwt(context.internals.keyring, entry->row, entry->room, entry->app);
  return Issued{std::move(entry->row), std::move(token)};
}

Result<JoinToken> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  return domain::require_owners(tx, domain::find<JoinToken>(tx, context, ref));
}

Result<Page<JoinToken>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  auto room = rooms::open(tx, context, wanted.parent);
  if (!room) return room.error();
  return as_decided(tx, domain::page(tx, Query<JoinToken>{}.where(&JoinToken::room, room->id), wanted.page_request));
}

Result<Redeemed> do_redeem(Transaction& tx, const Context& context, const std::string& token) {
  const auto known = changes::join_token_in(context.internals.keyring, token);
  if (!known) return domain::unknown<JoinToken>();
  auto row = domain::find<JoinToken>(tx, context, known->uid);
  if (!row) return row.error();
  auto app = tx.get<App>(row->app);
  if (!app) return app.error();
  if (!known->is_for(*app)) return domain::unknown<JoinToken>();
  if (auto good = require_valid(tx, context, *app, *row); !good) return good.error();
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

}  // namespace

constinit const Operation<New, Issued> create{"join_tokens.create", Access::write, do_create};
constinit const Operation<Ref, JoinToken> find{"join_tokens.find", Access::read, do_find};
constinit const Operation<Listing, Page<JoinToken>> list{"join_tokens.list", Access::read, do_list};
constinit const Operation<std::string, Redeemed> redeem{"join_tokens.redeem", Access::write, do_redeem};
constinit const Operation<Ref, JoinToken> revoke{"join_tokens.revoke", Access::write, do_revoke};

}  // namespace join_tokens

namespace member_tokens {

namespace {

/// A member who may be given a token.
Result<Member> open_member(Transaction& tx, const Context& context, const Ref& ref) {
  auto member = domain::find<Member>(tx, context, ref);
  if (!member) return member;
  auto app = tx.get<App>(member->app);
  if (!app) return app.error();
  if (auto active = apps::require_active(tx, *app); !active) return active.error();
  if (member->status != MemberStatus::active) return Error{Errc::conflict, reason::member_suspended, "the member is suspended"};
  return member;
}

}  // namespace

Result<Issued> issue(Transaction& tx, const Context& context, const New& wanted, const TokenWriter& write, std::string uid) {
  auto member = open_member(tx, context, wanted.parent);
  if (!member) return member.error();
  MemberToken row{.tenant = member->tenant,
                  .app = member->app,
                  .uid = uid.empty() ? crypto::make_uuid(context.random) : std::move(uid),
                  .member = member->id,
                  .expires_at = context.now + wanted.draft.life,
                  .created_at = context.now,
                  .generation = member->generation};
  auto token = write(row, *member);
  if (!token) return token.error();
  row.hint = crypto::hint_of(*token);
  row.digest.data = crypto::as_text(context.internals.keyring.digest(*token));
  if (auto stored = changes::insert(tx, context, row); !stored) return stored.error();
  return Issued{std::move(row), *std::move(token)};
}

namespace {

Result<Issued> do_create(Transaction& tx, const Context& context, const New& wanted) {
  return issue(tx, context, wanted, [&](const MemberToken&, const Member&) { return crypto::make_secret(context.random); });
}

Result<Page<MemberToken>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  auto member = domain::find<Member>(tx, context, wanted.parent);
  if (!member) return member.error();
  return as_decided(tx, domain::page(tx, Query<MemberToken>{}.where(&MemberToken::member, member->id), wanted.page_request));
}

Result<MemberToken> do_revoke(Transaction& tx, const Context& context, const Ref& ref) {
  return revoke_row<MemberToken>(tx, context, ref);
}

Result<Grant> do_verify(Transaction& tx, const Context& context, const std::string& token) {
  auto row = find_by_digest<MemberToken>(tx, context, token);
  if (!row) return row.error();
  auto app = app_of(tx, context, *row);
  if (!app) return app.error();
  if (auto good = require_valid(tx, context, *app, *row); !good) return good.error();
  auto member = domain::look_up<Member>(tx, row->member);
  if (!member) return member.error();
  return Grant{std::move(*row), std::move(*member), std::move(*app)};
}

}  // namespace

Result<Principal> authenticate(Transaction& tx, const Context& context, const std::string& token) {
  auto grant = do_verify(tx, context, token);
  if (!grant) {
    auto error = grant.error();
    if (error.code == Errc::not_found || error.code == Errc::gone) error.code = Errc::unauthenticated;
    return error;
  }
  return Principal{.kind = Principal::Kind::member,
                   .id = grant->member.id,
                   .tenant = grant->member.tenant,
                   .mode = grant->app.mode,
                   .app_of_member = grant->app.id};
}

constinit const Operation<New, Issued> create{"member_tokens.create", Access::write, do_create};
constinit const Operation<Listing, Page<MemberToken>> list{"member_tokens.list", Access::read, do_list};
constinit const Operation<Ref, MemberToken> revoke{"member_tokens.revoke", Access::write, do_revoke};
constinit const Operation<std::string, Grant> verify{"member_tokens.verify", Access::read, do_verify};

}  // namespace member_tokens

namespace stream_keys {

namespace {

Result<Issued> do_create(Transaction& tx, const Context& context, const New& wanted) {
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
  row.digest.data = crypto::as_text(context.internals.keyring.digest(secret));
  row.sealed = context.internals.keyring.seal(secret, changes::binding_of(row));
  if (auto stored = changes::insert(tx, context, row); !stored) return stored.error();
  return Issued{std::move(row), std::move(secret)};
}

Result<StreamKey> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  return domain::require_owners(tx, domain::find<StreamKey>(tx, context, ref));
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
  if (auto good = require_valid(tx, context, *app, *row); !good) return good.error();
  return row;
}

}  // namespace

constinit const Operation<New, Issued> create{"stream_keys.create", Access::write, do_create};
constinit const Operation<Ref, StreamKey> find{"stream_keys.find", Access::read, do_find};
constinit const Operation<Listing, Page<StreamKey>> list{"stream_keys.list", Access::read, do_list};
constinit const Operation<Ref, StreamKey> revoke{"stream_keys.revoke", Access::write, do_revoke};
constinit const Operation<std::string, StreamKey> verify{"stream_keys.verify", Access::read, do_verify};

}  // namespace stream_keys

}  // namespace innkeeper
