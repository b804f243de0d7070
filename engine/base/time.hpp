#pragma once

#include <innkeeper/environment.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace innkeeper::base {

enum class Precision : std::uint8_t { seconds, milliseconds, microseconds };

/// RFC 3339 in UTC: `2024-03-04T01:02:03.000000Z`. Fractions are cut, not rounded.
std::string to_rfc3339(Instant, Precision);

/// Whether a leap second is a time. What was measured may have one; nothing is planned for one.
enum class LeapSecond : std::uint8_t { refused, taken };

/// An RFC 3339 date-time with `Z` or a numeric offset (the colon may be missing); digits of a fraction past the sixth are
/// dropped. A leap second, which only a day's last minute may have, is the last microsecond before the next day. Nothing for any
/// other text or a date that does not exist.
std::optional<Instant> from_rfc3339(std::string_view text, LeapSecond = LeapSecond::refused);

/// A time that much later, but not after the last that four digits of a year can tell.
Instant later(Instant, std::chrono::seconds);

/// A calendar month in UTC as a number: 202403 for March 2024.
std::int64_t month_of(Instant);
std::int64_t month_before(std::int64_t month);

}  // namespace innkeeper::base
