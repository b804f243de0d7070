#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/schema/credentials.hpp>
#include <innkeeper/schema/events.hpp>
#include <innkeeper/schema/members.hpp>
#include <innkeeper/schema/quotas.hpp>
#include <innkeeper/schema/rooms.hpp>
#include <innkeeper/transaction.hpp>

#include <span>

/// The descriptions of the model's entities, for those who query them.
namespace innkeeper {

/// Every table of the model, the engine's own records among them.
std::span<const Table* const> all_tables();

}  // namespace innkeeper
