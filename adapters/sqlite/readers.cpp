#include "adapters/sqlite/readers.hpp"

#include <atomic>
#include <utility>

namespace innkeeper::sqlite {

namespace {
std::uint64_t next_serial() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}
}  // namespace

Readers::Readers(SqliteOptions options) : options_(std::move(options)), serial_(next_serial()) {}

Readers::Leases& Readers::leases() {
  thread_local Leases mine;
  return mine;
}

Readers::Leases::~Leases() {
  for (const auto& each : held)
    if (auto lender = each.lender.lock()) lender->give_back(each.connection);
}

Result<Connection*> Readers::mine() {
  for (const auto& each : leases().held)
    if (each.serial == serial_) return each.connection;
  return lease();
}

Result<Connection*> Readers::lease() {
  auto& held = leases().held;
  std::erase_if(held, [](const Lease& each) { return each.lender.expired(); });
  auto connection = take();
  if (connection) held.push_back({serial_, *connection, weak_from_this()});
  return connection;
}

Result<Connection*> Readers::take() {
  const std::lock_guard lock(mutex_);
  if (!free_.empty()) {
    auto* connection = free_.back();
    free_.pop_back();
    return connection;
  }
  auto opened = Connection::open(options_, Connection::Use::read);
  if (!opened) return opened.error();
  return connections_.emplace_back(std::move(*opened)).get();
}

void Readers::give_back(Connection* connection) {
  const std::lock_guard lock(mutex_);
  if (!connections_.empty()) free_.push_back(connection);
}

void Readers::close() {
  const std::lock_guard lock(mutex_);
  free_.clear();
  connections_.clear();
}

}  // namespace innkeeper::sqlite
