#pragma once

#include "engine/base/text.hpp"
#include "engine/dialects/native/requests.hpp"

/// Members, rooms, devices, and what members get in with, on the wire.
namespace innkeeper::dialects::native {

/// An object of the caller's own that is not too long.
struct Metadata : Object {
  static std::string wish(std::size_t longest) { return "must be an object of " + base::spell_bytes(longest) + " at most"; }
  std::optional<JsonText> read(View value, std::size_t longest) const {
    auto text = Object::read(value);
    return text && text->text.size() <= longest ? text : std::nullopt;
  }
};
inline constexpr Metadata metadata{};
inline constexpr std::string_view about_metadata = "The app's own; 16 KiB at most, unless the server has another limit";

// ---- members -----------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Member> member;

inline constexpr auto member_rows = [](std::string_view name) {
  return json::fields<members::Draft>(name,
                                      text_field<&Member::app_user_id>("/app_user_id", &members::Draft::app_user_id, text_or_null,
                                                                       "What the app calls it; unique inside the app"),
                                      text_field<&Member::name>("/name", &members::Draft::name),
                                      text_field<&Member::email>("/email", &members::Draft::email),
                                      json::field("/status", &members::Draft::status),
                                      json::field("/metadata", &members::Draft::metadata, metadata, about_metadata))
      .with(strict);
};
inline constexpr auto new_member = member_rows("NewMember");
inline constexpr auto member_change = member_rows("MemberChange");

template <>
inline constexpr std::array listed_of<Member>{by("name", &Member::name), chosen_by("email", &Member::email),
                                              chosen_by("app_user_id", &Member::app_user_id),
                                              chosen_by("status", &Member::status), by("created_at", &Member::created_at)};

// ---- rooms -------------------------------------------------------------------------------------------------------------------

inline constexpr std::string_view about_lifetime =
    "Seconds from the start of its first session that an ad hoc room stays; 0: it goes when that session ends";
extern const contract::Properties<Room> room;

inline constexpr auto room_rows = [](std::string_view name, json::Presence naming) {
  return json::fields<rooms::Draft>(
             name, text_field<&Room::name>("/name", &rooms::Draft::name, naming),
             json::field("/kind", &rooms::Draft::kind,
                         "A scheduled one lets in from 15 minutes before its start to its end; an ad hoc one goes after its "
                         "first session"),
             json::field("/mode", &rooms::Draft::mode), json::field("/status", &rooms::Draft::status),
             text_field<&Room::owner_ref>("/owner_ref", &rooms::Draft::owner_ref, "The owner, in the app's words"),
             number_field<&Room::capacity>("/capacity", &rooms::Draft::capacity, "Seats for participants; 0: no limit"),
             number_field<&Room::moderators>("/moderators", &rooms::Draft::moderators, "Seats for moderators; 0: no limit"),
             json::field("/starts_at", &rooms::Draft::starts_at, time_or_null, "Needed by a scheduled room"),
             json::field("/ends_at", &rooms::Draft::ends_at, time_or_null, "After the start"),
             number_field<&Room::lifetime>("/lifetime", &rooms::Draft::lifetime, seconds, about_lifetime),
             json::field("/metadata", &rooms::Draft::metadata, metadata, about_metadata))
      .with(strict);
};
inline constexpr auto new_room = room_rows("NewRoom", json::required);
inline constexpr auto room_change = room_rows("RoomChange", json::optional);

template <>
inline constexpr std::array listed_of<Room>{by("name", &Room::name),
                                            chosen_by("kind", &Room::kind),
                                            chosen_by("status", &Room::status),
                                            chosen_by("owner_ref", &Room::owner_ref),
                                            chosen_by("is_live", &Room::is_live),
                                            by("created_at", &Room::created_at)};

// ---- devices -----------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Device> device;

inline constexpr auto device_rows = [](std::string_view name, json::Presence naming) {
  return json::fields<devices::Draft>(name, text_field<&Device::name>("/name", &devices::Draft::name, naming),
                                      json::field("/member", &devices::Draft::member, text_or_null, json::at_least(1),
                                                  json::at_most(255), "Whose it is, by id or uid"),
                                      text_field<&Device::kind>("/kind", &devices::Draft::kind, "What it is, in the app's words"),
                                      json::field("/status", &devices::Draft::status),
                                      json::field("/metadata", &devices::Draft::metadata, metadata, about_metadata))
      .with(strict);
};
inline constexpr auto new_device = device_rows("NewDevice", json::required);
inline constexpr auto device_change = device_rows("DeviceChange", json::optional);

template <>
inline constexpr std::array listed_of<Device>{by("name", &Device::name), chosen_by("kind", &Device::kind),
                                              chosen_by("status", &Device::status), chosen_by("member", &Device::member),
                                              by("created_at", &Device::created_at)};

extern const contract::Properties<Reading> reading;
template <>
inline constexpr std::array listed_of<Reading>{by("at", &Reading::at)};

// ---- join tokens -------------------------------------------------------------------------------------------------------------

extern const contract::Properties<JoinToken> join_token;
extern const contract::Properties<join_tokens::Issued> issued_join_token;
extern const contract::Properties<join_tokens::Redeemed> redeemed;

inline constexpr auto new_join_token =
    json::fields<join_tokens::Draft>(
        "NewJoinToken", json::field("/role", &join_tokens::Draft::role),
        json::field("/name", &join_tokens::Draft::name, json::at_most(255), "Shown to others"),
        json::field("/user_ref", &join_tokens::Draft::user_ref, json::at_most(255), "Who it is for, in the app's words"),
        json::field("/member", &join_tokens::Draft::member, json::at_least(1), json::at_most(255), "By id or uid"),
        json::field("/data", &join_tokens::Draft::data, metadata, "What others in the room are told; limited as metadata is"),
        json::field("/expires_in", &join_tokens::Draft::life, seconds, json::within(1, join_tokens::longest_life.count()),
                    "Seconds; 900 without it"))
        .with(strict);
template <>
inline constexpr std::array listed_of<JoinToken>{
    chosen_by("role", &JoinToken::role), chosen_by("user_ref", &JoinToken::user_ref), chosen_by("member", &JoinToken::member),
    by("created_at", &JoinToken::created_at), chosen_by("expires_at", &JoinToken::expires_at)};

/// `{"token":"…"}` of any kind.
struct TokenBody {
  std::string token;
};
inline constexpr auto shown_token =
    json::fields<TokenBody>(
        "ShownToken", json::field("/token", &TokenBody::token, json::required, json::at_least(1), json::at_most(longest_token)))
        .with(strict);
Result<std::string> read_shown_token(const Call&);
Result<New<join_tokens::Draft>> read_new_join_token(const Call&);
void write_issued_join_token(const join_tokens::Issued&, const Context&, Response&);

// ---- member tokens -----------------------------------------------------------------------------------------------------------

extern const contract::Properties<MemberToken> member_token;
extern const contract::Properties<member_tokens::Issued> issued_member_token;
extern const contract::Properties<member_tokens::Grant> member_grant;
inline constexpr auto new_member_token =
    json::fields<member_tokens::Draft>(
        "NewMemberToken", json::field("/expires_in", &member_tokens::Draft::life, seconds,
                                      json::within(1, member_tokens::longest_life.count()), "Seconds; a day without it"))
        .with(strict);
template <>
inline constexpr std::array listed_of<MemberToken>{chosen_by("created_at", &MemberToken::created_at),
                                                   chosen_by("expires_at", &MemberToken::expires_at)};
Result<New<member_tokens::Draft>> read_new_member_token(const Call&);
void write_issued_member_token(const member_tokens::Issued&, const Context&, Response&);

// ---- stream keys -------------------------------------------------------------------------------------------------------------

extern const contract::Properties<StreamKey> stream_key;
extern const contract::Properties<stream_keys::Issued> issued_stream_key;
inline constexpr auto new_stream_key =
    json::fields<stream_keys::Draft>(
        "NewStreamKey",
        json::field("/member", &stream_keys::Draft::member, json::at_least(1), json::at_most(255), "By id or uid"),
        text_field<&StreamKey::label>("/label", &stream_keys::Draft::label))
        .with(strict);
template <>
inline constexpr std::array listed_of<StreamKey>{chosen_by("member", &StreamKey::member), chosen_by("state", &StreamKey::state),
                                                 by("created_at", &StreamKey::created_at)};
Result<New<stream_keys::Draft>> read_new_stream_key(const Call&);
void write_issued_stream_key(const stream_keys::Issued&, const Context&, Response&);

struct SecretBody {
  std::string secret;
};
inline constexpr auto shown_secret =
    json::fields<SecretBody>("ShownSecret",
                             json::field("/secret", &SecretBody::secret, json::required, json::at_least(1), json::at_most(1'024)))
        .with(strict);
Result<std::string> read_shown_secret(const Call&);

// ---- revocations -------------------------------------------------------------------------------------------------------------

inline constexpr auto revocation =
    json::fields<revocations::Order>(
        "Revocation", json::field("/kind", &revocations::Order::kind, json::required),
        json::field("/token", &revocations::Order::token, json::at_least(1), json::at_most(255), "One, by id or uid"),
        json::field("/member", &revocations::Order::member, json::at_least(1), json::at_most(255),
                    "Those of a member, by id or uid"),
        json::field("/room", &revocations::Order::room, json::at_least(1), json::at_most(255),
                    "Those for a room, by id or uid; join tokens only"),
        json::field("/issued_before", &revocations::Order::issued_before, time, "Those from before this time"))
        .with(strict);
extern const contract::Properties<revocations::Outcome> revoked;
Result<revocations::Order> read_revocation(const Call&);

}  // namespace innkeeper::dialects::native
