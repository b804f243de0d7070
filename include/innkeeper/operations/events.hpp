#pragma once

#include <innkeeper/operations/common.hpp>

/// Reports of media servers, and the event feed of an app.
namespace innkeeper::events {

inline constexpr std::size_t most_at_once = 1'000;

enum class Type : std::uint8_t {
  session_started,
  participant_joined,
  participant_left,
  session_ended,
  recording_ready,
  files_transferred,
  ingest_started,
  ingest_published,
  ingest_stopped,
  usage,
  readings,
};

struct Value {
  Instant at{};
  JsonText value{};
};
/// One report. Which members count depends on the type; the others are empty.
struct Report {
  std::string id{};  ///< The reporter's id of it, unique inside the app, so that a repetition is harmless.
  Type type{};
  Instant at{};
  JsonText data{};  ///< All of the report that is not in the three above, as an object.

  std::string session{};
  std::string room{};
  std::string participant{};
  std::string name{}, role{}, user_ref{}, member{}, ip{}, agent{}, token{};
  JsonText published{"{}"};
  std::int64_t subscribed_seconds = 0, published_seconds = 0;
  RecordingKind kind{};
  std::string url{};
  std::int64_t size = 0;
  JsonText destination{"{}"};
  std::vector<std::string> files{};
  std::string stream_key{};
  std::string mode{};
  std::int64_t signaling = 0, turn_bytes = 0, sfu_bytes = 0;
  std::string device{};
  std::vector<Value> values{};
};
struct Batch {
  Ref app{};
  std::vector<Report> reports{};
};
struct BatchResult {
  std::int64_t accepted = 0;
  std::int64_t repeated = 0;
};
/// Asks for the next events on an app's feed.
struct FeedQuery {
  Ref app{};
  std::optional<Id> after{};  ///< None: from now on.
  std::int64_t limit = 100;
};
struct EventPage {
  std::vector<Event> events{};
  Id app{};
  Id last{};  ///< The newest event there is.
};

/// All or nothing. A report whose id is known is counted and otherwise ignored; order does not matter, and late reports are
/// accepted. Rooms, members, tokens, stream keys and devices that the app does not have (any more) are kept as names only.
extern const Operation<Batch, BatchResult> report;
extern const Operation<FeedQuery, EventPage> follow;

}  // namespace innkeeper::events

namespace innkeeper {
template <>
inline constexpr std::array<std::string_view, 11> names_of<events::Type>{
    "session.started", "participant.joined", "participant.left", "session.ended", "recording.ready", "files.transferred",
    "ingest.started",  "ingest.published",   "ingest.stopped",   "usage",         "readings"};
}
