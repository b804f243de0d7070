#include "tests/courier/names.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <chrono>
#include <string_view>
#include <thread>

namespace {
std::atomic<int> look_ups{0};
std::atomic<bool> is_slow{false};
}  // namespace

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  static const auto system_look_up = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string_view asked = name == nullptr ? "" : name;
  if (!asked.ends_with(".test")) return system_look_up(name, service, hints, found);
  ++look_ups;
  while (asked == "slow.test" && is_slow) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const int failure = system_look_up(asked == "both.test" ? "8.8.8.8" : "127.0.0.1", service, hints, found);
  if (failure != 0 || asked != "both.test") return failure;
  addrinfo* last = *found;
  while (last->ai_next != nullptr) last = last->ai_next;
  return system_look_up("127.0.0.1", service, hints, &last->ai_next);
}

namespace innkeeper::tests {

int count_look_ups() { return look_ups; }

SlowNames::SlowNames() { is_slow = true; }
SlowNames::~SlowNames() { is_slow = false; }

}  // namespace innkeeper::tests
