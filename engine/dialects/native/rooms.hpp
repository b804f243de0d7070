#pragma once

#include "engine/base/text.hpp"
#include "engine/dialects/native/requests.hpp"

/// Members, rooms, devices, and what members get in with, on the wire.
namespace innkeeper::dialects::native {

using contract::show;

/// An object of the caller's own that is not too long.
struct Metadata : Object {
  std::optional<JsonText> read(View value, const Field& row, contract::Findings& findings) const {
    auto text = Object::read(value);
    const auto longest = findings.longest_object();
    if (text && text->text.size() <= longest) return text;
    contract::refuse(row, "must be an object of " + base::spell_bytes(longest) + " at most", findings);
    return std::nullopt;
  }
};
inline constexpr Metadata metadata{};
inline constexpr std::string_view about_metadata = "The app's own; 16 KiB at most, unless the server has another limit";

// ---- members -----------------------------------------------------------------------------------------------------------------

inline constexpr ColumnRow member_columns[] = {
    shown(show<&Member::id, id_text>("id")),
    shown(show<&Member::uid>("uid")),
    shown(show<&Member::app, id_text>("app")),
    settable<&Member::app_user_id, &members::Draft::app_user_id, text_or_null, text_or_null>(
        "/app_user_id", "What the app calls it; unique inside the app", "What the app calls it"),
    settable<&Member::name, &members::Draft::name>("/name"),
    settable<&Member::email, &members::Draft::email>("/email"),
    settable<&Member::status, &members::Draft::status>("/status", {}, "A suspended one has no tokens"),
    settable<&Member::metadata, &members::Draft::metadata, metadata, object>("/metadata", about_metadata),
    shown(show<&Member::created_at, time>("created_at")),
    shown(show<&Member::updated_at, time>("updated_at"))};
inline constexpr contract::Properties<Member> member{"Member", properties_of<member_columns>};
inline constexpr auto new_member = fields<members::Draft>("NewMember", fields_of<member_columns>, strict);
inline constexpr auto member_change = fields<members::Draft>("MemberChange", fields_of<member_columns>, strict);

inline constexpr ListSort member_sorts[] = {by_id, sort_by<&Member::name>("-name"), sort_by<&Member::created_at>("-created_at")};
inline constexpr ListFilter member_filters[] = {filter<&Member::name>("name"),
                                                filter<&Member::email>("email"),
                                                filter<&Member::app_user_id>("app_user_id"),
                                                filter<&Member::status>("status"),
                                                filter<&Member::created_at>("created_after", Compare::greater),
                                                filter<&Member::created_at>("created_before", Compare::less)};

// ---- rooms -------------------------------------------------------------------------------------------------------------------

inline constexpr std::string_view about_lifetime =
    "Seconds from the start of its first session that an ad hoc room stays; 0: it goes when that session ends";
inline constexpr ColumnRow room_columns[] = {
    shown(show<&Room::id, id_text>("id")),
    shown(show<&Room::uid>("uid")),
    shown(show<&Room::app, id_text>("app")),
    settable<&Room::name, &rooms::Draft::name>("/name"),
    settable<&Room::description, &rooms::Draft::description>("/description"),
    settable<&Room::kind, &rooms::Draft::kind>(
        "/kind",
        "A scheduled one lets in from 15 minutes before its start to its end; an ad hoc one goes after its "
        "first session",
        {}),
    settable<&Room::mode, &rooms::Draft::mode>("/mode", {}, "In a lecture participants send once a moderator lets them"),
    settable<&Room::status, &rooms::Draft::status>("/status", {}, "A closed one gives no join tokens"),
    settable<&Room::owner_ref, &rooms::Draft::owner_ref>("/owner_ref", "The owner, in the app's words"),
    settable<&Room::capacity, &rooms::Draft::capacity>("/capacity", "Seats for participants; 0: no limit"),
    settable<&Room::moderators, &rooms::Draft::moderators>("/moderators", "Seats for moderators; 0: no limit"),
    settable<&Room::starts_at, &rooms::Draft::starts_at, time_or_null, time_or_null>("/starts_at", "Needed by a scheduled room",
                                                                                     {}),
    settable<&Room::ends_at, &rooms::Draft::ends_at, time_or_null, time_or_null>("/ends_at", "After the start", {}),
    settable<&Room::lifetime, &rooms::Draft::lifetime, seconds>("/lifetime", about_lifetime),
    shown(show<&Room::is_live>("is_live", "A session is running")),
    settable<&Room::metadata, &rooms::Draft::metadata, metadata, object>("/metadata", about_metadata),
    shown(show<&Room::created_at, time>("created_at")),
    shown(show<&Room::updated_at, time>("updated_at"))};
inline constexpr contract::Properties<Room> room{"Room", properties_of<room_columns>};
inline constexpr auto new_room = fields<rooms::Draft>("NewRoom", fields_of<room_columns>, strict).requiring("/name");
inline constexpr auto room_change = fields<rooms::Draft>("RoomChange", fields_of<room_columns>, strict);

inline constexpr ListSort room_sorts[] = {by_id, sort_by<&Room::name>("-name"), sort_by<&Room::created_at>("-created_at")};
inline constexpr ListFilter room_filters[] = {filter<&Room::name>("name"),
                                              filter<&Room::kind>("kind"),
                                              filter<&Room::status>("status"),
                                              filter<&Room::owner_ref>("owner_ref"),
                                              filter<&Room::is_live>("is_live"),
                                              filter<&Room::created_at>("created_after", Compare::greater),
                                              filter<&Room::created_at>("created_before", Compare::less)};

// ---- devices -----------------------------------------------------------------------------------------------------------------

extern const contract::Properties<Device> device;

inline constexpr Field device_rows[] = {
    field<&devices::Draft::name>("/name", rules_of<&Device::name>),
    field<&devices::Draft::member, text_or_null>("/member", at_least(1), at_most(255), "Whose it is, by id or uid"),
    field<&devices::Draft::kind>("/kind", rules_of<&Device::kind>, "What it is, in the app's words"),
    field<&devices::Draft::status>("/status"), field<&devices::Draft::metadata, metadata>("/metadata", about_metadata)};
inline constexpr auto new_device = fields<devices::Draft>("NewDevice", device_rows, strict).requiring("/name");
inline constexpr auto device_change = fields<devices::Draft>("DeviceChange", device_rows, strict);

inline constexpr ListSort device_sorts[] = {by_id, sort_by<&Device::name>("-name"), sort_by<&Device::created_at>("-created_at")};
inline constexpr ListFilter device_filters[] = {filter<&Device::name>("name"),
                                                filter<&Device::kind>("kind"),
                                                filter<&Device::status>("status"),
                                                filter<&Device::member>("member"),
                                                filter<&Device::created_at>("created_after", Compare::greater),
                                                filter<&Device::created_at>("created_before", Compare::less)};

extern const contract::Properties<Reading> reading;
inline constexpr ListSort reading_sorts[] = {by_id, sort_by<&Reading::at>("-at")};
inline constexpr ListFilter reading_filters[] = {filter<&Reading::at>("at_after", Compare::greater),
                                                 filter<&Reading::at>("at_before", Compare::less)};

// ---- join tokens -------------------------------------------------------------------------------------------------------------

extern const contract::Properties<JoinToken> join_token;
extern const contract::Properties<join_tokens::Issued> issued_join_token;
extern const contract::Properties<join_tokens::Redeemed> redeemed;

inline constexpr Field new_join_token_rows[] = {
    field<&join_tokens::Draft::role>("/role"),
    field<&join_tokens::Draft::name>("/name", at_most(255), "Shown to others"),
    field<&join_tokens::Draft::user_ref>("/user_ref", at_most(255), "Who it is for, in the app's words"),
    field<&join_tokens::Draft::member>("/member", at_least(1), at_most(255), "By id or uid"),
    field<&join_tokens::Draft::data, metadata>("/data", "What others in the room are told; limited as metadata is"),
    field<&join_tokens::Draft::life, seconds>("/expires_in", within(1, join_tokens::longest_life.count()),
                                              "Seconds; 900 without it")};
inline constexpr auto new_join_token = fields<join_tokens::Draft>("NewJoinToken", new_join_token_rows, strict);
inline constexpr ListSort join_token_sorts[] = {by_id, sort_by<&JoinToken::created_at>("-created_at")};
inline constexpr ListFilter join_token_filters[] = {filter<&JoinToken::role>("role"),
                                                    filter<&JoinToken::user_ref>("user_ref"),
                                                    filter<&JoinToken::member>("member"),
                                                    filter<&JoinToken::created_at>("created_after", Compare::greater),
                                                    filter<&JoinToken::created_at>("created_before", Compare::less),
                                                    filter<&JoinToken::expires_at>("expires_after", Compare::greater),
                                                    filter<&JoinToken::expires_at>("expires_before", Compare::less)};

/// `{"token":"…"}` of any kind.
struct TokenBody {
  std::string token;
};
inline constexpr Field shown_token_rows[] = {field<&TokenBody::token>("/token", required, at_least(1), at_most(longest_token))};
inline constexpr auto shown_token = fields<TokenBody>("ShownToken", shown_token_rows, strict);
Result<std::string> read_shown_token(const Call&);
void write_issued_join_token(const join_tokens::Issued&, const Context&, Response&);

// ---- member tokens -----------------------------------------------------------------------------------------------------------

extern const contract::Properties<MemberToken> member_token;
extern const contract::Properties<member_tokens::Issued> issued_member_token;
extern const contract::Properties<member_tokens::Grant> member_grant;
inline constexpr Field new_member_token_rows[] = {field<&member_tokens::Draft::life, seconds>(
    "/expires_in", within(1, member_tokens::longest_life.count()), "Seconds; a day without it")};
inline constexpr auto new_member_token = fields<member_tokens::Draft>("NewMemberToken", new_member_token_rows, strict);
inline constexpr ListFilter member_token_filters[] = {filter<&MemberToken::created_at>("created_after", Compare::greater),
                                                      filter<&MemberToken::created_at>("created_before", Compare::less),
                                                      filter<&MemberToken::expires_at>("expires_after", Compare::greater),
                                                      filter<&MemberToken::expires_at>("expires_before", Compare::less)};
void write_issued_member_token(const member_tokens::Issued&, const Context&, Response&);

// ---- stream keys -------------------------------------------------------------------------------------------------------------

extern const contract::Properties<StreamKey> stream_key;
extern const contract::Properties<stream_keys::Issued> issued_stream_key;
inline constexpr Field new_stream_key_rows[] = {
    field<&stream_keys::Draft::member>("/member", at_least(1), at_most(255), "By id or uid"),
    field<&stream_keys::Draft::label>("/label", rules_of<&StreamKey::label>)};
inline constexpr auto new_stream_key = fields<stream_keys::Draft>("NewStreamKey", new_stream_key_rows, strict);
inline constexpr ListSort stream_key_sorts[] = {by_id, sort_by<&StreamKey::created_at>("-created_at")};
inline constexpr ListFilter stream_key_filters[] = {filter<&StreamKey::member>("member"), filter<&StreamKey::state>("state"),
                                                    filter<&StreamKey::created_at>("created_after", Compare::greater),
                                                    filter<&StreamKey::created_at>("created_before", Compare::less)};
void write_issued_stream_key(const stream_keys::Issued&, const Context&, Response&);

struct SecretBody {
  std::string secret;
};
inline constexpr Field shown_secret_rows[] = {field<&SecretBody::secret>("/secret", required, at_least(1), at_most(1'024))};
inline constexpr auto shown_secret = fields<SecretBody>("ShownSecret", shown_secret_rows, strict);
Result<std::string> read_shown_secret(const Call&);

// ---- revocations -------------------------------------------------------------------------------------------------------------

inline constexpr Field revocation_rows[] = {
    field<&revocations::Criteria::kind>("/kind", required),
    field<&revocations::Criteria::token>("/token", at_least(1), at_most(255), "One, by id or uid"),
    field<&revocations::Criteria::member>("/member", at_least(1), at_most(255), "Those of a member, by id or uid"),
    field<&revocations::Criteria::room>("/room", at_least(1), at_most(255), "Those for a room, by id or uid; join tokens only"),
    field<&revocations::Criteria::issued_before, time>("/issued_before", "Those from before this time")};
inline constexpr auto revocation = fields<revocations::Criteria>("Revocation", revocation_rows, strict);
extern const contract::Properties<revocations::Outcome> revoked;
Result<revocations::Criteria> read_revocation(const Call&);

}  // namespace innkeeper::dialects::native
