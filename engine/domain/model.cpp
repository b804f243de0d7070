#include "engine/domain/tables.hpp"

namespace innkeeper {

std::span<const Table* const> all_tables() { return domain::tables; }

}  // namespace innkeeper
