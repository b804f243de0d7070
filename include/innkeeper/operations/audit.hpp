#pragma once

#include <innkeeper/operations/common.hpp>

/// Who changed what.
namespace innkeeper::audit {

/// How a chain that was checked stands.
struct Proof {
  std::int64_t rows = 0;
  Bytes head{};          ///< The hash of the last row.
  Id broken_at{};        ///< The first row that does not fit; none: all do.
  bool has_head = true;  ///< The head that was asked for is one of the hashes.
};
struct Check {
  Bytes head{};  ///< A hash that must be in the chain, noted at an earlier time; empty: none.
};
Result<Page<Audit>> do_list(Transaction&, const Context&, const Listing&);
Result<Proof> do_verify(Transaction&, const Context&, const Check&);

inline constexpr Operation<Listing, Page<Audit>> list{"audit.list", Access::read, do_list};
/// Goes through the whole chain. It shows changed, added, moved and missing rows, but those cut off its end: for that, give a
/// head that was noted elsewhere. Errors: `forbidden` with `reason::reach_missing` for a caller with a tenant.
inline constexpr Operation<Check, Proof> verify{"audit.verify", Access::read, do_verify};

}  // namespace innkeeper::audit
