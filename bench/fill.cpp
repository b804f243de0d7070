#include "fill.hpp"

#include <innkeeper/operations.hpp>
#include <innkeeper/schema/model.hpp>
#include <innkeeper/sqlite.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

using namespace innkeeper;

namespace bench {

namespace {

constexpr int largest_by_engine = 100'000;

std::string login(Engine& engine, const std::string& secret, const std::string& tenant) {
  const auto answer = engine.handle(
      {.method = Method::post,
       .target = "/v3/auth/tokens",
       .headers = {{"Content-Type", "application/json"}},
       .body = R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"id":"default"},"name":"bench",)"
               R"("password":")" +
               secret + R"("}}},"scope":{"project":{"id":")" + tenant + R"("}}}})"});
  require(answer.status == 201, "login");
  return std::string{answer.headers.find("X-Subject-Token").value()};
}

/// Repeats the apps there are under new numbers and uids, without keys; indexes are made when all rows are there, which is much
/// faster. Tenants take turns on, if as many as there are divide by them.
void multiply(const std::string& path, int have, int want) {
  sqlite3* db = nullptr;
  require(sqlite3_open(path.c_str(), &db) == SQLITE_OK, "open");
  const auto run = [&](const std::string& text) {
    require(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
  };
  const auto text_of = [&](const char* expression) {
    std::string all;
    const auto append = [](void* out, int, char** cells, char**) { return *static_cast<std::string*>(out) += cells[0], 0; };
    require(sqlite3_exec(db, expression, append, &all, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
    return all;
  };
  run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY;"
      "CREATE TEMP TABLE kept AS SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'app' AND type = 'index'");
  run(text_of("SELECT 'DROP INDEX \"' || name || '\";' FROM kept"));
  const auto others = text_of(R"(SELECT ', "' || name || '"' FROM pragma_table_info('app') WHERE name NOT IN ('id', 'uid'))");
  run("WITH RECURSIVE n(i) AS (SELECT " + std::to_string(have + 1) + " UNION ALL SELECT i + 1 FROM n WHERE i < " +
      std::to_string(want) + ") INSERT INTO app (id, uid" + others + ") SELECT i, format('%08x', i) || substr(uid, 9)" + others +
      " FROM n CROSS JOIN app ON id = (i - 1) % " + std::to_string(have) + " + 1");
  run(text_of("SELECT sql || ';' FROM kept"));
  sqlite3_close(db);
}

}  // namespace

void require(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "bench: %s\n", what);
  std::exit(1);
}

Filling fill(Engine& engine, int apps, int tenants) {
  const Principal host{.kind = Principal::Kind::host};
  Filling filling;
  const auto made = engine.call(operators::create, host, {.name = "bench"}).value();
  filling.holder = made.created.id;
  for (int i = 0; i < tenants; ++i) {
    const auto tenant = engine.call(tenants::create, host, {.name = "bench"}).value();
    filling.tenants.push_back({tenant.id, tenant.uid, login(engine, made.secret, tenant.uid)});
  }
  for (int done = 0; done < apps;) {
    const int end = std::min(apps, done + 10'000);
    const auto filled = engine.run(Access::write, host, [&](Transaction& tx, const Context& context) -> Result<void> {
      for (int i = done; i < end; ++i) {
        auto app = apps::create(tx, context,
                                {.parent = filling.tenants[static_cast<std::size_t>(i % tenants)].id,
                                 .draft = {.description = "Support desk video",
                                           .domains = JsonText{R"(["desk.example.org","*.example.net"])"},
                                           .permissions = JsonText{R"(["SFU","TURN"])"}}});
        if (!app) return app.error();
        filling.secret = app->secret;
      }
      return {};
    });
    require(filled.has_value(), "fill");
    done = end;
  }
  return filling;
}

void fill_file(const std::string& path, int apps, int tenants) {
  const int by_engine = std::min(apps, largest_by_engine);
  Filling filling;
  {
    auto store = open_sqlite({.path = path}).value();
    const auto random = system_random();
    const auto key = MasterKey::create_file(path + ".key", *random).value();
    auto engine = Engine::open({.store = *store, .master_key = key}).value();
    filling = fill(*engine, by_engine, tenants);
  }
  if (apps > by_engine) multiply(path, by_engine, apps);
  std::printf(R"({"apps":%d,"secret":"%s","tenants":[)", apps, filling.secret.c_str());
  for (const auto& each : filling.tenants)
    std::printf(R"(%s{"uid":"%s","token":"%s"})", &each == filling.tenants.data() ? "" : ",", each.uid.c_str(),
                each.token.c_str());
  std::printf("]}\n");
}

}  // namespace bench
