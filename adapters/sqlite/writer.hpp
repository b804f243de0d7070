#pragma once

#include "adapters/sqlite/checkpointer.hpp"
#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/damage.hpp"
#include "adapters/sqlite/row_cache.hpp"

#include <innkeeper/environment.hpp>
#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace innkeeper::sqlite {

/// One thread that writes. Jobs that gather while a commit is under way share the next one: one transaction, one commit, then
/// every `Done`. Where a job of a group fails after it wrote something, the group runs once more with a savepoint for each job,
/// which would cost every group a quarter. Once the file is found damaged, every job is refused. A caller that waits commits its
/// job itself as long as nobody else writes. The destructor finishes what was submitted.
class Writer {
 public:
  /// `commit_mutex` is held while the connection is in use. There is no checkpointer where there is no log. All outlive this.
  /// `cache` is how many bytes of rows are kept in memory.
  Writer(Connection& connection, std::mutex& commit_mutex, CommitLog& commit_log, Checkpointer* checkpointer, Damage& damage,
         Log* log, std::size_t cache);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void submit(Work work, Done done, Caller caller);
  bool is_writable() const { return is_writable_.load(std::memory_order_relaxed); }

 private:
  struct Job {
    Work work;
    Done done;
    Result<void> outcome{};
  };

  /// While it lives a group or a lone job is being served.
  struct Turn {
    Writer& writer;
    ~Turn();
  };

  enum class Guard : std::uint8_t { none, savepoints };
  enum class End : std::uint8_t {
    kept,    ///< Every outcome stands.
    spoilt,  ///< A job failed and left writes behind.
    lost,    ///< The transaction cannot go on, though one job alone may be the cause.
  };

  bool enqueue(Job&);
  void loop();
  std::span<Job> next_group();
  void store(std::span<Job>);
  void answer(std::span<Job>);
  End commit(std::span<Job>, Guard) noexcept;
  End commit_all(std::span<Job>, Guard);
  End attempt(Job&, TouchedTables&, RowCache*);
  End attempt_guarded(Job&, TouchedTables&, RowCache*);
  End lose(std::span<Job>, const Error&);
  void note_writable(bool is_writable, std::string_view why) noexcept;

  Connection& connection_;
  std::mutex& commit_mutex_;
  CommitLog& commit_log_;
  Checkpointer* checkpointer_;
  Damage& damage_;
  Log* log_;
  RowCache cache_;
  const bool keeps_rows_;
  std::atomic<bool> is_writable_{true};

  int careful_ = 0;  ///< So many groups more take savepoints at once: whoever spoils one may do it again.

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<Job> queue_;
  std::vector<Job> group_;      ///< Of the thread; it has room for the largest.
  std::size_t last_group_ = 0;  ///< How many jobs shared the last commit.
  bool is_busy_ = false;        ///< A group or a lone job is being served.
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace innkeeper::sqlite
