#pragma once

#include <innkeeper/operations/common.hpp>

/// Sessions, call records and archives, as media servers reported them, and usage.
namespace innkeeper::sessions {

/// How many participants, and how many recordings, a record shows: the first ones.
inline constexpr std::int64_t most_shown = 10'000;

struct Record {
  Session session{};
  std::vector<Participation> participants{};
  std::vector<Recording> recordings{};
};
/// Where a page of call records or archives ended. Only what an operation returned may be passed to it.
struct RecordCursor {
  Id session{};                    ///< Of records that are read session by session: the last session.
  std::optional<Cursor> cursor{};  ///< The last record; none: that session was read whole.
};
/// Which call records or archives: of a room or a session, even if it is deleted, and of a time. Nothing set: all of the app.
struct RecordQuery {
  Ref app{};
  std::optional<std::string> room{};     ///< Its uid.
  std::optional<std::string> session{};  ///< The media server's name for it.
  std::optional<Instant> from{};
  std::optional<Instant> until{};       ///< Not included.
  std::optional<RecordCursor> after{};  ///< `RecordPage::next` of the page before.
};
/// One page. An empty page does not mean that nothing follows.
template <class T>
struct RecordPage {
  std::vector<T> items{};
  std::optional<RecordCursor> next{};  ///< None: that was the last.
};
/// One participant's part in a session, once it is over for them.
struct Call {
  Participation participation{};
  Session session{};
};
/// The recordings of a session that is over.
struct Archive {
  Session session{};
  std::vector<Recording> recordings{};  ///< The last `most_shown` reported.
};

/// By id only: the media server's name for it is unique in an app, not among all. Errors: `not_found` with
/// `reason::session_unknown`.
extern const Operation<Ref, Record> find;
extern const Operation<Listing, Page<Session>> list;
/// An app's usage, one row a month.
extern const Operation<Listing, Page<Usage>> usage;
/// Sorted by the time they were closed; those of a room session by session.
extern const Operation<RecordQuery, RecordPage<Call>> calls;
/// Of sessions that have recordings, sorted by their end; those of a room in the order in which the sessions were first reported.
extern const Operation<RecordQuery, RecordPage<Archive>> archives;

}  // namespace innkeeper::sessions
