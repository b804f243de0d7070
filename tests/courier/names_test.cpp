#include "tests/courier/names.hpp"
#include "tests/courier/server.hpp"
#include "tests/courier/webhook_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>

using namespace innkeeper;
using namespace innkeeper::tests;
using namespace std::chrono_literals;

namespace {

CourierOptions strict() {
  CourierOptions options = Post::with_private();
  options.may_reach_private = false;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(a_name_is_looked_up_once) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post;
  const int before = count_look_ups();
  BOOST_TEST(post.send("http://here.test:" + server.port() + "/").status == 202);
  BOOST_TEST(count_look_ups() == before + 1);
  BOOST_TEST(listener.requests().front().find("\r\nHost: here.test:" + server.port() + "\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_that_resolves_to_loopback_is_refused) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post(strict());
  BOOST_TEST(post.send("http://localhost:" + server.port() + "/").fault == "address.refused");
  BOOST_TEST(post.send("http://here.test:" + server.port() + "/").fault == "address.refused");
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(a_public_address_beside_a_private_one_does_not_help_a_name) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post(strict());
  BOOST_TEST(post.send("http://both.test:" + server.port() + "/").fault == "address.refused");
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(a_name_that_nobody_has_is_a_fault) {
  CourierOptions options = Post::with_private();
  options.timeout = 50s;
  Post post(options);
  BOOST_TEST(post.send("http://nowhere.invalid/").fault == "resolve");
}

BOOST_AUTO_TEST_CASE(a_slow_look_up_times_out_and_holds_up_nobody_else) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  CourierOptions options = Post::with_private();
  options.timeout = 1s;
  Post post(options);
  SlowNames slow;
  const Id held = post.webhook_queue.put({.url = "http://slow.test:" + server.port() + "/"});
  BOOST_TEST(post.send("http://here.test:" + server.port() + "/").status == 202);
  BOOST_TEST(post.webhook_queue.results_of(held) == 0U);
  BOOST_TEST(post.webhook_queue.wait_for(held).fault == "timeout");
}

BOOST_AUTO_TEST_CASE(a_look_up_keeps_its_place_until_it_ends) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  CourierOptions options = Post::with_private();
  options.parallel = 1;
  options.timeout = 1s;
  Post post(options);
  Id next{};
  {
    SlowNames slow;
    const Id held = post.webhook_queue.put({.url = "http://slow.test:" + server.port() + "/"});
    BOOST_TEST(post.webhook_queue.wait_for(held).fault == "timeout");
    next = post.webhook_queue.put({.url = server.url()});
    std::this_thread::sleep_for(100ms);
    BOOST_TEST(post.webhook_queue.untaken() == 1U);
  }
  BOOST_TEST(post.webhook_queue.wait_for(next).status == 202);
  BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(ending_the_courier_does_not_wait_for_a_look_up) {
  SlowNames slow;
  const int before = count_look_ups();
  Post post;
  for (int i = 0; i < 8; ++i) post.webhook_queue.put({.url = "http://slow.test:1/"});
  BOOST_TEST(eventually([&] { return count_look_ups() == before + 8; }));
  const auto begin = std::chrono::steady_clock::now();
  post.courier.reset();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 1s));
}

BOOST_AUTO_TEST_CASE(a_courier_may_end_while_look_ups_end) {
  for (int i = 0; i < 50; ++i) {
    Post post;
    for (int j = 0; j < 8; ++j) post.webhook_queue.put({.url = "http://here.test:1/"});
    eventually([&] { return post.webhook_queue.untaken() == 0; });
  }
}

BOOST_AUTO_TEST_SUITE_END()
