#include "tests/fronts/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

using namespace innkeeper;
using namespace innkeeper::tests;
using namespace std::chrono_literals;

namespace {

HttpOptions impatient() {
  HttpOptions options = on_loopback();
  options.head_timeout = 1s;
  options.idle_timeout = 1s;
  return options;
}

const std::string request = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";

template <class Step>
std::chrono::milliseconds time_of(Step step) {
  const auto begin = std::chrono::steady_clock::now();
  step();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(patience)

BOOST_AUTO_TEST_CASE(a_head_that_does_not_end_in_time_is_told_so) {
  ServerFixture fixture(impatient());
  Client client(fixture.endpoint());
  client.send("GET /echo HTTP/1.1\r\nHo");
  Answer answer;
  const auto time = time_of([&] { answer = client.read_answer(); });
  BOOST_TEST(answer.status == 408);
  BOOST_TEST(answer.closes());
  BOOST_TEST(client.is_closed());
  BOOST_TEST((time >= 1s));
  BOOST_TEST((time < 4s));
}

BOOST_AUTO_TEST_CASE(a_head_that_trickles_is_not_given_more_time) {
  ServerFixture fixture(impatient());
  Client client(fixture.endpoint());
  client.send("GET /echo HTTP/1.1\r\nHost: a\r\n");
  int sent = 0;
  while (client.is_quiet_for(50ms) && sent < 100 && client.try_send("X: y\r\n")) ++sent;
  BOOST_TEST(sent < 60);
  BOOST_TEST(client.read_answer().status == 408);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_without_a_word) {
  ServerFixture fixture(impatient());
  Client fresh(fixture.endpoint());
  Client used(fixture.endpoint());
  used.ask(request);
  const auto time = time_of([&] {
    BOOST_TEST(fresh.is_closed());
    BOOST_TEST(used.is_closed());
  });
  BOOST_TEST((time >= 900ms));
}

BOOST_AUTO_TEST_CASE(a_connection_in_use_is_not_idle) {
  ServerFixture fixture(impatient());
  Client client(fixture.endpoint());
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(600ms);
    BOOST_REQUIRE(client.ask(request).status == 200);
  }
}

BOOST_AUTO_TEST_CASE(a_request_may_take_longer_than_a_peer_may_idle) {
  ServerFixture fixture(impatient());
  fixture.store.hold();
  Client client(fixture.endpoint());
  client.send("POST /write HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(client.is_quiet_for(2s));
  fixture.store.release();
  BOOST_TEST(client.read_answer().status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_that_comes_too_slowly_is_told_so_and_one_that_does_not_is_taken) {
  ServerFixture fixture(impatient());
  Client slow(fixture.endpoint());
  Client steady(fixture.endpoint());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n";
  slow.send(head);
  steady.send(head);
  std::size_t rest = 20'000;
  const auto time = time_of([&] {
    while (slow.is_quiet_for(100ms) && rest > 2'000) {
      slow.try_send("x");
      steady.send(std::string(250, 'x'));
      rest -= 250;
    }
    BOOST_TEST(slow.read_answer().status == 408);
  });
  BOOST_TEST(slow.is_closed());
  BOOST_TEST((time >= 5s));
  BOOST_TEST((time < 7s));
  BOOST_TEST(steady.ask(std::string(rest, 'x')).status == 200);
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read_its_answer_is_cut) {
  ServerFixture fixture(impatient());
  Client client(fixture.endpoint(), 4 * 1024);
  client.send("GET /large?30000000 HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(10s);
  BOOST_TEST(client.read_to_end().size() < 30'000'000U);
}

BOOST_AUTO_TEST_CASE(a_body_has_an_end_however_steadily_it_comes) {
  HttpOptions options = on_loopback();
  options.body_timeout = 2s;
  options.body_rate = 1;
  ServerFixture fixture(options);
  Client client(fixture.endpoint());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n");
  int sent = 0;
  while (client.is_quiet_for(100ms) && sent < 100 && client.try_send("xxxxxxxxxx")) ++sent;
  BOOST_TEST(sent > 10);
  BOOST_TEST(sent < 60);
  BOOST_TEST(client.read_answer().status == 408);
}

BOOST_AUTO_TEST_CASE(a_newcomer_gets_the_slot_of_the_one_that_has_waited_longest) {
  HttpOptions options = on_loopback();
  options.connections = 2;
  ServerFixture fixture(options);
  Client first(fixture.endpoint());
  Client second(fixture.endpoint());
  BOOST_TEST(first.ask(request).status == 200);
  BOOST_TEST(second.ask(request).status == 200);
  std::this_thread::sleep_for(1s);
  BOOST_TEST(first.ask(request).status == 200);
  std::this_thread::sleep_for(1s);
  Client third(fixture.endpoint());
  BOOST_TEST(third.ask(request).status == 200);
  BOOST_TEST(second.is_closed());
  BOOST_TEST(first.ask(request).status == 200);
  BOOST_TEST(third.ask(request).status == 200);
}

BOOST_AUTO_TEST_CASE(a_head_that_does_not_end_keeps_no_slot) {
  HttpOptions options = on_loopback();
  options.connections = 2;
  ServerFixture fixture(options);
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 5; ++i) {
    slow.push_back(std::make_unique<Client>(fixture.endpoint()));
    slow.back()->try_send("GET /echo HTTP/1.1\r\n");
    std::this_thread::sleep_for(600ms);
  }
  BOOST_TEST(Client(fixture.endpoint()).ask(request).status == 200);
}

/// Takes a slot and keeps it: who waits for a body does not wait for a request.
std::unique_ptr<Client> sit_down(const std::string& endpoint) {
  auto client = std::make_unique<Client>(endpoint);
  client->send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
  std::this_thread::sleep_for(300ms);
  return client;
}

BOOST_AUTO_TEST_CASE(a_newcomer_is_closed_where_nobody_waits_and_the_log_says_so_once_a_second) {
  HttpOptions options = on_loopback();
  options.connections = 2;
  ServerFixture fixture(options);
  auto first = sit_down(fixture.endpoint());
  const auto second = sit_down(fixture.endpoint());
  for (int i = 0; i < 20; ++i) BOOST_TEST(Client(fixture.endpoint()).is_closed());
  first.reset();
  bool is_served = false;
  for (int i = 0; i < 100 && !is_served; ++i) {
    std::this_thread::sleep_for(10ms);
    Client next(fixture.endpoint());
    is_served = next.try_send(request) && !next.receive().empty();
  }
  BOOST_TEST(is_served);
  std::this_thread::sleep_for(1500ms);
  const auto lines = fixture.log.lines();
  const auto told =
      std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return line.starts_with("http.refused"); });
  BOOST_TEST(told >= 1);
  BOOST_TEST(told <= 4);  // of each of two threads
}

BOOST_AUTO_TEST_CASE(an_address_has_so_many_connections_and_no_more) {
  HttpOptions options = on_loopback();
  options.connections_per_address = 2;
  ServerFixture fixture(options);
  auto first = sit_down(fixture.endpoint());
  const auto second = sit_down(fixture.endpoint());
  BOOST_TEST(Client(fixture.endpoint()).is_closed());
  first.reset();
  std::this_thread::sleep_for(300ms);
  BOOST_TEST(Client(fixture.endpoint()).ask(request).status == 200);
}

BOOST_AUTO_TEST_CASE(slots_are_kept_for_each_listener, *boost::unit_test::precondition(is_plain)) {
  TemporaryFolder folder;
  HttpOptions options = on_loopback();
  options.listen.push_back("unix:" + (folder.path() / "socket").string());
  options.connections = 4;
  options.connections_per_address = 3;
  ServerFixture fixture(options);
  std::vector<std::unique_ptr<Client>> seated;
  for (int i = 0; i < 3; ++i) seated.push_back(sit_down(fixture.endpoint()));
  BOOST_TEST(Client(fixture.endpoint()).is_closed());
  Client local(fixture.server->endpoints().back());
  for (int i = 0; i < 5; ++i) BOOST_TEST(local.ask(request).status == 200);
}

BOOST_AUTO_TEST_CASE(who_holds_memory_and_does_not_read_goes_when_it_is_short_and_what_is_small_goes_on) {
  HttpOptions options = on_loopback();
  options.memory = 1U << 20U;
  ServerFixture fixture(options);
  const std::string large = "GET /large?30000000 HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string posting = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
  const auto hold = [&] {
    auto holder = std::make_unique<Client>(fixture.endpoint(), 4 * 1024);
    holder->send(large);
    std::this_thread::sleep_for(300ms);
    return holder;
  };
  // Who holds it goes after a second, which a busy machine may have spent elsewhere.
  const auto is_seen = [&](const auto& attempt) {
    for (int i = 0; i < 20; ++i) {
      const auto holder = hold();
      if (attempt(*holder)) return true;
    }
    return false;
  };
  BOOST_TEST(is_seen([&](Client&) {
    BOOST_TEST(Client(fixture.endpoint()).ask(request).status == 200);
    Client poster(fixture.endpoint());
    poster.send(posting);
    if (poster.is_quiet_for(300ms)) return false;
    const auto refused = poster.ask("");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.find("Retry-After").has_value());
    return true;
  }));
  BOOST_TEST(is_seen([&](Client&) {
    Client second(fixture.endpoint(), 4 * 1024);
    second.send(large);
    return second.read_to_end().size() < 30'000'000U;
  }));
  BOOST_TEST(is_seen([&](Client& holder) {
    std::this_thread::sleep_for(3s);
    return Client(fixture.endpoint()).ask(posting + std::string(100'000, 'x')).status == 200 &&
           holder.read_to_end().size() < 30'000'000U;
  }));
}

BOOST_AUTO_TEST_CASE(an_answer_beyond_the_memory_there_is_goes_out_to_who_reads_it) {
  HttpOptions options = on_loopback();
  options.memory = 1U << 20U;
  ServerFixture fixture(options);
  BOOST_TEST(Client(fixture.endpoint()).ask("GET /large?30000000 HTTP/1.1\r\nHost: a\r\n\r\n").body.size() == 30'000'000U);
}

BOOST_AUTO_TEST_CASE(bodies_that_do_not_fit_into_memory_are_refused_and_leave_nothing) {
  HttpOptions options = on_loopback();
  options.memory = 3U << 20U;
  ServerFixture fixture(options);
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
  Client first(fixture.endpoint());
  first.send(head + std::string(500'000, 'x'));
  std::vector<std::unique_ptr<Client>> others;
  for (int i = 0; i < 8; ++i) {
    others.push_back(std::make_unique<Client>(fixture.endpoint()));
    others.back()->try_send(head + std::string(500'000, 'x'));
  }
  int refused = 0;
  for (const auto& client : others)
    if (!client->is_quiet_for(100ms) && client->read_to_end().starts_with("HTTP/1.1 503 ")) ++refused;
  BOOST_TEST(refused >= 1);
  others.clear();
  std::this_thread::sleep_for(300ms);
  Client next(fixture.endpoint());
  BOOST_TEST(next.ask(head + std::string(1'000'000, 'x')).status == 200);
}

BOOST_AUTO_TEST_CASE(a_connection_that_waits_holds_no_memory_of_the_bodies_before) {
  HttpOptions options = on_loopback();
  options.memory = 3U << 20U;
  ServerFixture fixture(options);
  const std::string posting = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x');
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<Client>(fixture.endpoint()));
    BOOST_TEST(clients.back()->ask(posting).status == 200);
    std::this_thread::sleep_for(800ms);
  }
  for (const auto& client : clients) BOOST_TEST(client->ask(request).status == 200);
}

BOOST_AUTO_TEST_CASE(running_out_of_descriptors_neither_spins_nor_ends_the_listening, *boost::unit_test::precondition(is_plain)) {
  HttpOptions options = on_loopback();
  options.threads = 1;
  ServerFixture fixture(options);
  Client first(fixture.endpoint());
  BOOST_TEST(first.ask(request).status == 200);  // its threads run, with all they need
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit tight = before;
  tight.rlim_cur = std::min<rlim_t>(before.rlim_cur, 256);
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  std::vector<int> taken;
  for (int each = 0; (each = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken.push_back(each);
  BOOST_REQUIRE(!taken.empty());
  ::close(taken.back());
  taken.pop_back();
  Client last(fixture.endpoint());  // has the only descriptor that was left
  last.send(request);
  const std::clock_t begin = std::clock();
  const bool is_waiting = last.is_quiet_for(700ms);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  ::setrlimit(RLIMIT_NOFILE, &before);
  BOOST_TEST(is_waiting);
  BOOST_TEST(seconds < 0.3);
  BOOST_TEST(last.read_answer().status == 200);
  for (int each : taken) ::close(each);
}

BOOST_AUTO_TEST_SUITE_END()
