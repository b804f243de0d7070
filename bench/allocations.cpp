#include "measure.hpp"

#include <array>
#include <atomic>
#include <cstddef>

// Takes the place of the C library's entry points, so that what SQLite allocates is counted like what operator new does.

namespace {

/// One for each thread, so that counting costs no more than a line of the cache.
struct alignas(64) Count {
  std::atomic<std::uint64_t> calls{0};
};
std::array<Count, 1'024> counts;
std::atomic<std::size_t> threads{0};

}  // namespace

std::uint64_t bench::allocations() {
  std::uint64_t sum = 0;
  for (const auto& each : counts) sum += each.calls.load(std::memory_order_relaxed);
  return sum;
}

namespace {
void count() {
  thread_local Count& mine = counts[threads.fetch_add(1, std::memory_order_relaxed) % counts.size()];
  mine.calls.store(mine.calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}
}  // namespace

extern "C" {

void* __libc_malloc(std::size_t size);                      // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t number, std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* old, std::size_t size);          // NOLINT(bugprone-reserved-identifier)

void* malloc(std::size_t size) {
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) {
  count();
  return __libc_calloc(number, size);
}
void* realloc(void* old, std::size_t size) {
  count();
  return __libc_realloc(old, size);
}
}
