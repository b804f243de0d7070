#pragma once

#include "engine/base/records.hpp"
#include "engine/domain/key_uses.hpp"
#include "tests/support/environment.hpp"

#include <innkeeper/courier.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/model.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

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
BOOST_TEST_DONT_PRINT_LOG_VALUE(innkeeper::Id)
BOOST_TEST_DONT_PRINT_LOG_VALUE(innkeeper::Instant)

namespace innkeeper::tests {

/// One implementation of `Store`.
struct Backend {
  std::string_view name;
  std::unique_ptr<Store> (*open)(const TemporaryFolder&);
};
std::ostream& operator<<(std::ostream&, const Backend&);

/// Every rule holds over each of them.
std::vector<Backend> stores();
/// The one that several threads and processes may share for good.
Backend sqlite();

inline constexpr Principal host{.kind = Principal::Kind::host};

/// The reason of a failure, `errc N` where it has none, or `ok`.
template <class T>
std::string why(const Result<T>& result) {
  if (result) return "ok";
  const auto error = result.error();
  return error.reason ? std::string{error.reason.name} : "errc " + std::to_string(static_cast<int>(error.code));
}

/// An engine under a clock that stands still and a seeded random, over a store of its own.
class Fixture {
 public:
  explicit Fixture(const Backend& backend, Rates rates = {}, std::vector<Mount> mounts = {}, Clock* clock = nullptr,
                   std::vector<const Table*> entities = {});

  template <class In, class Out>
  Result<Out> call(const Operation<In, Out>& operation, const Principal& who, const std::type_identity_t<In>& in) const {
    return engine->call(operation, who, in);
  }
  /// What a host's own work answers, in one transaction as a principal.
  template <class F>
  auto run(Access access, const Principal& who, F work) const {
    using Outcome = decltype(work(std::declval<Transaction&>(), std::declval<const Context&>()));
    Outcome outcome = Error{};
    auto done = engine->run(access, who, [&](Transaction& tx, const Context& context) -> Result<void> {
      outcome = work(tx, context);
      if (!outcome) return outcome.error();
      return {};
    });
    if (!done) outcome = done.error();
    return outcome;
  }
  /// Who a secret lets in.
  Result<Principal> enter(const std::string& secret, const std::string& address = "") const;

  Tenant make_tenant(const std::string& name = "house") const;
  /// An app, its first secret, and who that lets in.
  struct AppLogin {
    App app;
    std::string secret;
    Principal who;
  };
  AppLogin make_app(Id tenant, Mode mode = Mode::live) const;
  /// An operator, its first secret, and who that lets in; over all tenants if there is none.
  struct OperatorLogin {
    Operator row;
    std::string secret;
    Principal who;
  };
  OperatorLogin make_operator(Id tenant, const std::string& name = "clerk") const;
  /// One more key of an app or an operator, and who it lets in.
  struct KeyLogin {
    Key key;
    std::string secret;
    Principal who;
  };
  KeyLogin make_key(Id app, keys::Draft draft) const;
  KeyLogin make_operator_key(Id holder, keys::Draft draft) const;

  template <class E>
  std::vector<E> rows(const Query<E>& query = {}) const {
    return run(Access::read, host, [&](Transaction& tx, const Context&) { return tx.list(query); }).value();
  }
  template <class E>
  E row(Id id) const {
    return run(Access::read, host, [&](Transaction& tx, const Context&) { return tx.get<E>(id); }).value();
  }

  TemporaryFolder folder;
  FakeClock clock;
  SeededRandom random{7};
  KeepingLog log{Severity::error};
  std::unique_ptr<Store> store;
  MasterKey master_key;
  std::unique_ptr<Engine> engine;
};

/// Calls `visit.template operator()<E>()` for every entity there is.
template <class Visit>
void each_entity(Visit visit) {
  const auto all = [&]<class... E>() { (visit.template operator()<E>(), ...); };
  all.template operator()<Setting, Tenant, Operator, App, Key, AccessToken, Usage, Member, MemberToken, Device, Reading, Room,
                          JoinToken, StreamKey, Session, Participation, Recording, Audit, Event, Webhook, Delivery, StoredAnswer,
                          KeyUse, Task, Quota, QuotaUsage>();
}

/// The tables in which some cell holds this text, with blanks between them.
std::string tables_with(const Fixture& fixture, std::string_view text);

}  // namespace innkeeper::tests
