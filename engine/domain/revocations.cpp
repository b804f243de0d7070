#include "engine/domain/token_rows.hpp"
#include "engine/domain/tokens.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

/// Orders to revoke tokens and stream keys, one or many at a time.
namespace innkeeper {

namespace {

/// Revokes those of some rows that were not revoked or used up, as one change of the app; answers how many. The clock is not
/// asked: one that is ahead shows nothing to be over for good.
template <class E>
Result<std::int64_t> revoke_all(Transaction& tx, const Context& context, const App& app, std::vector<E> rows) {
  std::int64_t revoked = 0;
  for (auto& row : rows) {
    if (row.revoked_at || domain::is_used_up(row)) continue;
    auto owned = domain::require_owners<E>(tx, row);
    if (!owned && owned.error().code != Errc::not_found) return owned.error();
    // One that was revoked with its member's others, or goes with its owner, does not count again.
    if (owned && !owned->revoked_at) ++revoked;
    row.revoked_at = owned && owned->revoked_at ? owned->revoked_at : context.now;
    if (auto stored = tx.update(row); !stored) return stored.error();
  }
  if (auto told = domain::record_revoked(tx, context, app, table_of<E>.name, revoked); !told) return told.error();
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
  PageRequest page_request(std::int64_t limit) const {
    PageRequest page_request{.limit = limit, .sort = sort()};
    if constexpr (has_room)
      if (member_ != Id::none && room_ != Id::none)
        page_request.filters.push_back({position(&E::room), Compare::equal, number(room_)});
    if (before_) page_request.filters.push_back({position(&E::created_at), Compare::less, before_->time_since_epoch().count()});
    return page_request;
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
    auto page_request = issued.page_request(budget.rows());
    page_request.bytes = most_bytes;
    if (places.size() == 4) page_request.after = Cursor{places[2], Id{places[3]}};
    auto page = domain::page(tx, issued.query(), page_request, most_looks);
    if (!page) return page.error();
    const auto end = std::ranges::find_if(page->items, [&](const E& row) {
      return issued.place_of(row) > std::pair{places.at(0), places.at(1)};
    });
    const bool is_last = end != page->items.end() || !page->next;
    page->items.erase(end, page->items.end());
    // Rows that a filter passed over were looked at too.
    budget.spend(page_request.filters.empty() ? std::ssize(page->items) : most_looks);
    auto done = revoke_all(tx, context, app, std::move(page->items));
    if (!done) return done.error();
    revoked += *done;
    if (is_last) return true;
    task.after = text_of({places[0], places[1], std::get<std::int64_t>(page->next->value), number(page->next->id)});
  }
  return false;
}

}  // namespace

namespace domain {

Result<void> record_revoked(Transaction& tx, const Context& context, const App& app, std::string_view table, std::int64_t count) {
  if (count == 0) return {};
  const JsonText what{"{\"revoked\":" + std::to_string(count) + "}"};
  const std::string name{table};
  if (auto written =
          changes::write_audit(tx, context, {app.tenant, app.id, app.id, app.uid}, name + ".revoke_many", {"{}"}, what);
      !written)
    return written;
  return changes::Outbox{tx, context, app.tenant, app.id}.put(name + ".revoked_many", context.now, what);
}

Result<bool> go_on_revoking(Transaction& tx, const Context& context, Task& task, Budget& budget) {
  auto app = tx.get<App>(task.app);
  // They go with their app.
  if (!app && app.error().code == Errc::not_found) return true;
  if (!app) return app.error();
  const auto resume = task.kind == TaskKind::revoke_issued_join_tokens     ? innkeeper::go_on_revoking<JoinToken>
                      : task.kind == TaskKind::revoke_issued_member_tokens ? innkeeper::go_on_revoking<MemberToken>
                                                                           : innkeeper::go_on_revoking<StreamKey>;
  return resume(tx, context, *app, task, budget, task.changed);
}

}  // namespace domain

namespace revocations {

namespace {

/// What the criteria refer to, looked up.
struct Target {
  const App& app;
  Id member{};
  Id room{};
};

/// A row of the app that the criteria name. Errors: `invalid`, pointing at the field.
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
Result<Outcome> revoke_one(Transaction& tx, const Context& context, const Criteria& criteria, const Target& target) {
  constexpr auto sentence = "must be a token of this app";
  auto one = named<E>(tx, target.app.id, *criteria.token, "/token", sentence);
  if (!one) return one.error();
  auto owned = domain::require_owners(tx, one);
  if (!owned) return owned.error().code == Errc::not_found ? domain::refused("/token", sentence) : owned.error();
  bool is_meant = (target.member == Id::none || one->member == target.member) &&
                  (!criteria.issued_before || one->created_at < *criteria.issued_before);
  if constexpr (requires { one->room; }) is_meant = is_meant && (target.room == Id::none || one->room == target.room);
  if (!is_meant) return Outcome{};
  auto revoked = revoke_all(tx, context, target.app, std::vector<E>{std::move(*one)});
  if (!revoked) return revoked.error();
  return Outcome{.revoked = *revoked};
}

/// Orders of an app, of one kind, that are not carried out yet: maintenance goes on with one after the other.
constexpr std::int64_t most_orders = 8;

/// Revokes many: some now, and the same order again, or maintenance, goes on behind them.
template <class E>
Result<Outcome> revoke_matching(Transaction& tx, const Context& context, const Criteria& criteria, const Target& target) {
  if (criteria.token) return revoke_one<E>(tx, context, criteria, target);
  const Issued<E> issued{target.app.id, target.member, target.room, criteria.issued_before};
  Task task{.tenant = target.app.tenant,
            .app = target.app.id,
            .kind = revoking_issued<E>,
            .object = target.app.id,
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
  auto is_done = go_on_revoking<E>(tx, context, target.app, task, budget, outcome.revoked);
  if (!is_done) return is_done.error();
  outcome.has_more = !*is_done;
  auto kept = !*is_done ? (task.id == Id::none ? tx.insert(task) : tx.update(task)) : Result<void>{};
  if (!kept) return kept.error();
  if (*is_done && task.id != Id::none)
    if (auto erased = tx.erase<Task>(task.id); !erased) return erased.error();
  return outcome;
}

Result<Outcome> do_revoke(Transaction& tx, const Context& context, const Criteria& criteria) {
  auto app = apps::open(tx, context, criteria.app);
  if (!app) return app.error();
  Target target{.app = *app};
  if (criteria.member) {
    auto member = domain::member_of(tx, app->id, *criteria.member);
    if (!member) return member.error();
    target.member = member->id;
  }
  if (criteria.room) {
    if (criteria.kind != Kind::join_tokens) return domain::refused("/room", "goes with join tokens only");
    auto room = named<Room>(tx, app->id, *criteria.room, "/room", "must be a room of this app");
    if (!room) return room.error();
    target.room = room->id;
  }
  return criteria.kind == Kind::join_tokens     ? revoke_matching<JoinToken>(tx, context, criteria, target)
         : criteria.kind == Kind::member_tokens ? revoke_matching<MemberToken>(tx, context, criteria, target)
                                                : revoke_matching<StreamKey>(tx, context, criteria, target);
}

}  // namespace

constinit const Operation<Criteria, Outcome> revoke{"revocations.create", Access::write, do_revoke};

}  // namespace revocations

}  // namespace innkeeper
