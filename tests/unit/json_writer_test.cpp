#include <innkeeper/json/writer.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <random>
#include <string>

using namespace innkeeper;

namespace {

std::string written(std::string_view text) {
  std::string out;
  json::Writer{out}.string(text);
  return out;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) return put(0xC0 | point >> 6U), put(0x80 | (point & 0x3F));
  if (point < 0x10000) return put(0xE0 | point >> 12U), put(0x80 | (point >> 6U & 0x3F)), put(0x80 | (point & 0x3F));
  put(0xF0 | point >> 18U), put(0x80 | (point >> 12U & 0x3F)), put(0x80 | (point >> 6U & 0x3F)), put(0x80 | (point & 0x3F));
}

/// Mostly plain letters, so that long runs and their ends come up as well as dense escapes.
std::string random_text(std::mt19937_64& random) {
  std::string text;
  const auto length = random() % 60;
  const auto density = random() % 3;
  for (std::size_t i = 0; i < length; ++i) {
    if (random() % 20 >= (density * 7) + 1) {
      text += static_cast<char>('a' + random() % 26);
      continue;
    }
    std::uint32_t point = 0;
    switch (random() % 4) {
      case 0:
        point = random() % 0x20;
        break;
      case 1:
        point = "\"\\/\x7F '<"[random() % 7];
        break;
      case 2:
        point = 0x80 + random() % 0x700;
        break;
      default:
        point = 0x10000 + random() % 0x100000;
        break;
    }
    append_utf8(text, point);
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_writer)

BOOST_AUTO_TEST_CASE(strings_are_escaped_as_boost_json_escapes_them) {
  std::mt19937_64 random{20240304};
  for (int i = 0; i < 20'000; ++i) {
    const auto text = random_text(random);
    BOOST_REQUIRE_EQUAL(written(text), boost::json::serialize(boost::json::string_view{text}));
  }
}

BOOST_AUTO_TEST_CASE(every_single_byte_of_ascii_is_escaped_as_boost_json_escapes_it_at_each_place_of_a_word) {
  for (int c = 0; c < 0x80; ++c)
    for (std::size_t place = 0; place < 17; ++place) {
      std::string text(17, 'x');
      text[place] = static_cast<char>(c);
      BOOST_REQUIRE_EQUAL(written(text), boost::json::serialize(boost::json::string_view{text}));
    }
}

BOOST_AUTO_TEST_CASE(commas_stand_between_values_and_nowhere_else) {
  std::string out;
  json::Writer writer{out};
  writer.begin_object().key("a").begin_array().end_array().key("b").begin_array().integer(1).begin_object().end_object().null();
  writer.boolean(false).quoted(-5).raw(JsonText{"{\"x\":1}"}).end_array().key("c").string("").end_object();
  BOOST_TEST(out == R"({"a":[],"b":[1,{},null,false,"-5",{"x":1}],"c":""})");
}

BOOST_AUTO_TEST_CASE(integers_reach_both_ends_of_their_range) {
  std::string out;
  json::Writer writer{out};
  writer.begin_array().integer(std::numeric_limits<std::int64_t>::min()).integer(std::numeric_limits<std::int64_t>::max());
  writer.end_array();
  BOOST_TEST(out == "[-9223372036854775808,9223372036854775807]");
}

BOOST_AUTO_TEST_SUITE_END()
