#include "adapters/sqlite/checkpointer.hpp"
#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/damage.hpp"
#include "adapters/sqlite/migration.hpp"
#include "adapters/sqlite/read_only_store.hpp"
#include "adapters/sqlite/readers.hpp"
#include "adapters/sqlite/transaction.hpp"
#include "adapters/sqlite/writer.hpp"

#include <innkeeper/sqlite.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <new>
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
  explicit SqliteStore(const SqliteOptions& options)
      : options_(options), is_file_(!is_in_memory(options)), damage_(options.path, options.log) {
    readers_ = std::make_shared<Readers>(options, Connection::Use::read, commit_log_, commit_mutex_);
  }

  /// Errors: what opening the file answers. Nothing else is called before.
  Result<void> open() {
    auto connection = Connection::open(options_, Connection::Use::write, commit_log_);
    if (!connection) return connection.error();
    connection_ = std::move(*connection);
    if (is_file_) {
      auto copier = Connection::open(options_, Connection::Use::write, commit_log_);
      if (!copier) return copier.error();
      auto guard = Connection::open(options_, Connection::Use::write, commit_log_);
      if (!guard) return guard.error();
      checkpointer_ =
          std::make_unique<Checkpointer>(std::move(*copier), std::move(*guard), *readers_, commit_mutex_, damage_, options_.log);
      sqlite3_wal_hook(connection_->handle(), note_length, checkpointer_.get());
    }
    writer_ = std::make_unique<Writer>(*connection_, commit_mutex_, commit_log_, checkpointer_.get(), damage_, options_.log,
                                       options_.cache);
    return {};
  }

  /// Nothing is copied out of the log here, where others may write. The last connection does it as it closes, if no other process
  /// has the file open: SQLite makes sure of that.
  ~SqliteStore() override {
    writer_.reset();
    checkpointer_.reset();
    readers_->close();
  }

  using Store::run;

  Result<void> migrate(const Schema& schema) override {
    const std::lock_guard hold(commit_mutex_);
    auto migrated = sqlite::migrate(*connection_, schema);
    commit_log_.forget(connection_->wal_index().state());
    if (!migrated && migrated.error().code == Errc::unavailable)
      return with_file(options_.path, connection_->handle(), migrated.error());
    return migrated;
  }

  void run(Access access, Work work, Done done, Caller caller) override {
    if (is_working()) return done(nested());
    if (access == Access::write) return writer_->submit(std::move(work), std::move(done), caller);
    auto outcome = read(work);
    if (!outcome) damage_.note(outcome.error());
    done(std::move(outcome));
  }

  StoreStatus status() const override {
    const std::string_view durability = !is_file_ ? "none" : options_.is_durable ? "full" : "process";
    const bool is_damaged = damage_.is_found();
    return {.kind = "sqlite",
            .durability = durability,
            .is_writable = writer_->is_writable() && !is_damaged,
            .fault = is_damaged ? Damage::sentence : std::string_view{}};
  }

 private:
  Result<void> read(const Work& work) try {
    if (!is_file_) {
      const std::lock_guard hold(commit_mutex_);
      return read_with(*connection_, work);
    }
    auto reader = readers_->mine();
    if (!reader) return reader.error();
    return (*reader)->run(work);
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }

  static int note_length(void* checkpointer, sqlite3*, const char*, int pages) {
    static_cast<Checkpointer*>(checkpointer)->note_length(pages);
    return SQLITE_OK;
  }

  const SqliteOptions options_;
  const bool is_file_;
  std::mutex commit_mutex_;  ///< Held while `connection_` is in use.
  CommitLog commit_log_;
  Damage damage_;
  std::unique_ptr<Connection> connection_;
  std::shared_ptr<Readers> readers_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<Writer> writer_;
};

Result<std::unique_ptr<Store>> open_to_write(const SqliteOptions& options) {
  auto store = std::make_unique<SqliteStore>(options);
  if (auto opened = store->open(); !opened) return opened.error();
  return store;
}

void note_version(Log* log) {
  if (!log || log->threshold() > Severity::info) return;
  const bool has_bug = has_wal_reset_bug(sqlite3_libversion_number());
  const LogField fields[] = {{"sqlite", std::string_view{sqlite3_libversion()}},
                             {"wal_reset_bug", std::string_view{has_bug ? "present" : "fixed"}}};
  log->write(Severity::info, "store.opened", fields);
}

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions options) {
  auto store = options.is_read_only ? sqlite::open_to_read(options) : sqlite::open_to_write(options);
  if (store) sqlite::note_version(options.log);
  return store;
}

Result<void> check_sqlite(SqliteOptions options) { return sqlite::check_file(options); }

bool can_write_sqlite(const std::string& path) {
  const auto folder = std::filesystem::path{path}.parent_path();
  const auto is_permitted = [](const char* name) { return ::faccessat(AT_FDCWD, name, W_OK, AT_EACCESS) == 0; };
  return is_permitted(path.c_str()) && is_permitted(folder.empty() ? "." : folder.c_str());
}

bool turn_off_sqlite_statistics() { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK; }

}  // namespace innkeeper
