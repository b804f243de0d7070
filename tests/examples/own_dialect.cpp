#include <innkeeper/contract/bodies.hpp>
#include <innkeeper/contract/error_page.hpp>
#include <innkeeper/contract/fields.hpp>
#include <innkeeper/contract/properties.hpp>
#include <innkeeper/engine.hpp>
#include <innkeeper/memory.hpp>
#include <innkeeper/schema/model.hpp>

#include <array>
#include <iostream>
#include <string>

using namespace innkeeper;

namespace {

// An entity of the host's own, described once; every store can keep it.
struct Guest {
  Id id{};
  std::int64_t version = 0;
  std::string name{};
  std::int64_t nights = 1;
};

}  // namespace

template <>
inline constexpr auto innkeeper::description_of<Guest> =
    describe<Guest>("guest", column("name", &Guest::name), column("nights", &Guest::nights)).unique("name");

namespace {

Result<Guest> do_check_in(Transaction& tx, const Context&, const Guest& guest) {
  Guest stored = guest;
  if (auto inserted = tx.insert(stored); !inserted) return inserted.error();
  return stored;
}
constexpr Operation<Guest, Guest> check_in{"guests.check_in", Access::write, do_check_in};

// What a request holds: decoding, what is said of a mistake, and the schema in the document follow from the rows.
constexpr contract::Field new_guest_fields[] = {
    contract::field<&Guest::name>("/name", contract::required, contract::at_least(1), contract::at_most(100), "As on the bill"),
    contract::field<&Guest::nights>("/nights", contract::within(1, 30)),
};
constexpr auto new_guest = contract::fields<Guest>("NewGuest", new_guest_fields);

// What an answer shows.
constexpr contract::Property guest_properties[] = {
    contract::show<&Guest::name>("name"),
    contract::show<&Guest::nights>("nights"),
};
constexpr contract::Properties<Guest> guest{"Guest", guest_properties};

Result<Guest> read_guest(const Call& call) { return contract::read_body(call, {}, new_guest); }
void write_guest(const Guest& stored, const Context&, Response& response) {
  response.status = 201;
  response.headers.set(header::content_type, "application/json");
  json::Writer out{response.body};
  contract::encode(out, guest, stored);
}

// How failures are told. It does not compile if there is one that it does not tell.
constexpr auto page = contract::checked({.by_errc = contract::standard_wordings});
void render_error(const Error& error, const Context& context, Response& response) {
  response.status = contract::wording_of(page, error, context.operation).status;
  response.headers.set(header::content_type, "text/plain");
  response.body = error.detail;
}

constexpr std::array<Route, 1> routes{{{.method = Method::post,
                                        .path = "/guests",
                                        .handler = serve<check_in, read_guest, write_guest>,
                                        .summary = "Check a guest in",
                                        .is_open = true,
                                        .request_schema = contract::schema_of<new_guest>,
                                        .response_schema = [] { return contract::schema(guest); },
                                        .status = 201}}};
constexpr std::array<PathFamily, 1> paths{{{"/guests"}}};
constexpr Dialect front_desk{
    .name = "front-desk", .title = "Front desk", .routes = routes, .path_families = paths, .render_error = render_error};

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

  std::string statuses;
  for (const auto* body : {R"({"name":"Ada","nights":3})", R"({"name":"Ada"})", R"({"nights":3})"}) {
    const auto answer = engine->handle({.method = Method::post, .target = "/guests", .body = body});
    std::cout << answer.status << ' ' << answer.body << '\n';
    statuses += std::to_string(answer.status) + ' ';
  }
  return statuses == "201 409 400 " ? 0 : 1;
}
