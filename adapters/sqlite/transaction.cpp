#include "adapters/sqlite/transaction.hpp"

#include "adapters/sqlite/damage.hpp"

#include "engine/base/nesting.hpp"
#include "engine/base/selection.hpp"
#include "engine/base/text.hpp"

#include <new>
#include <string>
#include <utility>

namespace innkeeper::sqlite {

namespace {

thread_local bool is_working_here = false;

Error defect(std::string detail) {
  return {.code = Errc::internal, .reason = Reason{"store.defect"}, .detail = std::move(detail)};
}

/// Puts values into the parameters of a statement, one after the other. The values are viewed until the statement is reset.
class Binder {
 public:
  explicit Binder(sqlite3_stmt* statement) : statement_(statement) {}

  void add(const Column& column, const Value& value) {
    const int at = ++last_;
    if (value.is_null())
      keep(sqlite3_bind_null(statement_, at));
    else if (value.is_integer() != (column.type == ColumnType::integer))
      keep(SQLITE_MISMATCH);
    else if (value.is_integer())
      keep(sqlite3_bind_int64(statement_, at, value.integer()));
    else if (column.type == ColumnType::text)
      keep(sqlite3_bind_text64(statement_, at, data(value), value.text().size(), SQLITE_STATIC, SQLITE_UTF8));
    else
      keep(sqlite3_bind_blob64(statement_, at, data(value), value.text().size(), SQLITE_STATIC));
  }
  void add(std::int64_t value) { keep(sqlite3_bind_int64(statement_, ++last_, value)); }
  void add(const Table& table, const Selection& selection) {
    for (const auto& each : selection.where()) {
      const auto& column = table.columns[each.column];
      if (!base::fits(column, each))
        keep(SQLITE_MISMATCH);
      else if (each.compare == Compare::in && !each.value.is_null())
        add_list(each.value.text());
      else if (has_parameter(each))
        add(column, each.value);
    }
  }

  /// The first failure, or SQLITE_OK.
  int code() const { return code_; }

 private:
  /// The numbers of a list alone, in a copy: the statement reads them as JSON, in which they may be spelt in other ways.
  void add_list(std::string_view list) {
    std::string numbers;
    numbers.reserve(list.size());
    for (const auto each : base::numbers_in(list)) base::append_number(numbers.append(numbers.empty() ? "" : ","), each);
    auto* const copy = static_cast<char*>(sqlite3_malloc64(numbers.size() + 1));
    if (copy == nullptr) return keep(SQLITE_NOMEM);
    numbers.copy(copy, numbers.size());
    keep(sqlite3_bind_text64(statement_, ++last_, copy, numbers.size(), sqlite3_free, SQLITE_UTF8));
  }

  /// An empty view may point nowhere, which SQLite would take for null.
  static const char* data(const Value& value) { return value.text().empty() ? "" : value.text().data(); }
  void keep(int code) {
    if (code_ == SQLITE_OK) code_ = code;
  }

  sqlite3_stmt* statement_;
  int last_ = 0;
  int code_ = SQLITE_OK;
};

Value cell(sqlite3_stmt* statement, int at, const Column& column) {
  if (column.nullable && sqlite3_column_type(statement, at) == SQLITE_NULL) return {};
  if (column.type == ColumnType::integer) return std::int64_t{sqlite3_column_int64(statement, at)};
  // For text too: the bytes as they stand, without a copy to end them with a zero.
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, at));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, at));
  return data ? std::string_view{data, size} : std::string_view{""};
}

}  // namespace

bool is_working() { return is_working_here; }

Error nested() {
  return {.code = Errc::internal, .reason = Reason{"store.nested"}, .detail = "a run inside a work is not allowed"};
}

Result<void> SqliteTransaction::perform(const Work& work) {
  const base::ScopedIncrement working{is_working_here};
  Result<void> outcome;
  try {
    outcome = work(*this);
  } catch (const std::bad_alloc&) {
    outcome = out_of_memory();
  } catch (...) {
    outcome = Error{.code = Errc::internal, .reason = Reason{"store.work_threw"}};
  }
  if (failure_) return std::move(*failure_);
  return outcome;
}

Error SqliteTransaction::failed(int code) {
  if (code == SQLITE_MISMATCH) return defect("a value of another type than its column");
  return failed(error_of(connection_.handle(), code));
}

Error SqliteTransaction::failed(Error error) {
  if (error.code == Errc::unavailable) failure_ = error;
  return error;
}

Result<BorrowedStatement> SqliteTransaction::borrow(const Shape& shape) {
  auto borrowed = connection_.statements().borrow(shape);
  if (!borrowed) return failed(borrowed.error());
  return borrowed;
}

std::optional<Error> SqliteTransaction::refuse_write() const {
  if (failure_) return failure_;
  if (access_ == Access::read) return defect("a transaction opened for reading does not write");
  if (visits_ > 0) return defect("a visit does not write");
  return std::nullopt;
}

Result<void> SqliteTransaction::select(const Table& table, const Selection& selection, const Visit& visit) {
  if (failure_) return *failure_;
  const auto shape = shape_of(Verb::select, table, selection);
  const bool is_inside_visit = visits_ > 0;
  const base::ScopedIncrement visiting{visits_};
  if (cache_ == nullptr) return ask(shape, selection, visit);
  const RowCache::Lookup lookup{shape, selection};
  if (auto rest = cache_->find(lookup, touched_)) {
    for (const auto width = table.columns.size(); !rest->empty(); rest = rest->subspan(width))
      if (!visit(rest->first(width))) break;
    return {};
  }
  // What an outer visit is looking at must not be moved out to make room.
  const bool is_kept = !is_inside_visit && cache_->wants(lookup);
  return is_kept ? ask_and_keep(lookup, visit) : ask(shape, selection, visit);
}

Result<void> SqliteTransaction::ask_and_keep(const RowCache::Lookup& lookup, const Visit& visit) {
  const auto& shape = lookup.shape();
  const auto* statement = connection_.statements().find(shape);
  if (statement == nullptr || statement->slot == CommitLog::no_slot || touched_.touches(statement->slot))
    return ask(shape, lookup.selection(), visit);
  RowCache::Rows rows;
  bool is_cut_short = false;
  auto asked = ask(shape, lookup.selection(), [&](std::span<const Value> row) {
    if (!rows.is_long()) rows.add(row);
    return !(is_cut_short = !visit(row));
  });
  if (!asked || rows.is_long()) return asked;
  const bool is_at_end =
      !is_cut_short || statement->is_point || (shape.has_limit && std::cmp_equal(rows.row_count(), lookup.selection().limit));
  if (is_at_end) cache_->keep(lookup, *statement, rows);
  return asked;
}

Result<void> SqliteTransaction::ask(const Shape& shape, const Selection& selection, const Visit& visit) {
  auto borrowed = borrow(shape);
  if (!borrowed) return borrowed.error();
  sqlite3_stmt* statement = borrowed->handle();

  Binder binder{statement};
  binder.add(*shape.table, selection);
  if (shape.has_limit) binder.add(selection.limit);
  if (shape.has_offset) binder.add(selection.offset);
  if (binder.code() != SQLITE_OK) return failed(binder.code());

  auto& row = borrowed->row();
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return failed(code);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = cell(statement, static_cast<int>(i), shape.table->columns[i]);
    if (!visit(row)) return {};
  }
}

Result<std::int64_t> SqliteTransaction::count(const Table& table, const Selection& selection) {
  if (failure_) return *failure_;
  auto borrowed = borrow(shape_of(Verb::count, table, selection));
  if (!borrowed) return borrowed.error();
  Binder binder{borrowed->handle()};
  binder.add(table, selection);
  if (binder.code() != SQLITE_OK) return failed(binder.code());
  if (const int code = sqlite3_step(borrowed->handle()); code != SQLITE_ROW) return failed(code);
  return std::int64_t{sqlite3_column_int64(borrowed->handle(), 0)};
}

Result<Id> SqliteTransaction::insert(const Table& table, std::span<const Value> cells) {
  if (auto refused = refuse_write()) return *refused;
  auto borrowed = borrow(shape_of(Verb::insert, table, {}));
  if (!borrowed) return borrowed.error();
  Binder binder{borrowed->handle()};
  binder.add(table.columns[0], cells[0] == Value{0} ? Value{} : cells[0]);
  for (std::size_t i = 1; i < cells.size(); ++i) binder.add(table.columns[i], cells[i]);
  if (binder.code() != SQLITE_OK) return failed(binder.code());
  if (auto done = finish_write(*borrowed, &TouchedTables::inserted); !done) return done.error();
  return Id{sqlite3_last_insert_rowid(connection_.handle())};
}

Result<std::int64_t> SqliteTransaction::update(const Table& table, const Selection& selection, std::span<const Value> cells) {
  if (auto refused = refuse_write()) return *refused;
  auto borrowed = borrow(shape_of(Verb::update, table, selection));
  if (!borrowed) return borrowed.error();
  Binder binder{borrowed->handle()};
  for (std::size_t i = 1; i < cells.size(); ++i) binder.add(table.columns[i], cells[i]);
  binder.add(table, selection);
  if (binder.code() != SQLITE_OK) return failed(binder.code());
  return finish_write(*borrowed, &TouchedTables::changed);
}

Result<std::int64_t> SqliteTransaction::erase(const Table& table, const Selection& selection) {
  if (auto refused = refuse_write()) return *refused;
  auto borrowed = borrow(shape_of(Verb::erase, table, selection));
  if (!borrowed) return borrowed.error();
  Binder binder{borrowed->handle()};
  binder.add(table, selection);
  if (binder.code() != SQLITE_OK) return failed(binder.code());
  return finish_write(*borrowed, &TouchedTables::changed);
}

Result<std::int64_t> SqliteTransaction::add(const Table& table, const Selection& selection, std::uint8_t column,
                                            std::int64_t amount) {
  if (auto refused = refuse_write()) return *refused;
  auto borrowed = borrow(shape_of(Verb::add, table, selection, column));
  if (!borrowed) return borrowed.error();
  Binder binder{borrowed->handle()};
  binder.add(amount);
  binder.add(table, selection);
  if (binder.code() != SQLITE_OK) return failed(binder.code());
  return finish_write(*borrowed, &TouchedTables::changed);
}

Result<std::int64_t> SqliteTransaction::finish_write(const BorrowedStatement& borrowed, std::uint64_t TouchedTables::*kind) {
  if (const int code = sqlite3_step(borrowed.handle()); code != SQLITE_DONE) return failed(code);
  const auto rows = std::int64_t{sqlite3_changes64(connection_.handle())};
  if (rows > 0 && (*borrowed).slot != CommitLog::no_slot)
    touched_.*kind |= std::uint64_t{1} << static_cast<unsigned>((*borrowed).slot);
  return rows;
}

}  // namespace innkeeper::sqlite
