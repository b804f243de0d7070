#pragma once

#include "adapters/sqlite/commit_log.hpp"

#include <innkeeper/result.hpp>
#include <innkeeper/schema/entity.hpp>
#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace innkeeper::sqlite {

/// What SQLite's (extended) result code means to a caller of the store. Details name columns, never values.
Error error_of(sqlite3* connection, int code);

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, Finalize>;

Result<StatementHandle> prepare(sqlite3* connection, std::string_view sql);

enum class Verb : std::uint8_t { select, count, insert, update, erase, add };

/// All that decides the text of a statement: its table, its verb, and a selection without the values.
struct Shape {
  using Term = std::uint16_t;

  const Table* table = nullptr;
  std::array<Term, 2 * Selection::max_terms> terms{};
  std::uint8_t condition_count = 0;
  std::uint8_t ordering_count = 0;
  std::uint8_t column = 0;  ///< What `Verb::add` adds to.
  Verb verb = Verb::select;
  bool has_limit = false;
  bool has_offset = false;

  friend bool operator==(const Shape&, const Shape&) = default;
};

Shape shape_of(Verb, const Table&, const Selection&, std::uint8_t column = 0);

std::uint64_t hash_of(const Shape&);

/// A condition on null carries no parameter: it is `IS NULL` or `IS NOT NULL`.
constexpr bool has_parameter(const Condition& condition) {
  return !condition.value.is_null() || (condition.compare != Compare::equal && condition.compare != Compare::not_equal);
}

struct Statement {
  StatementHandle handle;
  std::vector<Value> row;  ///< Room for the cells of the current row.
  int slot = 0;            ///< Its table's, in the commit log.
  bool is_point = false;   ///< It selects by a key: at most one row, which stays the same when others come.
  bool is_lent = false;
};

/// A borrowed statement: bound, stepped, and reset when this ends.
class BorrowedStatement {
 public:
  explicit BorrowedStatement(Statement& statement) : statement_(&statement) { statement.is_lent = true; }
  explicit BorrowedStatement(std::unique_ptr<Statement> own) : own_(std::move(own)), statement_(own_.get()) {}
  BorrowedStatement(BorrowedStatement&& other) noexcept
      : own_(std::move(other.own_)), statement_(std::exchange(other.statement_, nullptr)) {}
  BorrowedStatement& operator=(BorrowedStatement&&) = delete;
  ~BorrowedStatement() {
    if (!statement_) return;
    sqlite3_reset(statement_->handle.get());
    statement_->is_lent = false;
  }

  Statement& operator*() const { return *statement_; }
  sqlite3_stmt* handle() const { return statement_->handle.get(); }
  std::vector<Value>& row() const { return statement_->row; }

 private:
  std::unique_ptr<Statement> own_;
  Statement* statement_;
};

/// The prepared statements of one connection, found by shape. A shape whose statement is lent already, as in a query inside a
/// visit of the same query, gets one of its own.
class Statements {
 public:
  Statements(sqlite3* connection, CommitLog& commit_log) : connection_(connection), commit_log_(commit_log) {}
  /// The statement of that shape if it was borrowed before; for what there is to know of it, not to run it.
  const Statement* find(const Shape&) const;
  Result<BorrowedStatement> borrow(const Shape&);

 private:
  struct Hash {
    std::size_t operator()(const Shape& shape) const { return hash_of(shape); }
  };
  static constexpr std::size_t capacity = 512;

  Result<Statement> make(const Shape&);

  sqlite3* connection_;
  CommitLog& commit_log_;
  std::unordered_map<Shape, Statement, Hash> cached_;
};

/// `name` between double quotes: tables and columns may be called like keywords.
std::string quoted(std::string_view name);

}  // namespace innkeeper::sqlite
