#pragma once

#include "engine/domain/keys.hpp"

/// Which keys come of which: a key was made by the caller's (`Key::made_by`), or rotated from one (`Key::replaced_by`).
namespace innkeeper::domain {

/// Revokes a key and all that comes of its secret, as far as one call goes.
Result<keys::LineageEnd> revoke_lineage(Transaction&, const Context&, Key root);

}  // namespace innkeeper::domain
