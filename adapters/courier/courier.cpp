#include <innkeeper/courier.hpp>

#include "adapters/courier/sender_thread.hpp"

#include <openssl/ssl.h>

#include <utility>

namespace innkeeper {
namespace ssl = boost::asio::ssl;
namespace {

Error unavailable(std::string cause) {
  return Error{.code = Errc::unavailable, .reason = Reason{"courier.failed"}, .detail = std::move(cause)};
}

}  // namespace

class Courier::Impl {
 public:
  Impl(WebhookQueue& webhook_queue, CourierOptions options, ssl::context trust)
      : sender_(webhook_queue, std::move(options), std::move(trust)) {
    sender_.start();
  }

 private:
  courier::SenderThread sender_;
};

Result<std::unique_ptr<Courier>> Courier::start(WebhookQueue& webhook_queue, CourierOptions options) {
  try {
    ssl::context trust(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(trust.native_handle(), TLS1_2_VERSION);
    trust.set_verify_mode(ssl::verify_peer);
    if (options.ca_file.empty())
      trust.set_default_verify_paths();
    else if (boost::system::error_code failure; trust.load_verify_file(options.ca_file, failure))
      return unavailable(options.ca_file + ": " + failure.message());
    return std::unique_ptr<Courier>(new Courier(std::make_unique<Impl>(webhook_queue, std::move(options), std::move(trust))));
  } catch (const std::exception& exception) {
    return unavailable(exception.what());
  }
}

Courier::Courier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Courier::~Courier() = default;

}  // namespace innkeeper
