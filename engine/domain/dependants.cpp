#include "engine/domain/dependants.hpp"

#include <innkeeper/model.hpp>

#include "engine/changes/cells.hpp"
#include "engine/changes/changes.hpp"
#include "engine/domain/tasks.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace innkeeper::domain {

namespace {

/// The cells of a row that outlive its visit.
class RowCopy {
 public:
  explicit RowCopy(std::span<const Value> cells) : cells_(cells.begin(), cells.end()) {
    std::size_t size = 0;
    for (const auto& each : cells_) size += each.text().size();
    texts_.reserve(size);
    for (auto& each : cells_) {
      if (!each.is_text()) continue;
      const auto begin = texts_.size();
      texts_.append(each.text());
      each = std::string_view{texts_}.substr(begin);
    }
  }
  RowCopy(const RowCopy&) = delete;
  RowCopy& operator=(const RowCopy&) = delete;

  const std::vector<Value>& cells() const { return cells_; }

 private:
  std::string texts_;
  std::vector<Value> cells_;
};

bool refers(const Column& column, const Table& to, OnRemove on_remove) {
  return column.reference.table == to.name && column.reference.on_remove == on_remove;
}
bool goes_with(const Table& table, const Table& other) {
  return std::ranges::any_of(table.columns, [&](const Column& each) { return refers(each, other, OnRemove::cascade); });
}

/// One removal, as far as a budget goes. Each part answers whether it is done, which it never is with a budget that is spent.
class Dependants {
 public:
  Dependants(Transaction& tx, const Context& context, const RemovedRow& row, Budget& budget)
      : tx_(tx), context_(context), tenant_(row.tenant), app_(row.app), budget_(budget) {}

  Result<bool> remove(const Table& parent, Id id) {
    for (const auto on_remove : {OnRemove::cascade, OnRemove::set_null})
      for (const auto* table : context_.tables)
        for (std::size_t column = 2; column < table->columns.size(); ++column) {
          if (!refers(table->columns[column], parent, on_remove)) continue;
          auto is_done = on_remove == OnRemove::cascade ? erase(*table, column, parent, id) : detach(*table, column, id);
          if (!is_done || !*is_done) return is_done;
        }
    return true;
  }

 private:
  /// The rows that refer to a row, in the order of the index behind that column: another would have each call sort them all.
  Selection those_of(const Table& table, std::size_t column, Id id) const {
    Selection those;
    those.add(Condition{static_cast<std::uint8_t>(column), Compare::equal, Value{number(id)}});
    const auto* index = index_of_reference(table, column);
    if (index == nullptr) return those;
    auto columns = index->positions();
    if (columns.front() != column) {
      those.add(Condition{columns.front(), Compare::equal, Value{number(tenant_)}});
      columns = columns.subspan(1);
    }
    if (columns.size() > 1) those.add(Ordering{columns[1]});
    return those;
  }

  Result<bool> erase(const Table& table, std::size_t column, const Table& parent, Id id) {
    auto those = those_of(table, column, id);
    // What goes with these rows and not with their parent itself is found by each of them only.
    const bool has_families = std::ranges::any_of(
        context_.tables, [&](const Table* each) { return goes_with(*each, table) && !goes_with(*each, parent); });
    return has_families ? erase_families(table, those) : erase_rows(table, those);
  }

  Result<bool> erase_rows(const Table& table, Selection those) {
    if (budget_.is_spent()) return false;
    those.limit = budget_.rows();
    std::vector<Id> going;
    auto found = tx_.each_cells(table, those, [&](std::span<const Value> cells) {
      going.push_back(Id{cells[0].integer()});
      budget_.spend_on_cells(cells);
      return !budget_.is_spent();
    });
    if (!found) return found.error();
    for (const auto id : going)
      if (auto erased = tx_.erase(table, id); !erased) return erased.error();
    return !budget_.is_spent();
  }

  /// Takes rows out, each behind what goes with it.
  Result<bool> erase_families(const Table& table, const Selection& those) {
    while (!budget_.is_spent()) {
      auto row = first(table, those);
      if (!row) return row.error();
      if (!*row) return true;
      const Id id{(*row)->cells()[0].integer()};
      if (auto is_done = remove(table, id); !is_done || !*is_done) return is_done;
      if (auto erased = tx_.erase(table, id); !erased) return erased.error();
      budget_.spend_on_cells((*row)->cells());
    }
    return false;
  }

  /// Has rows refer to none, which is a change of each.
  Result<bool> detach(const Table& table, std::size_t column, Id id) {
    auto app = tx_.get<App>(app_);
    // They go with their app.
    if (!app && app.error().code == Errc::not_found) return true;
    if (!app) return app.error();
    const auto cost = rows_of_change(tx_, app_);
    if (!cost) return cost.error();
    const int updated_at = changes::find_column(table, "updated_at");
    while (!budget_.is_spent()) {
      auto row = first(table, those_of(table, column, id));
      if (!row) return row.error();
      if (!*row) return true;
      const auto& before = (*row)->cells();
      auto after = before;
      after[column] = Value{};
      if (updated_at >= 0) after[static_cast<std::size_t>(updated_at)] = CellOf<Instant>::read(context_.now);
      if (auto stored = tx_.update(table, after); !stored) return stored.error();
      if (auto noted = changes::note(tx_, context_, table, changes::subject_of(table, after), changes::updated, before, after);
          !noted)
        return noted.error();
      budget_.spend(*cost);
    }
    return false;
  }

  Result<std::unique_ptr<RowCopy>> first(const Table& table, Selection those) {
    those.limit = 1;
    std::unique_ptr<RowCopy> row;
    auto found = tx_.each_cells(table, those, [&](std::span<const Value> cells) {
      row = std::make_unique<RowCopy>(cells);
      return false;
    });
    if (!found) return found.error();
    return row;
  }

  Transaction& tx_;
  const Context& context_;
  const Id tenant_;
  const Id app_;
  Budget& budget_;
};

}  // namespace

const Index* index_of_reference(const Table& table, std::size_t column) {
  const auto leads = [&](const Index& index) {
    const auto columns = index.positions();
    return columns.front() == column || (columns.size() > 1 && std::cmp_equal(columns[0], table.owner) && columns[1] == column);
  };
  const Index* found = nullptr;
  for (const auto& each : table.indexes)
    if (leads(each) && (found == nullptr || (found->is_unique && !each.is_unique))) found = &each;
  return found;
}

Result<bool> remove_dependants(Transaction& tx, const Context& context, const RemovedRow& row, base::Budget& budget) {
  return Dependants{tx, context, row, budget}.remove(row.table, row.id);
}

}  // namespace innkeeper::domain
