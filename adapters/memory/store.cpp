#include "adapters/memory/transaction.hpp"

#include <innkeeper/memory.hpp>

#include <mutex>
#include <shared_mutex>
#include <utility>

namespace innkeeper {

namespace memory {
namespace {

/// Readers share, writers wait for one another. A writer that waits holds new readers at the door, so that it gets its turn.
class MemoryStore final : public Store {
 public:
  using Store::run;

  Result<void> migrate(const Schema& schema) override {
    const std::lock_guard entering(door_);
    const std::unique_lock hold(room_);
    return database_.migrate(schema);
  }

  void run(Access access, Work work, Done done, Caller) override {
    if (is_working())
      return done(
          Error{.code = Errc::internal, .reason = Reason{"store.nested"}, .detail = "a run inside a work is not allowed"});
    done(access == Access::read ? read(work) : write(work));
  }

  StoreStatus status() const override { return {.kind = "memory", .durability = "none"}; }

 private:
  Result<void> read(const Work& work) {
    std::unique_lock entering(door_);
    const std::shared_lock hold(room_);
    entering.unlock();
    return MemoryTransaction{database_, Access::read}.perform(work);
  }
  Result<void> write(const Work& work) {
    const std::lock_guard entering(door_);
    const std::unique_lock hold(room_);
    return MemoryTransaction{database_, Access::write}.perform(work);
  }

  std::mutex door_;
  std::shared_mutex room_;
  Database database_;
};

}  // namespace
}  // namespace memory

std::unique_ptr<Store> open_memory() { return std::make_unique<memory::MemoryStore>(); }

}  // namespace innkeeper
