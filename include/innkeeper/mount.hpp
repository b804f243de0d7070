#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace innkeeper {

struct Dialect;

/// A value of a type that a contract chose.
class ContractSettings {
 public:
  ContractSettings() = default;
  template <class T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, ContractSettings>)
      ContractSettings(T value)  // NOLINT(google-explicit-constructor)
      : value_(std::make_shared<const T>(std::move(value))), type_(type_of<T>()) {}

  /// Null if there are none, or they are of another type.
  template <class T>
  const T* get() const {
    return type_ == type_of<T>() ? static_cast<const T*>(value_.get()) : nullptr;
  }
  /// What stands for their type; null if there are none.
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

/// Where a dialect is reached, and its settings there. Empty members do not restrict.
struct Mount {
  const Dialect* dialect = nullptr;
  std::string prefix{};         ///< Put before every path: `/skyway`.
  std::string host{};           ///< Only requests with this Host (without port), lower case.
  std::string listener{};       ///< Only requests whose `Origin::listener` is this.
  ContractSettings settings{};  ///< Of the contract's own type; none: its defaults.
};

}  // namespace innkeeper
