#include "adapters/beast/poller.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <unistd.h>

namespace innkeeper::beast {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::system_category(), what}; }

}  // namespace

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!epoll_ || !bell_) fail("epoll");
  add(bell_.number(), EPOLLIN, nullptr);
}

void Poller::add(int descriptor, std::uint32_t events, Watcher* watcher) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = watcher;
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

void Poller::watch_changes(int descriptor, Watcher& watcher) {
  add(descriptor, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &watcher);
}

void Poller::watch_input(int descriptor, Watcher& watcher) { add(descriptor, EPOLLIN, &watcher); }

void Poller::forget(int descriptor) noexcept { ::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, descriptor, nullptr); }

void Poller::wait(std::chrono::milliseconds most) {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), static_cast<int>(most.count()));
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr != nullptr) {
      static_cast<Watcher*>(event.data.ptr)->on_ready(event.events);
    } else {
      std::uint64_t rings = 0;
      (void)!::read(bell_.number(), &rings, sizeof rings);
    }
  }
}

void Poller::wake() noexcept {
  const std::uint64_t once = 1;
  (void)!::write(bell_.number(), &once, sizeof once);
}

}  // namespace innkeeper::beast
