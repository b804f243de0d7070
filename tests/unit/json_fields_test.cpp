#include <innkeeper/contract/fields.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

using namespace innkeeper;
using contract::at_least;
using contract::at_most;
using contract::code;
using contract::each;
using contract::fault;
using contract::Field;
using contract::field;
using contract::items_at_most;
using contract::matching;
using contract::missing;
using contract::one_of;
using contract::required;
using contract::within;

namespace {

enum class TalkMode : std::uint8_t { group, lecture };

/// A count as some contracts have it: a number, or digits in a string, shown again as it came.
struct EchoedCount {
  std::int64_t low, high;
  std::optional<JsonText> read(json::View value) const {
    auto number = value.integer();
    if (value.is(json::Kind::string)) {
      std::int64_t parsed = 0;
      const auto text = value.text();
      const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), parsed);
      if (code == std::errc{} && end == text.data() + text.size()) number = parsed;
    }
    if (!number || *number < low || *number > high) return std::nullopt;
    return value.to_json();
  }
  void write(json::Writer& out, const JsonText& value) const { out.raw(value); }
  template <class Items>
  void describe(json::Writer& schema, Items&&) const {
    schema.key("type").begin_array().string("integer").string("string").end_array();
  }
};

struct Hall {
  std::string name{};
  std::optional<TalkMode> mode{};
  std::int64_t seats = 2;
  bool is_open = false;
  std::vector<std::string> tags{};
  JsonText data{"{}"};
  JsonText participants{};
  std::optional<std::optional<std::string>> note{};
};

}  // namespace

template <>
inline constexpr std::array<std::string_view, 2> innkeeper::names_of<TalkMode>{"group", "lecture"};

namespace {

bool is_lower(std::string_view text) { return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos; }

constexpr EchoedCount echoed_count{1, 100};
constexpr Field room_rows[] = {field<&Hall::name>("/name", required, at_least(1), at_most(5).says("Name too long", "10099"),
                                                  missing("Room name missing", "10002"), fault("Name invalid", "10003"), "Title"),
                               field<&Hall::mode>("/settings/mode", code("10019"), "group or lecture"),
                               field<&Hall::seats>("/settings/seats", within(1, 10), code("10007")),
                               field<&Hall::participants, echoed_count>("/settings/participants", code("10008")),
                               field<&Hall::is_open>("/open"),
                               field<&Hall::tags>("/tags", items_at_most(2), each(matching(is_lower)), fault("Bad tags")),
                               field<&Hall::data>("/data"),
                               field<&Hall::note>("/note")};
constexpr auto first_only = contract::fields<Hall>("NewRoom", room_rows);
constexpr auto strict =
    first_only.with({.null = contract::Null::is_refused, .collects_all = true, .unknown = contract::Unknown::is_refused});
constexpr auto patch = first_only.with({.null = contract::Null::clears});

std::string told(const contract::Fields<Hall>& table, std::string_view text) {
  const auto room = contract::decode(table, text);
  if (room) return "ok";
  std::string out;
  for (const auto& each : room.error().violations) out += each.field + '|' + each.code + '|' + each.message + ';';
  return out.empty() ? std::string{room.error().reason.name} : out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_fields)

BOOST_AUTO_TEST_CASE(an_object_fills_the_members_its_rows_name) {
  const auto room =
      contract::decode(first_only, std::string_view{R"({"open":true,"settings":{"mode":"lecture","seats":4,"participants":"07"},
      "name":"Suite","tags":["a","b"],"data":{"x": [1, 2.0]},"more":1})"})
          .value();
  BOOST_TEST(room.name == "Suite");
  BOOST_TEST((room.mode == TalkMode::lecture));
  BOOST_TEST(room.seats == 4);
  BOOST_TEST(room.participants.text == "\"07\"");
  BOOST_TEST(room.is_open);
  BOOST_TEST(room.tags.size() == 2U);
  BOOST_TEST(room.data.text == R"({"x":[1,2.0]})");
  BOOST_TEST(!room.note.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_absent_or_null_keeps_its_default) {
  const auto room =
      contract::decode(first_only, std::string_view{R"({"name":"a","settings":null,"open":null,"data":null})"}).value();
  BOOST_TEST(room.seats == 2);
  BOOST_TEST(!room.mode.has_value());
  BOOST_TEST(room.data.text == "{}");
}

BOOST_AUTO_TEST_CASE(each_way_to_fail_has_its_own_words_and_code) {
  BOOST_TEST(told(first_only, "{}") == "/name|10002|Room name missing;");
  BOOST_TEST(told(first_only, R"({"name":5})") == "/name|10003|Name invalid;");
  BOOST_TEST(told(first_only, R"({"name":""})") == "/name|10003|Name invalid;");
  BOOST_TEST(told(first_only, R"({"name":"sixsix"})") == "/name|10099|Name too long;");
  BOOST_TEST(told(first_only, R"({"name":"a","settings":{"mode":"x"}})") ==
             "/settings/mode|10019|must be one of group, lecture, not \"x\";");
  BOOST_TEST(told(first_only, R"({"name":"a","settings":{"mode":7}})") == "/settings/mode|10019|must be one of group, lecture;");
  BOOST_TEST(told(first_only, R"({"name":"a","settings":{"seats":11}})") == "/settings/seats|10007|is out of range;");
  BOOST_TEST(told(first_only, R"({"name":"a","settings":{"seats":1.5}})") == "/settings/seats|10007|is out of range;");
  BOOST_TEST(told(first_only, R"({"name":"a","settings":{"participants":"7x"}})") ==
             "/settings/participants|10008|has the wrong type;");
  BOOST_TEST(told(first_only, R"({"name":"a","open":"true"})") == "/open||must be true or false;");
  BOOST_TEST(told(first_only, R"({"name":"a","tags":["a","B"]})") == "/tags||Bad tags;");
  BOOST_TEST(told(first_only, R"({"name":"a","tags":["a",1]})") == "/tags||Bad tags;");
  BOOST_TEST(told(first_only, R"({"name":"a","settings":5})") == "/settings|10019|has the wrong type;");
  BOOST_TEST(told(first_only, "[]") == "||is not an object;");
  BOOST_TEST(told(first_only, "") == "json.empty");
}

BOOST_AUTO_TEST_CASE(text_is_measured_in_code_points) {
  BOOST_TEST(told(first_only, "{\"name\":\"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xF0\x9F\x98\x80\"}") == "ok");
}

BOOST_AUTO_TEST_CASE(a_word_that_is_none_of_a_list_is_named_with_the_list) {
  static constexpr std::array<std::string_view, 2> colours{"red", "blue"};
  static constexpr Field rows[] = {field<&Hall::name>("/name", one_of(colours)),
                                   field<&Hall::tags>("/tags", each(one_of(colours)))};
  constexpr auto table = contract::fields<Hall>("Painted", rows);
  BOOST_TEST(told(table, R"({"name":"green"})") == "/name||must be one of red, blue, not \"green\";");
  BOOST_TEST(told(table, R"({"tags":["red","green","grey"]})") == "/tags||each must be one of red, blue, not \"green\";");
  BOOST_TEST(told(table, R"({"tags":["red"]})") == "ok");
  const auto word = std::string(63, 'x') + "\xC3\xA9";
  BOOST_TEST(told(table, R"({"name":")" + word + R"("})") ==
             "/name||must be one of red, blue, not \"" + std::string(63, 'x') + "\xE2\x80\xA6\";");
  static constexpr Field form_rows[] = {field<&Hall::tags>("/tags", each(matching(is_lower, "a lower word")))};
  constexpr auto form = contract::fields<Hall>("Lower", form_rows);
  BOOST_TEST(told(form, R"({"tags":["red","Blue"]})") == "/tags||each must be a lower word, not \"Blue\";");
}

BOOST_AUTO_TEST_CASE(the_first_failure_in_the_order_of_the_rows_is_told) {
  BOOST_TEST(told(first_only, R"({"tags":1,"settings":{"seats":0},"name":"sixsix"})") == "/name|10099|Name too long;");
}

BOOST_AUTO_TEST_CASE(a_table_may_tell_every_failure_and_then_the_unknown_members) {
  BOOST_TEST(told(strict, R"({"zz":1,"tags":1,"settings":{"what":1,"seats":0},"name":""})") ==
             "/name|10003|Name invalid;/settings/seats|10007|is out of range;/tags||Bad tags;/zz||is not known;"
             "/settings/what||is not known;");
  BOOST_TEST(told(strict, R"({"name":"a","a/b~":1})") == "/a~1b~0||is not known;");
}

BOOST_AUTO_TEST_CASE(null_may_be_refused) {
  BOOST_TEST(told(strict, R"({"name":"a","open":null})") == "/open||must be true or false;");
}

BOOST_AUTO_TEST_CASE(null_may_clear_and_is_told_apart_from_absence) {
  const auto cleared = contract::decode(patch, std::string_view{R"({"name":"a","note":null,"settings":{"seats":null}})"}).value();
  BOOST_REQUIRE(cleared.note.has_value());
  BOOST_TEST(!cleared.note->has_value());
  BOOST_TEST(cleared.seats == 0);
  const auto untouched = contract::decode(patch, std::string_view{R"({"name":"a"})"}).value();
  BOOST_TEST(!untouched.note.has_value());
  const auto changed = contract::decode(patch, std::string_view{R"({"name":"a","note":"n"})"}).value();
  BOOST_TEST(changed.note.value().value() == "n");
}

BOOST_AUTO_TEST_CASE(violations_point_into_the_document_the_object_stands_in) {
  const auto document = json::parse(R"([{"name":"a"},{"name":1}])").value();
  std::string fields;
  std::size_t at = 0;
  for (auto element : document.root().elements()) {
    const auto room = contract::decode(first_only, element, "/" + std::to_string(at++));
    if (!room) fields += room.error().violations.front().field;
  }
  BOOST_TEST(fields == "/1/name");
}

BOOST_AUTO_TEST_CASE(text_sets_drop_repetitions_and_keep_or_sort_the_order) {
  const auto document = json::parse(R"(["b","a","b","c","a"])").value();
  BOOST_TEST(json::text_set.read(document.root())->text == R"(["b","a","c"])");
  BOOST_TEST(json::sorted_text_set.read(document.root())->text == R"(["a","b","c"])");
}

BOOST_AUTO_TEST_CASE(the_schema_of_a_table_says_what_its_rows_say) {
  BOOST_TEST(contract::schema(strict) ==
             R"({"title":"NewRoom","type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":5,)"
             R"("description":"Title"},"settings":{"type":"object","properties":{"mode":{"type":"string","enum":["group",)"
             R"("lecture"],"description":"group or lecture"},"seats":{"type":"integer","minimum":1,"maximum":10},)"
             R"("participants":{"type":["integer","string"]}},"additionalProperties":false},"open":{"type":"boolean"},)"
             R"("tags":{"type":"array","items":{"type":"string"},"maxItems":2},"data":{},"note":{"type":"string"}},)"
             R"("required":["name"],"additionalProperties":false})");
}

BOOST_AUTO_TEST_SUITE_END()
