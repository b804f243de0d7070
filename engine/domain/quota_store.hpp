#pragma once

#include <innkeeper/model.hpp>
#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <atomic>

namespace innkeeper::domain {

/// A store that holds quotas: each transaction counts what it adds and takes out, and writes the totals (`QuotaUsage`) with its
/// rows, so that they are exact whoever writes and however it ends. What would go beyond a quota is `quota_exceeded` with
/// `reason::quota_reached`. A change that may not be refused (removals, revocations, what is reported of rows that are there)
/// passes; for the events that it leaves beyond the quota the app's oldest go.
class QuotaStore final : public Store {
 public:
  /// The store outlives it.
  QuotaStore(Store& store, const DefaultQuotas& defaults) : store_(store), defaults_(defaults), unbounded_(*this) {}
  using Store::run;

  Result<void> migrate(const Schema& schema) override { return store_.migrate(schema); }
  StoreStatus status() const override { return store_.status(); }
  void run(Access access, Work work, Done done, Caller caller) override {
    keep(access, std::move(work), std::move(done), caller, /*is_bound=*/true);
  }
  /// The same for the host, whom no quota binds.
  Store& unbounded() { return unbounded_; }

  /// Counts some of the rows that were there before totals were kept; answers whether all are counted. Quotas hold from then on.
  Result<bool> count_some();

 private:
  class Unbounded final : public Store {
   public:
    explicit Unbounded(QuotaStore& store) : store_(store) {}
    Result<void> migrate(const Schema& schema) override { return store_.migrate(schema); }
    StoreStatus status() const override { return store_.status(); }
    void run(Access access, Work work, Done done, Caller caller) override {
      store_.keep(access, std::move(work), std::move(done), caller, /*is_bound=*/false);
    }

   private:
    QuotaStore& store_;
  };
  void keep(Access, Work, Done, Caller, bool is_bound);

  Store& store_;
  const DefaultQuotas defaults_;
  Unbounded unbounded_;
  std::atomic<bool> is_complete_ = false;  ///< Once it is, it stays so.
};

/// The quotas that hold, by the row of an app or a tenant if it has one.
Quotas limits_of(const Quota&, const Quotas& defaults);

/// The row of an app, or of a tenant where the app is none; one of version 0 where there is none.
Result<Quota> quota_of(Transaction&, Id tenant, Id app);
Result<QuotaUsage> usage_of(Transaction&, Id tenant, Id app);

/// Whether all rows are counted.
Result<bool> are_all_counted(Transaction&);

}  // namespace innkeeper::domain
