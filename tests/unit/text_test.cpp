#include "engine/base/text.hpp"
#include "engine/base/field_lists.hpp"
#include "engine/base/status.hpp"
#include "engine/base/target.hpp"
#include "engine/base/time.hpp"
#include "engine/base/trace.hpp"

#include <innkeeper/contract/dialect.hpp>
#include <innkeeper/message.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace innkeeper;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(header_names_compare_without_case_and_keep_their_spelling) {
  Headers headers{{"X-Subject-Token", "abc"}, {"vary", "X-Auth-Token"}};
  BOOST_TEST(headers.find("x-subject-TOKEN").value() == "abc");
  BOOST_TEST(headers[0].name == "X-Subject-Token");
  BOOST_TEST(!headers.find("x-subject").has_value());
}

BOOST_AUTO_TEST_CASE(a_header_value_that_would_split_the_response_is_refused) {
  Headers headers;
  for (auto value :
       {std::string_view{"a\r\nSet-Cookie: x"}, std::string_view{"a\rb"}, std::string_view{"a\nb"}, std::string_view{"a\0b", 3}})
    BOOST_TEST(!headers.add("Location", value));
  BOOST_TEST(!headers.add("Bad Name", "x"));
  BOOST_TEST(!headers.add("", "x"));
  BOOST_TEST(headers.empty());
}

BOOST_AUTO_TEST_CASE(several_lines_of_one_name_are_one_list) {
  const Headers headers{{"If-Match", "\"1\""}, {"Host", "a"}, {"if-match", "\"2\", \"3\""}};
  BOOST_TEST(base::list_of(headers, "IF-MATCH").value() == "\"1\", \"2\", \"3\"");
  BOOST_TEST(base::list_of(headers, "Host").value() == "a");
  BOOST_TEST(!base::list_of(headers, "Accept").has_value());
}

BOOST_AUTO_TEST_CASE(entity_tags_are_taken_out_of_a_list_as_they_stand) {
  using List = std::vector<std::string_view>;
  const auto read = [](std::string_view list) { return base::read_entity_tags(list).tags; };
  BOOST_TEST(read("\"1\"") == List{"\"1\""}, boost::test_tools::per_element());
  BOOST_TEST(read(" , W/\"1\" ,,\"2\",") == (List{"W/\"1\"", "\"2\""}), boost::test_tools::per_element());
  BOOST_TEST(read("\"a,b\", \"*\", soon") == (List{"\"a,b\"", "\"*\"", "soon"}), boost::test_tools::per_element());
  BOOST_TEST(read("").empty());
  BOOST_TEST(base::read_entity_tags("W/\"1\"").has("\"1\""));
  BOOST_TEST(!base::read_entity_tags("\"11\"").has("\"1\""));
}

BOOST_AUTO_TEST_CASE(a_star_stands_for_every_entity_tag_only_by_itself) {
  BOOST_TEST(base::read_entity_tags(" * ").is_any);
  for (const auto* list : {"\"a,*,b\"", "\"*\"", "*, \"1\"", "**", ""}) BOOST_TEST(!base::read_entity_tags(list).is_any, list);
}

BOOST_AUTO_TEST_CASE(setting_a_header_replaces_every_field_of_that_name) {
  Headers headers{{"a", "1"}, {"b", "2"}, {"A", "3"}};
  BOOST_TEST(headers.set("a", " 4\t"));
  BOOST_TEST(headers.count("a") == 1U);
  BOOST_TEST(headers.find("a").value() == "4");
  BOOST_TEST(headers.find("b").value() == "2");
}

BOOST_AUTO_TEST_CASE(fields_taken_over_whole_are_those_of_the_text_and_no_others) {
  Headers headers{{"gone", "1"}};
  const std::string_view text = "Host: a\r\nX-Auth-Token:t\r\n";
  const std::array<Headers::FieldSpan, 2> parts{{{0, 4, 6, 1}, {9, 12, 22, 1}}};
  headers.assign(text, parts);
  BOOST_TEST(headers.size() == 2U);
  BOOST_TEST(headers.find("host").value() == "a");
  BOOST_TEST(headers.find("x-auth-token").value() == "t");
  BOOST_TEST(!headers.find("gone").has_value());
  BOOST_TEST(headers.set("Host", "b"));
  BOOST_TEST(headers.find("host").value() == "b");
}

BOOST_AUTO_TEST_CASE(methods_are_case_sensitive) {
  BOOST_CHECK(parse_method("DELETE") == Method::del);
  BOOST_CHECK(parse_method("delete") == Method::other);
  BOOST_CHECK(parse_method("BREW") == Method::other);
  BOOST_TEST(to_string(Method::patch) == "PATCH");
}

BOOST_AUTO_TEST_CASE(hexadecimal_goes_there_and_back) {
  const std::array<std::byte, 3> bytes{std::byte{0x00}, std::byte{0x9f}, std::byte{0xff}};
  BOOST_TEST(base::to_hex(bytes) == "009fff");
  BOOST_TEST(base::from_hex("009FfF").value() == std::string("\x00\x9f\xff", 3));
  BOOST_TEST(!base::from_hex("123").has_value());
  BOOST_TEST(!base::from_hex("0g").has_value());
}

BOOST_AUTO_TEST_CASE(a_uuid_says_its_version_and_variant) {
  std::array<std::byte, 16> bytes;
  bytes.fill(std::byte{0xff});
  BOOST_TEST(base::to_uuid(bytes) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  bytes.fill(std::byte{0});
  BOOST_TEST(base::to_uuid(bytes) == "00000000-0000-4000-8000-000000000000");
}

BOOST_DATA_TEST_CASE(what_is_not_a_plain_decimal_number_is_no_number,
                     data::make({"", "-1", "+1", "1e3", "01", " 1", "1 ", "0x10", "9007199254740992", "99999999999999999999",
                                 "1.0", "\xd9\xa1"})) {
  BOOST_TEST(!base::to_number(sample).has_value());
}

BOOST_AUTO_TEST_CASE(plain_decimal_numbers_are_read_up_to_two_to_the_53rd) {
  BOOST_TEST(base::to_number("0").value() == 0);
  BOOST_TEST(base::to_number("1042").value() == 1042);
  BOOST_TEST(base::to_number("9007199254740991").value() == 9007199254740991);
}

BOOST_AUTO_TEST_CASE(code_points_are_counted_not_bytes) {
  BOOST_TEST(base::code_points("") == 0U);
  BOOST_TEST(base::code_points("a\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80") == 4U);
}

BOOST_AUTO_TEST_CASE(percent_encoding_is_undone_or_refused) {
  BOOST_TEST(base::percent_decoded("a%2Fb%00c").value() == std::string("a/b\0c", 5));
  BOOST_TEST(base::percent_decoded("a+b").value() == "a+b");
  BOOST_TEST(base::percent_decoded("a+b", true).value() == "a b");
  for (auto broken : {"%", "%1", "%zz", "a%2"}) BOOST_TEST(!base::percent_decoded(broken).has_value());
}

BOOST_AUTO_TEST_CASE(query_parameters_are_found_with_and_without_a_value) {
  const Request request;
  const Params path;
  const Call call{request, path, "expandApps&name=a%20b+c&empty=&name=second&broken=%zz"};
  BOOST_TEST(call.parameter("expandApps").value() == "");
  BOOST_TEST(call.parameter("name").value() == "a b c");
  BOOST_TEST(call.parameter("empty").value() == "");
  BOOST_TEST(call.parameter("broken").value() == "%zz");
  BOOST_TEST(!call.parameter("absent").has_value());
}

BOOST_AUTO_TEST_CASE(text_is_utf8_or_it_is_not) {
  for (const std::string_view good :
       {"", "a", "\xC3\xA9", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
    BOOST_TEST(base::is_utf8(good));
  for (const std::string_view bad : {"\xFF", "\x80", "\xC3", "\xC3(", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xE2\x82",
                                     "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"})
    BOOST_TEST(!base::is_utf8(bad));
}

BOOST_AUTO_TEST_CASE(times_are_spelled_in_utc_at_the_asked_precision) {
  const Instant instant{1709514123456789us};
  BOOST_TEST(base::to_rfc3339(instant, base::Precision::seconds) == "2024-03-04T01:02:03Z");
  BOOST_TEST(base::to_rfc3339(instant, base::Precision::milliseconds) == "2024-03-04T01:02:03.456Z");
  BOOST_TEST(base::to_rfc3339(instant, base::Precision::microseconds) == "2024-03-04T01:02:03.456789Z");
}

BOOST_AUTO_TEST_CASE(times_are_read_with_any_offset_and_fraction) {
  const Instant instant{1709514123000000us};
  BOOST_CHECK(base::from_rfc3339("2024-03-04T01:02:03Z") == instant);
  BOOST_CHECK(base::from_rfc3339("2024-03-04T10:02:03+09:00") == instant);
  BOOST_CHECK(base::from_rfc3339("2024-03-04T10:02:03+0900") == instant);
  BOOST_CHECK(base::from_rfc3339("2024-03-03T20:32:03-04:30") == instant);
  BOOST_CHECK(base::from_rfc3339("2024-03-04T01:02:03.1234567Z") == instant + 123456us);
  BOOST_CHECK(base::from_rfc3339("2024-03-04t01:02:03z") == instant);
  BOOST_CHECK(base::from_rfc3339("2024-03-04T01:02:03-00:00") == instant);
}

BOOST_AUTO_TEST_CASE(digits_of_a_fraction_past_the_sixth_are_dropped_however_many_there_are) {
  const Instant instant{1709514123000000us};
  BOOST_CHECK(base::from_rfc3339("2024-03-04T01:02:03.1234567899Z") == instant + 123456us);
  BOOST_CHECK(base::from_rfc3339("2024-03-04T01:02:03." + std::string(1'000, '9') + "Z") == instant + 999999us);
}

BOOST_AUTO_TEST_CASE(a_leap_second_is_the_last_moment_of_its_day_where_it_is_taken) {
  const auto taken = [](std::string_view text) { return base::from_rfc3339(text, base::LeapSecond::taken); };
  const auto before_2017 = base::from_rfc3339("2016-12-31T23:59:59.999999Z");
  BOOST_REQUIRE(before_2017.has_value());
  BOOST_CHECK(taken("2016-12-31T23:59:60Z") == before_2017);
  BOOST_CHECK(taken("2016-12-31T23:59:60.25Z") == before_2017);
  BOOST_CHECK(taken("2016-12-31T15:59:60-08:00") == before_2017);
  BOOST_CHECK(taken("2017-01-01T08:59:60+09:00") == before_2017);
  BOOST_TEST(base::month_of(*taken("2015-06-30T23:59:60Z")) == 201506);
  BOOST_CHECK(taken("9999-12-31T23:59:60Z") == taken("9999-12-31T23:59:59.999999Z"));
  for (const auto* text : {"2024-03-04T01:02:60Z", "2016-12-31T23:59:61Z", "2016-12-31T23:59:60-01:00"}) BOOST_TEST(!taken(text));
  BOOST_TEST(!base::from_rfc3339("2016-12-31T23:59:60Z").has_value());
}

BOOST_DATA_TEST_CASE(what_is_not_a_time_is_not_read_as_one,
                     data::make({"", "2024-03-04", "2024-02-30T00:00:00Z", "2024-03-04T24:00:00Z", "2024-03-04T01:02:03",
                                 "2024-03-04T01:02:03.Z", "2024-03-04 01:02:03Z", "2024-03-04T01:02:03Zx", "2024-3-04T01:02:03Z",
                                 "2024-03-04T01:02:60Z", "2016-12-31T23:59:60Z", "2024-03-04T01:02:03,5Z", "2024-13-01T00:00:00Z",
                                 "2024-03-04T01:02:03+9:00", "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"})) {
  BOOST_TEST(!base::from_rfc3339(sample).has_value());
}

BOOST_AUTO_TEST_CASE(the_month_before_january_is_december) {
  BOOST_TEST(base::month_of(Instant{1709514123456789us}) == 202403);
  BOOST_TEST(base::month_before(202403) == 202402);
  BOOST_TEST(base::month_before(202401) == 202312);
  BOOST_TEST(base::month_of(Instant{-1us}) == 196912);
}

BOOST_AUTO_TEST_CASE(a_traceparent_is_taken_as_it_came) {
  // W3C Trace Context §3.2.3.
  for (std::string_view good :
       {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        "00-00000000000000000000000000000001-0000000000000001-ff"})
    BOOST_TEST(base::valid_traceparent(good).value() == good);
}

BOOST_AUTO_TEST_CASE(of_a_later_traceparent_the_known_part_is_taken) {
  const std::string known = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  for (auto tail : {"", "-", "-what-the-future-brings", "-\"\\"})
    BOOST_TEST(base::valid_traceparent(known + tail).value() == known);
  for (auto tail : {"0", ".x", " "}) BOOST_TEST(!base::valid_traceparent(known + tail).has_value());
}

BOOST_DATA_TEST_CASE(what_is_not_a_traceparent_is_not_taken,
                     data::make({"",
                                 "00",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
                                 "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                 "CC-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                 "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                 "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A",
                                 "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                 "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
                                 "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
                                 " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})) {
  BOOST_TEST(!base::valid_traceparent(sample).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
