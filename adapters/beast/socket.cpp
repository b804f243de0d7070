#include "adapters/beast/socket.hpp"

#include <boost/asio/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

namespace innkeeper::beast {
namespace asio = boost::asio;

namespace {

Failure last_failure() { return {errno, boost::system::system_category()}; }
bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

void Socket::note(std::uint32_t events) {
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) has_ended_ = true;
  if ((events & EPOLLIN) != 0 || has_ended_) may_receive_ = true;
  if ((events & EPOLLOUT) != 0 || has_ended_) may_send_ = true;
}

std::size_t Socket::receive(char* to, std::size_t size, Failure& failure) {
  failure = asio::error::would_block;
  if (!may_receive_) return 0;
  ssize_t count = 0;
  do count = ::recv(descriptor_.number(), to, size, 0);
  while (count < 0 && errno == EINTR);
  if (count < 0 && would_block()) return may_receive_ = false;
  failure = {};
  if (count < 0) failure = last_failure();
  if (count == 0) failure = asio::error::eof;
  if (count <= 0) return 0;
  may_receive_ = has_ended_ || static_cast<std::size_t>(count) == size;
  return static_cast<std::size_t>(count);
}

std::size_t Socket::send(const char* from, std::size_t size, Failure& failure) {
  failure = asio::error::would_block;
  if (!may_send_) return 0;
  ssize_t count = 0;
  do count = ::send(descriptor_.number(), from, size, MSG_NOSIGNAL);
  while (count < 0 && errno == EINTR);
  if (count < 0 && would_block()) return may_send_ = false;
  failure = count < 0 ? last_failure() : Failure{};
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

void Socket::shutdown(Failure& failure) { failure = ::shutdown(descriptor_.number(), SHUT_WR) == 0 ? Failure{} : last_failure(); }

void Socket::set_no_delay() {
  const int yes = 1;
  ::setsockopt(descriptor_.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

}  // namespace innkeeper::beast
