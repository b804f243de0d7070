#pragma once

#include <innkeeper/courier.hpp>

#include "engine/crypto/webhook_signature.hpp"
#include "tests/domain/fixture.hpp"

#include <string>
#include <vector>

namespace innkeeper::tests {

/// An app with webhooks, and what a courier does for them.
struct Subscriber {
  explicit Subscriber(Fixture& its_fixture, const std::string& name = "house")
      : fixture(its_fixture), tenant(its_fixture.make_tenant(name)) {}

  webhooks::Issued open(const std::string& events = "room.*") const {
    return fixture
        .call(webhooks::create, host, {.parent = guest.app.id, .url = "https://hook.example.net/in", .draft = {.events = events}})
        .value();
  }
  Room cause() const { return fixture.call(rooms::create, host, {.parent = guest.app.id}).value(); }
  std::vector<WebhookRequest> take(std::size_t most = 100) const { return fixture.engine->webhook_queue().take(most); }
  void complete(const WebhookRequest& webhook_request, const DeliveryResult& result) const {
    fixture.engine->webhook_queue().complete(webhook_request.id, result);
  }
  Delivery delivery(const WebhookRequest& webhook_request) const { return fixture.row<Delivery>(webhook_request.id); }
  std::string expected_signature(const WebhookRequest& webhook_request, const std::string& secret) const {
    return crypto::sign_webhook(*crypto::webhook_key_of(secret), std::string{webhook_request.headers.find("webhook-id").value()},
                                std::stoll(std::string{webhook_request.headers.find("webhook-timestamp").value()}),
                                webhook_request.body);
  }

  void cause_many(int count) const {
    const auto caused = fixture.run(Access::write, host, [&](Transaction& tx, const Context& context) -> Result<void> {
      for (int i = 0; i < count; ++i)
        if (auto room = rooms::create(tx, context, {.parent = guest.app.id}); !room) return room.error();
      return {};
    });
    BOOST_TEST_REQUIRE(caused.has_value());
  }

  Fixture& fixture;
  Tenant tenant;
  Fixture::AppLogin guest = fixture.make_app(tenant.id);
};

}  // namespace innkeeper::tests
