#include "engine/dialects/enablex/rooms.hpp"

#include "engine/base/time.hpp"
#include "engine/dialects/enablex/page.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace innkeeper::dialects::enablex {

namespace {

using json::Writer;

void overlay(const Draft& draft, Extras& extras) {
  extras.settings.overlay(draft.settings);
  if (draft.is_sip_enabled) extras.sip.is_enabled = *draft.is_sip_enabled;
  if (draft.sip_uri) extras.sip.uri = *draft.sip_uri;
  if (draft.data) extras.data = *draft.data;
}

/// What is wrong with what a caller says, up to that setting.
Result<void> require_good(const Draft& draft, Setting last) {
  if (!draft.fault || draft.fault->setting > last) return {};
  return draft.fault->error;
}

bool has_time(const Draft& draft) {
  return !draft.settings.text(Setting::scheduled_time).empty() ||
         (draft.fault && draft.fault->setting == Setting::scheduled_time);
}

Result<Instant> start_in(const Draft& draft, Instant now) {
  if (auto good = require_good(draft, Setting::scheduled_time); !good) return good.error();
  const auto text = draft.settings.text(Setting::scheduled_time);
  if (text.empty()) return fault("10004", "scheduled_time is needed by a scheduled room");
  const auto at = read_time(text);
  if (!at || *at <= now) return fault("10006", "scheduled_time must be in the future");
  return *at;
}

constexpr std::int64_t usual_minutes = 30;

/// What of the settings all contracts share.
void share(const Settings& settings, rooms::Draft& draft) {
  const auto minutes = settings.count(Setting::duration);
  if (minutes && draft.starts_at && *draft.starts_at) draft.ends_at = base::later(**draft.starts_at, length_of(*minutes));
  if (minutes && draft.kind == RoomKind::ad_hoc) draft.lifetime = lifetime_of(*minutes);
  if (const auto count = settings.count(Setting::participants)) draft.capacity = seats_of(*count);
  if (const auto count = settings.count(Setting::moderators)) draft.moderators = *count;
}

constexpr std::array<std::string_view, 3> best_first{R"("HD")", R"("SD")", R"("LD")"};

/// The best quality that an application may have: its own setting, or else the best there is.
std::string_view quality_of(const App& app) {
  const auto document = json::parse(app.extras.text, json::max_depth_inside);
  const auto own = document ? document->root().find(own_member) : std::nullopt;
  const auto quality = own ? own->find("quality") : std::nullopt;
  const auto set = quality ? std::find(best_first.begin(), best_first.end(), quality->to_json().text) : best_first.end();
  return set == best_first.end() ? best_first.front() : *set;
}

Result<void> require_quality(const App& app, const Settings& wanted, std::string& chosen) {
  const auto most = quality_of(app);
  if (!wanted.has(Setting::quality)) {
    chosen = most;
    return {};
  }
  const auto rank = [&](std::string_view quality) { return std::find(best_first.begin(), best_first.end(), quality); };
  if (rank(wanted[Setting::quality]) < rank(most))
    return fault("10021", "quality is above that of the application, " + std::string{most});
  return {};
}

void write_envelope(const Shown& shown, const Context& context, Response& response, bool is_new) {
  Writer out{response.body};
  out.begin_object().plain_key("result").integer(0).plain_key("room");
  write_shown(out, shown.room, shown.service_id, context.keyring, is_new);
  out.end_object();
  say_json(response);
}

/// What was fixed when the room was made may be said again, not otherwise (§5.5).
Result<void> require_same(const Settings& wanted, const Room& room) {
  if (wanted.has(Setting::mode) && wanted.text(Setting::mode) != name_of(room.mode))
    return fault("10020", "mode is fixed when the room is made");
  for (const auto& [setting, kind] : {std::pair{Setting::scheduled, RoomKind::scheduled}, {Setting::adhoc, RoomKind::ad_hoc}})
    if (wanted.has(setting) && wanted.is_true(setting) != (room.kind == kind))
      return fault("10106", "the type of a room is fixed when it is made");
  return {};
}

Result<void> require_open_to_change(const Room& room, Instant now) {
  const bool is_late = room.kind == RoomKind::scheduled && room.starts_at && *room.starts_at - rooms::doors_open_before <= now;
  if (!room.is_live && !is_late) return {};
  return Error{Errc::conflict, reason::room_fixed,
               room.is_live ? "a session is running in the room" : "the room is open or about to open"};
}

/// When a room that is there is to start, where that is said anew.
Result<void> reschedule(const Draft& wanted, const Room& room, Instant now, rooms::Draft& draft) {
  if (room.kind != RoomKind::scheduled) {
    if (has_time(wanted)) return fault("10018", "scheduled_time is for scheduled rooms");
    return {};
  }
  if (auto good = require_good(wanted, Setting::scheduled_time); !good) return good;
  draft.starts_at = room.starts_at;
  const auto& settings = wanted.settings;
  if (settings.has(Setting::scheduled_time) && read_time(settings.text(Setting::scheduled_time)) != room.starts_at) {
    auto start = start_in(wanted, now);
    if (!start) return start.error();
    draft.starts_at = *start;
    if (room.starts_at && room.ends_at)
      draft.ends_at = base::later(*start, std::chrono::floor<std::chrono::seconds>(*room.ends_at - *room.starts_at));
  }
  return {};
}

/// Whether a room would not be as it was.
bool says_anything_new(const rooms::Draft& draft, const Room& room) {
  const auto is_new = [](const auto& wanted, const auto& present) { return wanted && *wanted != present; };
  return is_new(draft.name, room.name) || is_new(draft.owner_ref, room.owner_ref) || is_new(draft.capacity, room.capacity) ||
         is_new(draft.moderators, room.moderators) || is_new(draft.starts_at, room.starts_at) ||
         is_new(draft.ends_at, room.ends_at) || is_new(draft.lifetime, std::chrono::seconds{room.lifetime});
}

}  // namespace

Result<Shown> do_create(Transaction& tx, const Context& context, const Draft& wanted) {
  auto app = apps::open(tx, context, {});
  if (!app) return app.error();
  Extras extras;
  overlay(wanted, extras);
  auto& settings = extras.settings;
  rooms::Draft draft{.name = wanted.name, .owner_ref = wanted.owner_ref};
  if (settings.is_true(Setting::scheduled)) {
    auto start = start_in(wanted, context.now);
    if (!start) return start.error();
    draft.kind = RoomKind::scheduled;
    draft.starts_at = *start;
  } else if (has_time(wanted)) {
    return fault("10018", "scheduled_time is for scheduled rooms");
  } else {
    settings[Setting::scheduled_time].clear();
  }
  if (settings.is_true(Setting::adhoc)) draft.kind = RoomKind::ad_hoc;
  if (settings.text(Setting::mode) == name_of(RoomMode::lecture)) draft.mode = RoomMode::lecture;
  if (auto good = require_good(wanted, Setting::quality); !good) return good.error();
  if (auto may = require_quality(*app, wanted.settings, settings[Setting::quality]); !may) return may.error();
  if (auto good = require_good(wanted, Setting::media); !good) return good.error();
  draft.capacity = 10;
  draft.moderators = 1;
  if (draft.starts_at) draft.ends_at = base::later(**draft.starts_at, length_of(usual_minutes));
  share(settings, draft);
  draft.extras = with_extras({"{}"}, extras);
  auto room = rooms::do_create(tx, context, {app->id, std::move(draft)});
  if (!room) return room.error();
  return Shown{std::move(*room), std::move(app->uid)};
}

Result<Shown> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  auto room = rooms::open(tx, context, ref);
  if (!room) return room.error();
  auto app = tx.get<App>(room->app);
  if (!app) return app.error();
  return Shown{std::move(*room), std::move(app->uid)};
}

Result<RoomsPiece> do_list(Transaction& tx, const Context& context, const Part& wanted) {
  auto app = apps::open(tx, context, {});
  if (!app) return app.error();
  // The store passes over the rooms of the pages before without reading them, those too that are over and not yet taken out: so
  // a room may stand on two pages meanwhile, and none is left out.
  Window window{.bytes = bytes_in_piece,
                .skip = wanted.skip,
                .sort = static_cast<std::uint8_t>(description_of<Room>.position(&Room::created_at))};
  auto left = wanted.most;
  if (wanted.after) {
    left = wanted.after->left;
    window.after = wanted.after->at;
  }
  json::PieceWriter<Mark> out(wanted.after, R"({"result":0,"rooms":[)");
  for (std::int64_t looked_at = 0; looked_at < rows_in_piece && out.size() < bytes_in_piece;) {
    window.limit = std::min(rows_in_piece, left.value_or(rows_in_piece));
    auto page = rooms::list.run(tx, context, {.parent = app->id, .window = window});
    if (!page) return page.error();
    for (const auto& room : page->items) {
      if (rooms::is_over(room, context.now)) continue;
      out.add([&](Writer& room_out) { write_shown(room_out, room, app->uid, context.keyring, /*is_new=*/false); });
      if (left) --*left;
    }
    window.after = page->next;
    if (!page->next || left == 0) return out.finish({}, "]}");
    looked_at += static_cast<std::int64_t>(page->items.size());
  }
  return out.finish(std::move(window.after), "]}", left);
}

Result<Nothing> do_update(Transaction& tx, const Context& context, const Change& wanted) {
  auto room = rooms::open(tx, context, wanted.room);
  if (!room) return room.error();
  const auto& settings = wanted.draft.settings;
  if (auto may = require_open_to_change(*room, context.now); !may) return may.error();
  if (auto same = require_same(settings, *room); !same) return same.error();
  rooms::Draft draft{.name = wanted.draft.name, .kind = room->kind, .owner_ref = wanted.draft.owner_ref};
  if (auto set = reschedule(wanted.draft, *room, context.now, draft); !set) return set.error();
  if (auto good = require_good(wanted.draft, Setting::quality); !good) return good.error();
  if (settings.has(Setting::quality)) {
    auto app = tx.get<App>(room->app);
    if (!app) return app.error();
    std::string chosen;
    if (auto may = require_quality(*app, settings, chosen); !may) return may.error();
  }
  if (auto good = require_good(wanted.draft, Setting::media); !good) return good.error();
  auto extras = extras_of(*room);
  const auto before = with_extras(room->extras, extras);
  auto told = wanted.draft;
  drop_said_back(told.settings, extras.settings, *room);
  share(told.settings, draft);
  overlay(told, extras);
  if (room->kind != RoomKind::scheduled) extras.settings[Setting::scheduled_time].clear();
  if (!says_anything_new(draft, *room) && with_extras(room->extras, extras) == before) return Nothing{};
  extras.updated = context.now;
  draft.extras = with_extras(room->extras, extras);
  auto updated = rooms::do_update(tx, context, {.ref = room->id, .draft = std::move(draft)});
  if (!updated) return updated.error();
  return Nothing{};
}

void write_new_room(const Shown& shown, const Context& context, Response& response) {
  write_envelope(shown, context, response, /*is_new=*/true);
}

void write_room(const Shown& shown, const Context& context, Response& response) {
  write_envelope(shown, context, response, /*is_new=*/false);
}

void write_text(std::string&& body, Response& response) {
  response.body = std::move(body);
  say_json(response);
}

void write_nothing(const Nothing&, const Context&, Response& response) { write_done(response); }

Result<void> admit_room(Transaction& tx, const Context& context, const Params& path) {
  auto room = rooms::open(tx, context, room_in(path));
  if (!room) return room.error();
  return {};
}

std::string created_schema() { return envelope_schema("RoomCreated", "room", shown_schema(/*is_new=*/true)); }
std::string room_schema() { return envelope_schema("RoomFound", "room", shown_schema(/*is_new=*/false)); }
std::string rooms_schema() {
  return envelope_schema("Rooms", "rooms", R"({"type":"array","items":)" + shown_schema(/*is_new=*/false) + "}");
}

}  // namespace innkeeper::dialects::enablex
