#include "engine/domain/collection.hpp"

#include <algorithm>
#include <map>

namespace innkeeper::sessions {

namespace {

/// Whether a moment lies in the time that is asked for.
bool is_in(const Inquiry& wanted, const std::optional<Instant>& at) {
  return at && (!wanted.from || *wanted.from <= *at) && (!wanted.until || *at < *wanted.until);
}

template <class E>
Query<E> in_time(Query<E> query, const Inquiry& wanted, std::optional<Instant> E::*at) {
  // What has no time yet is less than all that has one.
  query.where(at, Compare::greater_equal, wanted.from.value_or(Instant{}));
  if (wanted.until) query.where(at, Compare::less, *wanted.until);
  return query.order_by(at);
}

/// The sessions of a room or of a name.
Result<std::vector<Session>> named(Transaction& tx, Id app, const Inquiry& wanted) {
  auto query = Query<Session>{}.where(&Session::app, app);
  if (wanted.session) query.where(&Session::uid, *wanted.session);
  if (wanted.room) query.where(&Session::room_uid, *wanted.room);
  return tx.list(query);
}

/// The files of a session, if it is over and has any.
Result<void> add_archive(Transaction& tx, Session&& session, std::vector<Archive>& archives) {
  auto files = tx.list(Query<Recording>{}.where(&Recording::session, session.id));
  if (!files) return files.error();
  if (!files->empty()) archives.push_back({std::move(session), std::move(*files)});
  return {};
}

}  // namespace

Result<Record> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  // Their uids are of media servers and may be the same in two apps.
  const auto id = ref.id() != Id::none ? number(ref.id()) : base::to_number(ref.text()).value_or(0);
  if (id == 0) return domain::unknown<Session>();
  auto session = domain::find<Session>(tx, context, Id{id});
  if (!session) return session.error();
  auto participants = tx.list(Query<Participation>{}.where(&Participation::session, session->id).limit(most_shown));
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

Result<std::vector<Call>> do_calls(Transaction& tx, const Context& context, const Inquiry& wanted) {
  auto app = apps::open(tx, context, wanted.app);
  if (!app) return app.error();
  std::vector<Call> calls;
  if (!wanted.room && !wanted.session) {
    auto closed = tx.list(in_time(Query<Participation>{}.where(&Participation::app, app->id), wanted, &Participation::closed_at));
    if (!closed) return closed.error();
    std::map<Id, Session> sessions;
    for (auto& each : *closed) {
      auto known = sessions.find(each.session);
      if (known == sessions.end()) {
        auto session = tx.get<Session>(each.session);
        if (!session) return session.error();
        known = sessions.emplace(each.session, std::move(*session)).first;
      }
      calls.push_back({std::move(each), known->second});
    }
    return calls;
  }
  auto sessions = named(tx, app->id, wanted);
  if (!sessions) return sessions.error();
  for (const auto& session : *sessions) {
    auto listed =
        tx.each<Participation>(Query<Participation>{}.where(&Participation::session, session.id), [&](Participation&& who) {
          if (is_in(wanted, who.closed_at)) calls.push_back({std::move(who), session});
          return true;
        });
    if (!listed) return listed.error();
  }
  std::stable_sort(calls.begin(), calls.end(),
                   [](const Call& a, const Call& b) { return a.participation.closed_at < b.participation.closed_at; });
  return calls;
}

Result<std::vector<Archive>> do_archives(Transaction& tx, const Context& context, const Inquiry& wanted) {
  auto app = apps::open(tx, context, wanted.app);
  if (!app) return app.error();
  auto sessions = wanted.room || wanted.session
                      ? named(tx, app->id, wanted)
                      : tx.list(in_time(Query<Session>{}.where(&Session::app, app->id), wanted, &Session::ended_at));
  if (!sessions) return sessions.error();
  std::erase_if(*sessions, [&](const Session& each) { return !is_in(wanted, each.ended_at); });
  std::stable_sort(sessions->begin(), sessions->end(),
                   [](const Session& a, const Session& b) { return a.ended_at < b.ended_at; });
  std::vector<Archive> archives;
  for (auto& session : *sessions)
    if (auto added = add_archive(tx, std::move(session), archives); !added) return added.error();
  return archives;
}

}  // namespace innkeeper::sessions
