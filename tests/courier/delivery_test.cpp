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

BOOST_AUTO_TEST_SUITE(deliveries)

BOOST_AUTO_TEST_CASE(a_request_arrives_with_its_headers_and_body) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post;
  const DeliveryResult result = post.send(
      server.url() + "/hooks/7?a=b", {{"Content-Type", "application/json"}, {"X-Signature", "s1"}}, R"({"event":"app.created"})");
  BOOST_TEST(result.status == 202);
  BOOST_TEST(result.fault == "");
  BOOST_REQUIRE(listener.requests().size() == 1U);
  const std::string request = listener.requests().front();
  BOOST_TEST(request.starts_with("POST /hooks/7?a=b HTTP/1.1\r\n"));
  for (const std::string& line :
       {"Host: 127.0.0.1:" + server.port(), std::string("Content-Type: application/json"), std::string("X-Signature: s1"),
        std::string("Content-Length: 23"), std::string("Connection: close"), std::string("User-Agent: innkeeper")})
    BOOST_TEST(request.find("\r\n" + line + "\r\n") != std::string::npos, "no " << line);
  BOOST_TEST(request.ends_with("\r\n\r\n{\"event\":\"app.created\"}"));
}

BOOST_AUTO_TEST_CASE(a_request_does_not_decide_how_it_is_framed) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post;
  post.send(server.url(),
            {{"Host", "other"}, {"Content-Length", "999"}, {"Transfer-Encoding", "gzip, chunked"}, {"Connection", "keep-alive"}},
            "{}");
  BOOST_REQUIRE(listener.requests().size() == 1U);
  const std::string request = listener.requests().front();
  for (const std::string_view text : {"other", "999", "Transfer-Encoding", "keep-alive"})
    BOOST_TEST(request.find(text) == std::string::npos, text << " was sent");
  BOOST_TEST(request.find("\r\nContent-Length: 2\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_large_body_arrives_whole) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post;
  const std::string body(3'000'000, 'x');
  BOOST_TEST_REQUIRE(post.send(server.url(), {}, body).status == 202);
  BOOST_TEST(listener.requests().front().ends_with("\r\n\r\n" + body));
}

BOOST_AUTO_TEST_CASE(an_ip6_address_in_brackets_is_reached) {
  Listener listener(accepted);
  std::optional<Server> server;
  try {
    server.emplace(std::ref(listener), "::1");
  } catch (const boost::system::system_error&) {
    BOOST_TEST_MESSAGE("this machine has no IPv6");
    return;
  }
  Post post;
  BOOST_TEST(post.send(server->url()).status == 202);
  BOOST_TEST(listener.requests().front().find("\r\nHost: [::1]:" + server->port() + "\r\n") != std::string::npos);
}

BOOST_DATA_TEST_CASE(a_url_that_cannot_be_read_goes_nowhere,
                     std::vector<std::string>({"ftp://127.0.0.1/", "http://a@127.0.0.1/", "http://127.0.0.1/#a", "mail"}), url) {
  Post post;
  const DeliveryResult result = post.send(url);
  BOOST_TEST(result.fault == "url");
  BOOST_TEST(result.status == 0);
}

BOOST_AUTO_TEST_CASE(a_private_address_is_refused_unless_allowed) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  CourierOptions options = Post::with_private();
  options.may_reach_private = false;
  Post strict(options);
  for (const std::string host :
       {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::]"}) {
    const DeliveryResult result = strict.send("http://" + host + ":" + server.port() + "/");
    BOOST_TEST(result.fault == "address.refused", host << " ends with " << result.fault << result.status);
  }
  BOOST_TEST(server.connections() == 0);
  Post lenient;
  BOOST_TEST(lenient.send(server.url()).status == 202);
}

BOOST_AUTO_TEST_CASE(a_port_nobody_listens_on_is_a_fault) {
  std::string url;
  {
    Listener listener(accepted);
    url = Server(std::ref(listener)).url();
  }
  Post post;
  BOOST_TEST(post.send(url).fault == "connect");
}

BOOST_AUTO_TEST_SUITE_END()
