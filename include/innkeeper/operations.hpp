#pragma once

#include <innkeeper/operations/access_tokens.hpp>
#include <innkeeper/operations/apps.hpp>
#include <innkeeper/operations/audit.hpp>
#include <innkeeper/operations/devices.hpp>
#include <innkeeper/operations/events.hpp>
#include <innkeeper/operations/keys.hpp>
#include <innkeeper/operations/members.hpp>
#include <innkeeper/operations/operators.hpp>
#include <innkeeper/operations/quotas.hpp>
#include <innkeeper/operations/rooms.hpp>
#include <innkeeper/operations/sessions.hpp>
#include <innkeeper/operations/tenants.hpp>
#include <innkeeper/operations/tokens.hpp>
#include <innkeeper/operations/usages.hpp>
#include <innkeeper/operations/webhooks.hpp>

/// The operations of the domain, callable from any dialect and, through `Engine::call`, from the host. A transaction confined to
/// a tenant, or to an app (see `Transaction::confine`), bounds all of them.
