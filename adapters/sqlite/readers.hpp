#pragma once

#include "adapters/sqlite/connection.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace innkeeper::sqlite {

/// The reading connections of one store: each thread that reads has one to itself until it ends; then the next thread gets it.
class Readers : public std::enable_shared_from_this<Readers> {
 public:
  explicit Readers(SqliteOptions options);

  /// This thread's connection.
  Result<Connection*> mine();
  /// Closes all connections. No thread reads any more.
  void close();

 private:
  struct Lease {
    std::uint64_t serial = 0;
    Connection* connection = nullptr;
    std::weak_ptr<Readers> lender;
  };
  struct Leases {
    std::vector<Lease> held;
    ~Leases();
  };
  static Leases& leases();

  Result<Connection*> lease();
  Result<Connection*> take();
  void give_back(Connection*);

  const SqliteOptions options_;
  const std::uint64_t serial_;  ///< Of this store, never used again: an address would be.
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> free_;
};

}  // namespace innkeeper::sqlite
