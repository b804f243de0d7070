#include "tests/dialects/parking_store.hpp"
#include "tests/dialects/privileges.hpp"

#include <innkeeper/dialects.hpp>
#include <innkeeper/field_names.hpp>
#include <innkeeper/model.hpp>
#include <innkeeper/schema/model.hpp>

#include "engine/base/records.hpp"
#include "engine/crypto/digest.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

using namespace innkeeper;
using namespace innkeeper::tests;

/// Who may change something is decided by the transaction that changes it: whatever is taken away while a write waits for its
/// turn is taken away from that write too.
namespace {

enum class Change : std::uint8_t {
  key_revoked,
  key_ended,
  key_rotated,  ///< And its grace is over.
  tenant_suspended,
  tenant_deleted,
  app_suspended,
  app_deleted,
  member_suspended,
};
constexpr std::array<std::string_view, 8> names_of_changes{
    "the key is revoked",      "the key's end passes",   "the key is rotated and its grace passes",
    "the tenant is suspended", "the tenant is deleted",  "the app is suspended",
    "the app is deleted",      "the member is suspended"};

/// A request of a contract other than the native one that changes something, as `Recipe`.
struct Mutation {
  const Dialect* dialect;
  Method method;
  std::string_view path;
  std::string_view target;
  std::string_view body{};
};
const Mutation mutations[] = {
    {&skyway, Method::post, "/v3/auth/tokens", "/v3/auth/tokens",
     R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"id":"default"},"name":"manager",)"
     R"("password":"{caller.secret}"}}},"scope":{"project":{"id":"{tenant.uid}"}}}})"},
    {&skyway, Method::del, "/v3/auth/tokens", "/v3/auth/tokens"},
    {&skyway, Method::post, "/tenants/{tenant_id}/apps", "/tenants/{tenant.uid}/apps", R"({"description":"new"})"},
    {&skyway, Method::put, "/tenants/{tenant_id}/apps/{app_id}", "/tenants/{tenant.uid}/apps/{app}", R"({"description":"new"})"},
    {&skyway, Method::del, "/tenants/{tenant_id}/apps/{app_id}", "/tenants/{tenant.uid}/apps/{app}"},
    {&skyway, Method::post, "/tenants/{tenant_id}/apps/{app_id}/secretkey", "/tenants/{tenant.uid}/apps/{app}/secretkey"},
    {&enablex, Method::post, "/rooms", "/video/v2/rooms", R"({"name":"new","owner_ref":"x"})"},
    {&enablex, Method::patch, "/rooms/{room_id}", "/video/v2/rooms/{room.uid}", R"({"name":"new"})"},
    {&enablex, Method::del, "/rooms/{room_id}", "/video/v2/rooms/{room.uid}"},
    {&enablex, Method::post, "/rooms/{room_id}/tokens", "/video/v2/rooms/{room.uid}/tokens",
     R"({"name":"new","role":"participant","user_ref":"x"})"},
};

/// An engine whose writes can be parked, and a request that waits to be made.
struct Scene {
  ParkingStore& parking;
  Fixture fixture;
  keys::Issued key{};
  Request request{};

  Scene() : Scene(std::make_unique<ParkingStore>()) {}
  explicit Scene(std::unique_ptr<ParkingStore> store) : parking(*store), fixture(std::move(store)) {}

  void change(Change what) {
    constexpr std::chrono::hours while_{1};
    const auto& mine = fixture.mine;
    const auto with = [&](const auto& operation, const auto& in) { fixture.engine->call(operation, fixture.host, in).value(); };
    switch (what) {
      case Change::key_revoked:
        return with(keys::revoke, Ref{key.key.id});
      case Change::key_ended:
        return fixture.clock.advance(while_);
      case Change::key_rotated:
        with(keys::rotate, Rotation{.ref = key.key.id, .grace = while_ / 2});
        return fixture.clock.advance(while_ / 2);
      case Change::tenant_suspended:
        return with(tenants::update, Edit<tenants::Draft>{.ref = mine.tenant, .draft = {.status = TenantStatus::suspended}});
      case Change::tenant_deleted:
        return with(tenants::remove, Removal{.ref = mine.tenant});
      case Change::app_suspended:
        return with(apps::update, Edit<apps::Draft>{.ref = mine.app, .draft = {.status = AppStatus::suspended}});
      case Change::app_deleted:
        return with(apps::remove, Removal{.ref = mine.app});
      case Change::member_suspended:
        return with(members::update,
                    Edit<members::Draft>{.ref = Ref{mine.ids.at("member")}, .draft = {.status = MemberStatus::suspended}});
    }
  }

  /// Everything that is stored, as text.
  std::string rows() {
    std::string text;
    auto read = parking.run(Access::read, [&](Transaction& tx) -> Result<void> {
      text = dump<Tenant, Operator, App, Key, AccessToken, Usage, Member, MemberToken, Device, Reading, Room, JoinToken,
                  StreamKey, Session, Participation, Recording, Audit, Event, Webhook, Delivery, StoredAnswer>(tx);
      return {};
    });
    BOOST_REQUIRE(read.has_value());
    return text;
  }

 private:
  template <class... Rows>
  static std::string dump(Transaction& tx) {
    std::string text;
    const auto append = [&]<class E>(E&& row) {
      for (const auto& cell : to_cells(row)) {
        text += cell.is_integer() ? std::to_string(cell.integer()) : std::string{cell.text()};
        text += '|';
      }
      text += '\n';
      return true;
    };
    (tx.each(Query<Rows>{}, append).value(), ...);
    return text;
  }
};

/// A key of the holder that may do what is needed and ends in an hour.
keys::Issued give_key(Fixture& fixture, const Holder& holder, std::string scopes) {
  return fixture.give_key(
      holder, {.scopes = std::move(scopes), .expires_at = std::optional{fixture.clock.now() + std::chrono::hours{1}}});
}

Request request_of(Scene& scene, const Route& route, const Recipe& recipe) {
  auto& fixture = scene.fixture;
  const auto holder = route.needs.level == AccessLevel::app      ? fixture.my_app
                      : route.needs.level == AccessLevel::tenant ? fixture.my_operator
                                                                 : fixture.root;
  scene.key = give_key(fixture, holder, std::string{name_of(route.needs.scope)});
  return {.method = route.method,
          .target = filled_with(route.path, fixture.mine),
          .headers = {{header::authorization, "Bearer " + scene.key.secret},
                      {header::content_type, "application/json"},
                      {header::x_request_id, "same"}},
          .body = filled_with(recipe.body, fixture.mine)};
}

Request request_of(Scene& scene, const Mutation& mutation) {
  auto& fixture = scene.fixture;
  scene.key = give_key(fixture, mutation.dialect == &enablex ? fixture.my_app : fixture.my_operator, "*");
  fixture.mine.secrets["caller"] = scene.key.secret;
  Request request{.method = mutation.method,
                  .target = filled_with(mutation.target, fixture.mine),
                  .headers = {{header::content_type, "application/json"}},
                  .body = filled_with(mutation.body, fixture.mine)};
  if (mutation.dialect == &enablex) {
    request.headers.add(header::authorization,
                        "Basic " + crypto::base64_encode(fixture.mine.uids.at("app") + ":" + scene.key.secret));
    return request;
  }
  const auto login = fixture.ask(Method::post, "/v3/auth/tokens", {}, filled_with(mutations[0].body, fixture.mine));
  BOOST_REQUIRE(login.status == 201);
  const std::string token{login.headers.find("X-Subject-Token").value()};
  request.headers.add("X-Auth-Token", token);
  request.headers.add("X-Subject-Token", token);
  return request;
}

/// What a request is, for what must be refused of it.
struct Trial {
  std::string name;
  bool is_by_app = false;
  bool is_over_all_tenants = false;
  bool is_for_member = false;
};

/// Whether a change takes away what a request needs, whatever its contract says.
bool must_be_refused(const Trial& trial, Change change) {
  switch (change) {
    case Change::key_revoked:
    case Change::key_ended:
    case Change::key_rotated:
      return true;
    case Change::tenant_suspended:
    case Change::tenant_deleted:
      return !trial.is_over_all_tenants;
    case Change::app_suspended:
    case Change::app_deleted:
      return trial.is_by_app;
    case Change::member_suspended:
      return trial.is_for_member;
  }
  return false;
}

/// Holds the answer to a request that waited while something changed against that to one that came after it.
template <class MakeRequest>
void compare(const Trial& trial, MakeRequest make_request, int& refused) {
  for (std::size_t i = 0; i < names_of_changes.size(); ++i) {
    const auto change = static_cast<Change>(i);
    Scene after;
    after.request = make_request(after);
    after.change(change);
    const auto wanted = after.fixture.engine->handle(after.request);

    Scene scene;
    scene.request = make_request(scene);
    scene.parking.park();
    std::optional<Response> answer;
    scene.fixture.engine->submit(scene.request, [&](Response response) { answer = std::move(response); });
    BOOST_TEST_CONTEXT(trial.name << " waits while " << names_of_changes[i]) {
      BOOST_REQUIRE(scene.parking.has_parked());
      scene.change(change);
      const auto before = scene.rows();
      scene.parking.release();
      BOOST_REQUIRE(answer.has_value());
      BOOST_TEST(answer->status == wanted.status, answer->status << " " << answer->body << ", wanted " << wanted.status);
      if (wanted.status >= 400) {
        ++refused;
        BOOST_TEST(answer->body == wanted.body);
        BOOST_TEST((scene.rows() == before), "something was stored");
      }
      if (must_be_refused(trial, change)) BOOST_TEST(wanted.status >= 400);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(authorization)

BOOST_AUTO_TEST_CASE(every_mutating_route_is_one_that_is_tried) {
  for (const auto* dialect : all_dialects())
    for (const auto& route : dialect->routes) {
      if (route.handler.access != Access::write) continue;
      const bool is_tried = dialect == &native
                                ? find_recipe(route) != nullptr
                                : std::any_of(std::begin(mutations), std::end(mutations), [&](const Mutation& each) {
                                    return each.dialect == dialect && each.method == route.method && each.path == route.path;
                                  });
      BOOST_TEST(is_tried, dialect->name << ": " << to_string(route.method) << " " << route.path);
    }
}

BOOST_AUTO_TEST_CASE(a_native_write_that_waited_is_answered_by_what_is_so_when_it_runs) {
  int refused = 0;
  for (const auto& route : native.routes) {
    if (route.handler.access != Access::write) continue;
    const auto* recipe = find_recipe(route);
    BOOST_REQUIRE(recipe != nullptr);
    compare(
        {.name = std::string{recipe->route},
         .is_by_app = route.needs.level == AccessLevel::app,
         .is_over_all_tenants = route.needs.level == AccessLevel::host,
         .is_for_member = recipe->route == "POST /api/v1/members/{member}/tokens"},
        [&](Scene& scene) { return request_of(scene, route, *recipe); }, refused);
  }
  BOOST_TEST(refused > 200);
}

BOOST_AUTO_TEST_CASE(a_write_of_another_contract_that_waited_is_answered_by_what_is_so_when_it_runs) {
  int refused = 0;
  for (const auto& mutation : mutations)
    compare(
        {.name = std::string{to_string(mutation.method)}.append(" ").append(mutation.target),
         .is_by_app = mutation.dialect == &enablex,
         // The identity service is about tokens and no tenant.
         .is_over_all_tenants = mutation.path.starts_with("/v3/")},
        [&](Scene& scene) { return request_of(scene, mutation); }, refused);
  BOOST_TEST(refused > 50);
}

BOOST_AUTO_TEST_SUITE_END()
