#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/model/credentials.hpp>
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

/// Who is calling, as the authentication step found out.
struct Principal {
  enum class Kind : std::uint8_t {
    nobody,         ///< No credential was asked for.
    host,           ///< The program that embeds the engine: may do everything.
    administrator,  ///< An operator.
    app,
  };
  Kind kind = Kind::nobody;
  Id id{};      ///< The operator's or app's.
  Id tenant{};  ///< The only tenant whose rows the caller sees; none: all.
  Id key{};     ///< The key that was shown.
  Scopes scopes = Scopes::all();
  Mode mode = Mode::live;
  std::optional<std::int64_t> rate_quota{};   ///< As `Key::rate_quota`.
  std::optional<std::int64_t> rate_window{};  ///< As `Key::rate_window`.

  /// The only app whose rows the caller sees; none: all of its tenant.
  Id app() const { return kind == Kind::app ? id : Id::none; }
};

/// Who may use something, beside those above.
enum class Reach : std::uint8_t {
  app,     ///< An app with its own things; operators.
  tenant,  ///< Operators of a tenant.
  host,    ///< Operators over all tenants.
};

/// What a caller needs.
struct Permission {
  Scope scope = Scope::none;
  Reach reach = Reach::app;
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

/// Where those who hold a join token connect to, for contracts whose tokens say so.
struct Signalling {
  std::string host = "localhost:443";  ///< `HOST:PORT`.
  bool is_secure = true;
};

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
  const Signalling& signalling;
  std::span<const Telling* const> tellings;  ///< The contracts that webhooks may be told in.
  std::uint64_t ticks = 0;                   ///< As `Clock::ticks`.
  std::string_view trace{};                  ///< The request's traceparent (W3C Trace Context), if it has a good one.
  std::string_view operation{};              ///< The one that the request's route asks for.
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

/// The output of an operation that has none.
struct Nothing {};

}  // namespace innkeeper
