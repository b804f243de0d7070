#include "tests/courier/server.hpp"
#include "tests/courier/webhook_queue.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

using namespace innkeeper;
using namespace innkeeper::tests;
using namespace std::chrono_literals;

namespace {

CourierOptions impatient() {
  CourierOptions options = Post::with_private();
  options.timeout = 1s;
  return options;
}

std::string with_status(int status) { return "HTTP/1.1 " + std::to_string(status) + " Some Reason\r\nContent-Length: 0\r\n\r\n"; }

/// Sends pieces until the other side has gone. Answers how many bytes it took.
std::size_t pour(Wire& wire, const std::string& piece) {
  constexpr std::size_t far_too_much = 100'000'000;
  std::size_t sent = 0;
  while (sent < far_too_much && wire.write(piece)) sent += piece.size();
  return sent;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answers)

BOOST_DATA_TEST_CASE(whatever_the_status_it_is_told, std::vector<int>({200, 204, 304, 400, 410, 500, 599, 999}), status) {
  Listener listener(with_status(status));
  Server server(std::ref(listener));
  Post post;
  const DeliveryResult result = post.send(server.url());
  BOOST_TEST(result.status == status);
  BOOST_TEST(result.fault == "");
}

BOOST_AUTO_TEST_CASE(a_redirection_is_not_followed) {
  Listener second(accepted);
  Server elsewhere(std::ref(second));
  Listener first("HTTP/1.1 307 Temporary Redirect\r\nLocation: " + elsewhere.url() + "\r\nContent-Length: 0\r\n\r\n");
  Server server(std::ref(first));
  Post post;
  BOOST_TEST(post.send(server.url()).status == 307);
  BOOST_TEST(elsewhere.connections() == 0);
}

BOOST_AUTO_TEST_CASE(an_interim_answer_is_not_the_answer) {
  Listener listener("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + with_status(204));
  Server server(std::ref(listener));
  Post post;
  BOOST_TEST(post.send(server.url()).status == 204);
}

BOOST_AUTO_TEST_CASE(interim_answers_without_an_end_are_none) {
  Server server([](Wire& wire) { pour(wire, "HTTP/1.1 100 Continue\r\n\r\n"); });
  Post post;
  BOOST_TEST(post.send(server.url()).fault == "answer");
}

BOOST_DATA_TEST_CASE(an_answer_that_is_not_http_is_a_fault,
                     std::vector<std::string>({"", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Le",
                                               "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 099 Low\r\n\r\n", "HTTP/3.0 200 OK\r\n\r\n",
                                               "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"}),
                     answer) {
  Server server([&](Wire& wire) {
    wire.read_request();
    wire.write(answer);
  });
  Post post;
  const DeliveryResult result = post.send(server.url());
  BOOST_TEST(result.fault == "answer");
  BOOST_TEST(result.status == 0);
}

BOOST_AUTO_TEST_CASE(a_server_that_never_answers_times_out) {
  Server server([](Wire& wire) { wire.read_to_end(); });
  Post post(impatient());
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(post.send(server.url()).fault == "timeout");
  const auto time = std::chrono::steady_clock::now() - begin;
  BOOST_TEST((time >= 1s));
  BOOST_TEST((time < 5s));
}

BOOST_AUTO_TEST_CASE(a_request_may_have_a_time_of_its_own) {
  Server server([](Wire& wire) { wire.read_to_end(); });
  Post post;
  const auto begin = std::chrono::steady_clock::now();
  const auto webhook_request = post.webhook_queue.put({.url = server.url(), .body = "{}", .timeout = 1s});
  BOOST_TEST(post.webhook_queue.wait_for(webhook_request).fault == "timeout");
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
}

BOOST_AUTO_TEST_CASE(a_head_that_trickles_is_not_given_more_time) {
  Server server([](Wire& wire) {
    wire.write("HTTP/1.1 200 OK\r\n");
    while (wire.write("X: y\r\n")) std::this_thread::sleep_for(50ms);
  });
  Post post(impatient());
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(post.send(server.url()).fault == "timeout");
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
}

BOOST_AUTO_TEST_CASE(a_status_counts_though_its_body_never_ends) {
  std::atomic<bool> is_cut = false;
  Server server([&](Wire& wire) {
    wire.read_request();
    wire.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1");
    wire.read_to_end();
    is_cut = true;
  });
  Post post(impatient());
  const Id webhook_request = post.webhook_queue.put({.url = server.url()});
  BOOST_TEST(post.webhook_queue.wait_for(webhook_request).status == 200);
  BOOST_TEST(!is_cut);
  BOOST_TEST(eventually([&] { return is_cut.load(); }));
  BOOST_TEST(post.webhook_queue.results_of(webhook_request) == 1U);
}

BOOST_DATA_TEST_CASE(an_answer_of_endless_bytes_is_cut,
                     std::vector<std::string>({"HTTP/1.1 200 OK\r\n\r\n",
                                               "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
                                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n"}),
                     head) {
  std::atomic<std::size_t> poured = 0;
  Server server([&](Wire& wire) {
    wire.read_request();
    wire.write(head);
    poured = pour(wire, std::string(10'000, 'x'));
  });
  Post post;
  BOOST_TEST(post.send(server.url()).status == 200);
  BOOST_TEST(eventually([&] { return poured > 0; }));
  BOOST_TEST(poured < 20'000'000U);  // what the sockets hold, and our part
}

BOOST_AUTO_TEST_CASE(a_head_of_endless_bytes_is_cut) {
  std::atomic<std::size_t> poured = 0;
  Server server([&](Wire& wire) {
    wire.read_request();
    wire.write("HTTP/1.1 200 OK\r\n");
    poured = pour(wire, "X-Field: " + std::string(1'000, 'x') + "\r\n");
  });
  Post post;
  BOOST_TEST(post.send(server.url()).fault == "answer");
  BOOST_TEST(eventually([&] { return poured > 0; }));
  BOOST_TEST(poured < 20'000'000U);
}

BOOST_AUTO_TEST_CASE(a_head_of_more_than_16_kib_is_none) {
  const auto with_field_of = [](std::size_t size) {
    return "HTTP/1.1 204 No Content\r\nX-Field: " + std::string(size, 'x') + "\r\n\r\n";
  };
  Listener lesser(with_field_of(16'000));
  Listener greater(with_field_of(17'000));
  Server first(std::ref(lesser));
  Server second(std::ref(greater));
  Post post;
  BOOST_TEST(post.send(first.url()).status == 204);
  BOOST_TEST(post.send(second.url()).fault == "answer");
}

BOOST_AUTO_TEST_CASE(an_answer_before_the_end_of_a_body_is_taken) {
  Server server([](Wire& wire) {
    wire.write(with_status(413));
    wire.read_to_end();
  });
  Post post;
  BOOST_TEST(post.send(server.url(), {}, std::string(8'000'000, 'x')).status == 413);
}

BOOST_AUTO_TEST_SUITE_END()
