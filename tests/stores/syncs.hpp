#pragma once

/// How often SQLite had the disk make its writes lasting, and a way to have that fail: this program stands in for `fdatasync`.
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

}  // namespace innkeeper::tests
