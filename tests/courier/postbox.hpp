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

/// A postbox in memory. Whatever is asked of it may be made to fail.
class FakePostbox final : public Postbox {
 public:
  std::vector<Parcel> take(std::size_t most) override;
  void settle(Id parcel, const Receipt& receipt) override;
  void tend() override;

  /// Puts a parcel in; answers its id.
  Id put(Parcel parcel);
  /// Waits until it is settled. A parcel that takes too long is an error.
  Receipt wait_for(Id parcel);
  /// How often it was settled so far.
  std::size_t receipts_of(Id parcel) const;
  std::size_t untaken() const;
  int tendings() const { return tendings_; }

  std::atomic<int> failures = 0;  ///< As many of the next calls throw.
  std::atomic<int> failed = 0;    ///< As many have thrown.

 private:
  void maybe_fail();
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Parcel> parcels_;
  std::multimap<Id, Receipt> receipts_;
  std::int64_t last_ = 0;
  std::atomic<int> tendings_ = 0;
};

/// A postbox, a log and a courier between them.
struct Post {
  explicit Post(CourierOptions options = with_private());

  /// Sends a parcel and waits for what becomes of it.
  Receipt send(const std::string& url, Headers headers = {}, std::string body = "{}");
  /// Waits until a line begins so; answers it.
  std::string line_beginning(const std::string& text) const;

  KeepingLog log;
  FakePostbox postbox;
  std::unique_ptr<Courier> courier;

  /// Options for servers on this machine.
  static CourierOptions with_private();
};

/// Waits until `is_so`, for ten seconds at most. Answers whether it came to be.
bool eventually(const std::function<bool()>& is_so);

}  // namespace innkeeper::tests
