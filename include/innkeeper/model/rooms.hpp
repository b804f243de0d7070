#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/types.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Where members meet, how they get in, and what happened there.
namespace innkeeper {

namespace rooms {
/// The most that `Room::capacity`, `moderators` and `lifetime` may be.
inline constexpr std::int64_t most_seats = 1'000'000;
inline constexpr std::chrono::seconds longest_lifetime = std::chrono::days{366};
}  // namespace rooms

enum class RoomKind : std::uint8_t { permanent, scheduled, ad_hoc, broadcast, conference };
template <>
inline constexpr std::array<std::string_view, 5> names_of<RoomKind>{"permanent", "scheduled", "ad_hoc", "broadcast",
                                                                    "conference"};

/// Who may send in a session: in a lecture, participants only once a moderator lets them.
enum class RoomMode : std::uint8_t { group, lecture };
template <>
inline constexpr std::array<std::string_view, 2> names_of<RoomMode>{"group", "lecture"};

enum class RoomStatus : std::uint8_t { open, closed };
template <>
inline constexpr std::array<std::string_view, 2> names_of<RoomStatus>{"open", "closed"};

/// A room in which sessions take place. A scheduled room can be joined from a little before its start to its end, and as long as
/// a session runs. An ad hoc room is deleted when its first session ends or, if it has a `lifetime`, that long after the session
/// began.
struct Room {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};  ///< 24 lower-case hex digits when generated here.
  std::string name{};
  RoomKind kind = RoomKind::permanent;
  RoomStatus status = RoomStatus::open;  ///< A closed room issues no join tokens.
  std::string owner_ref{};               ///< The owner, in the app's words.
  std::int64_t capacity = 0;             ///< Seats for participants; 0: no limit.
  std::optional<Instant> starts_at{};
  std::optional<Instant> ends_at{};
  bool is_live = false;     ///< A session is running.
  JsonText metadata{"{}"};  ///< The app's own, an object.
  JsonText extras{"{}"};    ///< What only one dialect understands.
  Instant created_at{};
  Instant updated_at{};
  RoomMode mode = RoomMode::group;
  std::int64_t moderators = 0;  ///< Seats for moderators; 0: no limit.
  std::int64_t lifetime = 0;    ///< Seconds, of an ad hoc room; 0: until its first session ends.
  std::string description{};
};
namespace rooms {
/// A `starts_at` or `ends_at` of null removes it.
struct Draft {
  std::optional<std::string> name{};
  std::optional<std::string> description{};
  std::optional<RoomKind> kind{};
  std::optional<RoomMode> mode{};
  std::optional<RoomStatus> status{};
  std::optional<std::string> owner_ref{};
  std::optional<std::int64_t> capacity{};
  std::optional<std::int64_t> moderators{};
  std::optional<std::optional<Instant>> starts_at{};
  std::optional<std::optional<Instant>> ends_at{};
  std::optional<std::chrono::seconds> lifetime{};
  std::optional<JsonText> metadata{};
  std::optional<JsonText> extras{};
};
}  // namespace rooms

enum class JoinRole : std::uint8_t { moderator, participant, viewer };
template <>
inline constexpr std::array<std::string_view, 3> names_of<JoinRole>{"moderator", "participant", "viewer"};

/// A right to enter a room once. The token itself is not kept: it is signed, and names this row.
struct JoinToken {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};
  Id room{};
  Id member{};  ///< None: not for a member of the app.
  JoinRole role = JoinRole::participant;
  std::string name{};      ///< Shown to others.
  std::string user_ref{};  ///< Who it is for, in the app's words.
  Instant expires_at{};
  std::optional<Instant> used_at{};  ///< When it was redeemed.
  std::optional<Instant> revoked_at{};
  Instant created_at{};
  JsonText data{"{}"};          ///< Shown to others in the room about the participant who joins with it; any value.
  std::int64_t generation = 0;  ///< The member's generation when it was created.
};

enum class StreamKeyState : std::uint8_t { inactive, preparing, active };
template <>
inline constexpr std::array<std::string_view, 3> names_of<StreamKeyState>{"inactive", "preparing", "active"};

/// A member's right to publish a stream. Its secret is stored as a key's is.
struct StreamKey {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};
  Id member{};
  std::string label{};
  Bytes digest{};
  Bytes sealed{};
  std::string hint{};  ///< The last four characters.
  StreamKeyState state = StreamKeyState::inactive;
  Instant state_at{};  ///< When the report that set the state was made.
  std::string mode{};  ///< How it is being used, in the media server's words.
  std::optional<Instant> revoked_at{};
  Instant created_at{};
  Instant updated_at{};
  std::int64_t generation = 0;  ///< The member's generation when it was created.
};

/// `announced`: a report named it, but its start was not reported.
enum class SessionState : std::uint8_t { announced, running, ended };
template <>
inline constexpr std::array<std::string_view, 3> names_of<SessionState>{"announced", "running", "ended"};

/// A session in a room, from its first to its last participant. It outlives the room.
struct Session {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};  ///< The media server's name for it; unique inside the app.
  Id room{};          ///< None until its start is reported.
  std::string room_uid{};
  std::string room_name{};
  SessionState state = SessionState::announced;
  std::optional<Instant> started_at{};
  std::optional<Instant> ended_at{};
  std::int64_t participants = 0;  ///< How many joined.
  JsonText extras{"{}"};          ///< What only one dialect understands.
  Instant created_at{};
  Instant updated_at{};
  std::string owner_ref{};  ///< The room's.
};

/// One participant of a session.
struct Participation {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  Id session{};
  std::string uid{};  ///< The media server's name for it; unique inside the session.
  std::string name{};
  std::string role{};
  std::string user_ref{};
  Id member{};
  std::string ip{};
  std::string agent{};
  Id token{};  ///< The join token it joined with.
  std::optional<Instant> joined_at{};
  std::optional<Instant> left_at{};
  JsonText published{"{}"};  ///< Which kinds of media it sent, an object of Booleans.
  std::int64_t subscribed_seconds = 0;
  std::int64_t published_seconds = 0;
  Instant created_at{};
  Instant updated_at{};
  std::string token_uid{};             ///< The uid of that token, which may be deleted.
  std::optional<Instant> closed_at{};  ///< When its call record was complete: it left, or else its session ended.
};

enum class RecordingKind : std::uint8_t { recording, transcoded, chat, metadata };
template <>
inline constexpr std::array<std::string_view, 4> names_of<RecordingKind>{"recording", "transcoded", "chat", "metadata"};

/// A recording file of a session.
struct Recording {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  Id session{};
  RecordingKind kind = RecordingKind::recording;
  std::string url{};
  std::int64_t size = 0;  ///< Bytes.
  Instant at{};
  Instant created_at{};
};

}  // namespace innkeeper
