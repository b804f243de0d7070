#include "tests/stores/syncs.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cerrno>

namespace {
std::atomic<int> syncs{0};
std::atomic<bool> is_failing{false};
}  // namespace

extern "C" int fdatasync(int file) {
  static const auto system_fdatasync = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fdatasync"));
  ++syncs;
  if (!is_failing) return system_fdatasync(file);
  errno = EIO;
  return -1;
}

namespace innkeeper::tests {

int count_syncs() { return syncs; }

FailingSyncs::FailingSyncs() { is_failing = true; }
FailingSyncs::~FailingSyncs() { is_failing = false; }

}  // namespace innkeeper::tests
