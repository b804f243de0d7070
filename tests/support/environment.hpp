#pragma once

#include <innkeeper/environment.hpp>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace innkeeper::tests {

/// A clock that stands still until it is moved.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant now = Instant{std::chrono::microseconds{1'709'514'123'000'000}}) : now_(now) {}
  Instant now() const override { return now_.load(); }
  std::uint64_t ticks() const override { return static_cast<std::uint64_t>(now_.load().time_since_epoch().count()); }
  void set(Instant now) { now_ = now; }
  void advance(std::chrono::microseconds by) { now_ = now_.load() + by; }

 private:
  std::atomic<Instant> now_;
};

/// The same bytes for the same seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::byte> out) override {
    const std::lock_guard lock(mutex_);
    for (auto& each : out) each = static_cast<std::byte>(engine_());
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

/// Keeps every line as `event name=value name=value`.
class KeepingLog final : public Log {
 public:
  explicit KeepingLog(Severity threshold = Severity::debug) : threshold_(threshold) {}
  Severity threshold() const override { return threshold_; }
  void write(Severity, std::string_view event, std::span<const LogField> fields) override {
    std::string line{event};
    for (const auto& each : fields) {
      line.append(" ").append(each.name).append("=");
      if (const auto* text = std::get_if<std::string_view>(&each.value))
        line.append(*text);
      else
        line.append(std::to_string(std::get<std::int64_t>(each.value)));
    }
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  const Severity threshold_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// A folder of its own, gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "innkeeper-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw std::filesystem::filesystem_error("mkdtemp", std::error_code{errno, std::generic_category()});
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace innkeeper::tests
