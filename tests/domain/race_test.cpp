#include "tests/domain/fixture.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

/// Keys are taken back while they are asked about on every thread.
namespace innkeeper::tests {

namespace {

/// Operations in all. Sanitizers make each some ten times dearer, and find what they look for in fewer.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::int64_t operations = 20'000;
#else
constexpr std::int64_t operations = 1'000'000;
#endif
constexpr int threads = 4;
/// So many verifications come before each key is taken back.
constexpr std::int64_t between_revokes = 400;

/// A key in its place; a new one comes when it was taken back.
struct Place {
  std::mutex mutex{};
  std::shared_ptr<const Fixture::KeyLogin> pass{};
  /// The last one that was taken back, from the answer on.
  std::shared_ptr<const Fixture::KeyLogin> revoked{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(revoke_race)

BOOST_AUTO_TEST_CASE(of_a_million_operations_no_verification_passes_that_begins_after_the_answer_to_a_revoke) {
  const Fixture fixture{sqlite()};
  const auto guest = fixture.make_app(fixture.make_tenant().id);
  std::array<Place, 8> places;
  const auto fill = [&](Place& place) {
    auto pass = std::make_shared<const Fixture::KeyLogin>(fixture.make_key(guest.app.id, {}));
    const std::lock_guard lock(place.mutex);
    place.pass = std::move(pass);
  };
  for (auto& place : places) fill(place);

  std::atomic<std::int64_t> done{0}, passed{0}, refused{0}, passed_late{0}, refused_early{0}, revokes{0};
  const auto verify = [&](const std::string& secret) {
    ++done;
    return fixture.call(keys::verify, guest.who, {.secret = secret}).value().is_valid;
  };
  const auto look = [&](Place& place) {
    std::shared_ptr<const Fixture::KeyLogin> good, bad;
    {
      const std::lock_guard lock(place.mutex);
      good = place.pass;
      bad = place.revoked;
    }
    if (bad) {
      if (verify(bad->secret)) ++passed_late;
      ++refused;
    }
    if (verify(good->secret)) {
      ++passed;
      return;
    }
    // Refused: then it must have been on its way out while this was asked.
    const std::lock_guard lock(place.mutex);
    if (place.pass == good) ++refused_early;
  };
  const auto revoke = [&](Place& place) {
    std::shared_ptr<const Fixture::KeyLogin> last;
    {
      // It is still good to those who took it; who looks from now on waits for the next.
      const std::lock_guard lock(place.mutex);
      last = std::exchange(place.pass, std::make_shared<const Fixture::KeyLogin>(fixture.make_key(guest.app.id, {})));
    }
    fixture.call(keys::revoke, guest.who, last->key.id).value();
    if (verify(last->secret)) ++passed_late;
    const std::lock_guard lock(place.mutex);
    place.revoked = std::move(last);
    done += 2;
    ++revokes;
  };

  std::vector<std::thread> crowd;
  for (int thread = 0; thread < threads; ++thread)
    crowd.emplace_back([&, thread] {
      auto at = static_cast<std::size_t>(thread);
      for (std::int64_t turn = 1; done < operations; ++turn) {
        look(places[++at % places.size()]);
        if (thread == 0 && turn % between_revokes == 0) revoke(places[at % places.size()]);
      }
    });
  for (auto& each : crowd) each.join();
  BOOST_TEST(done >= operations);
  BOOST_TEST(passed_late == 0);
  BOOST_TEST(refused_early == 0);
  BOOST_TEST(revokes > operations / between_revokes / threads / 4);
  BOOST_TEST(passed > operations / 10);
  BOOST_TEST(refused > operations / 10);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
