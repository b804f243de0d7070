// What each layer costs, in one process: a bare prepared SELECT, a typed call, a request through `handle`, durable creates, and
// what happens under more load than is let in. Prints a line of JSON for each case, medians of rounds that go around all cases,
// so that a drift of the machine meets all alike.
//
//     innkeeper_bench --layers [--quick]
//     innkeeper_bench --provision [--quick]        what making rooms and join tokens costs
//     innkeeper_bench --fill PATH APPS TENANTS     makes a database for others to measure with

#include "fill.hpp"
#include "measure.hpp"
#include "overload.hpp"
#include "provision.hpp"
#include "timing.hpp"

#include <innkeeper/operations.hpp>
#include <innkeeper/sqlite.hpp>

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace innkeeper;
using bench::require;

namespace {

constexpr int hot_count = 1'000;

/// The point SELECT that everything is compared with, on a connection of its own.
class BareSelect {
 public:
  explicit BareSelect(const std::string& path) {
    require(sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) == SQLITE_OK, "open");
    sqlite3_exec(db_, "PRAGMA mmap_size=268435456", nullptr, nullptr, nullptr);
    require(sqlite3_prepare_v2(db_, "SELECT * FROM app WHERE id = ?", -1, &select_, nullptr) == SQLITE_OK, "prepare");
  }
  ~BareSelect() {
    sqlite3_finalize(select_);
    sqlite3_close(db_);
  }
  BareSelect(const BareSelect&) = delete;
  BareSelect& operator=(const BareSelect&) = delete;

  void run(std::int64_t id) {
    sqlite3_bind_int64(select_, 1, id);
    require(sqlite3_step(select_) == SQLITE_ROW, "select");
    volatile int size = 0;
    for (int i = 0; i < sqlite3_column_count(select_); ++i) {
      static_cast<void>(sqlite3_column_text(select_, i));
      size = size + sqlite3_column_bytes(select_, i);
    }
    sqlite3_reset(select_);
  }

 private:
  sqlite3* db_ = nullptr;
  sqlite3_stmt* select_ = nullptr;
};

/// A folder that goes when this does.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "innkeeper-bench-XXXXXX").string()) {
    require(::mkdtemp(path_.data()) != nullptr, "mkdtemp");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// An engine over a store of its own.
struct Fixture {
  std::unique_ptr<Store> store;
  std::unique_ptr<Engine> engine;

  Fixture(const SqliteOptions& options, const MasterKey& key)
      : store(open_sqlite(options).value()), engine(Engine::open({.store = *store, .master_key = key}).value()) {}
};

struct Case {
  const char* name;
  std::function<bench::Figure()> run;
  std::vector<bench::Figure> figures{};
};

/// The numbers come in no order, and each thread has its own sequence.
std::int64_t id_of(unsigned thread, std::uint64_t i, int count) {
  return static_cast<std::int64_t>((i * 7'919 + thread * std::uint64_t{104'729}) % static_cast<unsigned>(count)) + 1;
}

void measure_layers(const std::string& folder, bool is_quick) {
  const std::chrono::milliseconds time{is_quick ? 200 : 1'000};
  const int rounds = is_quick ? 1 : 5;
  const int app_count = is_quick ? 10'000 : 100'000;
  const auto path = folder + "/bench.db";
  const auto random = system_random();
  const auto key = MasterKey::generate(*random);
  bench::Tenant tenant;
  {
    const Fixture plain({.path = path, .cache = 0}, key);
    const Fixture cached({.path = path}, key);
    const auto filling = bench::fill(*cached.engine, app_count, 1);
    tenant = filling.tenants.front();
    const auto base = "/tenants/" + tenant.uid + "/apps";
    const Principal caller{.kind = Principal::Kind::administrator, .id = filling.holder, .tenant = tenant.id};
    BareSelect bare(path);

    const auto call = [&](const Fixture& fixture, int count) {
      return bench::measure(1, time, [&](unsigned t, std::uint64_t i) {
        require(fixture.engine->call(apps::find, caller, Id{id_of(t, i, count)}).has_value(), "call");
      });
    };
    const auto verify = [&](const Fixture& fixture, unsigned threads) {
      return bench::measure(threads, time, [&](unsigned, std::uint64_t) {
        const auto status = fixture.engine->call(keys::verify, caller, {.secret = filling.secret});
        require(status.has_value() && status->is_valid, "verify");
      });
    };
    const auto get = [&](const Fixture& fixture, int count, unsigned threads) {
      std::vector<Request> requests(threads);
      for (auto& each : requests) each.headers.add("X-Auth-Token", tenant.token);
      return bench::measure(threads, time, [&](unsigned t, std::uint64_t i) {
        requests[t].target = base + "/" + std::to_string(id_of(t, i, count));
        require(fixture.engine->handle(requests[t]).status == 200, "get");
      });
    };
    const auto create = [&](unsigned callers) {
      Request request{
          .method = Method::post, .target = base, .body = R"({"description":"Support desk video","domains":["localhost"]})"};
      request.headers.add("X-Auth-Token", tenant.token);
      return bench::measure(callers, time,
                            [&](unsigned, std::uint64_t) { require(cached.engine->handle(request).status == 200, "create"); });
    };

    Case cases[] = {
        {"bare prepared SELECT",
         [&] { return bench::measure(1, time, [&](auto t, auto i) { bare.run(id_of(t, i, app_count)); }); }},
        {"call: find app, no cache", [&] { return call(plain, app_count); }},
        {"call: find app, hot", [&] { return call(cached, hot_count); }},
        {"call: verify key, no cache", [&] { return verify(plain, 1); }},
        {"call: verify key", [&] { return verify(cached, 1); }},
        {"call: verify key, 2 threads", [&] { return verify(cached, 2); }},
        {"handle: GET app, no cache", [&] { return get(plain, app_count, 1); }},
        {"handle: GET app, spread", [&] { return get(cached, app_count, 1); }},
        {"handle: GET app, hot", [&] { return get(cached, hot_count, 1); }},
        {"handle: GET app, spread, 2 threads", [&] { return get(cached, app_count, 2); }},
        {"handle: GET app, hot, 2 threads", [&] { return get(cached, hot_count, 2); }},
        {"handle: create, 1 caller", [&] { return create(1); }},
        {"handle: create, 16 callers", [&] { return create(16); }},
        {"handle: create, 64 callers", [&] { return create(64); }},
    };
    for (int round = 0; round < rounds; ++round)
      for (auto& each : cases) each.figures.push_back(each.run());
    for (const auto& each : cases) bench::print(each.name, each.figures);
  }
  bench::measure_overload(path, key, tenant, time, rounds);
}

}  // namespace

int main(int argc, char** argv) {
  require(turn_off_sqlite_statistics(), "SQLite is in use already");
  const std::string_view mode{argc > 1 ? argv[1] : ""};
  if (mode == "--fill" && argc == 5) {
    bench::fill_file(argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
  } else if (mode == "--layers") {
    const Folder folder;
    measure_layers(folder.path(), argc > 2 && std::string_view{argv[2]} == "--quick");
  } else if (mode == "--provision") {
    const Folder folder;
    bench::measure_provisioning(folder.path(), argc > 2 && std::string_view{argv[2]} == "--quick");
  } else if (mode == "--timing") {
    const Folder folder;
    bench::measure_timing(folder.path(), argc > 2 && std::string_view{argv[2]} == "--quick");
  } else {
    std::fprintf(stderr, "usage: innkeeper_bench --layers | --provision | --timing [--quick] | --fill PATH APPS TENANTS\n");
    return 64;
  }
}
