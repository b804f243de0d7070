#pragma once

#include <innkeeper/message.hpp>
#include <innkeeper/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// Reads a request head strictly, each byte once, and refuses whatever two readers could take for two different requests
/// (RFC 9112 §11.2).
namespace innkeeper::beast {

inline constexpr std::size_t max_head = 16 * 1024;
inline constexpr std::size_t max_target = 8 * 1024;
inline constexpr std::size_t max_fields = 100;

/// Looks for the end of a head in bytes that come in pieces. Looks at each byte once.
class HeadEnd {
 public:
  enum class Found : std::uint8_t { nothing, end, fault };

  /// `bytes` is all that has come of the head so far, and may be more. A bare LF and a first byte that begins no method are
  /// faults at once, since an end as we understand it may never come.
  Found look(std::string_view bytes);
  /// The size of the head, its empty line included. After `Found::end`.
  std::size_t size() const { return line_; }
  void restart() { line_ = seen_ = 0; }

 private:
  std::size_t line_ = 0;  ///< Where the line that is not finished begins.
  std::size_t seen_ = 0;
};

/// What a head says about its request. The views are into the bytes it was read from.
struct Head {
  std::string_view method{};
  std::string_view target{};  ///< In origin form, or `*`.
  std::string_view host{};
  bool is_absolute = false;  ///< The target came in absolute form, and `host` out of it.
  bool is_http_11 = false;
  bool expects_continue = false;
  bool keeps_alive = false;  ///< The connection may take another request behind this one.
  bool is_chunked = false;
  std::uint64_t length = 0;  ///< Content-Length; 0 if there is none.
  std::size_t field_count = 0;
  std::array<Headers::FieldSpan, max_fields> fields;  ///< The first `field_count`, by where they stand.
};

/// Reads a head from its first line to its empty line. On an error `head` holds what was read before it. One CR too many at the
/// end of an X-Auth-Token value, which a published shell recipe sends, is taken off; every other stray CR is an error.
Result<void> read_head(std::string_view bytes, Head& head);

/// Reads what it can of a head that is not finished, for an error page to be in the right words. The error is that of its target.
Result<void> read_unfinished_head(std::string_view bytes, Head& head);

}  // namespace innkeeper::beast
