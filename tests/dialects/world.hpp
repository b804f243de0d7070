#pragma once

#include <innkeeper/contract/dialect.hpp>

#include "tests/dialects/fronts.hpp"
#include "tests/dialects/transcript.hpp"
#include "tests/support/environment.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The transcripts of all contracts, and the engine that one of them talks to.
namespace innkeeper::tests {

/// The folder that has one folder for each dialect.
std::filesystem::path transcript_root();
std::string text_of(const std::filesystem::path&);
std::vector<Transcript> all_transcripts();

/// What the apps of a set-up have for HTTP Basic: `app:` and the app's name stand for uid and secret.
Captures credentials_in(const std::string& setup);

/// Whether a target, which may hold placeholders, leads to a route of the dialect.
bool leads_to(const Dialect&, const Route&, const Sent&);

/// A store that fails while it is told to.
class FrailStore final : public Store {
 public:
  explicit FrailStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  void set_failing(bool fails) { fails_ = fails; }

  Result<void> migrate(const Schema& schema) override { return store_->migrate(schema); }
  void run(Access access, Work work, Done done, Caller caller) override {
    if (fails_) return done(Error{Errc::unavailable, Reason{"store.failed"}, "the store fails"});
    store_->run(access, std::move(work), std::move(done), caller);
  }
  StoreStatus status() const override { return store_->status(); }

 private:
  std::unique_ptr<Store> store_;
  std::atomic<bool> fails_ = false;
};

/// The engine of one conversation, with a clock that the conversation sets and a random generator that outlives a restart.
class World {
 public:
  World(const Front& front, const std::string& setup);

  Answer exchange(const Sent& sent) { return client_->exchange(sent); }
  void apply(const std::string& directive);

 private:
  void open();

  const Front& front_;
  FakeClock clock_;
  SeededRandom random_{20240304};
  KeepingLog log_{Severity::info};
  MasterKey master_key_ = MasterKey::generate(random_);
  FrailStore store_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Client> client_;
};

}  // namespace innkeeper::tests
