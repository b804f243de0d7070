#include "tests/courier/server.hpp"
#include "tests/courier/webhook_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

#include <fstream>
#include <functional>
#include <string>

using namespace innkeeper;
using namespace innkeeper::tests;
using namespace std::chrono_literals;

namespace {

/// Options for a courier that trusts one certificate.
class Trust {
 public:
  explicit Trust(const Certificate& certificate) { std::ofstream(file()) << certificate.certificate; }
  std::string file() const { return (folder_.path() / "ca.pem").string(); }
  CourierOptions options() const {
    CourierOptions options = Post::with_private();
    options.ca_file = file();
    return options;
  }

 private:
  TemporaryFolder folder_;
};

const std::string for_localhost = "DNS:localhost,IP:127.0.0.1";

}  // namespace

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(a_request_arrives_over_tls) {
  const Certificate certificate = make_certificate(for_localhost);
  const Trust trust(certificate);
  std::string name;
  Listener listener(accepted);
  Server server(
      [&](Wire& wire) {
        name = wire.server_name();
        listener(wire);
      },
      certificate);
  Post post(trust.options());
  BOOST_TEST(post.send("https://localhost:" + server.port() + "/a", {{"X-Signature", "s1"}}, "body").status == 202);
  BOOST_TEST(name == "localhost");
  BOOST_REQUIRE(listener.requests().size() == 1U);
  BOOST_TEST(listener.requests().front().starts_with("POST /a HTTP/1.1\r\nX-Signature: s1\r\nHost: localhost:" + server.port()));
  BOOST_TEST(listener.requests().front().ends_with("\r\n\r\nbody"));
}

BOOST_AUTO_TEST_CASE(an_address_is_verified_as_an_address_and_is_no_server_name) {
  const Certificate certificate = make_certificate(for_localhost);
  const Trust trust(certificate);
  std::string name = "none yet";
  Server server(
      [&](Wire& wire) {
        name = wire.server_name();
        wire.read_request();
        wire.write(accepted);
      },
      certificate);
  Post post(trust.options());
  BOOST_TEST(post.send(server.url()).status == 202);
  BOOST_TEST(name == "");
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_name_is_refused) {
  const Certificate certificate = make_certificate("DNS:elsewhere.example,IP:127.0.0.2");
  const Trust trust(certificate);
  Listener listener(accepted);
  Server server(std::ref(listener), certificate);
  Post post(trust.options());
  BOOST_TEST(post.send("https://localhost:" + server.port() + "/").fault == "tls");
  BOOST_TEST(post.send(server.url()).fault == "tls");
  BOOST_TEST(listener.requests().empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_authority_is_refused) {
  const Trust trust(make_certificate(for_localhost));
  Listener listener(accepted);
  Server server(std::ref(listener), make_certificate(for_localhost));
  Post post(trust.options());
  BOOST_TEST(post.send("https://localhost:" + server.port() + "/").fault == "tls");
  Post with_the_system_s_authorities;
  BOOST_TEST(with_the_system_s_authorities.send("https://localhost:" + server.port() + "/").fault == "tls");
  BOOST_TEST(listener.requests().empty());
}

BOOST_AUTO_TEST_CASE(tls_1_2_is_spoken_and_nothing_older) {
  const Certificate certificate = make_certificate(for_localhost);
  const Trust trust(certificate);
  Listener listener(accepted);
  Server current(std::ref(listener), certificate, TLS1_2_VERSION);
  Server old(std::ref(listener), certificate, TLS1_1_VERSION);
  Post post(trust.options());
  BOOST_TEST(post.send(current.url()).status == 202);
  BOOST_TEST(post.send(old.url()).fault == "tls");
}

BOOST_AUTO_TEST_CASE(a_server_without_tls_is_a_fault) {
  Listener listener(accepted);
  Server server([&](Wire& wire) {
    wire.write(accepted);
    wire.read_to_end();
  });
  Post post;
  BOOST_TEST(post.send("https://127.0.0.1:" + server.port() + "/").fault == "tls");
}

BOOST_AUTO_TEST_CASE(a_greeting_that_never_ends_times_out) {
  Server server([](Wire& wire) { wire.read_to_end(); });
  CourierOptions options = Post::with_private();
  options.timeout = 1s;
  Post post(options);
  BOOST_TEST(post.send("https://127.0.0.1:" + server.port() + "/").fault == "timeout");
}

BOOST_AUTO_TEST_CASE(certificates_that_cannot_be_read_are_told_at_the_start) {
  FakeWebhookQueue webhook_queue;
  const TemporaryFolder folder;
  const std::string missing = (folder.path() / "missing.pem").string();
  const auto courier = Courier::start(webhook_queue, {.ca_file = missing});
  BOOST_REQUIRE(!courier);
  BOOST_TEST((courier.error().code == Errc::unavailable));
  BOOST_TEST(courier.error().detail.starts_with(missing + ": "));
}

BOOST_AUTO_TEST_SUITE_END()
