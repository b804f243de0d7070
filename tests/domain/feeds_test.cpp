#include "tests/domain/fixture.hpp"

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/operations/feeds.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

/// Answers that go on: an app's events, as they are stored.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t most_in_one_read = 2;

Result<events::FeedPosition> read_position(const Call& call) {
  events::FeedPosition position{.app = std::string{call.path["app"]}};
  if (const auto after = call.request.headers.find(header::last_event_id)) position.after = Id{std::stoll(std::string{*after})};
  return position;
}
void write_head(const events::FeedStart&, const Context&, Response& response) {
  response.headers.add(header::content_type, "text/event-stream");
}
FeedSource follow(const events::FeedPosition&, const events::FeedStart& start) {
  return {.app = start.app,
          .read = [app = start.app, last = start.after](Transaction& tx, const Context& context,
                                                        bool& has_more) mutable -> Result<std::string> {
            auto next = events::follow(tx, context, {.app = app, .after = last, .limit = most_in_one_read});
            if (!next) return next.error();
            std::string text;
            for (const auto& event : next->events) {
              text += event.type + " ";
              last = event.id;
            }
            has_more = last < next->last;
            return text;
          }};
}

Credentials read_credentials(const Request& request) {
  return {.scheme = "key", .secret = std::string{request.headers.find("X-Key").value_or("")}};
}
Result<Principal> authenticate(Transaction& tx, const Context& context, const Credentials& presented, const Params&) {
  return keys::authenticate(tx, context, presented.secret, presented.address);
}
constexpr AuthenticationScheme scheme{.name = "key", .read_credentials = read_credentials, .authenticate = authenticate};
void render_error(const Error& error, const Context&, Response& response) {
  response.status = 400;
  response.body = std::string{error.reason.name};
}
constexpr Route routes[] = {{.method = Method::get,
                             .path = "/apps/{app}/events",
                             .handler = serve_feed<events::open_feed, read_position, write_head, follow>,
                             .summary = "Follow an app's events",
                             .needs = {Scope::events_read, AccessLevel::app}}};
constexpr PathFamily path_families[] = {{"/apps"}};
constexpr Dialect wire{.name = "wire",
                       .title = "Wire",
                       .routes = routes,
                       .path_families = path_families,
                       .scheme = &scheme,
                       .render_error = render_error};

}  // namespace

struct Listener {
  explicit Listener(const Backend& backend) : fixture(backend, {}, {{.dialect = &wire}}) {}

  Response ask(const Fixture::AppLogin& whose, const std::string& secret, std::optional<Id> after = {}) const {
    Request request{.target = "/apps/" + whose.app.uid + "/events", .headers = {{"X-Key", secret}}};
    if (after) request.headers.add(header::last_event_id, std::to_string(number(*after)));
    return fixture.engine->handle(request);
  }
  std::shared_ptr<Feed> listen(std::optional<Id> after = {}) const {
    const auto response = ask(guest, guest.secret, after);
    BOOST_TEST_REQUIRE(response.body == "");
    BOOST_TEST_REQUIRE((response.feed != nullptr));
    return response.feed;
  }
  void cause() const { fixture.call(rooms::create, host, {.parent = guest.app.id}).value(); }
  Event newest() const { return fixture.rows<Event>().back(); }
  events::FeedStart begin(std::optional<Id> after, std::optional<Instant> stored_at = {}) const {
    return fixture.call(events::open_feed, host, {.app = guest.app.id, .after = after, .stored_at = stored_at}).value();
  }

  Fixture fixture;
  Tenant tenant = fixture.make_tenant();
  Fixture::AppLogin guest = fixture.make_app(tenant.id);
};

BOOST_AUTO_TEST_SUITE(feeds)

BOOST_DATA_TEST_CASE(a_feed_begins_now_or_after_an_event, stores(), backend) {
  const Listener listener{backend};
  listener.cause();
  const auto begin = listener.fixture.rows<Event>().at(0).id;
  const auto member = listener.fixture.call(members::create, host, {.parent = listener.guest.app.id}).value();
  const auto now = listener.listen();
  const auto replaying = listener.listen(begin);
  listener.cause();
  BOOST_TEST(now->take() == "room.created ");
  BOOST_TEST(now->take() == "");
  BOOST_TEST(replaying->take() == "member.created room.created ");
  BOOST_TEST(replaying->take() == "");
}

BOOST_DATA_TEST_CASE(a_position_that_was_never_given_is_void_and_the_feed_goes_on_from_now, stores(), backend) {
  const Listener listener{backend};
  listener.cause();
  const auto newest = listener.newest();
  const auto other = listener.fixture.make_app(listener.tenant.id);
  listener.fixture.call(rooms::create, host, {.parent = other.app.id}).value();
  for (const auto id : {Id{99'999}, Id{-1}, listener.newest().id}) {
    const auto start = listener.begin(id);
    BOOST_TEST(start.is_void);
    BOOST_TEST(start.after == newest.id);
    BOOST_TEST(start.stored_at == newest.created_at);
  }
  const auto feed = listener.listen(Id{99'999});
  listener.cause();
  BOOST_TEST(feed->take() == "room.created ");
}

BOOST_DATA_TEST_CASE(a_position_of_another_database_is_void_though_its_id_was_given_here_too, stores(), backend) {
  const Listener listener{backend};
  listener.cause();
  const auto event = listener.newest();
  listener.cause();
  const auto same = listener.begin(event.id, event.created_at);
  BOOST_TEST(!same.is_void);
  BOOST_TEST(same.after == event.id);
  BOOST_TEST(same.stored_at == event.created_at);
  BOOST_TEST(listener.begin(event.id, event.created_at + 1us).is_void);
}

BOOST_DATA_TEST_CASE(a_position_whose_event_was_cleared_away_is_void, stores(), backend) {
  Listener listener{backend};
  listener.cause();
  const auto gone = listener.newest().id;
  const auto present = listener.listen(gone);
  listener.cause();
  BOOST_TEST(!listener.begin(gone).is_void);
  BOOST_TEST(present->take() == "room.created ");
  listener.fixture.clock.advance(listener.fixture.engine->limits().keep_events + 1us);
  listener.fixture.engine->webhook_queue().maintain();
  BOOST_TEST(listener.fixture.rows<Event>().size() == 0U);
  BOOST_TEST(listener.begin(gone).is_void);
  BOOST_TEST(listener.begin(gone).after == Id::none);
  BOOST_TEST(!listener.begin(Id::none).is_void);
  listener.cause();
  BOOST_TEST(listener.begin(gone).after == listener.newest().id);
  BOOST_TEST(present->take() == "room.created ", "whoever was there has missed nothing");
}

BOOST_DATA_TEST_CASE(a_feed_is_woken_by_a_commit_of_its_app, stores(), backend) {
  const Listener listener{backend};
  const auto other = listener.fixture.make_app(listener.tenant.id);
  const auto feed = listener.listen();
  int woken = 0;
  feed->when_ready([&] { ++woken; });
  BOOST_TEST(woken == 1);  // there may have been something before it was asked
  BOOST_TEST(feed->take() == "");
  feed->when_ready([&] { ++woken; });
  listener.fixture.call(rooms::create, host, {.parent = other.app.id}).value();
  BOOST_TEST(woken == 1);
  listener.cause();
  BOOST_TEST(woken == 2);
  listener.cause();
  BOOST_TEST(woken == 2);
  BOOST_TEST(feed->take() == "room.created room.created ");
}

BOOST_DATA_TEST_CASE(a_commit_that_failed_wakes_nobody, stores(), backend) {
  const Listener listener{backend};
  const auto feed = listener.listen();
  feed->take();
  bool is_woken = false;
  feed->when_ready([&] { is_woken = true; });
  const auto undone = listener.fixture.run(Access::write, host, [&](Transaction& tx, const Context& context) -> Result<void> {
    BOOST_TEST(rooms::create(tx, context, {.parent = listener.guest.app.id}).has_value());
    return Error{Errc::conflict};
  });
  BOOST_TEST(!undone.has_value());
  BOOST_TEST(!is_woken);
}

BOOST_DATA_TEST_CASE(what_does_not_fit_into_one_read_follows_at_once, stores(), backend) {
  const Listener listener{backend};
  const auto feed = listener.listen();
  feed->take();
  bool is_woken = false;
  feed->when_ready([&] { is_woken = true; });
  // As another process would store it: nobody here is told.
  const auto& app = listener.guest.app;
  listener.fixture.store
      ->run(Access::write,
            [&](Transaction& tx) -> Result<void> {
              for (const auto* uid : {"1", "2", "3"}) {
                Event event{.tenant = app.tenant, .app = app.id, .uid = uid, .type = uid};
                if (auto stored = tx.insert(event); !stored) return stored;
              }
              return {};
            })
      .value();
  BOOST_TEST(!is_woken);
  BOOST_TEST(feed->take() == "1 2 ");
  BOOST_TEST(is_woken);
  BOOST_TEST(feed->take() == "3 ");
}

BOOST_DATA_TEST_CASE(what_another_process_stores_shows_when_the_engine_is_maintained, stores(), backend) {
  const Listener listener{backend};
  const auto feed = listener.listen();
  feed->take();
  bool is_woken = false;
  feed->when_ready([&] { is_woken = true; });
  listener.fixture.engine->webhook_queue().maintain();
  BOOST_TEST(is_woken);
}

BOOST_DATA_TEST_CASE(a_feed_ends_when_its_caller_is_not_welcome_any_more, stores(), backend) {
  const Listener listener{backend};
  const auto feed = listener.listen();
  BOOST_TEST(feed->take() == "");
  BOOST_TEST(!feed->is_over());
  listener.fixture.call(keys::revoke, host, listener.guest.who.key).value();
  listener.cause();
  BOOST_TEST(feed->take() == "");
  BOOST_TEST(feed->is_over());
  bool is_woken = false;
  feed->when_ready([&] { is_woken = true; });
  BOOST_TEST(is_woken);
}

BOOST_DATA_TEST_CASE(a_silent_feed_says_that_it_is_there, stores(), backend) {
  Listener listener{backend};
  const auto feed = listener.listen();
  listener.fixture.clock.advance(15s - 1us);
  BOOST_TEST(feed->take() == "");
  listener.fixture.clock.advance(1us);
  BOOST_TEST(feed->take() == ":\n\n");
  BOOST_TEST(feed->take() == "");
  listener.fixture.clock.advance(10s);
  listener.cause();
  BOOST_TEST(feed->take() == "room.created ");
  listener.fixture.clock.advance(10s);
  BOOST_TEST(feed->take() == "");
}

BOOST_DATA_TEST_CASE(a_feed_ends_with_its_engine_and_may_outlive_it, stores(), backend) {
  Listener listener{backend};
  const auto feed = listener.listen();
  feed->take();
  bool is_woken = false;
  feed->when_ready([&] { is_woken = true; });
  listener.fixture.engine.reset();
  BOOST_TEST(is_woken);
  BOOST_TEST(feed->is_over());
  BOOST_TEST(feed->take() == "");
}

BOOST_DATA_TEST_CASE(a_key_has_so_many_feeds_open_at_a_time_and_one_that_is_let_go_makes_room, stores(), backend) {
  const Listener listener{backend};
  std::vector<std::shared_ptr<Feed>> open;
  for (std::size_t i = 0; i < listener.fixture.engine->limits().feeds_per_key; ++i) open.push_back(listener.listen());
  const auto refused = listener.ask(listener.guest, listener.guest.secret);
  BOOST_TEST(!refused.feed);
  BOOST_TEST(refused.body == "feeds.too_many");
  BOOST_TEST(refused.headers.find(header::retry_after).value_or("") == "5");
  const auto other_key = listener.fixture.make_key(listener.guest.app.id, {.scopes = "*"});
  BOOST_TEST((listener.ask(listener.guest, other_key.secret).feed != nullptr), "another key has places of its own");
  open.pop_back();
  open.push_back(listener.listen());
  BOOST_TEST(!listener.ask(listener.guest, listener.guest.secret).feed);
}

BOOST_DATA_TEST_CASE(an_app_has_so_many_feeds_open_with_all_its_keys_and_one_that_ended_makes_room, stores(), backend) {
  const Listener listener{backend};
  const auto& limits = listener.fixture.engine->limits();
  std::vector<Fixture::KeyLogin> keys;
  std::vector<std::shared_ptr<Feed>> open;
  while (open.size() < limits.feeds_per_app) {
    keys.push_back(listener.fixture.make_key(listener.guest.app.id, {.scopes = "*"}));
    for (std::size_t i = 0; i < limits.feeds_per_key && open.size() < limits.feeds_per_app; ++i) {
      open.push_back(listener.ask(listener.guest, keys.back().secret).feed);
      BOOST_TEST_REQUIRE((open.back() != nullptr));
    }
  }
  BOOST_TEST(listener.ask(listener.guest, listener.guest.secret).body == "feeds.too_many");
  const auto other = listener.fixture.make_app(listener.tenant.id);
  BOOST_TEST((listener.ask(other, other.secret).feed != nullptr), "another app has places of its own");
  listener.fixture.call(keys::revoke, host, keys.front().key.id).value();
  open.front()->take();
  BOOST_TEST_REQUIRE(open.front()->is_over());
  const auto next = listener.ask(listener.guest, listener.guest.secret);
  BOOST_TEST((next.feed != nullptr), "the place of a feed that ended is free, though its owner keeps it");
  BOOST_TEST(listener.ask(listener.guest, listener.guest.secret).body == "feeds.too_many");
}

BOOST_DATA_TEST_CASE(no_wake_up_is_lost_while_others_write, stores(), backend) {
  const Listener listener{backend};
  constexpr int count = 600;
  const auto feed = listener.listen();
  std::thread writer([&] {
    for (int i = 0; i < count; ++i) listener.cause();
  });
  std::mutex mutex;
  std::condition_variable changed;
  bool is_ready = false;
  std::size_t seen = 0;
  const std::size_t all = count * std::string_view{"room.created "}.size();
  while (seen < all) {
    feed->when_ready([&] {
      const std::lock_guard lock(mutex);
      is_ready = true;
      changed.notify_one();
    });
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, 30s, [&] { return is_ready; })) break;
    is_ready = false;
    lock.unlock();
    seen += feed->take().size();
  }
  writer.join();
  BOOST_TEST(seen == all);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
