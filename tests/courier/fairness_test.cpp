#include "tests/courier/server.hpp"
#include "tests/courier/webhook_queue.hpp"

#include <innkeeper/engine.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <string>

using namespace innkeeper;
using namespace innkeeper::tests;
using namespace std::chrono_literals;

/// A courier between an engine and receivers.
namespace {

constexpr Principal host{.kind = Principal::Kind::host};

struct Fixture {
  /// An app of a tenant of its own.
  Id make_app(const std::string& tenant) const {
    const auto made = engine->call(tenants::create, host, {.name = tenant}).value();
    return engine->call(apps::create, host, {.parent = made.id}).value().view.app.id;
  }
  void open(Id app, const std::string& url) const {
    engine->call(webhooks::create, host, {.parent = app, .url = url, .draft = {.events = "room.*"}}).value();
  }
  void cause(Id app, int count) const {
    const auto caused = engine->run(Access::write, host, [&](Transaction& tx, const Context& context) -> Result<void> {
      for (int i = 0; i < count; ++i)
        if (auto room = rooms::create(tx, context, {.parent = app}); !room) return room.error();
      return {};
    });
    BOOST_REQUIRE(caused.has_value());
  }

  std::unique_ptr<Random> random = system_random();
  std::unique_ptr<Store> store = open_memory();
  std::unique_ptr<Engine> engine = Engine::open({.store = *store, .master_key = MasterKey::generate(*random)}).value();
};

}  // namespace

BOOST_AUTO_TEST_SUITE(fairness)

BOOST_AUTO_TEST_CASE(beside_a_tenant_whose_20_webhooks_hang_with_1000_events_anothers_message_comes) {
  const Fixture fixture;
  Server silent([](Wire& wire) { wire.read_to_end(); });
  Listener listener(accepted);
  Server server(std::ref(listener));
  const auto hanging = fixture.make_app("hanging");
  for (int i = 0; i < 20; ++i) fixture.open(hanging, silent.url());
  fixture.cause(hanging, 1'000);
  const auto other = fixture.make_app("other");
  fixture.open(other, server.url());

  CourierOptions options = Post::with_private();
  options.timeout = 60s;  // longer than the test waits: nobody's place comes free meanwhile
  const auto courier = Courier::start(fixture.engine->webhook_queue(), options).value();
  BOOST_REQUIRE(eventually([&] { return silent.connections() >= 1; }));
  std::this_thread::sleep_for(500ms);  // many looks: all is taken that the one may have
  fixture.cause(other, 1);
  BOOST_TEST(eventually([&] { return listener.requests().size() == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()
