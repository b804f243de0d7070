#include "tests/courier/server.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>

#include <array>
#include <utility>

namespace innkeeper::tests {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

asio::ssl::context identify(const Certificate& identity, int version) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  if (version != 0) {
    SSL_CTX_set_cipher_list(context.native_handle(), "ALL:@SECLEVEL=0");
    SSL_CTX_set_max_proto_version(context.native_handle(), version);
  }
  context.use_certificate_chain(asio::buffer(identity.certificate));
  context.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
  return context;
}

}  // namespace

Wire::Wire(tcp::socket socket, asio::ssl::context* identity) : socket_(std::move(socket)) {
  if (identity != nullptr) tls_.emplace(socket_, *identity);
}

bool Wire::greet() {
  boost::system::error_code failure;
  if (tls_) tls_->handshake(asio::ssl::stream_base::server, failure);
  return !failure;
}

std::size_t Wire::read_some(char* to, std::size_t size) {
  boost::system::error_code failure;
  return tls_ ? tls_->read_some(asio::buffer(to, size), failure) : socket_.read_some(asio::buffer(to, size), failure);
}

std::string Wire::read_request() {
  std::string text;
  std::size_t whole = std::string::npos;
  while (text.size() < whole) {
    std::array<char, 4096> bytes;
    const std::size_t size = read_some(bytes.data(), bytes.size());
    if (size == 0) break;
    text.append(bytes.data(), size);
    // Once: a large body would be searched again with every piece of it.
    const auto head_end = whole == std::string::npos ? text.find("\r\n\r\n") : std::string::npos;
    if (head_end == std::string::npos) continue;
    const auto length = text.substr(0, head_end).find("Content-Length: ");
    if (length != std::string::npos) whole = head_end + 4 + std::stoul(text.substr(length + 16, 20));
  }
  return text;
}

bool Wire::write(std::string_view bytes) {
  boost::system::error_code failure;
  if (tls_)
    asio::write(*tls_, asio::buffer(bytes), failure);
  else
    asio::write(socket_, asio::buffer(bytes), failure);
  return !failure;
}

std::string Wire::read_to_end() {
  std::string text;
  std::array<char, 4096> bytes;
  while (const std::size_t size = read_some(bytes.data(), bytes.size())) text.append(bytes.data(), size);
  return text;
}

std::string Wire::server_name() {
  const char* name = tls_ ? SSL_get_servername(tls_->native_handle(), TLSEXT_NAMETYPE_host_name) : nullptr;
  return name == nullptr ? "" : name;
}

Server::Server(Manner manner, const std::string& address) : Server(std::move(manner), address, {}) {}

Server::Server(Manner manner, const Certificate& identity, int version)
    : Server(std::move(manner), "127.0.0.1", identify(identity, version)) {}

Server::Server(Manner manner, const std::string& address, std::optional<asio::ssl::context> identity)
    : manner_(std::move(manner)),
      identity_(std::move(identity)),
      acceptor_(context_, tcp::endpoint(asio::ip::make_address(address), 0)) {
  port_ = acceptor_.local_endpoint().port();
  accept();
  thread_ = std::thread([this] { context_.run(); });
}

Server::~Server() {
  context_.stop();
  thread_.join();
}

std::string Server::url() const {
  const auto address = acceptor_.local_endpoint().address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return (identity_ ? "https://" : "http://") + host + ":" + port();
}

void Server::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& failure, tcp::socket socket) {
    if (failure) return;
    ++connections_;
    {
      Wire wire(std::move(socket), identity_ ? &*identity_ : nullptr);
      if (wire.greet()) manner_(wire);
    }
    accept();
  });
}

void Listener::operator()(Wire& wire) {
  std::string request = wire.read_request();
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  wire.write(answer_);
  wire.read_to_end();
}

std::vector<std::string> Listener::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

}  // namespace innkeeper::tests
