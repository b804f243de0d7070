#pragma once

#include <innkeeper/result.hpp>
#include <innkeeper/schema/entity.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace innkeeper {

/// A `Selection` in terms of an entity's members. Values are not copied: they must last until the query has run.
template <class E>
class Query {
 public:
  Query() = default;
  explicit Query(const Selection& selection) : selection_(selection) {}
  template <class M, class V>
  Query& where(M E::*member, Compare compare, const V& value) {
    selection_.add(Condition{position(member), compare, cell<M>(value)});
    return *this;
  }
  template <class M, class V>
  Query& where(M E::*member, const V& value) {
    return where(member, Compare::equal, value);
  }
  template <class M>
  Query& order_by(M E::*member, bool descending = false) {
    selection_.add(Ordering{position(member), descending});
    return *this;
  }
  Query& limit(std::int64_t rows) {
    selection_.limit = rows;
    return *this;
  }
  Query& offset(std::int64_t rows) {
    selection_.offset = rows;
    return *this;
  }
  /// A condition on a column by its position in the table.
  Query& where(const Condition& condition) {
    selection_.add(condition);
    return *this;
  }
  Query& order_by(const Ordering& ordering) {
    selection_.add(ordering);
    return *this;
  }
  const Selection& selection() const { return selection_; }

 private:
  template <class M>
  static std::uint8_t position(M E::*member) {
    return static_cast<std::uint8_t>(description_of<E>.position(member));
  }
  template <class M, class V>
  static Value cell(const V& value) {
    if constexpr (std::is_same_v<V, Value>)
      return value;
    else if constexpr (std::is_convertible_v<const V&, std::string_view>)
      return std::string_view{value};
    else if constexpr (std::is_same_v<V, M> || !std::is_same_v<M, std::optional<V>>)
      return CellOf<M>::read(value);
    else
      return CellOf<V>::read(value);
  }
  Selection selection_;
};

/// Called with the cells of one row, valid during the call. It may read from the transaction, but not write. Returning false ends
/// the listing.
using Visit = std::function<bool(std::span<const Value>)>;

/// One transaction of a store. Reads see one snapshot plus the transaction's own writes. Used by one thread at a time, and only
/// inside the `Work` it was given to. Errors: `already_exists` where a unique index is broken, `conflict` where a version is
/// stale, `not_found`, `unavailable` where the store failed; after `unavailable` the transaction can only fail.
class Transaction {
 public:
  virtual ~Transaction() = default;
  Transaction() = default;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Confines the transaction to the rows of a tenant, in every table that has an owner: no others are found, listed, changed or
  /// created. With an app, also to the rows of that app, in the tables that belong to apps. `Id::none` lifts either. The pipeline
  /// calls this with the caller's tenant and app before any operation runs.
  void confine(Id tenant, Id app = Id::none) {
    tenant_ = tenant;
    app_ = app;
  }
  Id tenant() const { return tenant_; }
  Id app() const { return app_; }

  template <class E>
  Result<E> get(Id id) {
    return first(Query<E>{}.where(&E::id, id));
  }

  /// The first row of a query, or `not_found`.
  template <class E>
  Result<E> first(const Query<E>& query) {
    Selection one = confined(table_of<E>, query.selection());
    one.limit = 1;
    std::optional<E> found;
    auto done = select(table_of<E>, one, [&](std::span<const Value> cells) {
      found.emplace(from_cells<E>(cells));
      return false;
    });
    if (!done) return done.error();
    if (!found) return Error{Errc::not_found};
    return *std::move(found);
  }

  template <class E>
  Result<std::vector<E>> list(const Query<E>& query) {
    std::vector<E> rows;
    auto done = each<E>(query, [&](E&& row) {
      rows.push_back(std::move(row));
      return true;
    });
    if (!done) return done.error();
    return rows;
  }

  /// Calls `visit(E&&)` for each row, until it returns false.
  template <class E, class F>
  Result<void> each(const Query<E>& query, F&& visit) {
    return select(table_of<E>, confined(table_of<E>, query.selection()),
                  [&](std::span<const Value> cells) { return static_cast<bool>(visit(from_cells<E>(cells))); });
  }

  /// Calls `visit(cells)` with the cells of each row, in the order of the table, until it returns false.
  template <class E>
  Result<void> each_cells(const Query<E>& query, const Visit& visit) {
    return select(table_of<E>, confined(table_of<E>, query.selection()), visit);
  }

  /// How many rows the conditions of a query select; limit and offset are ignored.
  template <class E>
  Result<std::int64_t> count(const Query<E>& query) {
    return count(table_of<E>, confined(table_of<E>, query.selection()));
  }

  /// Stores a new row and gives the entity its `id` and `version`. A row for another tenant than the transaction's is
  /// `forbidden`. An id that is set is kept (import); it must be free.
  template <class E>
  Result<void> insert(E& entity) {
    auto cells = to_cells(entity);
    if (auto own = require_own(table_of<E>, cells); !own) return own;
    entity.version = 1;
    cells[1] = entity.version;
    auto id = insert(table_of<E>, cells);
    if (!id) return id.error();
    entity.id = *id;
    return {};
  }

  /// Stores the entity over the row of the same id and version, and raises its `version`. `conflict` if the row has another
  /// version or is gone; `forbidden` as `insert`.
  template <class E>
  Result<void> update(E& entity) {
    auto updated = update(table_of<E>, to_cells(entity));
    if (updated) ++entity.version;
    return updated;
  }

  /// Deletes every row that the conditions select; returns how many.
  template <class E>
  Result<std::int64_t> erase(const Query<E>& query) {
    return erase(table_of<E>, confined(table_of<E>, query.selection()));
  }
  template <class E>
  Result<std::int64_t> erase(Id id) {
    return erase(Query<E>{}.where(&E::id, id));
  }

  /// Adds to an integer column of the row with this id; the version stays. Counters do not conflict. Returns the rows changed, 0
  /// or 1.
  template <class E>
  Result<std::int64_t> add(Id id, std::int64_t E::*counter, std::int64_t amount) {
    Query<E> query;
    query.where(&E::id, id);
    return add(table_of<E>, confined(table_of<E>, query.selection()),
               static_cast<std::uint8_t>(description_of<E>.position(counter)), amount);
  }

  // The same for a table that is known at run time only.

  Result<void> each_cells(const Table& table, const Selection& selection, const Visit& visit) {
    return select(table, confined(table, selection), visit);
  }
  /// Stores cells over the row of the same id and version, with the next version.
  Result<void> update(const Table& table, std::span<const Value> cells) {
    if (auto own = require_own(table, cells); !own) return own;
    Selection which;
    which.add(Condition{0, Compare::equal, cells[0]});
    which = confined(table, which);
    which.add(Condition{1, Compare::equal, cells[1]});
    std::vector<Value> next(cells.begin(), cells.end());
    next[1] = cells[1].integer() + 1;
    auto changed = update(table, which, next);
    if (!changed) return changed.error();
    if (*changed != 1) return Error{Errc::conflict, Reason{"store.stale_version"}};
    return {};
  }
  /// Deletes the row of an id, if it meets the condition too; returns how many, 0 or 1.
  Result<std::int64_t> erase(const Table& table, Id id, const std::optional<Condition>& condition = std::nullopt) {
    Selection which;
    which.add(Condition{0, Compare::equal, Value{number(id)}});
    if (condition) which.add(*condition);
    return erase(table, confined(table, which));
  }

 protected:
  // What a store implements. Selections given to `update`, `erase`, `add` and `count` have no order, limit or offset.
  virtual Result<void> select(const Table&, const Selection&, const Visit&) = 0;
  virtual Result<std::int64_t> count(const Table&, const Selection&) = 0;
  /// Cell 0 is the wanted id, or 0 for the next one.
  virtual Result<Id> insert(const Table&, std::span<const Value> cells) = 0;
  /// Writes all cells but the id into each row selected; returns how many.
  virtual Result<std::int64_t> update(const Table&, const Selection&, std::span<const Value> cells) = 0;
  virtual Result<std::int64_t> erase(const Table&, const Selection&) = 0;
  virtual Result<std::int64_t> add(const Table&, const Selection&, std::uint8_t column, std::int64_t amount) = 0;

 private:
  Selection confined(const Table& table, Selection selection) const {
    const auto add = [&](int column, Id only) {
      if (column >= 0 && only != Id::none)
        selection.add(Condition{static_cast<std::uint8_t>(column), Compare::equal, Value{number(only)}});
    };
    add(table.owner, tenant_);
    add(table.app, app_);
    return selection;
  }
  Result<void> require_own(const Table& table, std::span<const Value> cells) const {
    const auto is_foreign = [&](int column, Id only) {
      return column >= 0 && only != Id::none && cells[static_cast<std::size_t>(column)] != Value{number(only)};
    };
    if (is_foreign(table.owner, tenant_)) return Error{Errc::forbidden, Reason{"tenant.foreign"}};
    if (is_foreign(table.app, app_)) return Error{Errc::forbidden, Reason{"app.foreign"}};
    return {};
  }
  Id tenant_ = Id::none;
  Id app_ = Id::none;
};

}  // namespace innkeeper
