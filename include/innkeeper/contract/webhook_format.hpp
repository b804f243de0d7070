#pragma once

#include <innkeeper/message.hpp>
#include <innkeeper/model.hpp>
#include <innkeeper/result.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace innkeeper {

struct Context;
class Transaction;

/// How a contract formats the messages to an app's webhooks. All members have static storage duration.
struct WebhookFormat {
  std::string_view contract;        ///< The dialect's name; empty: the native one.
  std::string_view default_events;  ///< Default event patterns, as `Webhook::events`.
  /// The body of a message, whose delivery has this uid; nothing if the contract has no message for the event.
  Result<std::optional<std::string>> (*format)(Transaction&, const Context&, const Event&, const App&, std::string_view delivery);
  std::span<const std::chrono::seconds> retry_delays;  ///< Delays between attempts, each varied by a tenth.
  std::chrono::seconds timeout{};                      ///< For one attempt; 0: the courier's default.
  bool is_any_answer_final = false;                    ///< Only attempts without a response are retried.
  /// Adds headers to those of every message (content type, signature, credentials, trace). May be null.
  void (*add_headers)(std::string_view delivery, Headers&) = nullptr;
};

}  // namespace innkeeper
