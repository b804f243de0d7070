#pragma once

#include <innkeeper/operations/common.hpp>

#include <functional>

/// What happened in rooms, as media servers reported it, and what was used.
namespace innkeeper::sessions {

/// How many of either a record shows, the first ones.
inline constexpr std::int64_t most_shown = 10'000;

struct Record {
  Session session{};
  std::vector<Participation> participants{};
  std::vector<Recording> recordings{};
};
/// Which call records: of a room or a session, also one that is gone, and of a time. Nothing given: all of the app.
struct Inquiry {
  Ref app{};
  std::optional<std::string> room{};     ///< Its uid.
  std::optional<std::string> session{};  ///< The media server's name for it.
  std::optional<Instant> from{};
  std::optional<Instant> until{};  ///< Not included.
};
/// One participant's time in a session that is over for them.
struct Call {
  Participation participation{};
  Session session{};
};
/// What a session that is over left behind.
struct Archive {
  Session session{};
  std::vector<Recording> recordings{};
};
Result<Record> do_find(Transaction&, const Context&, const Ref&);
Result<Page<Session>> do_list(Transaction&, const Context&, const Listing&);
Result<Page<Usage>> do_usage(Transaction&, const Context&, const Listing&);
Result<std::vector<Call>> do_calls(Transaction&, const Context&, const Inquiry&);
Result<std::vector<Archive>> do_archives(Transaction&, const Context&, const Inquiry&);

/// By id only: the media server's name for it is unique in an app, not among all. Errors: `not_found` with
/// `reason::session_unknown`.
inline constexpr Operation<Ref, Record> find{"sessions.find", Access::read, do_find};
inline constexpr Operation<Listing, Page<Session>> list{"sessions.list", Access::read, do_list};
/// An app's counters, a month each.
inline constexpr Operation<Listing, Page<Usage>> usage{"usage.list", Access::read, do_usage};
/// By the time they were closed.
inline constexpr Operation<Inquiry, std::vector<Call>> calls{"sessions.calls", Access::read, do_calls};
/// Of sessions that left any, by the time these ended.
inline constexpr Operation<Inquiry, std::vector<Archive>> archives{"sessions.archives", Access::read, do_archives};

/// The same one by one, for what is too much to be held at once. `visit` may read from the transaction.
Result<void> each_call(Transaction&, const Context&, const Inquiry&, const std::function<void(Call&&)>& visit);
Result<void> each_archive(Transaction&, const Context&, const Inquiry&, const std::function<void(Archive&&)>& visit);

}  // namespace innkeeper::sessions
