#pragma once

#include "adapters/memory/database.hpp"

#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <optional>
#include <vector>

namespace innkeeper::memory {

/// One transaction. Whoever makes it holds the database's lock. Unless the work succeeds, everything it changed is put back.
class MemoryTransaction final : public Transaction {
 public:
  MemoryTransaction(Database& database, Access access) : database_(database), access_(access) {}

  /// Runs the work. What it throws is `internal`.
  Result<void> perform(const Work&);

 protected:
  Result<void> select(const Table&, const Selection&, const Visit&) override;
  Result<std::int64_t> count(const Table&, const Selection&) override;
  Result<Id> insert(const Table&, std::span<const Value> cells) override;
  Result<std::int64_t> update(const Table&, const Selection&, std::span<const Value> cells) override;
  Result<std::int64_t> erase(const Table&, const Selection&) override;
  Result<std::int64_t> add(const Table&, const Selection&, std::uint8_t column, std::int64_t amount) override;

 private:
  struct Change {
    Rows* rows;
    std::int64_t id;
    RowPointer before;  ///< Null where there was no row.
    std::int64_t next_id;
  };

  Result<Rows*> rows_of(const Table&, const Selection&);
  Result<Rows*> writable_rows_of(const Table&, const Selection&);
  Result<void> put(Rows&, std::span<const Value> cells);
  void note(Rows&, std::int64_t id);
  void undo(std::size_t down_to);

  Database& database_;
  Access access_;
  int visits_ = 0;
  std::vector<Change> changes_;
};

/// True on a thread that is running a `Work`.
bool is_working();

}  // namespace innkeeper::memory
