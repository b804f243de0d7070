#include <innkeeper/contract/extras.hpp>

#include "engine/base/internals.hpp"
#include "engine/base/text.hpp"
#include "engine/base/time.hpp"
#include "engine/crypto/keyring.hpp"
#include "engine/dialects/enablex/wire.hpp"

#include <span>
#include <utility>

/// Rooms as answers show them (§4.3), and what this contract does with them beside what all do (§5).
namespace innkeeper::dialects::enablex {

struct ShownSip : Sip {
  /// To dial in with: they belong to the room and are kept nowhere.
  std::optional<std::int64_t> pin{}, meeting_id{};
};
/// A room as an answer shows it.
struct RoomView {
  Extras extras{};  ///< With all settings that are shown.
  ShownSip sip{};
  Room room{};
  std::string service_id{};
};

namespace {

// ---- answers, and what is stored ---------------------------------------------------------------------------------------------

bool is_enabled(const Sip& sip) { return sip.is_enabled.value_or(false); }
constexpr Members stored_sip{"", {show<is_enabled>("enabled"), show<&Sip::uri, if_any<codec_of<std::string>>>("uri")}};
constexpr Members shown_sip{"",
                            stored_sip,
                            {show<&ShownSip::pin, if_any<codec_of<std::int64_t>>>("pin"),
                             show<&ShownSip::meeting_id, if_any<codec_of<std::int64_t>>>("meeting_id")}};

constexpr Members stored_extras{
    "",
    {show<&Extras::settings, stored_settings>("settings"), show<&Extras::sip, nested<stored_sip>>("sip"),
     show<&Extras::data>("data"), show<&Extras::updated, if_any<contract::in_microseconds>>("updated")}};

constexpr Members always_shown{"",
                               {
                                   show<of<&RoomView::room, &Room::name>>("name"),
                                   show<&RoomView::service_id>("service_id", "The APP_ID"),
                                   show<of<&RoomView::room, &Room::owner_ref>>("owner_ref"),
                                   show<of<&RoomView::extras, &Extras::settings>, shown_settings>("settings"),
                                   show<&RoomView::sip, nested<shown_sip>>("sip"),
                                   show<of<&RoomView::extras, &Extras::data>, contract::free_object>("data"),
                                   show<of<&RoomView::room, &Room::created_at>, in_milliseconds>("created"),
                                   show<of<&RoomView::extras, &Extras::updated>, if_any<in_milliseconds>>("updated"),
                               }};
constexpr auto room_id = show<of<&RoomView::room, &Room::uid>>("room_id");
bool has_media_server(const RoomView&) { return true; }
/// The answer to the request that made a room lacks a member (§4.3).
constexpr Members shown_new_room{"NewRoomShown", always_shown, {room_id}};
constexpr Members shown_room{"Room", always_shown, {show<has_media_server>("isMediaServerAvailable"), room_id}};

RoomView view_of(Room&& room, std::string service_id, const Context& context) {
  RoomView view{.extras = extras_of(room), .room = std::move(room), .service_id = std::move(service_id)};
  show_settings(view.room, view.extras.settings);
  view.sip = {view.extras.sip};
  if (is_enabled(view.sip)) {
    const auto digest = context.internals.keyring.mac(crypto::Purpose::sip_pins, view.room.uid);
    std::int64_t hash = 0;
    for (const auto byte : std::span{digest}.first<4>()) hash = hash * 256 + byte;
    view.sip.pin = 10'000 + hash % 90'000;
    view.sip.meeting_id = 100'000 + number(view.room.id);
  }
  return view;
}

/// A room's extras with these as what this contract knows of it.
JsonText with_extras(const Room& room, const Extras& own) {
  JsonText text;
  Writer out{text.text};
  contract::encode(out, stored_extras, own);
  return contract::with_extras(room.extras, extras_name, text);
}

void overlay(Extras& extras, const RoomDraft& draft) {
  stored_settings.overlay(extras.settings, draft.settings);
  if (draft.sip.is_enabled) extras.sip.is_enabled = draft.sip.is_enabled;
  if (draft.sip.uri) extras.sip.uri = draft.sip.uri->empty() ? std::nullopt : draft.sip.uri;
  if (draft.data) extras.data = *draft.data;
}

// ---- rules -------------------------------------------------------------------------------------------------------------------

constexpr std::string_view up_to_type = "/settings/adhoc";
constexpr std::string_view up_to_start = "/settings/scheduled_time";
constexpr std::string_view up_to_quality = "/settings/quality";

Result<void> require_no_start(const RoomDraft& draft) {
  if (text_in(draft.settings.scheduled_time).empty() && draft.aside.up_to(new_room, up_to_start)) return {};
  return fault("10018", "scheduled_time is for scheduled rooms");
}

Result<Instant> start_in(const RoomDraft& draft, Instant now) {
  if (auto good = draft.aside.up_to(new_room, up_to_start); !good) return good.error();
  const auto text = text_in(draft.settings.scheduled_time);
  if (text.empty()) return fault("10004", "scheduled_time is needed by a scheduled room");
  const auto at = read_time(text);
  if (!at || *at <= now) return fault("10006", "scheduled_time must be in the future");
  return *at;
}

/// The place of a quality in their order: the best has the lowest.
std::ptrdiff_t rank_of(std::string_view json) {
  return std::find(std::begin(qualities), std::end(qualities), text_in(json)) - std::begin(qualities);
}

/// Nothing, or a quality that the application may have. Where nothing was sent it is the best: the application's own setting, or
/// else the best there is.
Result<void> require_quality(const App& app, std::string& quality) {
  const contract::Extras own(app.extras, extras_name);
  const auto set = own.find("quality");
  auto most = set ? set->to_json().text : std::string{};
  if (rank_of(most) == std::ssize(qualities)) most = R"("HD")";
  if (quality.empty()) quality = most;
  if (rank_of(quality) >= rank_of(most)) return {};
  return fault("10021", "quality is above that of the application, " + most);
}

Result<void> require_open_to_change(const Room& room, Instant now) {
  const bool is_late = room.kind == RoomKind::scheduled && room.starts_at && *room.starts_at - rooms::doors_open_before <= now;
  if (!room.is_live && !is_late) return {};
  return Error{Errc::conflict, reason::room_fixed,
               room.is_live ? "a session is running in the room" : "the room is open or about to open"};
}

/// What was fixed when the room was made may be said again, not otherwise (§5.4).
bool has_other_mode(const Settings& wanted, const Room& room) {
  return !wanted.mode.empty() && text_in(wanted.mode) != name_of(room.mode);
}
bool has_other_type(const Settings& wanted, const Room& room) {
  const auto is_other = [&](const std::string& sent, RoomKind kind) {
    return !sent.empty() && (sent == yes) != (room.kind == kind);
  };
  return is_other(wanted.scheduled, RoomKind::scheduled) || is_other(wanted.adhoc, RoomKind::ad_hoc);
}

/// When a room that is there is to start, where that is said anew.
Result<void> reschedule(const RoomDraft& wanted, const Room& room, Instant now, rooms::Draft& draft) {
  if (room.kind != RoomKind::scheduled) return require_no_start(wanted);
  if (auto good = wanted.aside.up_to(new_room, up_to_start); !good) return good;
  draft.starts_at = room.starts_at;
  const auto& sent = wanted.settings.scheduled_time;
  if (sent.empty() || read_time(text_in(sent)) == room.starts_at) return {};
  auto start = start_in(wanted, now);
  if (!start) return start.error();
  draft.starts_at = *start;
  if (room.starts_at && room.ends_at)
    draft.ends_at = base::later(*start, std::chrono::floor<std::chrono::seconds>(*room.ends_at - *room.starts_at));
  return {};
}

/// Whether a room would not be as it was.
bool says_anything_new(const rooms::Draft& draft, const Room& room) {
  auto changed = room;
  apply_changes(draft, changed);
  return to_cells(changed) != to_cells(room);
}

// ---- operations --------------------------------------------------------------------------------------------------------------

Result<RoomView> do_create(Transaction& tx, const Context& context, const RoomDraft& wanted) {
  if (auto good = wanted.aside.up_to(new_room, up_to_type); !good) return good.error();
  auto app = apps::open(tx, context, {});
  if (!app) return app.error();
  Extras extras;
  overlay(extras, wanted);
  auto& settings = extras.settings;
  rooms::Draft draft{.name = wanted.name, .owner_ref = wanted.owner_ref, .capacity = 10, .moderators = 1};
  if (settings.scheduled == yes) {
    auto start = start_in(wanted, context.now);
    if (!start) return start.error();
    draft.kind = RoomKind::scheduled;
    draft.starts_at = *start;
    draft.ends_at = base::later(*start, length_of(30));
  } else if (auto good = require_no_start(wanted); !good) {
    return good.error();
  } else {
    settings.scheduled_time.clear();
  }
  if (settings.adhoc == yes) draft.kind = RoomKind::ad_hoc;
  if (text_in(settings.mode) == name_of(RoomMode::lecture)) draft.mode = RoomMode::lecture;
  if (auto good = wanted.aside.up_to(new_room, up_to_quality); !good) return good.error();
  if (auto may = require_quality(*app, settings.quality); !may) return may.error();
  if (auto good = wanted.aside.all(); !good) return good.error();
  share(settings, draft);
  draft.extras = with_extras({}, extras);
  auto room = rooms::create(tx, context, {app->id, std::move(draft)});
  if (!room) return room.error();
  return view_of(std::move(*room), std::move(app->uid), context);
}

Result<RoomView> do_find(Transaction& tx, const Context& context, const Ref& ref) {
  auto room = rooms::open(tx, context, ref);
  if (!room) return room.error();
  auto app = tx.get<App>(room->app);
  if (!app) return app.error();
  return view_of(std::move(*room), std::move(app->uid), context);
}

Result<json::Piece<Cursor>> do_list(Transaction& tx, const Context& context, const contract::ListPart& part) {
  auto app = apps::open(tx, context, {});
  if (!app) return app.error();
  Listing all{.parent = app->id};
  all.page_request.sort = static_cast<std::uint8_t>(description_of<Room>.position(&Room::created_at));
  return contract::piece_of_pages<rooms::list>(tx, context, list_rooms, std::move(all), part,
                                               [&](Room&& room) -> std::optional<RoomView> {
                                                 if (rooms::is_over(room, context.now)) return std::nullopt;
                                                 return view_of(std::move(room), app->uid, context);
                                               });
}

Result<Nothing> do_update(Transaction& tx, const Context& context, const Edit<RoomDraft>& wanted) {
  auto room = rooms::open(tx, context, wanted.ref);
  if (!room) return room.error();
  auto told = wanted.draft;
  auto& settings = told.settings;
  // The mode is checked before what makes the type (§4.2).
  const bool is_of_other_mode = has_other_mode(settings, *room);
  if (auto good = told.aside.up_to(new_room, up_to_type); !good && !is_of_other_mode) return good.error();
  if (auto may = require_open_to_change(*room, context.now); !may) return may.error();
  if (is_of_other_mode) return fault("10020", "mode is fixed when the room is made");
  if (has_other_type(settings, *room)) return fault("10106", "the type of a room is fixed when it is made");
  rooms::Draft draft{.name = told.name, .kind = room->kind, .owner_ref = told.owner_ref};
  if (auto set = reschedule(told, *room, context.now, draft); !set) return set.error();
  if (auto good = told.aside.up_to(new_room, up_to_quality); !good) return good.error();
  if (!settings.quality.empty()) {
    auto app = tx.get<App>(room->app);
    if (!app) return app.error();
    if (auto may = require_quality(*app, settings.quality); !may) return may.error();
  }
  if (auto good = told.aside.all(); !good) return good.error();
  auto extras = extras_of(*room);
  const auto before = with_extras(*room, extras);
  auto shown = extras.settings;
  show_settings(*room, shown);
  drop_said_back(settings, shown);
  share(settings, draft);
  overlay(extras, told);
  if (room->kind != RoomKind::scheduled) extras.settings.scheduled_time.clear();
  if (!says_anything_new(draft, *room) && with_extras(*room, extras) == before) return Nothing{};
  extras.updated = context.now;
  draft.extras = with_extras(*room, extras);
  auto updated = rooms::update(tx, context, {.ref = room->id, .draft = std::move(draft)});
  if (!updated) return updated.error();
  return Nothing{};
}

Result<contract::ListPart> read_rooms_query(const Call& call) {
  const auto number_in = [&](std::string_view name) {
    const auto text = call.parameter(name);
    return text ? base::to_number(*text) : std::nullopt;
  };
  const auto length = number_in("page_length");
  if (!length || *length < 1) return contract::ListPart{};
  const auto most = std::min(*length, largest_page);
  const auto page = std::clamp<std::int64_t>(number_in("page").value_or(1), 1, last_page);
  return contract::ListPart{.skip = (page - 1) * most, .most = most};
}

}  // namespace

constinit const Endpoint<RoomView> create_room{
    {success("RoomCreated", "room"), &shown_new_room},
    serve_answer<in_place_of<rooms::create, do_create>, contract::read_draft<new_room, &RoomDraft::aside>, create_room>};
constinit const Endpoint<RoomView> find_room{
    {success("RoomFound", "room"), &shown_room},
    serve_answer<in_place_of<rooms::find, do_find>, contract::read_ref<room_in>, find_room>};
constinit const Endpoint<RoomView> list_rooms{{success("Rooms", "rooms", /*is_list=*/true), &shown_room},
                                              serve_pieces<in_place_of<rooms::list, do_list>, read_rooms_query, list_rooms>};
constinit const Endpoint<Nothing> update_room{
    done, serve_answer<in_place_of<rooms::update, do_update>,
                       contract::read_edit<room_in, contract::read_draft<room_change, &RoomDraft::aside>>, done>};
constinit const Endpoint<Nothing> remove_room{done, serve_answer<rooms::remove, contract::read_removal<room_in>, done>};

Extras extras_of(const Room& room) {
  const contract::Extras own(room.extras, extras_name);
  const auto settings = own.find("settings");
  Extras extras{.settings = settings ? stored_settings.read(*settings) : Settings{}};
  if (const auto enabled = own.find("sip", "enabled")) extras.sip.is_enabled = enabled->boolean();
  if (const auto uri = own.find("sip", "uri"); uri && !uri->text().empty()) extras.sip.uri = uri->text();
  if (const auto data = own.find("data")) extras.data = data->to_json();
  if (const auto updated = own.find("updated")) extras.updated = base::from_rfc3339(updated->text());
  return extras;
}

}  // namespace innkeeper::dialects::enablex
