#pragma once

#include <innkeeper/contract/envelope.hpp>
#include <innkeeper/contract/fields.hpp>
#include <innkeeper/dialect.hpp>
#include <innkeeper/json/long_list.hpp>
#include <innkeeper/operations.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What the files of this contract share.
namespace innkeeper::dialects::enablex {

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
inline constexpr contract::Property result_properties[] = {contract::always<contract::Success, zero>("result")};
inline constexpr contract::Properties<contract::Success> result{"", result_properties};

void set_json_type(Response&);
template <class E>
void write_answer(const contract::Envelope& envelope, const contract::Properties<E>& table, const E& payload,
                  const Context& context, Response& response) {
  Writer out{response.body};
  contract::encode(out, envelope, {context}, table, payload);
  set_json_type(response);
}
/// A list that is written already, as far as it is.
template <class At>
void write_piece(json::Piece<At>&& piece, const Context&, Response& response) {
  response.body = std::move(piece.text);
  set_json_type(response);
}
/// `{"result":0}` and nothing else.
void write_nothing(const Nothing&, const Context&, Response&);
std::string done_schema();

/// `YYYY-MM-DDTHH:MM:SS.mmmZ`.
struct Stamp {
  void write(Writer&, Instant) const;
  void describe(Writer& schema) const;
};
inline constexpr Stamp stamp{};

/// A text of 1 to 255 characters.
struct ShortText {
  bool takes_numbers = false;  ///< A number too, as it is written.
  bool is_trimmed = false;
  std::optional<std::string> read(View) const;
  void describe(Writer& schema) const;
  template <class Items>
  void describe(Writer& schema, Items&&) const {
    describe(schema);
  }
};
inline constexpr ShortText short_text{}, trimmed_text{.is_trimmed = true}, text_or_number{.takes_numbers = true};

// ---- settings of a room (§4.2) -----------------------------------------------------------------------------------------------

/// In the order in which they are checked.
enum class Setting : std::uint8_t {
  mode,
  scheduled,
  adhoc,
  scheduled_time,
  duration,
  moderators,
  participants,
  auto_recording,
  active_talker,
  wait_moderator,
  quality,
  description,
  viewers,
  wait_for_moderator,
  knock,
  peep,
  screen_share,
  canvas,
  abwd,
  facex,
  max_active_talkers,
  single_file_recording,
  role_based_recording,
  live_recording,
  media_zone,
  media_configuration,
  encryption,
  watermark,
  billing_code,
  aor,
  media
};
inline constexpr std::size_t setting_count = static_cast<std::size_t>(Setting::media) + 1;

/// What was sent of each, as compact JSON; empty where nothing was. Counts keep the type they came in.
class Settings {
 public:
  std::string& operator[](Setting setting) { return texts_[static_cast<std::size_t>(setting)]; }
  const std::string& operator[](Setting setting) const { return texts_[static_cast<std::size_t>(setting)]; }
  bool has(Setting setting) const { return !(*this)[setting].empty(); }
  bool is_true(Setting setting) const { return (*this)[setting] == "true"; }
  /// A count, whichever way it is spelled.
  std::optional<std::int64_t> count(Setting setting) const { return contract::whole_number(text(setting)); }
  /// A text without its quotation marks; its escapes stay.
  std::string_view text(Setting setting) const {
    const std::string_view text = (*this)[setting];
    return text.starts_with('"') ? text.substr(1, text.size() - 2) : text;
  }
  /// What these have takes the place of what those have.
  void overlay(const Settings& newer);

 private:
  std::array<std::string, setting_count> texts_;
};

/// Takes counts out that are what the room shows: said back, they change nothing, and a limit that there is not does not begin.
void drop_said_back(Settings& wanted, const Settings& sent, const Room&);

/// What rooms of all contracts may have (native §7); more is shown as it was sent, and counts as this.
inline std::int64_t seats_of(std::int64_t count) { return std::min(count, rooms::most_seats); }
/// How long a scheduled room of so many minutes is open, and how long an ad hoc one lasts.
inline std::chrono::seconds length_of(std::int64_t minutes) {
  return std::chrono::minutes{std::min<std::int64_t>(minutes, 1'000'000'000)};
}
inline std::chrono::seconds lifetime_of(std::int64_t minutes) { return std::min(length_of(minutes), rooms::longest_lifetime); }

/// For and from the room's extras: only what was sent.
void write_stored(Writer&, const Settings&);
Settings read_stored(View object);

/// As an answer shows them: what is always there and what was sent. What the room's columns say goes before what was sent.
void write_shown(Writer&, const Settings&, const Room&);
void describe_shown(Writer& schema);

/// `YYYY-MM-DD HH:MM:SS` in UTC, or an ISO 8601 date-time.
std::optional<Instant> read_time(std::string_view text);

// ---- rooms (§4, §5) ----------------------------------------------------------------------------------------------------------

struct SipDraft {
  std::optional<bool> is_enabled{};
  std::optional<std::string> uri{};
};
/// What a caller says of a room. Absent: the usual value in a new one, unchanged in one that is there.
struct Draft {
  std::optional<std::string> name{};
  std::optional<std::string> owner_ref{};
  Settings settings{};
  SipDraft sip{};
  std::optional<JsonText> data{};
  /// What is wrong from `scheduled_time` on: whether something before it is wrong too, the room and the clock must tell.
  contract::Postponed aside{};
};
/// What is wrong with a body, up to its field of that path.
inline constexpr std::string_view scheduled_time_path = "/settings/scheduled_time";
inline constexpr std::string_view quality_path = "/settings/quality";
Result<void> require_valid(const Draft&, std::string_view last_path);

struct Sip {
  bool is_enabled = false;
  std::string uri{};
};
/// What only this contract knows of a room, as it is stored.
struct Extras {
  Settings settings{};
  Sip sip{};
  JsonText data{"{}"};
  std::optional<Instant> updated{};
};
Extras extras_of(const Room&);

/// The room that a path names, by its `room_id` only.
inline Ref room_in(const Params& path) { return Ref::of_uid(path["room_id"]); }
/// Whether it is there: a fault in the body is told only then.
Result<void> admit_room(Transaction&, const Context&, const Params&);

Result<Draft> read_new_room(const Call&);
Result<Draft> read_room_change(const Call&);
std::string new_room_schema();
std::string change_schema();

// ---- what routes run, and what they answer -----------------------------------------------------------------------------------

inline constexpr std::int64_t largest_page = 100;
inline constexpr std::int64_t last_page = 1'000'000'000;

extern const Handler create_room, find_room, list_rooms, update_room, remove_room;
extern const Handler issue_token;
extern const Handler list_users, list_calls, list_archives, dial_in;

std::string created_schema();
std::string room_schema();
std::string rooms_schema();
std::string new_token_schema();
std::string token_schema();
std::string users_schema();
std::string calls_schema();
std::string archives_schema();
std::string dial_in_schema();

/// What webhooks are told in this contract's words (§10).
extern const WebhookFormat webhook_format;

}  // namespace innkeeper::dialects::enablex
