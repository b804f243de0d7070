#include "engine/domain/collection.hpp"

#include <algorithm>
#include <map>

namespace innkeeper::sessions {

namespace {

/// Whether a moment lies in the time that is asked for.
bool is_in(const Inquiry& wanted, const std::optional<Instant>& at) {
  return at && (!wanted.from || *wanted.from <= *at) && (!wanted.until || *at < *wanted.until);
}

/// A null meets no comparison: what has no time yet is left out.
template <class E>
Query<E> in_time(Query<E> query, const Inquiry& wanted, std::optional<Instant> E::*at) {
  query.where(at, Compare::greater_equal, wanted.from.value_or(Instant::min()));
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

/// Rows of schema step 2 do not say when they were closed.
std::optional<Instant> end_of(const Participation& who, const Session& session) {
  return who.closed_at ? who.closed_at : who.left_at ? who.left_at : session.ended_at;
}

/// Sessions by their ids, the last ones that were asked for.
class Shelf {
 public:
  explicit Shelf(Transaction& tx) : tx_(tx) {}
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

Result<void> each_call_in_time(Transaction& tx, Id app, const Inquiry& wanted, const std::function<void(Call&&)>& visit) {
  Shelf shelf{tx};
  Result<void> outcome;
  auto listed =
      tx.each<Participation>(in_time(Query<Participation>{}.where(&Participation::app, app), wanted, &Participation::closed_at),
                             [&](Participation&& who) {
                               auto session = shelf.find(who.session);
                               if (session) visit({std::move(who), **session});
                               if (!session) outcome = session.error();
                               return session.has_value();
                             });
  return listed ? outcome : listed;
}

Result<void> each_call_of(Transaction& tx, Id app, const Inquiry& wanted, const std::function<void(Call&&)>& visit) {
  auto sessions = named(tx, app, wanted);
  if (!sessions) return sessions.error();
  std::vector<Call> calls;
  for (const auto& session : *sessions) {
    auto listed =
        tx.each<Participation>(Query<Participation>{}.where(&Participation::session, session.id), [&](Participation&& who) {
          who.closed_at = end_of(who, session);
          if (is_in(wanted, who.closed_at)) calls.push_back({std::move(who), session});
          return true;
        });
    if (!listed) return listed;
  }
  std::stable_sort(calls.begin(), calls.end(),
                   [](const Call& a, const Call& b) { return a.participation.closed_at < b.participation.closed_at; });
  for (auto& each : calls) visit(std::move(each));
  return {};
}

}  // namespace

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

Result<void> each_call(Transaction& tx, const Context& context, const Inquiry& wanted, const std::function<void(Call&&)>& visit) {
  auto app = apps::open(tx, context, wanted.app);
  if (!app) return app.error();
  return wanted.room || wanted.session ? each_call_of(tx, app->id, wanted, visit) : each_call_in_time(tx, app->id, wanted, visit);
}

Result<void> each_archive(Transaction& tx, const Context& context, const Inquiry& wanted,
                          const std::function<void(Archive&&)>& visit) {
  auto app = apps::open(tx, context, wanted.app);
  if (!app) return app.error();
  Result<void> outcome;
  const auto take = [&](Session&& session) {
    auto files = tx.list(Query<Recording>{}.where(&Recording::session, session.id));
    if (!files) outcome = files.error();
    if (files && !files->empty()) visit({std::move(session), std::move(*files)});
    return files.has_value();
  };
  if (!wanted.room && !wanted.session) {
    auto listed = tx.each<Session>(in_time(Query<Session>{}.where(&Session::app, app->id), wanted, &Session::ended_at), take);
    return listed ? outcome : listed;
  }
  auto sessions = named(tx, app->id, wanted);
  if (!sessions) return sessions.error();
  std::erase_if(*sessions, [&](const Session& each) { return !is_in(wanted, each.ended_at); });
  std::stable_sort(sessions->begin(), sessions->end(),
                   [](const Session& a, const Session& b) { return a.ended_at < b.ended_at; });
  for (auto& session : *sessions)
    if (!take(std::move(session))) break;
  return outcome;
}

Result<std::vector<Call>> do_calls(Transaction& tx, const Context& context, const Inquiry& wanted) {
  std::vector<Call> calls;
  auto listed = each_call(tx, context, wanted, [&](Call&& call) { calls.push_back(std::move(call)); });
  if (!listed) return listed.error();
  return calls;
}

Result<std::vector<Archive>> do_archives(Transaction& tx, const Context& context, const Inquiry& wanted) {
  std::vector<Archive> archives;
  auto listed = each_archive(tx, context, wanted, [&](Archive&& archive) { archives.push_back(std::move(archive)); });
  if (!listed) return listed.error();
  return archives;
}

}  // namespace innkeeper::sessions
