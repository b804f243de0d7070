#include "tests/fronts/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <random>
#include <string>
#include <string_view>

using namespace innkeeper;
using namespace innkeeper::tests;

namespace {

const std::array<std::string, 6> seeds{
    "GET /echo?a=b HTTP/1.1\r\nHost: inn.example:8080\r\nX-Auth-Token: abc\r\r\nAccept: */*\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: inn.example\r\nContent-Length: 11\r\n\r\nhello world",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;n=\"v\"\r\nhello\r\n0\r\n\r\n",
    "GET http://inn.example/echo HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n",
    "PUT /echo HTTP/1.1\r\nHost: [::1]:1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    "HEAD /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
};

const std::array<std::string_view, 16> pieces{"\r\n",
                                              "\r",
                                              "\n",
                                              "\r\n\r\n",
                                              ":",
                                              " ",
                                              "\t",
                                              "0\r\n\r\n",
                                              "chunked",
                                              "Host: ",
                                              ";\"",
                                              "FFFFFFFF",
                                              "100-continue",
                                              "HTTP/9.9",
                                              "Content-Length: 18446744073709551616\r\n",
                                              "Transfer-Encoding: chunked\r\n"};

class Mutator {
 public:
  explicit Mutator(unsigned seed) : engine_(seed) {}

  std::string next() {
    std::string text = seeds[below(seeds.size())];
    if (below(3) == 0) text += seeds[below(seeds.size())];
    for (std::size_t i = below(4) + 1; i > 0; --i) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t end) { return engine_() % end; }
  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    switch (below(5)) {
      case 0:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 1:
        text.insert(at, pieces[below(pieces.size())]);
        break;
      case 2:
        text.erase(at, below(8));
        break;
      case 3:
        text.insert(at, text.substr(at, below(40)));
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
    }
  }
  std::mt19937 engine_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mutation)

BOOST_AUTO_TEST_CASE(requests_broken_at_random_neither_stop_nor_confuse_the_server) {
  ServerFixture fixture;
  Mutator mutator(20'260'101);
  Client bystander(fixture.endpoint());
  for (int i = 0; i < 4'000; ++i) {
    const std::string bytes = mutator.next();
    Client client(fixture.endpoint());
    const std::size_t cut = bytes.size() / (i % 3 + 1);
    client.try_send(std::string_view(bytes).substr(0, cut));
    client.try_send(std::string_view(bytes).substr(cut));
    client.finish_sending();
    const std::string answers = client.read_to_end();
    BOOST_REQUIRE_MESSAGE(answers.empty() || answers.starts_with("HTTP/1.1 "), "seed " << i << " answered " << answers);
    if (i % 500 == 0) BOOST_REQUIRE(bystander.ask("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  }
  BOOST_TEST(bystander.ask("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  for (const std::string& line : fixture.log.lines()) BOOST_REQUIRE_MESSAGE(!line.starts_with("http.exception"), line);
}

BOOST_AUTO_TEST_SUITE_END()
