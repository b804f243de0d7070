#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/result.hpp>

#include "engine/json/parse.hpp"
#include "engine/json/writer.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The settings of a room (§4.2) as data: what each may be, what is said of it where it is not, and how it is shown.
namespace innkeeper::dialects::enablex {

/// The rows of the table, in the order in which they are checked (§4.2).
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
  media,
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
  std::optional<std::int64_t> count(Setting setting) const;
  /// A text without its quotation marks; its escapes stay.
  std::string_view text(Setting setting) const;
  /// What these have takes the place of what those have.
  void overlay(const Settings& newer);

  friend bool operator==(const Settings&, const Settings&) = default;

 private:
  std::array<std::string, setting_count> texts_;
};

/// The first setting that is not good, and what is said of it.
struct Fault {
  Setting setting{};
  Error error{};
};
/// Reads what a caller sent, each row by itself, up to the first that is not good. Errors: `invalid` for a key that is not known.
Result<Settings> read_settings(json::View object, std::optional<Fault>& fault);

/// Takes counts out that are what the room shows: said back, they change nothing, and a limit that there is not does not begin.
void drop_said_back(Settings& wanted, const Settings& sent, const Room&);

/// What rooms of all contracts may have (native §7); more is shown as it was sent, and counts as this.
std::int64_t seats_of(std::int64_t count);
std::chrono::seconds lifetime_of(std::int64_t minutes);
/// How long a scheduled room of so many minutes is open.
std::chrono::seconds length_of(std::int64_t minutes);

/// For and from the room's extras: only what was sent.
void write_stored(json::Writer&, const Settings&);
Settings read_stored(json::View object);

/// As an answer shows them: what is always there and what was sent. What the room's columns say goes before what was sent.
void write_shown(json::Writer&, const Settings&, const Room&);

/// `YYYY-MM-DD HH:MM:SS` in UTC, or an ISO 8601 date-time.
std::optional<Instant> read_time(std::string_view text);

/// The schema of what is taken, and of what is shown, into an open object.
void describe_taken(json::Writer& schema);
void describe_shown(json::Writer& schema);

}  // namespace innkeeper::dialects::enablex
