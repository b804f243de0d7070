#pragma once

#include <innkeeper/model/rooms.hpp>
#include <innkeeper/schema/entity.hpp>

#include <array>
#include <chrono>

namespace innkeeper {

template <>
inline constexpr auto description_of<Room> =
    describe<Room>("room", column("tenant", &Room::tenant), column("app", &Room::app, references("app", OnRemove::cascade)),
                   column("uid", &Room::uid, name_length), column("name", &Room::name, name_length), column("kind", &Room::kind),
                   column("status", &Room::status), column("owner_ref", &Room::owner_ref, text_length),
                   column("capacity", &Room::capacity, Range{0, rooms::most_seats}), column("starts_at", &Room::starts_at),
                   column("ends_at", &Room::ends_at), column("is_live", &Room::is_live), column("metadata", &Room::metadata),
                   column("extras", &Room::extras), column("created_at", &Room::created_at),
                   column("updated_at", &Room::updated_at), column("mode", &Room::mode, 3, "group"),
                   column("moderators", &Room::moderators, 3, Range{0, rooms::most_seats}),
                   column("lifetime", &Room::lifetime, 3, Range{0, rooms::longest_lifetime.count()}),
                   column("description", &Room::description, 9, Length{0, 1'024}))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("app", "created_at")
        .index("app", "name")
        .since(2)
        .indexes_since(3)
        .index("kind", "ends_at")
        .counted(2, QuotaKind::rooms, Needs::all, Growth::is_bound);
template <>
inline constexpr std::array changes_of<rooms::Draft>{
    change<&rooms::Draft::name, &Room::name>,
    change<&rooms::Draft::kind, &Room::kind>,
    change<&rooms::Draft::mode, &Room::mode>,
    change<&rooms::Draft::status, &Room::status>,
    change<&rooms::Draft::owner_ref, &Room::owner_ref>,
    change<&rooms::Draft::capacity, &Room::capacity>,
    change<&rooms::Draft::moderators, &Room::moderators>,
    change<&rooms::Draft::starts_at, &Room::starts_at>,
    change<&rooms::Draft::ends_at, &Room::ends_at>,
    change<&rooms::Draft::lifetime, &Room::lifetime>,
    change<&rooms::Draft::metadata, &Room::metadata>,
    change<&rooms::Draft::extras, &Room::extras>,
    change<&rooms::Draft::description, &Room::description>,
};

template <>
inline constexpr auto description_of<JoinToken> =
    describe<JoinToken>("join_token", column("tenant", &JoinToken::tenant),
                        column("app", &JoinToken::app, references("app", OnRemove::cascade)), column("uid", &JoinToken::uid),
                        column("room", &JoinToken::room, references("room", OnRemove::cascade)),
                        column("member", &JoinToken::member, references("member", OnRemove::cascade)),
                        column("role", &JoinToken::role), column("name", &JoinToken::name),
                        column("user_ref", &JoinToken::user_ref), column("expires_at", &JoinToken::expires_at),
                        column("used_at", &JoinToken::used_at), column("revoked_at", &JoinToken::revoked_at),
                        column("created_at", &JoinToken::created_at), column("data", &JoinToken::data, 3, "{}"),
                        column("generation", &JoinToken::generation, 6, internal))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("room", "created_at")
        .index("app", "created_at")
        .index("expires_at")
        .index("member")
        .since(2)
        .kept_for("expires_at", as_configured)
        .counted(3, QuotaKind::tokens, Needs::all, Growth::is_free);

template <>
inline constexpr auto description_of<StreamKey> =
    describe<StreamKey>("stream_key", column("tenant", &StreamKey::tenant),
                        column("app", &StreamKey::app, references("app", OnRemove::cascade)),
                        column("uid", &StreamKey::uid, name_length),
                        column("member", &StreamKey::member, references("member", OnRemove::cascade)),
                        column("label", &StreamKey::label, text_length), column("digest", &StreamKey::digest),
                        column("sealed", &StreamKey::sealed), column("hint", &StreamKey::hint),
                        column("state", &StreamKey::state), column("state_at", &StreamKey::state_at),
                        column("mode", &StreamKey::mode, text_length), column("revoked_at", &StreamKey::revoked_at),
                        column("created_at", &StreamKey::created_at), column("updated_at", &StreamKey::updated_at),
                        column("generation", &StreamKey::generation, 6, internal))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .unique("digest")
        .index("app", "created_at")
        .index("member")
        .since(2)
        .counted(15, QuotaKind::bytes, Needs::all, Growth::is_free);

template <>
inline constexpr auto description_of<Session> =
    describe<Session>("session", column("tenant", &Session::tenant),
                      column("app", &Session::app, references("app", OnRemove::cascade)),
                      column("uid", &Session::uid, name_length), column("room", &Session::room),
                      column("room_uid", &Session::room_uid, text_length), column("room_name", &Session::room_name, text_length),
                      column("state", &Session::state), column("started_at", &Session::started_at),
                      column("ended_at", &Session::ended_at), column("participants", &Session::participants),
                      column("extras", &Session::extras), column("created_at", &Session::created_at),
                      column("updated_at", &Session::updated_at), column("owner_ref", &Session::owner_ref, 3, text_length))
        .owned_by("tenant")
        .within("app")
        .unique("app", "uid")
        .index("app", "created_at")
        .index("app", "started_at")
        .index("room", "state")
        .since(2)
        .indexes_since(3)
        .index("app", "room_uid")
        .index("app", "ended_at")
        .counted(12, QuotaKind::bytes, Needs::all, Growth::is_free);

template <>
inline constexpr auto description_of<Participation> =
    describe<Participation>("participation", column("tenant", &Participation::tenant), column("app", &Participation::app),
                            column("session", &Participation::session, references("session", OnRemove::cascade)),
                            column("uid", &Participation::uid, name_length), column("name", &Participation::name, text_length),
                            column("role", &Participation::role, text_length),
                            column("user_ref", &Participation::user_ref, text_length), column("member", &Participation::member),
                            column("ip", &Participation::ip, text_length),
                            column("agent", &Participation::agent, Length{0, 1'024}), column("token", &Participation::token),
                            column("joined_at", &Participation::joined_at), column("left_at", &Participation::left_at),
                            column("published", &Participation::published),
                            column("subscribed_seconds", &Participation::subscribed_seconds, Range{0, most_exact}),
                            column("published_seconds", &Participation::published_seconds, Range{0, most_exact}),
                            column("created_at", &Participation::created_at), column("updated_at", &Participation::updated_at),
                            column("token_uid", &Participation::token_uid, 3, text_length),
                            column("closed_at", &Participation::closed_at, 3))
        .owned_by("tenant")
        .within("app")
        .unique("session", "uid")
        .index("member")
        .since(2)
        .indexes_since(3)
        .index("app", "closed_at")
        .index("session", "closed_at", "role")
        .indexes_since(7)
        .index("session", "closed_at")
        .counted(13, QuotaKind::bytes, Needs::all, Growth::is_free);

template <>
inline constexpr auto description_of<Recording> =
    describe<Recording>("recording", column("tenant", &Recording::tenant), column("app", &Recording::app),
                        column("session", &Recording::session, references("session", OnRemove::cascade)),
                        column("kind", &Recording::kind), column("url", &Recording::url, Length{1, 2'048}),
                        column("size", &Recording::size), column("at", &Recording::at),
                        column("created_at", &Recording::created_at))
        .owned_by("tenant")
        .within("app")
        .index("session")
        .since(2)
        .counted(14, QuotaKind::bytes, Needs::all, Growth::is_free);

}  // namespace innkeeper
