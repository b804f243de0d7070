#pragma once

#include <innkeeper/contract/rate.hpp>
#include <innkeeper/rates.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace innkeeper::base {

/// So many requests per window, and as many at once. A quota below one allows nothing; a window below one second counts as one
/// second.
struct Rate {
  std::int64_t quota = 0;
  std::chrono::seconds window{1};
  RateWindow kind = RateWindow::sliding;
};

/// Token buckets in memory. Thread safe. Refilling is exact: nothing is lost to rounding however often a bucket is asked.
class Limiter {
 public:
  enum class Kind : std::uint8_t {
    key,
    member,
    app,
    tenant,
    contract,  ///< A contract's own.
    address,
    failures,             ///< Of an address.
    failures_of_account,  ///< Of an address and an account.
  };
  static constexpr std::size_t kinds = 8;

  struct Decision {
    bool is_allowed = false;
    std::int64_t remaining = 0;     ///< How many more would be allowed at once.
    std::chrono::seconds reset{0};  ///< Until the quota is full again; if refused, until one is allowed. Rounded up.
  };

  /// Whose bucket it is; of an id, an address, or what else has 16 bytes.
  using Name = std::array<std::uint8_t, 16>;
  static Name name_of(std::uint64_t id);

  /// Takes one from a bucket, if there is one; a refusal takes nothing. `now` is of `Clock::ticks`; what is older than the
  /// bucket's last moment counts as that. A bucket that meets another rate keeps the number that was taken from it.
  Decision charge(Kind, const Name&, const Rate&, std::uint64_t now);
  /// Whether `charge` would allow it. Takes nothing; `remaining` and `reset` are those of the bucket as it is.
  Decision peek(Kind, const Name&, const Rate&, std::uint64_t now);

  /// There are never more buckets. Full ones go first, then those that would be soonest. Each kind has its share: however many
  /// addresses come, keys keep their buckets.
  static constexpr std::size_t most = 200'000;
  /// How many there are; full ones may still be among them.
  std::size_t size();

 private:
  __extension__ typedef unsigned __int128 Wide;
  /// What was taken and is not refilled yet: in a window of W µs a request counts W, and each µs refills the quota. So any rate
  /// has whole numbers. A fixed window is refilled at its end.
  struct Bucket {
    Wide taken = 0;
    std::uint64_t quota = 0;
    std::uint64_t window = 0;  ///< In µs.
    std::uint64_t seen = 0;    ///< When it was refilled last; of a fixed window, when that began.
    RateWindow kind = RateWindow::sliding;

    void refill(std::uint64_t now);
    void change(std::uint64_t new_quota, std::uint64_t new_window);
    Decision ask(std::uint64_t now, bool takes);
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
  static constexpr std::size_t shards_per_kind = 16;
  static constexpr std::size_t most_in_shard = most / kinds / shards_per_kind;

  Decision ask(Kind, const Name&, const Rate&, std::uint64_t now, bool takes);
  static void sweep(Shard&, std::uint64_t now);

  std::array<std::array<Shard, shards_per_kind>, kinds> shards_;
};

}  // namespace innkeeper::base
