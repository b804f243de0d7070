#pragma once

#include <innkeeper/model.hpp>

#include "engine/crypto/keyring.hpp"

#include <optional>
#include <string>
#include <string_view>

/// How join tokens are spelled: as a JWT (RFC 7519 §4), or as a ticket, base64 of a JSON object that names the token, the host it
/// is for, and a signature of both, beside whatever else a contract puts in.
namespace innkeeper::ledger {

std::string join_claims(const JoinToken&, const Room&, const App&);

/// The `signature` of a ticket: base64 of 40 hexadecimal digits.
std::string ticket_signature(const crypto::Keyring&, std::string_view token_uid, std::string_view host);

/// The uid of the join token that a text stands for, if it was signed here.
std::optional<std::string> join_token_in(const crypto::Keyring&, std::string_view text);

}  // namespace innkeeper::ledger
