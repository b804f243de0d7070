#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/dialects.hpp>

#include <array>

namespace innkeeper {

namespace {
constexpr std::array<const Dialect*, 3> dialects{&native, &skyway, &enablex};
}

std::span<const Dialect* const> all_dialects() { return dialects; }

const Dialect* find_dialect(std::string_view name) {
  for (const auto* each : dialects)
    if (each->name == name) return each;
  return nullptr;
}

}  // namespace innkeeper
