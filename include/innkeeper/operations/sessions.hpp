#pragma once

#include <innkeeper/operations/common.hpp>

/// What happened in rooms, as media servers reported it, and what was used.
namespace innkeeper::sessions {

/// How many of either a record shows, the first ones.
inline constexpr std::int64_t most_shown = 10'000;

struct Record {
  Session session{};
  std::vector<Participation> participants{};
  std::vector<Recording> recordings{};
};
/// Where a part of the call records or archives ended. Only what an operation answered is to be given to it.
struct Place {
  Id session{};                ///< Of what is read session by session: that of the last one.
  std::optional<Mark> mark{};  ///< The last one; none: all of that session.
};
/// Which call records: of a room or a session, also one that is gone, and of a time. Nothing given: all of the app.
struct Inquiry {
  Ref app{};
  std::optional<std::string> room{};     ///< Its uid.
  std::optional<std::string> session{};  ///< The media server's name for it.
  std::optional<Instant> from{};
  std::optional<Instant> until{};  ///< Not included.
  std::optional<Place> after{};    ///< `Part::next` of the part before.
};
/// As much as is read at a time. Nothing in it does not mean that nothing follows.
template <class T>
struct Part {
  std::vector<T> items{};
  std::optional<Place> next{};  ///< None: that was the last.
};
/// One participant's time in a session that is over for them.
struct Call {
  Participation participation{};
  Session session{};
};
/// What a session that is over left behind.
struct Archive {
  Session session{};
  std::vector<Recording> recordings{};  ///< The last `most_shown` reported.
};
Result<Record> do_find(Transaction&, const Context&, const Ref&);
Result<Page<Session>> do_list(Transaction&, const Context&, const Listing&);
Result<Page<Usage>> do_usage(Transaction&, const Context&, const Listing&);
Result<Part<Call>> do_calls(Transaction&, const Context&, const Inquiry&);
Result<Part<Archive>> do_archives(Transaction&, const Context&, const Inquiry&);

/// By id only: the media server's name for it is unique in an app, not among all. Errors: `not_found` with
/// `reason::session_unknown`.
inline constexpr Operation<Ref, Record> find{"sessions.find", Access::read, do_find};
inline constexpr Operation<Listing, Page<Session>> list{"sessions.list", Access::read, do_list};
/// An app's counters, a month each.
inline constexpr Operation<Listing, Page<Usage>> usage{"usage.list", Access::read, do_usage};
/// By the time they were closed; those of a room session by session.
inline constexpr Operation<Inquiry, Part<Call>> calls{"sessions.calls", Access::read, do_calls};
/// Of sessions that left any, by the time these ended; those of a room in the order in which they were first heard of.
inline constexpr Operation<Inquiry, Part<Archive>> archives{"sessions.archives", Access::read, do_archives};

}  // namespace innkeeper::sessions
