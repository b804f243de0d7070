#pragma once

#include <innkeeper/engine.hpp>
#include <innkeeper/store.hpp>

#include "tests/dialects/transcript.hpp"

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace innkeeper::tests {

/// A caller on one side of a front end.
class Client {
 public:
  virtual ~Client() = default;
  virtual Answer exchange(const Sent&) = 0;
};

/// A way for requests to reach an engine over a store.
struct Front {
  std::string name;
  std::unique_ptr<Store> (*open_store)();
  std::unique_ptr<Client> (*open_client)(Engine&);

  friend std::ostream& operator<<(std::ostream& out, const Front& front) { return out << front.name; }
};

/// Every front end this build has. The direct call stands for all stores, the others for themselves.
std::vector<Front> fronts();

}  // namespace innkeeper::tests
