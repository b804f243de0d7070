#include "adapters/courier/address_guard.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace innkeeper::courier;

namespace {

bool is_public_text(const std::string& text) { return is_public(asio::ip::make_address(text)); }

/// The first and the last address of a range that is closed, and the neighbours that are not part of it. An empty neighbour is
/// closed for another reason, or there is none.
struct Edges {
  const char* before;
  const char* first;
  const char* last;
  const char* behind;
  friend std::ostream& operator<<(std::ostream& out, const Edges& edges) { return out << edges.first << " to " << edges.last; }
};

const std::vector<Edges> closed_ranges{
    {"", "0.0.0.0", "0.255.255.255", "1.0.0.0"},
    {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
    {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
    {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
    {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
    {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
    {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
    {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
    {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
    {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
    {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
    {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
    {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
    {"223.255.255.255", "224.0.0.0", "239.255.255.255", ""},
    {"", "240.0.0.0", "255.255.255.255", ""},
    {"", "::", "::1", ""},
    {"", "::2", "::fffe:808:808", "::ffff:1.0.0.0"},
    {"::ffff:9.255.255.255", "::ffff:10.0.0.0", "::ffff:10.255.255.255", "::ffff:11.0.0.0"},
    {"::ffff:126.255.255.255", "::ffff:127.0.0.0", "::ffff:127.255.255.255", "::ffff:128.0.0.0"},
    {"64:ff9b::9.255.255.255", "64:ff9b::10.0.0.0", "64:ff9b::10.255.255.255", "64:ff9b::11.0.0.0"},
    {"64:ff9b::169.253.255.255", "64:ff9b::169.254.0.0", "64:ff9b::169.254.255.255", "64:ff9b::169.255.0.0"},
    {"64:ff9b::223.255.255.255", "64:ff9b::1:0:0", "64:ff9b::1:808:808", ""},
    {"", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", ""},
    {"", "100::", "100::ffff:ffff:ffff:ffff", ""},
    {"", "1fff::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
    {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
    {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:00ff:ffff:ffff:ffff:ffff:ffff:ffff", "2002:0100::"},
    {"2002:09ff:ffff::", "2002:0a00::", "2002:0aff:ffff:ffff:ffff:ffff:ffff:ffff", "2002:0b00::"},
    {"2002:7eff:ffff::", "2002:7f00:0001::", "2002:7fff:ffff::1", "2002:8000::"},
    {"2002:dfff:ffff::", "2002:e000::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
    {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
    {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
    {"", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
    {"", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
    {"", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
    {"", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
};

const std::vector<std::string> open_addresses{
    "1.1.1.1",        "8.8.8.8",          "93.184.216.34",  "2606:4700:4700::1111", "2a00:1450:4001::200e",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"};

}  // namespace

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_DATA_TEST_CASE(a_range_is_closed_from_its_first_address_to_its_last_and_no_further, closed_ranges, edges) {
  BOOST_TEST(!is_public_text(edges.first));
  BOOST_TEST(!is_public_text(edges.last));
  for (const std::string neighbour : {edges.before, edges.behind})
    BOOST_TEST((neighbour.empty() || is_public_text(neighbour)), neighbour << " is no part of it");
}

BOOST_DATA_TEST_CASE(what_the_world_may_reach_is_public, open_addresses, address) { BOOST_TEST(is_public_text(address)); }

BOOST_AUTO_TEST_CASE(one_address_that_is_not_public_spoils_the_name) {
  const asio::ip::tcp::endpoint open(asio::ip::make_address("8.8.8.8"), 80);
  const asio::ip::tcp::endpoint closed(asio::ip::make_address("10.0.0.1"), 80);
  BOOST_TEST(are_public({open, open}));
  BOOST_TEST(!are_public({open, closed}));
  BOOST_TEST(!are_public({closed, open}));
}

BOOST_AUTO_TEST_SUITE_END()
