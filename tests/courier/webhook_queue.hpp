#pragma once

#include "tests/support/environment.hpp"

#include <innkeeper/courier.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace innkeeper::tests {

/// A queue in memory. Any of its calls may be made to fail.
class FakeWebhookQueue final : public WebhookQueue {
 public:
  std::vector<WebhookRequest> take(std::size_t most) override;
  void complete(Id id, const DeliveryResult& result) override;
  void maintain() override;

  /// Adds a request; returns its id.
  Id put(WebhookRequest webhook_request);
  /// Waits until it is completed. A request that takes too long is an error.
  DeliveryResult wait_for(Id id);
  /// How often it was completed so far.
  std::size_t results_of(Id id) const;
  std::size_t untaken() const;
  int maintenance_calls() const { return maintenance_calls_; }

  std::atomic<int> failures = 0;  ///< As many of the next calls throw.
  std::atomic<int> failed = 0;    ///< As many have thrown.

 private:
  void maybe_fail();
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<WebhookRequest> webhook_requests_;
  std::multimap<Id, DeliveryResult> results_;
  std::int64_t last_ = 0;
  std::atomic<int> maintenance_calls_ = 0;
};

/// A queue, a log and a courier between them.
struct Post {
  explicit Post(CourierOptions options = with_private());

  /// Sends a request and waits for its result.
  DeliveryResult send(const std::string& url, Headers headers = {}, std::string body = "{}");
  /// Waits until a line begins so; answers it.
  std::string line_beginning(const std::string& text) const;

  KeepingLog log;
  FakeWebhookQueue webhook_queue;
  std::unique_ptr<Courier> courier;

  /// Options for servers on this machine.
  static CourierOptions with_private();
};

/// Waits until `is_so`, for ten seconds at most. Answers whether it came to be.
bool eventually(const std::function<bool()>& is_so);

}  // namespace innkeeper::tests
