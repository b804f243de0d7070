#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/migration.hpp"
#include "adapters/sqlite/readers.hpp"
#include "adapters/sqlite/transaction.hpp"
#include "adapters/sqlite/writer.hpp"

#include <innkeeper/sqlite.hpp>

#include <utility>

namespace innkeeper {

namespace sqlite {
namespace {

Result<void> read_with(Connection& connection, const Work& work) {
  if (auto begun = connection.control(Control::begin); !begun) return begun.error();
  auto outcome = SqliteTransaction{connection, Access::read}.perform(work);
  if (auto ended = connection.control(Control::commit); !ended) connection.abandon();
  return outcome;
}

class SqliteStore final : public Store {
 public:
  SqliteStore(const SqliteOptions& options, std::unique_ptr<Connection> connection)
      : is_file_(!is_in_memory(options)),
        is_durable_(options.is_durable),
        connection_(std::move(connection)),
        readers_(std::make_shared<Readers>(options)),
        writer_(std::make_unique<Writer>(*connection_, gate_, options.log)) {}

  ~SqliteStore() override {
    writer_.reset();
    readers_->close();
    if (is_file_) sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }

  using Store::run;

  Result<void> migrate(const Schema& schema) override {
    const std::lock_guard hold(gate_);
    return sqlite::migrate(*connection_, schema);
  }

  void run(Access access, Work work, Done done) override {
    if (is_working())
      return done(
          Error{.code = Errc::internal, .reason = Reason{"store.nested"}, .detail = "a run inside a work is not allowed"});
    if (access == Access::write) return writer_->submit(std::move(work), std::move(done));
    done(read(work));
  }

  StoreStatus status() const override {
    const std::string_view durability = !is_file_ ? "none" : is_durable_ ? "full" : "process";
    return {.kind = "sqlite", .durability = durability, .is_writable = writer_->is_writable()};
  }

 private:
  Result<void> read(const Work& work) {
    if (!is_file_) {
      const std::lock_guard hold(gate_);
      return read_with(*connection_, work);
    }
    auto connection = readers_->mine();
    if (!connection) return connection.error();
    return read_with(**connection, work);
  }

  const bool is_file_;
  const bool is_durable_;
  std::mutex gate_;  ///< Held while `connection_` is in use.
  std::unique_ptr<Connection> connection_;
  std::shared_ptr<Readers> readers_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions options) {
  auto connection = sqlite::Connection::open(options, sqlite::Connection::Use::write);
  if (!connection) return connection.error();
  return std::make_unique<sqlite::SqliteStore>(options, std::move(*connection));
}

bool turn_off_sqlite_statistics() { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK; }

}  // namespace innkeeper
