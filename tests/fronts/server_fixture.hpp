#pragma once

#include "tests/fronts/client.hpp"
#include "tests/support/environment.hpp"

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/environment.hpp>
#include <innkeeper/http.hpp>
#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace innkeeper::tests {

/// A memory store that runs writes on a thread of its own, so that answers to them come from another thread, and only when it
/// is told to.
class SlowStore final : public Store {
 public:
  SlowStore();
  ~SlowStore() override;
  Result<void> migrate(const Schema& schema) override { return store_->migrate(schema); }
  using Store::run;
  void run(Access access, Work work, Done done, Caller caller) override;
  StoreStatus status() const override { return store_->status(); }

  /// From now on writes wait.
  void hold();
  /// The next read does the writes that wait, on its own thread, as a store with group commit may.
  void let_next_read_help() { is_helped_ = true; }
  void release();
  /// Waits until a write waits.
  void wait_for_work();
  /// How many writes came from callers that wait.
  int patient_writes() const { return patient_writes_; }

 private:
  void serve();
  void help();
  std::unique_ptr<Store> store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool is_held_ = false;
  bool is_over_ = false;
  std::atomic<bool> is_helped_ = false;
  std::atomic<int> patient_writes_ = 0;
  std::thread thread_;
};

/// What a feed under test has to say.
class ScriptedFeed final : public Feed {
 public:
  void when_ready(std::function<void()> wake) override;
  std::string take() override;
  bool is_over() const override;
  bool has_end() const override { return has_end_; }

  /// Makes it one that comes to an end by itself; before it is asked for.
  void promise_end() { has_end_ = true; }
  void say(std::string text);
  void end();

 private:
  void wake();
  mutable std::mutex mutex_;
  std::string text_;
  bool is_over_ = false;
  std::atomic<bool> has_end_ = false;
  std::function<void()> wake_;
};

/// An engine with one contract and a server in front of it:
///   * /echo    answers with what came: method and target, then host, token, scheme, address, listener, then the body
///     POST /write     the same, from another thread
///     POST /small     the same, of at most 100 bytes of body
///     GET /large?N    N bytes
///     GET /long?N     N pieces of a body that is read as it goes out; `/long?N!` fails at the last
///     GET /slow?N     takes N milliseconds of the server's own thread
///     POST /nothing   204;  GET /unchanged  304
///     GET /feed       `feed`
struct ServerFixture {
  explicit ServerFixture(HttpOptions options = {}, Limits limits = {});

  const std::string& endpoint() const { return server->endpoints().front(); }
  /// Requests that reached an operation since the server was started.
  static int served();
  static std::shared_ptr<ScriptedFeed> feed();
  static constexpr std::size_t piece_size = 50'000;
  /// Pieces of long bodies that were read since the server was started.
  static int pieces();

  SeededRandom random{7};
  KeepingLog log;
  SlowStore store;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<HttpServer> server;
};

/// Options for a test: a free port on 127.0.0.1 and two threads.
HttpOptions on_loopback();

/// Whether the tests were told, by `--tls`, to run over it: then what a server was to listen on plainly it listens on over TLS.
bool are_over_tls();
/// For a test that makes no sense over TLS.
boost::test_tools::assertion_result is_plain(boost::unit_test::test_unit_id);

}  // namespace innkeeper::tests
