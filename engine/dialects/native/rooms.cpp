#include "engine/dialects/native/rooms.hpp"

namespace innkeeper::dialects::native {

using contract::nested;
using contract::Properties;
using contract::Property;

namespace {

const JsonText& extras_of(const join_tokens::Redeemed& redeemed) { return redeemed.room.extras; }

}  // namespace

constexpr Property device_properties[] = {
    show<&Device::id, id_text>("id"),
    show<&Device::uid>("uid"),
    show<&Device::app, id_text>("app"),
    show<&Device::member, id_or_null>("member", "Null: nobody's"),
    show<&Device::name>("name"),
    show<&Device::kind>("kind", "What it is, in the app's words"),
    show<&Device::status>("status"),
    show<&Device::metadata, object>("metadata", about_metadata),
    show<&Device::created_at, time>("created_at"),
    show<&Device::updated_at, time>("updated_at"),
};
constexpr Properties<Device> device{"Device", device_properties};

constexpr Property reading_properties[] = {
    show<&Reading::at, time>("at"),
    show<&Reading::value, scalar>("value"),
};
constexpr Properties<Reading> reading{"Reading", reading_properties};

constexpr Property join_token_properties[] = {
    show<&JoinToken::id, id_text>("id"),
    show<&JoinToken::uid>("uid", "The `jti` of the token"),
    show<&JoinToken::app, id_text>("app"),
    show<&JoinToken::room, id_text>("room"),
    show<&JoinToken::member, id_or_null>("member"),
    show<&JoinToken::role>("role"),
    show<&JoinToken::name>("name", "Shown to others"),
    show<&JoinToken::user_ref>("user_ref", "Who it is for, in the app's words"),
    show<&JoinToken::data>("data", "What others in the room are told"),
    show<&JoinToken::expires_at, time>("expires_at"),
    show<&JoinToken::used_at, time_or_null>("used_at", "It lets in once"),
    show<&JoinToken::revoked_at, time_or_null>("revoked_at"),
    show<&JoinToken::created_at, time>("created_at"),
};
constexpr Properties<JoinToken> join_token{"JoinToken", join_token_properties};

constexpr Property issued_join_token_properties[] = {
    show<&join_tokens::Issued::row, nested<join_token>>("join_token"),
    show<&join_tokens::Issued::token>("token",
                                      "A JWT of type `join+jwt`, for `join:` and the app's uid, signed with EdDSA; its key is in "
                                      "`/api/v1/jwks.json`. Shown this once"),
};
constexpr Properties<join_tokens::Issued> issued_join_token{"IssuedJoinToken", issued_join_token_properties};

constexpr Property redeemed_properties[] = {
    show<&join_tokens::Redeemed::row, nested<join_token>>("join_token"),
    show<&join_tokens::Redeemed::room, nested<room>>("room"),
    show<extras_of, object>("extras", "What the contracts that made the room know of it beside, each under its name"),
};
constexpr Properties<join_tokens::Redeemed> redeemed{"RedeemedJoinToken", redeemed_properties};

constexpr Property member_token_properties[] = {
    show<&MemberToken::id, id_text>("id"),
    show<&MemberToken::uid>("uid"),
    show<&MemberToken::app, id_text>("app"),
    show<&MemberToken::member, id_text>("member"),
    show<&MemberToken::hint>("last_four", "The last characters of the token"),
    show<&MemberToken::expires_at, time>("expires_at"),
    show<&MemberToken::revoked_at, time_or_null>("revoked_at"),
    show<&MemberToken::created_at, time>("created_at"),
};
constexpr Properties<MemberToken> member_token{"MemberToken", member_token_properties};

constexpr Property issued_member_token_properties[] = {
    show<&member_tokens::Issued::row, nested<member_token>>("member_token"),
    show<&member_tokens::Issued::token>("token", "Shown this once"),
};
constexpr Properties<member_tokens::Issued> issued_member_token{"IssuedMemberToken", issued_member_token_properties};

constexpr Property member_grant_properties[] = {
    show<&member_tokens::Grant::row, nested<member_token>>("member_token"),
    show<&member_tokens::Grant::member, nested<member>>("member"),
};
constexpr Properties<member_tokens::Grant> member_grant{"MemberGrant", member_grant_properties};

constexpr Property stream_key_properties[] = {
    show<&StreamKey::id, id_text>("id"),
    show<&StreamKey::uid>("uid"),
    show<&StreamKey::app, id_text>("app"),
    show<&StreamKey::member, id_or_null>("member"),
    show<&StreamKey::label>("label"),
    show<&StreamKey::hint>("last_four", "The last characters of the secret"),
    show<&StreamKey::state>("state", "As media servers report"),
    show<&StreamKey::mode>("mode", "As media servers report"),
    show<&StreamKey::revoked_at, time_or_null>("revoked_at"),
    show<&StreamKey::created_at, time>("created_at"),
    show<&StreamKey::updated_at, time>("updated_at"),
};
constexpr Properties<StreamKey> stream_key{"StreamKey", stream_key_properties};

constexpr Property issued_stream_key_properties[] = {
    show<&stream_keys::Issued::row, nested<stream_key>>("stream_key"),
    show<&stream_keys::Issued::secret>("secret", "Shown this once"),
};
constexpr Properties<stream_keys::Issued> issued_stream_key{"IssuedStreamKey", issued_stream_key_properties};

constexpr Property revoked_properties[] = {
    show<&revocations::Outcome::revoked>("revoked", "How many"),
    show<&revocations::Outcome::has_more>("has_more", "Some hundred at a time: call again, or wait: the rest follows"),
};
constexpr Properties<revocations::Outcome> revoked{"Revoked", revoked_properties};

Result<std::string> read_shown_token(const Call& call) {
  auto body = read_body<shown_token>(call);
  if (!body) return body.error();
  return std::move(body->token);
}

Result<std::string> read_shown_secret(const Call& call) {
  auto body = read_body<shown_secret>(call);
  if (!body) return body.error();
  return std::move(body->secret);
}

Result<revocations::Criteria> read_revocation(const Call& call) {
  auto criteria = read_body<revocation>(call);
  if (criteria) criteria->app = ref_in<OfApp>(call.path);
  return criteria;
}

void write_issued_join_token(const join_tokens::Issued& issued, const Context&, Response& response) {
  write_secret<issued_join_token>(issued, response);
  set_etag(response, issued.row.version);
  set_created(response, "../../join-tokens/", issued.row.id);
}

void write_issued_member_token(const member_tokens::Issued& issued, const Context&, Response& response) {
  write_secret<issued_member_token>(issued, response);
  response.status = 201;
}

void write_issued_stream_key(const stream_keys::Issued& issued, const Context&, Response& response) {
  write_secret<issued_stream_key>(issued, response);
  set_etag(response, issued.row.version);
  set_created(response, "../../stream-keys/", issued.row.id);
}

}  // namespace innkeeper::dialects::native
