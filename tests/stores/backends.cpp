#include "tests/stores/backends.hpp"

#include <innkeeper/memory.hpp>
#include <innkeeper/sqlite.hpp>

namespace innkeeper::tests {

std::ostream& operator<<(std::ostream& out, const Backend& backend) { return out << backend.name; }

std::vector<Backend> stores() {
  return {
      {"memory", [](const TemporaryFolder&) { return open_memory(); }},
      {"sqlite file",
       [](const TemporaryFolder& folder) { return open_sqlite({.path = (folder.path() / "house.db").string()}).value(); }},
      {"sqlite file without a cache",
       [](const TemporaryFolder& folder) {
         return open_sqlite({.path = (folder.path() / "house.db").string(), .cache = 0}).value();
       }},
      {"sqlite :memory:", [](const TemporaryFolder&) { return open_sqlite({.path = ":memory:"}).value(); }},
  };
}

}  // namespace innkeeper::tests
