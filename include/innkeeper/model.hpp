#pragma once

#include <innkeeper/model/credentials.hpp>
#include <innkeeper/model/events.hpp>
#include <innkeeper/model/members.hpp>
#include <innkeeper/model/quotas.hpp>
#include <innkeeper/model/rooms.hpp>

/// The one domain model under every contract. Fields are the stored ones; what a contract shows under another name says so in
/// that contract's dialect.
