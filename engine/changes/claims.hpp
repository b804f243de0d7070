#pragma once

#include <innkeeper/model.hpp>

#include "engine/crypto/keyring.hpp"

#include <optional>
#include <string>
#include <string_view>

/// How join tokens are spelled: as a JWT (RFC 7519 §4), or as a ticket, base64 of a JSON object that names the token, the host it
/// is for, and a signature of both, beside whatever else a contract puts in.
namespace innkeeper::changes {

/// What a JWT signed here is for. One for one purpose is worth nothing for another: its header's `typ` is the purpose's, and so
/// is the first word of its `aud`, before the app's uid (`join:2f6bc361-…`), for readers that look at one of them only.
struct JwtPurpose {
  std::string_view typ;
  std::string_view audience;
};
inline constexpr JwtPurpose joining{"join+jwt", "join"};

/// A JWT that lets its holder join a room.
std::string join_jwt(const crypto::Keyring&, const JoinToken&, const Room&, const App&);

/// The `signature` of a ticket: base64 of 40 hexadecimal digits.
std::string ticket_signature(const crypto::Keyring&, std::string_view token_uid, std::string_view host);

/// A join token that was signed here.
struct SignedToken {
  std::string uid;
  std::optional<std::string> app{};  ///< The uid of the app that it says it is for; a ticket says none.

  bool is_for(const App& whose) const { return !app || *app == whose.uid; }
};

/// What a text stands for, if it was signed here as a join token.
std::optional<SignedToken> join_token_in(const crypto::Keyring&, std::string_view text);

}  // namespace innkeeper::changes
