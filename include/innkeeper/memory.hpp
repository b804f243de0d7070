#pragma once

#include <innkeeper/store.hpp>

#include <memory>

namespace innkeeper {

/// An in-memory store, which ends with the process. For tests and trials; it behaves as any other store. Work runs inline on the
/// caller's thread.
std::unique_ptr<Store> open_memory();

}  // namespace innkeeper
