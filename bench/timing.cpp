#include "timing.hpp"

#include <innkeeper/engine.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/sqlite.hpp>

#include "engine/crypto/digest.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace bench {

namespace {

using namespace innkeeper;
using Steady = std::chrono::steady_clock;

/// Mean and spread of one side, as they come (Welford).
struct Side {
  double count = 0, mean = 0, squares = 0;
  void add(double value) {
    ++count;
    const double off = value - mean;
    mean += off / count;
    squares += off * (value - mean);
  }
  double error() const { return squares / (count - 1) / count; }
};

/// Both sides, of all times up to a limit.
struct Comparison {
  double limit;
  std::array<Side, 2> sides{};
  double t() const {
    if (sides[0].count < 2 || sides[1].count < 2) return 0;
    return (sides[0].mean - sides[1].mean) / std::sqrt(sides[0].error() + sides[1].error());
  }
};

struct Verdict {
  double t = 0;  ///< The one that is farthest from 0.
  double difference_ns = 0;
};

/// `ask(side, i)` does what is timed.
Verdict compare(std::size_t count, const std::function<void(std::size_t side, std::size_t i)>& ask) {
  std::minstd_rand random{7};
  const auto time = [&](std::size_t side, std::size_t i) {
    const auto begin = Steady::now();
    ask(side, i);
    return std::chrono::duration<double, std::nano>(Steady::now() - begin).count();
  };
  std::vector<double> first(std::max<std::size_t>(count / 20, 1'000));
  for (std::size_t i = 0; i < first.size(); ++i) first[i] = time(random() >> 7U & 1U, i);
  std::sort(first.begin(), first.end());
  std::vector<Comparison> comparisons{{HUGE_VAL}};
  for (const auto part : {0.99, 0.9, 0.75, 0.5})
    comparisons.push_back({first[static_cast<std::size_t>(static_cast<double>(first.size()) * part)]});
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t side = random() >> 7U & 1U;
    const double ns = time(side, i);
    for (auto& each : comparisons)
      if (ns <= each.limit) each.sides[side].add(ns);
  }
  const auto& most = *std::max_element(comparisons.begin(), comparisons.end(),
                                       [](const auto& a, const auto& b) { return std::abs(a.t()) < std::abs(b.t()); });
  return {most.t(), most.sides[0].mean - most.sides[1].mean};
}

void print(const char* name, const Verdict& verdict) {
  std::printf(R"({"case":"%s","t":%.1f,"difference_ns":%.1f})"
              "\n",
              name, verdict.t, verdict.difference_ns);
}

/// What nobody should write.
bool is_same_naively(const std::string& a, const std::string& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i]) return false;
  return true;
}

constexpr std::size_t variants = 64;

/// Requests of two kinds, several of each, so that it is the kind that counts.
using Requests = std::array<std::vector<Request>, 2>;

Verdict compare(Engine& engine, std::size_t count, const Requests& requests, int status) {
  for (const auto& side : requests)
    for (const auto& each : side)
      if (const auto answer = engine.handle(each); answer.status != status) {
        std::fprintf(stderr, "%s: %d %s\n", each.target.c_str(), answer.status, answer.body.c_str());
        std::exit(1);
      }
  return compare(count, [&](std::size_t side, std::size_t i) { engine.handle(requests[side][i % variants]); });
}

/// A text of that shape, which is not there.
std::string other(std::string text, std::size_t i) {
  const auto digits = std::to_string(100 + i);
  return text.replace(text.size() - digits.size(), digits.size(), digits);
}

}  // namespace

void measure_timing(const std::string& folder, bool is_quick) {
  const std::size_t count = is_quick ? 20'000 : 1'000'000;
  const std::string secret(64, 's');
  std::array<std::string, 2> guesses{secret, secret};
  guesses[0].front() = guesses[1].back() = 'x';
  volatile bool is_same = false;
  const auto naive = compare(count, [&](std::size_t side, std::size_t) { is_same = is_same_naively(secret, guesses[side]); });
  print("naive comparison", naive);

  const auto random = system_random();
  const auto store = open_sqlite({.path = folder + "/timing.db", .is_durable = false}).value();
  const auto engine = Engine::open({.store = *store, .master_key = MasterKey::generate(*random)}).value();
  const Principal host{.kind = Principal::Kind::host};
  Requests tenants;
  Requests operators;
  Requests applications;
  std::string token;
  for (std::size_t i = 0; i < variants; ++i) {
    const auto tenant = engine->call(tenants::create, host, {.name = "tenant"}).value();
    const auto name = "operator-" + std::to_string(100 + i);
    const auto clerk = engine->call(operators::create, host, {.parent = tenant.id, .name = name}).value();
    const auto app = engine->call(apps::create, host, {.parent = tenant.id}).value().view.app;
    if (token.empty())
      token =
          engine->call(access_tokens::issue, host, {.name = name, .secret = clerk.secret, .tenant = tenant.uid}).value().token;

    const std::array<std::string, 2> uids{tenant.uid, other(tenant.uid, i)};
    const std::array<std::string, 2> names{name, "stranger-" + std::to_string(100 + i)};
    const std::array<std::string, 2> app_uids{app.uid, other(app.uid, i)};
    for (std::size_t side = 0; side < 2; ++side) {
      // The token is good, for the first tenant only.
      if (i > 0) tenants[side].push_back({.target = "/tenants/" + uids[side] + "/apps", .headers = {{"X-Auth-Token", token}}});
      operators[side].push_back(
          {.method = Method::post,
           .target = "/v3/auth/tokens",
           .headers = {{header::content_type, "application/json"}},
           .body = R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"id":"default"},"name":")" +
                   names[side] + R"(","password":"wrong"}}},"scope":{"project":{"id":")" + tenant.uid + R"("}}}})"});
      applications[side].push_back(
          {.target = "/video/v2/rooms",
           .headers = {{header::authorization, "Basic " + crypto::base64_encode(app_uids[side] + ":wrong")}}});
    }
  }
  for (auto& side : tenants) side.push_back(side.front());
  print("SkyWay: another's tenant, or none", compare(*engine, count, tenants, 403));
  print("SkyWay: an operator with a wrong secret, or none", compare(*engine, count, operators, 401));
  print("EnableX: an application with a wrong key, or none", compare(*engine, count, applications, 401));
  if (std::abs(naive.t) < 10) {
    std::fprintf(stderr, "a naive comparison was not found out: these figures tell nothing\n");
    std::exit(1);
  }
}

}  // namespace bench
