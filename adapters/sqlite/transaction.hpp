#pragma once

#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/row_cache.hpp"

#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <optional>

namespace innkeeper::sqlite {

/// One transaction on a connection that has already begun it; whoever made this ends it.
class SqliteTransaction final : public Transaction {
 public:
  /// `cache` answers what it knows; null: all is asked of SQLite. `touched` is what was done before in the same transaction.
  SqliteTransaction(Connection& connection, Access access, RowCache* cache = nullptr, const TouchedTables& touched = {})
      : connection_(connection), access_(access), cache_(cache), touched_(touched) {}

  /// Runs the work. What it throws is `internal`, want of memory `unavailable`; where the store failed underneath, that failure
  /// is the answer.
  Result<void> perform(const Work&);

  /// The store failed: nothing of this transaction can be kept.
  bool is_broken() const { return failure_.has_value(); }
  /// What was done to which tables.
  const TouchedTables& touched() const { return touched_; }

 protected:
  Result<void> select(const Table&, const Selection&, const Visit&) override;
  Result<std::int64_t> count(const Table&, const Selection&) override;
  Result<Id> insert(const Table&, std::span<const Value> cells) override;
  Result<std::int64_t> update(const Table&, const Selection&, std::span<const Value> cells) override;
  Result<std::int64_t> erase(const Table&, const Selection&) override;
  Result<std::int64_t> add(const Table&, const Selection&, std::uint8_t column, std::int64_t amount) override;

 private:
  Error failed(int code);
  Error failed(Error);
  Result<BorrowedStatement> borrow(const Shape&);
  std::optional<Error> refuse_write() const;
  Result<void> ask(const Shape&, const Selection&, const Visit&);
  Result<void> ask_and_keep(const RowCache::Lookup&, const Visit&);
  Result<std::int64_t> finish_write(const BorrowedStatement&, std::uint64_t TouchedTables::*kind);

  Connection& connection_;
  Access access_;
  RowCache* cache_;
  TouchedTables touched_;
  int visits_ = 0;
  std::optional<Error> failure_;
};

/// True on a thread that is running a `Work`.
bool is_working();
/// What a run on such a thread is answered.
Error nested();

}  // namespace innkeeper::sqlite
