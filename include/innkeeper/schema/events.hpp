#pragma once

#include <innkeeper/model/events.hpp>
#include <innkeeper/schema/entity.hpp>

#include <array>
#include <chrono>

namespace innkeeper {

template <>
inline constexpr auto description_of<Audit> =
    describe<Audit>("audit", column("tenant", &Audit::tenant), column("app", &Audit::app), column("at", &Audit::at),
                    column("actor", &Audit::actor), column("actor_id", &Audit::actor_id), column("key", &Audit::key),
                    column("action", &Audit::action), column("object", &Audit::object), column("object_uid", &Audit::object_uid),
                    column("before", &Audit::before), column("after", &Audit::after), column("request_id", &Audit::request_id),
                    column("hash", &Audit::hash))
        .owned_by("tenant")
        .within("app")
        .index("tenant", "at")
        .index("app", "at")
        .index("object")
        .since(2);

template <>
inline constexpr auto description_of<Event> = describe<Event>("event", column("tenant", &Event::tenant),
                                                              column("app", &Event::app, references("app", OnRemove::cascade)),
                                                              column("uid", &Event::uid), column("type", &Event::type),
                                                              column("at", &Event::at), column("data", &Event::data),
                                                              column("trace", &Event::trace),
                                                              column("created_at", &Event::created_at))
                                                  .owned_by("tenant")
                                                  .within("app")
                                                  .unique("app", "uid")
                                                  .index("app")
                                                  .index("created_at")
                                                  .since(2)
                                                  .kept_for("created_at", as_configured)
                                                  .counted(1, QuotaKind::events, Needs::nothing, Growth::is_free);

template <>
inline constexpr auto description_of<Webhook> =
    describe<Webhook>("webhook", column("tenant", &Webhook::tenant),
                      column("app", &Webhook::app, references("app", OnRemove::cascade)),
                      column("uid", &Webhook::uid, name_length), column("url", &Webhook::url, Length{1, 2'048}),
                      column("events", &Webhook::events), column("label", &Webhook::label, text_length),
                      column("is_enabled", &Webhook::is_enabled), column("sealed", &Webhook::sealed),
                      column("former", &Webhook::former), column("former_until", &Webhook::former_until),
                      column("created_at", &Webhook::created_at), column("updated_at", &Webhook::updated_at),
                      column("contract", &Webhook::contract, 3, Length{0, 64}), column("credential", &Webhook::credential, 3))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("app", "created_at")
        .since(2)
        .counted(16, QuotaKind::bytes, Needs::all, Growth::is_bound);

template <>
inline constexpr auto description_of<Delivery> =
    describe<Delivery>("delivery", column("tenant", &Delivery::tenant), column("app", &Delivery::app),
                       column("uid", &Delivery::uid),
                       column("webhook", &Delivery::webhook, references("webhook", OnRemove::cascade)),
                       column("event", &Delivery::event), column("type", &Delivery::type), column("state", &Delivery::state),
                       column("attempts", &Delivery::attempts), column("due_at", &Delivery::due_at),
                       column("last_status", &Delivery::last_status), column("last_fault", &Delivery::last_fault),
                       column("last_at", &Delivery::last_at), column("created_at", &Delivery::created_at))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("state", "due_at")
        .index("webhook", "created_at")
        .index("created_at")
        .index("event")
        .since(2)
        .indexes_since(5)
        .index("state", "tenant", "webhook", "due_at")
        .kept_for("created_at", as_configured)
        .counted(9, QuotaKind::bytes, Needs::bytes, Growth::is_free);

}  // namespace innkeeper
