#pragma once

#include "engine/domain/collection.hpp"

namespace innkeeper::domain {

/// Takes out a room whose time is over, with its join tokens.
Result<void> take_out(Transaction&, const Context&, const Room&);

}  // namespace innkeeper::domain
