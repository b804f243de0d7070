#include "tests/courier/postbox.hpp"
#include "tests/courier/server.hpp"

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
  const Id parcel = post.postbox.put({.url = server.url()});
  BOOST_REQUIRE(eventually([&] { return sphinx.asked() == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  post.courier.reset();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 1s));
  BOOST_TEST(eventually([&] { return sphinx.left() == 1; }));
  BOOST_TEST(post.postbox.receipts_of(parcel) == 0U);
}

BOOST_AUTO_TEST_CASE(a_server_that_says_nothing_holds_up_nobody_else) {
  Sphinx sphinx;
  Server silent(std::ref(sphinx));
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post;
  const Id held = post.postbox.put({.url = silent.url()});
  for (int i = 0; i < 20; ++i) BOOST_TEST(post.send(server.url()).status == 202);
  BOOST_TEST(post.postbox.receipts_of(held) == 0U);
}

BOOST_AUTO_TEST_CASE(no_more_are_under_way_than_allowed) {
  Sphinx sphinx;
  Server silent(std::ref(sphinx));
  CourierOptions options = Post::with_private();
  options.parallel = 3;
  options.timeout = 1s;
  Post post(options);
  std::vector<Id> parcels;
  for (int i = 0; i < 5; ++i) parcels.push_back(post.postbox.put({.url = silent.url()}));
  BOOST_REQUIRE(eventually([&] { return silent.connections() >= 1; }));
  std::this_thread::sleep_for(300ms);
  BOOST_TEST(post.postbox.untaken() == 2U);
  for (const Id parcel : parcels) BOOST_TEST(post.postbox.wait_for(parcel).fault == "timeout");
}

BOOST_AUTO_TEST_CASE(each_parcel_is_settled_once) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post;
  std::vector<Id> parcels;
  for (int i = 0; i < 100; ++i) parcels.push_back(post.postbox.put({.url = server.url() + "/" + std::to_string(i)}));
  for (const Id parcel : parcels) BOOST_TEST(post.postbox.wait_for(parcel).status == 202);
  post.courier.reset();
  for (const Id parcel : parcels) BOOST_TEST(post.postbox.receipts_of(parcel) == 1U);
  BOOST_TEST(listener.requests().size() == 100U);
}

BOOST_AUTO_TEST_CASE(an_exception_in_the_postbox_does_not_end_the_thread) {
  Listener listener(accepted);
  Server server(std::ref(listener));
  Post post;
  post.postbox.failures = 3;  // of the looks
  BOOST_TEST(eventually([&] { return post.postbox.failed == 3; }));
  BOOST_TEST(post.send(server.url()).status == 202);
  BOOST_TEST(post.line_beginning("courier.exception") == "courier.exception what=the store is out of order");

  Sphinx sphinx;
  Server silent(std::ref(sphinx));
  CourierOptions slow = Post::with_private();
  slow.interval = 1h;  // one look only: the next call of the postbox is the settling, or the tending
  slow.timeout = 2s;
  FakePostbox postbox;
  const Id parcel = postbox.put({.url = silent.url()});
  const auto courier = Courier::start(postbox, slow).value();
  BOOST_REQUIRE(eventually([&] { return sphinx.asked() == 1; }));
  postbox.failures = 100;
  BOOST_TEST(eventually([&] { return sphinx.left() == 1 && postbox.tendings() >= 4; }));
  BOOST_TEST(postbox.failed >= 3);
  BOOST_TEST(postbox.receipts_of(parcel) == 0U);
}

BOOST_AUTO_TEST_CASE(the_postbox_is_tended_about_once_a_second) {
  FakePostbox postbox;
  const auto courier = Courier::start(postbox, {.interval = 5ms}).value();
  std::this_thread::sleep_for(2'500ms);
  BOOST_TEST(postbox.tendings() >= 2);
  BOOST_TEST(postbox.tendings() <= 3);
}

BOOST_AUTO_TEST_CASE(the_log_says_what_became_of_a_parcel_and_none_of_what_is_in_it) {
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
