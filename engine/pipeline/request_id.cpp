#include "engine/pipeline/request_id.hpp"

#include "engine/base/text.hpp"

#include <cstring>
#include <span>

namespace innkeeper::pipeline {

namespace {
/// The output function of SplitMix64: a bijection, so that different counts stay different.
std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31U);
}
}  // namespace

RequestIds::RequestIds(Random& random) { random.fill(std::as_writable_bytes(std::span{seed_})); }

std::string RequestIds::next() {
  const auto own = counts_.mine().fetch_add(1, std::memory_order_relaxed);
  const auto count = own * counts_.count + counts_.position();
  const std::array<std::uint64_t, 2> words{mixed(seed_[0] + count), mixed(seed_[1] ^ mixed(count))};
  std::array<std::byte, 16> bytes;
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return base::to_uuid(bytes);
}

}  // namespace innkeeper::pipeline
