#include "adapters/beast/tls.hpp"

#include <boost/asio/error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <new>

namespace innkeeper::beast {
namespace asio = boost::asio;
namespace {

/// How often one call receives. A peer that sends much that says nothing, such as new keys again and again, does not keep the
/// thread to itself.
constexpr int most_receives = 4;

}  // namespace

void Tls::Free::operator()(SSL* ssl) const { SSL_free(ssl); }
void Tls::Free::operator()(BIO_METHOD* method) const { BIO_meth_free(method); }

/// OpenSSL's own sockets raise SIGPIPE, which is not for a library to turn off.
BIO_METHOD* Tls::socket_method() {
  static const std::unique_ptr<BIO_METHOD, Free> method = [] {
    std::unique_ptr<BIO_METHOD, Free> made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket"));
    if (!made || !BIO_meth_set_write_ex(made.get(), send) || !BIO_meth_set_read_ex(made.get(), receive) ||
        !BIO_meth_set_ctrl(made.get(), control))
      throw std::bad_alloc();
    return made;
  }();
  return method.get();
}

Tls::Tls(Socket& socket, const Identity& identity) : socket_(socket), ssl_(identity.open()) {
  BIO* bio = BIO_new(socket_method());
  if (!bio) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
}

int Tls::send(BIO* bio, const char* bytes, std::size_t size, std::size_t* sent) {
  Failure failure;
  BIO_clear_retry_flags(bio);
  *sent = static_cast<Tls*>(BIO_get_data(bio))->socket_.send(bytes, size, failure);
  if (failure == asio::error::would_block) BIO_set_retry_write(bio);
  return failure ? 0 : 1;
}

int Tls::receive(BIO* bio, char* bytes, std::size_t size, std::size_t* received) {
  Tls& tls = *static_cast<Tls*>(BIO_get_data(bio));
  Failure failure = asio::error::would_block;
  BIO_clear_retry_flags(bio);
  *received = 0;
  if (tls.receives_left_ > 0) {
    --tls.receives_left_;
    *received = tls.socket_.receive(bytes, size, failure);
  }
  if (failure == asio::error::would_block) BIO_set_retry_read(bio);
  return failure ? 0 : 1;
}

long Tls::control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

void Tls::greet(Failure& failure) {
  receives_left_ = most_receives;
  ERR_clear_error();
  judge(SSL_do_handshake(ssl_.get()), failure);
}

std::size_t Tls::read_some(char* to, std::size_t size, Failure& failure) {
  std::size_t count = 0;
  receives_left_ = most_receives;
  ERR_clear_error();
  judge(SSL_read_ex(ssl_.get(), to, size, &count), failure);
  return count;
}

std::size_t Tls::write_some(const char* from, std::size_t size, Failure& failure) {
  std::size_t count = 0;
  ERR_clear_error();
  judge(SSL_write_ex(ssl_.get(), from, size, &count), failure);
  return count;
}

void Tls::send_close_notify(Failure& failure) {
  failure = {};
  if (is_broken_ || has_said_farewell_ || !SSL_is_init_finished(ssl_.get())) return;
  ERR_clear_error();
  if (const int outcome = SSL_shutdown(ssl_.get()); outcome < 0) return judge(outcome, failure);
  has_said_farewell_ = true;
}

bool Tls::has_unread() const { return SSL_has_pending(ssl_.get()) == 1; }

void Tls::judge(int outcome, Failure& failure) {
  failure = {};
  if (outcome > 0) return;
  switch (SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      failure = asio::error::would_block;
      return;
    case SSL_ERROR_ZERO_RETURN:
      failure = asio::error::eof;
      return;
    default:
      is_broken_ = true;
      failure = asio::error::connection_aborted;
      ERR_clear_error();
  }
}

}  // namespace innkeeper::beast
