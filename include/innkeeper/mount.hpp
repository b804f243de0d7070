#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace innkeeper {

struct Dialect;

/// The settings of a contract, of a type that the contract defines.
class ContractSettings {
 public:
  ContractSettings() = default;
  template <class T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, ContractSettings>)
      ContractSettings(T value)  // NOLINT(google-explicit-constructor)
      : value_(std::make_shared<const T>(std::move(value))), type_(type_of<T>()) {}

  /// Null if there are no settings or they have another type.
  template <class T>
  const T* get() const {
    return type_ == type_of<T>() ? static_cast<const T*>(value_.get()) : nullptr;
  }
  /// Identifies their type; null if there are none.
  const void* type() const { return type_; }
  template <class T>
  static constexpr const void* type_of() {
    return &tag<T>;
  }

 private:
  template <class T>
  static constexpr char tag = 0;
  std::shared_ptr<const void> value_{};
  const void* type_ = nullptr;
};

/// Where a dialect is mounted, and its settings there. An empty `host` or `listener` matches every request.
struct Mount {
  const Dialect* dialect = nullptr;  ///< Never null when the engine opens.
  std::string prefix{};              ///< Put before every path: `/skyway`.
  std::string host{};                ///< Only requests with this Host (without port), lower case.
  std::string listener{};            ///< Only requests whose `Origin::listener` is this.
  ContractSettings settings{};       ///< Of the type that the contract defines; none: the contract's defaults.
};

}  // namespace innkeeper
