#pragma once

#include <innkeeper/courier.hpp>
#include <innkeeper/operations.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// Which deliveries a courier gets, and their results.
namespace innkeeper::webhooks {

/// Who is sent to: what one tenant has at one scheme, host and port. Another tenant's failures there are not its own.
using Receiver = std::pair<Id, std::string>;

/// What is remembered from one look for deliveries to the next. Tenants take turns, and so do the webhooks of each; a receiver
/// that fails or does not answer rests between attempts, ever longer. Small: it knows what is under way, who failed lately, and
/// where turns go on.
class Dispatch {
 public:
  /// Forgets leases and failures that have expired.
  void refresh(Instant now);
  /// Whether a tenant may have one more of the courier's slots. What it holds must be less than what is free, so that half stay
  /// free beside one tenant, a third beside two, and so on.
  bool has_share(Id tenant, std::size_t free) const { return held_by(tenant) < free; }
  bool may_send(Id webhook, const Receiver& receiver) const;
  void note_taken(Id delivery, Id webhook, Receiver receiver, Instant until);
  void note_result(Id delivery, const DeliveryResult& result, Instant now);

  Id last_tenant{};                  ///< Whose turn it was last.
  std::map<Id, Id> last_webhooks{};  ///< Whose turn it was last inside of a tenant that has something pending.

 private:
  struct Lease {
    Id webhook{};
    Receiver receiver{};
    Instant begun{};
    Instant until{};  ///< From then on it counts as lost.
  };
  struct Failures {
    int count = 0;  ///< Since the last success.
    Instant rests_until{};
  };
  std::size_t held_by(Id tenant) const;

  Instant now_{};
  std::map<Id, Lease> leases_{};
  std::map<Receiver, Failures> failures_{};
};

/// The requests that are due, at most so many, by turns of tenants and webhooks; they are leased, and not due for a while. Looks
/// at a bounded number of tenants and webhooks, each by an index; the next call goes on behind them.
Result<std::vector<WebhookRequest>> take_due(Transaction&, const Context&, std::size_t most, Dispatch&);
/// Stores the result of one.
Result<void> complete(Transaction&, const Context&, Id delivery, const DeliveryResult&);

}  // namespace innkeeper::webhooks
