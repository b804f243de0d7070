#include "tests/stores/backends.hpp"
#include "tests/stores/syncs.hpp"

#include <innkeeper/schema/model.hpp>
#include <innkeeper/sqlite.hpp>

#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <future>

namespace innkeeper::tests {

namespace {

/// While it lives, no file of this process grows beyond `size` bytes: a disk that is full there.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t size) {
    before_signal_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(size);
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, before_signal_);
  }

 private:
  rlimit before_{};
  void (*before_signal_)(int) = SIG_DFL;
};

struct Fixture {
  TemporaryFolder folder;
  KeepingLog log;
  std::string path = (folder.path() / "house.db").string();
  std::unique_ptr<Store> store = open_sqlite({.path = path, .log = &log}).value();

  Fixture() {
    store->migrate(test_schema).value();
    insert(*store, Guest{.name = "counter", .nick = "counter"}).value();
  }
  std::uintmax_t log_size() const { return std::filesystem::file_size(path + "-wal"); }
};

/// Two rows and a counter: half of it would show.
Result<void> change_three_things(Transaction& tx) {
  for (int i = 0; i < 2; ++i) {
    Guest guest{.name = "half"};
    if (auto done = tx.insert(guest); !done) return done;
  }
  auto added = tx.add<Guest>(Id{1}, &Guest::stays, 1);
  if (!added) return added.error();
  return {};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(disk, Fixture)

BOOST_AUTO_TEST_CASE(a_full_disk_makes_every_write_unavailable_and_applies_nothing) {
  {
    const FullDisk full{log_size()};
    for (int i = 0; i < 5; ++i) {
      const auto error = store->run(Access::write, change_three_things).error();
      BOOST_TEST(error.code == Errc::unavailable);
      BOOST_TEST(!error.detail.empty());
    }
    BOOST_TEST(!store->status().is_writable);
    BOOST_TEST(count<Guest>(*store) == 1);  // reading goes on
    BOOST_TEST(get<Guest>(*store, Id{1}).value().stays == 0);
    BOOST_TEST(store->run(Access::write, [](Transaction&) -> Result<void> { return Error{Errc::conflict}; }).error().code ==
               Errc::conflict);
    BOOST_TEST(!store->status().is_writable);
  }
  BOOST_TEST(store->run(Access::write, change_three_things).has_value());
  BOOST_TEST(store->status().is_writable);
  BOOST_TEST(count<Guest>(*store) == 3);
  BOOST_TEST(get<Guest>(*store, Id{1}).value().stays == 1);
  const auto lines = log.lines();
  BOOST_TEST_REQUIRE(lines.size() == 3U);
  BOOST_TEST(lines[0].starts_with("store.opened "));
  BOOST_TEST(lines[1].starts_with("store.unwritable why="));
  BOOST_TEST(lines.back() == "store.writable");
}

BOOST_AUTO_TEST_CASE(a_group_on_a_full_disk_is_unavailable_as_a_whole) {
  std::atomic<int> unavailable{0};
  constexpr int jobs = 20;
  {
    const FullDisk full{log_size()};
    for (int i = 0; i < jobs; ++i)
      store->run(Access::write, change_three_things, [&](Result<void> done) {
        if (!done && done.error().code == Errc::unavailable) ++unavailable;
      });
    BOOST_TEST(store->run(Access::write, change_three_things).error().code == Errc::unavailable);
  }
  BOOST_TEST(unavailable == jobs);
  BOOST_TEST(count<Guest>(*store) == 1);
  BOOST_TEST(get<Guest>(*store, Id{1}).value().stays == 0);
  BOOST_TEST(store->run(Access::write, change_three_things).has_value());
}

BOOST_AUTO_TEST_CASE(a_job_too_large_for_the_disk_does_not_pull_down_its_group) {
  const FullDisk nearly_full{log_size() + 400'000};
  std::promise<void> commit_mutex;
  auto is_open = commit_mutex.get_future().share();
  std::atomic<int> stored{0};
  std::atomic<int> refused{0};
  const auto note = [&](Result<void> done) { ++(done ? stored : refused); };
  store->run(
      Access::write,
      [&](Transaction&) -> Result<void> {
        is_open.wait();
        return {};
      },
      note);
  for (int i = 0; i < 9; ++i)
    store->run(
        Access::write,
        [i](Transaction& tx) -> Result<void> {
          Guest guest{.name = "g", .seal = Bytes{std::string(i == 4 ? 3'000'000 : 10, 'x')}};
          return tx.insert(guest);
        },
        note);
  commit_mutex.set_value();
  store->run(Access::write, [](Transaction&) -> Result<void> { return {}; }).value();
  BOOST_TEST(stored == 9);
  BOOST_TEST(refused == 1);
  BOOST_TEST(count<Guest>(*store) == 9);
}

BOOST_AUTO_TEST_CASE(a_transaction_too_large_for_the_cache_fails_in_its_middle_and_leaves_nothing) {
  {
    const FullDisk nearly_full{log_size() + 1'000'000};
    int runs = 0;
    const auto error = store
                           ->run(Access::write,
                                 [&](Transaction& tx) -> Result<void> {
                                   ++runs;
                                   for (int i = 0; i < 1000; ++i) {
                                     Guest guest{.name = std::string(40'000, 'x')};
                                     if (auto done = tx.insert(guest); !done) {
                                       if (tx.count(Query<Guest>{})) return Error{Errc::internal};  // it can only fail from here
                                       return {};                                                   // and cannot be talked round
                                     }
                                   }
                                   return {};
                                 })
                           .error();
    BOOST_TEST(error.code == Errc::unavailable);
    BOOST_TEST(runs >= 1);
    BOOST_TEST(count<Guest>(*store) == 1);
  }
  BOOST_TEST(insert(*store, Guest{.name = "ada"}).has_value());
}

BOOST_AUTO_TEST_CASE(a_disk_that_cannot_make_it_last_is_unavailable) {
  {
    const FailingSyncs failing;
    BOOST_TEST(store->run(Access::write, change_three_things).error().code == Errc::unavailable);
    BOOST_TEST(count<Guest>(*store) == 1);
    BOOST_TEST(!store->status().is_writable);
  }
  BOOST_TEST(store->run(Access::write, change_three_things).has_value());
  BOOST_TEST(count<Guest>(*store) == 3);
  store.reset();
  const auto reopened = open_sqlite({.path = path}).value();
  BOOST_TEST(count<Guest>(*reopened) == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
