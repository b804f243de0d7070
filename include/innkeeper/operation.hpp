#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/model/credentials.hpp>
#include <innkeeper/model/scopes.hpp>
#include <innkeeper/mount.hpp>
#include <innkeeper/store.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace innkeeper {

struct Internals;
struct Table;
class Transaction;

/// How much data a caller may access. Each level includes those before it.
enum class AccessLevel : std::uint8_t {
  none,    ///< Nothing.
  member,  ///< One app, on the routes that are for its members.
  app,     ///< One app and what belongs to it.
  tenant,  ///< One tenant and its apps.
  host,    ///< All tenants.
};

/// The authenticated caller. By default nobody, who may do nothing.
struct Principal {
  enum class Kind : std::uint8_t {
    nobody,         ///< No credentials were required.
    host,           ///< The program that embeds the engine: may do everything, whatever its scopes.
    administrator,  ///< An operator.
    app,
    member,  ///< A user of an app; has no key and no scopes.
  };
  Kind kind = Kind::nobody;
  Id id{};      ///< The operator's, app's or member's.
  Id tenant{};  ///< The only tenant whose rows the caller sees; none: all.
  Id key{};     ///< The key that authenticated the caller.
  Scopes scopes{};
  Mode mode = Mode::live;
  std::optional<std::int64_t> rate_quota{};   ///< As `Key::rate_quota`.
  std::optional<std::int64_t> rate_window{};  ///< As `Key::rate_window`.
  Id app_of_member{};                         ///< A member's app; none for other callers.

  /// The only app whose rows the caller sees; none: all of its tenant.
  Id app() const { return kind == Kind::app ? id : app_of_member; }
  /// The member who calls; none for other callers.
  Id member() const { return kind == Kind::member ? id : Id::none; }
  AccessLevel level() const {
    switch (kind) {
      case Kind::host:
        return AccessLevel::host;
      case Kind::administrator:
        return tenant == Id::none ? AccessLevel::host : AccessLevel::tenant;
      case Kind::app:
        return AccessLevel::app;
      case Kind::member:
        // One without an app or a tenant would not be confined.
        return id != Id::none && tenant != Id::none && app_of_member != Id::none ? AccessLevel::member : AccessLevel::none;
      case Kind::nobody:
        break;
    }
    return AccessLevel::none;
  }
  bool has(Scope scope) const { return kind == Kind::host || (kind != Kind::nobody && scopes.has(scope)); }
};

/// What a caller must have: a scope, and at least an access level. The default demands access to all tenants. Scopes belong to
/// keys: a member needs none, only the level.
struct Permission {
  Scope scope = Scope::none;
  AccessLevel level = AccessLevel::host;
};

/// Events that a transaction produced; after its commit the feeds of their app are woken.
struct PendingEvents {
  bool any = false;
  Id app{};  ///< Whose events they are; none: those of several apps.
  void add(Id about) {
    app = any && app != about ? Id::none : about;
    any = true;
  }
};

struct WebhookFormat;

/// What an operation gets beside its transaction and its input. Views last for the call.
struct Context {
  Instant now;
  Principal principal;
  std::string_view request_id;
  Random& random;
  Log& log;
  const Internals& internals;  ///< The engine's own.
  const Store& store;          ///< For its status only: work goes through the transaction.
  PendingEvents& pending_events;
  std::span<const WebhookFormat* const> webhook_formats;  ///< Of all mounted contracts that have one.
  std::uint64_t ticks = 0;                                ///< As `Clock::ticks`.
  std::string_view trace{};                ///< The request's traceparent (W3C Trace Context), if it has a valid one.
  std::string_view operation{};            ///< The name of the route's operation.
  const Mount* mount = nullptr;            ///< Of the contract that is asked; null where none is.
  std::span<const Table* const> tables{};  ///< Of the model and, behind them, of the host's own entities.

  /// The settings of the contract that is asked, or `defaults`.
  template <class T>
  const T& settings_or(const T& defaults) const {
    const auto* own = mount != nullptr ? mount->settings.get<T>() : nullptr;
    return own != nullptr ? *own : defaults;
  }
};

/// A named function that reads or changes the model in a transaction. It applies the rules of the domain and knows no JSON, no
/// status codes and no SQL. It may run more than once.
template <class In, class Out>
struct Operation {
  using Input = In;
  using Output = Out;
  std::string_view name;
  Access access;
  Result<Out> (*run)(Transaction&, const Context&, const In&);

  Result<Out> operator()(Transaction& tx, const Context& context, const In& in) const { return run(tx, context, in); }
};

/// An operation with work that takes milliseconds of CPU time. The work is done between two transactions, on a thread of the
/// `Executor`, so that it blocks neither the store nor a front end.
template <class In, class Loaded, class Out>
struct SlowOperation {
  using Input = In;
  using Loads = Loaded;
  using Output = Out;
  std::string_view name;
  /// Reads what the work needs, in the read transaction that authenticates the caller. May run more than once.
  Result<Loaded> (*load)(Transaction&, const Context&, const In&);
  /// Runs once, outside of any transaction. `Context::principal` is authorised for the route.
  Result<void> (*work)(const Context&, const In&, Loaded&);
  /// Runs in a write transaction, in which the caller is authorised again. What was loaded may have changed meanwhile, which it
  /// must check. May run more than once.
  Result<Out> (*commit)(Transaction&, const Context&, const In&, const Loaded&);
};

/// The output of an operation that has none.
struct Nothing {};

}  // namespace innkeeper
