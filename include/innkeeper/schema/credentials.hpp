#pragma once

#include <innkeeper/model/credentials.hpp>
#include <innkeeper/schema/entity.hpp>

#include <array>
#include <chrono>

namespace innkeeper {

template <>
inline constexpr auto description_of<Tenant> = describe<Tenant>("tenant", column("uid", &Tenant::uid, name_length),
                                                                column("name", &Tenant::name, name_length),
                                                                column("status", &Tenant::status),
                                                                column("created_at", &Tenant::created_at),
                                                                column("updated_at", &Tenant::updated_at))
                                                   .owned_by("id")
                                                   .unique("uid")
                                                   .index("name");

template <>
inline constexpr auto description_of<Operator> = describe<Operator>("operator", column("tenant", &Operator::tenant),
                                                                    column("uid", &Operator::uid, name_length),
                                                                    column("name", &Operator::name, name_length),
                                                                    column("created_at", &Operator::created_at),
                                                                    column("generation", &Operator::generation, 6, internal))
                                                     .owned_by("tenant")
                                                     .unique("uid")
                                                     .unique("tenant", "name")
                                                     .index("name")
                                                     .indexes_since(8)
                                                     .index("tenant")
                                                     .counted(19, QuotaKind::bytes, Needs::all, Growth::is_bound);

template <>
inline constexpr auto description_of<App> =
    describe<App>("app", column("tenant", &App::tenant), column("uid", &App::uid, name_length),
                  column("name", &App::name, text_length), column("description", &App::description, Length{0, 1'000}),
                  column("status", &App::status), column("domains", &App::domains), column("permissions", &App::permissions),
                  column("recording_bucket", &App::recording_bucket, Length{0, 1'024}),
                  column("recording_credential", &App::recording_credential), column("extras", &App::extras),
                  column("created_at", &App::created_at), column("updated_at", &App::updated_at),
                  column("mode", &App::mode, 2, "live"), column("generation", &App::generation, 6, internal))
        .owned_by("tenant")
        .within("id")
        .unique("uid")
        .index("tenant")
        .index("name")
        .counted(18, QuotaKind::bytes, Needs::all, Growth::is_bound);

template <>
inline constexpr auto description_of<Key> =
    describe<Key>("key", column("tenant", &Key::tenant), column("owner_kind", &Key::owner_kind), column("owner", &Key::owner),
                  column("uid", &Key::uid, name_length), column("digest", &Key::digest), column("sealed", &Key::sealed),
                  column("hint", &Key::hint), column("created_at", &Key::created_at), column("prefix", &Key::prefix, 2),
                  column("label", &Key::label, 2, text_length), column("scopes", &Key::scopes, 2, "*"),
                  column("mode", &Key::mode, 2, "live"), column("networks", &Key::networks, 2),
                  column("expires_at", &Key::expires_at, 2), column("revoked_at", &Key::revoked_at, 2),
                  column("replaced_by", &Key::replaced_by, 2), column("last_used", &Key::last_used, 2),
                  column("rate_quota", &Key::rate_quota, 2, Range{0, 1'000'000'000}),
                  column("rate_window", &Key::rate_window, 2, Range{1, std::chrono::seconds{std::chrono::days{31}}.count()}),
                  column("updated_at", &Key::updated_at, 2), column("made_by", &Key::made_by, 4),
                  column("generation", &Key::generation, 6, internal))
        .owned_by("tenant")
        .unique("uid")
        .index("digest")
        .index("owner_kind", "owner")
        .indexes_since(4)
        .index("made_by")
        .counted(7, QuotaKind::keys, Needs::all, Growth::is_bound);

template <>
inline constexpr auto description_of<AccessToken> =
    describe<AccessToken>("access_token", column("digest", &AccessToken::digest),
                          column("holder", &AccessToken::holder, references("operator", OnRemove::cascade)),
                          column("tenant", &AccessToken::tenant), column("issued_at", &AccessToken::issued_at),
                          column("expires_at", &AccessToken::expires_at), column("key", &AccessToken::key, 2))
        .unique("digest")
        .index("holder")
        .index("expires_at")
        .kept_until("expires_at")
        .counted(8, QuotaKind::tokens, Needs::nothing, Growth::is_free);

}  // namespace innkeeper
