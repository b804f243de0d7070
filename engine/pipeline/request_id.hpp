#pragma once

#include <innkeeper/environment.hpp>

#include "engine/base/stripes.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace innkeeper::pipeline {

/// Names for requests: UUIDs that do not repeat within an engine and are not likely to between engines. They are no secrets.
class RequestIds {
 public:
  explicit RequestIds(Random& random);
  std::string next();

 private:
  std::array<std::uint64_t, 2> seed_{};
  base::Stripes<std::atomic<std::uint64_t>> counts_;
};

}  // namespace innkeeper::pipeline
