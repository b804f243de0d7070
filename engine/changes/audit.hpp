#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/operation.hpp>

#include "engine/crypto/keyring.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace innkeeper::changes {

/// What a change is about.
struct Subject {
  Id tenant{};
  Id app{};
  Id object{};
  std::string_view uid{};
};

/// What the trail calls those who act, in the order of `Principal::Kind`.
inline constexpr std::array<std::string_view, 5> actor_names{"nobody", "host", "operator", "app", "member"};
static_assert(static_cast<std::size_t>(Principal::Kind::member) + 1 == actor_names.size());

/// Writes one row of the audit trail, chained to the last one. In the transaction of the change, or there would be one without
/// the other.
Result<void> write_audit(Transaction&, const Context&, const Subject&, std::string action, JsonText before, JsonText after);

/// What the chain holds of a row that follows another.
Bytes chain_hash(const crypto::Keyring&, const Bytes& former, const Audit& row);
/// What it held until schema step 3. Such rows stand before all others.
Bytes step_3_chain_hash(const crypto::Keyring&, const Bytes& former, const Audit& row);

}  // namespace innkeeper::changes
