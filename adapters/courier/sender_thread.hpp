#pragma once

#include "adapters/courier/resolver.hpp"

#include <innkeeper/courier.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

namespace innkeeper::courier {

class Delivery;

/// The courier's thread: it polls the queue, runs its maintenance, and serves every delivery in progress, so that these need no
/// locks. A call of the queue blocks the thread for as long as the store takes; time-outs are late by no more than that.
class SenderThread {
 public:
  SenderThread(WebhookQueue& webhook_queue, CourierOptions options, boost::asio::ssl::context trust);
  /// Cuts what is under way and joins the thread.
  ~SenderThread();

  void start();

  // From the sender's own thread.
  const CourierOptions& options() const { return options_; }
  boost::asio::io_context& context() { return context_; }
  boost::asio::ssl::context& trust() { return trust_; }
  Resolver& resolver() { return resolver_; }
  /// Completes a request and logs the result.
  void complete(Id id, std::string_view host, const DeliveryResult& result) noexcept;
  /// Notes an exception that nobody expected.
  void report(std::exception_ptr defect) noexcept;

 private:
  using Step = void (SenderThread::*)();

  void run() noexcept;
  void repeat(Step step, boost::asio::steady_timer& timer, std::chrono::milliseconds period);
  void poll();
  void maintain() { webhook_queue_.maintain(); }
  void send(WebhookRequest webhook_request) noexcept;
  void note(Severity severity, std::string_view event, std::initializer_list<LogField> fields) noexcept;

  WebhookQueue& webhook_queue_;
  const CourierOptions options_;
  boost::asio::ssl::context trust_;
  boost::asio::io_context context_{1};
  Resolver resolver_{context_};
  boost::asio::steady_timer next_poll_{context_};
  boost::asio::steady_timer next_maintenance_{context_};
  std::vector<std::weak_ptr<Delivery>> under_way_;
  std::thread thread_;
};

}  // namespace innkeeper::courier
