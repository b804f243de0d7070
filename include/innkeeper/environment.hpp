#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

namespace innkeeper {

/// A moment in UTC, to the microsecond.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// Where the engine reads the time. Thread safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  /// Microseconds since some fixed moment, never going back; only differences mean anything.
  virtual std::uint64_t ticks() const = 0;
};

/// Where the engine takes unpredictable bytes. Thread safe. In production it must be cryptographically secure.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;
};

enum class Severity : std::uint8_t { debug, info, warning, error, off };

/// One named value of a log line.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

/// Where the engine writes what happened. Thread safe. Fields never hold a secret. The views last for the call.
class Log {
 public:
  virtual ~Log() = default;
  /// Lines below this severity are not composed.
  virtual Severity threshold() const = 0;
  virtual void write(Severity, std::string_view event, std::span<const LogField> fields) = 0;
};

/// Runs work that takes milliseconds of CPU time, such as hashing a password. Thread safe.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Runs `work` once, later, on another thread. Returns false, and does not run it, if too much work is waiting.
  virtual bool run(std::function<void()> work) = 0;
};

/// The outside world, as arguments. Tests pass a clock that stands still and a seeded random and get the same bytes each time.
/// What it points to must outlive the engine; for members left null the engine uses the system's clock and random, a log that
/// drops everything, and the thread of the request.
struct Environment {
  Clock* clock = nullptr;
  Random* random = nullptr;
  Log* log = nullptr;
  Executor* executor = nullptr;
};

/// The system's clock.
class SystemClock final : public Clock {
 public:
  Instant now() const override { return std::chrono::floor<Instant::duration>(std::chrono::system_clock::now()); }
  std::uint64_t ticks() const override {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }
};

/// A cryptographically secure generator, seeded by the operating system.
std::unique_ptr<Random> system_random();

/// Drops every line.
class SilentLog final : public Log {
 public:
  Severity threshold() const override { return Severity::off; }
  void write(Severity, std::string_view, std::span<const LogField>) override {}
};

}  // namespace innkeeper
