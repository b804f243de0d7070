#include "engine/domain/collection.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace innkeeper::sessions {

namespace {

/// Whether a moment lies in the time that is asked for.
bool is_in(const RecordQuery& wanted, const std::optional<Instant>& at) {
  return at && (!wanted.from || *wanted.from <= *at) && (!wanted.until || *at < *wanted.until);
}

/// A null meets no comparison: what has no time yet is left out.
template <class E>
Query<E> in_time(Query<E> query, const RecordQuery& wanted, std::optional<Instant> E::*at) {
  query.where(at, Compare::greater_equal, wanted.from.value_or(Instant::min()));
  if (wanted.until) query.where(at, Compare::less, *wanted.until);
  return query;
}

template <class E>
PageRequest behind(const std::optional<Cursor>& cursor, std::optional<Instant> E::*sort) {
  return {.limit = rows_in_piece,
          .bytes = bytes_in_piece,
          .sort = static_cast<std::uint8_t>(description_of<E>.position(sort)),
          .after = cursor};
}

/// The sessions of a room or of a name.
Query<Session> named(Id app, const RecordQuery& wanted) {
  auto query = Query<Session>{}.where(&Session::app, app);
  if (wanted.session) query.where(&Session::uid, *wanted.session);
  if (wanted.room) query.where(&Session::room_uid, *wanted.room);
  return query;
}

/// A cache of sessions by id.
class SessionCache {
 public:
  explicit SessionCache(Transaction& tx) : tx_(tx) {}
  Result<const Session*> find(Id id) {
    constexpr std::size_t most = 1'000;
    const auto known = sessions_.find(id);
    if (known != sessions_.end()) return &known->second;
    auto session = tx_.get<Session>(id);
    if (!session) return session.error();
    if (sessions_.size() >= most) sessions_.clear();
    return &sessions_.emplace(id, std::move(*session)).first->second;
  }

 private:
  Transaction& tx_;
  std::map<Id, Session> sessions_;
};

Result<RecordPage<Call>> calls_in_time(Transaction& tx, Id app, const RecordQuery& wanted) {
  auto page = domain::page(tx, in_time(Query<Participation>{}.where(&Participation::app, app), wanted, &Participation::closed_at),
                           behind(wanted.after ? wanted.after->cursor : std::nullopt, &Participation::closed_at));
  if (!page) return page.error();
  RecordPage<Call> records;
  SessionCache cache{tx};
  for (auto& who : page->items) {
    auto session = cache.find(who.session);
    if (!session) return session.error();
    records.items.push_back({std::move(who), **session});
  }
  if (page->next) records.next = RecordCursor{.cursor = page->next};
  return records;
}

/// Of one session; `records.next` is set if it has more of them.
Result<void> add_calls_of(Transaction& tx, const Session& session, const RecordQuery& wanted, const std::optional<Cursor>& after,
                          RecordPage<Call>& records) {
  auto page = domain::page(
      tx, in_time(Query<Participation>{}.where(&Participation::session, session.id), wanted, &Participation::closed_at),
      behind(after, &Participation::closed_at));
  if (!page) return page.error();
  if (page->next) records.next = RecordCursor{session.id, page->next};
  for (auto& who : page->items) records.items.push_back({std::move(who), session});
  return {};
}

/// Session by session, as many as there is time for.
Result<RecordPage<Call>> calls_of(Transaction& tx, Id app, const RecordQuery& wanted) {
  RecordPage<Call> records;
  auto last = wanted.after ? wanted.after->session : Id::none;
  if (wanted.after && wanted.after->cursor) {
    auto session = tx.get<Session>(last);
    // It has gone with all it had.
    if (!session && session.error().code != Errc::not_found) return session.error();
    if (session)
      if (auto added = add_calls_of(tx, *session, wanted, wanted.after->cursor, records); !added) return added.error();
    if (records.next) return records;
  }
  for (std::int64_t looked_at = 0; std::cmp_less(records.items.size(), rows_in_piece) && looked_at < rows_in_piece; ++looked_at) {
    if (last != Id::none && wanted.session) return records;
    auto query = named(app, wanted);
    if (last != Id::none) query.where(&Session::id, Compare::greater, last);
    auto session = tx.first(query);
    if (!session && session.error().code == Errc::not_found) return records;
    if (!session) return session.error();
    last = session->id;
    if (auto added = add_calls_of(tx, *session, wanted, std::nullopt, records); !added) return added.error();
    if (records.next) return records;
  }
  records.next = RecordCursor{.session = last};
  return records;
}

/// The last ones, in the order in which they were reported.
Result<std::vector<Recording>> recordings_of(Transaction& tx, Id session) {
  auto files = tx.list(Query<Recording>{}.where(&Recording::session, session).order_by(&Recording::id, true).limit(most_shown));
  if (files) std::reverse(files->begin(), files->end());
  return files;
}

Result<Record> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  // Their uids are of media servers and may be the same in two apps.
  const auto id = ref.id() != Id::none ? number(ref.id()) : base::to_number(ref.text()).value_or(0);
  if (id == 0) return domain::unknown<Session>();
  auto session = domain::find<Session>(tx, context, Id{id});
  if (!session) return session.error();
  auto participants = tx.list(Query<Participation>{}
                                  .where(&Participation::session, session->id)
                                  .order_by(&Participation::closed_at)
                                  .order_by(&Participation::role)
                                  .limit(most_shown));
  if (!participants) return participants.error();
  auto recordings = tx.list(Query<Recording>{}.where(&Recording::session, session->id).limit(most_shown));
  if (!recordings) return recordings.error();
  return Record{std::move(*session), std::move(*participants), std::move(*recordings)};
}

Result<Page<Session>> do_list(Transaction& tx, const Context& context, const Listing& wanted) {
  return domain::page_of_app<Session>(tx, context, wanted);
}

Result<Page<Usage>> do_usage(Transaction& tx, const Context& context, const Listing& wanted) {
  return domain::page_of_app<Usage>(tx, context, wanted);
}

Result<RecordPage<Call>> do_calls(Transaction& tx, const Context& context, const RecordQuery& wanted) {
  auto app = apps::open(tx, context, wanted.app);
  if (!app) return app.error();
  return wanted.room || wanted.session ? calls_of(tx, app->id, wanted) : calls_in_time(tx, app->id, wanted);
}

Result<RecordPage<Archive>> do_archives(Transaction& tx, const Context& context, const RecordQuery& wanted) {
  auto app = apps::open(tx, context, wanted.app);
  if (!app) return app.error();
  auto page_request = behind(wanted.after ? wanted.after->cursor : std::nullopt, &Session::ended_at);
  const bool is_named = wanted.room || wanted.session;
  auto query = named(app->id, wanted);
  // Of a room's sessions those of another time are passed over here, so that a part has an end.
  if (is_named)
    page_request.sort = 0;
  else
    query = in_time(query, wanted, &Session::ended_at);
  auto page = domain::page(tx, query, page_request);
  if (!page) return page.error();
  RecordPage<Archive> records;
  if (page->next) records.next = RecordCursor{.cursor = page->next};
  std::size_t files = 0;
  for (auto& session : page->items) {
    auto recordings = is_in(wanted, session.ended_at) ? recordings_of(tx, session.id) : std::vector<Recording>{};
    if (!recordings) return recordings.error();
    files += recordings->size();
    const bool is_enough = std::cmp_greater_equal(files, rows_in_piece) && &session != &page->items.back();
    if (is_enough) records.next = RecordCursor{.cursor = domain::cursor_of(to_cells(session), page_request.sort)};
    if (!recordings->empty()) records.items.push_back({std::move(session), std::move(*recordings)});
    if (is_enough) break;
  }
  return records;
}

}  // namespace

constinit const Operation<Ref, Record> find{"sessions.find", Access::read, do_find};
constinit const Operation<Listing, Page<Session>> list{"sessions.list", Access::read, do_list};
constinit const Operation<Listing, Page<Usage>> usage{"usage.list", Access::read, do_usage};
constinit const Operation<RecordQuery, RecordPage<Call>> calls{"sessions.calls", Access::read, do_calls};
constinit const Operation<RecordQuery, RecordPage<Archive>> archives{"sessions.archives", Access::read, do_archives};

}  // namespace innkeeper::sessions
