#pragma once

#include <innkeeper/contract/webhook_format.hpp>
#include <innkeeper/operations.hpp>

#include <cstdint>
#include <string_view>

/// What every way of changing a webhook goes by.
namespace innkeeper::domain {

/// Each event costs a row for each webhook that wants it.
inline constexpr std::int64_t most_webhooks = 20;

/// A contract's webhook format. Null: there is no such contract, or it has none.
const WebhookFormat* find_webhook_format(const Context&, std::string_view contract);

/// Scheme, host and port of a URL.
std::string_view origin_of(std::string_view url);

/// Credentials are for one scheme, host and port: whether a change would show them to another. `has_new_credential`: it brings
/// others, or takes them away.
bool exposes_credential(const Webhook& before, std::string_view url, bool has_new_credential);
inline constexpr std::string_view about_exposed_credentials =
    "must be given anew, or null, where the URL leads to another server";

}  // namespace innkeeper::domain
