#include "adapters/sqlite/checkpointer.hpp"
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

/// Reads through the one connection of a private database.
Result<void> read_with(Connection& connection, const Work& work) {
  if (auto begun = connection.control(Control::begin); !begun) return begun.error();
  auto outcome = SqliteTransaction{connection, Access::read}.perform(work);
  if (auto ended = connection.control(Control::commit); !ended) connection.abandon();
  return outcome;
}

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(const SqliteOptions& options) : is_file_(!is_in_memory(options)), is_durable_(options.is_durable) {
    readers_ = std::make_shared<Readers>(options, ledger_, gate_);
  }

  /// Errors: what opening the file answers. Nothing else is called before.
  Result<void> open(const SqliteOptions& options) {
    auto connection = Connection::open(options, Connection::Use::write, ledger_);
    if (!connection) return connection.error();
    connection_ = std::move(*connection);
    if (is_file_) {
      auto second = Connection::open(options, Connection::Use::write, ledger_);
      if (!second) return second.error();
      checkpointer_ = std::make_unique<Checkpointer>(std::move(*second), *readers_, gate_, options.log);
      sqlite3_wal_hook(connection_->handle(), note_length, checkpointer_.get());  // takes the place of SQLite's own checkpoints
    }
    writer_ = std::make_unique<Writer>(*connection_, gate_, ledger_, checkpointer_.get(), options.log, options.cache);
    return {};
  }

  ~SqliteStore() override {
    writer_.reset();
    checkpointer_.reset();
    readers_->close();
    if (!is_file_ || !connection_) return;
    sqlite3_wal_hook(connection_->handle(), nullptr, nullptr);
    sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }

  using Store::run;

  Result<void> migrate(const Schema& schema) override {
    const std::lock_guard hold(gate_);
    auto migrated = sqlite::migrate(*connection_, schema);
    ledger_.forget(connection_->wal_index().state());
    return migrated;
  }

  void run(Access access, Work work, Done done, Caller caller) override {
    if (is_working())
      return done(
          Error{.code = Errc::internal, .reason = Reason{"store.nested"}, .detail = "a run inside a work is not allowed"});
    if (access == Access::write) return writer_->submit(std::move(work), std::move(done), caller);
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
    auto reader = readers_->mine();
    if (!reader) return reader.error();
    return (*reader)->run(work);
  }

  static int note_length(void* checkpointer, sqlite3*, const char*, int pages) {
    static_cast<Checkpointer*>(checkpointer)->note_length(pages);
    return SQLITE_OK;
  }

  const bool is_file_;
  const bool is_durable_;
  std::mutex gate_;  ///< Held while `connection_` is in use.
  Ledger ledger_;
  std::unique_ptr<Connection> connection_;
  std::shared_ptr<Readers> readers_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions options) {
  auto store = std::make_unique<sqlite::SqliteStore>(options);
  if (auto opened = store->open(options); !opened) return opened.error();
  return store;
}

bool turn_off_sqlite_statistics() { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK; }

}  // namespace innkeeper
