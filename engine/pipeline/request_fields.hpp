#pragma once

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/mount.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

/// What the fields of a request must be like, whatever brought it and whatever it asks for.
namespace innkeeper::pipeline {

/// The body has a content coding, and none is undone here.
inline constexpr Reason coded_body{"body.content_coding"};

/// The header fields that have one value: those that the engine reads, and `Dialect::single_headers` of all that are mounted.
class SingleFields {
 public:
  /// Errors: `invalid` with reason `headers.too_many`.
  static Result<SingleFields> build(std::span<const Mount>);
  /// Whether each of them stands once (RFC 9110 §5.3): two readers could take two values for the one. Errors: `malformed` with
  /// reason `field.repeated`.
  Result<void> require(const Headers&) const;

 private:
  using Set = std::uint64_t;  ///< A bit for each of `names_`.
  static constexpr std::size_t most = 64;
  /// The field of that name, as a set of one; empty if it is another.
  Set set_of(std::string_view name) const;

  std::vector<std::string_view> names_;
  std::array<Set, 32> by_size_{};  ///< Those whose names have so many characters, modulo the size of the array.
};

/// The handler's job for a request. A body in a content coding is refused when it is the body's turn: `unsupported_media` with
/// reason `coded_body`.
std::unique_ptr<Job> decode(const Handler&, const Call&);

}  // namespace innkeeper::pipeline
