#pragma once

#include <innkeeper/entity.hpp>

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
template <>
inline constexpr auto description_of<Room> =
    describe<Room>("room", column("tenant", &Room::tenant), column("app", &Room::app, references("app", OnRemove::cascade)),
                   column("uid", &Room::uid, name_length), column("name", &Room::name, name_length), column("kind", &Room::kind),
                   column("status", &Room::status), column("owner_ref", &Room::owner_ref, text_length),
                   column("capacity", &Room::capacity, Range{0, rooms::most_seats}), column("starts_at", &Room::starts_at),
                   column("ends_at", &Room::ends_at), column("is_live", &Room::is_live), column("metadata", &Room::metadata),
                   column("extras", &Room::extras), column("created_at", &Room::created_at),
                   column("updated_at", &Room::updated_at), column("mode", &Room::mode, 3, "group"),
                   column("moderators", &Room::moderators, 3, Range{0, rooms::most_seats}),
                   column("lifetime", &Room::lifetime, 3, Range{0, rooms::longest_lifetime.count()}),
                   column("description", &Room::description, 9, Length{0, 1'024}))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("app", "created_at")
        .index("app", "name")
        .since(2)
        .indexes_since(3)
        .index("kind", "ends_at")
        .counted(2, QuotaKind::rooms, Needs::all, Growth::is_bound);

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
template <>
inline constexpr std::array changes_of<rooms::Draft>{
    change<&rooms::Draft::name, &Room::name>,
    change<&rooms::Draft::kind, &Room::kind>,
    change<&rooms::Draft::mode, &Room::mode>,
    change<&rooms::Draft::status, &Room::status>,
    change<&rooms::Draft::owner_ref, &Room::owner_ref>,
    change<&rooms::Draft::capacity, &Room::capacity>,
    change<&rooms::Draft::moderators, &Room::moderators>,
    change<&rooms::Draft::starts_at, &Room::starts_at>,
    change<&rooms::Draft::ends_at, &Room::ends_at>,
    change<&rooms::Draft::lifetime, &Room::lifetime>,
    change<&rooms::Draft::metadata, &Room::metadata>,
    change<&rooms::Draft::extras, &Room::extras>,
    change<&rooms::Draft::description, &Room::description>,
};

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
template <>
inline constexpr auto description_of<JoinToken> =
    describe<JoinToken>("join_token", column("tenant", &JoinToken::tenant),
                        column("app", &JoinToken::app, references("app", OnRemove::cascade)), column("uid", &JoinToken::uid),
                        column("room", &JoinToken::room, references("room", OnRemove::cascade)),
                        column("member", &JoinToken::member, references("member", OnRemove::cascade)),
                        column("role", &JoinToken::role), column("name", &JoinToken::name),
                        column("user_ref", &JoinToken::user_ref), column("expires_at", &JoinToken::expires_at),
                        column("used_at", &JoinToken::used_at), column("revoked_at", &JoinToken::revoked_at),
                        column("created_at", &JoinToken::created_at), column("data", &JoinToken::data, 3, "{}"),
                        column("generation", &JoinToken::generation, 6, internal))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("room", "created_at")
        .index("app", "created_at")
        .index("expires_at")
        .index("member")
        .since(2)
        .kept_for("expires_at", as_configured)
        .counted(3, QuotaKind::tokens, Needs::all, Growth::is_free);

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
template <>
inline constexpr auto description_of<StreamKey> =
    describe<StreamKey>("stream_key", column("tenant", &StreamKey::tenant),
                        column("app", &StreamKey::app, references("app", OnRemove::cascade)),
                        column("uid", &StreamKey::uid, name_length),
                        column("member", &StreamKey::member, references("member", OnRemove::cascade)),
                        column("label", &StreamKey::label, text_length), column("digest", &StreamKey::digest),
                        column("sealed", &StreamKey::sealed), column("hint", &StreamKey::hint),
                        column("state", &StreamKey::state), column("state_at", &StreamKey::state_at),
                        column("mode", &StreamKey::mode, text_length), column("revoked_at", &StreamKey::revoked_at),
                        column("created_at", &StreamKey::created_at), column("updated_at", &StreamKey::updated_at),
                        column("generation", &StreamKey::generation, 6, internal))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .unique("digest")
        .index("app", "created_at")
        .index("member")
        .since(2)
        .counted(15, QuotaKind::bytes, Needs::all, Growth::is_free);

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
template <>
inline constexpr auto description_of<Session> =
    describe<Session>("session", column("tenant", &Session::tenant),
                      column("app", &Session::app, references("app", OnRemove::cascade)),
                      column("uid", &Session::uid, name_length), column("room", &Session::room),
                      column("room_uid", &Session::room_uid, text_length), column("room_name", &Session::room_name, text_length),
                      column("state", &Session::state), column("started_at", &Session::started_at),
                      column("ended_at", &Session::ended_at), column("participants", &Session::participants),
                      column("extras", &Session::extras), column("created_at", &Session::created_at),
                      column("updated_at", &Session::updated_at), column("owner_ref", &Session::owner_ref, 3, text_length))
        .owned_by("tenant")
        .within("app")
        .unique("app", "uid")
        .index("app", "created_at")
        .index("app", "started_at")
        .index("room", "state")
        .since(2)
        .indexes_since(3)
        .index("app", "room_uid")
        .index("app", "ended_at")
        .counted(12, QuotaKind::bytes, Needs::all, Growth::is_free);

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
  JsonText published{"{}"};  ///< Which kinds of media it sent, an object of truth values.
  std::int64_t subscribed_seconds = 0;
  std::int64_t published_seconds = 0;
  Instant created_at{};
  Instant updated_at{};
  std::string token_uid{};             ///< The uid of that token, which may be deleted.
  std::optional<Instant> closed_at{};  ///< When its call record was complete: it left, or else its session ended.
};
template <>
inline constexpr auto description_of<Participation> =
    describe<Participation>("participation", column("tenant", &Participation::tenant), column("app", &Participation::app),
                            column("session", &Participation::session, references("session", OnRemove::cascade)),
                            column("uid", &Participation::uid, name_length), column("name", &Participation::name, text_length),
                            column("role", &Participation::role, text_length),
                            column("user_ref", &Participation::user_ref, text_length), column("member", &Participation::member),
                            column("ip", &Participation::ip, text_length),
                            column("agent", &Participation::agent, Length{0, 1'024}), column("token", &Participation::token),
                            column("joined_at", &Participation::joined_at), column("left_at", &Participation::left_at),
                            column("published", &Participation::published),
                            column("subscribed_seconds", &Participation::subscribed_seconds, Range{0, most_exact}),
                            column("published_seconds", &Participation::published_seconds, Range{0, most_exact}),
                            column("created_at", &Participation::created_at), column("updated_at", &Participation::updated_at),
                            column("token_uid", &Participation::token_uid, 3, text_length),
                            column("closed_at", &Participation::closed_at, 3))
        .owned_by("tenant")
        .within("app")
        .unique("session", "uid")
        .index("member")
        .since(2)
        .indexes_since(3)
        .index("app", "closed_at")
        .index("session", "closed_at", "role")
        .indexes_since(7)
        .index("session", "closed_at")
        .counted(13, QuotaKind::bytes, Needs::all, Growth::is_free);

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
template <>
inline constexpr auto description_of<Recording> =
    describe<Recording>("recording", column("tenant", &Recording::tenant), column("app", &Recording::app),
                        column("session", &Recording::session, references("session", OnRemove::cascade)),
                        column("kind", &Recording::kind), column("url", &Recording::url, Length{1, 2'048}),
                        column("size", &Recording::size), column("at", &Recording::at),
                        column("created_at", &Recording::created_at))
        .owned_by("tenant")
        .within("app")
        .index("session")
        .since(2)
        .counted(14, QuotaKind::bytes, Needs::all, Growth::is_free);

}  // namespace innkeeper
