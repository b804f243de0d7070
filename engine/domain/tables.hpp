#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/schema/model.hpp>

#include "engine/base/records.hpp"
#include "engine/domain/key_uses.hpp"

#include <array>

namespace innkeeper::domain {

/// Every table of the model, in the order in which schema steps name them: a new one comes last.
inline constexpr std::array<const Table*, 26> tables{
    &table_of<Setting>,       &table_of<Tenant>,       &table_of<Operator>,  &table_of<App>,         &table_of<Key>,
    &table_of<AccessToken>,   &table_of<Usage>,        &table_of<Member>,    &table_of<MemberToken>, &table_of<Device>,
    &table_of<Reading>,       &table_of<Room>,         &table_of<JoinToken>, &table_of<StreamKey>,   &table_of<Session>,
    &table_of<Participation>, &table_of<Recording>,    &table_of<Audit>,     &table_of<Event>,       &table_of<Webhook>,
    &table_of<Delivery>,      &table_of<StoredAnswer>, &table_of<KeyUse>,    &table_of<Task>,        &table_of<Quota>,
    &table_of<QuotaUsage>};

}  // namespace innkeeper::domain
