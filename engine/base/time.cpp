#include "engine/base/time.hpp"

#include <array>
#include <cstdlib>

namespace innkeeper::base {

namespace {

/// Writes the last `width` digits of a number and, behind them, a mark.
char* put(char* at, std::int64_t number, int width, char mark) {
  for (int i = width; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
  at[width] = mark;
  return at + width + 1;
}

/// Reads numbers and marks off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  bool mark(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int number = 0;
    for (char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      number = number * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return number;
  }
  bool is_at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace

std::string to_rfc3339(Instant instant, Precision precision) {
  using namespace std::chrono;
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss<microseconds> time{instant - day};
  std::array<char, 28> text;
  char* at = text.data();
  at = put(at, static_cast<int>(date.year()), 4, '-');
  at = put(at, static_cast<unsigned>(date.month()), 2, '-');
  at = put(at, static_cast<unsigned>(date.day()), 2, 'T');
  at = put(at, time.hours().count(), 2, ':');
  at = put(at, time.minutes().count(), 2, ':');
  at = put(at, time.seconds().count(), 2, precision == Precision::seconds ? 'Z' : '.');
  const auto fraction = time.subseconds().count();
  if (precision == Precision::milliseconds) at = put(at, fraction / 1'000, 3, 'Z');
  if (precision == Precision::microseconds) at = put(at, fraction, 6, 'Z');
  return {text.data(), at};
}

std::optional<Instant> from_rfc3339(std::string_view text, LeapSecond leap_second) {
  using namespace std::chrono;
  Scanner scan(text);
  const auto y = scan.digits(4);
  if (!y || !scan.mark('-')) return std::nullopt;
  const auto mo = scan.digits(2);
  if (!mo || !scan.mark('-')) return std::nullopt;
  const auto d = scan.digits(2);
  if (!d || !(scan.mark('T') || scan.mark('t'))) return std::nullopt;
  const auto h = scan.digits(2);
  if (!h || !scan.mark(':')) return std::nullopt;
  const auto mi = scan.digits(2);
  if (!mi || !scan.mark(':')) return std::nullopt;
  const auto s = scan.digits(2);
  if (!s || *h > 23 || *mi > 59 || *s > (leap_second == LeapSecond::taken ? 60 : 59)) return std::nullopt;

  microseconds fraction{0};
  if (scan.mark('.')) {
    if (!scan.is_at_digit()) return std::nullopt;
    for (microseconds unit{100'000}; scan.is_at_digit(); unit /= 10) fraction += unit * *scan.digits(1);
  }

  minutes offset{0};
  if (!(scan.mark('Z') || scan.mark('z'))) {
    const bool is_east = scan.mark('+');
    if (!is_east && !scan.mark('-')) return std::nullopt;
    const auto oh = scan.digits(2);
    scan.mark(':');
    const auto om = scan.digits(2);
    if (!oh || !om || *oh > 23 || *om > 59) return std::nullopt;
    offset = hours{*oh} + minutes{*om};
    if (!is_east) offset = -offset;
  }
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  if (!scan.is_at_end() || !date.ok()) return std::nullopt;
  const auto minute = sys_days{date} + hours{*h} + minutes{*mi} - offset;
  Instant instant{minute + seconds{*s} + fraction};
  if (*s == 60) {
    // A leap second ends a day in UTC; which days have one is not known in advance (RFC 3339 §5.7). It counts as the end of the
    // second before, so that the day stays.
    const auto next = minute + minutes{1};
    if (next != floor<days>(next)) return std::nullopt;
    instant = Instant{next} - microseconds{1};
  }
  // An offset may lead out of the years that four digits tell.
  if (instant < Instant{sys_days{year{0} / January / 1}} || instant >= Instant{sys_days{year{10'000} / January / 1}})
    return std::nullopt;
  return instant;
}

Instant later(Instant at, std::chrono::seconds by) {
  using namespace std::chrono;
  constexpr auto last = sys_seconds{sys_days{year{9'999} / December / 31} + days{1}} - seconds{1};
  const auto room = last - floor<seconds>(at);
  return by < room ? at + by : Instant{last};
}

std::int64_t month_of(Instant instant) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(instant)};
  return std::int64_t{static_cast<int>(date.year())} * 100 + static_cast<unsigned>(date.month());
}

std::int64_t month_before(std::int64_t month) { return month % 100 == 1 ? month - 100 + 11 : month - 1; }

}  // namespace innkeeper::base
