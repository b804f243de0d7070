#include "tests/fronts/server_fixture.hpp"

#include <innkeeper/engine.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace innkeeper;
using namespace innkeeper::tests;

namespace {

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: inn.example\r\n" + fields + "\r\n";
}
std::string post(const std::string& target, const std::string& body, const std::string& fields = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: inn.example\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields +
         "\r\n" + body;
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The body that /echo answers, behind what it says about the request.
std::string echoed(const Answer& answer) { return answer.body.substr(answer.body.find("\n\n") + 2); }

}  // namespace

BOOST_AUTO_TEST_SUITE(serving)

BOOST_AUTO_TEST_CASE(head_and_body_of_an_answer_come_in_one_piece) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  for (int i = 0; i < 20; ++i) {
    client.send(get("/echo"));
    const std::string piece = client.receive();
    BOOST_TEST(piece.starts_with("HTTP/1.1 200 OK\r\nDate: "));
    BOOST_TEST(contains(piece, "\r\n\r\nGET /echo\nhost inn.example\n"));
    BOOST_TEST(piece.ends_with("\n\n"));
  }
}

BOOST_AUTO_TEST_CASE(a_head_has_a_date_a_length_and_the_names_as_the_contract_writes_them) {
  ServerFixture fixture;
  const Answer answer = Client(fixture.endpoint()).ask(get("/echo"));
  BOOST_TEST(contains(answer.head, "\r\nX-Subject-Token: token-1\r\n"));
  BOOST_TEST(*answer.find("Content-Length") == std::to_string(answer.body.size()));
  const std::string date = *answer.find("Date");
  BOOST_TEST(date.size() == 29U);
  BOOST_TEST(date.ends_with(" GMT"));
  BOOST_TEST(!answer.find("Connection"));
}

BOOST_AUTO_TEST_CASE(an_engine_is_told_where_a_request_came_from) {
  ServerFixture fixture;
  const Answer answer = Client(fixture.endpoint()).ask(get("/echo?a=%20b"));
  BOOST_TEST(contains(answer.body, "GET /echo?a=%20b\n"));
  BOOST_TEST(contains(answer.body, "\nfrom 127.0.0.1 at 127.0.0.1:0\n"));
}

BOOST_AUTO_TEST_CASE(a_connection_stays_usable_after_a_404_to_a_request_with_a_body) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  const Answer lost = client.ask(post("/nowhere", std::string(3'000, 'x')));
  BOOST_TEST(lost.status == 404);
  BOOST_TEST(!lost.closes());
  BOOST_TEST(echoed(client.ask(post("/echo", "still here"))) == "still here");
}

BOOST_AUTO_TEST_CASE(fields_of_one_request_are_not_seen_by_the_next) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  BOOST_TEST(contains(client.ask(post("/echo", "long body", "X-Auth-Token: first\r\n")).body, "token first\n"));
  const Answer second = client.ask(get("/echo"));
  BOOST_TEST(contains(second.body, "token -\n"));
  BOOST_TEST(echoed(second).empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_sends_a_byte_at_a_time_is_served) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (const char c : post("/echo", "slowly") + chunked) client.send(std::string_view(&c, 1));
  BOOST_TEST(echoed(client.read_answer()) == "slowly");
  BOOST_TEST(echoed(client.read_answer()) == "abcde");
}

BOOST_AUTO_TEST_CASE(many_requests_in_one_write_are_answered_in_order) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  std::string all;
  for (int i = 0; i < 2'000; ++i) all += i % 3 == 0 ? post("/echo", std::to_string(i)) : get("/echo?" + std::to_string(i));
  client.send(all);
  for (int i = 0; i < 2'000; ++i) {
    const Answer answer = client.read_answer();
    BOOST_REQUIRE(i % 3 == 0 ? echoed(answer) == std::to_string(i) : contains(answer.body, "/echo?" + std::to_string(i) + "\n"));
  }
}

BOOST_AUTO_TEST_CASE(answers_to_requests_that_came_together_go_out_together) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send(get("/echo?1") + get("/echo?2") + get("/echo?3"));
  const std::string piece = client.receive();
  BOOST_TEST(contains(piece, "GET /echo?1\n"));
  BOOST_TEST(contains(piece, "GET /echo?3\n"));
}

BOOST_AUTO_TEST_CASE(answers_from_another_thread_keep_their_place_among_the_others) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  std::string all;
  for (int i = 0; i < 300; ++i) all += post(i % 2 == 0 ? "/write" : "/echo", std::to_string(i));
  client.send(all);
  for (int i = 0; i < 300; ++i) BOOST_REQUIRE(echoed(client.read_answer()) == std::to_string(i));
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_ready_does_not_wait_for_the_one_behind_it) {
  ServerFixture fixture;
  fixture.store.hold();
  Client client(fixture.endpoint());
  client.send(post("/echo", "now") + post("/write", "later"));
  BOOST_TEST(echoed(client.read_answer()) == "now");
  BOOST_TEST(client.is_quiet_for(std::chrono::milliseconds(50)));
  fixture.store.release();
  BOOST_TEST(echoed(client.read_answer()) == "later");
}

BOOST_AUTO_TEST_CASE(an_answer_that_another_connections_request_brings_about_arrives) {
  HttpOptions options = on_loopback();
  options.threads = 1;
  ServerFixture fixture(options);
  fixture.store.hold();
  Client waiting(fixture.endpoint());
  waiting.send(post("/write", "helped"));
  fixture.store.wait_for_work();
  fixture.store.let_next_read_help();
  BOOST_TEST(Client(fixture.endpoint()).ask(get("/echo")).status == 200);
  BOOST_TEST(echoed(waiting.read_answer()) == "helped");
}

BOOST_AUTO_TEST_CASE(an_answer_for_a_peer_that_has_left_is_dropped) {
  ServerFixture fixture;
  fixture.store.hold();
  {
    Client client(fixture.endpoint());
    client.send(post("/write", "for nobody"));
    fixture.store.wait_for_work();
  }
  fixture.store.release();
  BOOST_TEST(Client(fixture.endpoint()).ask(get("/echo")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_of_the_limit_is_taken_whole) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  std::string body(fixture.engine->limits().body, 'x');
  body.back() = 'y';
  BOOST_TEST((echoed(client.ask(post("/echo", body))) == body));
  BOOST_TEST(client.ask(get("/echo")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_may_hold_any_byte) {
  ServerFixture fixture;
  std::string body;
  for (int i = 0; i < 256; ++i) body += static_cast<char>(i);
  body += "\r\n\r\nGET /echo HTTP/1.1\r\n\r\n\n\n";
  BOOST_TEST((echoed(Client(fixture.endpoint()).ask(post("/echo", body))) == body));
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_put_together) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n";
  BOOST_TEST(echoed(client.ask(head + "5\r\nhello\r\n1;name=value\r\n \r\nA\r\n0123456789\r\n0\r\n\r\n")) == "hello 0123456789");
  BOOST_TEST(echoed(client.ask(head + "0\r\n\r\n")).empty());
  std::string single;
  for (int i = 0; i < 20'000; ++i) single += "1\r\nx\r\n";
  BOOST_TEST((echoed(client.ask(head + single + "0\r\n\r\n")) == std::string(20'000, 'x')));
}

BOOST_AUTO_TEST_CASE(a_body_that_nobody_wants_is_refused_before_it_comes) {
  ServerFixture fixture;
  const struct {
    std::string_view target, length;
    int status;
  } cases[] = {{"/nowhere", "900000", 404}, {"/large", "900000", 405}, {"/small", "101", 413}, {"/echo", "9000000", 413}};
  for (const auto& each : cases) {
    for (const std::string_view expect : {"", "Expect: 100-continue\r\n"}) {
      Client client(fixture.endpoint());
      client.send(std::string("POST ")
                      .append(each.target)
                      .append(" HTTP/1.1\r\nHost: a\r\n")
                      .append(expect)
                      .append("Content-Length: ")
                      .append(each.length)
                      .append("\r\n\r\n"));
      const Answer answer = client.read_answer();
      BOOST_TEST(answer.status == each.status, each.target);
      BOOST_TEST(answer.closes());
      BOOST_TEST(client.is_closed());
    }
  }
  BOOST_TEST(Client(fixture.endpoint())
                 .ask("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'))
                 .status == 413);
  BOOST_TEST(Client(fixture.endpoint())
                 .ask("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'))
                 .status == 200);
  BOOST_TEST(fixture.served() == 1);
}

BOOST_AUTO_TEST_CASE(a_client_that_expects_to_be_told_to_continue_is_told) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(client.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
  BOOST_TEST(echoed(client.ask("hello")) == "hello");
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
  BOOST_TEST(client.read_answer().status == 200, "a client that did not wait is not told");
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(client.read_answer().status == 200, "where no body comes there is nothing to continue");
}

BOOST_AUTO_TEST_CASE(an_answer_to_head_is_that_to_get_without_its_body) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  const Answer whole = client.ask(get("/large?500"));
  client.send("HEAD /large?500 HTTP/1.1\r\nHost: a\r\n\r\n" + get("/echo"));
  const Answer head = client.read_answer(true);
  BOOST_TEST(head.status == 200);
  BOOST_TEST(*head.find("Content-Length") == *whole.find("Content-Length"));
  BOOST_TEST(contains(client.read_answer().body, "GET /echo\n"), "what follows is the next answer");
}

BOOST_AUTO_TEST_CASE(an_answer_without_content_has_no_length) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send(post("/nothing", "x") + get("/unchanged") + get("/echo"));
  const Answer nothing = client.read_answer();
  BOOST_TEST(nothing.head.starts_with("HTTP/1.1 204 No Content\r\n"));
  BOOST_TEST(!nothing.find("Content-Length"));
  const Answer unchanged = client.read_answer();
  BOOST_TEST(unchanged.head.starts_with("HTTP/1.1 304 Not Modified\r\n"));
  BOOST_TEST(!unchanged.find("Content-Length"));
  BOOST_TEST(contains(client.read_answer().body, "GET /echo\n"));
}

BOOST_AUTO_TEST_CASE(an_absolute_target_is_reduced_and_its_host_wins) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  const auto ask = [&](const std::string& target) {
    return client.ask("GET " + target + " HTTP/1.1\r\nHost: other.example\r\n\r\n").body;
  };
  BOOST_TEST(contains(ask("http://inn.example:8080/echo?q=1"), "GET /echo?q=1\nhost inn.example:8080\n"));
  BOOST_TEST(contains(ask("HTTPS://[::1]"), "GET /\nhost [::1]\n"));
  BOOST_TEST(contains(ask("http://inn.example?q"), "GET /?q\nhost inn.example\n"));
}

BOOST_AUTO_TEST_CASE(the_server_itself_may_be_asked_for_its_options) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  BOOST_TEST(client.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status == 404,
             "the engine knows no such path; it is well-formed");
  BOOST_TEST(client.ask("OPTIONS http://inn.example HTTP/1.1\r\nHost: a\r\n\r\n").status == 404);
  BOOST_TEST(client.ask(get("/echo")).status == 200);
}

BOOST_AUTO_TEST_CASE(http_1_0_closes_unless_it_asks_otherwise) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  const Answer kept = client.ask("GET /echo HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  BOOST_TEST(*kept.find("Connection") == "keep-alive");
  BOOST_TEST(client.ask("GET /echo HTTP/1.0\r\n\r\n").closes());
  BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(a_connection_closes_behind_the_answer_to_a_request_that_wants_it) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send(get("/echo?1", "Connection: close\r\n") + get("/echo?2"));
  BOOST_TEST(client.read_answer().closes());
  BOOST_TEST(client.is_closed());
  BOOST_TEST(ServerFixture::served() == 1);
}

BOOST_AUTO_TEST_CASE(connection_options_are_found_in_any_list_and_case) {
  ServerFixture fixture;
  const auto closes = [&](const std::string& version, const std::string& fields) {
    return Client(fixture.endpoint()).ask("GET /echo HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n").closes();
  };
  BOOST_TEST(!closes("1.1", "Connection: upgrade, ,keep-alive\r\nUpgrade: h2c\r\n"));
  BOOST_TEST(!closes("1.1", "Connection: closed\r\n"));
  BOOST_TEST(closes("1.1", "Connection: foo ,\tCLOSE\r\n"));
  BOOST_TEST(closes("1.1", "Connection: close\r\nConnection: keep-alive\r\n"));
  BOOST_TEST(!closes("1.0", "Connection: foo, Keep-Alive\r\n"));
}

BOOST_AUTO_TEST_CASE(blanks_around_a_fields_value_are_no_part_of_it) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  BOOST_TEST(contains(client.ask(get("/echo", "X-Auth-Token:\t a b\t \r\n")).body, "\ntoken a b\n"));
  BOOST_TEST(contains(client.ask(get("/echo", "X-Auth-Token:\r\n")).body, "\ntoken \n"));
}

BOOST_AUTO_TEST_CASE(a_field_that_has_one_value_and_stands_twice_is_refused_and_the_connection_goes_on) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  const Answer answer = client.ask(get("/echo", "X-Auth-Token: 1\r\nX-AUTH-TOKEN: 1\r\n"));
  BOOST_TEST(answer.status == 400);
  BOOST_TEST(answer.body == "refused: There is more than one X-AUTH-TOKEN.");
  BOOST_TEST(!answer.closes());
  BOOST_TEST(client.ask(get("/echo", "Accept: a\r\nAccept: b\r\n")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_doubled_cr_behind_a_token_is_taken_off) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  BOOST_TEST(contains(client.ask(get("/echo", "X-Auth-Token: abc\r\r\nAccept: */*\r\n")).body, "\ntoken abc\n"));
  BOOST_TEST(contains(client.ask(get("/echo", "x-auth-token:abc\r\r\n")).body, "\ntoken abc\n"), "also in the last field");
  BOOST_TEST(contains(client.ask(get("/echo", "X-Auth-Token: \r\r\n")).body, "\ntoken \n"));
}

BOOST_AUTO_TEST_CASE(an_empty_line_before_a_request_is_passed_over) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  BOOST_TEST(client.ask("\r\n" + get("/echo") + "\r\n").status == 200);
  BOOST_TEST(client.ask(get("/echo")).status == 200);
  BOOST_TEST(client.ask("\r\n" + get("/echo")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_large_answer_reaches_a_peer_that_reads_slowly) {
  ServerFixture fixture;
  Client client(fixture.endpoint(), 16 * 1024);
  client.send(get("/large?8000000") + get("/echo"));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  BOOST_TEST((client.read_answer().body == std::string(8'000'000, 'x')));
  BOOST_TEST(contains(client.read_answer().body, "GET /echo\n"));
}

BOOST_AUTO_TEST_CASE(a_feed_is_sent_as_it_comes_and_ends_with_the_connection) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  const Answer answer = client.ask(get("/feed"));
  BOOST_TEST(!answer.find("Content-Length"));
  BOOST_TEST(answer.closes());
  BOOST_TEST(client.receive() == "begin;");
  ServerFixture::feed()->say("one;");
  BOOST_TEST(client.receive() == "one;");
  ServerFixture::feed()->say("two;");
  ServerFixture::feed()->end();
  BOOST_TEST(client.read_to_end() == "two;");
}

BOOST_AUTO_TEST_CASE(a_feed_is_let_go_when_its_peer_leaves) {
  ServerFixture fixture;
  {
    Client client(fixture.endpoint());
    client.ask(get("/feed"));
  }
  for (int i = 0; i < 500 && ServerFixture::feed().use_count() > 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  BOOST_TEST(ServerFixture::feed().use_count() == 2, "the inn's and this one");
  ServerFixture::feed()->say("for nobody");
}

BOOST_AUTO_TEST_CASE(connections_are_served_at_once_by_all_threads) {
  ServerFixture fixture;
  std::vector<std::thread> callers;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&, i] {
      Client client(fixture.endpoint());
      for (int k = 0; k < 50; ++k) {
        const std::string body = std::to_string(i) + "/" + std::to_string(k);
        good += echoed(client.ask(post(k % 2 == 0 ? "/write" : "/echo", body))) == body;
      }
    });
  for (auto& caller : callers) caller.join();
  BOOST_TEST(good == 400);
}

BOOST_AUTO_TEST_CASE(a_connection_that_has_its_thread_to_itself_waits_for_its_commits_there) {
  ServerFixture fixture({.threads = 1});
  const int before = fixture.store.patient_writes();
  Client only(fixture.endpoint());
  for (int i = 0; i < 20; ++i) BOOST_TEST(only.ask(post("/write", "x")).status == 200);
  BOOST_TEST(fixture.store.patient_writes() - before == 13);  // from the eighth on
}

BOOST_AUTO_TEST_CASE(connections_that_take_turns_hold_each_other_up_for_no_commit) {
  ServerFixture fixture({.threads = 1});
  const int before = fixture.store.patient_writes();
  Client one(fixture.endpoint());
  Client other(fixture.endpoint());
  for (int i = 0; i < 20; ++i)
    for (auto* each : {&one, &other}) BOOST_TEST(each->ask(post("/write", "x")).status == 200);
  BOOST_TEST(fixture.store.patient_writes() == before);
}

BOOST_AUTO_TEST_SUITE_END()
