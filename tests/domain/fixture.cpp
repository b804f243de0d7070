#include "tests/domain/fixture.hpp"

#include <innkeeper/memory.hpp>
#include <innkeeper/sqlite.hpp>

#include <algorithm>

namespace innkeeper::tests {

namespace {

Fixture::KeyLogin pass_of(const Fixture& fixture, Result<keys::Issued> issued) {
  auto made = std::move(issued).value();
  const auto address = made.key.networks.substr(0, made.key.networks.find('/'));
  return {made.key, made.secret, fixture.enter(made.secret, address).value()};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Backend& backend) { return out << backend.name; }

Backend sqlite() {
  return {"sqlite", [](const TemporaryFolder& folder) {
            return open_sqlite({.path = (folder.path() / "house.db").string(), .is_durable = false}).value();
          }};
}

std::vector<Backend> stores() {
  return {{"memory", [](const TemporaryFolder&) { return open_memory(); }}, sqlite()};
}

Fixture::Fixture(const Backend& backend, Rates rates, std::vector<Mount> mounts, Clock* other_clock,
                 std::vector<const Table*> entities)
    : store(backend.open(folder)),
      master_key(MasterKey::generate(random)),
      engine(Engine::open({.store = *store,
                           .master_key = master_key,
                           .mounts = std::move(mounts),
                           .environment = {other_clock != nullptr ? other_clock : &clock, &random, &log},
                           .rates = rates,
                           .entities = std::move(entities)})
                 .value()) {}

Result<Principal> Fixture::enter(const std::string& secret, const std::string& address) const {
  return run(Access::read, host,
             [&](Transaction& tx, const Context& context) { return keys::authenticate(tx, context, secret, address); });
}

Tenant Fixture::make_tenant(const std::string& name) const { return call(tenants::create, host, {.name = name}).value(); }

Fixture::AppLogin Fixture::make_app(Id tenant, Mode mode) const {
  auto issued = call(apps::create, host, {.parent = tenant, .draft = {.mode = mode}}).value();
  return {issued.view.app, issued.secret, enter(issued.secret).value()};
}

Fixture::OperatorLogin Fixture::make_operator(Id tenant, const std::string& name) const {
  const auto whose = tenant == Id::none ? Ref{} : Ref{tenant};
  auto issued = call(operators::create, host, {.parent = whose, .name = name}).value();
  return {issued.created, issued.secret, enter(issued.secret).value()};
}

Fixture::KeyLogin Fixture::make_key(Id app, keys::Draft draft) const {
  return pass_of(*this, call(keys::create, host, {.parent = app, .draft = std::move(draft)}));
}

Fixture::KeyLogin Fixture::make_operator_key(Id holder, keys::Draft draft) const {
  return pass_of(*this,
                 call(keys::create, host, {.parent = holder, .holder = KeyOwner::administrator, .draft = std::move(draft)}));
}

std::string tables_with(const Fixture& fixture, std::string_view text) {
  std::string found;
  each_entity([&]<class E>() {
    const auto rows = fixture.rows<E>();
    const bool has_it = std::any_of(rows.begin(), rows.end(), [&](const E& row) {
      const auto cells = to_cells(row);
      return std::any_of(cells.begin(), cells.end(),
                         [&](const Value& cell) { return cell.text().find(text) != std::string_view::npos; });
    });
    if (has_it) found.append(found.empty() ? "" : " ").append(table_of<E>.name);
  });
  return found;
}

}  // namespace innkeeper::tests
