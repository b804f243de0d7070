// What each layer costs, in one process and one run: a bare prepared SELECT, a typed call, a request through `handle`, the same
// over HTTP, and durable creates. Prints medians of five rounds, in turn so that a drift of the machine meets all alike.

#include "fill.hpp"

#include <innkeeper/engine.hpp>
#include <innkeeper/http.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/sqlite.hpp>

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

using namespace innkeeper;
using Steady = std::chrono::steady_clock;

namespace {

constexpr int app_count = 100'000;
constexpr int rounds = 5;

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Figure {
  double per_second = 0;
  double cpu_us = 0;
  double p99_us = 0;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Figure median(const std::vector<Figure>& figures) {
  const auto of = [&](double Figure::*member) {
    std::vector<double> values;
    for (const auto& each : figures) values.push_back(each.*member);
    return median(std::move(values));
  };
  return {of(&Figure::per_second), of(&Figure::cpu_us), of(&Figure::p99_us)};
}

/// Runs `once(thread, i)` on some threads until the time is over.
Figure measure(unsigned threads, std::chrono::milliseconds time, const std::function<void(unsigned, std::uint64_t)>& once) {
  std::atomic<bool> is_over{false};
  std::vector<std::vector<float>> latencies(threads);
  std::vector<std::thread> crew;
  const auto cpu_before = cpu_seconds();
  const auto begin = Steady::now();
  for (unsigned t = 0; t < threads; ++t)
    crew.emplace_back([&, t] {
      auto& mine = latencies[t];
      mine.reserve(1U << 20U);
      auto last = Steady::now();
      for (std::uint64_t i = 0; !is_over.load(std::memory_order_relaxed); ++i) {
        once(t, i);
        const auto now = Steady::now();
        mine.push_back(std::chrono::duration<float, std::micro>(now - last).count());
        last = now;
      }
    });
  std::this_thread::sleep_for(time);
  is_over = true;
  for (auto& each : crew) each.join();
  const auto wall = std::chrono::duration<double>(Steady::now() - begin).count();
  const auto cpu = cpu_seconds() - cpu_before;

  std::vector<float> all;
  for (const auto& each : latencies) all.insert(all.end(), each.begin(), each.end());
  const auto count = static_cast<double>(all.size());
  const auto at = all.begin() + static_cast<std::ptrdiff_t>(count * 0.99);
  std::nth_element(all.begin(), at, all.end());
  return {count / wall, cpu * 1e6 / count, static_cast<double>(*at)};
}

void require(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "bench: %s\n", what);
  std::exit(1);
}

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

/// wrk's own figures; CPU is this process's, so the load generator does not count.
Figure over_http(const std::string& url, const std::string& token, int connections, int seconds, const std::string& script) {
  const auto command = "wrk -t1 -c" + std::to_string(connections) + " -d" + std::to_string(seconds) + "s --latency -s " + script +
                       " -H 'X-Auth-Token: " + token + "' " + url + " 2>&1";
  const auto cpu_before = cpu_seconds();
  FILE* pipe = ::popen(command.c_str(), "r");
  require(pipe != nullptr, "wrk");
  std::string text;
  std::array<char, 4096> chunk;
  for (std::size_t got = 0; (got = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) text.append(chunk.data(), got);
  ::pclose(pipe);
  const auto cpu = cpu_seconds() - cpu_before;
  double requests = 0, microseconds = 0, p99 = 0, errors = 0;
  const auto at = text.find("figures ");
  require(at != std::string::npos &&
              std::sscanf(text.c_str() + at, "figures %lf %lf %lf %lf", &requests, &microseconds, &p99, &errors) == 4,
          text.c_str());
  require(errors == 0, "wrk met errors");
  return {requests / (microseconds / 1e6), cpu * 1e6 / requests, p99};
}

std::string machine() {
  std::ifstream info{"/proc/cpuinfo"};
  std::string model{"unknown processor"};
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  utsname system{};
  ::uname(&system);
  return model + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores, " + system.sysname + " " + system.release +
         ", SQLite " + sqlite3_libversion();
}

void print(const char* name, const Figure& figure) {
  std::printf("| %-44s | %9.0f | %8.2f | %9.1f |\n", name, figure.per_second, figure.cpu_us, figure.p99_us);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::string_view{argv[1]} == "--fill") {
    bench::fill_file(argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
    return 0;
  }
  const bool is_quick = argc > 1 && std::string_view{argv[1]} == "--quick";
  const std::chrono::milliseconds time{is_quick ? 200 : 1'000};

  require(turn_off_sqlite_statistics(), "SQLite is in use already");
  auto folder = (std::filesystem::temp_directory_path() / "innkeeper-bench-XXXXXX").string();
  require(::mkdtemp(folder.data()) != nullptr, "mkdtemp");
  const auto path = folder + "/bench.db";
  const auto script = folder + "/report.lua";
  std::ofstream{script} << "function done(s, l, r) io.write(string.format('figures %f %f %f %f\\n', s.requests, s.duration, "
                           "l:percentile(99), s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout)) end\n";
  {
    auto store = open_sqlite({.path = path}).value();
    const auto random = system_random();
    auto engine = Engine::open({.store = *store, .master_key = MasterKey::generate(*random)}).value();

    const Principal host{.kind = Principal::Kind::host};
    const auto tenant = engine->call(tenants::create, host, {.name = "bench"}).value();
    const auto made = engine->call(operators::create, host, {.tenant = tenant.id, .name = "bench"}).value();
    for (int done = 0; done < app_count; done += 10'000) {
      const auto filled = engine->run(Access::write, host, [&](Transaction& tx, const Context& context) -> Result<void> {
        for (int i = 0; i < 10'000; ++i) {
          auto app = apps::do_create(tx, context,
                                     {.tenant = tenant.id,
                                      .draft = {.description = "Support desk video",
                                                .domains = JsonText{R"(["desk.example.org","*.example.net"])"},
                                                .permissions = JsonText{R"(["SFU","TURN"])"}}});
          if (!app) return app.error();
        }
        return {};
      });
      require(filled.has_value(), "fill");
    }

    const auto login = engine->handle(
        {.method = Method::post,
         .target = "/v3/auth/tokens",
         .headers = {{"Content-Type", "application/json"}},
         .body =
             R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"id":"default"},"name":"bench","password":")" +
             made.secret + R"("}}},"scope":{"project":{"id":")" + tenant.uid + R"("}}}})"});
    require(login.status == 201, "login");
    const std::string token{login.headers.find("X-Subject-Token").value()};
    const auto base = "/tenants/" + tenant.uid + "/apps";
    const auto id_of = [](unsigned t, std::uint64_t i) {
      return static_cast<std::int64_t>((i * 7'919 + t * 104'729) % app_count) + 1;
    };

    const Principal caller{.kind = Principal::Kind::administrator, .id = made.created.id, .tenant = tenant.id};
    const auto get = [&](unsigned threads) {
      std::vector<Request> requests(threads);
      for (auto& each : requests) each.headers.add("X-Auth-Token", token);
      return measure(threads, time, [&](unsigned t, std::uint64_t i) {
        requests[t].target = base + "/" + std::to_string(id_of(t, i));
        require(engine->handle(requests[t]).status == 200, "get");
      });
    };
    const auto create = [&](unsigned threads) {
      Request request{
          .method = Method::post, .target = base, .body = R"({"description":"Support desk video","domains":["localhost"]})"};
      request.headers.add("X-Auth-Token", token);
      return measure(threads, time, [&](unsigned, std::uint64_t) { require(engine->handle(request).status == 200, "create"); });
    };

    HttpOptions options{.listen = {"127.0.0.1:0"}};
    auto server = HttpServer::start(*engine, options).value();
    const auto url = server->endpoints().front() + base + "/77";
    const int seconds = is_quick ? 1 : 3;

    std::array<std::vector<Figure>, 9> figures;
    for (int round = 0; round < (is_quick ? 1 : rounds); ++round) {
      BareSelect bare(path);
      figures[0].push_back(measure(1, time, [&](unsigned t, std::uint64_t i) { bare.run(id_of(t, i)); }));
      figures[1].push_back(measure(1, time, [&](unsigned t, std::uint64_t i) {
        require(engine->call(apps::find, caller, Id{id_of(t, i)}).has_value(), "call");
      }));
      figures[2].push_back(get(1));
      figures[3].push_back(get(2));
      figures[4].push_back(over_http(url, token, 64, seconds, script));
      figures[5].push_back(over_http(url, token, 1, seconds, script));
      figures[6].push_back(create(1));
      figures[7].push_back(create(16));
      figures[8].push_back(create(64));
    }

    std::array<Figure, 9> middle;
    std::transform(figures.begin(), figures.end(), middle.begin(), [](const auto& each) { return median(each); });
    std::printf("%s\n%d apps, medians of %zu rounds\n\n", machine().c_str(), app_count, figures[0].size());
    std::printf("| %-44s | %9s | %8s | %9s |\n|%s|%s|%s|%s|\n", "layer", "per s", "CPU us", "p99 us",
                std::string(46, '-').c_str(), std::string(11, '-').c_str(), std::string(10, '-').c_str(),
                std::string(11, '-').c_str());
    constexpr std::array<const char*, 9> names{"bare prepared SELECT",          "call: find app",
                                               "handle: authenticated GET app", "handle: the same, two threads",
                                               "HTTP: GET app, 64 connections", "HTTP: GET app, 1 connection",
                                               "durable create, 1 caller",      "durable create, 16 callers",
                                               "durable create, 64 callers"};
    for (std::size_t i = 0; i < names.size(); ++i) print(names[i], middle[i]);
    const auto ratio = [&](const char* what, std::size_t a, std::size_t b) {
      std::printf("%-44s %6.2f\n", what, middle[a].per_second / middle[b].per_second);
    };
    std::printf("\n");
    ratio("call / bare SELECT", 1, 0);
    ratio("handle / bare SELECT", 2, 0);
    ratio("handle: two threads / one", 3, 2);
    std::printf("%-44s %6.2f\n", "HTTP CPU / handle CPU", middle[4].cpu_us / middle[2].cpu_us);
    ratio("durable create: 16 callers / 1", 7, 6);
    ratio("durable create: 64 callers / 1", 8, 6);
  }
  std::filesystem::remove_all(folder);
}
