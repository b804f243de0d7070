#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/schema/model.hpp>
#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <cstdint>

namespace innkeeper {

/// When a key was used last, a minute late at most. A row of its own: keys are read with every request and change seldom, so that
/// stores may remember them.
struct KeyUse {
  Id id{};
  std::int64_t version = 0;
  Id key{};
  std::int64_t at = 0;  ///< As `Key::last_used`, which has what was imported, or noted before schema step 6.
};
template <>
inline constexpr auto description_of<KeyUse> =
    describe<KeyUse>("key_use", column("key", &KeyUse::key), column("at", &KeyUse::at)).unique("key").since(6);

namespace domain {

/// Writes down that a key was used, if that is later than what is known. Nothing is written of a key that is gone.
Result<void> note_use(Transaction&, Id key, Instant at);
/// Puts the last use that was written down into a key that is shown.
Result<void> add_last_use(Transaction&, Key&);
/// For a key that goes.
Result<void> forget_use(Transaction&, Id key);

}  // namespace domain

}  // namespace innkeeper
