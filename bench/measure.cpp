#include "measure.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

namespace bench {

namespace {

using Steady = std::chrono::steady_clock;

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double rss_mib() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  return 0;
}

double percentile(std::vector<float>& values, double part) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(values.size()) * part);
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

double median(const std::vector<Figure>& figures, double Figure::*member) {
  std::vector<double> values;
  for (const auto& each : figures) values.push_back(each.*member);
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

Stretch::Stretch() : cpu_(cpu_seconds()), allocations_(bench::allocations()), begin_(Steady::now()) {}

Figure Stretch::figure(std::vector<float> latencies) const {
  const auto wall = std::chrono::duration<double>(Steady::now() - begin_).count();
  const auto count = static_cast<double>(latencies.size());
  return {.per_second = count / wall,
          .cpu_us = (cpu_seconds() - cpu_) * 1e6 / count,
          .p50_us = percentile(latencies, 0.5),
          .p99_us = percentile(latencies, 0.99),
          .allocations = static_cast<double>(bench::allocations() - allocations_) / count};
}

Figure measure(unsigned threads, std::chrono::milliseconds time, const std::function<void(unsigned, std::uint64_t)>& once) {
  std::atomic<bool> is_over{false};
  std::vector<std::vector<float>> latencies(threads);
  std::vector<std::thread> crew;
  const Stretch stretch;
  for (unsigned t = 0; t < threads; ++t)
    crew.emplace_back([&, t] {
      auto& mine = latencies[t];
      mine.reserve(1U << 20U);
      auto last = Steady::now();
      for (std::uint64_t i = 0; !is_over.load(std::memory_order_relaxed); ++i) {
        once(t, i);
        const auto now = Steady::now();
        mine.push_back(std::chrono::duration<float, std::micro>(now - last).count());
        last = now;
      }
    });
  std::this_thread::sleep_for(time);
  is_over = true;
  for (auto& each : crew) each.join();
  std::vector<float> all;
  for (const auto& each : latencies) all.insert(all.end(), each.begin(), each.end());
  return stretch.figure(std::move(all));
}

void print(std::string_view name, const std::vector<Figure>& figures) {
  const auto of = [&](double Figure::*member) { return median(figures, member); };
  std::printf(R"({"case":"%.*s","per_second":%.1f,"cpu_us":%.3f,"p50_us":%.2f,"p99_us":%.2f,"allocations":%.2f,"rss_mib":%.1f})"
              "\n",
              static_cast<int>(name.size()), name.data(), of(&Figure::per_second), of(&Figure::cpu_us), of(&Figure::p50_us),
              of(&Figure::p99_us), of(&Figure::allocations), rss_mib());
  std::fflush(stdout);
}

}  // namespace bench
