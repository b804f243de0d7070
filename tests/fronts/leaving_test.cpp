#include "tests/fronts/server_fixture.hpp"

#include <innkeeper/engine.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

using namespace innkeeper;
using namespace innkeeper::tests;
using namespace std::chrono_literals;

namespace {
const std::string request = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string held = "POST /write HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
}  // namespace

BOOST_AUTO_TEST_SUITE(leaving)

BOOST_AUTO_TEST_CASE(a_drain_closes_idle_connections_and_stops_listening) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  Client fresh(fixture.endpoint());
  client.ask(request);
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(fixture.server->drain(5s));
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 2s));
  BOOST_TEST(client.is_closed());
  BOOST_TEST(fresh.is_closed());
  BOOST_CHECK_THROW(Client{fixture.endpoint()}, std::system_error);
}

BOOST_AUTO_TEST_CASE(a_drain_lets_a_request_finish_and_closes_behind_its_answer) {
  ServerFixture fixture;
  fixture.store.hold();
  Client client(fixture.endpoint());
  client.send(held + request);
  fixture.store.wait_for_work();
  bool is_clean = false;
  std::thread drainer([&] { is_clean = fixture.server->drain(5s); });
  BOOST_TEST(client.is_quiet_for(100ms));
  fixture.store.release();
  const Answer answer = client.read_answer();
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.closes());
  BOOST_TEST(client.is_closed());
  client.finish_sending();
  drainer.join();
  BOOST_TEST(is_clean);
  BOOST_TEST(ServerFixture::served() == 1, "a request behind it is not begun");
}

BOOST_AUTO_TEST_CASE(a_drain_lets_a_body_that_is_on_its_way_arrive) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send(held.substr(0, held.size() - 1));
  std::this_thread::sleep_for(50ms);
  bool is_clean = false;
  std::thread drainer([&] { is_clean = fixture.server->drain(5s); });
  std::this_thread::sleep_for(50ms);
  const Answer answer = client.ask("i");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.closes());
  BOOST_TEST(client.is_closed());
  client.finish_sending();
  drainer.join();
  BOOST_TEST(is_clean);
}

BOOST_AUTO_TEST_CASE(a_drain_cuts_what_outlasts_its_patience) {
  ServerFixture fixture;
  fixture.store.hold();
  Client client(fixture.endpoint());
  client.send(held);
  fixture.store.wait_for_work();
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(!fixture.server->drain(200ms));
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 2s));
  BOOST_TEST(client.is_closed());
  fixture.store.release();
}

BOOST_AUTO_TEST_CASE(a_drain_does_not_wait_for_a_feed) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  client.ask("GET /feed HTTP/1.1\r\nHost: a\r\n\r\n");
  bool is_clean = false;
  std::thread drainer([&] { is_clean = fixture.server->drain(5s); });
  BOOST_TEST(client.read_to_end() == "begin;");
  client.finish_sending();
  drainer.join();
  BOOST_TEST(is_clean);
}

BOOST_AUTO_TEST_CASE(a_drain_does_not_call_a_peer_cut_that_got_its_answer_and_stays) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  BOOST_TEST(client.ask("GET /echo HTTP/1.0\r\n\r\n").closes());
  BOOST_TEST(fixture.server->drain(200ms));
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_when_the_server_is_gone_is_dropped) {
  ServerFixture fixture;
  fixture.store.hold();
  Client client(fixture.endpoint());
  client.send(held);
  fixture.store.wait_for_work();
  fixture.server.reset();
  BOOST_TEST(client.is_closed());
  fixture.store.release();
  fixture.engine->drain();
  BOOST_TEST(ServerFixture::served() == 1);
}

BOOST_AUTO_TEST_CASE(a_server_that_goes_while_a_request_holds_up_its_thread_ends_behind_it) {
  HttpOptions options = on_loopback();
  options.threads = 1;
  ServerFixture fixture(options);
  Client client(fixture.endpoint());
  client.send("GET /slow?1500 HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(100ms);
  const auto begin = std::chrono::steady_clock::now();
  fixture.server.reset();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
}

BOOST_AUTO_TEST_CASE(a_server_may_be_drained_twice) {
  ServerFixture fixture;
  BOOST_TEST(fixture.server->drain(1s));
  BOOST_TEST(fixture.server->drain(1s));
}

BOOST_AUTO_TEST_SUITE_END()
