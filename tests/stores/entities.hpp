#pragma once

#include <innkeeper/store.hpp>
#include <innkeeper/transaction.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Entities for these tests alone: one with a cell of every type, and one whose names are words of SQL.
namespace innkeeper::tests {

enum class Mood : std::uint8_t { calm, tired, merry };

struct Guest {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  std::string name{};
  std::optional<std::string> nick{};
  std::int64_t age = 0;
  std::optional<std::int64_t> room{};
  std::int64_t stays = 0;
  Bytes seal{};
  bool is_known = false;
  Mood mood = Mood::calm;
  Instant since{};
  JsonText extras{"{}"};
};

struct Keyword {
  Id id{};
  std::int64_t version = 0;
  std::string select{};
  std::int64_t from = 0;
};

/// A thing of an app.
struct Thing {
  Id id{};
  std::int64_t version = 0;
  Id tenant{};
  Id app{};
  std::string name{};
  std::int64_t turns = 0;
};

}  // namespace innkeeper::tests

namespace innkeeper {

template <>
inline constexpr std::array<std::string_view, 3> names_of<tests::Mood>{"calm", "tired", "merry"};

template <>
inline constexpr auto description_of<tests::Guest> =
    describe<tests::Guest>("guest", column("tenant", &tests::Guest::tenant), column("name", &tests::Guest::name),
                           column("nick", &tests::Guest::nick), column("age", &tests::Guest::age),
                           column("room", &tests::Guest::room), column("stays", &tests::Guest::stays),
                           column("seal", &tests::Guest::seal), column("is_known", &tests::Guest::is_known),
                           column("mood", &tests::Guest::mood), column("since", &tests::Guest::since),
                           column("extras", &tests::Guest::extras))
        .owned_by("tenant")
        .unique("tenant", "name")
        .unique("nick")
        .index("age")
        .index("room", "age");

template <>
inline constexpr auto description_of<tests::Keyword> = describe<tests::Keyword>("order",
                                                                                column("select", &tests::Keyword::select),
                                                                                column("from", &tests::Keyword::from))
                                                           .unique("select")
                                                           .index("from");

template <>
inline constexpr auto description_of<tests::Thing> = describe<tests::Thing>("thing", column("tenant", &tests::Thing::tenant),
                                                                            column("app", &tests::Thing::app),
                                                                            column("name", &tests::Thing::name),
                                                                            column("turns", &tests::Thing::turns))
                                                         .owned_by("tenant")
                                                         .within("app")
                                                         .unique("app", "name");

}  // namespace innkeeper

namespace innkeeper::tests {

inline constexpr const Table* test_tables[] = {&table_of<Guest>, &table_of<Keyword>, &table_of<Thing>};
inline constexpr Schema test_schema{"house", 1, test_tables};

}  // namespace innkeeper::tests
