#pragma once

#include "engine/domain/collection.hpp"

namespace innkeeper::domain {

/// That a scheduled room has a start, and that what ends does so after its start; the end that an ad hoc room's lifetime gives it
/// counts from its first session. Errors: `invalid`, pointing at the member.
Result<void> require_times(const Room&);

/// Takes out a room whose time is over, with its join tokens.
Result<void> take_out(Transaction&, const Context&, const Room&);

}  // namespace innkeeper::domain
