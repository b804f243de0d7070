#pragma once

#include <innkeeper/sqlite.hpp>

namespace innkeeper::sqlite {

/// A store over a file that is only read: no thread, no log, nothing beside the file where it lies still. See
/// `SqliteOptions::is_read_only`.
Result<std::unique_ptr<Store>> open_to_read(const SqliteOptions&);

/// See `check_sqlite`.
Result<void> check_file(const SqliteOptions&);

}  // namespace innkeeper::sqlite
