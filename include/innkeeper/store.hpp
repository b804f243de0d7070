#pragma once

#include <innkeeper/result.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace innkeeper {

struct Table;
class Transaction;

/// A set of tables that changes in numbered steps. Step n makes the tables and columns with `since == n`; a store applies the
/// steps it lacks, in order, each in one transaction, and keeps a checksum of each.
struct Schema {
  std::string_view name;  ///< Lower-case letters and digits; each schema is numbered by itself.
  std::uint16_t version;  ///< The last step.
  std::span<const Table* const> tables;
};

enum class Access : std::uint8_t { read, write };

/// What to do in a transaction. An error rolls it back. May run more than once: it touches only its transaction and its result,
/// which it sets anew each time.
using Work = std::function<Result<void>(Transaction&)>;

/// Called exactly once, possibly on another thread: after the commit is durable, or with the reason why nothing was stored.
using Done = std::function<void(Result<void>)>;

/// What the thread that calls `Store::run` does until the work is done.
enum class Caller : std::uint8_t {
  moves_on,  ///< Other things: the store never makes it wait for a disk.
  waits,     ///< Nothing: the store may commit on it, which saves handing the work to another thread and back.
};

/// What a store can promise, for operators to see.
struct StoreStatus {
  std::string_view kind;        ///< "sqlite", "memory", …
  std::string_view durability;  ///< "full": acknowledged survives power loss; "process": a crash of the system may lose the last
                                ///< moments; "none".
  bool is_writable = true;      ///< False while writes fail, for want of space for example.
  std::string_view fault{};     ///< Why, in a sentence, where that is known.
};

/// A transactional store of entities. Thread safe. It decides when, and on which thread, work runs: reads may run inline.
class Store {
 public:
  virtual ~Store() = default;

  /// Brings the tables of a schema up to its version. To be called on every start, before any other use of them. Errors:
  /// `conflict` with reason `schema.newer` (the file was written by a later version), `schema.changed` (a step that was applied
  /// reads differently now); `unavailable`.
  virtual Result<void> migrate(const Schema&) = 0;

  /// Runs `work` in one transaction and commits if it succeeds; then calls `done`. One job's failure never touches another's. A
  /// work that throws is rolled back, and `done` gets an error.
  /// A `Transaction` opened for reading refuses to write (`Errc::internal`).
  virtual void run(Access, Work work, Done done, Caller caller = Caller::moves_on) = 0;

  /// The same, waiting. Not to be called from a `Work` or a `Done`.
  Result<void> run(Access, Work work);

  virtual StoreStatus status() const = 0;
};

}  // namespace innkeeper
