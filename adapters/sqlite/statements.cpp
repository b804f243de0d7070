#include "adapters/sqlite/statements.hpp"

#include "adapters/sqlite/damage.hpp"

#include "engine/base/selection.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace innkeeper::sqlite {

namespace {

constexpr std::string_view operators[] = {" = ?", " IS NOT ?", " < ?", " <= ?",
                                          " > ?", " >= ?",     ", ?)", " IN (SELECT value FROM json_each('[' || ? || ']'))"};

constexpr Shape::Term null_bit = 1U << 11U;
constexpr Shape::Term descending_bit = 1U << 8U;

constexpr Shape::Term term_of(const Condition& condition) {
  const auto compare = static_cast<unsigned>(condition.compare);
  return static_cast<Shape::Term>(condition.column | compare << 8U | (has_parameter(condition) ? 0U : null_bit));
}
constexpr Shape::Term term_of(const Ordering& ordering) {
  return static_cast<Shape::Term>(ordering.column | (ordering.descending ? descending_bit : 0U));
}

bool selects_one_id(const Selection& selection) {
  for (const auto& each : selection.where())
    if (each.column == 0 && each.compare == Compare::equal && !each.value.is_null()) return true;
  return false;
}

std::string column_name(const Shape& shape, std::size_t column) { return quoted(shape.table->columns[column].name); }

std::string column_list(const Shape& shape) {
  std::string list;
  for (std::size_t i = 0; i < shape.table->columns.size(); ++i) list += (i ? ", " : "") + column_name(shape, i);
  return list;
}

constexpr std::uint8_t column_of(Shape::Term term) { return static_cast<std::uint8_t>(term & 255U); }
constexpr Compare compare_of(Shape::Term term) { return static_cast<Compare>((term >> 8U) & 7U); }

/// Whether a column is the same in all rows that are selected.
bool is_pinned(const Shape& shape, std::uint8_t column) {
  const auto* terms = shape.terms.data();
  return std::any_of(terms, terms + shape.condition_count,
                     [&](Shape::Term term) { return column_of(term) == column && compare_of(term) == Compare::equal; });
}

/// Whether rows are found by a list of ids.
bool lists_ids(const Shape& shape) {
  const auto* terms = shape.terms.data();
  return std::any_of(terms, terms + shape.condition_count,
                     [](Shape::Term term) { return column_of(term) == 0 && compare_of(term) == Compare::in; });
}

/// The index that finds the rows of a selection; null if there is none, or the rows are found by their ids.
const Index* find_index(const Shape& shape) {
  base::IndexNeeds needs{.minds_order = shape.has_limit || shape.has_offset || shape.ordering_count > 0};
  for (std::size_t i = 0; i < shape.condition_count; ++i)
    if (const auto term = shape.terms[i]; compare_of(term) == Compare::equal) needs.pinned |= std::uint64_t{1} << column_of(term);
  std::array<Ordering, Selection::max_terms> order{};
  for (std::size_t i = 0; i < shape.ordering_count; ++i) order[i].column = column_of(shape.terms[Selection::max_terms + i]);
  needs.order = std::span{order}.first(shape.ordering_count);
  return base::choose_index(*shape.table, needs);
}

/// Whether a condition may choose the index, or where in it to begin. SQLite takes one of several for the shape of the conditions
/// alone, and rather sorts than passes over rows: so where there is an index for a selection, no other is to be had.
bool may_choose(const Shape& shape, const Index* index, Shape::Term term) {
  const auto column = column_of(term);
  if (lists_ids(shape)) return column == 0;
  if (index == nullptr) return true;
  if (compare_of(term) != Compare::equal && is_pinned(shape, column)) return false;
  if (column == 0) return true;
  const auto columns = index->positions();
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

std::string where(const Shape& shape) {
  const auto* index = find_index(shape);
  std::string sql;
  for (std::size_t i = 0; i < shape.condition_count; ++i) {
    const auto term = shape.terms[i];
    const auto compare = static_cast<unsigned>(compare_of(term));
    sql += i ? " AND " : " WHERE ";
    if (compare_of(term) == Compare::contains) sql += "contains_ignoring_case(";
    // A unary plus keeps a term from the choice of an index, and changes nothing else.
    else if (!may_choose(shape, index, term))
      sql += '+';
    sql += column_name(shape, column_of(term));
    if (term & null_bit)
      sql += static_cast<Compare>(compare) == Compare::equal ? " IS NULL" : " IS NOT NULL";
    else
      sql += operators[compare];
  }
  return sql;
}

std::string order(const Shape& shape) {
  std::string sql = " ORDER BY ";
  for (std::size_t i = 0; i < shape.ordering_count; ++i) {
    const auto term = shape.terms[Selection::max_terms + i];
    sql += column_name(shape, column_of(term)) + (term & descending_bit ? " DESC" : "");
    if (column_of(term) == 0) return sql;
    sql += ", ";
  }
  return sql + "\"id\"";
}

std::string select_sql(const Shape& shape) {
  std::string sql = "SELECT " + column_list(shape) + " FROM " + quoted(shape.table->name) + where(shape) + order(shape);
  if (shape.has_limit || shape.has_offset) sql += shape.has_limit ? " LIMIT ?" : " LIMIT -1";
  if (shape.has_offset) sql += " OFFSET ?";
  return sql;
}

std::string insert_sql(const Shape& shape) {
  std::string placeholders;
  for (std::size_t i = 0; i < shape.table->columns.size(); ++i) placeholders += i ? ", ?" : "?";
  return "INSERT INTO " + quoted(shape.table->name) + " (" + column_list(shape) + ") VALUES (" + placeholders + ")";
}

std::string update_sql(const Shape& shape) {
  std::string sql = "UPDATE " + quoted(shape.table->name) + " SET ";
  for (std::size_t i = 1; i < shape.table->columns.size(); ++i) sql += (i > 1 ? ", " : "") + column_name(shape, i) + " = ?";
  return sql + where(shape);
}

std::string add_sql(const Shape& shape) {
  const auto column = column_name(shape, shape.column);
  return "UPDATE " + quoted(shape.table->name) + " SET " + column + " = " + column + " + ?" + where(shape);
}

std::string sql_of(const Shape& shape) {
  switch (shape.verb) {
    case Verb::select:
      return select_sql(shape);
    case Verb::count:
      return "SELECT count(*) FROM " + quoted(shape.table->name) + where(shape);
    case Verb::insert:
      return insert_sql(shape);
    case Verb::update:
      return update_sql(shape);
    case Verb::erase:
      return "DELETE FROM " + quoted(shape.table->name) + where(shape);
    case Verb::add:
      return add_sql(shape);
  }
  return {};
}

/// Whether the columns of a unique index, or the id, must all equal something.
bool selects_by_key(const Shape& shape) {
  const auto is_given = [&](std::uint8_t column) {
    const auto* end = shape.terms.data() + shape.condition_count;
    constexpr Condition equal{0, Compare::equal, Value{0}};
    return std::find(shape.terms.data(), end, static_cast<Shape::Term>(term_of(equal) | column)) != end;
  };
  const auto is_key = [&](const Index& index) {
    const auto columns = index.positions();
    return index.is_unique && std::all_of(columns.begin(), columns.end(), is_given);
  };
  return is_given(0) || std::any_of(shape.table->indexes.begin(), shape.table->indexes.end(), is_key);
}

/// Whether what was read is not what was written. A page beyond the end of the file is read as zeros, which is `SQLITE_CORRUPT`;
/// one beyond the end of the log is a short read. A disk that fails to read says nothing of what is on it.
bool is_damage(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return true;
    default:
      return code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_DATA || code == SQLITE_IOERR_CORRUPTFS;
  }
}

/// Whether memory was lacking, also where SQLite calls it a failure to read or write.
bool is_no_memory(int code) { return (code & 0xff) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM; }

Error broken_constraint(sqlite3* connection, int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: {
      std::string_view message = sqlite3_errmsg(connection);
      if (const auto colon = message.find(": "); colon != std::string_view::npos) message.remove_prefix(colon + 2);
      return {.code = Errc::already_exists, .reason = Reason{"store.unique"}, .detail = std::string{message}};
    }
    case SQLITE_CONSTRAINT_CHECK:
      return {.code = Errc::invalid, .reason = Reason{"store.id_range"}, .detail = "an id is 1 to 2^53 - 1"};
    case SQLITE_CONSTRAINT_DATATYPE:
      return {.code = Errc::invalid, .reason = Reason{"store.overflow"}, .detail = "a counter would leave its range"};
    default:
      return {.code = Errc::internal, .reason = Reason{"store.defect"}, .detail = sqlite3_errmsg(connection)};
  }
}

}  // namespace

Error error_of(sqlite3* connection, int code) try {
  if (is_no_memory(code)) return out_of_memory();
  const char* message = connection ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  if (is_damage(code)) return {.code = Errc::unavailable, .reason = damaged, .detail = message};
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return broken_constraint(connection, code);
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      return {.code = Errc::internal, .reason = Reason{"store.defect"}, .detail = message};
    case SQLITE_TOOBIG:
      return {.code = Errc::too_large, .reason = Reason{"store.too_large"}, .detail = message};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {
          .code = Errc::unavailable, .reason = Reason{"store.busy"}, .detail = message, .retry_after = std::chrono::seconds{1}};
    case SQLITE_READONLY:
      return {.code = Errc::unavailable, .reason = Reason{"store.read_only"}, .detail = message};
    default:
      return {.code = Errc::unavailable, .reason = Reason{"store.failed"}, .detail = message};
  }
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

Result<StatementHandle> prepare(sqlite3* connection, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error_of(connection, code);
  return StatementHandle{statement};
}

Shape shape_of(Verb verb, const Table& table, const Selection& selection, std::uint8_t column) {
  Shape shape{.table = &table, .condition_count = selection.condition_count, .column = column, .verb = verb};
  for (std::size_t i = 0; i < selection.condition_count; ++i) shape.terms[i] = term_of(selection.conditions[i]);
  if (verb != Verb::select) return shape;
  shape.has_offset = selection.offset > 0;
  // One row at most: neither its order nor a window from the start says anything.
  if (selects_one_id(selection) && selection.limit != 0 && !shape.has_offset) return shape;
  shape.has_limit = selection.limit >= 0;
  shape.ordering_count = selection.ordering_count;
  for (std::size_t i = 0; i < selection.ordering_count; ++i)
    shape.terms[Selection::max_terms + i] = term_of(selection.orderings[i]);
  return shape;
}

std::uint64_t hash_of(const Shape& shape) {
  std::array<std::uint64_t, sizeof(shape.terms) / sizeof(std::uint64_t)> words;
  std::memcpy(words.data(), shape.terms.data(), sizeof(words));
  std::uint64_t hash = std::bit_cast<std::uintptr_t>(shape.table) ^ static_cast<std::uint64_t>(shape.verb) << 48U ^
                       static_cast<std::uint64_t>(shape.column) << 56U;
  hash ^= static_cast<std::uint64_t>(shape.condition_count) << 50U ^ static_cast<std::uint64_t>(shape.has_limit) << 60U;
  for (const auto word : words) hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
  return hash ^ hash >> 32U;
}

const Statement* Statements::find(const Shape& shape) const {
  const auto found = cached_.find(shape);
  return found == cached_.end() ? nullptr : &found->second;
}

Result<BorrowedStatement> Statements::borrow(const Shape& shape) {
  auto found = cached_.find(shape);
  if (found != cached_.end() && !found->second.is_lent) return BorrowedStatement{found->second};

  auto made = make(shape);
  if (!made) return made.error();
  if (found == cached_.end()) {
    if (cached_.size() >= capacity) std::erase_if(cached_, [](const auto& each) { return !each.second.is_lent; });
    if (cached_.size() < capacity) return BorrowedStatement{cached_.emplace(shape, std::move(*made)).first->second};
  }
  return BorrowedStatement{std::make_unique<Statement>(std::move(*made))};
}

Result<Statement> Statements::make(const Shape& shape) {
  auto handle = prepare(connection_, sql_of(shape));
  if (!handle) return handle.error();
  return Statement{.handle = std::move(*handle),
                   .row = std::vector<Value>(shape.table->columns.size()),
                   .slot = commit_log_.slot_of(shape.table->name),
                   .is_point = selects_by_key(shape)};
}

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char each : name) {
    if (each == '"') text += '"';
    text += each;
  }
  return text + '"';
}

}  // namespace innkeeper::sqlite
