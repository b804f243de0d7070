#include "engine/domain/tokens.hpp"

#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/collection.hpp"
#include "engine/ledger/claims.hpp"
#include "engine/ledger/seals.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace innkeeper {

namespace {

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

/// Revokes those of some rows that were not revoked or used up, as one change of the app; answers how many. The clock is not
/// asked: one that is ahead shows nothing to be over for good.
template <class E>
Result<std::int64_t> revoke_all(Transaction& tx, const Context& context, const App& app, std::vector<E> rows) {
  std::int64_t revoked = 0;
  for (auto& row : rows) {
    if (row.revoked_at || is_used_up(row)) continue;
    auto owned = require_owners<E>(tx, row);
    if (!owned && owned.error().code != Errc::not_found) return owned.error();
    // One that was revoked with its member's others, or goes with its owner, does not count again.
    if (owned && !owned->revoked_at) ++revoked;
    row.revoked_at = owned && owned->revoked_at ? owned->revoked_at : context.now;
    if (auto stored = tx.update(row); !stored) return stored.error();
  }
  if (auto told = domain::tell_revoked(tx, context, app, table_of<E>.name, revoked); !told) return told.error();
  return revoked;
}

/// Numbers in a text, with blanks between them.
std::string text_of(std::initializer_list<std::int64_t> numbers) {
  std::string text;
  for (const auto each : numbers) text.append(text.empty() ? "" : " ").append(std::to_string(each));
  return text;
}
std::vector<std::int64_t> numbers_in(std::string_view text) {
  std::vector<std::int64_t> numbers;
  for (const char* at = text.data(); at < text.data() + text.size(); ++at)
    at = std::from_chars(at, text.data() + text.size(), numbers.emplace_back()).ptr;
  return numbers;
}

/// Rows that were issued, of a kind and an app: of a member, of a room, from before a time, or all. In the order of an index
/// behind the member, the room or the app.
template <class E>
class Issued {
 public:
  Issued(Id app, Id member, Id room, std::optional<Instant> before) : app_(app), member_(member), room_(room), before_(before) {}
  explicit Issued(const Task& task) : app_(task.app) {
    const auto numbers = numbers_in(task.choice);
    member_ = Id{numbers.at(0)};
    room_ = Id{numbers.at(1)};
    if (numbers.size() > 2) before_ = Instant{std::chrono::microseconds{numbers[2]}};
  }
  std::string text() const {
    return before_ ? text_of({number(member_), number(room_), before_->time_since_epoch().count()})
                   : text_of({number(member_), number(room_)});
  }

  /// Those of the member, of the room or of the app, from before or after that time.
  Query<E> query() const {
    auto query = Query<E>{}.where(&E::app, app_);
    if (member_ != Id::none) query.where(&E::member, member_);
    if constexpr (has_room)
      if (member_ == Id::none && room_ != Id::none) query.where(&E::room, room_);
    return query;
  }
  /// What is in them of those that are meant. A part is read and written in one transaction.
  Window window(std::int64_t limit) const {
    Window window{.limit = limit, .sort = sort()};
    if constexpr (has_room)
      if (member_ != Id::none && room_ != Id::none) window.filters.push_back({position(&E::room), Compare::equal, number(room_)});
    if (before_) window.filters.push_back({position(&E::created_at), Compare::less, before_->time_since_epoch().count()});
    return window;
  }
  Query<E> newest_first() const {
    auto query = this->query();
    if (sort() != 0) query.order_by(Ordering{sort(), true});
    return query.order_by(Ordering{0, true});
  }
  /// Where a row stands in that order.
  std::pair<std::int64_t, std::int64_t> place_of(const E& row) const {
    return {sort() == 0 ? 0 : row.created_at.time_since_epoch().count(), number(row.id)};
  }

 private:
  static constexpr bool has_room = requires(E row) { row.room; };
  template <class M>
  static std::uint8_t position(M E::*member) {
    return static_cast<std::uint8_t>(description_of<E>.position(member));
  }
  std::uint8_t sort() const { return member_ == Id::none ? position(&E::created_at) : std::uint8_t{0}; }

  Id app_;
  Id member_{};
  Id room_{};
  std::optional<Instant> before_{};
};

/// Goes on with an order, up to the row that was the last one when it was given: what was issued since is not meant. `task.after`
/// has the places of that row and of the last one that was looked at. Answers whether that is done.
template <class E>
Result<bool> go_on_revoking(Transaction& tx, const Context& context, const App& app, Task& task, domain::Budget& budget,
                            std::int64_t& revoked) {
  constexpr std::int64_t most_looks = 1'000;
  constexpr std::size_t most_bytes = std::size_t{4} << 20U;
  const Issued<E> issued{task};
  while (!budget.is_spent()) {
    const auto places = numbers_in(task.after);
    auto window = issued.window(budget.rows());
    window.bytes = most_bytes;
    if (places.size() == 4) window.after = Mark{places[2], Id{places[3]}};
    auto page = domain::page(tx, issued.query(), window, most_looks);
    if (!page) return page.error();
    const auto end = std::ranges::find_if(page->items, [&](const E& row) {
      return issued.place_of(row) > std::pair{places.at(0), places.at(1)};
    });
    const bool is_last = end != page->items.end() || !page->next;
    page->items.erase(end, page->items.end());
    // Rows that a filter passed over were looked at too.
    budget.spend(window.filters.empty() ? std::ssize(page->items) : most_looks);
    auto done = revoke_all(tx, context, app, std::move(page->items));
    if (!done) return done.error();
    revoked += *done;
    if (is_last) return true;
    task.after = text_of({places[0], places[1], std::get<std::int64_t>(page->next->value), number(page->next->id)});
  }
  return false;
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

Result<bool> go_on_revoking(Transaction& tx, const Context& context, Task& task, Budget& budget) {
  auto app = tx.get<App>(task.app);
  // They go with their app.
  if (!app && app.error().code == Errc::not_found) return true;
  if (!app) return app.error();
  const auto go_on = task.kind == TaskKind::revoke_issued_join_tokens     ? innkeeper::go_on_revoking<JoinToken>
                     : task.kind == TaskKind::revoke_issued_member_tokens ? innkeeper::go_on_revoking<MemberToken>
                                                                          : innkeeper::go_on_revoking<StreamKey>;
  return go_on(tx, context, *app, task, budget, task.changed);
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
constexpr TaskKind revoking_issued = TaskKind::revoke_issued_member_tokens;
template <>
constexpr TaskKind revoking_issued<JoinToken> = TaskKind::revoke_issued_join_tokens;
template <>
constexpr TaskKind revoking_issued<StreamKey> = TaskKind::revoke_issued_stream_keys;

/// Revokes one, if it is among those that are meant.
template <class E>
Result<Outcome> revoke_one(Transaction& tx, const Context& context, const Order& order, const Aim& aim) {
  constexpr auto sentence = "must be a token of this app";
  auto one = named<E>(tx, aim.app.id, *order.token, "/token", sentence);
  if (!one) return one.error();
  auto owned = require_owners(tx, one);
  if (!owned) return owned.error().code == Errc::not_found ? domain::refused("/token", sentence) : owned.error();
  bool is_meant =
      (aim.member == Id::none || one->member == aim.member) && (!order.issued_before || one->created_at < *order.issued_before);
  if constexpr (requires { one->room; }) is_meant = is_meant && (aim.room == Id::none || one->room == aim.room);
  if (!is_meant) return Outcome{};
  auto revoked = revoke_all(tx, context, aim.app, std::vector<E>{std::move(*one)});
  if (!revoked) return revoked.error();
  return Outcome{.revoked = *revoked};
}

/// Orders of an app, of one kind, that are not carried out yet: upkeep goes on with one after the other.
constexpr std::int64_t most_orders = 8;

/// Revokes many: some now, and the same order again, or upkeep, goes on behind them.
template <class E>
Result<Outcome> revoke_aimed(Transaction& tx, const Context& context, const Order& order, const Aim& aim) {
  if (order.token) return revoke_one<E>(tx, context, order, aim);
  const Issued<E> issued{aim.app.id, aim.member, aim.room, order.issued_before};
  Task task{.tenant = aim.app.tenant,
            .app = aim.app.id,
            .kind = revoking_issued<E>,
            .object = aim.app.id,
            .created_at = context.now,
            .choice = issued.text()};
  auto pending = tx.list(Query<Task>{}.where(&Task::object, task.object).where(&Task::kind, task.kind).limit(most_orders));
  if (!pending) return pending.error();
  const auto former = std::ranges::find(*pending, task.choice, &Task::choice);
  if (former != pending->end())
    task = std::move(*former);
  else if (std::ssize(*pending) == most_orders)
    return Error{.code = Errc::rate_limited,
                 .reason = reason::revocations_pending,
                 .detail = "other orders to revoke are being carried out",
                 .retry_after = std::chrono::seconds{1}};
  auto newest = tx.first(issued.newest_first());
  if (!newest && newest.error().code != Errc::not_found) return newest.error();
  if (!newest) return Outcome{};
  const auto last = issued.place_of(*newest);
  const auto places = numbers_in(task.after);
  // If the clock was set back, rows that were issued since may stand before those that were looked at.
  const bool goes_on = places.size() == 4 && task.created_at <= context.now;
  if (!goes_on) task.created_at = context.now;
  task.after = goes_on ? text_of({last.first, last.second, places[2], places[3]}) : text_of({last.first, last.second});

  Outcome outcome;
  domain::Budget budget;
  auto is_done = go_on_revoking<E>(tx, context, aim.app, task, budget, outcome.revoked);
  if (!is_done) return is_done.error();
  outcome.has_more = !*is_done;
  auto kept = !*is_done ? (task.id == Id::none ? tx.insert(task) : tx.update(task)) : Result<void>{};
  if (!kept) return kept.error();
  if (*is_done && task.id != Id::none)
    if (auto erased = tx.erase<Task>(task.id); !erased) return erased.error();
  return outcome;
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
