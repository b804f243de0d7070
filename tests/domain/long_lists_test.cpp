#include <innkeeper/field_names.hpp>
#include <innkeeper/json/parse.hpp>

#include "tests/domain/site.hpp"

#include "engine/crypto/digest.hpp"

#include <set>

/// Lists that a contract wants whole: they come in pieces, and what is in them is right whatever happens in between.
namespace innkeeper::tests {

using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;
constexpr int in_several_pieces = 700;
/// A piece ends with the row that brings it here, and rows are written somewhat longer than they are stored.
constexpr std::size_t longest_piece = 512 * 1024;

/// A site that is asked by every contract.
struct Library : Site {
  explicit Library(const Backend& backend) : Site(backend) {
    reopen();
    const auto clerk = fixture.make_operator(tenant.id);
    token =
        fixture.call(access_tokens::issue, host, {.name = "clerk", .secret = clerk.secret, .tenant = tenant.uid}).value().token;
  }

  Request request(const std::string& target) const {
    const auto basic = "Basic " + crypto::base64_encode(guest.app.uid + ":" + guest.secret);
    return {.target = target, .headers = {{header::authorization, basic}, {"X-Auth-Token", token}}};
  }
  /// As a front end gets it: the body begins, and may go on.
  Response begin(const std::string& target) const {
    Response response;
    fixture.engine->submit(request(target), [&](Response got) { response = std::move(got); });
    BOOST_TEST(response.status == 200, response.body);
    return response;
  }
  /// Takes the rest, and sees to it that no piece is large.
  static std::string finish(Response response) {
    BOOST_TEST(response.body.size() <= longest_piece);
    if (!response.feed) return response.body;
    BOOST_TEST(response.feed->has_end());
    while (!response.feed->is_over()) {
      const auto piece = response.feed->take();
      BOOST_TEST(piece.size() <= longest_piece);
      response.body += piece;
    }
    BOOST_TEST(!response.feed->is_cut());
    return response.body;
  }
  /// What each element of a list says of something.
  static Texts told(const std::string& body, std::string_view list, std::string_view what) {
    const auto document = json::parse(body, json::max_depth_inside);
    BOOST_TEST_REQUIRE(document.has_value(), "it is whole JSON");
    Texts texts;
    for (const auto each : (list.empty() ? document->root() : *document->root().find(list)).elements())
      texts.push_back(each.find(what)->to_json().text);
    return texts;
  }
  Texts rooms(Response response) const { return told(finish(std::move(response)), "rooms", "room_id"); }
  Texts calls(const std::string& target) const { return told(finish(begin(target)), "cdr", "conf_num"); }

  /// A session with so many calls that ended with it, all at one moment.
  void put_session(const std::string& uid, const std::string& room, int count) {
    const auto now = fixture.clock.now();
    Session session{.tenant = tenant.id, .app = guest.app.id, .uid = uid, .room_uid = room, .state = SessionState::ended};
    session.started_at = session.ended_at = session.created_at = now;
    store_row(session);
    put(count, Participation{.session = session.id, .joined_at = now, .closed_at = now});
    store_row(
        Recording{.tenant = tenant.id, .app = guest.app.id, .session = session.id, .url = "https://files.example.net/" + uid});
    fixture.clock.advance(1s);
  }
  template <class E>
  void store_row(E&& row) const {
    const auto done = fixture.run(Access::write, host, [&](Transaction& tx, const Context&) -> Result<Nothing> {
      if (auto stored = tx.insert(row); !stored) return stored.error();
      return Nothing{};
    });
    BOOST_TEST_REQUIRE(why(done) == "ok");
  }

  std::string token;
};

const std::string all_rooms = "/video/v2/rooms";

bool is_each_once(const Texts& texts) { return std::set<std::string>(texts.begin(), texts.end()).size() == texts.size(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(long_lists)

BOOST_DATA_TEST_CASE(a_long_list_comes_in_pieces_each_of_which_reads_few_rows, counting_stores(), backend) {
  Library library{backend};
  library.put(in_several_pieces, Room{.name = "hall"});
  auto response = library.begin(all_rooms);
  BOOST_TEST_REQUIRE(response.feed != nullptr);
  library.store().forget();
  const auto rooms = library.rooms(std::move(response));
  BOOST_TEST(library.store().most_looked_at() <= 600);
  BOOST_TEST(rooms.size() == std::size_t{in_several_pieces});
  BOOST_TEST(is_each_once(rooms));
}

BOOST_DATA_TEST_CASE(those_in_a_room_come_in_pieces_session_by_session, counting_stores(), backend) {
  Library library{backend};
  const auto& guest = library.guest;
  const auto now = library.fixture.clock.now();
  Room room{.tenant = guest.app.tenant, .app = guest.app.id, .uid = "hall", .name = "hall", .is_live = true};
  library.store_row(room);
  int in_all = 0;
  for (const int here : {in_several_pieces, 0, 256, 3}) {
    Session session{.tenant = guest.app.tenant,
                    .app = guest.app.id,
                    .uid = "s" + std::to_string(here),
                    .room = room.id,
                    .room_uid = "hall",
                    .state = SessionState::running};
    library.store_row(session);
    const auto joined = library.fixture.run(Access::write, host, [&](Transaction& tx, const Context&) -> Result<Nothing> {
      for (int i = 0; i < here + 2; ++i) {
        const auto name = std::to_string(in_all + i);
        Participation who{.tenant = session.tenant,
                          .app = session.app,
                          .session = session.id,
                          .uid = "p" + name,
                          .user_ref = i < here ? name : "left",
                          .joined_at = now};
        if (i == here) who.left_at = who.closed_at = now;
        if (i == here + 1) who.left_at = now;
        if (auto stored = tx.insert(who); !stored) return stored.error();
      }
      return Nothing{};
    });
    BOOST_TEST_REQUIRE(why(joined) == "ok");
    in_all += here;
  }
  auto response = library.begin(all_rooms + "/hall/users");
  BOOST_TEST_REQUIRE(response.feed != nullptr);
  BOOST_TEST(response.body.starts_with(R"({"result":0,"total":)" + std::to_string(in_all) + R"(,"users":[{)"));
  library.store().forget();
  const auto users = library.told(Library::finish(std::move(response)), "users", "user_ref");
  BOOST_TEST(library.store().most_looked_at() <= 600);
  BOOST_TEST(std::ssize(users) == in_all);
  BOOST_TEST(is_each_once(users));
}

BOOST_DATA_TEST_CASE(whoever_calls_directly_gets_it_in_one, counting_stores(), backend) {
  Library library{backend};
  library.put(in_several_pieces, Room{.name = "hall"});
  const auto whole = library.fixture.engine->handle(library.request(all_rooms));
  BOOST_TEST((whole.feed == nullptr));
  BOOST_TEST(whole.body == Library::finish(library.begin(all_rooms)));
}

BOOST_DATA_TEST_CASE(a_short_list_is_one_body, counting_stores(), backend) {
  Library library{backend};
  library.put(20, Room{.name = "hall"});
  BOOST_TEST((library.begin(all_rooms).feed == nullptr));
}

BOOST_DATA_TEST_CASE(what_comes_and_goes_meanwhile_neither_repeats_nor_hides_anything, counting_stores(), backend) {
  Library library{backend};
  library.put(in_several_pieces, Room{.name = "hall"});
  const auto before = library.rooms(library.begin(all_rooms));
  auto response = library.begin(all_rooms);
  // What was told last is gone when the next piece begins behind it, and so is something that was not yet told.
  const auto first = library.told(response.body + "]}", "rooms", "room_id");
  const auto uid_of = [](const std::string& quoted) { return quoted.substr(1, quoted.size() - 2); };
  for (const auto& gone : {first.back(), before.back()})
    library.fixture.call(rooms::remove, library.guest.who, {.ref = uid_of(gone)}).value();
  library.put(1, Room{.name = "new"});
  auto expected = before;
  expected.pop_back();
  auto rooms = library.rooms(std::move(response));
  BOOST_TEST(rooms.size() == expected.size() + 1);
  rooms.pop_back();
  BOOST_TEST(rooms == expected, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(who_is_not_let_in_any_more_gets_no_further, counting_stores(), backend) {
  Library library{backend};
  library.put(in_several_pieces, Room{.name = "hall"});
  const auto response = library.begin(all_rooms);
  BOOST_TEST_REQUIRE(response.feed != nullptr);
  library.fixture.call(apps::update, host, {.ref = library.guest.app.id, .draft = {.status = AppStatus::suspended}}).value();
  BOOST_TEST(!response.feed->is_over());
  BOOST_TEST(response.feed->take() == "");
  BOOST_TEST(response.feed->is_over());
  BOOST_TEST(response.feed->is_cut());
}

BOOST_DATA_TEST_CASE(whose_key_is_revoked_gets_no_further, counting_stores(), backend) {
  Library library{backend};
  library.put(in_several_pieces, Room{.name = "hall"});
  const auto response = library.begin(all_rooms);
  BOOST_TEST_REQUIRE(response.feed != nullptr);
  library.fixture.call(keys::revoke, host, library.guest.who.key).value();
  BOOST_TEST(response.feed->take() == "");
  BOOST_TEST(response.feed->is_cut());
}

BOOST_DATA_TEST_CASE(a_list_under_way_outlives_its_engine_and_is_cut, counting_stores(), backend) {
  Library library{backend};
  library.put(in_several_pieces, Room{.name = "hall"});
  const auto response = library.begin(all_rooms);
  BOOST_TEST_REQUIRE(response.feed != nullptr);
  library.fixture.engine.reset();
  BOOST_TEST(response.feed->take() == "");
  BOOST_TEST(response.feed->is_cut());
}

BOOST_DATA_TEST_CASE(large_rows_make_short_pieces, counting_stores(), backend) {
  Library library{backend};
  const std::string data(15'000, 'x');
  library.put(40, Room{.name = "hall", .extras{R"({"enablex":{"data":{"text":")" + data + R"("}}})"}});
  const auto response = library.begin(all_rooms);
  BOOST_TEST_REQUIRE(response.feed != nullptr);
  BOOST_TEST(response.body.size() <= 100'000U);
  BOOST_TEST(library.rooms(response).size() == 40U);
}

BOOST_DATA_TEST_CASE(a_page_is_the_rooms_behind_those_before_it, counting_stores(), backend) {
  Library library{backend};
  library.put(250, Room{.name = "hall"});
  const auto all = library.rooms(library.begin(all_rooms));
  Texts paged;
  for (const auto* page : {"1", "2", "3", "4"})
    for (auto& each : library.rooms(library.begin(all_rooms + "?page_length=100&page=" + page))) paged.push_back(std::move(each));
  BOOST_TEST(paged == all, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_page_of_large_rooms_has_as_many_as_of_small_ones, counting_stores(), backend) {
  Library library{backend};
  const std::string data(15'000, 'x');
  library.put(30, Room{.name = "hall", .extras{R"({"enablex":{"data":{"text":")" + data + R"("}}})"}});
  const auto all = library.rooms(library.begin(all_rooms));
  const auto page = library.rooms(library.begin(all_rooms + "?page_length=20&page=1"));
  BOOST_TEST(page == Texts(all.begin(), all.begin() + 20), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(call_records_are_whole_however_they_are_asked_for, counting_stores(), backend) {
  Library library{backend};
  library.put_session("first", "hall", 300);
  library.put_session("elsewhere", "foyer", 10);
  library.put_session("second", "hall", 300);
  Texts expected(300, "\"first\"");
  expected.resize(600, "\"second\"");
  BOOST_TEST(library.calls("/video/v2/cdr/room/hall") == expected, boost::test_tools::per_element());
  BOOST_TEST(library.calls("/video/v2/cdr/conf/first") == Texts(300, "\"first\""), boost::test_tools::per_element());
  expected.insert(expected.begin() + 300, 10, "\"elsewhere\"");
  BOOST_TEST(library.calls("/video/v2/cdr/period/2000-01-01/2100-01-01") == expected, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_room_of_many_sessions_without_calls_is_read_to_its_end, counting_stores(), backend) {
  Library library{backend};
  library.put(600, Session{.room_uid = "hall", .state = SessionState::announced});
  library.put_session("last", "hall", 1);
  library.store().forget();
  BOOST_TEST(library.calls("/video/v2/cdr/room/hall") == Texts{"\"last\""}, boost::test_tools::per_element());
  BOOST_TEST(library.store().most_looked_at() <= 600);
}

BOOST_DATA_TEST_CASE(archives_are_whole_however_they_are_asked_for, counting_stores(), backend) {
  Library library{backend};
  Texts expected;
  for (int i = 0; i < 300; ++i) {
    const auto uid = "s" + std::to_string(i);
    library.put_session(uid, "hall", 0);
    expected.push_back('"' + uid + '"');
  }
  for (const auto* target : {"/video/v2/archive/period/2000-01-01/2100-01-01", "/video/v2/archive/room/hall"})
    BOOST_TEST(Library::told(Library::finish(library.begin(target)), "archive", "conf_num") == expected,
               boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(the_apps_of_a_tenant_are_whole_with_usage_and_without, counting_stores(), backend) {
  Library library{backend};
  library.put(in_several_pieces, App{.name = "app"});
  const auto target = "/tenants/" + library.tenant.uid + "/apps";
  for (const auto* query : {"", "?expandApps=true"}) {
    auto response = library.begin(target + query);
    BOOST_TEST((response.feed != nullptr));
    const auto apps = Library::told(Library::finish(std::move(response)), "", "id");
    BOOST_TEST(apps.size() == std::size_t{in_several_pieces} + 1);
    BOOST_TEST(is_each_once(apps));
  }
}

BOOST_DATA_TEST_CASE(a_page_ends_by_its_bytes_too_and_the_next_goes_on_behind_it, counting_stores(), backend) {
  Library library{backend};
  library.put(200, Member{.metadata{R"({"text":")" + std::string(16'000, 'x') + R"("})"}});
  PageRequest page_request{.limit = 500};
  std::vector<std::size_t> sizes;
  std::set<Id> seen;
  for (bool has_more = true; has_more;) {
    const auto page =
        library.fixture.call(members::list, library.guest.who, {.parent = library.guest.app.id, .page_request = page_request})
            .value();
    sizes.push_back(page.items.size());
    for (const auto& each : page.items) seen.insert(each.id);
    has_more = page.next.has_value();
    page_request.after = page.next;
  }
  BOOST_TEST(sizes.size() == 12U);
  BOOST_TEST(*std::max_element(sizes.begin(), sizes.end()) <= 18U);
  BOOST_TEST(seen.size() == 201U);
}

BOOST_DATA_TEST_CASE(a_part_with_a_number_reads_its_rows_only_and_tells_the_total, counting_stores(), backend) {
  Library library{backend};
  library.put(300, Member{.email = "one@of.many"});
  library.put(1, Member{.email = "another"});
  auto all = library.fixture.rows<Member>(Query<Member>{}.where(&Member::app, library.guest.app.id));
  const auto created_at = static_cast<std::uint8_t>(description_of<Member>.position(&Member::created_at));
  Listing wanted{.parent = library.guest.app.id};
  wanted.page_request.is_numbered = true;
  wanted.page_request.limit = 20;
  for (const bool is_descending : {false, true}) {
    if (is_descending) {
      wanted.page_request.order = {{created_at, true}, {0, true}};
      std::reverse(all.begin(), all.end());
    }
    for (const std::int64_t skip : {0, 40, 290, 400}) {
      wanted.page_request.skip = skip;
      library.store().forget();
      const auto page = library.fixture.call(members::list, library.guest.who, wanted).value();
      BOOST_TEST(library.store().most_looked_at() <= 25);
      BOOST_TEST(page.total == std::ssize(all));
      Texts got;
      Texts expected;
      for (const auto& each : page.items) got.push_back(each.uid);
      for (auto i = skip; i < std::min(skip + 20, std::ssize(all)); ++i) expected.push_back(all[static_cast<std::size_t>(i)].uid);
      BOOST_TEST(got == expected, boost::test_tools::per_element());
    }
  }
  // What no index leads to is looked for in all rows, and then the total is of what was found.
  wanted.page_request.skip = 0;
  wanted.page_request.filters = {
      {.column = static_cast<std::uint8_t>(description_of<Member>.position(&Member::email)), .value = "one@of.many"}};
  const auto page = library.fixture.call(members::list, library.guest.who, wanted).value();
  BOOST_TEST(page.total == 300);
  BOOST_TEST(page.items.size() == 20U);
}

BOOST_DATA_TEST_CASE(a_page_of_what_few_rows_meet_ends_by_the_bytes_looked_at, counting_stores(), backend) {
  Library library{backend};
  library.put(200, Member{.email = "one@of.many", .metadata{R"({"text":")" + std::string(16'000, 'x') + R"("})"}});
  Listing wanted{.parent = library.guest.app.id};
  wanted.page_request.filters = {
      {.column = static_cast<std::uint8_t>(description_of<Member>.position("email")), .value = "another"}};
  library.store().forget();
  int pages = 0;
  do {
    auto page = library.fixture.call(members::list, library.guest.who, wanted).value();
    BOOST_TEST(page.items.empty());
    wanted.page_request.after = page.next;
    ++pages;
  } while (wanted.page_request.after);
  BOOST_TEST(pages == 4);
  BOOST_TEST(library.store().most_looked_at() <= 75);
}

BOOST_DATA_TEST_CASE(a_page_of_what_few_rows_meet_ends_by_the_rows_looked_at, counting_stores(), backend) {
  Library library{backend};
  library.put(rows_looked_at, Member{.email = "one@of.many"});
  library.put(1, Member{.email = "another"});
  const Listing all{.parent = library.guest.app.id};
  const auto filter = [](std::string_view column, std::string value) {
    return Filter{.column = static_cast<std::uint8_t>(description_of<Member>.position(column)), .value = std::move(value)};
  };
  for (const auto* order : {"id", "created_at"})
    for (const bool is_descending : {false, true}) {
      auto wanted = all;
      wanted.page_request.sort = static_cast<std::uint8_t>(description_of<Member>.position(std::string_view{order}));
      wanted.page_request.is_descending = is_descending;
      wanted.page_request.filters = {filter("email", "another"), filter("status", "active")};
      library.store().forget();
      std::vector<Member> found;
      int pages = 0;
      do {
        auto page = library.fixture.call(members::list, library.guest.who, wanted).value();
        found.insert(found.end(), page.items.begin(), page.items.end());
        wanted.page_request.after = page.next;
        ++pages;
      } while (wanted.page_request.after);
      BOOST_TEST(pages == 2);
      BOOST_TEST(found.size() == 1U);
      BOOST_TEST(library.store().most_looked_at() <= rows_looked_at + 5);
    }
  // What an index leads to is found at once.
  auto named = all;
  named.page_request.filters = {
      filter("uid", library.fixture.rows<Member>(Query<Member>{}.where(&Member::email, "another")).front().uid)};
  library.store().forget();
  const auto page = library.fixture.call(members::list, library.guest.who, named).value();
  BOOST_TEST(page.items.size() == 1U);
  BOOST_TEST(!page.next.has_value());
  BOOST_TEST(library.store().most_looked_at() <= 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
