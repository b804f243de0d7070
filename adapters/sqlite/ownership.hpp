#pragma once

#include <innkeeper/result.hpp>

#include <sqlite3.h>

#include <cstdint>

namespace innkeeper::sqlite {

/// Whose a database is.
enum class Owner : std::uint8_t {
  nobody,     ///< There is nothing in it.
  us,         ///< It bears our `application_id`.
  us_before,  ///< It was made before we had one: it has our table of schema steps.
  another,
};

/// Only reads.
Result<Owner> owner_of(sqlite3* connection);

/// Whether it has the table in which we keep what schema steps were applied.
Result<bool> has_schema_table(sqlite3* connection);

/// Writes our `application_id` into it.
Result<void> mark_as_ours(sqlite3* connection);

}  // namespace innkeeper::sqlite
