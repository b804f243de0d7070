#pragma once

#include "adapters/beast/descriptor.hpp"

#include <chrono>
#include <cstdint>

namespace innkeeper::beast {

/// Whoever wants to know when a descriptor is ready.
class Watcher {
 public:
  /// `events` as epoll(7) names them. Called on the poller's thread.
  virtual void on_ready(std::uint32_t events) noexcept = 0;

 protected:
  ~Watcher() = default;
};

/// Tells which of many descriptors are ready (epoll). One thread waits.
class Poller {
 public:
  /// Throws `std::system_error`.
  Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Tells of each change, once, for reading and writing, until the descriptor is closed. The watcher outlives the wait during
  /// which that happens. Throws `std::system_error`.
  void watch_changes(int descriptor, Watcher& watcher);
  /// Tells again and again while there is something to read. Throws `std::system_error`.
  void watch_input(int descriptor, Watcher& watcher);
  void forget(int descriptor) noexcept;

  /// Calls the watchers of what is ready, or becomes so within that time; returns earlier when it is woken.
  void wait(std::chrono::milliseconds most);
  /// Ends the wait there is, or the next one. From any thread.
  void wake() noexcept;

 private:
  void add(int descriptor, std::uint32_t events, Watcher* watcher);

  Descriptor epoll_;
  Descriptor bell_;  ///< An eventfd(2).
};

}  // namespace innkeeper::beast
