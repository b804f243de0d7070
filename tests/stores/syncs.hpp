#pragma once

#include <chrono>

/// How often SQLite had the disk make its writes lasting, and ways to have that fail or take long: this program stands in for
/// `fdatasync`.
namespace innkeeper::tests {

int count_syncs();

/// While it lives, every sync fails with EIO.
class FailingSyncs {
 public:
  FailingSyncs();
  FailingSyncs(const FailingSyncs&) = delete;
  FailingSyncs& operator=(const FailingSyncs&) = delete;
  ~FailingSyncs();
};

/// While it lives, every sync of a database takes so long, but not those of its log.
class SlowSyncs {
 public:
  explicit SlowSyncs(std::chrono::milliseconds);
  SlowSyncs(const SlowSyncs&) = delete;
  SlowSyncs& operator=(const SlowSyncs&) = delete;
  ~SlowSyncs();
};

}  // namespace innkeeper::tests
