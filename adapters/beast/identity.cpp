#include "adapters/beast/identity.hpp"

#include <boost/asio/buffer.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <new>
#include <string_view>
#include <system_error>
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

/// Why OpenSSL refused something, in its words.
std::string last_cause() {
  const auto code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason ? reason : "error " + std::to_string(code);
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 4'096> part;
  while (file.read(part.data(), part.size()) || file.gcount() > 0)
    text.append(part.data(), static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad()) return unavailable(path, std::generic_category().message(errno));
  if (text.empty()) return unavailable(path, "is empty");
  return text;
}

bool has(const std::string& pem, std::string_view label) { return pem.find(label) != std::string::npos; }

Result<void> use_certificate(ssl::context& context, const std::string& pem, const std::string& file) {
  if (!has(pem, "CERTIFICATE-----")) return unavailable(file, "has no certificate in PEM");
  boost::system::error_code failure;
  if (context.use_certificate_chain(boost::asio::buffer(pem), failure))
    return unavailable(file, "its certificate cannot be used: " + failure.message());
  return {};
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

/// Notes that a password is wanted, which would else be asked for on the terminal.
int refuse_password(char*, int, int, void* is_encrypted) {
  *static_cast<bool*>(is_encrypted) = true;
  return -1;
}

Result<void> use_key(ssl::context& context, const std::string& pem, const std::string& file,
                     const std::string& certificate_file) {
  if (!has(pem, "PRIVATE KEY-----")) return unavailable(file, "has no private key in PEM");
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  bool is_encrypted = false;
  const std::unique_ptr<EVP_PKEY, FreeKey> key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_password, &is_encrypted)
                                                   : nullptr);
  if (is_encrypted) {
    ERR_clear_error();
    return unavailable(file, "its private key is under a password; it must be stored without one");
  }
  if (!key) return unavailable(file, "its private key cannot be read: " + last_cause());
  // A key of another type than the certificate's finds its own place beside it, and no peer would find the two.
  if (SSL_CTX_use_PrivateKey(context.native_handle(), key.get()) != 1 ||
      SSL_CTX_check_private_key(context.native_handle()) != 1) {
    ERR_clear_error();
    return unavailable(file, "its private key is not that of the certificate in " + certificate_file);
  }
  return {};
}

}  // namespace

Identity::Identity(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(key_file.empty() ? certificate_file_ : std::move(key_file)) {}

Result<void> Identity::load() {
  const auto certificate = read_file(certificate_file_);
  if (!certificate) return certificate.error();
  const auto key = read_file(key_file_);
  if (!key) return key.error();
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  set_rules(context->native_handle());
  if (auto used = use_certificate(*context, *certificate, certificate_file_); !used) return used;
  if (auto used = use_key(*context, *key, key_file_, certificate_file_); !used) return used;
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
