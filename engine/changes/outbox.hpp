#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/operation.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace innkeeper::changes {

/// Whether one of the patterns in a list (`room.created`, `session.*`, `*`, blanks between them) fits a type.
bool is_wanted(std::string_view patterns, std::string_view type);

/// An event as webhooks and feeds tell it: `id`, `type`, `timestamp`, `app` and `data`.
std::string message_of(const Event&, std::string_view app_uid);

/// An object in which every text that is `text`, at any depth, reads `instead`.
JsonText with_another_text(const JsonText& object, std::string_view text, std::string_view instead);

/// Stores events for an app's feed and webhooks, in the transaction that causes them. For one app; it looks up the webhooks once.
class Outbox {
 public:
  Outbox(Transaction& tx, const Context& context, Id tenant, Id app) : tx_(tx), context_(context), tenant_(tenant), app_(app) {}

  /// An empty uid is made here.
  Result<void> put(std::string type, Instant at, JsonText data, std::string uid = {});

 private:
  Transaction& tx_;
  const Context& context_;
  Id tenant_;
  Id app_;
  std::optional<std::vector<Webhook>> webhooks_;
};

}  // namespace innkeeper::changes
