#include "tests/domain/counting_store.hpp"

#include <innkeeper/memory.hpp>
#include <innkeeper/schema/model.hpp>

namespace innkeeper::tests {

namespace {

/// Counts the rows that pass through a transaction.
class CountingTransaction final : public Transaction {
 public:
  CountingTransaction(Transaction& inner, RowCounts& counts) : inner_(inner), counts_(counts) {}

 private:
  Result<void> select(const Table& table, const Selection& selection, const Visit& visit) override {
    return (inner_.*&Open::select)(table, selection, [&](std::span<const Value> cells) {
      ++counts_.read;
      return visit(cells);
    });
  }
  Result<std::int64_t> count(const Table& table, const Selection& selection) override {
    constexpr Result<std::int64_t> (Transaction::*inner)(const Table&, const Selection&) = &Open::count;
    return (inner_.*inner)(table, selection);
  }
  Result<Id> insert(const Table& table, std::span<const Value> cells) override {
    constexpr Result<Id> (Transaction::*inner)(const Table&, std::span<const Value>) = &Open::insert;
    ++counts_.written;
    return (inner_.*inner)(table, cells);
  }
  Result<std::int64_t> update(const Table& table, const Selection& selection, std::span<const Value> cells) override {
    constexpr Result<std::int64_t> (Transaction::*inner)(const Table&, const Selection&, std::span<const Value>) = &Open::update;
    return noted((inner_.*inner)(table, selection, cells));
  }
  Result<std::int64_t> erase(const Table& table, const Selection& selection) override {
    constexpr Result<std::int64_t> (Transaction::*inner)(const Table&, const Selection&) = &Open::erase;
    auto rows = noted((inner_.*inner)(table, selection));
    if (rows) counts_.erased += *rows;
    return rows;
  }
  Result<std::int64_t> add(const Table& table, const Selection& selection, std::uint8_t column, std::int64_t amount) override {
    constexpr Result<std::int64_t> (Transaction::*inner)(const Table&, const Selection&, std::uint8_t, std::int64_t) = &Open::add;
    return noted((inner_.*inner)(table, selection, column, amount));
  }

  struct Open : Transaction {
    using Transaction::add;
    using Transaction::count;
    using Transaction::erase;
    using Transaction::insert;
    using Transaction::select;
    using Transaction::update;
  };
  Result<std::int64_t> noted(Result<std::int64_t> rows) {
    if (rows) counts_.written += *rows;
    return rows;
  }

  Transaction& inner_;
  RowCounts& counts_;
};

}  // namespace

void CountingStore::run(Access access, Work work, Done done, Caller caller) {
  store_->run(
      access,
      [this, access, work = std::move(work)](Transaction& tx) {
        RowCounts counts;
        CountingTransaction counting{tx, counts};
        auto outcome = work(counting);
        if (access == Access::write)
          transactions.push_back(counts);
        else
          most_looked_at_ = std::max(most_looked_at_, counts.read);
        return outcome;
      },
      std::move(done), caller);
}

RowCounts CountingStore::most() const {
  RowCounts most;
  for (const auto& each : transactions) {
    most.written = std::max(most.written, each.written);
    most.erased = std::max(most.erased, each.erased);
    most.read = std::max(most.read, each.read);
  }
  return most;
}

std::vector<Backend> counting_stores() {
  return {
      {"memory", [](const TemporaryFolder&) -> std::unique_ptr<Store> { return std::make_unique<CountingStore>(open_memory()); }},
      {"sqlite", [](const TemporaryFolder& folder) -> std::unique_ptr<Store> {
         return std::make_unique<CountingStore>(sqlite().open(folder));
       }}};
}

}  // namespace innkeeper::tests
