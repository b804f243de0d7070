#pragma once

#include "tests/stores/backends.hpp"

#include <innkeeper/sqlite.hpp>

#include <array>
#include <filesystem>
#include <fstream>

/// A store in a file, for tests of what its readers remember and of its log.
namespace innkeeper::tests {

constexpr int often = 4;  ///< How many times something is asked until its answer is remembered for sure.

struct DatabaseFixture {
  TemporaryFolder folder;
  std::string path = (folder.path() / "house.db").string();

  std::unique_ptr<Store> open(std::size_t cache = std::size_t{8} << 20U) const {
    // Commits are as visible without the wait for the disk, and there can be more of them.
    auto store = open_sqlite({.path = path, .is_durable = false, .cache = cache}).value();
    store->migrate(test_schema).value();
    return store;
  }
  std::uintmax_t log_size() const { return std::filesystem::file_size(path + "-wal"); }
  /// How often the log has begun anew: the checkpoint sequence number of its header (the file format's §4.1).
  std::uint32_t log_number() const {
    std::array<unsigned char, 4> bytes{};
    std::ifstream{path + "-wal", std::ios::binary}.seekg(12).read(reinterpret_cast<char*>(bytes.data()), bytes.size());
    return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U | bytes[3];
  }
};

inline std::optional<Guest> guest_of(Store& store, Id id) {
  auto guest = get<Guest>(store, id);
  if (!guest) return std::nullopt;
  return *std::move(guest);
}

inline void ask_often(Store& store, Id id) {
  for (int i = 0; i < often; ++i) static_cast<void>(guest_of(store, id));
}

}  // namespace innkeeper::tests
