#include "adapters/courier/office.hpp"

#include "adapters/courier/delivery.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace innkeeper::courier {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::milliseconds shortest_interval{1};
constexpr std::chrono::milliseconds between_tendings{1'000};

}  // namespace

Office::Office(Postbox& postbox, CourierOptions options, asio::ssl::context trust)
    : postbox_(postbox), options_(std::move(options)), trust_(std::move(trust)) {}

Office::~Office() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

void Office::start() {
  thread_ = std::thread([this] { run(); });
}

void Office::run() noexcept {
  asio::post(context_, [this] { repeat(&Office::look, next_look_, std::max(options_.interval, shortest_interval)); });
  asio::post(context_, [this] { repeat(&Office::tend, next_tending_, between_tendings); });
  for (;;) {
    try {
      context_.run();
      return;
    } catch (...) {
      report(std::current_exception());
    }
  }
}

void Office::repeat(Duty duty, asio::steady_timer& timer, std::chrono::milliseconds period) {
  try {
    (this->*duty)();
  } catch (...) {
    report(std::current_exception());
  }
  timer.expires_after(period);
  timer.async_wait([this, duty, &timer, period](const boost::system::error_code&) { repeat(duty, timer, period); });
}

/// A place is free when its delivery is gone for good, and with it the thread that looks up its name.
void Office::look() {
  std::erase_if(under_way_, [](const auto& each) { return each.expired(); });
  if (under_way_.size() >= options_.parallel) return;
  for (Parcel& parcel : postbox_.take(options_.parallel - under_way_.size())) send_off(std::move(parcel));
}

void Office::send_off(Parcel parcel) noexcept {
  const Id id = parcel.id;
  try {
    const auto delivery = std::make_shared<Delivery>(*this, std::move(parcel));
    under_way_.push_back(delivery);
    delivery->start();
  } catch (...) {
    report(std::current_exception());
    settle(id, {}, {.fault = "internal"});
  }
}

void Office::settle(Id parcel, std::string_view host, const Receipt& receipt) noexcept {
  if (receipt.fault.empty())
    note(Severity::debug, "courier.delivered",
         {{"parcel", number(parcel)}, {"host", host}, {"status", std::int64_t{receipt.status}}});
  else
    note(Severity::warning, "courier.failed",
         {{"parcel", number(parcel)}, {"host", host}, {"fault", std::string_view(receipt.fault)}});
  try {
    postbox_.settle(parcel, receipt);
  } catch (...) {
    report(std::current_exception());
  }
}

void Office::report(std::exception_ptr defect) noexcept {
  try {
    std::rethrow_exception(std::move(defect));
  } catch (const std::exception& exception) {
    note(Severity::error, "courier.exception", {{"what", std::string_view(exception.what())}});
  } catch (...) {
    note(Severity::error, "courier.exception", {});
  }
}

void Office::note(Severity severity, std::string_view event, std::initializer_list<LogField> fields) noexcept {
  try {
    if (options_.log != nullptr && severity >= options_.log->threshold())
      options_.log->write(severity, event, {fields.begin(), fields.size()});
  } catch (...) {  // a log that fails has nobody left to tell
  }
}

}  // namespace innkeeper::courier
