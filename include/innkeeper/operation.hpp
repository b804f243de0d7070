#pragma once

#include <innkeeper/environment.hpp>
#include <innkeeper/store.hpp>

#include <cstdint>
#include <string_view>

namespace innkeeper {

namespace crypto {
class Keyring;
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
