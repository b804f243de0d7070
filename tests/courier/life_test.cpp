#include "tests/courier/server.hpp"
#include "tests/courier/webhook_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

using namespace innkeeper;
using namespace innkeeper::tests;
using namespace std::chrono_literals;

namespace {

/// A server that has taken a request and says nothing, until the other side goes.
class Sphinx {
 public:
  void operator()(Wire& wire) {
    wire.read_request();
    ++asked_;
    wire.read_to_end();
    ++left_;
  }
  int asked() const { return asked_; }
  int left() const { return left_; }

 private:
  std::atomic<int> asked_ = 0;
  std::atomic<int> left_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(life)

BOOST_AUTO_TEST_CASE(ending_the_courier_cuts_what_is_under_way) {
  Sphinx sphinx;
  Server server(std::ref(sphinx));
  Post post;
  const Id webhook_request = post.webhook_queue.put({.url = server.url()});
  BOOST_REQUIRE(eventually([&] { return sphinx.asked() == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  post.courier.reset();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 1s));
  BOOST_TEST(eventually([&] { return sphinx.left() == 1; }));
  BOOST_TEST(post.webhook_queue.results_of(webhook_request) == 0U);
}

BOOST_AUTO_TEST_CASE(a_server_that_says_nothing_holds_up_nobody_else) {
  Sphinx sphinx;
  Server silent(std::ref(sphinx));
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post;
  const Id held = post.webhook_queue.put({.url = silent.url()});
  for (int i = 0; i < 20; ++i) BOOST_TEST(post.send(server.url()).status == 202);
  BOOST_TEST(post.webhook_queue.results_of(held) == 0U);
}

BOOST_AUTO_TEST_CASE(no_more_are_under_way_than_allowed) {
  Sphinx sphinx;
  Server silent(std::ref(sphinx));
  CourierOptions options = Post::with_private();
  options.parallel = 3;
  options.timeout = 1s;
  Post post(options);
  std::vector<Id> webhook_requests;
  for (int i = 0; i < 5; ++i) webhook_requests.push_back(post.webhook_queue.put({.url = silent.url()}));
  BOOST_REQUIRE(eventually([&] { return silent.connections() >= 1; }));
  std::this_thread::sleep_for(300ms);
  BOOST_TEST(post.webhook_queue.untaken() == 2U);
  for (const Id webhook_request : webhook_requests) BOOST_TEST(post.webhook_queue.wait_for(webhook_request).fault == "timeout");
}

BOOST_AUTO_TEST_CASE(each_request_is_completed_once) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post;
  std::vector<Id> webhook_requests;
  for (int i = 0; i < 100; ++i)
    webhook_requests.push_back(post.webhook_queue.put({.url = server.url() + "/" + std::to_string(i)}));
  for (const Id webhook_request : webhook_requests) BOOST_TEST(post.webhook_queue.wait_for(webhook_request).status == 202);
  post.courier.reset();
  for (const Id webhook_request : webhook_requests) BOOST_TEST(post.webhook_queue.results_of(webhook_request) == 1U);
  BOOST_TEST(listener.requests().size() == 100U);
}

BOOST_AUTO_TEST_CASE(an_exception_in_the_webhook_queue_does_not_end_the_thread) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post;
  post.webhook_queue.failures = 3;  // of the looks
  BOOST_TEST(eventually([&] { return post.webhook_queue.failed == 3; }));
  BOOST_TEST(post.send(server.url()).status == 202);
  BOOST_TEST(post.line_beginning("courier.exception") == "courier.exception what=the store is out of order");

  Sphinx sphinx;
  Server silent(std::ref(sphinx));
  CourierOptions slow = Post::with_private();
  slow.interval = 1h;  // one poll only: the next call of the queue is the completion, or the maintenance
  slow.timeout = 2s;
  FakeWebhookQueue webhook_queue;
  const Id webhook_request = webhook_queue.put({.url = silent.url()});
  const auto courier = Courier::start(webhook_queue, slow).value();
  BOOST_REQUIRE(eventually([&] { return sphinx.asked() == 1; }));
  webhook_queue.failures = 100;
  BOOST_TEST(eventually([&] { return sphinx.left() == 1 && webhook_queue.maintenance_calls() >= 4; }));
  BOOST_TEST(webhook_queue.failed >= 3);
  BOOST_TEST(webhook_queue.results_of(webhook_request) == 0U);
}

BOOST_AUTO_TEST_CASE(the_webhook_queue_is_maintained_about_once_a_second) {
  FakeWebhookQueue webhook_queue;
  const auto courier = Courier::start(webhook_queue, {.interval = 5ms}).value();
  std::this_thread::sleep_for(2'500ms);
  BOOST_TEST(webhook_queue.maintenance_calls() >= 2);
  BOOST_TEST(webhook_queue.maintenance_calls() <= 3);
}

BOOST_AUTO_TEST_CASE(the_log_says_what_became_of_a_request_and_none_of_what_is_in_it) {
  Listener listener("HTTP/1.1 503 Later\r\nX-Reply: secret-reply\r\nContent-Length: 0\r\n\r\n");
  Server server(std::ref(listener));
  Post post;
  const Headers headers{{"X-Signature", "secret-header"}};
  post.send(server.url() + "/secret-path?key=secret-query", headers, "secret-body");
  post.send("http://user:secret-word@127.0.0.1/secret-path", headers, "secret-body");
  post.send("http://127.0.0.1:1/?secret-query", headers, "secret-body");
  const std::vector<std::string> expected{"courier.delivered parcel=1 host=127.0.0.1 status=503",
                                          "courier.failed parcel=2 host= fault=url",
                                          "courier.failed parcel=3 host=127.0.0.1 fault=connect"};
  BOOST_TEST(post.log.lines() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
