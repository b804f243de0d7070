#include <innkeeper/contract/credentials.hpp>
#include <innkeeper/contract/error_page.hpp>
#include <innkeeper/contract/tokens.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/json/writer.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>

#include "tests/dialects/parking_store.hpp"
#include "tests/support/environment.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Members of an app as callers, in a contract of this test's own.

using namespace innkeeper;
using contract::TokenPurpose;

namespace {

constexpr Principal host{.kind = Principal::Kind::host};

// ---- a contract ------------------------------------------------------------------------------------------------------------

constexpr TokenPurpose access_token{.name = "club access", .issuer = "club"};
constexpr TokenPurpose refresh{.name = "club refresh", .issuer = "club"};

/// An app's or operator's key, or a member's token.
Result<Principal> authenticate(Transaction& tx, const Context& context, const Credentials& shown, const Params& path) {
  auto holder = keys::authenticate(tx, context, shown.secret, shown.address);
  if (holder || holder.error().reason != reason::key_unknown) return holder;
  return contract::authenticate_member(tx, context, shown, path);
}
constexpr AuthenticationScheme any{
    .name = "any", .read_credentials = contract::read_bearer, .authenticate = authenticate, .document = R"({"type":"http"})"};
constexpr AuthenticationScheme signed_members{.name = "signed",
                                              .read_credentials = contract::read_bearer,
                                              .authenticate = contract::authenticate_signed_member<access_token>,
                                              .document = R"({"type":"http"})"};
/// A member who is said to be of no app, or of no tenant.
Result<Principal> authenticate_carelessly(Transaction&, const Context&, const Credentials& shown, const Params&) {
  Principal member{.kind = Principal::Kind::member, .id = Id{1}, .tenant = Id{1}, .app_of_member = Id{1}};
  if (shown.secret == "id") member.id = Id::none;
  if (shown.secret == "tenant") member.tenant = Id::none;
  if (shown.secret == "app") member.app_of_member = Id::none;
  return member;
}
constexpr AuthenticationScheme careless{.name = "careless",
                                        .read_credentials = contract::read_bearer,
                                        .authenticate = authenticate_carelessly,
                                        .document = R"({"type":"http"})"};

constexpr Operation<std::string, std::string> who{
    "test.who", Access::read, [](Transaction&, const Context& context, const std::string&) {
      const auto& caller = context.principal;
      return Result<std::string>{std::to_string(number(caller.member())) + " of " + std::to_string(number(caller.app()))};
    }};

Result<std::string> read_nothing(const Call&) { return std::string{}; }
Result<Listing> read_listing(const Call&) { return Listing{}; }
Result<Ref> read_room(const Call& call) { return Ref{std::string{call.path["room"]}}; }
Result<Ref> read_member(const Call& call) { return Ref{std::string{call.path["member"]}}; }
Result<Ref> read_user(const Call& call) { return Ref{Id{std::stoll(std::string{call.path["user"]})}}; }
Result<Edit<members::Draft>> read_renaming(const Call& call) {
  return Edit<members::Draft>{.ref = std::string{call.path["member"]}, .draft = {.name = call.request.body}};
}
Result<rooms::New> read_new_room(const Call& call) { return rooms::New{.draft = {.name = call.request.body}}; }
Result<member_tokens::New> read_new_token(const Call& call) {
  return member_tokens::New{.parent = std::string{call.path["member"]}};
}

void write_text(const std::string& text, const Context&, Response& response) { response.body = text; }
void write_room(const Room& room, const Context&, Response& response) { response.body = room.name; }
void write_rooms(const Page<Room>& page, const Context&, Response& response) {
  for (const auto& each : page.items) response.body += each.name + ";";
}
void write_member(const Member& member, const Context&, Response& response) { response.body = member.name; }
void write_token(const member_tokens::Issued& issued, const Context&, Response& response) { response.body = issued.token; }

constexpr auto page = contract::checked({.by_errc = contract::standard_wordings});
void render_error(const Error& error, const Context& context, Response& response) {
  response.status = contract::wording_of(page, error, context.operation).status;
  response.body = std::string{error.reason.name}.append(": ").append(error.detail);
}

constexpr Route routes[] = {
    {.method = Method::get,
     .path = "/anything",
     .handler = serve<who, read_nothing, write_text>,
     .summary = "Nobody said whom it is for"},
    {.method = Method::get,
     .path = "/tenant",
     .handler = serve<who, read_nothing, write_text>,
     .summary = "For operators",
     .needs = {Scope::none, AccessLevel::tenant}},
    {.method = Method::get,
     .path = "/backend/rooms",
     .handler = serve<rooms::list, read_listing, write_rooms>,
     .summary = "For apps",
     .needs = {Scope::none, AccessLevel::app}},
    {.method = Method::post,
     .path = "/members/{member}/tokens",
     .handler = serve<member_tokens::create, read_new_token, write_token>,
     .summary = "For apps",
     .needs = {Scope::tokens_write, AccessLevel::app}},
    {.method = Method::get,
     .path = "/rooms",
     .handler = serve<rooms::list, read_listing, write_rooms>,
     .summary = "For members too",
     .needs = {Scope::rooms_read, AccessLevel::member}},
    {.method = Method::post,
     .path = "/rooms",
     .handler = serve<rooms::create, read_new_room, write_room>,
     .summary = "For members too",
     .needs = {Scope::rooms_write, AccessLevel::member}},
    {.method = Method::get,
     .path = "/rooms/{room}",
     .handler = serve<rooms::find, read_room, write_room>,
     .summary = "For members too",
     .needs = {Scope::rooms_read, AccessLevel::member}},
    {.method = Method::get,
     .path = "/members/{member}",
     .handler = serve<members::find, read_member, write_member>,
     .summary = "For each member itself",
     .needs = {Scope::members_read, AccessLevel::member},
     .self = {"member"}},
    {.method = Method::patch,
     .path = "/members/{member}",
     .handler = serve<members::update, read_renaming, write_member>,
     .summary = "For each member itself",
     .needs = {Scope::members_write, AccessLevel::member},
     .self = {"member"}},
    {.method = Method::get,
     .path = "/users/{user}",
     .handler = serve<members::find, read_user, write_member>,
     .summary = "For each member itself, by its number",
     .needs = {Scope::members_read, AccessLevel::member},
     .self = {"user", PathMember::Form::id}},
    {.method = Method::get,
     .path = "/signed/me",
     .handler = serve<who, read_nothing, write_text>,
     .summary = "For members with a signed token",
     .needs = {Scope::none, AccessLevel::member}},
    {.method = Method::get,
     .path = "/careless/me",
     .handler = serve<who, read_nothing, write_text>,
     .summary = "For members",
     .needs = {Scope::none, AccessLevel::member}},
};
constexpr PathFamily path_families[] = {{"/anything"},
                                        {"/tenant"},
                                        {"/backend"},
                                        {"/rooms"},
                                        {"/members"},
                                        {"/users"},
                                        {.prefix = "/signed", .is_authenticated_before_routing = true, .scheme = &signed_members},
                                        {.prefix = "/careless", .scheme = &careless}};
constexpr Dialect dialect{.name = "club",
                          .title = "Club",
                          .routes = routes,
                          .path_families = path_families,
                          .conventions = {.rate_headers = RateHeaders::fields, .is_idempotent = true},
                          .scheme = &any,
                          .render_error = render_error};

// ---- what it stands on -----------------------------------------------------------------------------------------------------

struct Club {
  tests::FakeClock clock;
  tests::SeededRandom random{7};
  tests::KeepingLog log{Severity::error};
  tests::ParkingStore store;
  std::unique_ptr<Engine> engine;
  Tenant tenant;
  App app, other_app;
  std::string key;       ///< Of the app, for everything.
  Member ada, bob, eve;  ///< Eve is of the other app.
  member_tokens::Issued token, bobs, eves;

  explicit Club(const Rates& rates = {}) {
    engine = Engine::open({.store = store,
                           .master_key = MasterKey::generate(random),
                           .mounts = {{.dialect = &dialect}},
                           .environment = {.clock = &clock, .random = &random, .log = &log},
                           .rates = rates})
                 .value();
    tenant = call(tenants::create, {.name = "house"});
    auto issued = call(apps::create, {.parent = tenant.id});
    app = issued.view.app;
    key = issued.secret;
    other_app = call(apps::create, {.parent = tenant.id}).view.app;
    std::tie(ada, token) = join(app, "ada");
    std::tie(bob, bobs) = join(app, "bob");
    std::tie(eve, eves) = join(other_app, "eve");
    call(rooms::create, {.parent = app.id, .draft = {.name = "hall"}});
  }

  template <class In, class Out>
  Out call(const Operation<In, Out>& operation, const std::type_identity_t<In>& in, const Principal& caller = host) const {
    return engine->call(operation, caller, in).value();
  }
  std::pair<Member, member_tokens::Issued> join(const App& where, const std::string& name) const {
    auto member = call(members::create, {.parent = where.id, .draft = {.name = name}});
    auto its = call(member_tokens::create, {.parent = member.id, .draft = {.life = std::chrono::hours{1}}});
    return {std::move(member), std::move(its)};
  }
  /// A token of a member that is signed for a purpose.
  std::string sign(const Member& member, const TokenPurpose& purpose = access_token) const {
    std::string token_text;
    auto done = engine->run(Access::write, host, [&](Transaction& tx, const Context& context) -> Result<void> {
      auto issued = member_tokens::issue(
          tx, context, {.parent = member.id, .draft = {.life = std::chrono::hours{1}}},
          [&](const MemberToken& row, const Member& its) { return contract::sign_token(context, purpose, claims_of(row, its)); });
      if (!issued) return issued.error();
      token_text = issued->token;
      return {};
    });
    BOOST_TEST_REQUIRE(done.has_value());
    return token_text;
  }
  static std::string claims_of(const MemberToken& row, const Member& member) {
    std::string claims;
    json::Writer out{claims};
    out.begin_object().key("iss").string("club").key("jti").string(row.uid).key("member").integer(number(member.id));
    out.key("exp").integer(contract::numeric_date(row.expires_at)).end_object();
    return claims;
  }

  static Request request(Method method, std::string target, const std::string& secret, std::string body = {}) {
    return {.method = method,
            .target = std::move(target),
            .headers = {{header::authorization, "Bearer " + secret}},
            .body = std::move(body)};
  }
  Response ask(std::string target, const std::string& secret, Method method = Method::get, std::string body = {}) const {
    return engine->handle(request(method, std::move(target), secret, std::move(body)));
  }
  /// Status and body.
  std::string tell(std::string target, const std::string& secret, Method method = Method::get, std::string body = {}) const {
    const auto response = ask(std::move(target), secret, method, std::move(body));
    return std::to_string(response.status) + " " + response.body;
  }
  Principal principal() const {
    return {.kind = Principal::Kind::member, .id = ada.id, .tenant = tenant.id, .app_of_member = app.id};
  }
  template <class E>
  std::vector<E> rows(Query<E> query = {}) {
    std::vector<E> found;
    const auto read = store.run(Access::read, [&](Transaction& tx) -> Result<void> {
      found = tx.list(query).value();
      return {};
    });
    BOOST_TEST_REQUIRE(read.has_value());
    return found;
  }
};

std::string path_of(std::string_view folder, Id id) { return std::string{folder} + std::to_string(number(id)); }

enum class Loss : std::uint8_t {
  token_revoked,
  all_revoked,
  token_expired,
  member_suspended,
  member_removed,
  app_suspended,
  app_removed,
  tenant_suspended,
  tenant_removed,
};
struct Shutting {
  Loss loss;
  std::string_view answer;
};
/// What takes a member's access away, and what its next request is told.
constexpr std::array<Shutting, 9> shuttings{{
    {Loss::token_revoked, "401 token.revoked: the token was revoked"},
    {Loss::all_revoked, "401 token.revoked: the token was revoked"},
    {Loss::token_expired, "401 token.expired: the token has expired"},
    {Loss::member_suspended, "401 token.revoked: the token was revoked"},
    {Loss::member_removed, "401 token.unknown: "},
    {Loss::app_suspended, "403 app.suspended: the app is suspended"},
    {Loss::app_removed, "401 token.unknown: "},
    {Loss::tenant_suspended, "403 tenant.suspended: the tenant is suspended"},
    {Loss::tenant_removed, "403 tenant.deleted: the tenant is deleted"},
}};

void shut(Club& club, Loss loss, const std::string& token) {
  switch (loss) {
    case Loss::token_revoked:
      club.call(revocations::revoke, {.app = club.app.id,
                                      .kind = revocations::Kind::member_tokens,
                                      .token = club.call(member_tokens::verify, token).row.uid});
      return;
    case Loss::all_revoked:
      club.call(revocations::revoke, {.app = club.app.id, .kind = revocations::Kind::member_tokens, .member = club.ada.uid});
      return;
    case Loss::token_expired:
      club.clock.advance(std::chrono::hours{1});
      return;
    case Loss::member_suspended:
      club.call(members::update, {.ref = club.ada.id, .draft = {.status = MemberStatus::suspended}});
      return;
    case Loss::member_removed:
      club.call(members::remove, {.ref = club.ada.id});
      return;
    case Loss::app_suspended:
      club.call(apps::update, {.ref = club.app.id, .draft = {.status = AppStatus::suspended}});
      return;
    case Loss::app_removed:
      club.call(apps::remove, {.ref = club.app.id});
      return;
    case Loss::tenant_suspended:
      club.call(tenants::update, {.ref = club.tenant.id, .draft = {.status = TenantStatus::suspended}});
      return;
    case Loss::tenant_removed:
      club.call(tenants::remove, {.ref = club.tenant.id});
      return;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(members_as_callers)

BOOST_AUTO_TEST_CASE(a_route_that_is_not_for_members_refuses_them) {
  Club club;
  BOOST_TEST(club.tell("/backend/rooms", club.key) == "200 hall;");
  for (const auto* path : {"/backend/rooms", "/tenant", "/anything"}) {
    const auto told = club.tell(path, club.token.token);
    BOOST_TEST(told.starts_with("403 reach.missing: "), path << ": " << told);
  }
  BOOST_TEST(club.tell(path_of("/members/", club.ada.id) + "/tokens", club.token.token, Method::post).starts_with("403 reach"));
  BOOST_TEST(club.ask(path_of("/members/", club.ada.id) + "/tokens", club.key, Method::post).status == 200);
}

BOOST_AUTO_TEST_CASE(a_route_for_members_lets_them_in_and_asks_scopes_of_keys_only) {
  Club club;
  BOOST_TEST(club.tell("/rooms", club.token.token) == "200 hall;");
  BOOST_TEST(club.tell("/rooms", club.key) == "200 hall;");
  const auto weak = club.call(keys::create, {.parent = club.app.id, .draft = {.scopes = "devices:read"}}).secret;
  BOOST_TEST(club.tell("/rooms", weak) == "403 scope.missing: this needs the scope rooms:read");
  BOOST_TEST(club.tell("/rooms", "nonsense").starts_with("401 token.unknown"));
  BOOST_TEST(club.engine->handle({.target = "/signed/me"}).status == 401);
}

BOOST_AUTO_TEST_CASE(a_member_sees_and_makes_rows_of_its_app_only) {
  Club club;
  const auto theirs = club.call(rooms::create, {.parent = club.other_app.id, .draft = {.name = "cellar"}});
  BOOST_TEST(club.tell(path_of("/rooms/", theirs.id), club.token.token) == club.tell("/rooms/999999", club.token.token));
  BOOST_TEST(club.tell(path_of("/rooms/", theirs.id), club.eves.token) == "200 cellar");
  BOOST_TEST(club.tell("/rooms", club.eves.token) == "200 cellar;");
  BOOST_TEST(club.tell("/rooms", club.token.token, Method::post, "attic") == "200 attic");
  BOOST_TEST(club.tell("/rooms", club.token.token) == "200 hall;attic;");
  BOOST_TEST(club.tell("/rooms", club.eves.token) == "200 cellar;");
}

BOOST_AUTO_TEST_CASE(a_route_about_a_member_lets_it_do_so_for_itself_and_tells_nothing_of_others) {
  Club club;
  for (const auto& name : {club.ada.uid, std::to_string(number(club.ada.id))})
    BOOST_TEST(club.tell("/members/" + name, club.token.token) == "200 ada");
  const std::string refused = "403 member.other: a member may do this for itself only";
  for (const auto& name :
       {club.bob.uid, std::to_string(number(club.bob.id)), club.eve.uid, std::to_string(number(club.eve.id)),
        std::string{"999999"}, std::string{"nobody"}, std::string{"0"}, "0" + std::to_string(number(club.ada.id))}) {
    BOOST_TEST(club.tell("/members/" + name, club.token.token) == refused);
    BOOST_TEST(club.tell("/members/" + name, club.token.token, Method::patch, "mallory") == refused);
  }
  BOOST_TEST(club.tell("/members/" + club.ada.uid, club.token.token, Method::patch, "Ada L.") == "200 Ada L.");
  BOOST_TEST(club.call(members::find, club.bob.id).name == "bob");

  // The numbers of members, which are no uids.
  BOOST_TEST(club.tell(path_of("/users/", club.ada.id), club.token.token) == "200 Ada L.");
  for (const auto& name : {std::to_string(number(club.bob.id)), std::to_string(number(club.eve.id)), std::string{"999999"}})
    BOOST_TEST(club.tell("/users/" + name, club.token.token) == refused);
}

BOOST_AUTO_TEST_CASE(callers_that_are_no_members_may_name_any_that_they_see) {
  Club club;
  BOOST_TEST(club.tell("/members/" + club.ada.uid, club.key) == "200 ada");
  BOOST_TEST(club.tell("/members/" + club.bob.uid, club.key, Method::patch, "Bob") == "200 Bob");
  BOOST_TEST(club.tell(path_of("/users/", club.bob.id), club.key) == "200 Bob");
  BOOST_TEST(club.ask("/members/" + club.eve.uid, club.key).status == 404);
}

BOOST_AUTO_TEST_CASE(a_path_names_the_member_that_the_operation_finds) {
  Club club;
  // Its uid reads like the number of another member.
  Member odd{.tenant = club.tenant.id,
             .app = club.app.id,
             .uid = std::to_string(number(club.ada.id)),
             .name = "odd",
             .created_at = club.clock.now(),
             .updated_at = club.clock.now()};
  const auto stored = club.store.run(Access::write, [&](Transaction& tx) { return tx.insert(odd); });
  BOOST_TEST_REQUIRE(stored.has_value());
  const auto odds = club.call(member_tokens::create, {.parent = odd.id}).token;
  const auto number_of_ada = std::to_string(number(club.ada.id));
  BOOST_TEST(club.tell("/members/" + number_of_ada, odds) == "200 odd");
  BOOST_TEST(club.ask("/members/" + number_of_ada, club.token.token).status == 403);
  BOOST_TEST(club.tell("/members/" + club.ada.uid, club.token.token) == "200 ada");
  BOOST_TEST(club.tell("/users/" + number_of_ada, club.token.token) == "200 ada");
  BOOST_TEST(club.ask("/users/" + number_of_ada, odds).status == 403);
}

BOOST_AUTO_TEST_CASE(what_was_taken_away_is_taken_away_from_the_next_request_on) {
  for (const bool is_signed : {false, true})
    for (const auto& [loss, answer] : shuttings) {
      Club club;
      const auto token = is_signed ? club.sign(club.ada) : club.token.token;
      const std::string path = is_signed ? "/signed/me" : "/rooms";
      BOOST_TEST(club.ask(path, token).status == 200);
      shut(club, loss, token);
      BOOST_TEST_CONTEXT("loss " << static_cast<int>(loss) << (is_signed ? ", signed" : "")) {
        BOOST_TEST(club.tell(path, token).starts_with(answer), club.tell(path, token) << ", wanted " << answer);
        if (loss == Loss::member_suspended) {
          club.call(members::update, {.ref = club.ada.id, .draft = {.status = MemberStatus::active}});
          BOOST_TEST(club.tell(path, token).starts_with(answer), "a token of before");
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(what_is_taken_away_is_taken_away_from_a_write_that_waits) {
  for (const auto& [loss, answer] : shuttings) {
    Club club;
    std::optional<Response> response;
    club.store.park();
    club.engine->submit(Club::request(Method::patch, "/members/" + club.ada.uid, club.token.token, "mallory"),
                        [&](Response its) { response = std::move(its); });
    BOOST_TEST_REQUIRE(club.store.has_parked());
    shut(club, loss, club.token.token);
    const auto audit = club.rows<Audit>().size();
    club.store.release();
    BOOST_TEST_REQUIRE(response.has_value());
    const auto told = std::to_string(response->status) + " " + response->body;
    BOOST_TEST(told.starts_with(answer), told << ", wanted " << answer);
    BOOST_TEST(club.rows(Query<Member>{}.where(&Member::name, "mallory")).empty());
    BOOST_TEST(club.rows<Audit>().size() == audit);
  }
}

BOOST_AUTO_TEST_CASE(a_suspended_member_is_let_in_nowhere_whatever_its_token) {
  Club club;
  club.call(members::update, {.ref = club.ada.id, .draft = {.status = MemberStatus::suspended}});
  // A row that would be of the present generation: only the member's status is against it.
  const auto generation = club.rows(Query<Member>{}.where(&Member::id, club.ada.id)).front().generation;
  auto row = club.rows(Query<MemberToken>{}.where(&MemberToken::id, club.token.row.id)).front();
  row.generation = generation;
  row.revoked_at.reset();
  BOOST_TEST_REQUIRE(club.store.run(Access::write, [&](Transaction& tx) { return tx.update(row); }).has_value());
  BOOST_TEST(club.tell("/rooms", club.token.token) == "403 member.suspended: the member is suspended");
}

BOOST_AUTO_TEST_CASE(a_member_without_an_id_a_tenant_or_an_app_may_do_nothing) {
  Club club;
  BOOST_TEST(club.tell("/careless/me", "whole") == "200 1 of 1");
  for (const auto* missing : {"id", "tenant", "app"})
    BOOST_TEST(club.tell("/careless/me", missing).starts_with("403 principal.missing"));
  auto blank = club.principal();
  blank.app_of_member = Id::none;
  BOOST_TEST(club.engine->call(rooms::list, blank, {}).error().reason.name == "principal.missing");
}

BOOST_AUTO_TEST_CASE(the_trail_says_that_a_member_did_it) {
  Club club;
  BOOST_TEST(club.ask("/rooms", club.token.token, Method::post, "attic").status == 200);
  const auto row = club.rows(Query<Audit>{}.order_by(&Audit::id, /*descending=*/true)).front();
  BOOST_TEST(row.actor == "member");
  BOOST_TEST((row.actor_id == club.ada.id));
  BOOST_TEST((row.key == Id::none));
  BOOST_TEST((row.app == club.app.id));
}

BOOST_AUTO_TEST_CASE(an_answer_is_repeated_to_the_member_whose_it_is) {
  Club club;
  const auto post = [&](const std::string& token, const std::string& name) {
    auto request = Club::request(Method::post, "/rooms", token, name);
    request.headers.add(header::idempotency_key, "once");
    return club.engine->handle(request);
  };
  BOOST_TEST(post(club.token.token, "attic").body == "attic");
  const auto second = club.call(member_tokens::create, {.parent = club.ada.id}).token;
  const auto again = post(second, "attic");
  BOOST_TEST(again.body == "attic");
  BOOST_TEST(again.headers.find(header::idempotency_replayed).value_or("") == "true");
  BOOST_TEST(!post(club.bobs.token, "attic").headers.find(header::idempotency_replayed));
  BOOST_TEST(!post(club.key, "attic").headers.find(header::idempotency_replayed));
  BOOST_TEST(club.rows(Query<Room>{}.where(&Room::name, "attic")).size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_member_uses_up_the_limit_of_no_other) {
  Club club({.key = {2, std::chrono::hours{1}}});
  for (int i = 0; i < 2; ++i) BOOST_TEST(club.ask("/rooms", club.token.token).status == 200);
  const auto refused = club.ask("/rooms", club.token.token);
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(refused.headers.find(header::rate_limit_policy).value_or("") == R"("member";q=2;w=3600)");
  const auto second = club.call(member_tokens::create, {.parent = club.ada.id}).token;
  BOOST_TEST(club.ask("/rooms", second).status == 429);
  BOOST_TEST(club.ask("/rooms", club.bobs.token).status == 200);
  BOOST_TEST(club.ask("/rooms", club.key).status == 200);
}

BOOST_AUTO_TEST_CASE(a_member_gives_no_keys_and_learns_of_none) {
  Club club;
  const auto me = club.principal();
  const auto why = [](const auto& result) { return result ? "ok" : std::string{result.error().reason.name}; };
  BOOST_TEST(why(club.engine->call(keys::create, me, {.parent = club.app.id})) == "key.stronger");
  BOOST_TEST(why(club.engine->call(operators::create, me, {.parent = club.tenant.id, .name = "mallory"})) == "key.stronger");
  BOOST_TEST(why(club.engine->call(apps::renew_secret, me, {.holder = club.app.id})) == "key.stronger");
  BOOST_TEST(why(club.engine->call(apps::update, me, {.ref = club.app.id, .draft = {.status = AppStatus::suspended}})) ==
             "reach.missing");
  const auto clerk = club.call(operators::create, {.parent = club.tenant.id, .name = "clerk"});
  BOOST_TEST(!club.call(keys::verify, {.secret = clerk.secret}, me).is_valid);
  BOOST_TEST(why(club.engine->call(keys::list, me, {.parent = clerk.created.id, .holder = KeyOwner::administrator})) ==
             "operator.unknown");
  BOOST_TEST(club.rows(Query<Key>{}.where(&Key::owner, club.app.id).where(&Key::owner_kind, KeyOwner::app)).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_signed_token_is_one_of_its_purpose_that_was_issued) {
  Club club;
  const auto token = club.sign(club.ada);
  BOOST_TEST(club.tell("/signed/me", token) ==
             "200 " + std::to_string(number(club.ada.id)) + " of " + std::to_string(number(club.app.id)));
  BOOST_TEST(club.tell("/signed/elsewhere", token).starts_with("404 route.unknown"));
  BOOST_TEST(club.ask("/signed/elsewhere", "nonsense").status == 401);
  // Issued, but for something else, or in another form.
  BOOST_TEST(club.tell("/signed/me", club.sign(club.ada, refresh)).starts_with("401 token.unknown"));
  BOOST_TEST(club.tell("/signed/me", club.token.token).starts_with("401 token.unknown"));
  BOOST_TEST(club.tell("/signed/me", token.substr(0, token.size() - 1)).starts_with("401 token.unknown"));
  // Signed for it, but never issued.
  std::string unissued;
  const auto done = club.engine->run(Access::read, host, [&](Transaction&, const Context& context) -> Result<void> {
    unissued =
        contract::sign_token(context, access_token,
                             Club::claims_of({.uid = "x", .expires_at = club.clock.now() + std::chrono::hours{1}}, club.ada))
            .value();
    return {};
  });
  BOOST_TEST_REQUIRE(done.has_value());
  BOOST_TEST(club.tell("/signed/me", unissued).starts_with("401 token.unknown"));
  // Whatever its form, the app can ask whom it stands for.
  BOOST_TEST((club.call(member_tokens::verify, token).member.id == club.ada.id));
}

BOOST_AUTO_TEST_CASE(the_document_says_which_routes_are_for_members) {
  Club club;
  const auto document = club.engine->openapi("club").value();
  const auto has = [&](std::string_view part) { return document.find(part) != std::string::npos; };
  BOOST_TEST(has("Needs a key with the scope `rooms:read`, or a member's token."));
  BOOST_TEST(has("Needs a key with the scope `tokens:write`."));
}

BOOST_AUTO_TEST_CASE(a_route_that_names_no_member_cannot_be_about_one) {
  const auto refused = [](Route route) {
    const std::array<Route, 1> its{route};
    auto wrong = dialect;
    wrong.routes = its;
    tests::SeededRandom random{1};
    auto store = open_memory();
    const auto opened =
        Engine::open({.store = *store, .master_key = MasterKey::generate(random), .mounts = {{.dialect = &wrong}}});
    return opened ? std::string{"opened"} : std::string{opened.error().reason.name};
  };
  auto route = Route{.method = Method::get,
                     .path = "/members/{member}",
                     .handler = serve<members::find, read_member, write_member>,
                     .summary = "",
                     .needs = {Scope::none, AccessLevel::member},
                     .self = {"member"}};
  BOOST_TEST(refused(route) == "opened");
  auto misspelt = route;
  misspelt.self = {"user"};
  BOOST_TEST(refused(misspelt) == "routes.self");
  auto open = route;
  open.is_open = true;
  BOOST_TEST(refused(open) == "routes.self");
}

BOOST_AUTO_TEST_SUITE_END()
