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

/// Counts a server's connections, over all its threads, by network and by listener. Thread safe.
class ConnectionSlots {
 public:
  /// One connection's slot, given back on destruction.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept
        : slots_(std::exchange(other.slots_, nullptr)),
          listener_(other.listener_),
          network_(other.network_),
          is_finished_(std::exchange(other.is_finished_, false)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (slots_) slots_->leave(*this);
    }
    explicit operator bool() const { return slots_ != nullptr; }
    /// All was sent: closing the connection now cuts nothing off.
    void mark_finished() {
      if (slots_ && !std::exchange(is_finished_, true)) slots_->mark_finished();
    }

   private:
    friend ConnectionSlots;
    Slot(ConnectionSlots* slots, std::size_t listener, const Network& network)
        : slots_(slots), listener_(listener), network_(network) {}
    ConnectionSlots* slots_ = nullptr;
    std::size_t listener_ = nobody;
    Network network_{};
    bool is_finished_ = false;
  };

  ConnectionSlots(std::size_t most, std::size_t most_of_network) : most_(most), most_of_network_(most_of_network) {}

  /// To be called before the first connection. A share of the slots is reserved for each listener.
  std::size_t add_listener();

  enum class Refusal : std::uint8_t {
    none,
    network,  ///< It has as many as it may have.
    full,
  };
  /// A free slot, or an empty one and why there is none.
  std::pair<Slot, Refusal> take(std::size_t listener, const Network& network);
  /// A slot that counts for nobody, for work that has to be done before the server counts as empty.
  Slot hold();

  /// A connection was asked to close: until that is done, a new one may have its slot. False if many are closing already.
  bool expect_leaver();
  void forget_leaver();

  /// Waits until no connection is left or the time is over. Returns whether those left, if any, are all finished.
  bool wait(std::chrono::milliseconds patience);

 private:
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
  static constexpr std::size_t most_leavers = 64;

  std::size_t kept_for_others(std::size_t listener) const;
  void mark_finished();
  void leave(const Slot&);

  const std::size_t most_;
  const std::size_t most_of_network_;
  std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t taken_ = 0;       ///< By connections.
  std::size_t leavers_ = 0;     ///< Of these, those asked to go.
  std::size_t held_ = 0;        ///< All slots.
  std::size_t unfinished_ = 0;  ///< Of all slots.
  std::vector<std::size_t> of_listener_;
  std::map<std::array<std::uint8_t, 16>, std::size_t> of_network_;
};

}  // namespace innkeeper::beast
