#include <innkeeper/store.hpp>

#include "engine/base/awaited.hpp"

namespace innkeeper {

Result<void> Store::run(Access access, Work work) {
  base::Awaited<Result<void>> outcome;
  run(
      access, std::move(work), [&](Result<void> result) { outcome.set(std::move(result)); }, Caller::waits);
  return outcome.wait();
}

}  // namespace innkeeper
