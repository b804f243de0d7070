#pragma once

#include <innkeeper/schema/entity.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string_view>
#include <vector>

namespace innkeeper::sqlite {

/// What a transaction did to which tables, one bit a table.
struct TouchedTables {
  std::uint64_t inserted = 0;  ///< Rows came.
  std::uint64_t changed = 0;   ///< Rows went, or became different.
  bool is_empty() const { return (inserted | changed) == 0; }
  bool touches(int slot, bool although_inserted = false) const {
    return (((although_inserted ? 0 : inserted) | changed) >> static_cast<unsigned>(slot) & 1U) != 0;
  }
};

/// Records which tables this process's commits changed, so that readers know whether what they cached of a table still holds.
/// Positions count the commits. Written by whoever holds the commit mutex, read by all threads.
class CommitLog {
 public:
  using Position = std::uint64_t;
  static constexpr int no_slot = -1;

  /// The number of a table here, `no_slot` if there are too many: then nothing is remembered of it.
  int slot_of(std::string_view table);

  /// What is in the file right now, for what the commit log knows: the position up to which a snapshot of that state is complete.
  /// Nothing if the file is in another state: a commit is being written down, or another process made one.
  bool covers(std::uint64_t state, Position& position) const {
    // In this order: a position that is too new would come with a state that is too new.
    position = position_.load(std::memory_order_acquire);
    return state != 0 && state_.load(std::memory_order_acquire) == state;
  }

  /// Whether rows of a table that were there at a position are still as they were, and no others have come if that matters.
  bool is_same(int slot, Position since, bool although_inserted) const {
    const auto& table = tables_[static_cast<std::size_t>(slot)];
    return table.changed.load(std::memory_order_acquire) <= since &&
           (although_inserted || table.inserted.load(std::memory_order_acquire) <= since);
  }

  // While the commit mutex is held:
  bool has(std::uint64_t state) const { return state_.load(std::memory_order_relaxed) == state; }
  /// Before a commit: nobody is told any more that these tables are the same.
  void begin(const TouchedTables&);
  /// After it, also if it failed. Every answer to it comes later.
  void end(const TouchedTables&, std::uint64_t state);
  /// Somebody else changed something.
  void forget(std::uint64_t state);

 private:
  struct Changes {
    std::atomic<Position> inserted{0};
    std::atomic<Position> changed{0};
  };
  static constexpr std::size_t capacity = 64;
  static constexpr Position under_way = std::numeric_limits<Position>::max();

  void set(const TouchedTables&, Position);

  std::array<Changes, capacity> tables_;
  std::atomic<std::uint64_t> state_{0};
  std::atomic<Position> position_{0};
  std::mutex mutex_;
  std::vector<std::string_view> names_;
};

}  // namespace innkeeper::sqlite
