#include "tests/dialects/privileges.hpp"

#include <innkeeper/contract/dialect.hpp>

#include <algorithm>
#include <iterator>

namespace innkeeper::tests {

namespace {

constexpr Recipe recipes[] = {
    {"GET /api/v1/tenants"},
    {"POST /api/v1/tenants", R"({"name":"new"})"},
    {"GET /api/v1/tenants/{tenant}"},
    {"PATCH /api/v1/tenants/{tenant}", R"({"name":"new"})"},
    {"DELETE /api/v1/tenants/{tenant}"},
    {"GET /api/v1/tenants/{tenant}/quotas"},
    {"PATCH /api/v1/tenants/{tenant}/quotas", R"({"rooms":7})"},
    {"GET /api/v1/operators"},
    {"POST /api/v1/operators", R"({"name":"new","tenant":"{tenant.uid}"})"},
    {"GET /api/v1/operators/{operator}"},
    {"PATCH /api/v1/operators/{operator}", R"({"name":"new"})"},
    {"DELETE /api/v1/operators/{operator}"},
    {"GET /api/v1/operators/{operator}/keys"},
    {"POST /api/v1/operators/{operator}/keys"},
    {"GET /api/v1/tenants/{tenant}/apps"},
    {"POST /api/v1/tenants/{tenant}/apps", R"({"name":"new","mode":"live"})"},
    {"GET /api/v1/apps"},
    {"POST /api/v1/apps", R"({"name":"new","mode":"live","tenant":"{tenant.uid}"})"},
    {"GET /api/v1/apps/{app}"},
    {"PATCH /api/v1/apps/{app}", R"({"name":"new"})"},
    {"DELETE /api/v1/apps/{app}"},
    {"GET /api/v1/apps/{app}/quotas"},
    {"PATCH /api/v1/apps/{app}/quotas", R"({"rooms":7})"},
    {"GET /api/v1/apps/{app}/keys"},
    {"POST /api/v1/apps/{app}/keys"},
    {"GET /api/v1/keys/{key}"},
    {"PATCH /api/v1/keys/{key}", R"({"label":"new"})"},
    {"DELETE /api/v1/keys/{key}"},
    {"POST /api/v1/keys/{key}/rotate"},
    {"POST /api/v1/keys/{key}/revoke"},
    {"POST /api/v1/keys/verify", R"({"secret":"{key.secret}"})"},
    {"GET /api/v1/apps/{app}/members"},
    {"POST /api/v1/apps/{app}/members", R"({"name":"new"})"},
    {"GET /api/v1/members/{member}"},
    {"PATCH /api/v1/members/{member}", R"({"name":"new"})"},
    {"DELETE /api/v1/members/{member}"},
    {"GET /api/v1/members/{member}/tokens"},
    {"POST /api/v1/members/{member}/tokens"},
    {"POST /api/v1/member-tokens/verify", R"({"token":"{member_token.secret}"})"},
    {"POST /api/v1/member-tokens/{token}/revoke"},
    {"GET /api/v1/apps/{app}/rooms"},
    {"POST /api/v1/apps/{app}/rooms", R"({"name":"new"})"},
    {"GET /api/v1/rooms/{room}"},
    {"PATCH /api/v1/rooms/{room}", R"({"name":"new"})"},
    {"DELETE /api/v1/rooms/{room}"},
    {"GET /api/v1/rooms/{room}/join-tokens"},
    {"POST /api/v1/rooms/{room}/join-tokens", "{}"},
    {"POST /api/v1/join-tokens/redeem", R"({"token":"{join_token.secret}"})"},
    {"GET /api/v1/join-tokens/{token}"},
    {"POST /api/v1/join-tokens/{token}/revoke"},
    {"GET /api/v1/apps/{app}/stream-keys"},
    {"POST /api/v1/apps/{app}/stream-keys"},
    {"POST /api/v1/stream-keys/verify", R"({"secret":"{stream_key.secret}"})"},
    {"GET /api/v1/stream-keys/{stream_key}"},
    {"POST /api/v1/stream-keys/{stream_key}/revoke"},
    {"POST /api/v1/apps/{app}/revocations", R"({"kind":"join_tokens"})"},
    {"GET /api/v1/apps/{app}/devices"},
    {"POST /api/v1/apps/{app}/devices", R"({"name":"new"})"},
    {"GET /api/v1/devices/{device}"},
    {"PATCH /api/v1/devices/{device}", R"({"name":"new"})"},
    {"DELETE /api/v1/devices/{device}"},
    {"GET /api/v1/devices/{device}/readings"},
    {"GET /api/v1/apps/{app}/sessions"},
    {"GET /api/v1/sessions/{session}"},
    {"GET /api/v1/apps/{app}/usage"},
    {"POST /api/v1/apps/{app}/events", R"({"events":[{"id":"new","type":"usage","at":"2024-03-04T01:00:00Z","signaling":1}]})"},
    {"GET /api/v1/apps/{app}/events"},
    {"GET /api/v1/apps/{app}/webhooks"},
    {"POST /api/v1/apps/{app}/webhooks", R"({"url":"https://new.example/"})"},
    {"GET /api/v1/webhooks/{webhook}"},
    {"PATCH /api/v1/webhooks/{webhook}", R"({"label":"new"})"},
    {"DELETE /api/v1/webhooks/{webhook}"},
    {"POST /api/v1/webhooks/{webhook}/rotate"},
    {"GET /api/v1/webhooks/{webhook}/deliveries"},
    {"POST /api/v1/deliveries/{delivery}/replay"},
    {"GET /api/v1/audit"},
    {"GET /api/v1/jwks.json"},
    {"GET /api/v1/openapi.json"},
};

}  // namespace

const Recipe* find_recipe(const Route& route) {
  const auto name = std::string{to_string(route.method)}.append(" ").append(route.path);
  const auto* const found =
      std::find_if(std::begin(recipes), std::end(recipes), [&](const Recipe& each) { return each.route == name; });
  return found == std::end(recipes) ? nullptr : found;
}

}  // namespace innkeeper::tests
