#include <innkeeper/courier.hpp>

#include "adapters/courier/office.hpp"

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
  Impl(Postbox& postbox, CourierOptions options, ssl::context trust) : office_(postbox, std::move(options), std::move(trust)) {
    office_.start();
  }

 private:
  courier::Office office_;
};

Result<std::unique_ptr<Courier>> Courier::start(Postbox& postbox, CourierOptions options) {
  try {
    ssl::context trust(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(trust.native_handle(), TLS1_2_VERSION);
    trust.set_verify_mode(ssl::verify_peer);
    if (options.ca_file.empty())
      trust.set_default_verify_paths();
    else if (boost::system::error_code failure; trust.load_verify_file(options.ca_file, failure))
      return unavailable(options.ca_file + ": " + failure.message());
    return std::unique_ptr<Courier>(new Courier(std::make_unique<Impl>(postbox, std::move(options), std::move(trust))));
  } catch (const std::exception& exception) {
    return unavailable(exception.what());
  }
}

Courier::Courier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Courier::~Courier() = default;

}  // namespace innkeeper
