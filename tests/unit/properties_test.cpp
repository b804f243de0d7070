#include <innkeeper/contract/properties.hpp>
#include <innkeeper/json/codecs.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace innkeeper;

namespace {

using contract::Properties;
using contract::Property;
using contract::show;

struct Slot {
  std::int64_t number = 0;
};
struct Room {
  std::string name{};
  std::optional<std::string> nickname{};
  std::vector<Slot> seats{};
  std::optional<Slot> best{};
  std::optional<Slot> worst{};
};
struct Suite : Room {
  bool has_bath = false;
};

constexpr Property seat_properties[] = {
    show<&Slot::number>("number"),
};
constexpr Properties<Slot> seat{"Seat", seat_properties};

std::int64_t count_of(const Room& room) { return static_cast<std::int64_t>(room.seats.size()); }
constexpr contract::Constant colours{R"(["red"])"};
constexpr Property room_properties[] = {
    show<&Room::name>("name", "Title"),
    show<&Room::nickname>("nickname"),
    show<count_of>("count"),
    contract::always<Room, colours>("colours"),
    show<&Room::seats, contract::list_of<seat>>("seats"),
    show<&Room::best, contract::nested_or_null<seat>>("best"),
    show<&Room::worst, contract::nested_if_any<seat>>("worst", "If any is bad"),
};
constexpr Properties<Room> room{"Room", room_properties};

constexpr Property suite_properties[] = {
    show<&Suite::has_bath>("bath"),
    show<&Suite::name, json::date_time, Suite>("again"),
};
constexpr Properties<Suite> suite{"Suite", room, suite_properties};
constexpr Properties<Room> nothing{"Nothing"};

template <class E>
std::string written(const Properties<E>& table, const std::type_identity_t<E>& object) {
  std::string text;
  json::Writer out{text};
  contract::encode(out, table, object);
  return text;
}

constexpr std::string_view seat_schema =
    R"({"title":"Seat","type":"object","properties":{"number":{"type":"integer"}},"required":["number"]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(members_are_written_in_the_order_of_the_rows) {
  BOOST_TEST(written(room, {.name = "a\"b", .seats = {{1}, {2}}, .best = Slot{2}, .worst = Slot{1}}) ==
             R"({"name":"a\"b","nickname":null,"count":2,"colours":["red"],"seats":[{"number":1},{"number":2}],)"
             R"("best":{"number":2},"worst":{"number":1}})");
}

BOOST_AUTO_TEST_CASE(an_object_that_is_not_there_is_null_or_left_out) {
  BOOST_TEST(written(room, {}) == R"({"name":"","nickname":null,"count":0,"colours":["red"],"seats":[],"best":null})");
}

BOOST_AUTO_TEST_CASE(the_rows_of_a_base_go_before_its_own) {
  Suite shown;
  shown.name = "x";
  shown.has_bath = true;
  BOOST_TEST(written(suite, shown) == R"({"name":"x","nickname":null,"count":0,"colours":["red"],"seats":[],"best":null,)"
                                      R"("bath":true,"again":"x"})");
}

BOOST_AUTO_TEST_CASE(the_schema_says_what_the_rows_say) {
  const std::string properties =
      R"("type":"object","properties":{"name":{"type":"string","description":"Title"},"nickname":{"type":["string","null"]},)"
      R"("count":{"type":"integer"},"colours":{"type":"array","minItems":1,"maxItems":1,"items":{"type":"string",)"
      R"("const":"red"}},"seats":{"type":"array","items":)" +
      std::string{seat_schema} + R"(},"best":{"anyOf":[)" + std::string{seat_schema} + R"(,{"type":"null"}]},"worst":)" +
      std::string{seat_schema.substr(0, seat_schema.size() - 1)} + R"(,"description":"If any is bad"})";
  const std::string required = R"("required":["name","nickname","count","colours","seats","best")";
  BOOST_TEST(contract::schema(room) == R"({"title":"Room",)" + properties + "}," + required + "]}");
  BOOST_TEST(contract::schema(suite) == R"({"title":"Suite",)" + properties +
                                            R"(,"bath":{"type":"boolean"},"again":{"type":"string","format":"date-time"}},)" +
                                            required + R"(,"bath","again"]})");
}

BOOST_AUTO_TEST_CASE(an_array_is_described_by_its_elements) {
  BOOST_TEST(contract::array_schema(seat) == R"({"type":"array","items":)" + std::string{seat_schema} + "}");
}

BOOST_AUTO_TEST_CASE(an_object_without_rows_has_no_members) {
  BOOST_TEST(written(nothing, {}) == "{}");
  BOOST_TEST(contract::schema(nothing) == R"({"title":"Nothing","type":"object","properties":{},"additionalProperties":false})");
}

BOOST_AUTO_TEST_SUITE_END()
