#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace innkeeper::beast {

/// Whom a connection counts for: an IPv4 address, or a network of 64 bits of IPv6. Nothing for a Unix socket.
using Network = std::optional<std::array<std::uint8_t, 16>>;

/// How many connections a server has, over all its threads, and for whom. Thread safe.
class Seats {
 public:
  /// One connection's place in the count, given back when it goes.
  class Seat {
   public:
    Seat() = default;
    Seat(Seat&& other) noexcept
        : seats_(std::exchange(other.seats_, nullptr)),
          listener_(other.listener_),
          network_(other.network_),
          is_settled_(std::exchange(other.is_settled_, false)) {}
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
      if (seats_) seats_->leave(*this);
    }
    explicit operator bool() const { return seats_ != nullptr; }
    /// All that had to be said was said: closing the connection now cuts nothing.
    void settle() {
      if (seats_ && !std::exchange(is_settled_, true)) seats_->settle();
    }

   private:
    friend Seats;
    Seat(Seats* seats, std::size_t listener, const Network& network) : seats_(seats), listener_(listener), network_(network) {}
    Seats* seats_ = nullptr;
    std::size_t listener_ = nobody;
    Network network_{};
    bool is_settled_ = false;
  };

  Seats(std::size_t most, std::size_t most_of_network) : most_(most), most_of_network_(most_of_network) {}

  /// Before the first connection. A share of the seats is kept for each listener, whatever comes to the others.
  std::size_t add_listener();

  enum class Refusal : std::uint8_t {
    none,
    network,  ///< It has as many as one may have.
    full,
  };
  /// An empty seat, and why, if there is none.
  std::pair<Seat, Refusal> take(std::size_t listener, const Network& network);
  /// A seat that takes no place, for what has to be done before the house counts as empty.
  Seat hold();

  /// Somebody was asked to go: until that is done, a newcomer may have the place. False if many are on their way already.
  bool expect_leaver();
  void forget_leaver();

  /// Waits until nobody is left or the time is over. Answers whether those still there, if any, are all settled.
  bool wait(std::chrono::milliseconds patience);

 private:
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
  static constexpr std::size_t most_leavers = 64;

  std::size_t kept_for_others(std::size_t listener) const;
  void settle();
  void leave(const Seat&);

  const std::size_t most_;
  const std::size_t most_of_network_;
  std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t taken_ = 0;      ///< By connections.
  std::size_t leavers_ = 0;    ///< Of these, those asked to go.
  std::size_t held_ = 0;       ///< All seats.
  std::size_t unsettled_ = 0;  ///< Of all seats.
  std::vector<std::size_t> of_listener_;
  std::map<std::array<std::uint8_t, 16>, std::size_t> of_network_;
};

}  // namespace innkeeper::beast
