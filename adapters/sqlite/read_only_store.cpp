#include "adapters/sqlite/read_only_store.hpp"

#include "adapters/sqlite/damage.hpp"
#include "adapters/sqlite/migration.hpp"
#include "adapters/sqlite/ownership.hpp"
#include "adapters/sqlite/readers.hpp"
#include "adapters/sqlite/transaction.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <new>
#include <utility>

namespace innkeeper::sqlite {

namespace {

/// By what a file shows that it has not been written to.
struct FileState {
  static FileState of(const std::string& path) {
    struct stat status {};
    FileState state;
    if (::stat(path.c_str(), &status) != 0) return state;
    state.inode = status.st_ino;
    state.size = status.st_size;
    state.seconds = status.st_mtim.tv_sec;
    state.nanoseconds = status.st_mtim.tv_nsec;
    for (const auto* suffix : {"-wal", "-journal"}) state.has_log |= ::access((path + suffix).c_str(), F_OK) == 0;
    return state;
  }
  friend bool operator==(const FileState&, const FileState&) = default;

  ino_t inode = 0;
  off_t size = 0;
  time_t seconds = 0;
  long nanoseconds = 0;
  bool has_log = false;  ///< It is in use, or was not closed: what is in the log belongs to it.
};

Result<void> check_integrity(Connection& connection) {
  const auto has_tables = has_schema_table(connection.handle());
  if (!has_tables) return has_tables.error();
  Error found{.code = Errc::unavailable, .reason = damaged};
  if (!*has_tables) found.violations.push_back({.message = "it is empty: none of the tables are there"});
  auto statement = prepare(connection.handle(), "PRAGMA integrity_check");
  if (!statement) return statement.error();
  int code = SQLITE_OK;
  while ((code = sqlite3_step(statement->get())) == SQLITE_ROW) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement->get(), 0));
    if (text == nullptr) return out_of_memory();
    if (std::string_view{text} != "ok") found.violations.push_back({.message = text});
  }
  if (code != SQLITE_DONE) {
    const auto error = error_of(connection.handle(), code);
    if (error.reason != damaged) return error;
    found.violations.push_back({.message = error.detail});  // so broken that the check could not go on
  }
  if (found.violations.empty()) return {};
  return found;
}

class ReadOnlyStore final : public Store {
 public:
  /// SQLite cannot read a database of ours where it can make no file beside it, unless it takes the file for one that does not
  /// change. So it does where it can neither be written by us nor has been left open; whether that holds is seen behind each run.
  explicit ReadOnlyStore(const SqliteOptions& options)
      : options_(options), state_(FileState::of(options.path)), damage_(options.path, options.log) {
    use_ = state_.has_log || can_write_sqlite(options.path) ? Connection::Use::read_only : Connection::Use::read_unchanging;
    readers_ = std::make_shared<Readers>(options, use_, commit_log_, commit_mutex_);
  }

  Result<void> open() {
    auto connection = Connection::open(options_, use_, commit_log_);
    if (connection) return connection_ = std::move(*connection), Result<void>{};
    auto error = connection.error();
    if (state_.has_log && error.reason == Reason{"store.failed"})
      error.detail += "; it was not closed, and a log beside it belongs to it: copy both to where they can be written";
    return error;
  }

  ~ReadOnlyStore() override { readers_->close(); }

  Result<void> check() {
    auto checked = check_integrity(*connection_);
    if (has_changed()) return changed();
    return checked;
  }

  using Store::run;

  Result<void> migrate(const Schema& schema) override {
    const std::lock_guard hold(commit_mutex_);
    return sqlite::check(*connection_, schema);
  }

  void run(Access access, Work work, Done done, Caller) override {
    if (is_working()) return done(nested());
    auto outcome = read(access, work);
    if (!outcome) damage_.note(outcome.error());
    done(std::move(outcome));
  }

  StoreStatus status() const override { return {.kind = "sqlite", .durability = "none", .is_writable = false}; }

 private:
  Result<void> read(Access access, const Work& work) try {
    auto reader = readers_->mine();
    if (!reader) return reader.error();
    auto outcome = (*reader)->run(work, access);
    if (has_changed()) return changed();
    return outcome;
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }

  bool has_changed() const { return use_ == Connection::Use::read_unchanging && FileState::of(options_.path) != state_; }
  Error changed() const {
    return {.code = Errc::unavailable,
            .reason = Reason{"store.changed"},
            .detail = options_.path + ": somebody else wrote to it while it was read"};
  }

  const SqliteOptions options_;
  const FileState state_;
  Connection::Use use_{};
  std::mutex commit_mutex_;  ///< Held while `connection_` is in use.
  CommitLog commit_log_;
  Damage damage_;
  std::unique_ptr<Connection> connection_;
  std::shared_ptr<Readers> readers_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_to_read(const SqliteOptions& options) {
  auto store = std::make_unique<ReadOnlyStore>(options);
  if (auto opened = store->open(); !opened) return opened.error();
  return store;
}

Result<void> check_file(const SqliteOptions& options) {
  ReadOnlyStore store{options};
  if (auto opened = store.open(); !opened) return opened;
  return store.check();
}

}  // namespace innkeeper::sqlite
