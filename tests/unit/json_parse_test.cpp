#include <innkeeper/json/parse.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>

using namespace innkeeper;
namespace data = boost::unit_test::data;

namespace {

std::string nested_arrays(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

struct Refused {
  std::string_view text;
  Reason reason;
  friend std::ostream& operator<<(std::ostream& out, const Refused& refused) { return out << refused.text; }
};
const Refused refused[] = {
    {"", json::reason::empty},
    {" \r\n\t", json::reason::empty},
    {"{", json::reason::syntax},
    {"{\"a\":1,}", json::reason::syntax},
    {"[1 2]", json::reason::syntax},
    {"nul", json::reason::syntax},
    {"NaN", json::reason::syntax},
    {"Infinity", json::reason::syntax},
    {"'a'", json::reason::syntax},
    {"01", json::reason::syntax},
    {"// c\n1", json::reason::syntax},
    {"\xEF\xBB\xBF{}", json::reason::syntax},
    {"{} {}", json::reason::syntax},
    {"1 x", json::reason::syntax},
    {"\"\xFF\"", json::reason::syntax},
    {"\"\xC0\xAF\"", json::reason::syntax},
    {"\"\xED\xA0\x80\"", json::reason::syntax},
    {"\"\\ud800\"", json::reason::syntax},
    {"\"\\udc00\"", json::reason::syntax},
    {"\"line\nbreak\"", json::reason::syntax},
    {"{\"a\":1,\"a\":2}", json::reason::duplicate_member},
    {"{\"a\":1,\"\\u0061\":2}", json::reason::duplicate_member},
    {"[{\"b\":{\"x\":0,\"y\":0,\"x\":0}}]", json::reason::duplicate_member},
    {"1e400", json::reason::number_out_of_range},
    {"-1e400", json::reason::number_out_of_range},
    {"1e99999999999", json::reason::number_out_of_range},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(json_parse)

BOOST_DATA_TEST_CASE(a_text_that_is_not_strict_json_is_refused_with_its_reason, data::make(refused), sample) {
  const auto document = json::parse(sample.text);
  BOOST_REQUIRE(!document);
  BOOST_TEST((document.error().code == Errc::malformed));
  BOOST_TEST(document.error().reason.name == sample.reason.name);
}

BOOST_AUTO_TEST_CASE(a_number_in_free_json_that_a_double_reaches_is_kept_as_it_was_written) {
  const auto longest = '9' + std::string(307, '0');
  const std::string_view samples[] = {"100000000000000000000",
                                      "18446744073709551616",
                                      "-9223372036854775809",
                                      "1.7976931348623157e+308",
                                      "1e-400",
                                      "123456789012345678901234567890.5",
                                      longest};
  for (const auto sample : samples) {
    const auto text = std::string{R"({"metadata":{"number":)"}.append(sample).append("}}");
    const auto parsed = json::parse(text);
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), sample);
    BOOST_TEST(parsed->root().to_json().text == text);
    BOOST_TEST(!parsed->root().find("metadata")->find("number")->integer().has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_member_of_the_document_itself_has_no_whole_number_beyond_64_bits) {
  for (const auto* sample : {"18446744073709551616", R"({"x":18446744073709551616})", R"({"x":-9223372036854775809})"}) {
    const auto parsed = json::parse(sample);
    BOOST_REQUIRE(!parsed);
    BOOST_TEST(parsed.error().reason.name == json::reason::number_out_of_range.name);
  }
  BOOST_TEST(json::parse(R"({"x":1e20})").has_value());
}

BOOST_AUTO_TEST_CASE(a_number_that_no_double_reaches_is_refused_however_it_is_written) {
  for (const auto& sample : {"1" + std::string(309, '0'), "-1" + std::string(400, '0'), std::string{"[1e309]"}}) {
    const auto parsed = json::parse(sample);
    BOOST_REQUIRE(!parsed);
    BOOST_TEST(parsed.error().reason.name == json::reason::number_out_of_range.name);
  }
}

BOOST_AUTO_TEST_CASE(the_refusal_says_where) {
  BOOST_TEST(json::parse("[1,2,x]").error().detail == "not valid JSON (at byte 5)");
}

BOOST_AUTO_TEST_CASE(thirty_two_levels_are_the_deepest) {
  BOOST_TEST(json::parse(nested_arrays(32)).has_value());
  const auto deeper = json::parse(nested_arrays(33));
  BOOST_REQUIRE(!deeper);
  BOOST_TEST(deeper.error().reason.name == json::reason::too_deep.name);
}

BOOST_AUTO_TEST_CASE(one_name_may_stand_in_several_objects) {
  BOOST_TEST(json::parse(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})").has_value());
}

BOOST_AUTO_TEST_CASE(values_are_read_as_they_are) {
  auto parsed = json::parse(R"( {"text":"A\u00e9\n","none":null,"yes":true,"list":[1,-2,3.50,18446744073709551615],"":{}} )");
  BOOST_REQUIRE(parsed.has_value());
  const auto moved = std::move(*parsed);
  const auto root = moved.root();
  BOOST_TEST(root.size() == 5U);
  BOOST_TEST(root.find("text")->text() == "A\xC3\xA9\n");
  BOOST_TEST(root.find("none")->is(json::Kind::null));
  BOOST_TEST(root.find("yes")->boolean());
  BOOST_TEST(root.find("")->is(json::Kind::object));
  BOOST_TEST(!root.find("nothing").has_value());

  std::vector<std::string> numbers;
  for (auto element : root.find("list")->elements())
    numbers.push_back(std::string{element.text()} + (element.integer() ? " integer" : ""));
  const std::vector<std::string> expected{"1 integer", "-2 integer", "3.50", "18446744073709551615"};
  BOOST_TEST(numbers == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(members_come_in_the_order_of_the_text_whatever_is_inside_them) {
  const auto parsed = json::parse(R"({"b":[[1,{"x":[2]}],3],"a":{"y":{"z":0}},"c":"end"})").value();
  std::string names;
  for (auto member : parsed.root().members()) names += member.name;
  BOOST_TEST(names == "bac");
}

BOOST_AUTO_TEST_CASE(a_value_goes_back_to_compact_text_with_numbers_as_they_were_written) {
  const auto parsed =
      json::parse("{ \"a\" : [ 1.50, 1E+2, -0, null, true ], \"b\\\"\" : { \"\\u00e9\" : \"\\u0001/\" } }").value();
  BOOST_TEST(parsed.root().to_json().text == "{\"a\":[1.50,1E+2,-0,null,true],\"b\\\"\":{\"\xC3\xA9\":\"\\u0001/\"}}");
}

BOOST_AUTO_TEST_SUITE_END()
