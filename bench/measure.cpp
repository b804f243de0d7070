#include "measure.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdio>
#include <fstream>
#include <functional>
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

double median(const std::vector<Figure>& figures, double Figure::*member) {
  std::vector<double> values(figures.size());
  std::transform(figures.begin(), figures.end(), values.begin(), [&](const Figure& each) { return each.*member; });
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

// The upper half of a positive float is its exponent and the first seven digits behind its point: the place in `met_`.
void Latencies::add(Steady::duration latency) {
  const auto us = std::chrono::duration<float, std::micro>(latency).count();
  ++met_[std::bit_cast<std::uint32_t>(us) >> 16U];
  ++count_;
  max_us_ = std::max(max_us_, us);
}

void Latencies::add(const Latencies& others) {
  std::transform(met_.begin(), met_.end(), others.met_.begin(), met_.begin(), std::plus{});
  count_ += others.count_;
  max_us_ = std::max(max_us_, others.max_us_);
}

double Latencies::percentile_us(double part) const {
  auto rank = static_cast<std::uint64_t>(static_cast<double>(count_) * part);
  for (std::uint32_t place = 0; place < met_.size(); ++place) {
    if (met_[place] > rank) return static_cast<double>(std::bit_cast<float>(place << 16U));
    rank -= met_[place];
  }
  return max_us();
}

Stretch::Stretch() : cpu_(cpu_seconds()), allocations_(bench::allocations()), begin_(Steady::now()) {}

Figure Stretch::figure(const Latencies& latencies) const {
  const auto wall = std::chrono::duration<double>(Steady::now() - begin_).count();
  const auto count = static_cast<double>(latencies.count());
  return {.per_second = count / wall,
          .cpu_us = (cpu_seconds() - cpu_) * 1e6 / count,
          .p50_us = latencies.percentile_us(0.5),
          .p99_us = latencies.percentile_us(0.99),
          .max_us = latencies.max_us(),
          .allocations = static_cast<double>(bench::allocations() - allocations_) / count,
          .rss_mib = rss_mib()};
}

Figure measure(unsigned threads, std::chrono::milliseconds time, const std::function<void(unsigned, std::uint64_t)>& once) {
  std::atomic<bool> is_over{false};
  std::vector<Latencies> latencies(threads);
  std::vector<std::thread> crew;
  const Stretch stretch;
  for (unsigned t = 0; t < threads; ++t)
    crew.emplace_back([&, t] {
      auto last = Steady::now();
      for (std::uint64_t i = 0; !is_over.load(std::memory_order_relaxed); ++i) {
        once(t, i);
        const auto now = Steady::now();
        latencies[t].add(now - last);
        last = now;
      }
    });
  std::this_thread::sleep_for(time);
  is_over = true;
  for (auto& each : crew) each.join();
  for (unsigned t = 1; t < threads; ++t) latencies[0].add(latencies[t]);
  return stretch.figure(latencies[0]);
}

void print(std::string_view name, const std::vector<Figure>& figures) {
  const auto of = [&](double Figure::*member) { return median(figures, member); };
  double slowest = 0;
  for (const auto& each : figures) slowest = std::max(slowest, each.max_us);
  std::printf(R"({"case":"%.*s","per_second":%.1f,"cpu_us":%.3f,"p50_us":%.2f,"p99_us":%.2f,"max_us":%.1f,"allocations":%.2f,)"
              R"("rss_mib":%.1f,"store_us":%.3f})"
              "\n",
              static_cast<int>(name.size()), name.data(), of(&Figure::per_second), of(&Figure::cpu_us), of(&Figure::p50_us),
              of(&Figure::p99_us), slowest, of(&Figure::allocations), of(&Figure::rss_mib), of(&Figure::store_us));
  std::fflush(stdout);
}

}  // namespace bench
