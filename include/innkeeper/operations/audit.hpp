#pragma once

#include <innkeeper/operations/common.hpp>

/// Who changed what.
namespace innkeeper::audit {

/// The result of checking the hash chain.
struct ChainStatus {
  std::int64_t rows = 0;
  Bytes head{};          ///< The hash of the last row.
  Id broken_at{};        ///< The first row whose hash is wrong; none: all are right.
  bool has_head = true;  ///< The head that was asked for is one of the hashes.
};
struct ChainCheck {
  Bytes head{};  ///< A hash that must be in the chain, noted at an earlier time; empty: none.
};

extern const Operation<Listing, Page<Audit>> list;
/// Checks the whole chain. It detects changed, added, moved and missing rows, but not rows cut off at its end: for those, pass a
/// head that was noted elsewhere. Errors: `forbidden` with `reason::reach_missing` for a caller with a tenant.
extern const Operation<ChainCheck, ChainStatus> verify;

}  // namespace innkeeper::audit
