#include "adapters/courier/sender_thread.hpp"

#include "adapters/courier/delivery.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace innkeeper::courier {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::milliseconds shortest_interval{1};
constexpr std::chrono::milliseconds maintenance_interval{1'000};

}  // namespace

SenderThread::SenderThread(WebhookQueue& webhook_queue, CourierOptions options, asio::ssl::context trust)
    : webhook_queue_(webhook_queue), options_(std::move(options)), trust_(std::move(trust)) {}

SenderThread::~SenderThread() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

void SenderThread::start() {
  thread_ = std::thread([this] { run(); });
}

void SenderThread::run() noexcept {
  asio::post(context_, [this] { repeat(&SenderThread::poll, next_poll_, std::max(options_.interval, shortest_interval)); });
  asio::post(context_, [this] { repeat(&SenderThread::maintain, next_maintenance_, maintenance_interval); });
  for (;;) {
    try {
      context_.run();
      return;
    } catch (...) {
      report(std::current_exception());
    }
  }
}

void SenderThread::repeat(Step step, asio::steady_timer& timer, std::chrono::milliseconds period) {
  try {
    (this->*step)();
  } catch (...) {
    report(std::current_exception());
  }
  timer.expires_after(period);
  timer.async_wait([this, step, &timer, period](const boost::system::error_code&) { repeat(step, timer, period); });
}

/// A slot is free when its delivery is gone for good, and with it the thread that looks up its name.
void SenderThread::poll() {
  std::erase_if(under_way_, [](const auto& each) { return each.expired(); });
  if (under_way_.size() >= options_.parallel) return;
  for (WebhookRequest& webhook_request : webhook_queue_.take(options_.parallel - under_way_.size()))
    send(std::move(webhook_request));
}

void SenderThread::send(WebhookRequest webhook_request) noexcept {
  const Id id = webhook_request.id;
  try {
    const auto delivery = std::make_shared<Delivery>(*this, std::move(webhook_request));
    under_way_.push_back(delivery);
    delivery->start();
  } catch (...) {
    report(std::current_exception());
    complete(id, {}, {.fault = "internal"});
  }
}

void SenderThread::complete(Id id, std::string_view host, const DeliveryResult& result) noexcept {
  if (result.fault.empty())
    note(Severity::debug, "courier.delivered", {{"parcel", number(id)}, {"host", host}, {"status", std::int64_t{result.status}}});
  else
    note(Severity::warning, "courier.failed",
         {{"parcel", number(id)}, {"host", host}, {"fault", std::string_view(result.fault)}});
  try {
    webhook_queue_.complete(id, result);
  } catch (...) {
    report(std::current_exception());
  }
}

void SenderThread::report(std::exception_ptr defect) noexcept {
  try {
    std::rethrow_exception(std::move(defect));
  } catch (const std::exception& exception) {
    note(Severity::error, "courier.exception", {{"what", std::string_view(exception.what())}});
  } catch (...) {
    note(Severity::error, "courier.exception", {});
  }
}

void SenderThread::note(Severity severity, std::string_view event, std::initializer_list<LogField> fields) noexcept {
  try {
    if (options_.log != nullptr && severity >= options_.log->threshold())
      options_.log->write(severity, event, {fields.begin(), fields.size()});
  } catch (...) {  // a log that fails has nobody left to tell
  }
}

}  // namespace innkeeper::courier
