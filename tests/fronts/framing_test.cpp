#include "tests/fronts/server_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

using namespace innkeeper;
using namespace innkeeper::tests;

namespace {

struct Hostile {
  const char* what;
  std::string bytes;
  int status;
};
std::ostream& operator<<(std::ostream& out, const Hostile& hostile) { return out << hostile.what; }

/// A request with these fields in place of the Host.
std::string with_fields(const std::string& fields) { return "GET /echo HTTP/1.1\r\n" + fields + "\r\n"; }
/// A request with a Host and these fields.
std::string with(const std::string& fields) { return with_fields("Host: a\r\n" + fields); }
std::string with_target(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"; }
std::string chunked(const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}
std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}
const std::string nul(1, '\0');

const std::vector<Hostile> hostile{
    {"garbage", "hello\r\n\r\n", 400},
    {"a TLS hello", "\x16\x03\x01\x02" + nul + "\x01", 400},
    {"two empty lines first", "\r\n\r\n", 400},
    {"a lower-case version", "GET /echo http/1.1\r\nHost: a\r\n\r\n", 400},
    {"no version", "GET /echo\r\nHost: a\r\n\r\n", 400},
    {"two blanks", "GET  /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"a tab in the request line", "GET\t/echo HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"a blank behind the version", "GET /echo HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {"a blank in the target", with_target("/ec ho"), 400},
    {"a control character in the target", with_target("/ec\x01ho"), 400},
    {"a NUL in the target", with_target("/ec" + nul + "ho"), 400},
    {"a fragment in the target", with_target("/echo#a"), 400},
    {"a raw byte in the target", with_target("/\xc3\xbc"), 400},
    {"a relative target", with_target("echo"), 400},
    {"a star for GET", with_target("*"), 400},
    {"an authority", with_target("a.example:80"), 400},
    {"CONNECT", "CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"CONNECT with a path", "CONNECT /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"another scheme", with_target("ftp://a/echo"), 400},
    {"an absolute target without a host", with_target("http:///echo"), 400},
    {"an absolute target with a user", with_target("http://me@a/echo"), 400},
    {"HTTP/2.0", "GET /echo HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
    {"HTTP/1.2", "GET /echo HTTP/1.2\r\nHost: a\r\n\r\n", 505},
    {"HTTP/0.9", "GET /echo HTTP/0.9\r\nHost: a\r\n\r\n", 505},
    {"HTTP/1.10", "GET /echo HTTP/1.10\r\nHost: a\r\n\r\n", 400},
    {"a target over 8 KiB", with_target("/" + std::string(8'192, 'a')), 414},
    {"a target that does not end", "GET /" + std::string(17'000, 'a'), 414},
    {"a head over 16 KiB", with("X: " + std::string(16'384, 'a') + "\r\n"), 431},
    {"a head that does not end", "GET /echo HTTP/1.1\r\nHost: a\r\n" + repeated("X: y\r\n", 3'000), 431},
    {"101 fields", with(repeated("X: y\r\n", 100)), 431},

    {"no Host", with_fields("X: y\r\n"), 400},
    {"two Hosts", with_fields("Host: a\r\nHost: a\r\n"), 400},
    {"two Hosts on HTTP/1.0", "GET /echo HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"two Hosts beside an absolute target", "GET http://a/echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"an absolute target and no Host", "GET http://a/echo HTTP/1.1\r\n\r\n", 400},
    {"an empty Host", with_fields("Host:\r\n"), 400},
    {"a Host with a path", with_fields("Host: a/b\r\n"), 400},
    {"a Host with a user", with_fields("Host: me@a\r\n"), 400},
    {"a Host with a blank", with_fields("Host: a b\r\n"), 400},
    {"a merged Host", with_fields("Host: a, b\r\n"), 400},
    {"a Host with a port of letters", with_fields("Host: a:http\r\n"), 400},
    {"a Host with two ports", with_fields("Host: a:1:2\r\n"), 400},
    {"a Host with half an escape", with_fields("Host: a%2\r\n"), 400},
    {"a Host with an open bracket", with_fields("Host: [::1\r\n"), 400},
    {"a Host with letters in brackets", with_fields("Host: [host]\r\n"), 400},

    {"Transfer-Encoding and Content-Length", with("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n") + "0\r\n\r\n", 400},
    {"Content-Length and Transfer-Encoding", with("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
    {"Transfer-Encoding on HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"two Transfer-Encodings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
    {"gzip, chunked", with("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n", 400},
    {"chunked, identity", with("Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n", 400},
    {"identity", with("Transfer-Encoding: identity\r\n"), 400},
    {"xchunked", with("Transfer-Encoding: xchunked\r\n"), 400},
    {"a vertical tab before chunked",
     with("Transfer-Encoding: \x0b"
          "chunked\r\n") +
         "0\r\n\r\n",
     400},
    {"an empty Transfer-Encoding", with("Transfer-Encoding:\r\n"), 400},
    {"a blank before the colon of Transfer-Encoding", with("Transfer-Encoding : chunked\r\n") + "0\r\n\r\n", 400},
    {"two Content-Lengths that differ", with("Content-Length: 3\r\nContent-Length: 4\r\n") + "abcd", 400},
    {"two Content-Lengths that agree", with("Content-Length: 4\r\nContent-Length: 4\r\n") + "abcd", 400},
    {"a list of Content-Lengths", with("Content-Length: 4, 4\r\n") + "abcd", 400},
    {"Content-Length +4", with("Content-Length: +4\r\n") + "abcd", 400},
    {"Content-Length -4", with("Content-Length: -4\r\n") + "abcd", 400},
    {"Content-Length 0x4", with("Content-Length: 0x4\r\n") + "abcd", 400},
    {"Content-Length 4.0", with("Content-Length: 4.0\r\n") + "abcd", 400},
    {"an empty Content-Length", with("Content-Length:\r\n"), 400},
    {"a Content-Length of 40 digits", with("Content-Length: " + std::string(40, '9') + "\r\n"), 413},
    {"a Content-Length over the limit", with("Content-Length: 1048577\r\n"), 413},
    {"a Content-Length over the limit that expects", with("Content-Length: 1048577\r\nExpect: 100-continue\r\n"), 413},
    {"another expectation", with("Expect: 200-ok\r\n"), 400},
    {"a Connection that is no list", with("Connection: close now\r\n"), 400},

    {"a folded field", with("X: a\r\n b\r\n"), 400},
    {"a folded first field", with_fields(" Host: a\r\n"), 400},
    {"a blank before a colon", with("X : y\r\n"), 400},
    {"a field without a name", with(": y\r\n"), 400},
    {"a field without a colon", with("X\r\n"), 400},
    {"a name with brackets", with("X(y): z\r\n"), 400},
    {"a NUL in a value", with("X: a" + nul + "b\r\n"), 400},
    {"a CR in a value", with("X: a\rb\r\n"), 400},
    {"a doubled CR behind a value", with("X: a\r\r\n"), 400},
    {"a doubled CR behind the Host", with_fields("Host: a\r\r\n"), 400},
    {"a tripled CR behind a token", with("X-Auth-Token: a\r\r\r\n"), 400},
    {"a CR in a token", with("X-Auth-Token: a\rb\r\n"), 400},
    {"a doubled CR behind a longer name", with("X-Auth-Token-2: a\r\r\n"), 400},
    {"a doubled CR behind the request line", "GET /echo HTTP/1.1\r\r\nHost: a\r\n\r\n", 400},
    {"a doubled CR at the end of the head", "GET /echo HTTP/1.1\r\nHost: a\r\n\r\r\n\r\n", 400},
    {"a DEL in a value", with("X: a\x7f\r\n"), 400},
    {"bare LFs", "GET /echo HTTP/1.1\nHost: a\n\n", 400},
    {"one bare LF between fields", "GET /echo HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
    {"a bare LF at the end", "GET /echo HTTP/1.1\r\nHost: a\r\n\n", 400},

    {"a chunk size that is no number", chunked("x\r\n\r\n"), 400},
    {"a negative chunk size", chunked("-1\r\nab\r\n0\r\n\r\n"), 400},
    {"a chunk size with 0x", chunked("0x2\r\nab\r\n0\r\n\r\n"), 400},
    {"a chunk size of 17 digits", chunked("10000000000000002\r\nab\r\n0\r\n\r\n"), 400},
    {"a blank before a chunk size", chunked(" 2\r\nab\r\n0\r\n\r\n"), 400},
    {"a chunk that is longer than it says", chunked("2\r\nabc\r\n0\r\n\r\n"), 400},
    {"a bare LF behind a chunk size", chunked("2\nab\r\n0\r\n\r\n"), 400},
    {"a bare CR behind a chunk size", chunked("2\rab\r\n0\r\n\r\n"), 400},
    {"a bare LF behind a chunk", chunked("2\r\nab\n0\r\n\r\n"), 400},
    {"a bare LF in an extension", chunked("2;a\nab\r\n0\r\n\r\n"), 400},
    {"a malformed extension", chunked("2;;\r\nab\r\n0\r\n\r\n"), 400},
    {"an extension without a name", chunked("2;\r\nab\r\n0\r\n\r\n"), 400},
    {"an extension with a value and no name", chunked("2;=b\r\nab\r\n0\r\n\r\n"), 400},
    {"an extension without its value", chunked("2;a=\r\nab\r\n0\r\n\r\n"), 400},
    {"an extension with two values", chunked("2;a=b c\r\nab\r\n0\r\n\r\n"), 400},
    {"a blank behind an extension", chunked("2;a \r\nab\r\n0\r\n\r\n"), 400},
    {"a blank behind a chunk size", chunked("2 \r\nab\r\n0\r\n\r\n"), 400},
    {"a control character in an extension's name", chunked("2;a\x01\r\nab\r\n0\r\n\r\n"), 400},
    {"a control character in an extension's value", chunked("2;a=b\x01\r\nab\r\n0\r\n\r\n"), 400},
    {"a raw byte in an extension's value", chunked("2;a=\xc3\xbc\r\nab\r\n0\r\n\r\n"), 400},
    {"a control character between quotes", chunked("2;a=\"\x01\"\r\nab\r\n0\r\n\r\n"), 400},
    {"a NUL between quotes", chunked("2;a=\"" + nul + "\"\r\nab\r\n0\r\n\r\n"), 400},
    {"a DEL between quotes", chunked("2;a=\"\x7f\"\r\nab\r\n0\r\n\r\n"), 400},
    {"a bare LF between quotes", chunked("2;a=\"\n\"\r\nab\r\n0\r\n\r\n"), 400},
    {"a bare CR between quotes", chunked("2;a=\"\r\"\r\nab\r\n0\r\n\r\n"), 400},
    {"a line end between quotes", chunked("2;a=\"\r\n\"\r\nab\r\n0\r\n\r\n"), 400},
    {"a control character behind a backslash", chunked("2;a=\"\\\x01\"\r\nab\r\n0\r\n\r\n"), 400},
    {"a bare LF behind a backslash", chunked("2;a=\"\\\n\"\r\nab\r\n0\r\n\r\n"), 400},
    {"quotes that are not closed", chunked("2;a=\"b\r\nab\r\n0\r\n\r\n"), 400},
    {"quotes whose end is behind a backslash", chunked("2;a=\"b\\\"\r\nab\r\n0\r\n\r\n"), 400},
    {"something behind quotes", chunked("2;a=\"b\"c\r\nab\r\n0\r\n\r\n"), 400},
    {"a control character in the last chunk's extension", chunked("2\r\nab\r\n0;a=\"\x01\"\r\n\r\n"), 400},
    {"a long extension", chunked("2;" + std::string(2'000, 'a') + "\r\nab\r\n0\r\n\r\n"), 400},
    {"an extension that does not end", chunked("2;" + std::string(20'000, 'a')), 400},
    {"an extension on every chunk", chunked(repeated("1;abcdefghijklmnop\r\nx\r\n", 1'000)), 400},
    {"a chunk size of many zeros", chunked(std::string(2'000, '0') + "2\r\nab\r\n0\r\n\r\n"), 400},
    {"a trailer", chunked("2\r\nab\r\n0\r\nX: y\r\n\r\n"), 400},
    {"a trailer that frames", chunked("2\r\nab\r\n0\r\nContent-Length: 5\r\n\r\n"), 400},
    {"a chunk over the limit", chunked("100001\r\n"), 413},
    {"chunks over the limit", chunked(repeated("FFFF\r\n" + std::string(65'535, 'x') + "\r\n", 16) + "11\r\n"), 413},
};

/// What an answer to a smuggled request would show.
const std::string follower = "GET /echo?smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(framing)

BOOST_DATA_TEST_CASE(a_hostile_request_is_refused_and_nothing_behind_it_is_served, hostile, one) {
  static ServerFixture fixture;
  const int served = ServerFixture::served();
  Client client(fixture.endpoint());
  client.try_send(one.bytes + follower);
  const Answer answer = client.read_answer();
  BOOST_TEST(answer.status == one.status);
  BOOST_TEST(answer.closes());
  BOOST_TEST(!answer.body.empty());
  BOOST_TEST(client.is_closed());
  BOOST_TEST(ServerFixture::served() == served);
}

BOOST_AUTO_TEST_CASE(chunk_extensions_by_the_grammar_are_passed_over) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  for (const std::string extensions :
       {"", ";a", ";a=b", ";a;b", " ; a = b ; c", "\t;\ta\t=\tb", ";a=\"\"", ";a=\"b c\"", ";a=\"\\\"\"", ";a=\"\\\\\"",
        ";a=\"\\b\";c", ";a=\"\t!#[]~\xc3\xbc\"", ";a=\";=,\"", ";!#$%&'*+-.^_`|~=0"}) {
    const Answer answer = client.ask(chunked("2" + extensions + "\r\nab\r\n0" + extensions + "\r\n\r\n"));
    BOOST_TEST(answer.status == 200, extensions);
    BOOST_TEST(answer.body.ends_with("\n\nab"), extensions);
  }
}

BOOST_AUTO_TEST_CASE(hosts_as_they_are_written_are_taken) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  for (const std::string host :
       {"a", "a.example", "a_b-c.example:8080", "127.0.0.1:1", "[::1]", "[2001:db8::1]:443", "a:", "a%20b"})
    BOOST_TEST(client.ask(with_fields("Host: " + host + "\r\n")).status == 200, host);
}

BOOST_AUTO_TEST_CASE(a_head_may_have_what_the_limits_say) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  BOOST_TEST(client.ask(with(repeated("X: y\r\n", 99))).status == 200);
  BOOST_TEST(client.ask(with_target("/echo?" + std::string(8'186, 'a'))).status == 200);
  const std::string rest = with("X: \r\n");
  BOOST_TEST(client.ask(with("X: " + std::string(16'384 - rest.size(), 'a') + "\r\n")).status == 200);
  BOOST_TEST(client.ask(with("X: " + std::string(16'385 - rest.size(), 'a') + "\r\n")).status == 431);
}

BOOST_AUTO_TEST_CASE(a_head_before_a_refused_one_is_still_answered) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send(with("") + with("X : y\r\n") + follower);
  BOOST_TEST(client.read_answer().status == 200);
  BOOST_TEST(client.read_answer().status == 400);
  BOOST_TEST(client.is_closed());
  BOOST_TEST(ServerFixture::served() == 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_in_the_words_of_the_contract_that_owns_the_target) {
  ServerFixture fixture;
  const auto page = [&](const std::string& bytes) { return Client(fixture.endpoint()).ask(bytes).body; };
  BOOST_TEST(page(with("X : y\r\n")) == "refused: A header field has no proper name.");
  BOOST_TEST(page("GET /echo HTTP/1.1\n") == "refused: This is not HTTP, or a line does not end in CRLF.");
  BOOST_TEST(page("GET http://a/echo?b HTTP/1.1\r\n\r\n") == "refused: There is no Host.");
  BOOST_TEST(page("GET /echo?" + std::string(17'000, 'a')) == "refused: The request target is too long.");
  BOOST_TEST(page(chunked("x\r\n\r\n")) == "refused: The request is malformed: bad chunk.");
  BOOST_TEST(!page("GET /elsewhere HTTP/1.1\r\n\r\n").starts_with("refused: "));
}

BOOST_AUTO_TEST_CASE(a_refusal_to_head_has_no_body) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  client.send("HEAD /echo HTTP/1.1\r\n\r\n");
  const std::string answer = client.read_to_end();
  BOOST_TEST(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  BOOST_TEST(answer.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_refused_before_it_is_read) {
  ServerFixture fixture;
  Client client(fixture.endpoint());
  const Answer answer = client.ask(with("Content-Length: 2097152\r\nExpect: 100-continue\r\n"));
  BOOST_TEST(answer.status == 413, "and not 100");
}

BOOST_AUTO_TEST_CASE(a_client_that_sends_two_mebibytes_before_it_reads_sees_the_refusal) {
  ServerFixture fixture;
  for (int i = 0; i < 5; ++i) {
    Client client(fixture.endpoint());
    client.send(with("Content-Length: 2097152\r\n"));
    for (int k = 0; k < 32; ++k) {
      client.send(std::string(65'536, 'x'));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    BOOST_TEST(client.read_answer().status == 413);
  }
}

BOOST_AUTO_TEST_SUITE_END()
