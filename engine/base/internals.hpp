#pragma once

namespace innkeeper {

namespace crypto {
class Keyring;
}
namespace base {
class RateLimits;
}

/// What the engine's own code finds in a context beside what all may use.
struct Internals {
  const crypto::Keyring& keyring;
  base::RateLimits& rate_limits;
};

}  // namespace innkeeper
