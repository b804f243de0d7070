#include <innkeeper/engine.hpp>
#include <innkeeper/operations.hpp>
#include <innkeeper/sqlite.hpp>

#include <iostream>

using namespace innkeeper;

int main() {
  auto random = system_random();
  auto store = open_sqlite({.path = ":memory:"}).value();
  auto engine = Engine::open({.store = *store, .master_key = MasterKey::generate(*random)}).value();

  // Typed, without any message: the host sets up a tenant and someone to administer it.
  const Principal host{.kind = Principal::Kind::host};
  const auto tenant = engine->call(tenants::create, host, {.name = "demo"}).value();
  const auto admin = engine->call(operators::create, host, {.tenant = tenant.id, .name = "admin"}).value();

  // The same house through a vendor's contract: log in, then create an app.
  const auto login = engine->handle({.method = Method::post, .target = "/v3/auth/tokens", .body = R"({"auth":{
      "identity":{"methods":["password"],"password":{"user":{"domain":{"id":"default"},"name":"admin","password":")" +
      admin.secret + R"("}}},"scope":{"project":{"id":")" + tenant.uid + R"("}}}})"});
  const std::string token{login.headers.find("X-Subject-Token").value()};
  const auto created = engine->handle({.method = Method::post, .target = "/tenants/" + tenant.uid + "/apps",
                                       .headers = {{"X-Auth-Token", token}}, .body = R"({"description":"Support desk"})"});
  std::cout << created.status << ' ' << created.body << '\n';
  return created.status == 200 ? 0 : 1;
}
