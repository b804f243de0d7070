#include "tests/fronts/server_fixture.hpp"
#include "tests/support/certificate.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace innkeeper;
using namespace innkeeper::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_in_record = 16'384;
const std::string request = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";

/// A certificate and its key, in files that may be written anew.
class Papers {
 public:
  Papers() { renew(); }
  std::string certificate() const { return (folder_.path() / "certificate.pem").string(); }
  std::string key() const { return (folder_.path() / "key.pem").string(); }
  /// Answers the new certificate.
  std::string renew() {
    const Certificate made = make_certificate("DNS:localhost,IP:127.0.0.1");
    std::ofstream(certificate()) << made.certificate;
    std::ofstream(key()) << made.key;
    return made.certificate;
  }
  std::string text() const {
    std::ifstream file(certificate());
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

 private:
  TemporaryFolder folder_;
};

HttpOptions over_tls(const Papers& papers) {
  HttpOptions options = on_loopback();
  options.listen_tls.swap(options.listen);
  options.tls_certificate = papers.certificate();
  options.tls_key = papers.key();
  return options;
}

/// The address of an endpoint, to be spoken to without TLS.
std::string plainly(const std::string& endpoint) { return "http" + endpoint.substr(endpoint.find(':')); }

std::string refusal(ServerFixture& fixture, const HttpOptions& options, Errc expected = Errc::unavailable) {
  const auto server = HttpServer::start(*fixture.engine, options);
  if (server) return "started";
  BOOST_TEST((server.error().code == expected));
  return server.error().detail;
}

template <class Step>
std::chrono::milliseconds time_of(Step step) {
  const auto begin = std::chrono::steady_clock::now();
  step();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

/// A server over TLS, with a certificate of its own.
struct Fixture {
  Papers papers;
  ServerFixture fixture{over_tls(papers)};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tls, Fixture)

BOOST_AUTO_TEST_CASE(a_request_over_tls_is_served_and_the_engine_is_told) {
  BOOST_TEST(fixture.endpoint().starts_with("https://127.0.0.1:"));
  BOOST_TEST(fixture.endpoint() != "https://127.0.0.1:0");
  Client client(fixture.endpoint());
  const Answer answer = client.ask(request);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body.find("\nscheme https\nfrom 127.0.0.1 at 127.0.0.1:0\n") != std::string::npos);
  BOOST_TEST(client.certificate() == papers.text());
}

BOOST_AUTO_TEST_CASE(plain_and_secure_listeners_stand_side_by_side) {
  HttpOptions options = over_tls(papers);
  options.listen = {"127.0.0.1:0"};
  options.listen_tls = {"127.0.0.1:00", "[::1]:0"};
  ServerFixture both(options);
  const auto& endpoints = both.server->endpoints();
  BOOST_REQUIRE(endpoints.size() == 3U);
  BOOST_TEST(endpoints[2].starts_with("https://[::1]:"));
  BOOST_TEST(Client(endpoints[0]).ask(request).body.find("\nscheme http\nfrom 127.0.0.1 at 127.0.0.1:0\n") != std::string::npos);
  BOOST_TEST(Client(endpoints[1]).ask(request).body.find("\nscheme https\nfrom 127.0.0.1 at 127.0.0.1:00\n") !=
             std::string::npos);
  BOOST_TEST(Client(endpoints[2]).ask(request).body.find("\nscheme https\nfrom ::1 at [::1]:0\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(tls_1_2_and_1_3_are_spoken_and_nothing_older) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client client(fixture.endpoint(), 0, {.version = version});
    BOOST_TEST(client.ask(request).status == 200);
    BOOST_TEST(client.version() == (version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3"));
  }
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    Client client(fixture.endpoint(), 0, {.version = version});
    BOOST_TEST(client.greet() == "tlsv1 alert protocol version");
  }
}

BOOST_AUTO_TEST_CASE(http_1_1_is_chosen_where_it_is_offered_and_who_offers_only_others_is_refused) {
  Client both(fixture.endpoint(), 0, {.protocols = "\x02h2\x08http/1.1"});
  BOOST_TEST(both.ask(request).status == 200);
  BOOST_TEST(both.protocol() == "http/1.1");
  Client none(fixture.endpoint());
  BOOST_TEST(none.ask(request).status == 200);
  BOOST_TEST(none.protocol() == "");
  BOOST_TEST(Client(fixture.endpoint(), 0, {.protocols = "\x02h2"}).greet() == "tlsv1 alert no application protocol");
}

BOOST_AUTO_TEST_CASE(an_answer_that_fits_is_one_record) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client client(fixture.endpoint(), 0, {.version = version});
    for (const int size : {0, 1, 5'000, 16'000}) {
      client.send("GET /large?" + std::to_string(size) + " HTTP/1.1\r\nHost: a\r\n\r\n");
      const std::string record = client.receive();
      BOOST_TEST(record.starts_with("HTTP/1.1 200 OK\r\n"));
      BOOST_TEST(record.size() == record.find("\r\n\r\n") + 4 + static_cast<std::size_t>(size));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_that_fits_one_record_is_never_split) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client client(fixture.endpoint(), 0, {.version = version});
    for (std::size_t size = 16'000; size <= 16'500; ++size) {
      client.send("GET /large?" + std::to_string(size) + " HTTP/1.1\r\nHost: a\r\n\r\n");
      std::vector<std::size_t> records;
      std::string all;
      std::size_t head = 0;
      while (head == 0 || all.size() < head + size) {
        const std::string record = client.receive();
        BOOST_REQUIRE(!record.empty());
        records.push_back(record.size());
        all += record;
        if (const auto end = all.find("\r\n\r\n"); end != std::string::npos) head = end + 4;
      }
      if (head + size <= most_in_record)
        BOOST_REQUIRE((records == std::vector{head + size}));
      else if (size <= most_in_record)
        BOOST_REQUIRE((records == std::vector{head, size}));
      else
        BOOST_REQUIRE((records == std::vector{most_in_record, head + size - most_in_record}));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_is_not_split_where_answers_go_out_together_or_slowly) {
  std::mt19937 random(7);
  for (const int receive_buffer : {0, 4 * 1'024}) {
    std::string requests;
    std::vector<std::size_t> sizes;
    for (int i = 0; i < 200; ++i) {
      sizes.push_back(i % 3 == 0 ? 16'200 + random() % 400 : random() % 3'000);
      requests += "GET /large?" + std::to_string(sizes.back()) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    Client client(fixture.endpoint(), receive_buffer);
    client.send(requests + "GET /echo HTTP/1.0\r\n\r\n");
    if (receive_buffer > 0) std::this_thread::sleep_for(50ms);
    std::string all;
    std::vector<std::size_t> ends;  // of records
    for (std::string record = client.receive(); !record.empty(); record = client.receive()) {
      all += record;
      ends.push_back(all.size());
    }
    BOOST_TEST(ends.size() < sizes.size(), "answers share records");
    std::size_t at = 0;
    for (const std::size_t size : sizes) {
      const std::size_t begin = all.find("\r\n\r\n", at) + 4;
      at = begin + size;
      BOOST_REQUIRE(at < all.size());
      const auto end = std::upper_bound(ends.begin(), ends.end(), begin);
      BOOST_REQUIRE((size > most_in_record || size == 0 || at <= *end));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_large_answer_reaches_a_peer_that_reads_slowly_in_either_version) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client client(fixture.endpoint(), 16 * 1024, {.version = version});
    client.send("GET /large?8000000 HTTP/1.1\r\nHost: a\r\n\r\n" + request);
    std::this_thread::sleep_for(50ms);
    BOOST_TEST((client.read_answer().body == std::string(8'000'000, 'x')));
    BOOST_TEST(client.read_answer().status == 200);
  }
}

BOOST_AUTO_TEST_CASE(a_farewell_is_said_and_heard) {
  Client closed(fixture.endpoint());
  closed.send("GET /echo HTTP/1.0\r\n\r\n");
  BOOST_TEST(closed.read_to_end().starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(closed.got_close_notify(), "behind the last answer");

  Client leaving(fixture.endpoint());
  BOOST_TEST(leaving.ask(request).status == 200);
  leaving.finish_sending();
  BOOST_TEST(leaving.is_closed());
  BOOST_TEST(leaving.got_close_notify(), "in return");

  Client idle(fixture.endpoint());
  BOOST_TEST(idle.ask(request).status == 200);
  fixture.server->drain(1s);
  BOOST_TEST(idle.is_closed());
  BOOST_TEST(idle.got_close_notify(), "when the server goes");
}

BOOST_AUTO_TEST_CASE(a_farewell_comes_behind_all_that_a_slow_reader_was_sent) {
  Client client(fixture.endpoint(), 4 * 1024);
  client.send("GET /large?8000000 HTTP/1.0\r\n\r\n");
  std::this_thread::sleep_for(50ms);
  BOOST_TEST(client.read_to_end().size() > 8'000'000U);
  BOOST_TEST(client.got_close_notify());
}

BOOST_AUTO_TEST_CASE(a_handshake_that_does_not_end_in_time_is_cut) {
  HttpOptions options = over_tls(papers);
  options.head_timeout = 1s;
  ServerFixture impatient(options);
  Client silent(plainly(impatient.endpoint()));
  Client halting(plainly(impatient.endpoint()));
  halting.send("\x16\x03\x01\x02");
  Client trickling(plainly(impatient.endpoint()));
  Client greeted(impatient.endpoint());
  BOOST_TEST(greeted.greet() == "");
  const auto time = time_of([&] {
    int sent = 0;
    const std::string hello = "\x16\x03\x01\x02\x05\x01" + std::string(1, '\0') + "\x02\x01\x03\x03" + std::string(500, 'x');
    while (trickling.is_quiet_for(50ms) && sent < 100 && trickling.try_send(hello.substr(static_cast<std::size_t>(sent), 1)))
      ++sent;
    BOOST_TEST(sent > 10);
    BOOST_TEST(silent.is_closed());
    BOOST_TEST(halting.is_closed());
  });
  BOOST_TEST((time >= 900ms));
  BOOST_TEST((time < 4s));
  std::this_thread::sleep_for(1s);
  BOOST_TEST(greeted.ask(request).status == 200, "who has greeted is idle");
}

BOOST_AUTO_TEST_CASE(what_is_not_tls_is_closed) {
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    Client client(plainly(fixture.endpoint()));
    std::string bytes = i == 0 ? request : i == 1 ? std::string(70'000, 'x') : "\x16\x03\x01\x01";
    if (i > 1)
      for (int k = 0; k < 600; ++k) bytes += static_cast<char>(random());
    client.try_send(bytes);
    client.finish_sending();
    BOOST_REQUIRE(client.read_to_end().find("HTTP") == std::string::npos);
  }
  BOOST_TEST(Client(fixture.endpoint()).ask(request).status == 200);
  for (const std::string& line : fixture.log.lines()) BOOST_TEST(!line.starts_with("http.exception"), line);
}

BOOST_AUTO_TEST_CASE(a_record_that_was_tampered_with_ends_the_connection) {
  Client client(fixture.endpoint());
  BOOST_TEST(client.ask(request).status == 200);
  client.send_raw("\x17\x03\x03" + std::string(1, '\0') + "\x20" + std::string(32, 'x'));
  BOOST_TEST(client.is_closed());
  BOOST_TEST(ServerFixture::served() == 1);
}

BOOST_AUTO_TEST_CASE(a_peer_may_renew_its_keys_as_often_as_it_likes) {
  Client client(fixture.endpoint());
  for (int i = 0; i < 1'500; ++i) {
    if (i % 500 == 0) BOOST_TEST(client.ask(request).status == 200);
    client.renew_keys();
  }
  BOOST_TEST(client.ask(request).status == 200);
}

BOOST_AUTO_TEST_CASE(answers_for_a_peer_that_has_left_raise_no_signal) {
  fixture.store.hold();
  {
    Client client(fixture.endpoint());
    BOOST_TEST(client.ask(request).status == 200);
    const std::string held = "POST /write HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
    client.send(held + held + held);
    fixture.store.wait_for_work();
  }
  fixture.store.release();
  BOOST_TEST(Client(fixture.endpoint()).ask(request).status == 200);
  BOOST_TEST(fixture.server->drain(5s));
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_no_handshake) {
  Client silent(plainly(fixture.endpoint()));
  Client halting(plainly(fixture.endpoint()));
  halting.send("\x16\x03\x01\x02");
  std::this_thread::sleep_for(50ms);
  BOOST_TEST((time_of([&] { BOOST_TEST(fixture.server->drain(5s)); }) < 1s));
  BOOST_TEST(silent.is_closed());
  BOOST_TEST(halting.is_closed());
}

BOOST_AUTO_TEST_CASE(a_new_certificate_is_shown_to_new_connections_and_old_ones_go_on) {
  const std::string first = papers.text();
  Client old(fixture.endpoint());
  BOOST_TEST(old.ask(request).status == 200);
  const std::string second = papers.renew();
  BOOST_REQUIRE(first != second);
  BOOST_TEST(fixture.server->reload_tls().has_value());
  Client next(fixture.endpoint());
  BOOST_TEST(next.ask(request).status == 200);
  BOOST_TEST(next.certificate() == second);
  BOOST_TEST(old.ask(request).status == 200);
  BOOST_TEST(old.certificate() == first);
}

BOOST_AUTO_TEST_CASE(a_certificate_that_cannot_be_used_leaves_the_old_one_in_use) {
  const std::string first = papers.text();
  const auto cause = [&] {
    const auto reloaded = fixture.server->reload_tls();
    BOOST_REQUIRE(!reloaded);
    BOOST_TEST((reloaded.error().code == Errc::unavailable));
    Client client(fixture.endpoint());
    BOOST_TEST(client.ask(request).status == 200);
    BOOST_TEST(client.certificate() == first);
    return reloaded.error().detail;
  };
  std::ofstream(papers.certificate()) << make_certificate("DNS:localhost").certificate;
  BOOST_TEST(cause() == papers.key() + ": its private key is not that of the certificate in " + papers.certificate());
  std::ofstream(papers.certificate()) << "no certificate";
  BOOST_TEST(cause() == papers.certificate() + ": has no certificate in PEM");
  std::filesystem::remove(papers.certificate());
  BOOST_TEST(cause().starts_with(papers.certificate() + ": No such file or directory"));
}

BOOST_AUTO_TEST_CASE(certificates_may_be_reloaded_while_connections_come) {
  std::atomic<bool> is_over = false;
  std::atomic<int> failures = 0;
  std::thread reloader([&] {
    while (!is_over) failures += !fixture.server->reload_tls().has_value();
  });
  for (int i = 0; i < 100; ++i) BOOST_TEST(Client(fixture.endpoint()).ask(request).status == 200);
  is_over = true;
  reloader.join();
  BOOST_TEST(failures == 0);
}

BOOST_AUTO_TEST_CASE(a_certificate_or_key_that_cannot_be_used_is_told_at_the_start) {
  HttpOptions options = over_tls(papers);
  options.tls_certificate = options.tls_key = "";
  BOOST_TEST(refusal(fixture, options) == "127.0.0.1:0: there is no certificate for TLS");
  options.tls_certificate = "/missing.pem";
  BOOST_TEST(refusal(fixture, options).starts_with("/missing.pem: No such file or directory"));
  options.tls_certificate = papers.certificate();
  BOOST_TEST(refusal(fixture, options) == papers.certificate() + ": has no private key in PEM");
  options.tls_key = "/missing.key";
  BOOST_TEST(refusal(fixture, options).starts_with("/missing.key: No such file or directory"));
  const Papers others;
  options.tls_key = others.key();
  const auto mismatch = others.key() + ": its private key is not that of the certificate in " + papers.certificate();
  BOOST_TEST(refusal(fixture, options) == mismatch);
  std::ofstream(others.key()) << make_rsa_key();
  BOOST_TEST(refusal(fixture, options) == mismatch);
  std::ofstream(others.key()) << make_certificate("DNS:localhost").key.substr(0, 100);
  BOOST_TEST(refusal(fixture, options).starts_with(others.key() + ": its private key cannot be read: "));
  std::ofstream(others.key()) << "";
  BOOST_TEST(refusal(fixture, options) == others.key() + ": is empty");
  options.tls_key = std::filesystem::path(others.key()).parent_path().string();
  BOOST_TEST(refusal(fixture, options) == options.tls_key + ": Is a directory");
  options.tls_certificate = options.tls_key = papers.key();
  BOOST_TEST(refusal(fixture, options) == papers.key() + ": has no certificate in PEM");
}

BOOST_AUTO_TEST_CASE(tls_is_listened_for_on_ip_addresses_only) {
  HttpOptions options = over_tls(papers);
  options.listen_tls = {"unix:/tmp/socket"};
  BOOST_TEST(refusal(fixture, options, Errc::invalid) == "unix:/tmp/socket: must be HOST:PORT, [IPV6]:PORT or :PORT");
  options.listen_tls = {fixture.endpoint().substr(std::string("https://").size())};
  BOOST_TEST(refusal(fixture, options).ends_with(": Address already in use"));
}

BOOST_AUTO_TEST_CASE(there_is_nothing_to_reload_without_tls) {
  HttpOptions options = on_loopback();
  const auto plain = HttpServer::start(*fixture.engine, options).value();
  BOOST_TEST((plain->reload_tls().error().code == Errc::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
