#pragma once

#include "engine/base/network.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace innkeeper::base {

/// So many requests per window, refilled evenly, and as many at once. A quota below one allows nothing; a window below one second
/// counts as one second.
struct Rate {
  std::int64_t quota = 0;
  std::chrono::seconds window{1};
};

/// Token buckets in memory. Thread safe. Refilling is exact: nothing is lost to rounding however often a bucket is asked.
class Limiter {
 public:
  enum class Kind : std::uint8_t { key, app };

  struct Verdict {
    bool is_allowed = false;
    std::int64_t remaining = 0;     ///< How many more would be allowed at once.
    std::chrono::seconds reset{0};  ///< Until the quota is full again; if refused, until one is allowed. Rounded up.
  };

  /// Takes one from the bucket of a key, an app or an address, if there is one; a refusal takes nothing. `now` is of
  /// `Clock::ticks`; what is older than the bucket's last moment counts as that. A bucket that meets another rate keeps the
  /// number that was taken from it.
  Verdict charge(Kind, std::uint64_t id, const Rate&, std::uint64_t now);
  Verdict charge(const Address&, const Rate&, std::uint64_t now);
  /// Whether `charge` would allow it. Takes nothing; `remaining` and `reset` are those of the bucket as it is.
  Verdict peek(Kind, std::uint64_t id, const Rate&, std::uint64_t now);
  Verdict peek(const Address&, const Rate&, std::uint64_t now);

  /// There are never more buckets. Full ones go first, then those that would be soonest. Keys, apps and addresses have a third
  /// each: however many addresses come, keys keep their buckets.
  static constexpr std::size_t most = 100'000;
  /// How many there are; full ones may still be among them.
  std::size_t size();

 private:
  __extension__ typedef unsigned __int128 Wide;
  using Name = std::array<std::uint8_t, 16>;

  /// What was taken and is not refilled yet: in a window of W µs a request counts W, and each µs refills the quota. So any rate
  /// has whole numbers.
  struct Bucket {
    Wide taken = 0;
    std::uint64_t quota = 0;
    std::uint64_t window = 0;  ///< In µs.
    std::uint64_t seen = 0;

    void refill(std::uint64_t now);
    void change(std::uint64_t new_quota, std::uint64_t new_window);
    Verdict ask(bool takes);
  };

  struct Hash {
    std::size_t operator()(const Name&) const;
  };
  using Buckets = std::unordered_map<Name, Bucket, Hash>;
  static constexpr std::size_t fewest_to_sweep = 64;
  struct alignas(64) Shard {
    std::mutex mutex{};
    Buckets buckets{};
    std::size_t sweep_at = fewest_to_sweep;
  };
  static constexpr std::size_t rooms = 3;
  static constexpr std::size_t shards_per_room = 16;
  static constexpr std::size_t most_in_shard = most / rooms / shards_per_room;
  static constexpr std::size_t address_room = 2;

  Verdict ask(std::size_t room, const Name&, const Rate&, std::uint64_t now, bool takes);
  static void sweep(Shard&, std::uint64_t now);

  std::array<std::array<Shard, shards_per_room>, rooms> shards_;
};

}  // namespace innkeeper::base
