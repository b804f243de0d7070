#include "adapters/sqlite/wal_index.hpp"

namespace innkeeper::sqlite {

WalIndex WalIndex::of(sqlite3* connection) {
  constexpr int block = 32'768;  // of which SQLite shares its index in pieces; the header is at the start of the first
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods)
    return {};
  if (file->pMethods->iVersion < 2 || !file->pMethods->xShmMap) return {};
  void volatile* memory = nullptr;
  if (file->pMethods->xShmMap(file, 0, block, /*extend=*/0, &memory) != SQLITE_OK || !memory) return {};
  // The one layout there has been since SQLite 3.7.0; of any other nothing is known.
  if (*static_cast<const volatile std::uint32_t*>(memory) != 3'007'000) return {};
  WalIndex index;
  index.header_ = static_cast<const volatile std::byte*>(memory);
  return index;
}

}  // namespace innkeeper::sqlite
