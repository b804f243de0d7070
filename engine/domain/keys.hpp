#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/operation.hpp>

#include <string>
#include <string_view>

/// The secrets of apps and operators, which share their form and their life.
namespace innkeeper::domain {

struct KeyHolder {
  KeyOwner kind = KeyOwner::app;
  Id owner{};
  Id tenant{};
};

/// Gives a holder one more key; an empty secret is made here. Answers the secret.
Result<std::string> add_key(Transaction&, const Context&, const KeyHolder&, std::string secret);

/// Puts one key in place of all that a holder has. Answers the new secret.
Result<std::string> replace_keys(Transaction&, const Context&, const KeyHolder&, std::string secret);

Result<void> erase_keys(Transaction&, const KeyHolder&);

/// The newest secret of a holder, opened. `internal` if the seal does not open, for then the store was tampered with.
Result<std::string> reveal_key(Transaction&, const Context&, const KeyHolder&);

}  // namespace innkeeper::domain
