#pragma once

#include "adapters/sqlite/connection.hpp"

#include <innkeeper/environment.hpp>
#include <innkeeper/store.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace innkeeper::sqlite {

/// One thread that writes. Jobs that gather while a commit is under way share the next one: one transaction, a savepoint for
/// each job, one commit, then every `Done`. The destructor finishes what was submitted.
class Writer {
 public:
  /// `gate` is held while the connection is in use. Both outlive this.
  Writer(Connection& connection, std::mutex& gate, Log* log);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void submit(Work work, Done done);
  bool is_writable() const { return is_writable_.load(std::memory_order_relaxed); }

 private:
  struct Job {
    Work work;
    Done done;
    Result<void> outcome{};
  };

  void loop();
  std::vector<Job> next_group();
  void serve(std::span<Job>);
  bool commit(std::span<Job>);
  bool attempt(Job&);
  bool lose(std::span<Job>, const Error&);
  void note_writable(bool is_writable, std::string_view why);
  int count_uncopied();
  void checkpoint();

  Connection& connection_;
  std::mutex& gate_;
  Log* log_;
  std::atomic<int> log_pages_{0};  ///< Length of the write-ahead log after the last commit.
  int copied_pages_ = 0;           ///< Its length at the last checkpoint.
  std::atomic<bool> is_writable_{true};

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<Job> queue_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace innkeeper::sqlite
