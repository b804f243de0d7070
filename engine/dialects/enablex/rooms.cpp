#include <innkeeper/json/codecs.hpp>

#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/dialects/enablex/wire.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

/// Rooms as answers show them (§4.3), and what this contract does with them beside what all do (§5).
namespace innkeeper::dialects::enablex {

namespace {

using contract::Envelope;
using contract::itself;
using contract::nested;
using contract::Properties;
using contract::Property;
using contract::show;

// ---- what only this contract knows of a row ----------------------------------------------------------------------------------

constexpr std::string_view own_member = "enablex";

std::optional<View> own_part(const Result<json::Document>& extras) {
  return extras ? extras->root().find(own_member) : std::nullopt;
}

struct TextIfAny : json::CodecOf<std::string> {
  bool is_there(std::string_view text) const { return !text.empty(); }
};
constexpr TextIfAny text_if_any{};
constexpr Property kept_sip_properties[] = {
    show<&Sip::is_enabled>("enabled"),
    show<&Sip::uri, text_if_any>("uri"),
};
constexpr Properties<Sip> kept_sip{"", kept_sip_properties};

/// Ours in place of what was, beside what other contracts know.
JsonText with_extras(const JsonText& all, const Extras& own) {
  JsonText text;
  Writer out{text.text};
  out.begin_object();
  if (const auto document = json::parse(all.text, json::max_depth_inside))
    for (const auto each : document->root().members())
      if (each.name != own_member) out.key(each.name).raw(each.value.to_json());
  out.plain_key(own_member).begin_object();
  write_stored(out.plain_key("settings"), own.settings);
  contract::encode(out.plain_key("sip"), kept_sip, own.sip);
  out.plain_key("data").raw(own.data);
  if (own.updated) out.plain_key("updated").plain_string(base::to_rfc3339(*own.updated, base::Precision::microseconds));
  out.end_object().end_object();
  return text;
}

void overlay(const Draft& draft, Extras& extras) {
  extras.settings.overlay(draft.settings);
  if (draft.sip.is_enabled) extras.sip.is_enabled = *draft.sip.is_enabled;
  if (draft.sip.uri) extras.sip.uri = *draft.sip.uri;
  if (draft.data) extras.data = *draft.data;
}

// ---- answers -----------------------------------------------------------------------------------------------------------------

/// A room as an answer shows it.
struct RoomView {
  RoomView(const Room& shown, std::string_view app, const Context& context)
      : room(shown), service_id(app), keyring(context.keyring), extras(extras_of(shown)) {}
  const Room& room;
  std::string_view service_id;
  const crypto::Keyring& keyring;
  Extras extras;
};

struct ShownSip : Sip {
  /// To dial in with: they belong to the room and are kept nowhere.
  std::optional<std::int64_t> pin{}, meeting_id{};
};
ShownSip sip_of(const RoomView& view) {
  ShownSip sip{view.extras.sip};
  if (!sip.is_enabled) return sip;
  const auto digest = view.keyring.mac(crypto::Purpose::sip_pins, view.room.uid);
  std::int64_t hash = 0;
  for (const auto byte : std::span{digest}.first<4>()) hash = hash * 256 + byte;
  sip.pin = 10'000 + hash % 90'000;
  sip.meeting_id = 100'000 + number(view.room.id);
  return sip;
}
constexpr contract::IfAny<json::CodecOf<std::int64_t>> number_if_any{};
constexpr Property sip_properties[] = {
    show<&ShownSip::pin, number_if_any>("pin"),
    show<&ShownSip::meeting_id, number_if_any>("meeting_id"),
};
constexpr Properties<ShownSip> shown_sip{"", kept_sip, sip_properties};

struct ShownSettings {
  void write(Writer& out, const RoomView& view) const { write_shown(out, view.extras.settings, view.room); }
  void describe(Writer& schema) const { describe_shown(schema); }
};
constexpr ShownSettings shown_settings{};
/// The application's own, as it came.
struct OwnData : json::CodecOf<JsonText> {
  void describe(Writer& schema) const { schema.key("type").string("object").key("additionalProperties").boolean(true); }
};
constexpr OwnData own_data{};
constexpr contract::IfAny<Stamp> stamp_if_any{};

template <auto member>
const auto& of_room(const RoomView& view) {
  return view.room.*member;
}
template <auto member>
const auto& of_extras(const RoomView& view) {
  return view.extras.*member;
}
bool has_media_server(const RoomView&) { return true; }

constexpr Property room_properties[] = {
    show<of_room<&Room::name>>("name"),
    show<&RoomView::service_id>("service_id", "The APP_ID"),
    show<of_room<&Room::owner_ref>>("owner_ref"),
    show<itself<RoomView>, shown_settings>("settings"),
    show<sip_of, nested<shown_sip>>("sip"),
    show<of_extras<&Extras::data>, own_data>("data"),
    show<of_room<&Room::created_at>, stamp>("created"),
    show<of_extras<&Extras::updated>, stamp_if_any>("updated"),
};
constexpr Properties<RoomView> always_shown{"", room_properties};
constexpr Property id_row = show<of_room<&Room::uid>>("room_id");
/// The answer to the request that made a room lacks a member (§4.3).
constexpr Property new_room_properties[] = {id_row};
constexpr Property found_room_properties[] = {show<has_media_server>("isMediaServerAvailable"), id_row};
constexpr Properties<RoomView> new_room{"NewRoomShown", always_shown, new_room_properties};
constexpr Properties<RoomView> found_room{"Room", always_shown, found_room_properties};

constexpr Envelope created{.title = "RoomCreated", .before = &result, .member = "room"};
constexpr Envelope found{.title = "RoomFound", .before = &result, .member = "room"};
constexpr Envelope listed{.title = "Rooms", .before = &result, .member = "rooms", .is_list = true};

// ---- rules -------------------------------------------------------------------------------------------------------------------

bool has_time(const Draft& draft) {
  return !draft.settings.text(Setting::scheduled_time).empty() || !require_valid(draft, scheduled_time_path);
}

Result<Instant> start_in(const Draft& draft, Instant now) {
  if (auto good = require_valid(draft, scheduled_time_path); !good) return good.error();
  const auto text = draft.settings.text(Setting::scheduled_time);
  if (text.empty()) return fault("10004", "scheduled_time is needed by a scheduled room");
  const auto at = read_time(text);
  if (!at || *at <= now) return fault("10006", "scheduled_time must be in the future");
  return *at;
}

constexpr std::int64_t default_minutes = 30;

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
  const auto own = own_part(document);
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
  if (auto good = require_valid(wanted, scheduled_time_path); !good) return good;
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

// ---- operations --------------------------------------------------------------------------------------------------------------

/// A room and the application it is shown to.
struct Shown {
  Room room{};
  std::string service_id{};
};

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
  if (auto good = require_valid(wanted, quality_path); !good) return good.error();
  if (auto may = require_quality(*app, wanted.settings, settings[Setting::quality]); !may) return may.error();
  if (auto good = wanted.aside.all(); !good) return good.error();
  draft.capacity = 10;
  draft.moderators = 1;
  if (draft.starts_at) draft.ends_at = base::later(**draft.starts_at, length_of(default_minutes));
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

struct RoomsQuery {
  std::int64_t skip = 0;
  std::optional<std::int64_t> most{};
  std::optional<json::Bookmark<Cursor>> after{};
};

Result<json::Piece<Cursor>> do_list(Transaction& tx, const Context& context, const RoomsQuery& wanted) {
  auto app = apps::open(tx, context, {});
  if (!app) return app.error();
  // The store passes over the rooms of the pages before without reading them, those too that are over and not yet taken out: so
  // a room may stand on two pages meanwhile, and none is left out.
  PageRequest page_request{.bytes = bytes_in_piece,
                           .skip = wanted.skip,
                           .sort = static_cast<std::uint8_t>(description_of<Room>.position(&Room::created_at))};
  auto left = wanted.most;
  if (wanted.after) {
    left = wanted.after->left;
    page_request.after = wanted.after->at;
  }
  json::PieceWriter<Cursor> out(wanted.after, contract::head_of(listed, {context}));
  for (std::int64_t looked_at = 0; looked_at < rows_in_piece && out.size() < bytes_in_piece;) {
    page_request.limit = std::min(rows_in_piece, left.value_or(rows_in_piece));
    auto page = rooms::list.run(tx, context, {.parent = app->id, .page_request = page_request});
    if (!page) return page.error();
    for (const auto& room : page->items) {
      if (rooms::is_over(room, context.now)) continue;
      out.add([&](Writer& room_out) { contract::encode(room_out, found_room, {room, app->uid, context}); });
      if (left) --*left;
    }
    page_request.after = page->next;
    if (!page->next || left == 0) return out.finish({}, contract::tail_of(listed, {context}));
    looked_at += static_cast<std::int64_t>(page->items.size());
  }
  return out.finish(std::move(page_request.after), contract::tail_of(listed, {context}), left);
}

Result<Nothing> do_update(Transaction& tx, const Context& context, const Edit<Draft>& wanted) {
  auto room = rooms::open(tx, context, wanted.ref);
  if (!room) return room.error();
  const auto& settings = wanted.draft.settings;
  if (auto may = require_open_to_change(*room, context.now); !may) return may.error();
  if (auto same = require_same(settings, *room); !same) return same.error();
  rooms::Draft draft{.name = wanted.draft.name, .kind = room->kind, .owner_ref = wanted.draft.owner_ref};
  if (auto set = reschedule(wanted.draft, *room, context.now, draft); !set) return set.error();
  if (auto good = require_valid(wanted.draft, quality_path); !good) return good.error();
  if (settings.has(Setting::quality)) {
    auto app = tx.get<App>(room->app);
    if (!app) return app.error();
    std::string chosen;
    if (auto may = require_quality(*app, settings, chosen); !may) return may.error();
  }
  if (auto good = wanted.draft.aside.all(); !good) return good.error();
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

Result<Ref> read_room(const Call& call) { return room_in(call.path); }

Result<RoomsQuery> read_rooms_query(const Call& call) {
  const auto number_in = [&](std::string_view name) {
    const auto text = call.parameter(name);
    return text ? base::to_number(*text) : std::nullopt;
  };
  const auto length = number_in("page_length");
  if (!length || *length < 1) return RoomsQuery{};
  const auto most = std::min(*length, largest_page);
  const auto page = std::clamp<std::int64_t>(number_in("page").value_or(1), 1, last_page);
  return RoomsQuery{.skip = (page - 1) * most, .most = most};
}

Result<Edit<Draft>> read_change(const Call& call) {
  auto draft = read_room_change(call);
  if (!draft) return draft.error();
  return Edit<Draft>{.ref = room_in(call.path), .draft = std::move(*draft)};
}

Result<Removal> read_removal(const Call& call) { return Removal{.ref = room_in(call.path)}; }

void write_new_room(const Shown& shown, const Context& context, Response& response) {
  write_answer(created, new_room, {shown.room, shown.service_id, context}, context, response);
}

void write_room(const Shown& shown, const Context& context, Response& response) {
  write_answer(found, found_room, {shown.room, shown.service_id, context}, context, response);
}

constexpr Operation<Draft, Shown> creation{rooms::create.name, Access::write, do_create};
constexpr Operation<Ref, Shown> look_up{rooms::find.name, Access::read, do_find};
constexpr Operation<RoomsQuery, json::Piece<Cursor>> listing{rooms::list.name, Access::read, do_list};
constexpr Operation<Edit<Draft>, Nothing> update{rooms::update.name, Access::write, do_update};

}  // namespace

constinit const Handler create_room = serve<creation, read_new_room, write_new_room>;
constinit const Handler find_room = serve<look_up, read_room, write_room>;
constinit const Handler list_rooms =
    serve_feed<listing, read_rooms_query, write_piece<Cursor>, json::follow_list<listing, RoomsQuery, Cursor>>;
constinit const Handler update_room = serve<update, read_change, write_nothing>;
constinit const Handler remove_room = serve<rooms::remove, read_removal, write_nothing>;

Extras extras_of(const Room& room) {
  Extras extras;
  const auto document = json::parse(room.extras.text, json::max_depth_inside);
  const auto own = own_part(document);
  if (!own) return extras;
  if (const auto settings = own->find("settings")) extras.settings = read_stored(*settings);
  if (const auto sip = own->find("sip")) {
    if (const auto enabled = sip->find("enabled")) extras.sip.is_enabled = enabled->boolean();
    if (const auto uri = sip->find("uri")) extras.sip.uri = uri->text();
  }
  if (const auto data = own->find("data")) extras.data = data->to_json();
  if (const auto updated = own->find("updated")) extras.updated = base::from_rfc3339(updated->text());
  return extras;
}

Result<void> admit_room(Transaction& tx, const Context& context, const Params& path) {
  auto room = rooms::open(tx, context, room_in(path));
  if (!room) return room.error();
  return {};
}

std::string created_schema() { return contract::schema(created, new_room); }
std::string room_schema() { return contract::schema(found, found_room); }
std::string rooms_schema() { return contract::schema(listed, found_room); }

}  // namespace innkeeper::dialects::enablex
