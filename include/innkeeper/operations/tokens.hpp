#pragma once

#include <innkeeper/operations/common.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

/// Credentials of members: join tokens, member tokens and stream keys. None is issued or accepted while its app or tenant is not
/// active, whoever asks: `forbidden` as `apps::require_active`. Nor while its member is suspended: then it is `forbidden` with
/// `reason::member_suspended`, unless it was revoked with the member's others.
namespace innkeeper {

namespace join_tokens {

inline constexpr std::chrono::seconds default_life = std::chrono::minutes{15};
inline constexpr std::chrono::seconds longest_life = std::chrono::days{7};

struct Draft {
  std::optional<std::string> member{};  ///< The member it is for, if it is for one.
  JoinRole role = JoinRole::participant;
  std::string name{};
  std::string user_ref{};
  std::chrono::seconds life = default_life;
  std::optional<JsonText> data{};
};
using New = innkeeper::New<Draft>;
/// A token that is stored, but not yet encoded.
struct UnsignedToken {
  JoinToken row{};
  Room room{};
  App app{};
};
struct Issued {
  JoinToken row{};
  std::string token{};  ///< A JWT (RFC 7519), signed with EdDSA (RFC 8037); in the clear, this once.
};
struct Redeemed {
  JoinToken row{};
  Room room{};
};

/// The parent is a room. Errors: `conflict` as `rooms::require_entry`; `invalid` for a member that the app does not have or that
/// is suspended.
extern const Operation<New, Issued> create;
/// Errors: `not_found` with `reason::token_unknown`.
extern const Operation<Ref, JoinToken> find;
/// The parent is a room.
extern const Operation<Listing, Page<JoinToken>> list;
/// Redeems a token, in any encoding. That works once: of many attempts at a time, one succeeds. Errors: `not_found` with
/// `reason::token_unknown`, also for a bad signature; `gone` with `reason::token_expired`, `token_revoked` or `token_used`;
/// `conflict` as `rooms::require_entry`.
extern const Operation<std::string, Redeemed> redeem;
extern const Operation<Ref, JoinToken> revoke;

/// Creates the row of a new token, for contracts with a token format of their own. An empty uid is generated. Errors: as
/// `create`.
Result<UnsignedToken> issue(Transaction&, const Context&, const New&, std::string uid = {});

}  // namespace join_tokens

namespace member_tokens {

inline constexpr std::chrono::seconds default_life = std::chrono::days{1};
inline constexpr std::chrono::seconds longest_life = std::chrono::days{365};

struct Draft {
  std::chrono::seconds life = default_life;
};
using New = innkeeper::New<Draft>;
struct Issued {
  MemberToken row{};
  std::string token{};  ///< In the form of a key; in plain text, shown only here.
};
/// A token that is valid, and whom it authenticates.
struct Grant {
  MemberToken row{};
  Member member{};
  App app{};
};

/// The parent is a member. Errors: `conflict` with `reason::member_suspended`.
extern const Operation<New, Issued> create;
extern const Operation<Listing, Page<MemberToken>> list;
/// Errors: `not_found` with `reason::token_unknown`.
extern const Operation<Ref, MemberToken> revoke;
/// The member that a token authenticates. Errors: `not_found` with `reason::token_unknown`; `gone` with `reason::token_expired`
/// or `token_revoked`.
extern const Operation<std::string, Grant> verify;

/// Issues a token in a form of the contract's own, such as a signed one with the row's uid as its `jti`: `write` returns its
/// text, which holds a secret or a signature, since its digest is what it is found by. An empty uid is generated. Such a token is
/// accepted, listed and revoked as any other. Errors: as `create`, and those of `write`.
using TokenWriter = std::function<Result<std::string>(const MemberToken&, const Member&)>;
Result<Issued> issue(Transaction&, const Context&, const New&, const TokenWriter& write, std::string uid = {});

/// The member that calls with a token, for an `AuthenticationScheme`. Errors: `unauthenticated` with `reason::token_unknown`,
/// `token_expired` or `token_revoked`; `forbidden` with `reason::member_suspended`, and as `apps::require_active`.
Result<Principal> authenticate(Transaction&, const Context&, const std::string& token);

}  // namespace member_tokens

namespace stream_keys {

struct Draft {
  std::optional<std::string> member{};
  std::string label{};
};
using New = innkeeper::New<Draft>;
struct Issued {
  StreamKey row{};
  std::string secret{};  ///< In plain text; shown only here.
};

/// Errors: `invalid` for a member that the app does not have or that is suspended.
extern const Operation<New, Issued> create;
/// Errors, here and below: `not_found` with `reason::stream_key_unknown`.
extern const Operation<Ref, StreamKey> find;
extern const Operation<Listing, Page<StreamKey>> list;
extern const Operation<Ref, StreamKey> revoke;
/// The stream key of a secret that was presented to a media server. Errors: `gone` with `reason::token_revoked`.
extern const Operation<std::string, StreamKey> verify;

}  // namespace stream_keys

namespace revocations {

enum class Kind : std::uint8_t { join_tokens, member_tokens, stream_keys };

/// Which credentials to revoke: those of one kind that meet all conditions set; without conditions, all of the app. Expired ones
/// are included, since the clock may be wrong; a join token that was used is not.
struct Criteria {
  Ref app{};
  Kind kind = Kind::join_tokens;
  std::optional<std::string> token{};  ///< One, by id or uid.
  std::optional<std::string> member{};
  std::optional<std::string> room{};  ///< Join tokens only.
  std::optional<Instant> issued_before{};
};
struct Outcome {
  std::int64_t revoked = 0;
  bool has_more = false;  ///< Some hundred are revoked at a time. Call again, or maintenance revokes the rest of what was issued
                          ///< before the call.
};

/// From the acknowledgement on, none of those that were revoked is accepted, and none at all once there are no more. Errors:
/// `invalid` for a token, member or room that the app does not have, or a room that goes with another kind; `rate_limited` with
/// `reason::revocations_pending` while eight other orders of that kind are not carried out yet.
extern const Operation<Criteria, Outcome> revoke;

}  // namespace revocations

template <>
inline constexpr std::array<std::string_view, 3> names_of<revocations::Kind>{"join_tokens", "member_tokens", "stream_keys"};

}  // namespace innkeeper
