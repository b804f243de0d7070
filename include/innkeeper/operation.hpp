#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/model/credentials.hpp>
#include <innkeeper/mount.hpp>
#include <innkeeper/scopes.hpp>
#include <innkeeper/store.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace innkeeper {

namespace crypto {
class Keyring;
}
namespace base {
class Meters;
}

/// How much of the house a caller may reach. Each level holds those before it.
enum class AccessLevel : std::uint8_t {
  none,    ///< Nothing.
  app,     ///< One app and what belongs to it.
  tenant,  ///< One tenant and its apps.
  host,    ///< All tenants.
};

/// Who is calling, as the authentication step found out. By default nobody, who may do nothing.
struct Principal {
  enum class Kind : std::uint8_t {
    nobody,         ///< No credential was asked for.
    host,           ///< The program that embeds the engine: may do everything, whatever its scopes.
    administrator,  ///< An operator.
    app,
  };
  Kind kind = Kind::nobody;
  Id id{};      ///< The operator's or app's.
  Id tenant{};  ///< The only tenant whose rows the caller sees; none: all.
  Id key{};     ///< The key that was shown.
  Scopes scopes{};
  Mode mode = Mode::live;
  std::optional<std::int64_t> rate_quota{};   ///< As `Key::rate_quota`.
  std::optional<std::int64_t> rate_window{};  ///< As `Key::rate_window`.

  /// The only app whose rows the caller sees; none: all of its tenant.
  Id app() const { return kind == Kind::app ? id : Id::none; }
  AccessLevel level() const {
    switch (kind) {
      case Kind::host:
        return AccessLevel::host;
      case Kind::administrator:
        return tenant == Id::none ? AccessLevel::host : AccessLevel::tenant;
      case Kind::app:
        return AccessLevel::app;
      case Kind::nobody:
        break;
    }
    return AccessLevel::none;
  }
  bool has(Scope scope) const { return kind == Kind::host || (kind != Kind::nobody && scopes.has(scope)); }
};

/// What a caller needs: a scope, and at least a level. By default only those over all tenants have it.
struct Permission {
  Scope scope = Scope::none;
  AccessLevel level = AccessLevel::host;
};

/// What a transaction leaves to tell those who listen, once it is committed.
struct News {
  bool is_there = false;
  Id app{};  ///< The app it is about; none: several.
  void add(Id about) {
    app = is_there && app != about ? Id::none : about;
    is_there = true;
  }
};

struct Telling;

/// What an operation may know beside its transaction and its input. Views last for the call.
struct Context {
  Instant now;
  Principal principal;
  std::string_view request_id;
  Random& random;
  Log& log;
  const crypto::Keyring& keyring;
  const Store& store;  ///< For its status only: work goes through the transaction.
  base::Meters& meters;
  News& news;
  std::span<const Telling* const> tellings;  ///< The contracts that webhooks may be told in.
  std::uint64_t ticks = 0;                   ///< As `Clock::ticks`.
  std::string_view trace{};                  ///< The request's traceparent (W3C Trace Context), if it has a good one.
  std::string_view operation{};              ///< The one that the request's route asks for.
  const Mount* mount = nullptr;              ///< Of the contract that is asked; null where none is.
  std::span<const Table* const> tables{};    ///< Of the model and, behind them, of the host's own entities.

  /// The settings of the contract that is asked, or `defaults`.
  template <class T>
  const T& settings_or(const T& defaults) const {
    const auto* own = mount != nullptr ? mount->settings.get<T>() : nullptr;
    return own != nullptr ? *own : defaults;
  }
};

/// Something that may happen to the model: a named function of a transaction. It decides by rules, in domain words; it knows no
/// JSON, no status codes and no SQL. It may run more than once.
template <class In, class Out>
struct Operation {
  using Input = In;
  using Output = Out;
  std::string_view name;
  Access access;
  Result<Out> (*run)(Transaction&, const Context&, const In&);
};

/// An operation with work that takes milliseconds of a processor. That is done between two transactions, on a thread of the
/// `Executor`, so that neither the store nor a front end waits for it.
template <class In, class Loaded, class Out>
struct SlowOperation {
  using Input = In;
  using Loads = Loaded;
  using Output = Out;
  std::string_view name;
  /// Reads what the work needs, in the transaction that finds out who calls. May run more than once.
  Result<Loaded> (*load)(Transaction&, const Context&, const In&);
  /// Once, in no transaction: `Context::principal` may do what the route needs.
  Result<void> (*work)(const Context&, const In&, Loaded&);
  /// In a transaction for writing, in which the caller is admitted anew. What was loaded may have changed meanwhile: this checks.
  /// May run more than once.
  Result<Out> (*commit)(Transaction&, const Context&, const In&, const Loaded&);
};

/// The output of an operation that has none.
struct Nothing {};

}  // namespace innkeeper
