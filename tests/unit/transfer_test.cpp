#include "tests/support/environment.hpp"

#include <innkeeper/engine.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/transfer.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

using namespace innkeeper;

namespace {

const Principal host{.kind = Principal::Kind::host};

/// An engine over a store of its own, with a master key of its own.
struct Inn {
  tests::FakeClock clock;
  tests::SeededRandom random;
  tests::KeepingLog log;
  std::unique_ptr<Store> store = open_memory();
  std::unique_ptr<Engine> engine;

  explicit Inn(std::uint64_t seed) : random(seed) {
    engine = Engine::open({.store = *store,
                           .master_key = MasterKey::generate(random),
                           .environment = {.clock = &clock, .random = &random, .log = &log}})
                 .value();
  }
  template <class In, class Out>
  Out call(const Operation<In, Out>& operation, const std::type_identity_t<In>& in) {
    return engine->call(operation, host, in).value();
  }
  /// Where the parcel of a new event goes, once it is signed.
  std::string way_of_next_event() {
    call(events::report,
         {.app = "a", .reports = {{.id = "e", .type = events::Type::session_started, .at = clock.now(), .session = "s"}}});
    for (const auto& parcel : engine->postbox().take(10)) return parcel.url;
    return {};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(transfer)

BOOST_AUTO_TEST_CASE(what_operations_made_is_as_good_in_another_store) {
  Inn here(1);
  BOOST_REQUIRE(import_document(*here.engine, R"({"tenants":[{"name":"t","apps":[{"uid":"a","secret":"s"}]}]})").has_value());
  const auto key = here.call(keys::create, {.parent = "a", .draft = {.label = "second"}});
  const auto turned = here.call(keys::rotate, {.ref = key.key.id, .grace = std::chrono::hours{1}});
  const auto member = here.call(members::create, {.parent = "a", .draft = {.name = "alice"}});
  here.call(rooms::create, {.parent = "a", .draft = {.name = "hall"}});
  here.call(devices::create, {.parent = "a", .draft = {.member = member.uid, .name = "door"}});
  const auto stream = here.call(stream_keys::create, {.parent = "a", .draft = {.member = member.uid}});
  const auto hook = here.call(webhooks::create, {.parent = "a", .draft = {.url = "https://example.net/"}});
  here.call(webhooks::rotate, {.ref = hook.webhook.id, .grace = std::chrono::hours{1}});

  const auto document = export_document(*here.engine, /*with_secrets=*/true);
  BOOST_REQUIRE_MESSAGE(document, document.error().detail);
  Inn there(2);
  const auto issued = import_document(*there.engine, *document);
  BOOST_REQUIRE(issued.has_value());
  BOOST_TEST(issued->empty());
  BOOST_TEST(export_document(*there.engine, true).value() == *document);

  BOOST_TEST(there.call(stream_keys::verify, stream.secret).uid == stream.row.uid);
  for (const auto& secret : {std::string{"s"}, key.secret, turned.secret})
    BOOST_TEST(there.call(keys::verify, {.secret = secret}).is_good);
  BOOST_TEST((there.call(keys::find, key.key.uid).replaced_by == turned.key.id));
  BOOST_TEST(there.way_of_next_event() == "https://example.net/");
}

BOOST_AUTO_TEST_CASE(what_an_import_changes_is_chained_and_told_to_nobody) {
  Inn inn(3);
  BOOST_REQUIRE(import_document(*inn.engine, R"({"tenants":[{"name":"t","apps":[{"uid":"a","secret":"s",
      "webhooks":[{"url":"https://example.net/"}]}]}]})")
                    .has_value());
  BOOST_REQUIRE(import_document(*inn.engine, R"({"tenants":[{"name":"t","apps":[{"uid":"a","secret":"other","description":"new",
      "rooms":[{"name":"hall"}]}]}]})")
                    .has_value());
  const auto proof = inn.call(audit::verify, {});
  BOOST_TEST((proof.broken_at == Id::none));
  BOOST_TEST(proof.rows == 7);
  BOOST_TEST(inn.engine->postbox().take(10).empty());
}

BOOST_AUTO_TEST_CASE(the_trail_comes_out_a_line_a_row) {
  Inn inn(4);
  BOOST_REQUIRE(import_document(*inn.engine, R"({"tenants":[{"name":"t"}]})").has_value());
  std::string lines;
  BOOST_REQUIRE(export_audit(*inn.engine, [&](std::string_view line) { lines.append(line).append("\n"); }).has_value());
  BOOST_TEST(lines.starts_with(R"({"id":1,"tenant":1,"app":null,"at":"2024-03-04T01:02:03.000000Z","actor":"host")"));
  BOOST_TEST(std::count(lines.begin(), lines.end(), '\n') == 1);
}

BOOST_AUTO_TEST_SUITE_END()
