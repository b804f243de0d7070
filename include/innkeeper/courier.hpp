#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/message.hpp>
#include <innkeeper/result.hpp>
#include <innkeeper/types.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace innkeeper {

/// A signed webhook message, to be sent as an HTTP POST.
struct WebhookRequest {
  Id id{};
  std::string url{};  ///< `http` or `https`.
  Headers headers{};
  std::string body{};
  std::chrono::seconds timeout{};  ///< 0: the courier's default.
};

/// The outcome of one delivery attempt.
struct DeliveryResult {
  int status = 0;  ///< HTTP status of the response; 0: there was none.
  /// Why there was none: `url`, `address.refused`, `resolve`, `connect`, `tls`, `timeout`, `answer`, `internal`.
  std::string fault{};
};

/// The webhook requests that wait for delivery. Thread safe; its members block on the store.
class WebhookQueue {
 public:
  virtual ~WebhookQueue() = default;
  /// Takes requests that are due, at most `most`, which is the number of free delivery slots. It may return fewer than are due,
  /// to leave slots for other tenants. Each request is leased: it is returned again only if it is not completed within two
  /// minutes.
  virtual std::vector<WebhookRequest> take(std::size_t most) = 0;
  /// Reports the result of one request. One that was not delivered becomes due again later, until its retries are used up.
  virtual void complete(Id, const DeliveryResult&) = 0;
  /// Periodic maintenance: purges expired records, polls for events of other processes. Called about once a second.
  virtual void maintain() = 0;
};

struct CourierOptions {
  bool may_reach_private = false;  ///< Also deliver to loopback, private, link-local and other addresses that are not public.
  std::size_t parallel = 16;       ///< Requests in flight at a time, and so the most taken per `interval`.
  std::chrono::milliseconds interval{250};  ///< Between polls of the queue.
  std::chrono::seconds timeout{15};         ///< For a request without one, from the name look-up to the end of the response head.
  std::string ca_file{};                    ///< Certificates to trust, PEM; empty: the system's.
  Log* log = nullptr;                       ///< Outlives the courier. Null drops its lines.
};

/// Delivers the requests of a queue over HTTP/1.1 and HTTPS. Owns one thread, which calls the queue and the log, and one more for
/// each name look-up in progress. Each name is resolved once, all its addresses are checked, and the connection goes to a checked
/// address; redirects are not followed.
class Courier {
 public:
  /// Errors: `unavailable` if the certificates cannot be read. The queue outlives the courier.
  static Result<std::unique_ptr<Courier>> start(WebhookQueue&, CourierOptions);
  /// Aborts deliveries in progress without completing them, so that they become due again later. Waits for a call of the queue to
  /// return, but not for a peer or a look-up.
  ~Courier();

 private:
  class Impl;
  explicit Courier(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace innkeeper
