#include "tests/fronts/client.hpp"

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
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace innkeeper::tests {
namespace {

constexpr std::string_view unix_scheme = "http+unix:";
constexpr std::string_view tcp_scheme = "http://";

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

template <class Address>
int connect_to(const Address& address, int receive_buffer) {
  const auto& generic = reinterpret_cast<const sockaddr&>(address);
  const int socket = ::socket(generic.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("socket");
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
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
  const std::string host = endpoint.substr(tcp_scheme.size(), colon - tcp_scheme.size());
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

}  // namespace

std::optional<std::string> Answer::find(std::string_view name) const {
  const std::string line = "\r\n" + std::string(name) + ": ";
  const auto at = head.find(line);
  if (at == std::string::npos) return {};
  const auto begin = at + line.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Client::Client(const std::string& endpoint, int receive_buffer) : socket_(connect_to(endpoint, receive_buffer)) {}

Client::~Client() { ::close(socket_); }

void Client::send(std::string_view bytes) {
  if (!try_send(bytes)) fail("send");
}

bool Client::try_send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Client::finish_sending() { ::shutdown(socket_, SHUT_WR); }

std::string Client::receive() {
  if (!pending_.empty()) return std::exchange(pending_, {});
  std::array<char, 65536> bytes;
  const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (size < 0 && errno != ECONNRESET) fail("recv");
  return std::string(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

Answer Client::read_answer(bool is_for_head) {
  const auto read_until = [this](std::size_t size) {
    while (pending_.size() < size) {
      std::array<char, 65536> bytes;
      const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
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
  pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
  return pending_.empty() && ::poll(&waiting, 1, static_cast<int>(time.count())) == 0;
}

}  // namespace innkeeper::tests
