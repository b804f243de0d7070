#pragma once

#include <innkeeper/engine.hpp>
#include <innkeeper/types.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// Ends the process with a word if something is not so.
void require(bool is_so, const char* what);

struct Tenant {
  innkeeper::Id id{};
  std::string uid;
  std::string token;  ///< Good for this tenant.
};

/// What a database was filled with. App number n, from 1, belongs to tenant (n - 1) % tenants.
struct Filling {
  std::vector<Tenant> tenants;
  innkeeper::Id holder{};  ///< The operator over all tenants that the tokens were issued to.
  std::string secret;      ///< One app's.
};

/// Makes tenants and as many apps, each with its key, through the engine.
Filling fill(innkeeper::Engine& engine, int apps, int tenants);

/// The same in a new database with its master key beside it, as the daemon wants it, and prints the filling as JSON. Apps beyond
/// the first hundred thousand are copies of these, without keys.
void fill_file(const std::string& path, int apps, int tenants);

}  // namespace bench
