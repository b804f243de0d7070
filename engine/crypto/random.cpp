#include <innkeeper/environment.hpp>

#include <botan/chacha_rng.h>
#include <botan/system_rng.h>

namespace innkeeper {

namespace {

/// A generator seeded from the kernel's, now and again, and after a fork; it has a lock of its own. Asking the kernel each time
/// costs several times as much.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override { rng_.randomize(reinterpret_cast<std::uint8_t*>(out.data()), out.size()); }

 private:
  Botan::ChaCha_RNG rng_{Botan::system_rng()};
};

}  // namespace

std::unique_ptr<Random> system_random() { return std::make_unique<SystemRandom>(); }

}  // namespace innkeeper
