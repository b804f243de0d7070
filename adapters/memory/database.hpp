#pragma once

#include "adapters/memory/rows.hpp"

#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace innkeeper::memory {

/// All tables, and which steps of which schema made them. Not thread safe.
class Database {
 public:
  /// See `Store::migrate`. An error changes nothing.
  Result<void> migrate(const Schema&);

  /// The rows of a table, or null where no schema brought it.
  Rows* find(const Table& table) const;

 private:
  using Steps = std::vector<std::string>;  ///< What each step says, in order.

  std::map<std::string, Steps, std::less<>> schemas_;
  std::map<std::string, std::unique_ptr<Rows>, std::less<>> tables_;
  std::unordered_map<const Table*, Rows*> known_;
};

}  // namespace innkeeper::memory
