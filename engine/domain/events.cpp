#include "engine/base/internals.hpp"
#include "engine/base/time.hpp"
#include "engine/changes/cells.hpp"
#include "engine/changes/claims.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/domain/rooms.hpp"
#include "engine/domain/session_states.hpp"

#include <algorithm>
#include <set>

namespace innkeeper::events {

namespace {

/// A piece of a feed ends with the event that brings its data to so many bytes.
constexpr std::size_t most_followed = 64 * 1024;

/// Whether a report is of an earlier moment than all that a row tells of.
bool is_first(const std::optional<Instant>& known, const Report& report) { return !known || report.at < *known; }
/// Whether none that a row tells of is of a later moment.
bool is_last(const std::optional<Instant>& known, const Report& report) { return !known || report.at >= *known; }

/// One batch of reports of one app, written row by row. Reports may come in any order, twice, and late: each step fills in what
/// it knows and takes nothing back. What a session's end says of all its participants waits for the end of the batch.
class ReportApplier {
 public:
  ReportApplier(Transaction& tx, const Context& context, const App& app)
      : tx_(tx), context_(context), app_(app), outbox_(tx, context, app.tenant, app.id) {}

  Result<void> apply(const Report& report) {
    switch (report.type) {
      case Type::session_started:
        return start_session(report);
      case Type::participant_joined:
        return join(report);
      case Type::participant_left:
        return leave(report);
      case Type::session_ended:
        return end_session(report);
      case Type::recording_ready:
        return add_recording(report);
      case Type::files_transferred:
        return {};
      case Type::ingest_started:
        return set_ingest(report, StreamKeyState::preparing);
      case Type::ingest_published:
        return set_ingest(report, StreamKeyState::active);
      case Type::ingest_stopped:
        return set_ingest(report, StreamKeyState::inactive);
      case Type::usage:
        return add_usage(report);
      case Type::readings:
        return add_readings(report);
    }
    return Error{Errc::internal};
  }
  Result<void> publish(const Report& report) {
    if (static_cast<std::size_t>(report.type) >= names_of<Type>.size()) return Error{Errc::internal};
    auto data = report.data;
    if (!report.stream_key.empty())
      data = changes::with_another_text(data, report.stream_key, name_of_stream_key(report.stream_key));
    if (!report.token.empty()) data = changes::with_another_text(data, report.token, name_of_token(report.token));
    return outbox_.put(std::string{name_of(report.type)}, report.at, std::move(data), report.id);
  }
  /// Closes the participations of the sessions that ended, as far as the budget goes: after the last report, so that each row is
  /// looked at once, however many ends were reported. A step for one participant alone keeps that one's `closed_at` right.
  Result<void> close() {
    for (const auto id : ended_) {
      const Task task{.tenant = app_.tenant, .app = app_.id, .kind = TaskKind::close_participations, .object = id};
      if (auto begun = domain::begin(tx_, context_, task, budget_); !begun) return begun;
    }
    return {};
  }

 private:
  /// A row of the app that a report names, if there is one.
  template <class E>
  Result<std::optional<E>> named(const std::string& ref) {
    if (ref.empty()) return std::optional<E>{};
    auto found = domain::look_up<E>(tx_, ref);
    if (!found && found.error().code != Errc::not_found) return found.error();
    if (!found || found->app != app_.id) return std::optional<E>{};
    return std::optional{std::move(*found)};
  }

  template <class E>
  Result<void> put(E& row) {
    row.updated_at = context_.now;
    if (row.id != Id::none) return tx_.update(row);
    row.tenant = app_.tenant;
    row.app = app_.id;
    row.created_at = context_.now;
    return tx_.insert(row);
  }

  Result<Session> session_of(const Report& report) {
    auto found = tx_.first(Query<Session>{}.where(&Session::app, app_.id).where(&Session::uid, report.session));
    if (found || found.error().code != Errc::not_found) return found;
    Session session{.uid = report.session};
    if (auto stored = put(session); !stored) return stored.error();
    return session;
  }

  /// Brings a room up to date with what is known of its sessions, one of which is `session` or was. `is_new`: that it ended, or
  /// that it was there.
  Result<void> update_room(Id room_id, const Session& session, bool is_new) {
    if (room_id == Id::none) return {};
    auto room = tx_.get<Room>(room_id);
    if (!room) return room.error().code == Errc::not_found ? Result<void>{} : room.error();
    if (rooms::is_over(*room, context_.now)) return domain::take_out(tx_, context_, *room, budget_);
    auto running = tx_.first(Query<Session>{}.where(&Session::room, room_id).where(&Session::state, SessionState::running));
    if (!running && running.error().code != Errc::not_found) return running.error();
    const bool was_live = std::exchange(room->is_live, running.has_value());
    const bool is_first_begun =
        session.room == room_id && session.started_at && room->kind == RoomKind::ad_hoc && room->lifetime > 0 && !room->ends_at;
    if (is_first_begun) room->ends_at = base::later(*session.started_at, std::chrono::seconds{room->lifetime});
    const bool has_served = is_new && session.room == room_id && session.state == SessionState::ended && !room->is_live &&
                            room->kind == RoomKind::ad_hoc && room->ends_at.value_or(context_.now) <= context_.now;
    if (has_served) return domain::take_out(tx_, context_, *room, budget_);
    return is_first_begun || was_live != room->is_live ? put(*room) : Result<void>{};
  }

  Result<void> start_session(const Report& report) {
    auto session = session_of(report);
    if (!session) return session.error();
    auto room = named<Room>(report.room);
    if (!room) return room.error();
    const Id former = session->room;
    if (is_first(session->started_at, report)) {
      session->room = *room ? (*room)->id : Id::none;
      session->room_uid = *room ? (*room)->uid : report.room;
      session->room_name = *room ? (*room)->name : "";
      session->owner_ref = *room ? (*room)->owner_ref : "";
    }
    session->started_at = std::min(session->started_at.value_or(report.at), report.at);
    session->state = domain::session_states.next(session->state, domain::SessionEvent::start).value();
    if (auto stored = put(*session); !stored) return stored;
    if (former != session->room)
      if (auto left = update_room(former, *session, /*is_new=*/false); !left) return left;
    return update_room(session->room, *session, /*is_new=*/former != session->room);
  }

  Result<void> end_session(const Report& report) {
    auto session = session_of(report);
    if (!session) return session.error();
    const bool was_over = session->state == SessionState::ended;
    session->ended_at = std::max(session->ended_at.value_or(report.at), report.at);
    session->state = domain::session_states.next(session->state, domain::SessionEvent::end).value();
    if (auto stored = put(*session); !stored) return stored;
    ended_.insert(session->id);
    return update_room(session->room, *session, /*is_new=*/!was_over);
  }

  Result<Participation> participation_of(const Report& report, Session& session) {
    auto found = tx_.first(
        Query<Participation>{}.where(&Participation::session, session.id).where(&Participation::uid, report.participant));
    if (found || found.error().code != Errc::not_found) return found;
    ++session.participants;
    if (auto stored = put(session); !stored) return stored.error();
    return Participation{.session = session.id, .uid = report.participant};
  }

  Result<void> join(const Report& report) {
    auto session = session_of(report);
    if (!session) return session.error();
    auto who = participation_of(report, *session);
    if (!who) return who.error();
    for (const auto& [into, from] :
         {std::pair{&who->name, &report.name}, std::pair{&who->role, &report.role}, std::pair{&who->user_ref, &report.user_ref},
          std::pair{&who->ip, &report.ip}, std::pair{&who->agent, &report.agent}})
      if (!from->empty() && (into->empty() || is_first(who->joined_at, report))) *into = *from;
    auto member = named<Member>(report.member);
    if (!member) return member.error();
    if (*member && (who->member == Id::none || is_first(who->joined_at, report))) who->member = (*member)->id;
    if (auto used = use_token(report, *who); !used) return used;
    who->joined_at = std::min(who->joined_at.value_or(report.at), report.at);
    if (!who->left_at) who->closed_at = session->ended_at;
    return put(*who);
  }

  /// A token that let somebody in is used up, whether it was redeemed here or not. What is not reported of them, it tells.
  Result<void> use_token(const Report& report, Participation& who) {
    const auto known = changes::join_token_in(context_.internals.keyring, report.token);
    if (known && !known->is_for(app_)) return {};
    // It may have gone with its room by now.
    if (known && who.token_uid.empty()) who.token_uid = known->uid;
    auto token = named<JoinToken>(known ? known->uid : report.token);
    if (!token) return token.error();
    if (!*token) return {};
    if (who.token == Id::none || is_first(who.joined_at, report)) {
      who.token = (*token)->id;
      who.token_uid = (*token)->uid;
    }
    if (who.member == Id::none) who.member = (*token)->member;
    if (who.name.empty()) who.name = (*token)->name;
    if (who.role.empty()) who.role = name_of((*token)->role);
    if (who.user_ref.empty()) who.user_ref = (*token)->user_ref;
    if ((*token)->used_at) return {};
    (*token)->used_at = report.at;
    return tx_.update(**token);
  }

  Result<void> leave(const Report& report) {
    auto session = session_of(report);
    if (!session) return session.error();
    auto who = participation_of(report, *session);
    if (!who) return who.error();
    if (report.published.text != "{}" && is_last(who->left_at, report)) who->published = report.published;
    who->left_at = who->closed_at = std::max(who->left_at.value_or(report.at), report.at);
    who->subscribed_seconds = std::max(who->subscribed_seconds, report.subscribed_seconds);
    who->published_seconds = std::max(who->published_seconds, report.published_seconds);
    return put(*who);
  }

  Result<void> add_recording(const Report& report) {
    auto session = session_of(report);
    if (!session) return session.error();
    Recording recording{.tenant = app_.tenant,
                        .app = app_.id,
                        .session = session->id,
                        .kind = report.kind,
                        .url = report.url,
                        .size = report.size,
                        .at = report.at,
                        .created_at = context_.now};
    return tx_.insert(recording);
  }

  /// The stream key itself, its uid or its id: what a media server has of it.
  Result<std::optional<StreamKey>> stream_key_of(const std::string& text) {
    const auto digest = context_.internals.keyring.digest(text);
    auto found = tx_.first(Query<StreamKey>{}.where(&StreamKey::digest, crypto::as_text(digest)));
    if (found && found->app == app_.id) return std::optional{std::move(*found)};
    if (!found && found.error().code != Errc::not_found) return found.error();
    return named<StreamKey>(text);
  }

  Result<void> set_ingest(const Report& report, StreamKeyState state) {
    auto key = stream_key_of(report.stream_key);
    if (!key) return key.error();
    if (!*key) return {};
    // What was reported of a later moment stands.
    const auto at = std::min(report.at, context_.now);
    if (at < (*key)->state_at) return {};
    (*key)->state = state;
    (*key)->state_at = at;
    if (!report.mode.empty()) (*key)->mode = report.mode;
    return put(**key);
  }

  Result<void> add_usage(const Report& report) {
    auto added = usages::add(tx_, context_,
                             {.app = app_.id,
                              .month = base::month_of(report.at),
                              .signaling = report.signaling,
                              .turn_bytes = report.turn_bytes,
                              .sfu_bytes = report.sfu_bytes});
    if (!added) return added.error();
    return {};
  }

  Result<void> add_readings(const Report& report) {
    auto device = named<Device>(report.device);
    if (!device) return device.error();
    if (!*device) return {};
    for (const auto& each : report.values) {
      Reading reading{.tenant = app_.tenant, .app = app_.id, .device = (*device)->id, .at = each.at, .value = each.value};
      if (auto stored = tx_.insert(reading); !stored) return stored;
    }
    return {};
  }

  /// What an event tells of a stream key: never the secret itself, but the uid it stands for.
  std::string name_of_stream_key(const std::string& text) {
    const auto digest = context_.internals.keyring.digest(text);
    if (auto key = stream_key_of(text); key && *key && (*key)->digest.data == crypto::as_text(digest)) return (*key)->uid;
    return crypto::is_well_formed_secret(text) ? std::string{changes::mask} : text;
  }
  /// The same for a join token: its uid.
  std::string name_of_token(const std::string& text) const {
    constexpr std::size_t longest_uid = 64;
    if (auto token = changes::join_token_in(context_.internals.keyring, text)) return std::move(token->uid);
    return text.size() <= longest_uid && text.find('.') == std::string::npos ? text : std::string{changes::mask};
  }

  Transaction& tx_;
  const Context& context_;
  const App& app_;
  changes::Outbox outbox_;
  std::set<Id> ended_;
  domain::Budget budget_;  ///< For what reports lead to in other rows.
};

/// A caller's fault, with the report it is about, so that a reporter can leave that one out.
Error about(std::size_t position, Error error) {
  if (error.code == Errc::internal || error.code == Errc::unavailable) return error;
  const auto place = "/events/" + std::to_string(position);
  if (error.violations.empty()) error.violations.push_back({{}, {}, error.detail});
  for (auto& each : error.violations) each.field.insert(0, place);
  return error;
}

Result<BatchResult> do_report(Transaction& tx, const Context& context, const Batch& batch) {
  auto app = apps::open(tx, context, batch.app);
  if (!app) return app.error();
  ReportApplier applier{tx, context, *app};
  BatchResult result;
  std::size_t position = 0;
  for (const auto& report : batch.reports) {
    const auto at = position++;
    auto known = tx.count(Query<Event>{}.where(&Event::app, app->id).where(&Event::uid, report.id));
    if (!known) return known.error();
    if (*known > 0) {
      ++result.repeated;
      continue;
    }
    // What it leads to is told behind it.
    if (auto told = applier.publish(report); !told) return about(at, told.error());
    if (auto taken = applier.apply(report); !taken) return about(at, taken.error());
    ++result.accepted;
  }
  if (auto closed = applier.close(); !closed) return closed.error();
  if (result.accepted == 0) return result;
  JsonText after{"{\"accepted\":" + std::to_string(result.accepted) + "}"};
  if (auto written = changes::write_audit(tx, context, {app->tenant, app->id, app->id, app->uid}, "events.report", JsonText{"{}"},
                                          std::move(after));
      !written)
    return written.error();
  return result;
}

Result<EventPage> do_follow(Transaction& tx, const Context& context, const FeedQuery& from) {
  auto app = apps::open(tx, context, from.app);
  if (!app) return app.error();
  EventPage page{.app = app->id};
  auto last = tx.first(Query<Event>{}.where(&Event::app, app->id).order_by(&Event::id, /*descending=*/true));
  if (!last && last.error().code != Errc::not_found) return last.error();
  if (last) page.last = last->id;
  if (!from.after) return page;
  auto query = Query<Event>{}.where(&Event::app, app->id).limit(from.limit);
  // None is a null cell, and no id compares greater than that.
  if (*from.after != Id::none) query.where(&Event::id, Compare::greater, *from.after);
  std::size_t bytes = 0;
  auto read = tx.each<Event>(query, [&](Event&& event) {
    bytes += event.data.text.size();
    page.events.push_back(std::move(event));
    return bytes < most_followed;
  });
  if (!read) return read.error();
  return page;
}

}  // namespace

constinit const Operation<Batch, BatchResult> report{"events.report", Access::write, do_report};
constinit const Operation<FeedQuery, EventPage> follow{"events.follow", Access::read, do_follow};

}  // namespace innkeeper::events
