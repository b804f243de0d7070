#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

/// How the in-process cases are measured.
namespace bench {

struct Figure {
  double per_second = 0;
  double cpu_us = 0;  ///< Of this process, per request.
  double p50_us = 0;
  double p99_us = 0;
  double max_us = 0;
  double allocations = 0;  ///< Per request, SQLite's too.
  double rss_mib = 0;      ///< Of this process, at the end.
  double store_us = 0;     ///< CPU of all threads but the callers', per request, where it can be told.
};

/// How often each latency was met, to within a hundredth of it, in a memory that does not grow.
class Latencies {
 public:
  void add(std::chrono::steady_clock::duration latency);
  void add(const Latencies& others);
  std::uint64_t count() const { return count_; }
  double max_us() const { return static_cast<double>(max_us_); }
  double percentile_us(double part) const;

 private:
  std::vector<std::uint32_t> met_ = std::vector<std::uint32_t>(std::size_t{1} << 15U);
  std::uint64_t count_ = 0;
  float max_us_ = 0;
};

/// Calls of malloc, calloc and realloc so far, in all threads.
std::uint64_t allocations();

/// What a stretch of work took, from when it is made until `figure`.
class Stretch {
 public:
  Stretch();
  Figure figure(const Latencies& latencies) const;

 private:
  double cpu_;
  std::uint64_t allocations_;
  std::chrono::steady_clock::time_point begin_;
};

/// Runs `once(thread, i)` on some threads until the time is over.
Figure measure(unsigned threads, std::chrono::milliseconds time, const std::function<void(unsigned, std::uint64_t)>& once);

/// Prints the medians, and the largest latency of all, as a line of JSON.
void print(std::string_view name, const std::vector<Figure>& figures);

}  // namespace bench
