#include "tests/fronts/client.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace innkeeper::tests {
namespace {

constexpr std::string_view unix_scheme = "http+unix:";
constexpr std::string_view tls_scheme = "https://";
constexpr std::chrono::seconds longest_wait{10};

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

template <class Address>
int connect_to(const Address& address, int receive_buffer) {
  const auto& generic = reinterpret_cast<const sockaddr&>(address);
  const int socket = ::socket(generic.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("socket");
  const timeval patience{.tv_sec = longest_wait.count(), .tv_usec = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (receive_buffer > 0) ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int on = 1;
  if (generic.sa_family != AF_UNIX) ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket, &generic, sizeof address) == 0) return socket;
  const int cause = errno;
  ::close(socket);
  errno = cause;
  fail("connect");
}

int connect_to(const std::string& endpoint, int receive_buffer) {
  if (endpoint.starts_with(unix_scheme)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    endpoint.copy(address.sun_path, sizeof address.sun_path - 1, unix_scheme.size());
    return connect_to(address, receive_buffer);
  }
  const auto colon = endpoint.rfind(':');
  const auto port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(colon + 1))));
  const auto begin = endpoint.find("://") + 3;
  const std::string host = endpoint.substr(begin, colon - begin);
  if (host.starts_with('[')) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = port;
    ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address.sin6_addr);
    return connect_to(address, receive_buffer);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = port;
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return connect_to(address, receive_buffer);
}

SSL* begin_tls(int socket, const Manner& manner) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  // Else a read that only meets a session ticket would wait for what follows it.
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  if (manner.version != 0) {
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context, manner.version);
    SSL_CTX_set_max_proto_version(context, manner.version);
  }
  const auto* protocols = reinterpret_cast<const unsigned char*>(manner.protocols.data());
  SSL_CTX_set_alpn_protos(context, protocols, static_cast<unsigned>(manner.protocols.size()));
  SSL* ssl = SSL_new(context);
  SSL_CTX_free(context);
  SSL_set_fd(ssl, socket);
  SSL_set_connect_state(ssl);
  return ssl;
}

/// OpenSSL writes to sockets so that SIGPIPE comes. Here it does not; elsewhere in the process a test should see it.
class NoBrokenPipes {
 public:
  NoBrokenPipes() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipes() {
    const int cause = errno;
    const timespec at_once{};
    sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = cause;
  }
  NoBrokenPipes(const NoBrokenPipes&) = delete;
  NoBrokenPipes& operator=(const NoBrokenPipes&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

}  // namespace

std::optional<std::string> Answer::find(std::string_view name) const {
  const std::string line = "\r\n" + std::string(name) + ": ";
  const auto at = head.find(line);
  if (at == std::string::npos) return {};
  const auto begin = at + line.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

void Client::Free::operator()(SSL* ssl) const { SSL_free(ssl); }

Client::Client(const std::string& endpoint, int receive_buffer, const Manner& manner)
    : socket_(connect_to(endpoint, receive_buffer)) {
  if (endpoint.starts_with(tls_scheme)) tls_.reset(begin_tls(socket_, manner));
}

Client::~Client() { ::close(socket_); }

void Client::send(std::string_view bytes) {
  if (!try_send(bytes)) fail("send");
}

bool Client::try_send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send_some(bytes);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

ssize_t Client::send_some(std::string_view bytes) {
  if (!tls_) return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  const NoBrokenPipes guard;
  ERR_clear_error();
  return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
}

ssize_t Client::receive_some(char* to, std::size_t size) {
  if (tls_) return decrypt_some(to, size);
  return ::recv(socket_, to, size, 0);
}

/// What ends a connection without a farewell is told as a reset.
ssize_t Client::decrypt_some(char* to, std::size_t size) {
  const NoBrokenPipes guard;
  const auto end = std::chrono::steady_clock::now() + longest_wait;
  for (;;) {
    ERR_clear_error();
    const int got = SSL_read(tls_.get(), to, static_cast<int>(size));
    const int error = SSL_get_error(tls_.get(), got);
    if (got > 0 || error == SSL_ERROR_ZERO_RETURN) return got;
    const bool is_late = std::chrono::steady_clock::now() >= end;
    errno = is_late ? EAGAIN : ECONNRESET;
    if (error != SSL_ERROR_WANT_READ || is_late) return -1;
  }
}

void Client::finish_sending() {
  const NoBrokenPipes guard;
  if (tls_) SSL_shutdown(tls_.get());
  ::shutdown(socket_, SHUT_WR);
}

std::string Client::greet() {
  const NoBrokenPipes guard;
  ERR_clear_error();
  if (SSL_do_handshake(tls_.get()) == 1) return {};
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  return reason ? reason : "closed";
}

void Client::renew_keys() {
  const NoBrokenPipes guard;
  SSL_key_update(tls_.get(), SSL_KEY_UPDATE_REQUESTED);
  SSL_do_handshake(tls_.get());
}

void Client::send_raw(std::string_view bytes) {
  if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) fail("send");
}

std::string Client::certificate() const {
  BIO* paper = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(paper, SSL_get0_peer_certificate(tls_.get()));
  char* begin = nullptr;
  const long size = BIO_get_mem_data(paper, &begin);
  std::string text(begin, static_cast<std::size_t>(size));
  BIO_free(paper);
  return text;
}

std::string Client::version() const { return SSL_get_version(tls_.get()); }

std::string Client::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls_.get(), &name, &size);
  return std::string(reinterpret_cast<const char*>(name), size);
}

bool Client::got_close_notify() const { return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

std::string Client::receive() {
  if (!pending_.empty()) return std::exchange(pending_, {});
  std::array<char, 65536> bytes;
  const auto size = receive_some(bytes.data(), bytes.size());
  if (size < 0 && errno != ECONNRESET) fail("recv");
  return std::string(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

Answer Client::read_answer(bool is_for_head) {
  const auto read_until = [this](std::size_t size) {
    while (pending_.size() < size) {
      std::array<char, 65536> bytes;
      const auto got = receive_some(bytes.data(), bytes.size());
      if (got < 0) fail("recv");
      if (got == 0) throw std::runtime_error("closed in the middle of: " + pending_);
      pending_.append(bytes.data(), static_cast<std::size_t>(got));
    }
  };
  auto end = pending_.find("\r\n\r\n");
  for (; end == std::string::npos; end = pending_.find("\r\n\r\n")) read_until(pending_.size() + 1);
  Answer answer;
  answer.head = pending_.substr(0, end + 4);
  if (!answer.head.starts_with("HTTP/1.1 ")) throw std::runtime_error("not an answer: " + pending_);
  answer.status = std::stoi(answer.head.substr(9, 3));
  if (answer.find("Transfer-Encoding") == "chunked" && !is_for_head) {
    pending_.erase(0, answer.head.size());
    for (std::size_t size = 1; size > 0;) {
      auto line = pending_.find("\r\n");
      for (; line == std::string::npos; line = pending_.find("\r\n")) read_until(pending_.size() + 1);
      size = std::stoul(pending_.substr(0, line), nullptr, 16);
      read_until(line + 2 + size + 2);
      answer.body += pending_.substr(line + 2, size);
      if (pending_.compare(line + 2 + size, 2, "\r\n") != 0) throw std::runtime_error("a chunk does not end");
      pending_.erase(0, line + 2 + size + 2);
    }
    return answer;
  }
  const auto length = answer.find("Content-Length");
  const std::size_t size = length && !is_for_head ? std::stoul(*length) : 0;
  read_until(answer.head.size() + size);
  answer.body = pending_.substr(answer.head.size(), size);
  pending_.erase(0, answer.head.size() + size);
  return answer;
}

Answer Client::ask(std::string_view bytes) {
  send(bytes);
  return read_answer();
}

std::string Client::read_to_end() {
  std::string all;
  for (std::string piece = receive(); !piece.empty(); piece = receive()) all += piece;
  return all;
}

bool Client::is_quiet_for(std::chrono::milliseconds time) {
  if (!pending_.empty()) return false;
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    const bool has_data = tls_ && SSL_pending(tls_.get()) > 0;
    if (!has_data && ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) == 0) return true;
    if (!tls_) return false;
    char byte = 0;
    ERR_clear_error();
    const int got = SSL_peek(tls_.get(), &byte, 1);
    if (SSL_get_error(tls_.get(), got) != SSL_ERROR_WANT_READ) return false;
  }
}

}  // namespace innkeeper::tests
