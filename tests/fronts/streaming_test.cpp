#include "tests/fronts/client.hpp"
#include "tests/fronts/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

/// Bodies that are read as they go out (RFC 9112 §7.1): framed, in order, no faster than they are taken.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

std::string get(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

/// What `/long?N` answers.
std::string long_body(int pieces) {
  std::string body;
  for (int left = pieces - 1; left >= 0; --left) body.append(ServerFixture::piece_size, static_cast<char>('a' + left % 26));
  return body;
}

/// The pieces read by the time that no more are.
int settled_pieces() {
  for (int before = -1; before != ServerFixture::pieces(); std::this_thread::sleep_for(300ms)) before = ServerFixture::pieces();
  return ServerFixture::pieces();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(streaming)

BOOST_AUTO_TEST_CASE(a_long_body_comes_in_chunks_and_the_connection_goes_on) {
  const ServerFixture fixture;
  Client client(fixture.endpoint());
  const Answer answer = client.ask(get("/long?40"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST((answer.find("Transfer-Encoding") == "chunked"));
  BOOST_TEST(!answer.find("Content-Length"));
  BOOST_TEST(!answer.closes());
  BOOST_TEST((answer.body == long_body(40)));
  BOOST_TEST(client.ask(get("/echo")).status == 200);
}

BOOST_AUTO_TEST_CASE(requests_behind_it_are_answered_behind_it) {
  const ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send(get("/echo") + get("/long?20") + get("/echo?2") + get("/long?1") + get("/echo?3"));
  BOOST_TEST(client.read_answer().body.starts_with("GET /echo\n"));
  BOOST_TEST((client.read_answer().body == long_body(20)));
  BOOST_TEST(client.read_answer().body.starts_with("GET /echo?2\n"));
  BOOST_TEST((client.read_answer().body == long_body(1)));
  BOOST_TEST(client.read_answer().body.starts_with("GET /echo?3\n"));
}

BOOST_AUTO_TEST_CASE(requests_that_come_while_it_goes_out_are_answered_behind_it) {
  const ServerFixture fixture;
  ServerFixture::feed()->promise_end();
  Client client(fixture.endpoint());
  client.send(get("/feed"));
  BOOST_TEST(client.receive().ends_with("begin;\r\n"));
  client.send(get("/echo"));
  std::this_thread::sleep_for(300ms);
  ServerFixture::feed()->say("more;");
  BOOST_TEST(client.receive() == "5\r\nmore;\r\n");
  ServerFixture::feed()->end();
  std::string rest;
  for (std::string piece = "-"; !piece.empty() && rest.find("GET /echo\n") == std::string::npos; rest += piece)
    piece = client.receive();
  BOOST_TEST(rest.starts_with("0\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(to_who_speaks_http_1_0_it_ends_with_the_connection) {
  const ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send("GET /long?5 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto all = client.read_to_end();
  const auto end = all.find("\r\n\r\n");
  BOOST_TEST((all.substr(0, end).find("Transfer-Encoding") == std::string::npos));
  BOOST_TEST((all.substr(end + 4) == long_body(5)));
}

BOOST_AUTO_TEST_CASE(who_asks_to_close_gets_it_whole) {
  const ServerFixture fixture;
  Client client(fixture.endpoint());
  const auto answer = client.ask("GET /long?5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  BOOST_TEST(answer.closes());
  BOOST_TEST((answer.body == long_body(5)));
  BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(for_a_head_request_nothing_is_read_on) {
  const ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send("HEAD /long?5 HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.read_answer(true).status == 200);
  BOOST_TEST(client.ask(get("/echo")).status == 200);
  BOOST_TEST(ServerFixture::pieces() == 0);
}

BOOST_AUTO_TEST_CASE(one_that_fails_has_no_end) {
  const ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send(get("/long?5!") + get("/echo"));
  const auto all = client.read_to_end();
  BOOST_TEST(all.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST((all.find("\r\n0\r\n") == std::string::npos));
  BOOST_TEST((all.find("HTTP/1.1", 1) == std::string::npos));
}

BOOST_AUTO_TEST_CASE(no_more_is_read_than_is_taken) {
  const ServerFixture fixture;
  Client client(fixture.endpoint(), 4 * 1024);
  client.send(get("/long?2000"));
  // The kernel's buffers take some.
  BOOST_TEST(settled_pieces() < 400);
  BOOST_TEST((client.read_answer().body == long_body(2'000)));
}

BOOST_AUTO_TEST_CASE(a_fast_reader_holds_up_nobody) {
  HttpOptions options = on_loopback();
  options.threads = 1;
  const ServerFixture fixture(options);
  std::atomic<bool> is_over = false;
  std::thread reader([&] {
    Client client(fixture.endpoint());
    client.ask(get("/long?4000"));
    is_over = true;
  });
  while (ServerFixture::pieces() == 0) std::this_thread::sleep_for(1ms);
  int answered = 0;
  for (Client client(fixture.endpoint()); !is_over; ++answered) BOOST_TEST_REQUIRE(client.ask(get("/echo")).status == 200);
  reader.join();
  BOOST_TEST(answered >= 10);
}

BOOST_AUTO_TEST_CASE(what_goes_out_when_the_server_drains_goes_out_whole) {
  const ServerFixture fixture;
  Client client(fixture.endpoint(), 4 * 1024);
  client.send(get("/long?100"));
  settled_pieces();
  bool has_drained = false;
  std::thread drainer([&] { has_drained = fixture.server->drain(10s); });
  BOOST_TEST((client.read_answer().body == long_body(100)));
  BOOST_TEST(client.is_closed());
  drainer.join();
  BOOST_TEST(has_drained);
}

BOOST_AUTO_TEST_CASE(who_leaves_in_the_middle_ends_the_reading) {
  const ServerFixture fixture;
  {
    Client client(fixture.endpoint(), 4 * 1024);
    client.send(get("/long?100000"));
    settled_pieces();
  }
  BOOST_TEST(settled_pieces() < 5'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
