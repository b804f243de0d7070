#include "adapters/sqlite/transaction.hpp"

namespace innkeeper::sqlite {

namespace {

thread_local bool is_working_here = false;

/// Sets a flag or raises a count for as long as it lives.
template <class T>
class While {
 public:
  explicit While(T& raised) : raised_(raised), before_(raised) { raised = static_cast<T>(before_ + 1); }
  While(const While&) = delete;
  While& operator=(const While&) = delete;
  ~While() { raised_ = before_; }

 private:
  T& raised_;
  T before_;
};

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
    for (const auto& each : selection.where())
      if (has_parameter(each)) add(table.columns[each.column], each.value);
  }

  /// The first failure, or SQLITE_OK.
  int code() const { return code_; }

 private:
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

Result<void> SqliteTransaction::perform(const Work& work) {
  const While working{is_working_here};
  Result<void> outcome;
  try {
    outcome = work(*this);
  } catch (...) {
    outcome = Error{.code = Errc::internal, .reason = Reason{"store.work_threw"}};
  }
  if (failure_) return *failure_;
  return outcome;
}

Error SqliteTransaction::failed(int code) {
  if (code == SQLITE_MISMATCH) return defect("a value of another type than its column");
  auto error = error_of(connection_.handle(), code);
  if (error.code == Errc::unavailable) failure_ = error;
  return error;
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
  auto loan = connection_.statements().borrow(shape);
  if (!loan) return loan.error();
  sqlite3_stmt* statement = loan->handle();

  Binder binder{statement};
  binder.add(table, selection);
  if (shape.has_limit) binder.add(selection.limit);
  if (shape.has_offset) binder.add(selection.offset);
  if (binder.code() != SQLITE_OK) return failed(binder.code());

  const While visiting{visits_};
  auto& row = loan->row();
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return failed(code);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = cell(statement, static_cast<int>(i), table.columns[i]);
    if (!visit(row)) return {};
  }
}

Result<std::int64_t> SqliteTransaction::count(const Table& table, const Selection& selection) {
  if (failure_) return *failure_;
  auto loan = connection_.statements().borrow(shape_of(Verb::count, table, selection));
  if (!loan) return loan.error();
  Binder binder{loan->handle()};
  binder.add(table, selection);
  if (binder.code() != SQLITE_OK) return failed(binder.code());
  if (const int code = sqlite3_step(loan->handle()); code != SQLITE_ROW) return failed(code);
  return std::int64_t{sqlite3_column_int64(loan->handle(), 0)};
}

Result<Id> SqliteTransaction::insert(const Table& table, std::span<const Value> cells) {
  if (auto refused = refuse_write()) return *refused;
  auto loan = connection_.statements().borrow(shape_of(Verb::insert, table, {}));
  if (!loan) return loan.error();
  Binder binder{loan->handle()};
  binder.add(table.columns[0], cells[0] == Value{0} ? Value{} : cells[0]);
  for (std::size_t i = 1; i < cells.size(); ++i) binder.add(table.columns[i], cells[i]);
  if (binder.code() != SQLITE_OK) return failed(binder.code());
  if (auto done = finish_write(*loan); !done) return done.error();
  return Id{sqlite3_last_insert_rowid(connection_.handle())};
}

Result<std::int64_t> SqliteTransaction::update(const Table& table, const Selection& selection, std::span<const Value> cells) {
  if (auto refused = refuse_write()) return *refused;
  auto loan = connection_.statements().borrow(shape_of(Verb::update, table, selection));
  if (!loan) return loan.error();
  Binder binder{loan->handle()};
  for (std::size_t i = 1; i < cells.size(); ++i) binder.add(table.columns[i], cells[i]);
  binder.add(table, selection);
  if (binder.code() != SQLITE_OK) return failed(binder.code());
  return finish_write(*loan);
}

Result<std::int64_t> SqliteTransaction::erase(const Table& table, const Selection& selection) {
  if (auto refused = refuse_write()) return *refused;
  auto loan = connection_.statements().borrow(shape_of(Verb::erase, table, selection));
  if (!loan) return loan.error();
  Binder binder{loan->handle()};
  binder.add(table, selection);
  if (binder.code() != SQLITE_OK) return failed(binder.code());
  return finish_write(*loan);
}

Result<std::int64_t> SqliteTransaction::add(const Table& table, const Selection& selection, std::uint8_t column,
                                            std::int64_t amount) {
  if (auto refused = refuse_write()) return *refused;
  auto loan = connection_.statements().borrow(shape_of(Verb::add, table, selection, column));
  if (!loan) return loan.error();
  Binder binder{loan->handle()};
  binder.add(amount);
  binder.add(table, selection);
  if (binder.code() != SQLITE_OK) return failed(binder.code());
  return finish_write(*loan);
}

Result<std::int64_t> SqliteTransaction::finish_write(const Loan& loan) {
  if (const int code = sqlite3_step(loan.handle()); code != SQLITE_DONE) return failed(code);
  return std::int64_t{sqlite3_changes64(connection_.handle())};
}

}  // namespace innkeeper::sqlite
