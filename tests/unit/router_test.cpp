#include "engine/pipeline/router.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <vector>

using namespace innkeeper;
using pipeline::Found;
using pipeline::Router;

namespace {

Result<Nothing> do_nothing(Transaction&, const Context&, const Nothing&) { return Nothing{}; }
constexpr Operation<Nothing, Nothing> nothing{"test.nothing", Access::read, do_nothing};
Result<Nothing> read_nothing(const Call&) { return Nothing{}; }
void write_nothing(const Nothing&, const Context&, Response&) {}
constexpr const Handler& handler = serve<nothing, read_nothing, write_nothing>;

constexpr std::array<Route, 6> phone_routes{{
    {Method::get, "/rooms", handler, "List"},
    {Method::post, "/rooms", handler, "Create"},
    {Method::get, "/rooms/{room_id}", handler, "Find"},
    {Method::put, "/rooms/lobby", handler, "Change the lobby"},
    {Method::get, "/rooms/{room}/tokens/{token}", handler, "Find a token"},
    {Method::get, "/rooms/lobby/guests", handler, "Guests of the lobby"},
}};
constexpr std::array<PathFamily, 1> phone_family{{{"/rooms"}}};
constexpr Dialect phone{.name = "phone", .title = "Phone", .routes = phone_routes, .path_families = phone_family};
constexpr Dialect lenient{
    .name = "lenient", .title = "", .routes = phone_routes, .path_families = phone_family, .ignores_trailing_slash = true};
constexpr std::array<PathFamily, 1> root_family{{{""}}};
constexpr Dialect root{.name = "root", .title = "", .routes = {}, .path_families = root_family};

Router router_of(std::vector<Mount> mounts) {
  mounts.push_back({.dialect = &root});
  return Router::build(std::move(mounts)).value();
}
Found find(const Router& router, Method method, std::string_view path) { return router.find(method, path, "localhost", ""); }
std::string summary(const Found& found) { return found.route != nullptr ? std::string{found.route->summary} : "none"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(router)

BOOST_AUTO_TEST_CASE(a_route_is_found_by_method_and_path) {
  const auto router = router_of({{.dialect = &phone}});
  BOOST_TEST(summary(find(router, Method::get, "/rooms")) == "List");
  BOOST_TEST(summary(find(router, Method::post, "/rooms")) == "Create");
  const auto found = find(router, Method::get, "/rooms/7/tokens/a%2Fb");
  BOOST_TEST(summary(found) == "Find a token");
  BOOST_TEST(found.path["room"] == "7");
  BOOST_TEST(found.path["token"] == "a/b");
  BOOST_TEST(found.path["absent"] == "");
}

BOOST_AUTO_TEST_CASE(a_static_segment_without_the_method_gives_way_to_a_parameter_where_a_dialect_wants_it) {
  auto guests = phone;
  const auto strict = router_of({{.dialect = &guests}});
  BOOST_TEST(summary(find(strict, Method::get, "/rooms/lobby")) == "none");
  BOOST_TEST(find(strict, Method::get, "/rooms/lobby").allow == "PUT");
  guests.tries_parameters = true;
  const auto router = router_of({{.dialect = &guests}});
  const auto found = find(router, Method::get, "/rooms/lobby");
  BOOST_TEST(summary(found) == "Find");
  BOOST_TEST(found.path["room_id"] == "lobby");
  BOOST_TEST(summary(find(router, Method::head, "/rooms/lobby")) == "Find");
  BOOST_TEST(summary(find(router, Method::put, "/rooms/lobby")) == "Change the lobby");
  BOOST_TEST(summary(find(router, Method::get, "/rooms/lobby/guests")) == "Guests of the lobby");
  // Neither has it: both say which there are.
  BOOST_TEST(find(router, Method::post, "/rooms/lobby").allow == "GET, PUT");
}

BOOST_AUTO_TEST_CASE(the_longest_path_family_says_how_callers_prove_who_they_are) {
  static constexpr AuthenticationScheme usual{.name = "usual"};
  static constexpr AuthenticationScheme own{.name = "own"};
  static constexpr PathFamily lands[] = {{.prefix = "/rooms"}, {.prefix = "/rooms/lobby", .scheme = &own}};
  auto guests = phone;
  guests.scheme = &usual;
  guests.path_families = lands;
  const auto router = router_of({{.dialect = &guests, .prefix = "/below"}});
  const auto scheme = [&](Method method, std::string_view path) {
    const auto found = find(router, method, path);
    return found.scheme != nullptr ? found.scheme->name : "none";
  };
  BOOST_TEST(scheme(Method::get, "/below/rooms") == "usual");
  BOOST_TEST(scheme(Method::put, "/below/rooms/lobby") == "own");
  BOOST_TEST(scheme(Method::get, "/below/rooms/lobby/guests") == "own");
  // It is the route's path that counts, not the request's: this one is about the room `lobby`.
  BOOST_TEST(scheme(Method::get, "/below/rooms/lobby/tokens/3") == "usual");
  BOOST_TEST(scheme(Method::get, "/below/rooms/unknown/path/of/it") == "usual");
  BOOST_TEST(scheme(Method::get, "/below/rooms/lobby/unknown/path") == "own");
  BOOST_TEST(scheme(Method::get, "/elsewhere") == "none");
}

BOOST_AUTO_TEST_CASE(a_head_goes_to_the_get_route) {
  const auto router = router_of({{.dialect = &phone}});
  BOOST_TEST(summary(find(router, Method::head, "/rooms")) == "List");
}

BOOST_AUTO_TEST_CASE(static_segments_win_and_parameters_take_the_rest) {
  const auto router = router_of({{.dialect = &phone}});
  BOOST_TEST(summary(find(router, Method::put, "/rooms/lobby")) == "Change the lobby");
  BOOST_TEST(summary(find(router, Method::get, "/rooms/lobby/guests")) == "Guests of the lobby");
  BOOST_TEST(summary(find(router, Method::get, "/rooms/lobby/tokens/1")) == "Find a token");
}

BOOST_AUTO_TEST_CASE(an_unknown_path_and_an_unknown_method_are_told_apart) {
  const auto router = router_of({{.dialect = &phone}});
  const auto unknown = find(router, Method::get, "/rooms/1/2");
  BOOST_TEST(summary(unknown) == "none");
  BOOST_TEST(unknown.allow == "");
  BOOST_TEST(unknown.dialect->name == "phone");
  const auto other = find(router, Method::del, "/rooms");
  BOOST_TEST(summary(other) == "none");
  BOOST_TEST(other.allow == "GET, POST");
  BOOST_TEST(find(router, Method::other, "/rooms").allow == "GET, POST");
  BOOST_TEST(find(router, Method::get, "/roomsfoo").dialect->name == "root");
  BOOST_TEST(find(router, Method::get, "no slash").dialect->name == "root");
}

BOOST_AUTO_TEST_CASE(an_empty_segment_is_no_parameter) {
  const auto router = router_of({{.dialect = &phone}});
  for (auto path : {"/rooms/", "/rooms//tokens/1", "/rooms/1/tokens/"})
    BOOST_TEST(summary(find(router, Method::get, path)) == "none");
}

BOOST_AUTO_TEST_CASE(a_trailing_slash_counts_unless_the_dialect_ignores_it) {
  BOOST_TEST(summary(find(router_of({{.dialect = &phone}}), Method::get, "/rooms/7/")) == "none");
  const auto router = router_of({{.dialect = &lenient, .prefix = "/a/b"}});
  const auto found = find(router, Method::get, "/a/b/rooms/7/");
  BOOST_TEST(summary(found) == "Find");
  BOOST_TEST(found.path["room_id"] == "7");
  BOOST_TEST(summary(find(router, Method::get, "/a/b/rooms/7//")) == "none");
}

BOOST_AUTO_TEST_CASE(broken_percent_encoding_and_absurd_depth_are_unknown_paths) {
  const auto router = router_of({{.dialect = &phone}});
  BOOST_TEST(summary(find(router, Method::get, "/rooms/%zz")) == "none");
  std::string deep{"/rooms"};
  for (int i = 0; i < 4'000; ++i) deep += "/a";
  BOOST_TEST(summary(find(router, Method::get, deep)) == "none");
  BOOST_TEST(find(router, Method::get, "/rooms/%00").path["room_id"] == std::string_view("\0", 1));
}

BOOST_AUTO_TEST_CASE(a_mount_may_ask_for_a_prefix_a_host_or_a_listener) {
  const auto router = router_of({{.dialect = &phone, .prefix = "/phone"},
                                 {.dialect = &lenient, .host = "rooms.example"},
                                 {.dialect = &phone, .listener = "unix:/run/x"}});
  BOOST_TEST(summary(router.find(Method::get, "/phone/rooms/9", "x", "")) == "Find");
  BOOST_TEST(router.find(Method::get, "/phone/rooms/9", "x", "").path["room_id"] == "9");
  BOOST_TEST(summary(router.find(Method::get, "/rooms", "x", "")) == "none");
  BOOST_TEST(router.find(Method::get, "/rooms", "ROOMS.example", "").dialect->name == "lenient");
  BOOST_TEST(router.find(Method::get, "/rooms", "x", "unix:/run/x").dialect->name == "phone");
}

BOOST_AUTO_TEST_CASE(the_prefix_of_a_mount_alone_is_its_root) {
  constexpr std::array<Route, 1> front_routes{{{Method::get, "/", handler, "Front"}}};
  const Dialect front{.name = "front", .title = "", .routes = front_routes, .path_families = {}};
  const auto router = router_of({{.dialect = &front, .prefix = "/a"}});
  for (const auto path : {"/a", "/a/"}) BOOST_TEST(summary(find(router, Method::get, path)) == "Front");
  for (const auto path : {"/", "/a//", "/ab"}) BOOST_TEST(summary(find(router, Method::get, path)) == "none");
  BOOST_TEST(summary(find(router_of({{.dialect = &front}}), Method::get, "/")) == "Front");
}

BOOST_AUTO_TEST_CASE(two_dialects_on_one_path_are_named) {
  const std::vector<Mount> mounts{{.dialect = &phone}, {.dialect = &lenient}};
  const auto router = Router::build(mounts);
  BOOST_REQUIRE(!router);
  BOOST_CHECK(router.error().reason == Reason{"routes.collide"});
  BOOST_TEST(router.error().detail == "phone and lenient both serve GET /rooms");
}

BOOST_AUTO_TEST_SUITE_END()
