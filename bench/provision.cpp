#include "provision.hpp"

#include "fill.hpp"
#include "measure.hpp"

#include "engine/crypto/digest.hpp"

#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>
#include <innkeeper/sqlite.hpp>

#include <sys/resource.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

using namespace innkeeper;

namespace bench {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t callers = 64;
constexpr std::size_t many_rooms = 10'000;

/// Who makes things, and where.
struct Stage {
  App app;
  std::string secret;
  std::vector<Room> rooms;
};

/// What a contract calls the two operations: another contract is another line.
struct Wire {
  const char* name;
  Request (*make_room)(const Stage&);
  Request (*issue_token)(const Stage&, const Room&);
};

Headers bearer(const Stage& stage) { return {{"Authorization", "Bearer " + stage.secret}, {"Content-Type", "application/json"}}; }

Headers basic(const Stage& stage) {
  return {{"Authorization", "Basic " + crypto::base64_encode(stage.app.uid + ":" + stage.secret)},
          {"Content-Type", "application/json"}};
}

constexpr Wire wires[] = {
    {"native",
     [](const Stage& stage) {
       return Request{.method = Method::post,
                      .target = "/api/v1/apps/" + stage.app.uid + "/rooms",
                      .headers = bearer(stage),
                      .body = R"({"name":"Standup","owner_ref":"team-7"})"};
     },
     [](const Stage& stage, const Room& room) {
       return Request{.method = Method::post,
                      .target = "/api/v1/rooms/" + room.uid + "/join-tokens",
                      .headers = bearer(stage),
                      .body = R"({"role":"moderator","name":"Ada Lovelace","user_ref":"user-17"})"};
     }},
    {"enablex",
     [](const Stage& stage) {
       return Request{.method = Method::post,
                      .target = "/video/v2/rooms",
                      .headers = basic(stage),
                      .body = R"({"name":"Standup","owner_ref":"team-7","settings":{"scheduled":false,"adhoc":false,)"
                              R"("participants":"4","quality":"SD","auto_recording":false}})"};
     },
     [](const Stage& stage, const Room& room) {
       return Request{.method = Method::post,
                      .target = "/video/v2/rooms/" + room.uid + "/tokens",
                      .headers = basic(stage),
                      .body = R"({"name":"Ada Lovelace","role":"moderator","user_ref":"user-17"})"};
     }},
};

double seconds_of(int who) {
  rusage used{};
  ::getrusage(who, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// One thread sends what 64 callers want to send, as an event loop would; who is answered wants the next thing at once.
/// `send(i, done)` calls `done` when the i-th is on disk.
template <class Send>
Figure drive(std::chrono::milliseconds time, Send send) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Steady::time_point> answered;
  std::size_t in_flight = 0;
  Latencies latencies;
  std::vector<Steady::time_point> waiting(callers, Steady::now());
  const Stretch stretch;
  const double all = seconds_of(RUSAGE_SELF);
  const double mine = seconds_of(RUSAGE_THREAD);
  const auto end = Steady::now() + time;
  for (std::uint64_t i = 0; Steady::now() < end;) {
    in_flight += waiting.size();
    for (const auto since : waiting)
      send(i++, [&, since] {
        const std::lock_guard lock(mutex);
        latencies.add(Steady::now() - since);
        answered.push_back(Steady::now());
        changed.notify_one();
      });
    waiting.clear();
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !answered.empty(); });
    waiting.swap(answered);
    in_flight -= waiting.size();
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return answered.size() == in_flight; });
  const double elsewhere = seconds_of(RUSAGE_SELF) - all - (seconds_of(RUSAGE_THREAD) - mine);
  auto figure = stretch.figure(latencies);
  figure.store_us = elsewhere * 1e6 / static_cast<double>(latencies.count());
  return figure;
}

struct Case {
  std::string name;
  std::function<Figure()> run;
  std::vector<Figure> figures{};
};

Stage set(Engine& engine) {
  const Principal host{.kind = Principal::Kind::host};
  const auto tenant = engine.call(tenants::create, host, {.name = "bench"}).value();
  auto issued = engine.call(apps::create, host, {.parent = tenant.id}).value();
  Stage stage{std::move(issued.view.app), std::move(issued.secret), {}};
  const auto made = engine.run(Access::write, host, [&](Transaction& tx, const Context& context) -> Result<void> {
    stage.rooms.clear();
    for (std::size_t i = 0; i < many_rooms; ++i) {
      auto room = rooms::create(tx, context, {.parent = stage.app.id, .draft = {.name = "Standup"}});
      if (!room) return room.error();
      stage.rooms.push_back(std::move(*room));
    }
    return {};
  });
  require(made.has_value(), "rooms");
  return stage;
}

/// A room's row and no more.
Figure insert_rows(Store& store, const Stage& stage, std::chrono::milliseconds time, std::uint64_t& last) {
  return drive(time, [&](std::uint64_t, auto done) {
    Room room{.tenant = stage.app.tenant, .app = stage.app.id, .uid = "bare" + std::to_string(++last), .name = "Standup"};
    store.run(
        Access::write, [room](Transaction& tx) mutable { return tx.insert(room); },
        [done](const Result<void>& stored) {
          require(stored.has_value(), "insert");
          done();
        });
  });
}

}  // namespace

void measure_provisioning(const std::string& folder, bool is_quick) {
  const std::chrono::milliseconds time{is_quick ? 300 : 2'000};
  const int rounds = is_quick ? 1 : 5;
  const auto random = system_random();
  auto store = open_sqlite({.path = folder + "/provision.db"}).value();
  auto engine = Engine::open({.store = *store, .master_key = MasterKey::generate(*random)}).value();
  const auto stage = set(*engine);
  std::uint64_t last = 0;

  const auto submit = [&](auto make) {
    return drive(time, [&](std::uint64_t i, auto done) {
      engine->submit(make(i), [done](const Response& response) {
        require(response.status == 201 || response.status == 200, "provision");
        done();
      });
    });
  };
  const auto handle = [&](auto make) {
    return measure(callers, time, [&](unsigned t, std::uint64_t i) {
      const auto status = engine->handle(make(t * std::uint64_t{104'729} + i)).status;
      require(status == 201 || status == 200, "provision");
    });
  };
  std::vector<Case> cases{{"bare row", [&] { return insert_rows(*store, stage, time, last); }}};
  for (const auto& wire : wires) {
    const auto room = [&](std::uint64_t) { return wire.make_room(stage); };
    const auto token_for_one = [&](std::uint64_t) { return wire.issue_token(stage, stage.rooms[0]); };
    const auto token = [&](std::uint64_t i) { return wire.issue_token(stage, stage.rooms[i * 7'919 % many_rooms]); };
    const auto name = std::string{wire.name} + ": ";
    cases.push_back({name + "room", [=] { return submit(room); }});
    cases.push_back({name + "token, one room", [=] { return submit(token_for_one); }});
    cases.push_back({name + "token, many rooms", [=] { return submit(token); }});
    cases.push_back({name + "room, 64 threads", [=] { return handle(room); }});
    cases.push_back({name + "token, many rooms, 64 threads", [=] { return handle(token); }});
  }
  for (int round = 0; round < rounds; ++round)
    for (auto& each : cases) each.figures.push_back(each.run());
  for (const auto& each : cases) print("provision: " + each.name, each.figures);
}

}  // namespace bench
