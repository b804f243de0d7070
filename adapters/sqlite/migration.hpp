#pragma once

#include "adapters/sqlite/connection.hpp"

#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <cstdint>
#include <string>

namespace innkeeper::sqlite {

/// The SQL of one step of a schema: the tables, columns and indexes that are there since it. The same text on every start; its
/// checksum is kept in the database.
std::string step_sql(const Schema&, std::uint16_t step);

/// See `Store::migrate`. The connection is in no transaction.
Result<void> migrate(Connection&, const Schema&);

/// The same where nothing can be written: `conflict` with reason `schema.older` if a step is lacking.
Result<void> check(Connection&, const Schema&);

}  // namespace innkeeper::sqlite
