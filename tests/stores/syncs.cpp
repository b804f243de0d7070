#include "tests/stores/syncs.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>

namespace {
std::atomic<int> syncs{0};
std::atomic<bool> is_failing{false};
std::atomic<std::chrono::milliseconds> delay{std::chrono::milliseconds{0}};

bool is_log(int file) {
  std::string path(4096, '\0');
  const auto size = ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path.data(), path.size());
  path.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return path.ends_with("-wal");
}
}  // namespace

extern "C" int fdatasync(int file) {
  static const auto system_fdatasync = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fdatasync"));
  ++syncs;
  if (const auto time = delay.load(); time.count() > 0 && !is_log(file)) std::this_thread::sleep_for(time);
  if (!is_failing) return system_fdatasync(file);
  errno = EIO;
  return -1;
}

namespace innkeeper::tests {

int count_syncs() { return syncs; }

FailingSyncs::FailingSyncs() { is_failing = true; }
FailingSyncs::~FailingSyncs() { is_failing = false; }

SlowSyncs::SlowSyncs(std::chrono::milliseconds time) { delay = time; }
SlowSyncs::~SlowSyncs() { delay = std::chrono::milliseconds{0}; }

}  // namespace innkeeper::tests
