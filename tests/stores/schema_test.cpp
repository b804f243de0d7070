#include "tests/stores/backends.hpp"

#include <innkeeper/schema/model.hpp>

namespace innkeeper::tests {

namespace first_version {
struct Parcel {
  Id id{};
  std::int64_t version = 0;
  std::string label{};
  std::int64_t weight = 0;
};
}  // namespace first_version

namespace second_version {
struct Parcel {  // two columns more, one of them between the old ones
  Id id{};
  std::int64_t version = 0;
  std::string label{};
  std::string sender{};
  std::int64_t weight = 0;
  std::optional<std::int64_t> shelf{};
};
struct Shelf {
  Id id{};
  std::int64_t version = 0;
  std::string name{};
};
}  // namespace second_version

namespace third_version {
struct Parcel {  // columns that older rows have something in, and an index over old ones
  Id id{};
  std::int64_t version = 0;
  std::string label{};
  std::int64_t weight = 0;
  std::string carrier{};
  std::optional<std::string> note{};
  std::int64_t stops = 0;
  Bytes seal{};
};
}  // namespace third_version

namespace altered_version {
struct Parcel {
  Id id{};
  std::int64_t version = 0;
  std::string label{};
  std::string weight{};
};
}  // namespace altered_version

}  // namespace innkeeper::tests

namespace innkeeper {

template <>
inline constexpr auto description_of<tests::first_version::Parcel> =
    describe<tests::first_version::Parcel>("parcel", column("label", &tests::first_version::Parcel::label),
                                           column("weight", &tests::first_version::Parcel::weight))
        .unique("label");
template <>
inline constexpr auto description_of<tests::second_version::Parcel> =
    describe<tests::second_version::Parcel>("parcel", column("label", &tests::second_version::Parcel::label),
                                            column("sender", &tests::second_version::Parcel::sender, 2),
                                            column("weight", &tests::second_version::Parcel::weight),
                                            column("shelf", &tests::second_version::Parcel::shelf, 2))
        .unique("label")
        .index("sender", "weight");
template <>
inline constexpr auto description_of<tests::second_version::Shelf> =
    describe<tests::second_version::Shelf>("shelf", column("name", &tests::second_version::Shelf::name)).unique("name").since(2);
template <>
inline constexpr auto description_of<tests::third_version::Parcel> =
    describe<tests::third_version::Parcel>("parcel", column("label", &tests::third_version::Parcel::label),
                                           column("weight", &tests::third_version::Parcel::weight),
                                           column("carrier", &tests::third_version::Parcel::carrier, 2, "o'foot"),
                                           column("note", &tests::third_version::Parcel::note, 2),
                                           column("stops", &tests::third_version::Parcel::stops, 2),
                                           column("seal", &tests::third_version::Parcel::seal, 2))
        .unique("label")
        .indexes_since(2)
        .unique("weight")
        .index("carrier", "weight");
template <>
inline constexpr auto description_of<tests::altered_version::Parcel> =
    describe<tests::altered_version::Parcel>("parcel", column("label", &tests::altered_version::Parcel::label),
                                             column("weight", &tests::altered_version::Parcel::weight))
        .unique("label");

}  // namespace innkeeper

namespace innkeeper::tests {

namespace {

using OldParcel = first_version::Parcel;
using NewParcel = second_version::Parcel;
using Shelf = second_version::Shelf;

constexpr const Table* old_tables[] = {&table_of<OldParcel>};
constexpr const Table* new_tables[] = {&table_of<Shelf>, &table_of<NewParcel>};
constexpr const Table* altered_tables[] = {&table_of<altered_version::Parcel>};
constexpr const Table* keyword_tables[] = {&table_of<Keyword>};
constexpr Schema old_schema{"post", 1, old_tables};
constexpr Schema new_schema{"post", 2, new_tables};
using RichParcel = third_version::Parcel;
constexpr const Table* rich_tables[] = {&table_of<RichParcel>};
constexpr Schema rich_schema{"post", 2, rich_tables};
constexpr Schema altered_schema{"post", 1, altered_tables};

constexpr Index by_weight{.columns = {3}, .size = 1, .is_unique = true, .since = 2};
constexpr std::array<Index, 2> indexes_with_one_more{table_of<OldParcel>.indexes[0], by_weight};
constexpr Table table_with_one_more_index{"parcel", table_of<OldParcel>.columns, indexes_with_one_more};
constexpr const Table* tables_with_one_more_index[] = {&table_with_one_more_index};
constexpr Schema schema_with_one_more_index{"post", 2, tables_with_one_more_index};

}  // namespace

BOOST_AUTO_TEST_SUITE(schemas)

BOOST_DATA_TEST_CASE(migrating_again_changes_nothing, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  BOOST_TEST(store->migrate(new_schema).has_value());
  insert(*store, NewParcel{.label = "a"}).value();
  BOOST_TEST(store->migrate(new_schema).has_value());
  BOOST_TEST(count<NewParcel>(*store) == 1);
}

BOOST_DATA_TEST_CASE(a_later_step_adds_tables_and_columns_and_keeps_the_rows, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  store->migrate(old_schema).value();
  insert(*store, OldParcel{.id = Id{9}, .label = "a", .weight = 5}).value();
  BOOST_TEST(store->migrate(new_schema).has_value());

  auto parcel = get<NewParcel>(*store, Id{9}).value();
  BOOST_TEST(parcel.version == 1);
  BOOST_TEST(parcel.label == "a");
  BOOST_TEST(parcel.weight == 5);
  BOOST_TEST(parcel.sender.empty());
  BOOST_TEST(!parcel.shelf.has_value());
  parcel.sender = "ada";
  parcel.shelf = 3;
  BOOST_TEST(store->run(Access::write, [&](Transaction& tx) { return tx.update(parcel); }).has_value());
  BOOST_TEST(get<NewParcel>(*store, Id{9}).value().sender == "ada");
  BOOST_TEST(insert(*store, NewParcel{.label = "a"}).error().code == Errc::already_exists);
  BOOST_TEST(insert(*store, NewParcel{.label = "b"}).value().id == Id{10});
  BOOST_TEST(insert(*store, Shelf{.name = "top"}).has_value());
}

BOOST_DATA_TEST_CASE(a_later_step_adds_an_index_and_keeps_the_rows, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  store->migrate(old_schema).value();
  insert(*store, OldParcel{.label = "a", .weight = 5}).value();
  BOOST_TEST(store->migrate(schema_with_one_more_index).has_value());
  BOOST_TEST(store->migrate(schema_with_one_more_index).has_value());
}

BOOST_DATA_TEST_CASE(rows_that_were_there_before_hold_what_a_new_column_starts_as, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  store->migrate(old_schema).value();
  insert(*store, OldParcel{.label = "a", .weight = 5}).value();
  store->migrate(rich_schema).value();
  auto parcel = get<RichParcel>(*store, Id{1}).value();
  BOOST_TEST(parcel.carrier == "o'foot");
  BOOST_TEST(!parcel.note.has_value());
  BOOST_TEST(parcel.stops == 0);
  BOOST_TEST(parcel.seal.data.empty());
  BOOST_TEST(count(*store, Query<RichParcel>{}.where(&RichParcel::carrier, std::string{"o'foot"})) == 1);
  // A row that comes later says for itself what it holds.
  BOOST_TEST(get<RichParcel>(*store, insert(*store, RichParcel{.label = "b", .weight = 6}).value().id).value().carrier.empty());
  parcel.carrier = "cart";
  BOOST_TEST(store->run(Access::write, [&](Transaction& tx) { return tx.update(parcel); }).has_value());
  store->migrate(rich_schema).value();
  BOOST_TEST(get<RichParcel>(*store, Id{1}).value().carrier == "cart");
}

BOOST_DATA_TEST_CASE(an_index_of_a_later_step_holds_for_rows_old_and_new, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  store->migrate(old_schema).value();
  insert(*store, OldParcel{.label = "a", .weight = 5}).value();
  BOOST_TEST(insert(*store, OldParcel{.label = "a"}).error().code == Errc::already_exists);
  store->migrate(rich_schema).value();
  BOOST_TEST(insert(*store, RichParcel{.label = "b", .weight = 5}).error().code == Errc::already_exists);
  BOOST_TEST(insert(*store, RichParcel{.label = "a", .weight = 6}).error().code == Errc::already_exists);
  BOOST_TEST(insert(*store, RichParcel{.label = "b", .weight = 6}).has_value());
}

BOOST_DATA_TEST_CASE(a_step_that_the_rows_do_not_allow_is_a_conflict_and_changes_nothing, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  store->migrate(old_schema).value();
  for (const auto* label : {"a", "b"}) insert(*store, OldParcel{.label = label, .weight = 5}).value();
  BOOST_TEST(store->migrate(schema_with_one_more_index).error().code == Errc::conflict);
  BOOST_TEST(count<OldParcel>(*store) == 2);
  BOOST_TEST(store->migrate(old_schema).has_value());
}

BOOST_DATA_TEST_CASE(a_schema_written_by_a_later_version_is_refused, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  store->migrate(new_schema).value();
  insert(*store, NewParcel{.label = "a"}).value();
  const auto error = store->migrate(old_schema).error();
  BOOST_TEST(error.code == Errc::conflict);
  BOOST_TEST(error.reason == Reason{"schema.newer"});
  BOOST_TEST(error.detail.find("post") != std::string::npos);
  BOOST_TEST(count<NewParcel>(*store) == 1);
}

BOOST_DATA_TEST_CASE(a_step_that_reads_differently_now_is_refused, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  store->migrate(old_schema).value();
  insert(*store, OldParcel{.label = "a"}).value();
  const auto error = store->migrate(altered_schema).error();
  BOOST_TEST(error.code == Errc::conflict);
  BOOST_TEST(error.reason == Reason{"schema.changed"});
  BOOST_TEST(error.detail.find("step 1") != std::string::npos);
  BOOST_TEST(count<OldParcel>(*store) == 1);
}

BOOST_DATA_TEST_CASE(schemas_of_different_names_live_side_by_side, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  BOOST_TEST(store->migrate(old_schema).has_value());
  BOOST_TEST(store->migrate(Schema{"words", 1, keyword_tables}).has_value());
  BOOST_TEST(insert(*store, Keyword{.select = "x"}).has_value());
  BOOST_TEST(insert(*store, OldParcel{.label = "a"}).has_value());
  BOOST_TEST(store->migrate(new_schema).has_value());
  BOOST_TEST(count<Keyword>(*store) == 1);
}

BOOST_DATA_TEST_CASE(a_table_of_another_schema_is_not_taken_over, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  store->migrate(old_schema).value();
  BOOST_TEST(store->migrate(Schema{"thief", 1, old_tables}).error().code == Errc::conflict);
  BOOST_TEST(insert(*store, OldParcel{.label = "a"}).has_value());
}

BOOST_DATA_TEST_CASE(the_order_in_which_a_schema_names_its_tables_does_not_matter, stores(), backend) {
  const TemporaryFolder folder;
  const auto store = backend.open(folder);
  store->migrate(new_schema).value();
  const Table* const other_order[] = {&table_of<NewParcel>, &table_of<Shelf>};
  BOOST_TEST(store->migrate(Schema{"post", 2, other_order}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace innkeeper::tests
