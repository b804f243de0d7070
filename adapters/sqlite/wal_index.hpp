#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>

namespace innkeeper::sqlite {

/// The header of the index of a write-ahead log, which lies in memory that all processes share and is written anew with each
/// commit of any of them (the file format's §2.1). It is how SQLite itself sees that its snapshot is old; looking at it takes no
/// lock and no system call. Valid as long as the connection it was found through is open.
class WalIndex {
 public:
  /// An index that is not there, as in a private database in memory: it is never in a known state.
  WalIndex() = default;
  /// The connection has read from its file before.
  static WalIndex of(sqlite3* connection);

  /// A number that two different states of the database do not share: the checksum of the header. 0 is no state.
  std::uint64_t state() const { return header_ ? __atomic_load_n(at<std::uint64_t>(40), __ATOMIC_ACQUIRE) : 0; }
  /// Counts the commits of all processes, modulo 2^32.
  std::uint32_t commits() const { return header_ ? __atomic_load_n(at<std::uint32_t>(8), __ATOMIC_ACQUIRE) : 0; }
  /// The length of the log in pages.
  std::uint32_t pages() const { return header_ ? __atomic_load_n(at<std::uint32_t>(16), __ATOMIC_ACQUIRE) : 0; }
  /// How many of them are in the database.
  std::uint32_t copied() const { return header_ ? __atomic_load_n(at<std::uint32_t>(96), __ATOMIC_ACQUIRE) : 0; }

 private:
  template <class T>
  const volatile T* at(std::size_t offset) const {
    return reinterpret_cast<const volatile T*>(header_ + offset);
  }
  const volatile std::byte* header_ = nullptr;
};

}  // namespace innkeeper::sqlite
