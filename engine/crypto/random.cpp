#include <innkeeper/environment.hpp>

#include <botan/system_rng.h>

namespace innkeeper {

namespace {

/// The kernel's generator: it needs no state of ours, so threads and forks share nothing.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    Botan::system_rng().randomize(reinterpret_cast<std::uint8_t*>(out.data()), out.size());
  }
};

}  // namespace

std::unique_ptr<Random> system_random() { return std::make_unique<SystemRandom>(); }

}  // namespace innkeeper
