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
  double allocations = 0;  ///< Per request, SQLite's too.
};

/// Calls of malloc, calloc and realloc so far, in all threads.
std::uint64_t allocations();

/// What a stretch of work took, from when it is made until `figure`.
class Stretch {
 public:
  Stretch();
  /// `latencies`, in microseconds, has an entry for each request.
  Figure figure(std::vector<float> latencies) const;

 private:
  double cpu_;
  std::uint64_t allocations_;
  std::chrono::steady_clock::time_point begin_;
};

/// Runs `once(thread, i)` on some threads until the time is over.
Figure measure(unsigned threads, std::chrono::milliseconds time, const std::function<void(unsigned, std::uint64_t)>& once);

/// Prints the medians as a line of JSON, with the memory that this process holds now.
void print(std::string_view name, const std::vector<Figure>& figures);

}  // namespace bench
