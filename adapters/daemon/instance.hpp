#pragma once

#include <innkeeper/engine.hpp>

#include "adapters/daemon/settings.hpp"
#include "adapters/daemon/thread_pool.hpp"

#include <memory>
#include <string>

namespace innkeeper::daemon {

/// A store with an engine over it. Members end in the order they depend on each other.
struct Instance {
  std::unique_ptr<Random> random;
  std::unique_ptr<ThreadPool> thread_pool;
  std::unique_ptr<Store> store;
  std::unique_ptr<Engine> engine;
};

/// Whether an error of `open_instance` is about the master key.
bool is_about_master_key(const Error&);

/// Opens the database and the engine. The master key comes from the file that a flag names, else from `INNKEEPER_MASTER_KEY`,
/// else from `$CREDENTIALS_DIRECTORY/innkeeper.key`, else from the configured or default file, which is made if the database is
/// new. For a database that was sealed before, nothing is made: a missing or wrong key is an error that names where it was looked
/// for. For what only reads, a database that cannot be written will do. The log outlives the instance.
Result<Instance> open_instance(const Settings&, Log&, Access = Access::write);

/// An engine over nothing, for what needs no data.
Result<Instance> open_empty_instance();

/// An error in words for the user.
std::string explain(const Error&);

}  // namespace innkeeper::daemon
