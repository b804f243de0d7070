#include "engine/base/network.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>

#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace innkeeper;
namespace data = boost::unit_test::data;

namespace {

base::Address address(std::string_view text) { return base::parse_address(text).value(); }
base::Network network(std::string_view text) { return base::parse_network(text).value(); }

/// What the C library reads, in the same form.
std::optional<base::Address> read_by_the_system(const std::string& text) {
  base::Address read;
  if (::inet_pton(AF_INET6, text.c_str(), read.bytes.data()) == 1) return read;
  read.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (::inet_pton(AF_INET, text.c_str(), read.bytes.data() + 12) == 1) return read;
  return std::nullopt;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(network_addresses)

using Spelling = std::tuple<const char*, const char*>;
// The examples of RFC 4291 §2.2 and RFC 5952 §§1, 2, 4, and their limits.
const std::vector<Spelling> spellings{
    {"0.0.0.0", "0.0.0.0"},
    {"192.0.2.1", "192.0.2.1"},
    {"255.255.255.255", "255.255.255.255"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"::FFFF:c000:0201", "192.0.2.1"},
    {"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"},
    {"::", "::"},
    {"::1", "::1"},
    {"1::", "1::"},
    {"0:0:0:0:0:0:0:0", "::"},
    {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"},
    {"2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"},
    {"FF01:0:0:0:0:0:0:101", "ff01::101"},
    {"::13.1.68.3", "::d01:4403"},
    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
    {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
    {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
    {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
    {"1:0:0:4:5:6::", "1::4:5:6:0:0"},
};

BOOST_DATA_TEST_CASE(an_address_has_one_spelling_among_many, data::make(spellings), text, canonical) {
  BOOST_TEST(base::to_text(address(text)) == canonical);
  BOOST_CHECK(address(canonical) == address(text));
}

BOOST_DATA_TEST_CASE(what_is_not_an_address_is_not_read_as_one, data::make({"",
                                                                            "1",
                                                                            "1.2.3",
                                                                            "1.2.3.4.",
                                                                            ".1.2.3.4",
                                                                            "1..2.3",
                                                                            "1.2.3.4.5",
                                                                            "256.0.0.1",
                                                                            "01.2.3.4",
                                                                            "1.2.3.0x4",
                                                                            "1.2.3.+4",
                                                                            "1.2.3.-4",
                                                                            " 1.2.3.4",
                                                                            "1.2.3.4 ",
                                                                            "1.2.3.4\n",
                                                                            "1.2.3.4:80",
                                                                            "16909060",
                                                                            "::1%eth0",
                                                                            "fe80::1%1",
                                                                            "[::1]",
                                                                            ":",
                                                                            ":::",
                                                                            "::::",
                                                                            ":1",
                                                                            "1:",
                                                                            "1::2::3",
                                                                            "::1::",
                                                                            "1:::2",
                                                                            ":1::2",
                                                                            "1::2:",
                                                                            "1:2:3:4:5:6:7",
                                                                            "1:2:3:4:5:6:7:8:9",
                                                                            "1:2:3:4:5:6:7:8::",
                                                                            "::1:2:3:4:5:6:7:8",
                                                                            "1:2:3:4::5:6:7:8",
                                                                            "12345::",
                                                                            "00001::",
                                                                            "g::",
                                                                            "0x1::",
                                                                            "-1::",
                                                                            "+1::",
                                                                            "::1 ",
                                                                            " ::1",
                                                                            "::1.2.3",
                                                                            "::1.2.3.4.5",
                                                                            "::01.2.3.4",
                                                                            "::256.2.3.4",
                                                                            "1.2.3.4::",
                                                                            "::1.2.3.4:5",
                                                                            "1:2:3:4:5:6:7:1.2.3.4",
                                                                            "1:2:3:4:5:6::1.2.3.4",
                                                                            "host"})) {
  BOOST_TEST(!base::parse_address(sample).has_value());
  BOOST_TEST(!read_by_the_system(sample).has_value());
}

BOOST_AUTO_TEST_CASE(a_nul_does_not_end_an_address) {
  BOOST_TEST(!base::parse_address({"1.2.3.4\0", 8}).has_value());
  BOOST_TEST(!base::parse_address({"::1\0", 4}).has_value());
}

BOOST_AUTO_TEST_CASE(any_address_survives_its_text_and_the_system_reads_the_same) {
  std::mt19937 random{5};
  for (int round = 0; round < 20'000; ++round) {
    base::Address made;
    for (auto& byte : made.bytes) byte = static_cast<std::uint8_t>(random());
    // Runs of zeros, which chance would hardly bring.
    const auto zeros = random();
    for (std::size_t i = 0; i < 16; ++i)
      if ((zeros >> i / 2 & 1U) != 0) made.bytes[i] = 0;
    const auto text = base::to_text(made);
    BOOST_REQUIRE(base::parse_address(text) == made);
    BOOST_REQUIRE(read_by_the_system(text) == made);
  }
}

BOOST_AUTO_TEST_CASE(whatever_is_said_the_system_reads_the_same) {
  std::mt19937 random{6};
  constexpr std::string_view letters = "0123456789abcdefABF::::....:%/g ";
  for (int round = 0; round < 200'000; ++round) {
    // A good text with a few slips, or letters at random.
    std::string text = std::get<0>(spellings[random() % spellings.size()]);
    if (random() % 4 == 0) text.assign(random() % 12, ':');
    for (auto slips = random() % 4; slips > 0; --slips) {
      const auto at = random() % (text.size() + 1);
      const char letter = letters[random() % letters.size()];
      if (random() % 2 == 0 || at == text.size())
        text.insert(at, 1, letter);
      else if (random() % 2 == 0)
        text.erase(at, 1);
      else
        text[at] = letter;
    }
    BOOST_REQUIRE_MESSAGE(base::parse_address(text) == read_by_the_system(text), text);
    if (const auto read = base::parse_network(text)) BOOST_REQUIRE(base::parse_network(base::to_text(*read)) == read);
  }
}

BOOST_AUTO_TEST_CASE(a_network_holds_the_addresses_that_share_its_prefix) {
  const auto holds = [](std::string_view in, std::string_view one) { return base::contains(network(in), address(one)); };
  BOOST_TEST(holds("10.0.0.0/8", "10.255.255.255"));
  BOOST_TEST(!holds("10.0.0.0/8", "11.0.0.0"));
  BOOST_TEST(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
  BOOST_TEST(holds("192.0.2.128/25", "192.0.2.200"));
  BOOST_TEST(!holds("192.0.2.128/25", "192.0.2.127"));
  BOOST_TEST(holds("192.0.2.7", "192.0.2.7"));
  BOOST_TEST(!holds("192.0.2.7", "192.0.2.6"));
  BOOST_TEST(holds("192.0.2.6/31", "192.0.2.7"));
  BOOST_TEST(holds("2001:db8::/32", "2001:db8:ffff::1"));
  BOOST_TEST(!holds("2001:db8::/32", "2001:db9::"));
  BOOST_TEST(holds("2001:db8::/33", "2001:db8:7fff::"));
  BOOST_TEST(!holds("2001:db8::/33", "2001:db8:8000::"));
  BOOST_TEST(holds("0.0.0.0/0", "203.0.113.9"));
  BOOST_TEST(holds("::/0", "2001:db8::1"));
}

BOOST_AUTO_TEST_CASE(no_network_holds_addresses_of_both_versions) {
  BOOST_TEST(!base::contains(network("::/0"), address("203.0.113.9")));
  BOOST_TEST(!base::contains(network("0.0.0.0/0"), address("::203.0.113.9")));
  BOOST_TEST(!base::contains(network("0.0.0.0/0"), address("::")));
}

BOOST_AUTO_TEST_CASE(each_prefix_holds_its_last_address_and_not_the_next) {
  const auto all_ones = address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  for (unsigned prefix = 1; prefix <= 128; ++prefix) {
    base::Network upper{.prefix = prefix};
    for (unsigned bit = 0; bit < prefix; ++bit) upper.address.bytes[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
    BOOST_TEST(base::contains(upper, all_ones));
    auto outside = all_ones;
    outside.bytes[(prefix - 1) / 8] ^= static_cast<std::uint8_t>(0x80U >> (prefix - 1) % 8);
    BOOST_TEST(!base::contains(upper, outside));
    BOOST_CHECK(network(base::to_text(upper)) == upper);
  }
}

BOOST_AUTO_TEST_CASE(a_network_has_one_spelling) {
  for (auto [text, canonical] :
       {Spelling{"10.0.0.0/8", "10.0.0.0/8"}, Spelling{"192.0.2.1", "192.0.2.1/32"}, Spelling{"0.0.0.0/0", "0.0.0.0/0"},
        Spelling{"::ffff:10.0.0.0/104", "10.0.0.0/8"}, Spelling{"2001:DB8:0::/32", "2001:db8::/32"}, Spelling{"::1", "::1/128"},
        Spelling{"::/0", "::/0"}})
    BOOST_TEST(base::to_text(network(text)) == canonical);
}

BOOST_DATA_TEST_CASE(what_is_not_a_network_is_not_read_as_one, data::make({"",
                                                                           "/",
                                                                           "/8",
                                                                           "10.0.0.0/",
                                                                           "10.0.0.0/33",
                                                                           "10.0.0.0/08",
                                                                           "10.0.0.0/+8",
                                                                           "10.0.0.0/8/8",
                                                                           "10.0.0.0/255.0.0.0",
                                                                           "10.0.0.0 /8",
                                                                           "10.0.0.0/ 8",
                                                                           "10/8",
                                                                           "::/129",
                                                                           "::/-1",
                                                                           "2001:db8::/",
                                                                           "fe80::%eth0/64",
                                                                           "10.0.0.1/8",
                                                                           "0.0.0.1/0",
                                                                           "192.0.2.1/31",
                                                                           "2001:db8::1/32",
                                                                           "8000::/0",
                                                                           "::1/127",
                                                                           "::ffff:10.0.0.0/90"})) {
  BOOST_TEST(!base::parse_network(sample).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
