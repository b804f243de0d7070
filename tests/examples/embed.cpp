#include <innkeeper/engine.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/sqlite.hpp>

#include <iostream>

using namespace innkeeper;

int main() {
  auto random = system_random();
  auto store = open_sqlite({.path = ":memory:"}).value();
  auto engine = Engine::open({.store = *store, .master_key = MasterKey::generate(*random)}).value();

  // Typed, without any message: a tenant, someone to administer it, and a token for them.
  const Principal host{.kind = Principal::Kind::host};
  const auto tenant = engine->call(tenants::create, host, {.name = "demo"}).value();
  const auto admin = engine->call(operators::create, host, {.parent = tenant.id, .name = "admin"}).value();
  const auto login = access_tokens::Login{.name = "admin", .secret = admin.secret, .tenant = tenant.uid};
  const auto issued = engine->call(access_tokens::issue, host, login).value();

  // The same data through a vendor's contract.
  const auto created = engine->handle({.method = Method::post,
                                       .target = "/tenants/" + tenant.uid + "/apps",
                                       .headers = {{"X-Auth-Token", issued.token}},
                                       .body = R"({"description":"Support desk"})"});
  std::cout << created.status << ' ' << created.body << '\n';
  return created.status == 200 ? 0 : 1;
}
