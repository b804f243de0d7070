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
Result<Record> do_find(Transaction&, const Context&, const Ref&);
Result<Page<Session>> do_list(Transaction&, const Context&, const Listing&);
Result<Page<Usage>> do_usage(Transaction&, const Context&, const Listing&);

/// By id only: the media server's name for it is unique in an app, not among all. Errors: `not_found` with
/// `reason::session_unknown`.
inline constexpr Operation<Ref, Record> find{"sessions.find", Access::read, do_find};
inline constexpr Operation<Listing, Page<Session>> list{"sessions.list", Access::read, do_list};
/// An app's counters, a month each.
inline constexpr Operation<Listing, Page<Usage>> usage{"usage.list", Access::read, do_usage};

}  // namespace innkeeper::sessions
