#pragma once

#include "engine/domain/keys.hpp"

#include <vector>

/// Which keys come of which: a key was made by the caller's (`Key::made_by`), or rotated from one (`Key::replaced_by`).
namespace innkeeper::domain {

/// Revokes a key and all that comes of its secret, as far as one call goes.
Result<keys::LineageEnd> revoke_lineage(Transaction&, const Context&, Key root);

/// What keys made counts as made by their own makers once their rows go, or a lineage would end there. `going` is in the order of
/// ids: a maker is older than what it makes.
Result<void> leave_to_makers(Transaction&, const std::vector<Key>& going);

/// Takes out the keys of a holder but for one, if there is one.
Result<void> erase_all_but(Transaction&, const KeyHolder&, Id stays);

}  // namespace innkeeper::domain
