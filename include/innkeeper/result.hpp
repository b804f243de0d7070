#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace innkeeper {

/// What went wrong, in terms that every contract can express. Each dialect maps every one of these to its own status and text.
enum class Errc : std::uint8_t {
  malformed,              ///< The request cannot be read: bad HTTP, bad JSON, bad encoding.
  invalid,                ///< The request was read, and a value in it breaks a rule.
  unauthenticated,        ///< No credentials, or none that are valid.
  forbidden,              ///< The caller is known and may not do this.
  not_found,              ///< No such route or object, or none that the caller may see.
  method_not_allowed,     ///< The path exists, the method does not.
  already_exists,         ///< A unique value is taken.
  conflict,               ///< The object changed meanwhile, or is in a state that does not allow this.
  gone,                   ///< It existed and has ended for good.
  quota_exceeded,         ///< A quota on the number or the bytes of what may be stored.
  rate_limited,           ///< Too many requests from this caller; see `retry_after`.
  too_large,              ///< The body is over the limit.
  target_too_long,        ///< The request target is over the limit.
  head_too_large,         ///< The request head is over the limit.
  version_not_supported,  ///< A protocol version this server does not speak.
  unsupported_media,      ///< The body's media type is not understood.
  timed_out,              ///< The request did not arrive in time.
  overloaded,             ///< Too much work in flight; nothing was done; see `retry_after`.
  unavailable,            ///< The store cannot serve now (disk full, I/O error, shutting down); nothing was stored.
  internal,               ///< A defect. Logged under the request's id.
};
inline constexpr std::size_t errc_count = static_cast<std::size_t>(Errc::internal) + 1;

/// A name for the exact cause, such as `room.closed`. Compared by value; the text must have static storage duration.
struct Reason {
  std::string_view name{};
  constexpr explicit operator bool() const { return !name.empty(); }
  friend constexpr bool operator==(Reason, Reason) = default;
};

/// One field that breaks a rule: where it is (JSON pointer, or the name of a query parameter), the vendor's own code for it
/// where the contract has one, and a sentence.
struct Violation {
  std::string field{};
  std::string code{};
  std::string message{};
};

/// Why an operation did not succeed. `detail` is safe to show to the caller: it never holds a secret.
struct Error {
  Errc code = Errc::internal;
  Reason reason{};
  std::string detail{};
  std::vector<Violation> violations{};
  std::chrono::seconds retry_after{0};  ///< When a repetition may succeed; 0: not known.
};

/// A value or an `Error`. The library reports every failure this way; only `value()` throws, a `BadResult`, if there is none.
template <class T>
using Result = boost::system::result<T, Error>;

/// Thrown by `Result::value()` when there is none.
class BadResult : public std::runtime_error {
 public:
  explicit BadResult(Error error)
      : std::runtime_error(error.detail.empty() ? std::string(error.reason.name) : error.detail), error_(std::move(error)) {}
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) { throw BadResult(error); }

}  // namespace innkeeper
