#include "tests/domain/fixture.hpp"

#include "engine/base/internals.hpp"
#include "engine/changes/audit.hpp"
#include "engine/crypto/keyring.hpp"

#include <innkeeper/memory.hpp>
#include <innkeeper/sqlite.hpp>

#include <algorithm>

/// Stores of earlier versions come up and go on.
namespace innkeeper::tests::step_3 {

/// An app and a key as schema step 3 kept them.
struct App {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  std::string uid{};
  std::optional<std::string> name{};
  std::string description{};
  AppStatus status = AppStatus::active;
  JsonText domains{"[]"};
  JsonText permissions{"[]"};
  std::string recording_bucket{};
  Bytes recording_credential{};
  JsonText extras{"{}"};
  Instant created_at{};
  Instant updated_at{};
  Mode mode = Mode::live;
};
struct Key {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  KeyOwner owner_kind = KeyOwner::app;
  Id owner{};
  std::string uid{};
  Bytes digest{};
  Bytes sealed{};
  std::string hint{};
  Instant created_at{};
  std::string prefix{};
  std::string label{};
  std::string scopes{"*"};
  Mode mode = Mode::live;
  std::string networks{};
  std::optional<Instant> expires_at{};
  std::optional<Instant> revoked_at{};
  Id replaced_by{};
  std::int64_t last_used = 0;
  std::optional<std::int64_t> rate_quota{};
  std::optional<std::int64_t> rate_window{};
  std::optional<Instant> updated_at{};
};

}  // namespace innkeeper::tests::step_3

namespace innkeeper::tests::step_8 {

/// A room as schema step 8 kept it.
struct Room {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string uid{};
  std::string name{};
  RoomKind kind = RoomKind::permanent;
  RoomStatus status = RoomStatus::open;
  std::string owner_ref{};
  std::int64_t capacity = 0;
  std::optional<Instant> starts_at{};
  std::optional<Instant> ends_at{};
  bool is_live = false;
  JsonText metadata{"{}"};
  JsonText extras{"{}"};
  Instant created_at{};
  Instant updated_at{};
  RoomMode mode = RoomMode::group;
  std::int64_t moderators = 0;
  std::int64_t lifetime = 0;
};

}  // namespace innkeeper::tests::step_8

namespace innkeeper {

template <>
inline constexpr auto description_of<tests::step_8::Room> =
    describe<tests::step_8::Room>(
        "room", column("tenant", &tests::step_8::Room::tenant), column("app", &tests::step_8::Room::app),
        column("uid", &tests::step_8::Room::uid), column("name", &tests::step_8::Room::name),
        column("kind", &tests::step_8::Room::kind), column("status", &tests::step_8::Room::status),
        column("owner_ref", &tests::step_8::Room::owner_ref), column("capacity", &tests::step_8::Room::capacity),
        column("starts_at", &tests::step_8::Room::starts_at), column("ends_at", &tests::step_8::Room::ends_at),
        column("is_live", &tests::step_8::Room::is_live), column("metadata", &tests::step_8::Room::metadata),
        column("extras", &tests::step_8::Room::extras), column("created_at", &tests::step_8::Room::created_at),
        column("updated_at", &tests::step_8::Room::updated_at), column("mode", &tests::step_8::Room::mode, 3, "group"),
        column("moderators", &tests::step_8::Room::moderators, 3), column("lifetime", &tests::step_8::Room::lifetime, 3))
        .owned_by("tenant")
        .within("app")
        .unique("uid")
        .index("app", "created_at")
        .index("app", "name")
        .since(2)
        .indexes_since(3)
        .index("kind", "ends_at");

template <>
inline constexpr auto description_of<tests::step_3::App> =
    describe<tests::step_3::App>("app", column("tenant", &tests::step_3::App::tenant), column("uid", &tests::step_3::App::uid),
                                 column("name", &tests::step_3::App::name),
                                 column("description", &tests::step_3::App::description),
                                 column("status", &tests::step_3::App::status), column("domains", &tests::step_3::App::domains),
                                 column("permissions", &tests::step_3::App::permissions),
                                 column("recording_bucket", &tests::step_3::App::recording_bucket),
                                 column("recording_credential", &tests::step_3::App::recording_credential),
                                 column("extras", &tests::step_3::App::extras),
                                 column("created_at", &tests::step_3::App::created_at),
                                 column("updated_at", &tests::step_3::App::updated_at),
                                 column("mode", &tests::step_3::App::mode, 2, "live"))
        .owned_by("tenant")
        .within("id")
        .unique("uid")
        .index("tenant")
        .index("name");

template <>
inline constexpr auto description_of<tests::step_3::Key> =
    describe<tests::step_3::Key>(
        "key", column("tenant", &tests::step_3::Key::tenant), column("owner_kind", &tests::step_3::Key::owner_kind),
        column("owner", &tests::step_3::Key::owner), column("uid", &tests::step_3::Key::uid),
        column("digest", &tests::step_3::Key::digest), column("sealed", &tests::step_3::Key::sealed),
        column("hint", &tests::step_3::Key::hint), column("created_at", &tests::step_3::Key::created_at),
        column("prefix", &tests::step_3::Key::prefix, 2), column("label", &tests::step_3::Key::label, 2),
        column("scopes", &tests::step_3::Key::scopes, 2, "*"), column("mode", &tests::step_3::Key::mode, 2, "live"),
        column("networks", &tests::step_3::Key::networks, 2), column("expires_at", &tests::step_3::Key::expires_at, 2),
        column("revoked_at", &tests::step_3::Key::revoked_at, 2), column("replaced_by", &tests::step_3::Key::replaced_by, 2),
        column("last_used", &tests::step_3::Key::last_used, 2), column("rate_quota", &tests::step_3::Key::rate_quota, 2),
        column("rate_window", &tests::step_3::Key::rate_window, 2), column("updated_at", &tests::step_3::Key::updated_at, 2))
        .owned_by("tenant")
        .unique("uid")
        .index("digest")
        .index("owner_kind", "owner");

}  // namespace innkeeper

namespace innkeeper::tests {

namespace {

constexpr std::string_view old_secret = "a-secret-of-step-3";

/// One more row of the trail as step 3 wrote it.
Result<void> add_old_line(Transaction& tx, const crypto::Keyring& keyring, std::string action) {
  auto last = tx.first(Query<Audit>{}.order_by(&Audit::id, /*descending=*/true));
  Audit row{.actor = "host", .action = std::move(action)};
  row.hash = changes::step_3_chain_hash(keyring, last ? last->hash : Bytes{}, row);
  return tx.insert(row);
}

/// A store as step 3 left it, under the master key of a `Fixture`: a tenant, an app with a key, two lines of the trail.
std::unique_ptr<Store> at_step_3(std::unique_ptr<Store> store) {
  std::vector<const Table*> tables(all_tables().begin(), all_tables().end());
  std::erase_if(tables, [](const Table* table) { return table->since > 3; });
  for (auto& table : tables) {
    if (table == &table_of<Key>) table = &table_of<step_3::Key>;
    if (table == &table_of<App>) table = &table_of<step_3::App>;
  }
  store->migrate({"innkeeper", 3, tables}).value();
  SeededRandom random{7};
  const auto master_key = MasterKey::generate(random);
  const auto keyring = crypto::Keyring::open(*store, master_key, random).value();
  store
      ->run(Access::write,
            [&](Transaction& tx) -> Result<void> {
              Tenant tenant{.uid = "t", .name = "old"};
              if (auto stored = tx.insert(tenant); !stored) return stored;
              step_3::App app{.tenant = tenant.id, .uid = "a"};
              if (auto stored = tx.insert(app); !stored) return stored;
              step_3::Key key{.tenant = tenant.id, .owner = app.id, .uid = "k"};
              key.digest.data = crypto::as_text(keyring->digest(old_secret));
              if (auto stored = tx.insert(key); !stored) return stored;
              if (auto added = add_old_line(tx, *keyring, "tenant.create"); !added) return added;
              return add_old_line(tx, *keyring, "app.create");
            })
      .value();
  return store;
}

/// A store as step 8 left it, with one room.
std::unique_ptr<Store> at_step_8(std::unique_ptr<Store> store) {
  std::vector<const Table*> tables(all_tables().begin(), all_tables().end());
  std::ranges::replace(tables, &table_of<Room>, &table_of<step_8::Room>);
  store->migrate({"innkeeper", 8, tables}).value();
  store
      ->run(Access::write,
            [&](Transaction& tx) -> Result<void> {
              Tenant tenant{.uid = "t", .name = "old"};
              if (auto stored = tx.insert(tenant); !stored) return stored;
              App app{.tenant = tenant.id, .uid = "a"};
              if (auto stored = tx.insert(app); !stored) return stored;
              step_8::Room room{.tenant = tenant.id, .app = app.id, .uid = "r", .name = "hall", .capacity = 7};
              return tx.insert(room);
            })
      .value();
  return store;
}
std::vector<Backend> stores_of_step_8() {
  return {{"memory", [](const TemporaryFolder&) { return at_step_8(open_memory()); }},
          {"sqlite", [](const TemporaryFolder& folder) { return at_step_8(sqlite().open(folder)); }}};
}

std::vector<Backend> old_stores() {
  return {{"memory", [](const TemporaryFolder&) { return at_step_3(open_memory()); }},
          {"sqlite", [](const TemporaryFolder& folder) { return at_step_3(sqlite().open(folder)); }}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stores_of_earlier_versions)

BOOST_DATA_TEST_CASE(a_secret_of_step_3_lets_in_and_its_key_has_no_maker, old_stores(), backend) {
  const Fixture fixture{backend};
  const auto who = fixture.enter(std::string{old_secret}).value();
  BOOST_TEST((fixture.row<Key>(who.key).made_by == Id::none));
  const auto made = fixture.call(keys::create, who, {.parent = who.id}).value();
  BOOST_TEST((made.key.made_by == who.key));
  BOOST_TEST(fixture.call(keys::revoke_lineage, host, who.key).value().revoked == 1);
  BOOST_TEST(why(fixture.enter(std::string{old_secret})) == "key.revoked");
}

BOOST_DATA_TEST_CASE(a_room_of_step_8_has_an_empty_description_and_takes_one, stores_of_step_8(), backend) {
  const Fixture fixture{backend};
  const auto room = fixture.call(rooms::find, host, std::string{"r"}).value();
  BOOST_TEST(room.description.empty());
  BOOST_TEST(room.capacity == 7);
  BOOST_TEST(fixture.call(rooms::update, host, {.ref = room.id, .draft = {.description = "by the door"}}).value().description ==
             "by the door");
  BOOST_TEST(fixture.row<Room>(room.id).description == "by the door");
}

BOOST_DATA_TEST_CASE(a_trail_of_step_3_is_whole_and_goes_on, old_stores(), backend) {
  const Fixture fixture{backend};
  const auto proof = [&] { return fixture.call(audit::verify, host, {}).value(); };
  BOOST_TEST((proof().rows == 2 && proof().broken_at == Id::none));
  fixture.make_tenant("new");
  BOOST_TEST((proof().rows == 3 && proof().broken_at == Id::none));
  fixture.store
      ->run(Access::write,
            [&](Transaction& tx) -> Result<void> {
              auto row = tx.get<Audit>(Id{2});
              row->action = "app.delete";
              return tx.update(*row);
            })
      .value();
  BOOST_TEST((proof().broken_at == Id{2}));
}

BOOST_DATA_TEST_CASE(a_line_of_step_3_behind_later_ones_breaks_the_chain, old_stores(), backend) {
  const Fixture fixture{backend};
  fixture.make_tenant("new");
  fixture
      .run(Access::write, host,
           [](Transaction& tx, const Context& context) -> Result<Nothing> {
             if (auto added = add_old_line(tx, context.internals.keyring, "forged"); !added) return added.error();
             return Nothing{};
           })
      .value();
  BOOST_TEST((fixture.call(audit::verify, host, {}).value().broken_at == Id{4}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
