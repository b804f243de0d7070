#include "engine/domain/quota_store.hpp"

#include <innkeeper/operations/quotas.hpp>

#include "engine/domain/counted_rows.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace innkeeper::domain {

namespace {

/// What one transaction does to a total.
struct Total {
  std::int64_t tenant = 0;
  std::int64_t app = 0;  ///< 0: the tenant's own.
  std::array<std::int64_t, quota_kinds> change{};
  std::optional<QuotaUsage> usage{};
  std::optional<Quotas> limits{};

  std::int64_t used(std::size_t kind) const { return (*usage).*by_kind<QuotaUsage>[kind] + change[kind]; }
  bool is_over(QuotaKind kind) const {
    const auto at = static_cast<std::size_t>(kind);
    const auto limit = (*limits).*by_kind<Quotas>[at];
    return limit > 0 && used(at) > limit;
  }
};

class QuotaTransaction final : public Transaction {
 public:
  QuotaTransaction(Transaction& inner, const DefaultQuotas& defaults, Progress progress, bool is_bound)
      : inner_(inner), defaults_(defaults), progress_(progress), is_bound_(is_bound && progress.is_complete()) {}

  /// Writes down what changed. The last thing in a transaction.
  Result<void> settle() {
    if (auto kept = keep_within(); !kept) return kept;
    for (auto& total : totals_) {
      const bool is_changed = std::any_of(total.change.begin(), total.change.end(), [](auto change) { return change != 0; });
      if (!is_changed) continue;
      if (auto known = learn(total); !known) return known;
      if (auto stored = store(total); !stored) return stored;
    }
    return {};
  }

  /// Counts rows of before, so many that others wait for the writer some milliseconds; answers how far that is.
  Result<Progress> count_existing() {
    std::int64_t rows = 300;
    std::int64_t bytes = std::int64_t{4} << 20;
    while (!progress_.is_complete() && rows > 0 && bytes > 0) {
      Selection behind;
      behind.add(Condition{0, Compare::greater, Value{progress_.id}});
      behind.limit = rows;
      auto counted = (inner_.*&Open::select)(*counted_tables()[progress_.table].table, behind, [&](std::span<const Value> cells) {
        const auto row = facts_of(progress_.table, cells);
        progress_.id = row.id;
        add(row, 1);
        --rows;
        bytes -= row.bytes;
        return bytes > 0;
      });
      if (!counted) return counted.error();
      if (rows > 0 && bytes > 0) progress_ = {progress_.table + 1, 0};
    }
    return progress_;
  }

 private:
  struct Open : Transaction {
    using Transaction::add;
    using Transaction::count;
    using Transaction::erase;
    using Transaction::insert;
    using Transaction::select;
    using Transaction::update;
  };

  Result<void> select(const Table& table, const Selection& selection, const Visit& visit) override {
    const auto at = counted_position(table);
    if (!counts(at) || seen_.size() >= most_seen) return (inner_.*&Open::select)(table, selection, visit);
    const auto look = [&](std::span<const Value> cells) {
      if (seen_.size() < most_seen) seen_.push_back(facts_of(at, cells));
      return visit(cells);
    };
    // By reference: nothing is allocated for it.
    return (inner_.*&Open::select)(table, selection, std::ref(look));
  }
  Result<std::int64_t> count(const Table& table, const Selection& selection) override {
    constexpr Result<std::int64_t> (Transaction::*inner)(const Table&, const Selection&) = &Open::count;
    return (inner_.*inner)(table, selection);
  }
  Result<Id> insert(const Table& table, std::span<const Value> cells) override {
    constexpr Result<Id> (Transaction::*inner)(const Table&, std::span<const Value>) = &Open::insert;
    const auto at = counted_position(table);
    if (!counts(at)) return (inner_.*inner)(table, cells);
    auto row = facts_of(at, cells);
    if (auto may = is_of_own_event(table, cells) ? Result<void>{} : admit(row); !may) return may.error();
    auto id = (inner_.*inner)(table, cells);
    if (!id) return id;
    row.id = number(*id);
    if (&table == &table_of<App>) {
      row.app = row.id;
      if (cells[0].integer() == 0) begin_total(row.tenant, row.app);
    }
    if (&table == &table_of<Event>) note_event(row);
    add(row, 1);
    remember(row);
    return id;
  }
  Result<std::int64_t> update(const Table& table, const Selection& selection, std::span<const Value> cells) override {
    constexpr Result<std::int64_t> (Transaction::*inner)(const Table&, const Selection&, std::span<const Value>) = &Open::update;
    const auto at = counted_position(table);
    if (!counts(at)) return (inner_.*inner)(table, selection, cells);
    auto before = rows_of(at, selection);
    if (!before) return before.error();
    auto after = facts_of(at, cells);
    for (const auto& row : *before)
      if (auto may = admit_growth(row, after.bytes - row.bytes); !may) return may.error();
    auto changed = (inner_.*inner)(table, selection, cells);
    if (!changed || *changed == 0) return changed;
    for (const auto& row : *before) {
      after.id = row.id;
      add(row, -1);
      add(after, 1);
      remember(after);
    }
    return changed;
  }
  Result<std::int64_t> erase(const Table& table, const Selection& selection) override {
    constexpr Result<std::int64_t> (Transaction::*inner)(const Table&, const Selection&) = &Open::erase;
    const auto at = counted_position(table);
    if (!counts(at)) return (inner_.*inner)(table, selection);
    auto going = rows_of(at, selection);
    if (!going) return going.error();
    auto erased = (inner_.*inner)(table, selection);
    if (!erased || *erased == 0) return erased;
    for (const auto& row : *going) add(row, -1);
    return erased;
  }
  Result<std::int64_t> add(const Table& table, const Selection& selection, std::uint8_t column, std::int64_t amount) override {
    constexpr Result<std::int64_t> (Transaction::*inner)(const Table&, const Selection&, std::uint8_t, std::int64_t) = &Open::add;
    // A new generation: the keys of the one before are as good as gone, so the key that takes their place needs no room.
    if (&table == &table_of<App> || &table == &table_of<Operator>) replaces_keys_ = true;
    return (inner_.*inner)(table, selection, column, amount);
  }

  // Rows are mostly read before they are changed: then how long they are is known. The last entry of a row counts.
  auto last_seen(std::size_t table, std::int64_t id) {
    return std::find_if(seen_.rbegin(), seen_.rend(), [&](const Facts& row) { return row.table == table && row.id == id; });
  }
  void remember(const Facts& row) {
    if (seen_.size() < most_seen)
      seen_.push_back(row);
    else if (const auto known = last_seen(row.table, row.id); known != seen_.rend())
      *known = row;
  }
  /// The rows that a change concerns. One that is selected by its id may turn out not to be there.
  Result<std::vector<Facts>> rows_of(std::size_t table, const Selection& selection) {
    for (const auto& each : selection.where()) {
      if (each.column != 0 || each.compare != Compare::equal || !each.value.is_integer()) continue;
      if (const auto seen = last_seen(table, each.value.integer()); seen != seen_.rend()) return std::vector{*seen};
    }
    std::vector<Facts> rows;
    auto read = (inner_.*&Open::select)(*counted_tables()[table].table, selection, [&](std::span<const Value> cells) {
      rows.push_back(facts_of(table, cells));
      return true;
    });
    if (!read) return read.error();
    return rows;
  }

  // ---- counting --------------------------------------------------------------------------------------------------------------

  void add(const Facts& row, std::int64_t sign) {
    if (row.tenant == 0 || !progress_.covers(row)) return;
    const auto count = [&](Total& total) {
      const auto kind = counted_tables()[row.table].counting().kind;
      if (kind != QuotaKind::bytes) total.change[static_cast<std::size_t>(kind)] += sign;
      total.change[static_cast<std::size_t>(QuotaKind::bytes)] += sign * row.bytes;
    };
    count(total_of(row.tenant, 0));
    if (row.app != 0) count(total_of(row.tenant, row.app));
  }
  Total& total_of(std::int64_t tenant, std::int64_t app) {
    const auto found =
        std::find_if(totals_.begin(), totals_.end(), [&](const Total& each) { return each.tenant == tenant && each.app == app; });
    if (found != totals_.end()) return *found;
    return totals_.emplace_back(Total{.tenant = tenant, .app = app});
  }
  /// For an app that is new, and has nothing yet. One that comes back under its id may have something left.
  void begin_total(std::int64_t tenant, std::int64_t app) {
    auto& total = total_of(tenant, app);
    total.usage = QuotaUsage{.id = usage_id(Id{tenant}, Id{app}), .tenant = Id{tenant}, .app = app};
    total.limits = defaults_.app;
  }
  Result<void> learn(Total& total) {
    if (total.usage) return {};
    auto usage = usage_of(inner_, Id{total.tenant}, Id{total.app});
    if (!usage) return usage.error();
    total.usage = std::move(*usage);
    return {};
  }
  Result<void> learn_limits(Total& total) {
    if (auto known = learn(total); !known || total.limits) return known;
    auto quota = quota_of(inner_, Id{total.tenant}, Id{total.app});
    if (!quota) return quota.error();
    total.limits = limits_of(*quota, total.app == 0 ? defaults_.tenant : defaults_.app);
    return {};
  }
  Result<void> store(Total& total) {
    auto& usage = *total.usage;
    bool is_empty = true;
    for (std::size_t kind = 0; kind < quota_kinds; ++kind) {
      usage.*by_kind<QuotaUsage>[kind] += total.change[kind];
      is_empty = is_empty && usage.*by_kind<QuotaUsage>[kind] == 0;
    }
    if (usage.version == 0) return inner_.insert(usage);
    if (!is_empty) return inner_.update(usage);
    auto erased = inner_.erase<QuotaUsage>(usage.id);
    return erased ? Result<void>{} : erased.error();
  }

  // ---- refusing --------------------------------------------------------------------------------------------------------------

  using Amounts = std::array<std::int64_t, quota_kinds>;

  Result<void> require_room(const Facts& row, const Amounts& more) {
    for (const auto app : {row.app, std::int64_t{0}}) {
      auto& total = total_of(row.tenant, app);
      if (auto known = learn_limits(total); !known) return known;
      for (std::size_t kind = 0; kind < quota_kinds; ++kind) {
        const auto limit = (*total.limits).*by_kind<Quotas>[kind];
        if (more[kind] <= 0 || limit <= 0 || total.used(kind) + more[kind] <= limit) continue;
        return Error{Errc::quota_exceeded, reason::quota_reached,
                     std::string{"the "}
                         .append(app == 0 ? "tenant" : "app")
                         .append("'s quota of ")
                         .append(names_of<QuotaKind>[kind])
                         .append(" is reached: ")
                         .append(std::to_string(total.used(kind)))
                         .append(" of ")
                         .append(std::to_string(limit))
                         .append(" are used")};
      }
      if (app == 0) break;
    }
    return {};
  }
  Result<void> admit(const Facts& row) {
    const auto& counting = counted_tables()[row.table].counting();
    if (!is_bound_ || row.tenant == 0 || counting.needs == Needs::nothing) return {};
    if (counting.kind == QuotaKind::keys && replaces_keys_) return {};
    Amounts more{};
    more[static_cast<std::size_t>(QuotaKind::bytes)] = row.bytes;
    if (counting.needs == Needs::all) {
      more[static_cast<std::size_t>(QuotaKind::events)] = 1;
      if (counting.kind != QuotaKind::bytes) more[static_cast<std::size_t>(counting.kind)] = 1;
    }
    return require_room(row, more);
  }
  Result<void> admit_growth(const Facts& row, std::int64_t growth) {
    if (!is_bound_ || row.tenant == 0 || counted_tables()[row.table].counting().growth == Growth::is_free) return {};
    Amounts more{};
    more[static_cast<std::size_t>(QuotaKind::bytes)] = growth;
    return growth > 0 ? require_room(row, more) : Result<void>{};
  }

  // ---- making room -----------------------------------------------------------------------------------------------------------

  /// Events that this transaction put beside those of an app that were there.
  struct Told {
    std::int64_t tenant = 0;
    std::int64_t app = 0;
    std::int64_t first = 0;
    std::int64_t count = 0;
  };
  void note_event(const Facts& row) {
    const auto found = std::find_if(told_.begin(), told_.end(), [&](const Told& each) { return each.app == row.app; });
    if (found != told_.end())
      ++found->count;
    else
      told_.push_back({row.tenant, row.app, row.id, 1});
  }
  /// Whether a row is a delivery of an event that this transaction told.
  bool is_of_own_event(const Table& table, std::span<const Value> cells) const {
    if (&table != &table_of<Delivery>) return false;
    constexpr auto event = static_cast<std::size_t>(description_of<Delivery>.position(&Delivery::event));
    return std::any_of(told_.begin(), told_.end(), [&](const Told& each) { return each.first <= cells[event].integer(); });
  }
  /// Takes out the oldest events of apps that are over a quota with what they were told now: at most twice as many and a few
  /// more, so that a quota that was lowered is met by and by, and some MiB at most.
  Result<void> keep_within() {
    if (!is_bound_) return {};
    for (const auto& told : told_) {
      std::int64_t bytes = std::int64_t{4} << 20;
      for (auto left = 2 * told.count + 8; left > 0 && bytes > 0; --left) {
        bool is_over = false;
        for (const auto app : {std::int64_t{0}, told.app}) {
          auto& total = total_of(told.tenant, app);
          if (auto known = learn_limits(total); !known) return known;
          is_over = is_over || total.is_over(QuotaKind::events) || total.is_over(QuotaKind::bytes);
        }
        if (!is_over) break;
        auto oldest = first(Query<Event>{}.where(&Event::app, Id{told.app}).where(&Event::id, Compare::less, Id{told.first}));
        if (!oldest && oldest.error().code == Errc::not_found) break;
        if (!oldest) return oldest.error();
        bytes -= static_cast<std::int64_t>(oldest->data.text.size());
        if (auto gone = Transaction::erase(Query<Delivery>{}.where(&Delivery::event, oldest->id)); !gone) return gone.error();
        if (auto gone = Transaction::erase<Event>(oldest->id); !gone) return gone.error();
      }
    }
    return {};
  }

  static constexpr std::size_t most_seen = 1'024;
  static bool counts(std::size_t at) { return at < counted_tables().size(); }

  Transaction& inner_;
  const DefaultQuotas& defaults_;
  Progress progress_;
  bool is_bound_;
  bool replaces_keys_ = false;
  std::vector<Facts> seen_{};
  std::vector<Total> totals_{};
  std::vector<Told> told_{};
};

}  // namespace

void QuotaStore::keep(Access access, Work work, Done done, Caller caller, bool is_bound) {
  if (access == Access::read) return store_.run(access, std::move(work), std::move(done), caller);
  store_.run(
      access,
      [this, is_bound, work = std::move(work)](Transaction& tx) -> Result<void> {
        auto progress = complete();
        if (!is_complete_) {
          auto row = progress_row(tx);
          if (!row) return row.error();
          progress = progress_in(*row);
        }
        QuotaTransaction counting{tx, defaults_, progress, is_bound};
        if (auto outcome = work(counting); !outcome) return outcome;
        return counting.settle();
      },
      std::move(done), caller);
}

Result<bool> QuotaStore::count_some() {
  if (is_complete_) return true;
  bool is_done = false;
  auto looked = store_.run(Access::read, [&](Transaction& tx) -> Result<void> {
    auto all = are_all_counted(tx);
    if (!all) return all.error();
    is_done = *all;
    return {};
  });
  if (!looked) return looked.error();
  if (!is_done) {
    auto counted = store_.run(Access::write, [&](Transaction& tx) -> Result<void> {
      auto row = progress_row(tx);
      if (!row) return row.error();
      QuotaTransaction counting{tx, defaults_, progress_in(*row), /*is_bound=*/false};
      const auto progress = counting.count_existing();
      if (!progress) return progress.error();
      is_done = progress->is_complete();
      row->value.data = text_of(*progress);
      if (auto stored = row->id == Id::none ? tx.insert(*row) : tx.update(*row); !stored) return stored;
      return counting.settle();
    });
    if (!counted) return counted.error();
  }
  if (is_done) is_complete_ = true;
  return is_done;
}

Quotas limits_of(const Quota& row, const Quotas& defaults) {
  auto limits = defaults;
  for (std::size_t kind = 0; kind < quota_kinds; ++kind)
    if (const auto own = row.*by_kind<Quota>[kind]) limits.*by_kind<Quotas>[kind] = *own;
  return limits;
}

Result<Quota> quota_of(Transaction& tx, Id tenant, Id app) {
  auto row = tx.first(Query<Quota>{}.where(&Quota::tenant, tenant).where(&Quota::app, app));
  if (!row && row.error().code == Errc::not_found) return Quota{.tenant = tenant, .app = app};
  return row;
}

Result<QuotaUsage> usage_of(Transaction& tx, Id tenant, Id app) {
  const auto id = usage_id(tenant, app);
  auto row = tx.get<QuotaUsage>(id);
  if (!row && row.error().code == Errc::not_found) return QuotaUsage{.id = id, .tenant = tenant, .app = number(app)};
  return row;
}

Result<bool> are_all_counted(Transaction& tx) {
  auto row = progress_row(tx);
  if (!row) return row.error();
  return progress_in(*row).is_complete();
}

}  // namespace innkeeper::domain
