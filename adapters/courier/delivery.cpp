#include "adapters/courier/delivery.hpp"

#include "adapters/courier/address_guard.hpp"
#include "adapters/courier/sender_thread.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <openssl/ssl.h>

#include <utility>

namespace innkeeper::courier {
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace {

constexpr std::size_t most_read = 64 * 1024;
constexpr std::uint32_t longest_head = 16 * 1024;
constexpr int most_interim_answers = 8;

http::request<http::string_body> compose(const Url& url, WebhookRequest webhook_request) {
  http::request<http::string_body> request{http::verb::post, url.target, 11};
  for (std::size_t i = 0; i < webhook_request.headers.size(); ++i) {
    const auto field = webhook_request.headers[i];
    request.insert(boost::string_view(field.name.data(), field.name.size()),
                   boost::string_view(field.value.data(), field.value.size()));
  }
  request.set(http::field::host, url.authority);
  request.set(http::field::user_agent, "innkeeper");
  request.set(http::field::connection, "close");
  request.erase(http::field::transfer_encoding);
  request.body() = std::move(webhook_request.body);
  request.content_length(request.body().size());
  return request;
}

}  // namespace

Delivery::Delivery(SenderThread& sender, WebhookRequest webhook_request)
    : sender_(sender),
      id_(webhook_request.id),
      url_(parse_url(webhook_request.url)),
      timeout_(webhook_request.timeout.count() > 0 ? webhook_request.timeout : sender.options().timeout),
      socket_(sender.context()),
      timer_(sender.context()),
      in_(most_read) {
  if (url_) request_ = compose(*url_, std::move(webhook_request));
}

/// The handler that calls `step`, as long as there is something left to do.
template <class... Results>
auto Delivery::then(void (Delivery::*step)(Results...)) {
  return [self = shared_from_this(), step](Results... results) {
    if (!self->is_over_) self->guarded([&] { (self.get()->*step)(results...); });
  };
}

template <class Call>
void Delivery::guarded(Call call) noexcept {
  try {
    call();
  } catch (...) {
    sender_.report(std::current_exception());
    fail("internal");
  }
}

template <class Call>
void Delivery::with_stream(Call call) {
  if (tls_)
    call(*tls_);
  else
    call(socket_);
}

void Delivery::start() {
  guarded([this] { look_up(); });
}

void Delivery::look_up() {
  if (!url_) return fail("url");
  timer_.expires_after(timeout_);
  timer_.async_wait(then(&Delivery::give_up));
  Failure is_name;
  const auto literal = asio::ip::make_address(url_->host, is_name);
  if (!is_name) return connect({Endpoint(literal, url_->port)});
  sender_.resolver().find(url_->host, url_->port, then(&Delivery::connect));
}

/// Only what was judged is connected to: a second look-up might answer something else.
void Delivery::connect(const std::vector<Endpoint>& endpoints) {
  if (endpoints.empty()) return fail("resolve");
  if (!sender_.options().may_reach_private && !are_public(endpoints)) return fail("address.refused");
  asio::async_connect(socket_, endpoints, then(&Delivery::greet));
}

void Delivery::greet(const Failure& failure, const Endpoint&) {
  if (failure) return fail("connect");
  if (!url_->is_secure) return send({});
  tls_.emplace(socket_, sender_.trust());
  Failure is_name;
  asio::ip::make_address(url_->host, is_name);
  // RFC 6066 §3: an address is no server name.
  if (is_name && SSL_set_tlsext_host_name(tls_->native_handle(), url_->host.c_str()) != 1) return fail("tls");
  tls_->set_verify_callback(asio::ssl::host_name_verification(url_->host));
  tls_->async_handshake(asio::ssl::stream_base::client, then(&Delivery::send));
}

void Delivery::send(const Failure& failure) {
  if (failure) return fail("tls");
  with_stream([this](auto& stream) { http::async_write(stream, request_, then(&Delivery::read_head)); });
}

/// Also when the request could not be sent whole: a server that has seen enough may have answered and closed.
void Delivery::read_head(const Failure&, std::size_t) {
  answer_.emplace();
  answer_->header_limit(longest_head);
  answer_->body_limit(boost::none);
  answer_->get().body().max_size(most_read);
  with_stream([this](auto& stream) { http::async_read_header(stream, in_, *answer_, then(&Delivery::take_head)); });
}

void Delivery::take_head(const Failure& failure, std::size_t) {
  const int status = static_cast<int>(answer_->get().result_int());
  if (failure || status < 100) return fail("answer");
  if (status < 200) return ++interim_answers_ > most_interim_answers ? fail("answer") : read_head({}, 0);
  complete({.status = status});
  with_stream([this](auto& stream) { http::async_read(stream, in_, *answer_, then(&Delivery::finish)); });
}

void Delivery::finish(const Failure&, std::size_t) { close(); }

void Delivery::give_up(const Failure&) { fail("timeout"); }

void Delivery::fail(std::string_view fault) {
  complete({.fault = std::string(fault)});
  close();
}

void Delivery::complete(const DeliveryResult& result) {
  if (std::exchange(is_completed_, true)) return;
  sender_.complete(id_, url_ ? std::string_view(url_->host) : std::string_view{}, result);
}

void Delivery::close() {
  is_over_ = true;
  Failure ignored;
  socket_.close(ignored);
  timer_.cancel(ignored);
}

}  // namespace innkeeper::courier
