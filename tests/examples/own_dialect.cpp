#include <innkeeper/engine.hpp>
#include <innkeeper/memory.hpp>

#include <array>
#include <iostream>

using namespace innkeeper;

namespace {

// An entity of the host's own, described once; every store can keep it.
struct Guest {
  Id id{};
  std::int64_t version = 0;
  std::string name{};
};

}  // namespace

template <>
inline constexpr auto innkeeper::description_of<Guest> = describe<Guest>("guest", column("name", &Guest::name)).unique("name");

namespace {

Result<Guest> do_check_in(Transaction& tx, const Context&, const std::string& name) {
  if (name.empty()) return Error{Errc::invalid, Reason{"guest.nameless"}, "a guest needs a name"};
  Guest guest{.name = name};
  if (auto stored = tx.insert(guest); !stored) return stored.error();
  return guest;
}
constexpr Operation<std::string, Guest> check_in{"guests.check_in", Access::write, do_check_in};

Result<std::string> read_name(const Call& call) { return call.request.body; }
void write_guest(const Guest& guest, const Context&, Response& response) {
  response.status = 201;
  response.body = "guest " + std::to_string(number(guest.id));
}
void render_error(const Error& error, const Context&, Response& response) {
  response.status = error.code == Errc::already_exists ? 409 : 400;
  response.body = error.detail;
}

constexpr std::array<Route, 1> routes{{{.method = Method::post,
                                        .path = "/guests",
                                        .handler = serve<check_in, read_name, write_guest>,
                                        .summary = "Check a guest in",
                                        .is_open = true}}};
constexpr std::array<PathFamily, 1> path_family{{{"/guests"}}};
constexpr Dialect front_desk{
    .name = "front-desk", .title = "Front desk", .routes = routes, .path_families = path_family, .render_error = render_error};

constexpr std::array<const Table*, 1> tables{&table_of<Guest>};
constexpr Schema schema{"frontdesk", 1, tables};

}  // namespace

int main() {
  auto random = system_random();
  auto store = open_memory();
  store->migrate(schema).value();
  auto mounts = default_mounts();
  mounts.push_back({.dialect = &front_desk});
  auto engine = Engine::open({.store = *store, .master_key = MasterKey::generate(*random), .mounts = mounts}).value();

  const Request ada{.method = Method::post, .target = "/guests", .body = "Ada"};
  const auto first = engine->handle(ada);
  const auto second = engine->handle(ada);
  std::cout << first.status << ' ' << first.body << '\n' << second.status << '\n';
  return first.status == 201 && second.status == 409 ? 0 : 1;
}
