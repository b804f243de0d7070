#pragma once

#include "adapters/courier/directory.hpp"

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

/// The courier's thread: it looks into the postbox, tends it, and serves every delivery under way, so that these need no locks.
/// A call of the postbox holds up the thread for as long as the store takes; time-outs are late by no more than that.
class Office {
 public:
  Office(Postbox& postbox, CourierOptions options, boost::asio::ssl::context trust);
  /// Cuts what is under way and joins the thread.
  ~Office();

  void start();

  // From the office's own thread.
  const CourierOptions& options() const { return options_; }
  boost::asio::io_context& context() { return context_; }
  boost::asio::ssl::context& trust() { return trust_; }
  Directory& directory() { return directory_; }
  /// Tells the postbox and the log.
  void settle(Id parcel, std::string_view host, const Receipt& receipt) noexcept;
  /// Notes an exception that nobody expected.
  void report(std::exception_ptr defect) noexcept;

 private:
  using Duty = void (Office::*)();

  void run() noexcept;
  void repeat(Duty duty, boost::asio::steady_timer& timer, std::chrono::milliseconds period);
  void look();
  void tend() { postbox_.tend(); }
  void send_off(Parcel parcel) noexcept;
  void note(Severity severity, std::string_view event, std::initializer_list<LogField> fields) noexcept;

  Postbox& postbox_;
  const CourierOptions options_;
  boost::asio::ssl::context trust_;
  boost::asio::io_context context_{1};
  Directory directory_{context_};
  boost::asio::steady_timer next_look_{context_};
  boost::asio::steady_timer next_tending_{context_};
  std::vector<std::weak_ptr<Delivery>> under_way_;
  std::thread thread_;
};

}  // namespace innkeeper::courier
