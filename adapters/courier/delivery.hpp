#pragma once

#include "adapters/courier/url.hpp"

#include <innkeeper/courier.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/dynamic_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace innkeeper::courier {

class SenderThread;

/// One delivery in progress, on the sender's thread only. What waits for something keeps it alive. It is completed as soon as the
/// head of the response is there; the rest is read only so that a server that is still sending is not cut off by a reset.
class Delivery final : public std::enable_shared_from_this<Delivery> {
 public:
  Delivery(SenderThread& sender, WebhookRequest webhook_request);

  void start();

 private:
  using Failure = boost::system::error_code;
  using Endpoint = boost::asio::ip::tcp::endpoint;

  template <class... Results>
  auto then(void (Delivery::*step)(Results...));
  template <class Call>
  void guarded(Call call) noexcept;
  template <class Call>
  void with_stream(Call call);

  void look_up();
  void connect(const std::vector<Endpoint>& endpoints);
  void greet(const Failure& failure, const Endpoint&);
  void send(const Failure& failure);
  void read_head(const Failure&, std::size_t);
  void take_head(const Failure& failure, std::size_t);
  void finish(const Failure&, std::size_t);
  void give_up(const Failure&);
  void fail(std::string_view fault);
  void complete(const DeliveryResult& result);
  void close();

  SenderThread& sender_;
  const Id id_;
  const std::optional<Url> url_;
  const std::chrono::seconds timeout_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  boost::asio::steady_timer timer_;
  boost::beast::http::request<boost::beast::http::string_body> request_;
  boost::beast::flat_buffer in_;
  std::optional<boost::beast::http::response_parser<boost::beast::http::dynamic_body>> answer_;
  int interim_answers_ = 0;
  bool is_completed_ = false;
  bool is_over_ = false;
};

}  // namespace innkeeper::courier
