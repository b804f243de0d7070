#include "adapters/beast/identity.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <new>
#include <string_view>
#include <utility>

namespace innkeeper::beast {
namespace ssl = boost::asio::ssl;
namespace {

/// As it goes over the wire: the length stands before the name (RFC 7301 §3.1).
constexpr std::string_view spoken = "\x08http/1.1";

/// A peer that offers protocols, but none that we speak, is refused: it would talk past us.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(spoken.data());
  const int outcome = SSL_select_next_proto(&found, chosen_size, ours, spoken.size(), offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  // An answer's text may grow, and move, while a part of it waits to be sent. Buffers that are empty are given back.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
}

Error unavailable(const std::string& file, const std::string& cause) {
  return Error{.code = Errc::unavailable, .reason = Reason{"tls.failed"}, .detail = file + ": " + cause};
}

}  // namespace

Identity::Identity(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(key_file.empty() ? certificate_file_ : std::move(key_file)) {}

Result<void> Identity::load() {
  boost::system::error_code failure;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  set_rules(context->native_handle());
  // Else a key under a password would be asked for on the terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
  if (context->use_certificate_chain_file(certificate_file_, failure)) return unavailable(certificate_file_, failure.message());
  if (context->use_private_key_file(key_file_, ssl::context::pem, failure)) return unavailable(key_file_, failure.message());
  // A key of another type than the certificate's finds its own place beside it, and no peer would find the two.
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    ERR_clear_error();
    return unavailable(key_file_, "is not the key of " + certificate_file_);
  }
  const std::lock_guard lock(mutex_);
  current_.swap(context);
  return {};
}

SSL* Identity::open() const {
  const std::lock_guard lock(mutex_);
  SSL* made = SSL_new(current_->native_handle());
  if (!made) {
    ERR_clear_error();
    throw std::bad_alloc();
  }
  SSL_set_accept_state(made);
  return made;
}

}  // namespace innkeeper::beast
