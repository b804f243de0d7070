#include <innkeeper/contract/credentials.hpp>
#include <innkeeper/dialects.hpp>

#include "engine/dialects/native/administration.hpp"
#include "engine/dialects/native/documents.hpp"
#include "engine/dialects/native/events.hpp"
#include "engine/dialects/native/page.hpp"
#include "engine/dialects/native/rooms.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace innkeeper::dialects::native {

namespace {

using enum Method;

// ---- the headers that requests may have -------------------------------------------------------------------------------------

constexpr Parameter request_id{"X-Request-Id", "string", "A name for the request, 1 to 128 letters, digits, `-`, `_`, `.`"};
constexpr Parameter reading_headers[] = {request_id};
constexpr Parameter conditional_headers[] = {{"If-None-Match", "string", "Entity tags that the caller has: 304 for one of them"},
                                             request_id};
constexpr Parameter matching_headers[] = {{"If-Match", "string", "The entity tag that the change is meant for: 412 for another"},
                                          request_id};
constexpr Parameter creating_headers[] = {
    {"Idempotency-Key", "string", "Carried out once: the same key and body get the same answer again for 24 hours"}, request_id};
constexpr Parameter feed_headers[] = {
    {"Last-Event-ID", "string",
     "Go on behind the event whose `id:` line said this; `0`: from the oldest that is kept; from now on without it"},
    request_id};
constexpr Parameter feed_query[] = {{"last_event_id", "string", "As the header, for clients that cannot set it"}};

// ---- the headers that answers have ------------------------------------------------------------------------------------------

constexpr Parameter entity_tag{"ETag", "string", "Its version, if it has one"};
constexpr Parameter row_headers[] = {entity_tag};
constexpr Parameter made_headers[] = {{"Location", "string", "Where it is found, if anywhere"}, entity_tag};
constexpr Parameter list_headers[] = {{"Link", "string", "What follows, as `next`, if anything does"}};

// ---- where things that are made are found, from where they are made ---------------------------------------------------------

constexpr std::string_view under_tenants = "tenants/";
constexpr std::string_view under_apps = "apps/";
constexpr std::string_view to_apps = "../../apps/";
constexpr std::string_view to_members = "../../members/";
constexpr std::string_view to_rooms = "../../rooms/";
constexpr std::string_view to_devices = "../../devices/";

constexpr std::string_view create_of_tenant = "apps.create_of_tenant";

// ---- lists -------------------------------------------------------------------------------------------------------------------

/// The cursor of what follows; null at the end.
struct CursorOrNull {
  static constexpr bool shows_null = true;
  void write(Writer& out, const std::string& cursor) const { cursor.empty() ? out.null() : out.string(cursor); }
  void describe(Writer& schema) const { schema.key("type").string("string"); }
};
constexpr CursorOrNull cursor_or_null{};
constexpr contract::Property cursor_row[] = {contract::show<&contract::ListPage::next, cursor_or_null>(
    "next_cursor", "Give it as `cursor` for what follows; null at the end")};
constexpr contract::Properties<contract::ListPage> next_cursor{"NextCursor", cursor_row};

void add_next_link(const contract::ListPage& page, Response& response) {
  if (page.next.empty()) return;
  // A reference with a query alone stays on the path (RFC 3986 §5.2), wherever the contract is mounted.
  const auto& query = page.query.query;
  response.headers.set(header::link, "<?" + query + (query.empty() ? "" : "&") + "cursor=" + page.next + ">; rel=\"next\"");
}

/// `?limit=50&sort=-created_at&status=active`: `{"items":[…],"next_cursor":…}`.
constexpr contract::ListFormat list_format{.paging = contract::Paging::cursor,
                                           .limit = {.name = "limit", .initial = 50, .least = 1, .most = 500},
                                           .cursor = "cursor",
                                           .sorting = contract::SortSyntax::minus,
                                           .sort = "sort",
                                           .is_strict = true,
                                           .items = "items",
                                           .after = &next_cursor,
                                           .add_headers = add_next_link};

template <const auto& operation, const auto& table, auto make_input = contract::as_listing>
consteval contract::List list(std::string_view parent, std::span<const ListSort> sorts, std::span<const ListFilter> filters) {
  return contract::list<operation, table, make_input>(list_format, parent, sorts, filters);
}

constexpr auto all_tenants = list<tenants::list, tenant>("", tenant_sorts, tenant_filters);
constexpr auto all_operators = list<operators::list, operator_>("", operator_sorts, operator_filters);
constexpr auto keys_of_operator =
    list<keys::list, key, as_key_listing<KeyOwner::administrator>>("operator", only_by_id, key_filters);
constexpr auto apps_of_tenant = list<apps::list, app>("tenant", only_by_id, app_filters);
constexpr auto all_apps = list<apps::list, app>("", only_by_id, app_filters);
constexpr auto keys_of_app = list<keys::list, key, as_key_listing<KeyOwner::app>>("app", only_by_id, key_filters);
constexpr auto members_of_app = list<members::list, member>("app", member_sorts, member_filters);
constexpr auto tokens_of_member = list<member_tokens::list, member_token>("member", only_by_id, member_token_filters);
constexpr auto rooms_of_app = list<rooms::list, room>("app", room_sorts, room_filters);
constexpr auto tokens_of_room = list<join_tokens::list, join_token>("room", join_token_sorts, join_token_filters);
constexpr auto stream_keys_of_app = list<stream_keys::list, stream_key>("app", stream_key_sorts, stream_key_filters);
constexpr auto devices_of_app = list<devices::list, device>("app", device_sorts, device_filters);
constexpr auto readings_of_device = list<devices::readings, reading>("device", reading_sorts, reading_filters);
constexpr auto sessions_of_app = list<sessions::list, session>("app", session_sorts, session_filters);
constexpr auto usage_of_app = list<sessions::usage, usage>("app", usage_sorts, {});
constexpr auto webhooks_of_app = list<webhooks::list, webhook>("app", webhook_sorts, webhook_filters);
constexpr auto deliveries_of_webhook = list<webhooks::deliveries, delivery>("webhook", delivery_sorts, delivery_filters);
constexpr auto audit_trail = list<audit::list, audit_row>("", only_by_id, audit_filters);

// ---- routes of one kind -----------------------------------------------------------------------------------------------------

template <const contract::List& list>
constexpr Route listing(std::string_view path, std::string_view tag, Permission needs, std::string_view summary,
                        std::string_view id = {}) {
  return {.method = get,
          .path = path,
          .handler = contract::serve_list<list>,
          .summary = summary,
          .needs = needs,
          .response_schema = contract::list_schema<list>,
          .query = contract::list_parameters<list>,
          .headers = reading_headers,
          .response_headers = list_headers,
          .tag = tag,
          .id = id};
}
template <const auto& operation, class Param, const auto& table, auto write>
constexpr Route finding(std::string_view path, std::string_view tag, Permission needs, std::string_view summary) {
  return {.method = get,
          .path = path,
          .handler = serve<operation, contract::read_ref<ref_in<Param>>, write>,
          .summary = summary,
          .needs = needs,
          .response_schema = object_schema<table>,
          .headers = conditional_headers,
          .response_headers = row_headers,
          .tag = tag};
}
template <const auto& operation, class Param, const auto& draft, const auto& table, auto write>
constexpr Route changing(std::string_view path, std::string_view tag, Permission needs, std::string_view summary) {
  return {.method = patch,
          .path = path,
          .handler = serve<operation, contract::read_edit<ref_in<Param>, read_body<draft>, read_precondition>, write>,
          .summary = summary,
          .needs = needs,
          .request_schema = contract::schema_of<draft>,
          .response_schema = object_schema<table>,
          .headers = matching_headers,
          .response_headers = row_headers,
          .tag = tag};
}
template <const auto& operation, class Param>
constexpr Route removing(std::string_view path, std::string_view tag, Permission needs, std::string_view summary) {
  return {.method = del,
          .path = path,
          .handler = serve<operation, contract::read_removal<ref_in<Param>, read_precondition>, write_nothing>,
          .summary = summary,
          .needs = needs,
          .status = 204,
          .headers = matching_headers,
          .tag = tag};
}
/// Whatever is done by a POST.
template <const auto& operation, auto read, auto write, JsonSchema request_schema, JsonSchema response_schema, int status>
constexpr Route making(std::string_view path, std::string_view tag, Permission needs, std::string_view summary,
                       std::string_view id = {}) {
  using Headers = std::span<const Parameter>;
  return {.method = post,
          .path = path,
          .handler = serve<operation, read, write>,
          .summary = summary,
          .needs = needs,
          .request_schema = request_schema,
          .response_schema = response_schema,
          .status = status,
          .headers = creating_headers,
          .response_headers = status == 201 ? Headers{made_headers} : Headers{row_headers},
          .tag = tag,
          .id = id};
}

/// Of what has no version of its own, so that no entity tag stands for it, or of a POST that changes nothing.
constexpr Route untagged(Route route) {
  route.headers = reading_headers;
  route.response_headers = {};
  return route;
}

constexpr Route routes[] = {
    listing<all_tenants>("/api/v1/tenants", "Tenants", {Scope::tenants_read, AccessLevel::tenant},
                         "List the tenants that the caller may see"),
    making<tenants::create, read_body<new_tenant>, write_created<tenant, under_tenants, Tenant>, contract::schema_of<new_tenant>,
           object_schema<tenant>, 201>("/api/v1/tenants", "Tenants", {Scope::tenants_write, AccessLevel::host}, "Make a tenant"),
    finding<tenants::find, OfTenant, tenant, write_row<tenant, Tenant>>(
        "/api/v1/tenants/{tenant}", "Tenants", {Scope::tenants_read, AccessLevel::tenant}, "Look up one tenant"),
    changing<tenants::update, OfTenant, tenant_change, tenant, write_row<tenant, Tenant>>(
        "/api/v1/tenants/{tenant}", "Tenants", {Scope::tenants_write, AccessLevel::host},
        "Change a tenant: what is absent stays, null takes away"),
    removing<tenants::remove, OfTenant>("/api/v1/tenants/{tenant}", "Tenants", {Scope::tenants_write, AccessLevel::host},
                                        "Delete a tenant"),
    untagged(finding<quotas::find_of_tenant, OfTenant, quota_view, write_object<quota_view, quotas::View>>(
        "/api/v1/tenants/{tenant}/quotas", "Tenants", {Scope::tenants_read, AccessLevel::tenant},
        "See how much a tenant may have, and has")),
    untagged(changing<quotas::update_of_tenant, OfTenant, quota_change, quota_view, write_object<quota_view, quotas::View>>(
        "/api/v1/tenants/{tenant}/quotas", "Tenants", {Scope::tenants_write, AccessLevel::host},
        "Change a tenant's quotas: what is absent stays, null is as configured")),
    listing<all_operators>("/api/v1/operators", "Operators", {Scope::operators_read, AccessLevel::tenant},
                           "List the operators that the caller may see"),
    making<operators::create, read_new_operator, write_issued_operator, contract::schema_of<new_operator>,
           object_schema<issued_operator>, 201>("/api/v1/operators", "Operators", {Scope::operators_write, AccessLevel::tenant},
                                                "Make an operator, with a first key"),
    finding<operators::find, OfOperator, operator_, write_row<operator_, Operator>>(
        "/api/v1/operators/{operator}", "Operators", {Scope::operators_read, AccessLevel::tenant}, "Look up one operator"),
    changing<operators::update, OfOperator, operator_change, operator_, write_row<operator_, Operator>>(
        "/api/v1/operators/{operator}", "Operators", {Scope::operators_write, AccessLevel::tenant},
        "Change an operator: what is absent stays, null takes away"),
    removing<operators::remove, OfOperator>("/api/v1/operators/{operator}", "Operators",
                                            {Scope::operators_write, AccessLevel::tenant}, "Delete an operator"),
    listing<keys_of_operator>("/api/v1/operators/{operator}/keys", "Keys", {Scope::operators_read, AccessLevel::tenant},
                              "List an operator's keys", "keys.list_of_operator"),
    making<keys::create, read_new_key<KeyOwner::administrator, OfOperator>, write_issued_key, contract::schema_of<new_key>,
           object_schema<issued_key>, 201>("/api/v1/operators/{operator}/keys", "Keys",
                                           {Scope::operators_write, AccessLevel::tenant}, "Make a key for an operator",
                                           "keys.create_for_operator"),
    listing<apps_of_tenant>("/api/v1/tenants/{tenant}/apps", "Apps", {Scope::apps_read, AccessLevel::tenant},
                            "List a tenant's apps", "apps.list_of_tenant"),
    making<apps::create, read_new_app<OfTenant>, write_issued_app<to_apps>, contract::schema_of<new_app>,
           object_schema<issued_app>, 201>("/api/v1/tenants/{tenant}/apps", "Apps", {Scope::apps_write, AccessLevel::tenant},
                                           "Make an app, with a first key"),
    making<apps::create, read_new_app_of_tenant, write_issued_app<under_apps>, contract::schema_of<new_app_of_tenant>,
           object_schema<issued_app>, 201>("/api/v1/apps", "Apps", {Scope::apps_write, AccessLevel::tenant},
                                           "Make an app of the caller's tenant, or of one that the body names", create_of_tenant),
    listing<all_apps>("/api/v1/apps", "Apps", {Scope::apps_read, AccessLevel::app}, "List the apps that the caller may see",
                      "apps.list"),
    finding<apps::find, OfApp, app, write_app>("/api/v1/apps/{app}", "Apps", {Scope::apps_read, AccessLevel::app},
                                               "Look up one app"),
    changing<apps::update, OfApp, app_change, app, write_app>("/api/v1/apps/{app}", "Apps", {Scope::apps_write, AccessLevel::app},
                                                              "Change an app: what is absent stays, null takes away"),
    removing<apps::remove, OfApp>("/api/v1/apps/{app}", "Apps", {Scope::apps_write, AccessLevel::tenant}, "Delete an app"),
    untagged(finding<quotas::find_of_app, OfApp, quota_view, write_object<quota_view, quotas::View>>(
        "/api/v1/apps/{app}/quotas", "Apps", {Scope::apps_read, AccessLevel::app}, "See how much an app may have, and has")),
    untagged(changing<quotas::update_of_app, OfApp, quota_change, quota_view, write_object<quota_view, quotas::View>>(
        "/api/v1/apps/{app}/quotas", "Apps", {Scope::apps_write, AccessLevel::tenant},
        "Change an app's quotas: what is absent stays, null is as configured")),
    listing<keys_of_app>("/api/v1/apps/{app}/keys", "Keys", {Scope::keys_read, AccessLevel::app},
                         "List an app's keys, never their secrets", "keys.list_of_app"),
    making<keys::create, read_new_key<KeyOwner::app, OfApp>, write_issued_key, contract::schema_of<new_key>,
           object_schema<issued_key>, 201>("/api/v1/apps/{app}/keys", "Keys", {Scope::keys_write, AccessLevel::app},
                                           "Make a key for an app", "keys.create_for_app"),
    finding<keys::find, OfKey, key, write_row<key, Key>>("/api/v1/keys/{key}", "Keys", {Scope::keys_read, AccessLevel::app},
                                                         "Look up one key"),
    changing<keys::update, OfKey, key_change, key, write_row<key, Key>>("/api/v1/keys/{key}", "Keys",
                                                                        {Scope::keys_write, AccessLevel::app},
                                                                        "Change a key: what is absent stays, null takes away"),
    removing<keys::remove, OfKey>("/api/v1/keys/{key}", "Keys", {Scope::keys_write, AccessLevel::app}, "Delete a key"),
    making<keys::rotate, read_rotation<rotation, OfKey>, write_issued_key, contract::schema_of<rotation>,
           object_schema<issued_key>, 201>("/api/v1/keys/{key}/rotate", "Keys", {Scope::keys_write, AccessLevel::app},
                                           "Give a new secret; the old one ends at once, or after a while"),
    making<revoke_key, read_key_revocation, write_row<revoked_key, RevokedKey>, contract::schema_of<key_revocation>,
           object_schema<revoked_key>, 200>("/api/v1/keys/{key}/revoke", "Keys", {Scope::keys_write, AccessLevel::app},
                                            "End a key at once, and, if asked to, all that came of it"),
    untagged(making<keys::verify, read_key_check, write_object<status, keys::KeyStatus>, contract::schema_of<check>,
                    object_schema<status>, 200>("/api/v1/keys/verify", "Keys", {Scope::keys_verify, AccessLevel::app},
                                                "Ask whether a secret is good")),
    listing<members_of_app>("/api/v1/apps/{app}/members", "Members", {Scope::members_read, AccessLevel::app},
                            "List an app's members"),
    making<members::create, contract::read_new<ref_in<OfApp>, read_body<new_member>>, write_created<member, to_members, Member>,
           contract::schema_of<new_member>, object_schema<member>, 201>(
        "/api/v1/apps/{app}/members", "Members", {Scope::members_write, AccessLevel::app}, "Make a member"),
    finding<members::find, OfMember, member, write_row<member, Member>>(
        "/api/v1/members/{member}", "Members", {Scope::members_read, AccessLevel::app}, "Look up one member"),
    changing<members::update, OfMember, member_change, member, write_row<member, Member>>(
        "/api/v1/members/{member}", "Members", {Scope::members_write, AccessLevel::app},
        "Change a member: what is absent stays, null takes away"),
    removing<members::remove, OfMember>("/api/v1/members/{member}", "Members", {Scope::members_write, AccessLevel::app},
                                        "Delete a member"),
    listing<tokens_of_member>("/api/v1/members/{member}/tokens", "Member tokens", {Scope::tokens_read, AccessLevel::app},
                              "List a member's tokens"),
    making<member_tokens::create, contract::read_new<ref_in<OfMember>, read_body_if_any<new_member_token>>,
           write_issued_member_token, contract::schema_of<new_member_token>, object_schema<issued_member_token>, 201>(
        "/api/v1/members/{member}/tokens", "Member tokens", {Scope::tokens_write, AccessLevel::app},
        "Issue a token that stands for a member"),
    untagged(making<member_tokens::verify, read_shown_token, write_object<member_grant, member_tokens::Grant>,
                    contract::schema_of<shown_token>, object_schema<member_grant>, 200>(
        "/api/v1/member-tokens/verify", "Member tokens", {Scope::tokens_read, AccessLevel::app}, "Ask whom a token stands for")),
    making<member_tokens::revoke, contract::read_ref<ref_in<OfToken>>, write_object<member_token, MemberToken>, nullptr,
           object_schema<member_token>, 200>("/api/v1/member-tokens/{token}/revoke", "Member tokens",
                                             {Scope::tokens_write, AccessLevel::app}, "End a member token at once"),
    listing<rooms_of_app>("/api/v1/apps/{app}/rooms", "Rooms", {Scope::rooms_read, AccessLevel::app}, "List an app's rooms"),
    making<rooms::create, contract::read_new<ref_in<OfApp>, read_body<new_room>>, write_created<room, to_rooms, Room>,
           contract::schema_of<new_room>, object_schema<room>, 201>("/api/v1/apps/{app}/rooms", "Rooms",
                                                                    {Scope::rooms_write, AccessLevel::app}, "Make a room"),
    finding<rooms::find, OfRoom, room, write_row<room, Room>>("/api/v1/rooms/{room}", "Rooms",
                                                              {Scope::rooms_read, AccessLevel::app}, "Look up one room"),
    changing<rooms::update, OfRoom, room_change, room, write_row<room, Room>>(
        "/api/v1/rooms/{room}", "Rooms", {Scope::rooms_write, AccessLevel::app},
        "Change a room: what is absent stays, null takes away"),
    removing<rooms::remove, OfRoom>("/api/v1/rooms/{room}", "Rooms", {Scope::rooms_write, AccessLevel::app}, "Delete a room"),
    listing<tokens_of_room>("/api/v1/rooms/{room}/join-tokens", "Join tokens", {Scope::tokens_read, AccessLevel::app},
                            "List a room's join tokens"),
    making<join_tokens::create, contract::read_new<ref_in<OfRoom>, read_body_if_any<new_join_token>>, write_issued_join_token,
           contract::schema_of<new_join_token>, object_schema<issued_join_token>, 201>(
        "/api/v1/rooms/{room}/join-tokens", "Join tokens", {Scope::tokens_write, AccessLevel::app},
        "Issue a token to join a room once"),
    making<join_tokens::redeem, read_shown_token, write_object<redeemed, join_tokens::Redeemed>, contract::schema_of<shown_token>,
           object_schema<redeemed>, 200>("/api/v1/join-tokens/redeem", "Join tokens", {Scope::tokens_write, AccessLevel::app},
                                         "Use a join token up: of many at once, one succeeds"),
    finding<join_tokens::find, OfToken, join_token, write_row<join_token, JoinToken>>(
        "/api/v1/join-tokens/{token}", "Join tokens", {Scope::tokens_read, AccessLevel::app}, "Look up one join token"),
    making<join_tokens::revoke, contract::read_ref<ref_in<OfToken>>, write_object<join_token, JoinToken>, nullptr,
           object_schema<join_token>, 200>("/api/v1/join-tokens/{token}/revoke", "Join tokens",
                                           {Scope::tokens_write, AccessLevel::app}, "End a join token at once"),
    listing<stream_keys_of_app>("/api/v1/apps/{app}/stream-keys", "Stream keys", {Scope::tokens_read, AccessLevel::app},
                                "List an app's stream keys, never their secrets"),
    making<stream_keys::create, contract::read_new<ref_in<OfApp>, read_body_if_any<new_stream_key>>, write_issued_stream_key,
           contract::schema_of<new_stream_key>, object_schema<issued_stream_key>, 201>(
        "/api/v1/apps/{app}/stream-keys", "Stream keys", {Scope::tokens_write, AccessLevel::app}, "Make a stream key"),
    untagged(
        making<stream_keys::verify, read_shown_secret, write_object<stream_key, StreamKey>, contract::schema_of<shown_secret>,
               object_schema<stream_key>, 200>("/api/v1/stream-keys/verify", "Stream keys",
                                               {Scope::tokens_read, AccessLevel::app}, "Ask which stream key a secret is of")),
    finding<stream_keys::find, OfStreamKey, stream_key, write_row<stream_key, StreamKey>>(
        "/api/v1/stream-keys/{stream_key}", "Stream keys", {Scope::tokens_read, AccessLevel::app}, "Look up one stream key"),
    making<stream_keys::revoke, contract::read_ref<ref_in<OfStreamKey>>, write_object<stream_key, StreamKey>, nullptr,
           object_schema<stream_key>, 200>("/api/v1/stream-keys/{stream_key}/revoke", "Stream keys",
                                           {Scope::tokens_write, AccessLevel::app}, "End a stream key at once"),
    making<revocations::revoke, read_revocation, write_object<revoked, revocations::Outcome>, contract::schema_of<revocation>,
           object_schema<revoked>, 200>("/api/v1/apps/{app}/revocations", "Revocations", {Scope::tokens_write, AccessLevel::app},
                                        "End many tokens at once: by token, member, room or time"),
    listing<devices_of_app>("/api/v1/apps/{app}/devices", "Devices", {Scope::devices_read, AccessLevel::app},
                            "List an app's devices"),
    making<devices::create, contract::read_new<ref_in<OfApp>, read_body<new_device>>, write_created<device, to_devices, Device>,
           contract::schema_of<new_device>, object_schema<device>, 201>(
        "/api/v1/apps/{app}/devices", "Devices", {Scope::devices_write, AccessLevel::app}, "Make a device"),
    finding<devices::find, OfDevice, device, write_row<device, Device>>(
        "/api/v1/devices/{device}", "Devices", {Scope::devices_read, AccessLevel::app}, "Look up one device"),
    changing<devices::update, OfDevice, device_change, device, write_row<device, Device>>(
        "/api/v1/devices/{device}", "Devices", {Scope::devices_write, AccessLevel::app},
        "Change a device: what is absent stays, null takes away"),
    removing<devices::remove, OfDevice>("/api/v1/devices/{device}", "Devices", {Scope::devices_write, AccessLevel::app},
                                        "Delete a device"),
    listing<readings_of_device>("/api/v1/devices/{device}/readings", "Devices", {Scope::devices_read, AccessLevel::app},
                                "List what a device reported"),
    listing<sessions_of_app>("/api/v1/apps/{app}/sessions", "Call records", {Scope::sessions_read, AccessLevel::app},
                             "List an app's sessions"),
    finding<sessions::find, OfSession, record, write_object<record, sessions::Record>>(
        "/api/v1/sessions/{session}", "Call records", {Scope::sessions_read, AccessLevel::app},
        "Look up the record of one session"),
    listing<usage_of_app>("/api/v1/apps/{app}/usage", "Usage", {Scope::usage_read, AccessLevel::app},
                          "List what an app used, by month"),
    making<events::report, read_batch, write_batch_result, batch_schema, batch_result_schema, 202>(
        "/api/v1/apps/{app}/events", "Events", {Scope::events_write, AccessLevel::app}, "Report what happened, all or nothing"),
    {.method = get,
     .path = "/api/v1/apps/{app}/events",
     .handler = serve_feed<events::open_feed, read_position, write_feed_head, follow_events>,
     .summary = "Follow an app's events as they come",
     .needs = {Scope::events_read, AccessLevel::app},
     .response_schema = feed_schema,
     .query = feed_query,
     .headers = feed_headers,
     .tag = "Events",
     .media = "text/event-stream"},
    listing<webhooks_of_app>("/api/v1/apps/{app}/webhooks", "Webhooks", {Scope::webhooks_read, AccessLevel::app},
                             "List an app's webhooks"),
    making<webhooks::create, read_new_webhook, write_issued_webhook, contract::schema_of<new_webhook>,
           object_schema<issued_webhook>, 201>("/api/v1/apps/{app}/webhooks", "Webhooks",
                                               {Scope::webhooks_write, AccessLevel::app}, "Make a webhook"),
    finding<webhooks::find, OfWebhook, webhook, write_row<webhook, Webhook>>(
        "/api/v1/webhooks/{webhook}", "Webhooks", {Scope::webhooks_read, AccessLevel::app}, "Look up one webhook"),
    changing<webhooks::update, OfWebhook, webhook_change, webhook, write_row<webhook, Webhook>>(
        "/api/v1/webhooks/{webhook}", "Webhooks", {Scope::webhooks_write, AccessLevel::app},
        "Change a webhook: what is absent stays, null takes away"),
    removing<webhooks::remove, OfWebhook>("/api/v1/webhooks/{webhook}", "Webhooks", {Scope::webhooks_write, AccessLevel::app},
                                          "Delete a webhook"),
    making<webhooks::rotate, read_rotation<webhook_rotation, OfWebhook>, write_issued_webhook,
           contract::schema_of<webhook_rotation>, object_schema<issued_webhook>, 201>(
        "/api/v1/webhooks/{webhook}/rotate", "Webhooks", {Scope::webhooks_write, AccessLevel::app},
        "Give a new signing secret beside the old one, which ends after a while"),
    listing<deliveries_of_webhook>("/api/v1/webhooks/{webhook}/deliveries", "Webhooks", {Scope::webhooks_read, AccessLevel::app},
                                   "List what was sent to a webhook"),
    making<webhooks::replay, contract::read_ref<ref_in<OfDelivery>>, write_replayed, nullptr, object_schema<delivery>, 202>(
        "/api/v1/deliveries/{delivery}/replay", "Webhooks", {Scope::webhooks_write, AccessLevel::app}, "Send an event again"),
    listing<audit_trail>("/api/v1/audit", "Audit", {Scope::audit_read, AccessLevel::app},
                         "List who changed what, the first change first"),
    {.method = get,
     .path = "/api/v1/jwks.json",
     .handler = serve<show_keys, read_nothing, write_key_set>,
     .summary = "The public keys that join tokens are signed with (RFC 7517)",
     .is_open = true,
     .needs_store = false,
     .response_schema = jwks_schema,
     .tag = "Documents"},
    {.method = get,
     .path = "/api/v1/openapi.json",
     .handler = serve<show_document, read_prefix, write_document>,
     .summary = "This document",
     .is_open = true,
     .needs_store = false,
     .response_schema = document_schema,
     .headers = conditional_headers,
     .response_headers = row_headers,
     .tag = "Documents"},
};

/// Whoever comes is either let in by a scope or by nobody: a route says which.
static_assert(std::all_of(std::begin(routes), std::end(routes),
                          [](const Route& route) { return route.is_open != (route.needs.scope != Scope::none); }));

constexpr PathFamily path_families[] = {{"/api/v1"}};

std::vector<int> error_statuses(const Route& route) {
  const auto has_header = [&](std::string_view name) {
    return std::any_of(route.headers.begin(), route.headers.end(), [&](const Parameter& each) { return each.name == name; });
  };
  const bool is_change = route.handler.access == Access::write;
  const auto operation = route.handler.operation;
  const bool is_naming_tenant = operation == operators::create.name || route.id == create_of_tenant;  // in the body
  // What may have come to its end before it is shown.
  const bool is_showing =
      operation == join_tokens::redeem.name || operation == member_tokens::verify.name || operation == stream_keys::verify.name;
  std::vector<int> statuses;
  const auto add = [&](bool occurs, std::initializer_list<int> some) {
    if (occurs) statuses.insert(statuses.end(), some);
  };
  add(route.request_schema != nullptr, {400, 413, 415});
  add(!route.is_open, {401, 403, 429});
  add(route.path.find('{') != std::string_view::npos || is_showing || is_naming_tenant, {404});
  add(is_change, {409});
  add(is_showing, {410});
  add(has_header(header::if_match), {412});
  add(route.request_schema != nullptr || !route.query.empty() || has_header(header::idempotency_key), {422});
  add(true, {503});
  std::sort(statuses.begin(), statuses.end());
  return statuses;
}

constexpr Tag tags[] = {
    {"Tenants", "Owners of apps"},
    {"Operators", "Persons and programs that administer a tenant, or all"},
    {"Apps", "What holds credentials"},
    {"Keys", "Secrets of apps and operators"},
    {"Members", "Users of an app"},
    {"Member tokens", "What stands for a member"},
    {"Rooms", "Places for sessions"},
    {"Join tokens", "Rights to enter a room once"},
    {"Stream keys", "Rights to send a stream in"},
    {"Revocations", "Ending many tokens at once"},
    {"Devices", "Things that belong to an app or a member"},
    {"Call records", "What happened in rooms, as media servers reported it"},
    {"Usage", "Counters by month"},
    {"Events", "Reports in, news out"},
    {"Webhooks", "Where news is sent, signed"},
    {"Audit", "Who changed what"},
    {"Documents", "What programs read"},
};

constexpr Parameter path_parameters[] = {
    {"tenant", "string", "A tenant, by id or uid"},   {"operator", "string", "An operator, by id or uid"},
    {"app", "string", "An app, by id or uid"},        {"key", "string", "A key, by id or uid"},
    {"member", "string", "A member, by id or uid"},   {"room", "string", "A room, by id or uid"},
    {"token", "string", "A token, by id or uid"},     {"stream_key", "string", "A stream key, by id or uid"},
    {"device", "string", "A device, by id or uid"},   {"session", "string", "A session, by id"},
    {"webhook", "string", "A webhook, by id or uid"}, {"delivery", "string", "A delivery, by id or uid"},
};

Result<Principal> authenticate(Transaction& tx, const Context& context, const Credentials& presented, const Params&) {
  if (presented.secret.empty())
    return Error{Errc::unauthenticated, Reason{"credential.missing"}, "send Authorization: Bearer and a secret"};
  return keys::authenticate(tx, context, presented.secret, presented.address);
}

constexpr AuthenticationScheme scheme{
    .name = "credential",
    .read_credentials = contract::read_bearer,
    .authenticate = authenticate,
    .document = R"({"type":"http","scheme":"bearer","description":"The secret of a key of an operator or an app"})"};

}  // namespace

}  // namespace innkeeper::dialects::native

namespace innkeeper {

constinit const Dialect native{
    .name = "native",
    .title = "innkeeper",
    .routes = dialects::native::routes,
    .path_families = dialects::native::path_families,
    .conventions = {.accepts_request_id = true,
                    .answers_options = true,
                    .is_conditional = true,
                    .rate_headers = RateHeaders::fields,
                    .is_idempotent = true},
    .scheme = &dialects::native::scheme,
    .render_error = dialects::native::render_error,
    .error_schema = dialects::native::error_schema,
    .error_statuses = dialects::native::error_statuses,
    .error_media = "application/problem+json",
    .about =
        "Tenants, apps and the whole life of a key; rooms, members, devices and what happens with them. Times are RFC 3339 in "
        "UTC, ids are opaque strings, and a path takes an id or a uid. Every answer has an X-Request-Id; RateLimit tells what "
        "is left (RFC 9457 for problems, RFC 9110 for ETag, If-Match and If-None-Match).",
    .license = "BSL-1.0",
    .tags = dialects::native::tags,
    .path_parameters = dialects::native::path_parameters,
};

}  // namespace innkeeper
