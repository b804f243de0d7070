#pragma once

#include "adapters/sqlite/connection.hpp"

#include <innkeeper/store.hpp>

#include <optional>

namespace innkeeper::sqlite {

/// One transaction on a connection that has already begun it; whoever made this ends it.
class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(Connection& connection, Access access) : connection_(connection), access_(access) {}

  /// Runs the work. What it throws is `internal`; where the store failed underneath, that failure is the answer.
  Result<void> perform(const Work&);

  /// The store failed: nothing of this transaction can be kept.
  bool is_broken() const { return failure_.has_value(); }

 protected:
  Result<void> select(const Table&, const Selection&, const Visit&) override;
  Result<std::int64_t> count(const Table&, const Selection&) override;
  Result<Id> insert(const Table&, std::span<const Value> cells) override;
  Result<std::int64_t> update(const Table&, const Selection&, std::span<const Value> cells) override;
  Result<std::int64_t> erase(const Table&, const Selection&) override;
  Result<std::int64_t> add(const Table&, const Selection&, std::uint8_t column, std::int64_t amount) override;

 private:
  Error failed(int code);
  std::optional<Error> refuse_write() const;
  Result<std::int64_t> finish_write(const Loan&);

  Connection& connection_;
  Access access_;
  int visits_ = 0;
  std::optional<Error> failure_;
};

/// True on a thread that is running a `Work`.
bool is_working();

}  // namespace innkeeper::sqlite
