#pragma once

#include <innkeeper/contract/answers.hpp>
#include <innkeeper/contract/kept.hpp>
#include <innkeeper/contract/requests.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What the files of this contract share.
namespace innkeeper::dialects::enablex {

using contract::code;
using contract::codec_of;
using contract::Endpoint;
using contract::Field;
using contract::field;
using contract::if_any;
using contract::in_milliseconds;
using contract::in_place_of;
using contract::itself;
using contract::Members;
using contract::nested;
using contract::of;
using contract::serve_answer;
using contract::serve_pieces;
using contract::show;
using json::View;
using json::Writer;

// ---- answers and failures (§3) -----------------------------------------------------------------------------------------------

/// A fault in a request, under one of the contract's own codes.
Error fault(std::string_view code, std::string sentence);

namespace reason {
/// No usable Basic credentials came with the request; the contract tells that apart from wrong ones.
inline constexpr Reason credentials_missing{"enablex.credentials_missing"};
/// A room may not be changed (any more).
inline constexpr Reason room_fixed{"enablex.room_fixed"};
}  // namespace reason

void render_error(const Error&, const Context&, Response&);
std::string error_schema();

/// What every success begins with: `"result":0`.
inline constexpr contract::Constant zero{"0"};
inline constexpr Members result{"", {contract::always<contract::Success, zero>("result")}};

inline constexpr std::string_view json_media = "application/json; charset=utf-8";
constexpr contract::Envelope success(std::string_view title, std::string_view member = {}, bool is_list = false,
                                     const contract::Properties<contract::Success>& before = result) {
  return {.title = title, .before = &before, .member = member, .is_list = is_list, .media = json_media};
}
/// `{"result":0}` and nothing else.
inline constexpr contract::Properties<Nothing> nothing{""};
inline constexpr contract::Answer<Nothing> done{success("Done"), &nothing};

// ---- settings of a room (§4.2) -----------------------------------------------------------------------------------------------

/// Each as compact JSON in the type it came in, but truth values, which may come as texts; empty where nothing was sent.
struct Settings {
  std::string mode{}, scheduled{}, adhoc{}, scheduled_time{}, duration{}, moderators{}, participants{}, auto_recording{},
      active_talker{}, wait_moderator{}, quality{}, description{}, viewers{}, wait_for_moderator{}, knock{}, peep{},
      screen_share{}, canvas{}, abwd{}, facex{}, max_active_talkers{}, single_file_recording{}, role_based_recording{},
      live_recording{}, media_zone{}, media_configuration{}, encryption{}, watermark{}, billing_code{}, aor{};
};
inline constexpr std::string_view yes = "true", no = "false";
inline constexpr std::string_view qualities[] = {"HD", "SD", "LD"};  ///< The best first.
/// A text without its quotation marks; its escapes stay.
std::string_view text_in(std::string_view json);
/// A count, whichever way it is spelled.
std::optional<std::int64_t> count_in(std::string_view json);
/// `YYYY-MM-DD HH:MM:SS` in UTC, or an ISO 8601 date-time.
std::optional<Instant> read_time(std::string_view text);

/// Those that were sent, and these with what is always shown.
extern const contract::Kept<Settings> stored_settings, shown_settings;
/// Has settings say what the room's columns say, whatever was sent, since any contract may change those.
void show_settings(const Room&, Settings& sent);
/// How long a scheduled room of so many minutes is open.
std::chrono::seconds length_of(std::int64_t minutes);
/// What of the settings all contracts share.
void share(const Settings&, rooms::Draft&);
/// Takes counts out that are as shown: said back, they change nothing, and a limit that there is not does not begin.
void drop_said_back(Settings& wanted, const Settings& shown);

inline constexpr contract::ShortText text_or_number{.takes_numbers = true};

// ---- rooms (§4, §5) ----------------------------------------------------------------------------------------------------------

struct Sip {
  std::optional<bool> is_enabled{};
  std::optional<std::string> uri{};
};
/// What a caller says of a room. Absent: the usual value in a new one, unchanged in one that is there.
struct RoomDraft {
  std::optional<std::string> name{};
  std::optional<std::string> owner_ref{};
  Settings settings{};
  JsonText media{};  ///< Not used.
  Sip sip{};
  std::optional<JsonText> data{};
  /// What is wrong behind the mode: whether something before it is wrong too, the room and the clock must tell.
  contract::Postponed aside{};
};

/// What only this contract knows of a room, as it is stored.
struct Extras {
  Settings settings{};
  Sip sip{};
  JsonText data{"{}"};
  std::optional<Instant> updated{};
};
Extras extras_of(const Room&);
inline constexpr std::string_view extras_name = "enablex";

/// The room that a path names, by its `room_id` only.
inline Ref room_in(const Params& path) { return Ref::of_uid(path["room_id"]); }

// ---- what routes run, take and answer ----------------------------------------------------------------------------------------

inline constexpr std::int64_t largest_page = 100;
inline constexpr std::int64_t last_page = 1'000'000'000;

extern const contract::Fields<RoomDraft> new_room, room_change;
extern const contract::Fields<join_tokens::Draft> new_token;

struct RoomView;
struct User;
struct CallOfApp;
struct ArchiveOfApp;
extern const Endpoint<RoomView> create_room, find_room, list_rooms;
extern const Endpoint<Nothing> update_room, remove_room;
extern const Endpoint<std::string> issue_token;
extern const Endpoint<User> list_users;
extern const Endpoint<CallOfApp> list_calls;
extern const Endpoint<ArchiveOfApp> list_archives;
extern const Endpoint<App> dial_in;

/// What webhooks are told in this contract's words (§10).
extern const WebhookFormat webhook_format;

}  // namespace innkeeper::dialects::enablex
