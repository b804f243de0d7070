#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <thread>

namespace innkeeper::base {

/// Several of a thing that threads would wait for each other at, each with cache lines of its own. A thread keeps to one; two
/// threads may come to share it.
template <class T>
class Stripes {
 public:
  static constexpr std::size_t count = 16;

  T& mine() { return stripes_[position()].item; }
  template <class Visit>
  void each(Visit visit) {
    for (auto& stripe : stripes_) visit(stripe.item);
  }
  /// Which one this thread's is.
  static std::size_t position() { return std::hash<std::thread::id>{}(std::this_thread::get_id()) % count; }

 private:
  struct alignas(64) Stripe {
    T item{};
  };
  std::array<Stripe, count> stripes_;
};

}  // namespace innkeeper::base
