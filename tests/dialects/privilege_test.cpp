#include "tests/dialects/privileges.hpp"

#include <innkeeper/dialects.hpp>
#include <innkeeper/field_names.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

using namespace innkeeper;
using namespace innkeeper::tests;

/// Who may do what, for every route of the native contract: what is expected follows from the route's row.
namespace {

/// What a caller shows.
enum class Shown : std::uint8_t {
  nothing,
  garbage,
  basic,  ///< The right key under another scheme.
  expired,
  revoked,
  in_grace,  ///< Rotated, and not yet at its end.
  past_grace,
  of_suspended_tenant,
  of_deleted_tenant,
  of_other_tenant,  ///< Its operator's, that may do everything there.
  of_other_app,     ///< Of the same tenant.
  without_scope,    ///< Every scope but those that hold the one needed.
  reading,
  test_mode,
  own_app,
  own_operator,
  over_all_tenants,
  right,  ///< The least that should pass.
};
constexpr std::array<std::string_view, 18> names_of_shown{
    "no key",
    "a garbage secret",
    "the right key as Basic",
    "an expired key",
    "a revoked key",
    "a rotated key in its grace",
    "a rotated key past its grace",
    "a key of a suspended tenant",
    "a key of a deleted tenant",
    "an operator's key of another tenant",
    "a key of another app",
    "a key without the scope",
    "a key that may read",
    "a test key",
    "the app's own key",
    "the tenant's operator's key",
    "a key of an operator over all tenants",
    "the right key",
};

struct Expected {
  int status = 0;
  std::string code{};  ///< Empty: a success.
};

struct Exception {
  std::string_view route;
  Shown shown;
  int status;
  std::string_view code;
  std::string_view why;
};
constexpr Exception exceptions[] = {
    {"GET /api/v1/audit", Shown::test_mode, 403, "key.test_mode", "the trail of a tenant is of its live apps too"},
    {"POST /api/v1/operators", Shown::of_other_tenant, 404, "tenant.unknown", "the body names my tenant"},
    {"POST /api/v1/apps", Shown::of_other_tenant, 404, "tenant.unknown", "the body names my tenant"},
    {"POST /api/v1/keys/verify", Shown::of_other_tenant, 200, "", "it says that the secret is not good"},
    {"POST /api/v1/keys/verify", Shown::of_other_app, 200, "", "it says that the secret is not good"},
    {"POST /api/v1/keys/verify", Shown::test_mode, 200, "", "whether a secret is good changes nothing and shows no data"},
    {"POST /api/v1/keys/{key}/rotate", Shown::in_grace, 403, "key.stronger", "the new key would outlive the one that is shown"},
    {"POST /api/v1/member-tokens/verify", Shown::of_other_tenant, 404, "token.unknown", "the body shows a token of my app"},
    {"POST /api/v1/member-tokens/verify", Shown::of_other_app, 404, "token.unknown", "the body shows a token of my app"},
    {"POST /api/v1/join-tokens/redeem", Shown::of_other_tenant, 404, "token.unknown", "the body shows a token of my app"},
    {"POST /api/v1/join-tokens/redeem", Shown::of_other_app, 404, "token.unknown", "the body shows a token of my app"},
    {"POST /api/v1/stream-keys/verify", Shown::of_other_tenant, 404, "stream_key.unknown", "the body shows a key of my app"},
    {"POST /api/v1/stream-keys/verify", Shown::of_other_app, 404, "stream_key.unknown", "the body shows a key of my app"},
};

std::string name_of_route(const Route& route) { return std::string{to_string(route.method)}.append(" ").append(route.path); }

/// Whether a kind of caller is one that the route is for.
bool reaches(Shown shown, AccessLevel level) {
  switch (shown) {
    case Shown::of_other_app:
    case Shown::own_app:
      return level == AccessLevel::app;
    case Shown::of_other_tenant:
    case Shown::own_operator:
      return level != AccessLevel::host;
    default:
      return true;
  }
}

/// Tenants and operators are of no mode, and lists show to a test key what is of its mode.
bool is_of_a_mode(const Route& route) {
  const auto object = object_of(route.path);
  return route.method != Method::get || !(object.empty() || object == "tenant" || object == "operator");
}

Expected expected(const Route& route, Shown shown) {
  const Expected pass{route.status};
  if (route.is_open) return pass;
  for (const auto& each : exceptions)
    if (each.route == name_of_route(route) && each.shown == shown) return {each.status, std::string{each.code}};
  if (!reaches(shown, route.needs.level)) return {403, "reach.missing"};
  const auto object = object_of(route.path);
  const bool is_token = object == "member_token" || object == "join_token";
  switch (shown) {
    case Shown::nothing:
    case Shown::basic:
      return {401, "credential.missing"};
    case Shown::garbage:
      return {401, "key.unknown"};
    case Shown::expired:
    case Shown::past_grace:
      return {401, "key.expired"};
    case Shown::revoked:
      return {401, "key.revoked"};
    case Shown::of_suspended_tenant:
      return {403, "tenant.suspended"};
    case Shown::of_deleted_tenant:
      return {403, "tenant.deleted"};
    case Shown::of_other_tenant:
    case Shown::of_other_app:
      return object.empty() ? pass : Expected{404, (is_token ? "token" : object) + ".unknown"};
    case Shown::without_scope:
      return {403, "scope.missing"};
    case Shown::reading:
      return Scopes::reading().has(route.needs.scope) ? pass : Expected{403, "scope.missing"};
    case Shown::test_mode:
      return is_of_a_mode(route) ? Expected{403, "key.test_mode"} : pass;
    default:
      return pass;
  }
}

/// Every scope that does not hold this one; where none is needed, any.
std::string all_scopes_without(Scope needed) {
  if (needed == Scope::none) return "read";
  std::string list;
  for (const auto& row : scope_table)
    if (!Scopes::named(row.name)->has(needed)) list.append(list.empty() ? "" : " ").append(row.name);
  return list;
}

Holder right_holder(const Fixture& fixture, AccessLevel level) {
  return level == AccessLevel::app ? fixture.my_app : level == AccessLevel::tenant ? fixture.my_operator : fixture.root;
}

/// The secret that is shown; brings about what its name says.
std::string secret_of(Fixture& fixture, const Route& route, Shown shown) {
  constexpr std::chrono::hours while_{1};
  const auto holder = right_holder(fixture, route.needs.level);
  const keys::Draft least{.scopes = route.is_open ? "*" : std::string{name_of(route.needs.scope)}};
  const auto rotated = [&] {
    auto key = fixture.give_key(holder, least);
    fixture.engine->call(keys::rotate, fixture.host, {.ref = key.key.id, .grace = while_}).value();
    return key.secret;
  };
  // Somebody of my tenant, also where the route is for those over all tenants.
  const auto of_tenant_that_becomes = [&](TenantStatus status) {
    auto key = fixture.give_key(route.needs.level == AccessLevel::app ? fixture.my_app : fixture.my_operator);
    fixture.engine->call(tenants::update, fixture.host, {.ref = fixture.mine.tenant, .draft = {.status = status}}).value();
    return key.secret;
  };
  switch (shown) {
    case Shown::nothing:
      return {};
    case Shown::garbage:
      return "inkL" + std::string(43, 'x');
    case Shown::expired: {
      auto draft = least;
      draft.expires_at = fixture.clock.now() + while_;
      auto key = fixture.give_key(holder, draft);
      fixture.clock.advance(while_);
      return key.secret;
    }
    case Shown::revoked: {
      auto key = fixture.give_key(holder, least);
      fixture.engine->call(keys::revoke, fixture.host, key.key.id).value();
      return key.secret;
    }
    case Shown::in_grace:
      return rotated();
    case Shown::past_grace: {
      auto secret = rotated();
      fixture.clock.advance(while_);
      return secret;
    }
    case Shown::of_suspended_tenant:
      return of_tenant_that_becomes(TenantStatus::suspended);
    case Shown::of_deleted_tenant:
      return of_tenant_that_becomes(TenantStatus::deleted);
    case Shown::of_other_tenant:
      return fixture.give_key(fixture.their_operator).secret;
    case Shown::of_other_app:
      return fixture.give_key(fixture.sibling_app).secret;
    case Shown::without_scope:
      return fixture.give_key(holder, {.scopes = all_scopes_without(route.needs.scope)}).secret;
    case Shown::reading:
      return fixture.give_key(holder, {.scopes = "read"}).secret;
    case Shown::test_mode:
      return fixture.give_key(route.needs.level == AccessLevel::host ? fixture.root : fixture.my_operator, {.mode = Mode::test})
          .secret;
    case Shown::own_app:
      return fixture.give_key(fixture.my_app).secret;
    case Shown::own_operator:
      return fixture.give_key(fixture.my_operator).secret;
    case Shown::over_all_tenants:
      return fixture.give_key(fixture.root).secret;
    case Shown::basic:
    case Shown::right:
      break;
  }
  return fixture.give_key(holder, least).secret;
}

Headers headers_of(Shown shown, const std::string& secret) {
  Headers headers{{header::content_type, "application/json"}};
  if (!secret.empty()) headers.add(header::authorization, (shown == Shown::basic ? "Basic " : "Bearer ") + secret);
  return headers;
}

std::string code_in(const Response& response) {
  constexpr std::string_view mark = R"("code":")";
  const auto begin = response.body.find(mark);
  if (response.status < 400 || begin == std::string::npos) return {};
  return response.body.substr(begin + mark.size(), response.body.find('"', begin + mark.size()) - begin - mark.size());
}

/// Whether an answer to somebody who has no business here names one of my things.
bool tells_of(const Things& mine, Shown shown, const Response& response) {
  return std::any_of(mine.uids.begin(), mine.uids.end(), [&](const auto& each) {
    // They share the tenant and its operators.
    const bool is_shared = shown == Shown::of_other_app && (each.first == "tenant" || each.first == "operator");
    return !is_shared && response.body.find(each.second) != std::string::npos;
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(privileges)

BOOST_AUTO_TEST_CASE(every_route_has_a_good_request) {
  for (const auto& route : native.routes) BOOST_TEST(find_recipe(route) != nullptr, "no recipe for " << name_of_route(route));
}

BOOST_AUTO_TEST_CASE(every_route_answers_every_kind_of_caller_as_its_row_says) {
  int asked = 0;
  int unexpected_successes = 0;
  for (const auto& route : native.routes) {
    const auto* recipe = find_recipe(route);
    if (recipe == nullptr) continue;
    for (std::size_t i = 0; i < names_of_shown.size(); ++i) {
      const auto shown = static_cast<Shown>(i);
      Fixture fixture;
      const auto secret = secret_of(fixture, route, shown);
      const auto answer = fixture.ask(route.method, filled_with(route.path, fixture.mine), headers_of(shown, secret),
                                      filled_with(recipe->body, fixture.mine));
      const auto wanted = expected(route, shown);
      ++asked;
      unexpected_successes += answer.status < 300 && wanted.status >= 300;
      BOOST_TEST((answer.status == wanted.status && code_in(answer) == wanted.code),
                 name_of_route(route) << " with " << names_of_shown[i] << ": expected " << wanted.status << " " << wanted.code
                                      << ", answered " << answer.status << " " << answer.body);
      if (shown == Shown::of_other_tenant || shown == Shown::of_other_app)
        BOOST_TEST((route.is_open || !tells_of(fixture.mine, shown, answer)),
                   name_of_route(route) << " tells " << names_of_shown[i] << " of what is mine: " << answer.body);
    }
  }
  BOOST_TEST_MESSAGE("privileges: " << asked << " requests on " << native.routes.size() << " routes");
  BOOST_TEST(std::cmp_equal(asked, native.routes.size() * names_of_shown.size()));
  BOOST_TEST(unexpected_successes == 0);
}

BOOST_AUTO_TEST_CASE(what_is_of_others_answers_as_what_is_not_there) {
  Fixture fixture;
  const auto app_key = fixture.give_key(fixture.my_app).secret;
  const auto operator_key = fixture.give_key(fixture.my_operator).secret;
  constexpr std::string_view absent_id = "987654321";
  constexpr std::string_view absent_uid = "00000000-0000-4000-8000-000000000000";
  int compared = 0;
  for (const auto& route : native.routes) {
    const auto object = object_of(route.path);
    const auto* recipe = find_recipe(route);
    if (object.empty() || recipe == nullptr) continue;
    const auto ask = [&](const std::string& secret, std::string_view name, std::string_view if_match, const std::string& body) {
      Headers headers = headers_of(Shown::right, secret);
      headers.add(header::x_request_id, "same");
      if (!if_match.empty()) headers.add(header::if_match, if_match);
      const auto open = route.path.find('{');
      const auto target =
          std::string{route.path.substr(0, open)}.append(name).append(route.path.substr(route.path.find('}') + 1));
      return fixture.ask(route.method, target, headers, body);
    };
    const auto compare = [&](const std::string& secret, const Things& others) {
      // A session's uid is the media server's, which paths do not take.
      for (const bool by_uid : {false, true})
        for (const std::string_view if_match : {"", R"("1")", R"("7")"})
          for (const std::string& body : {filled_with(recipe->body, others), std::string{R"({"x":1})"}, std::string{"{"}}) {
            const auto foreign = ask(secret, by_uid ? others.uids.at(object) : others.ids.at(object), if_match, body);
            const auto absent = ask(secret, by_uid ? absent_uid : absent_id, if_match, body);
            ++compared;
            BOOST_TEST(foreign.status >= 400, name_of_route(route) << ": " << foreign.status);
            BOOST_TEST(foreign.status == absent.status, name_of_route(route) << ": " << foreign.status << absent.status);
            BOOST_TEST(foreign.body == absent.body, name_of_route(route));
            BOOST_REQUIRE(foreign.headers.size() == absent.headers.size());
            for (std::size_t i = 0; i < foreign.headers.size(); ++i)
              BOOST_TEST(
                  (foreign.headers[i].name == absent.headers[i].name && foreign.headers[i].value == absent.headers[i].value),
                  name_of_route(route) << ": " << foreign.headers[i].name << ": " << foreign.headers[i].value);
          }
    };
    compare(app_key, fixture.sibling);
    compare(app_key, fixture.theirs);
    compare(operator_key, fixture.theirs);
  }
  BOOST_TEST_MESSAGE("privileges: " << compared << " pairs compared");
  BOOST_TEST(compared > 2'000);
}

BOOST_AUTO_TEST_CASE(what_a_body_names_of_others_answers_as_what_is_not_there) {
  struct Naming {
    std::string_view path;
    std::string_view object;
    std::string_view before, after;  ///< Of the name, in the body.
  };
  constexpr Naming namings[] = {
      {"/api/v1/apps/{app}/devices", "member", R"({"name":"x","member":")", R"("})"},
      {"/api/v1/rooms/{room}/join-tokens", "member", R"({"member":")", R"("})"},
      {"/api/v1/apps/{app}/stream-keys", "member", R"({"member":")", R"("})"},
      {"/api/v1/apps/{app}/revocations", "member", R"({"kind":"member_tokens","member":")", R"("})"},
      {"/api/v1/apps/{app}/revocations", "room", R"({"kind":"join_tokens","room":")", R"("})"},
      {"/api/v1/apps/{app}/revocations", "join_token", R"({"kind":"join_tokens","token":")", R"("})"},
      {"/api/v1/apps/{app}/revocations", "member_token", R"({"kind":"member_tokens","token":")", R"("})"},
      {"/api/v1/apps/{app}/revocations", "stream_key", R"({"kind":"stream_keys","token":")", R"("})"},
  };
  Fixture fixture;
  const auto app_key = fixture.give_key(fixture.my_app).secret;
  const auto operator_key = fixture.give_key(fixture.my_operator).secret;
  for (const auto& each : namings) {
    const auto ask = [&](const std::string& secret, std::string_view name) {
      auto headers = headers_of(Shown::right, secret);
      headers.add(header::x_request_id, "same");
      return fixture.ask(Method::post, filled_with(each.path, fixture.mine), headers,
                         std::string{each.before}.append(name).append(each.after));
    };
    const std::string object{each.object};
    for (const auto& secret : {app_key, operator_key})
      for (const auto* others : {&fixture.sibling, &fixture.theirs})
        for (const auto* names : {&others->ids, &others->uids}) {
          const auto foreign = ask(secret, names->at(object));
          const auto absent = ask(secret, "987654321");
          BOOST_TEST(foreign.status == 422, each.path << " " << object << ": " << foreign.status << foreign.body);
          BOOST_TEST(foreign.body == absent.body, each.path << " " << object);
        }
  }
}

BOOST_AUTO_TEST_SUITE_END()
