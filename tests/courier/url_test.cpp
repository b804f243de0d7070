#include "adapters/courier/url.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

using namespace innkeeper::courier;

namespace {

struct Reading {
  const char* text;
  Url url;
  friend std::ostream& operator<<(std::ostream& out, const Reading& reading) { return out << reading.text; }
};

const std::vector<Reading> readings{
    {"http://example.com", {false, "example.com", 80, "example.com", "/"}},
    {"HTTPS://Example.com/", {true, "Example.com", 443, "Example.com", "/"}},
    {"https://example.com:443/a/b?c=d&e", {true, "example.com", 443, "example.com", "/a/b?c=d&e"}},
    {"https://example.com:80/", {true, "example.com", 80, "example.com:80", "/"}},
    {"http://example.com?a=b/c", {false, "example.com", 80, "example.com", "/?a=b/c"}},
    {"http://a-b_c.example:8080/x@y:z", {false, "a-b_c.example", 8080, "a-b_c.example:8080", "/x@y:z"}},
    {"http://192.0.2.1:1/%41", {false, "192.0.2.1", 1, "192.0.2.1:1", "/%41"}},
    {"http://[2001:db8::1]/", {false, "2001:db8::1", 80, "[2001:db8::1]", "/"}},
    {"http://[::ffff:127.0.0.1]:65535", {false, "::ffff:127.0.0.1", 65535, "[::ffff:127.0.0.1]:65535", "/"}},
};

const std::vector<std::string> unreadable{
    "",
    "example.com",
    "//example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "http:/example.com",
    "http:///path",
    "http://:80/",
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://example.com/#part",
    "http://example.com#part",
    "http://example.com\\@other.example/",
    "http://exa mple.com/",
    "http://example.com/a b",
    "http://example.com/\r\nX-Header: 1",
    "http://example.com/\t",
    std::string("http://example.com/\0", 20),
    "http://example.com/\x7f",
    "http://ex\xc3\xa4mple.com/",
    "http://ex%61mple.com/",
    "http://example.com:/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:-1/",
    "http://example.com:8a/",
    "http://example.com:80:80/",
    "http://::1/",
    "http://[::1/",
    "http://[::1]80/",
    "http://[127.0.0.1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[]/",
    "http://" + std::string(254, 'a') + "/",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(urls)

BOOST_DATA_TEST_CASE(a_url_is_read, readings, reading) {
  const auto url = parse_url(reading.text);
  BOOST_REQUIRE(url.has_value());
  BOOST_TEST(url->is_secure == reading.url.is_secure);
  BOOST_TEST(url->host == reading.url.host);
  BOOST_TEST(url->port == reading.url.port);
  BOOST_TEST(url->authority == reading.url.authority);
  BOOST_TEST(url->target == reading.url.target);
}

BOOST_DATA_TEST_CASE(what_might_be_read_in_two_ways_is_no_url, unreadable, text) { BOOST_TEST(!parse_url(text).has_value()); }

BOOST_AUTO_TEST_SUITE_END()
