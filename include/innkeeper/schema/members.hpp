#pragma once

#include <innkeeper/model/members.hpp>
#include <innkeeper/schema/entity.hpp>

#include <array>
#include <chrono>

namespace innkeeper {

template <>
inline constexpr auto description_of<Member> =
    describe<Member>("member", column("tenant", &Member::tenant),
                     column("app", &Member::app, references("app", OnRemove::cascade)), column("uid", &Member::uid, name_length),
                     column("app_user_id", &Member::app_user_id, name_length), column("name", &Member::name, text_length),
                     column("email", &Member::email, Length{0, 320}), column("status", &Member::status),
                     column("metadata", &Member::metadata), column("extras", &Member::extras),
                     column("created_at", &Member::created_at), column("updated_at", &Member::updated_at),
                     column("generation", &Member::generation, 6, internal))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .unique("app", "app_user_id")
        .index("app", "created_at")
        .index("app", "name")
        .since(2)
        .counted(4, QuotaKind::members, Needs::all, Growth::is_bound);
template <>
inline constexpr std::array changes_of<members::Draft>{
    change<&members::Draft::app_user_id, &Member::app_user_id>, change<&members::Draft::name, &Member::name>,
    change<&members::Draft::email, &Member::email>, change<&members::Draft::status, &Member::status>,
    change<&members::Draft::metadata, &Member::metadata>};

template <>
inline constexpr auto description_of<MemberToken> =
    describe<MemberToken>("member_token", column("tenant", &MemberToken::tenant),
                          column("app", &MemberToken::app, references("app", OnRemove::cascade)),
                          column("uid", &MemberToken::uid),
                          column("member", &MemberToken::member, references("member", OnRemove::cascade)),
                          column("digest", &MemberToken::digest), column("hint", &MemberToken::hint),
                          column("expires_at", &MemberToken::expires_at), column("revoked_at", &MemberToken::revoked_at),
                          column("created_at", &MemberToken::created_at),
                          column("generation", &MemberToken::generation, 6, internal))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .unique("digest")
        .index("app", "created_at")
        .index("member")
        .index("expires_at")
        .since(2)
        .kept_for("expires_at", as_configured)
        .counted(5, QuotaKind::tokens, Needs::all, Growth::is_free);

template <>
inline constexpr auto description_of<Device> =
    describe<Device>("device", column("tenant", &Device::tenant),
                     column("app", &Device::app, references("app", OnRemove::cascade)), column("uid", &Device::uid, name_length),
                     column("member", &Device::member, references("member", OnRemove::set_null)),
                     column("name", &Device::name, name_length), column("kind", &Device::kind, text_length),
                     column("status", &Device::status), column("metadata", &Device::metadata), column("extras", &Device::extras),
                     column("created_at", &Device::created_at), column("updated_at", &Device::updated_at))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("app", "created_at")
        .index("app", "name")
        .index("member")
        .since(2)
        .counted(6, QuotaKind::devices, Needs::all, Growth::is_bound);
template <>
inline constexpr std::array changes_of<devices::Draft>{
    change<&devices::Draft::name, &Device::name>, change<&devices::Draft::kind, &Device::kind>,
    change<&devices::Draft::status, &Device::status>, change<&devices::Draft::metadata, &Device::metadata>};

template <>
inline constexpr auto description_of<Reading> = describe<Reading>("reading", column("tenant", &Reading::tenant),
                                                                  column("app", &Reading::app),
                                                                  column("device", &Reading::device,
                                                                         references("device", OnRemove::cascade)),
                                                                  column("at", &Reading::at), column("value", &Reading::value))
                                                    .owned_by("tenant")
                                                    .within("app")
                                                    .index("device", "at")
                                                    .since(2)
                                                    .counted(11, QuotaKind::bytes, Needs::all, Growth::is_free);

template <>
inline constexpr auto description_of<Usage> = describe<Usage>("usage", column("tenant", &Usage::tenant),
                                                              column("app", &Usage::app, references("app", OnRemove::cascade)),
                                                              column("month", &Usage::month),
                                                              column("signaling", &Usage::signaling),
                                                              column("turn_bytes", &Usage::turn_bytes),
                                                              column("sfu_bytes", &Usage::sfu_bytes))
                                                  .owned_by("tenant")
                                                  .within("app")
                                                  .unique("app", "month")
                                                  .counted(17, QuotaKind::bytes, Needs::nothing, Growth::is_free);

}  // namespace innkeeper
