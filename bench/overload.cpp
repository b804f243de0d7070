#include "overload.hpp"

#include "measure.hpp"

#include <innkeeper/field_names.hpp>
#include <innkeeper/sqlite.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

using namespace innkeeper;

namespace bench {

namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t places = 64;

/// Callers without threads of their own: one thread sends what they all want to send, as an event loop would. A caller that is
/// answered wants the next thing at once; one that is refused does after a pause.
class Crowd {
 public:
  Crowd(Engine& engine, const Request& request, std::size_t callers, milliseconds pause)
      : engine_(engine), request_(request), pause_(pause), waiting_(callers, Steady::now()) {}

  void run(milliseconds time) {
    const auto end = Steady::now() + time;
    std::unique_lock lock(mutex_);
    while (Steady::now() < end) {
      const auto due = next_due(end);
      if (due > Steady::now()) {
        changed_.wait_until(lock, due);
        continue;
      }
      auto& queue = !waiting_.empty() ? waiting_ : resting_;
      const auto since = queue.front();
      queue.pop_front();
      ++in_flight_;
      lock.unlock();
      engine_.submit(request_, [this, since](const Response& response) { note(response, since); });
      lock.lock();
    }
    changed_.wait(lock, [this] { return in_flight_ == 0; });
  }

  const Latencies& answered() const { return answered_; }
  const Latencies& refused() const { return refused_; }

 private:
  Steady::time_point next_due(Steady::time_point end) const {
    if (!waiting_.empty()) return waiting_.front();
    return resting_.empty() ? end : resting_.front();
  }

  void note(const Response& response, Steady::time_point since) {
    const auto now = Steady::now();
    const bool is_refused = response.status == 503;
    require(is_refused ? response.headers.find(header::retry_after).has_value() : response.status == 200, "overload: an answer");
    const std::lock_guard lock(mutex_);
    (is_refused ? refused_ : answered_).add(now - since);
    (is_refused && pause_.count() > 0 ? resting_ : waiting_).push_back(is_refused ? now + pause_ : now);
    --in_flight_;
    changed_.notify_one();
  }

  Engine& engine_;
  const Request& request_;
  const milliseconds pause_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Steady::time_point> waiting_;  ///< Since when each wants to send.
  std::deque<Steady::time_point> resting_;  ///< From when on each wants to.
  std::size_t in_flight_ = 0;
  Latencies answered_, refused_;
};

}  // namespace

void measure_overload(const std::string& path, const MasterKey& key, const Tenant& tenant, milliseconds time, int rounds) {
  auto store = open_sqlite({.path = path}).value();
  auto engine = Engine::open({.store = *store, .master_key = key, .limits = {.in_flight = places}}).value();
  const Request create{.method = Method::post,
                       .target = "/tenants/" + tenant.uid + "/apps",
                       .headers = {{"X-Auth-Token", tenant.token}},
                       .body = R"({"description":"Support desk video","domains":["localhost"]})"};
  struct Case {
    const char* name;
    std::size_t callers;
    milliseconds pause;
    std::vector<Figure> answered{}, refused{};
  };
  Case cases[] = {{"overload: create, 64 places, 64 callers", places, milliseconds{0}},
                  {"overload: 640 callers, again at once", 10 * places, milliseconds{0}},
                  {"overload: 640 callers, again after 10 ms", 10 * places, milliseconds{10}}};
  for (int round = 0; round < rounds; ++round)
    for (auto& each : cases) {
      Crowd crowd(*engine, create, each.callers, each.pause);
      const Stretch stretch;
      crowd.run(time);
      each.answered.push_back(stretch.figure(crowd.answered()));
      each.refused.push_back(stretch.figure(crowd.refused()));
      each.answered.back().allocations = each.refused.back().allocations = 0;  // nobody can tell whose they were
      each.refused.back().cpu_us = 0;                                          // all of it stands at those that were answered
    }
  for (const auto& each : cases) {
    print(each.name, each.answered);
    if (each.callers > places) print(std::string{each.name} + ": refused", each.refused);
  }
}

}  // namespace bench
