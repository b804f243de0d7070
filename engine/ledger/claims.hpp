#pragma once

#include <innkeeper/model.hpp>

#include <optional>
#include <string>
#include <string_view>

/// What a join token says (RFC 7519 §4).
namespace innkeeper::ledger {

std::string join_claims(const JoinToken&, const Room&, const App&);

/// The uid of the join token that claims are of.
std::optional<std::string> join_token_of(std::string_view claims);

}  // namespace innkeeper::ledger
