#pragma once

#include "tests/stores/entities.hpp"
#include "tests/support/environment.hpp"

#include <innkeeper/schema/model.hpp>
#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

BOOST_TEST_DONT_PRINT_LOG_VALUE(innkeeper::Errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(std::optional<innkeeper::Errc>)
BOOST_TEST_DONT_PRINT_LOG_VALUE(innkeeper::Reason)
BOOST_TEST_DONT_PRINT_LOG_VALUE(innkeeper::Id)

namespace innkeeper::tests {

/// One implementation of `Store`.
struct Backend {
  std::string_view name;
  std::unique_ptr<Store> (*open)(const TemporaryFolder&);
};
std::ostream& operator<<(std::ostream&, const Backend&);

/// Every implementation. A conformance test runs over all of them.
std::vector<Backend> stores();

/// An open store with the tables of `test_schema`, and the folder of its files.
class TestStore {
 public:
  explicit TestStore(const Backend& backend) : store_(backend.open(folder_)) { store_->migrate(test_schema).value(); }

  Store& operator*() const { return *store_; }
  Store* operator->() const { return store_.get(); }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

/// Runs `work`, which answers a `Result<T>`, in one transaction, and hands on what it answered.
template <class F>
auto in_one_run(Store& store, Access access, F work) {
  using Outcome = decltype(work(std::declval<Transaction&>()));
  Outcome outcome = Error{};
  auto done = store.run(access, [&](Transaction& tx) -> Result<void> {
    outcome = work(tx);
    if (!outcome) return outcome.error();
    return {};
  });
  if (!done) outcome = done.error();
  return outcome;
}

/// What went wrong, or nothing. To be asked instead of `error()` where `internal` is expected: that is what a success has there.
template <class T>
std::optional<Errc> code_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional{result.error().code};
}

template <class E>
Result<E> insert(Store& store, E entity) {
  return in_one_run(store, Access::write, [&](Transaction& tx) -> Result<E> {
    auto made = entity;
    if (auto done = tx.insert(made); !done) return done.error();
    return made;
  });
}

template <class E>
Result<E> get(Store& store, Id id) {
  return in_one_run(store, Access::read, [&](Transaction& tx) { return tx.get<E>(id); });
}

template <class E>
Result<std::vector<E>> list(Store& store, const Query<E>& query = {}) {
  return in_one_run(store, Access::read, [&](Transaction& tx) { return tx.list(query); });
}

template <class E>
std::int64_t count(Store& store, const Query<E>& query = {}) {
  return in_one_run(store, Access::read, [&](Transaction& tx) { return tx.count(query); }).value();
}

/// The ids of some rows, in their order.
template <class E>
std::vector<std::int64_t> ids_of(const std::vector<E>& rows) {
  std::vector<std::int64_t> ids;
  for (const auto& each : rows) ids.push_back(number(each.id));
  return ids;
}

}  // namespace innkeeper::tests
