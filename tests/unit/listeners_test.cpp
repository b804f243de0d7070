#include "engine/pipeline/listeners.hpp"

#include <boost/test/unit_test.hpp>

using namespace innkeeper;
using namespace innkeeper::pipeline;

namespace {

class CountingListener final : public Listener {
 public:
  void wake() override { ++woken; }
  int woken = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(listeners)

BOOST_AUTO_TEST_CASE(an_event_reaches_the_listeners_of_its_app_and_touches_no_other) {
  Listeners all{10'000, 10'000};
  std::vector<std::shared_ptr<CountingListener>> others;
  for (int i = 0; i < 1'000; ++i) {
    others.push_back(std::make_shared<CountingListener>());
    BOOST_REQUIRE(all.add(Id{i % 100 + 10}, {Id{1}}, others.back()).has_value());
  }
  const auto mine = std::make_shared<CountingListener>();
  BOOST_REQUIRE(all.add(Id{7}, {Id{1}}, mine).has_value());
  const auto found = all.of(Id{7});
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST((found[0] == mine));
  BOOST_TEST(all.of(Id{10}).size() == 10U);
  BOOST_TEST(all.of(Id{8}).empty());
  BOOST_TEST(all.of(Id::none).size() == 1'001U);
}

BOOST_AUTO_TEST_CASE(a_key_and_an_app_have_so_many_places_and_those_that_are_left_are_free_again) {
  Listeners all{2, 3};
  std::vector<std::shared_ptr<CountingListener>> kept;
  const auto add = [&](Id app, Id key) {
    kept.push_back(std::make_shared<CountingListener>());
    return all.add(app, {key}, kept.back()).has_value();
  };
  BOOST_TEST(add(Id{1}, Id{1}));
  BOOST_TEST(add(Id{2}, Id{1}));
  BOOST_TEST(!add(Id{3}, Id{1}), "a key, in whichever apps");
  BOOST_TEST(add(Id{1}, Id{2}));
  BOOST_TEST(add(Id{1}, Id{3}));
  BOOST_TEST(!add(Id{1}, Id{4}), "an app, with whichever keys");
  BOOST_TEST(!add(Id{1}, Id::none));
  for (int i = 0; i < 3; ++i) BOOST_TEST(add(Id{4}, Id::none), "who has no key is bounded by the app alone");
  all.remove(Id{1}, kept[4].get());
  BOOST_TEST(!add(Id{3}, Id{1}), "one that was refused had no place to give back");
  all.remove(Id{1}, kept[0].get());
  all.remove(Id{1}, kept[0].get());
  BOOST_TEST(add(Id{1}, Id{1}));
  BOOST_TEST(!add(Id{3}, Id{1}), "a place is given back once");
}

BOOST_AUTO_TEST_CASE(a_member_has_as_many_places_as_a_key_and_takes_none_of_the_key_of_its_number) {
  Listeners all{2, 10};
  std::vector<std::shared_ptr<CountingListener>> kept;
  const auto add = [&](Id key, Id member) {
    kept.push_back(std::make_shared<CountingListener>());
    return all.add(Id{1}, {key, member}, kept.back());
  };
  for (int i = 0; i < 2; ++i) BOOST_TEST(add(Id::none, Id{7}).has_value());
  BOOST_TEST(add(Id::none, Id{7}).error().detail == "a member has 2 feeds open at a time at most");
  for (int i = 0; i < 2; ++i) BOOST_TEST(add(Id{7}, Id::none).has_value());
  BOOST_TEST(add(Id{7}, Id::none).error().detail == "a key has 2 feeds open at a time at most");
  BOOST_TEST(add(Id::none, Id{8}).has_value());
  all.remove(Id{1}, kept[0].get());
  BOOST_TEST(add(Id::none, Id{7}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
