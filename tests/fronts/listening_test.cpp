#include "tests/fronts/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

using namespace innkeeper;
using namespace innkeeper::tests;

namespace {

const std::string request = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";

HttpOptions on(std::vector<std::string> addresses) { return {.listen = std::move(addresses), .threads = 2}; }

std::string refusal(ServerFixture& fixture, const std::string& address, Errc expected = Errc::unavailable) {
  auto second = HttpServer::start(*fixture.engine, on({address}));
  if (second) return "started";
  BOOST_TEST((second.error().code == expected), address);
  return second.error().detail;
}

unsigned mode_of(const std::string& path) {
  struct stat found {};
  BOOST_REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777U;
}

/// Leaves the file of a socket that nobody listens on.
void leave_socket_file(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  BOOST_REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(socket);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listening)

BOOST_AUTO_TEST_CASE(a_free_port_is_found_and_told) {
  ServerFixture fixture;
  BOOST_TEST(fixture.endpoint().starts_with("http://127.0.0.1:"));
  BOOST_TEST(fixture.endpoint() != "http://127.0.0.1:0");
  for (int i = 0; i < 20; ++i) BOOST_TEST(Client(fixture.endpoint()).ask(request).status == 200);
}

BOOST_AUTO_TEST_CASE(ipv6_is_listened_on) {
  ServerFixture fixture(on({"[::1]:0"}));
  BOOST_TEST(fixture.endpoint().starts_with("http://[::1]:"));
  const Answer answer = Client(fixture.endpoint()).ask(request);
  BOOST_TEST(answer.body.find("\nfrom ::1 at [::1]:0\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_listener_has_its_name) {
  TemporaryFolder folder;
  const std::string path = (folder.path() / "socket").string();
  ServerFixture fixture(on({"127.0.0.1:0", "127.0.0.1:00", "unix:" + path}));
  const auto& endpoints = fixture.server->endpoints();
  BOOST_REQUIRE(endpoints.size() == 3U);
  BOOST_TEST(endpoints[2] == "http+unix:" + path);
  BOOST_TEST(Client(endpoints[0]).ask(request).body.find(" at 127.0.0.1:0\n") != std::string::npos);
  BOOST_TEST(Client(endpoints[1]).ask(request).body.find(" at 127.0.0.1:00\n") != std::string::npos);
  BOOST_TEST(Client(endpoints[2]).ask(request).body.find("\nfrom  at unix:" + path + "\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(connections_to_a_unix_socket_are_served_at_once) {
  TemporaryFolder folder;
  ServerFixture fixture(on({"unix:" + (folder.path() / "socket").string()}));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(std::make_unique<Client>(fixture.endpoint()));
  for (auto& client : clients) client->send(request);
  for (auto& client : clients) BOOST_TEST(client->read_answer().status == 200);
}

BOOST_AUTO_TEST_CASE(the_file_of_a_unix_socket_goes_with_the_server) {
  TemporaryFolder folder;
  const auto path = folder.path() / "socket";
  ServerFixture fixture(on({"unix:" + path.string()}));
  BOOST_TEST(std::filesystem::exists(path));
  fixture.server->drain(std::chrono::seconds(1));
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_socket_file_that_took_the_place_of_ours_stays) {
  TemporaryFolder folder;
  const auto path = folder.path() / "socket";
  ServerFixture fixture(on({"unix:" + path.string()}));
  std::filesystem::rename(path, folder.path() / "old");
  leave_socket_file(path.string());
  fixture.server.reset();
  BOOST_TEST(std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_socket_file_that_nobody_listens_on_is_replaced) {
  TemporaryFolder folder;
  const std::string path = (folder.path() / "socket").string();
  leave_socket_file(path);
  ServerFixture fixture(on({"unix:" + path}));
  BOOST_TEST(Client(fixture.endpoint()).ask(request).status == 200);
}

BOOST_AUTO_TEST_CASE(an_address_that_another_server_listens_on_is_refused) {
  TemporaryFolder folder;
  ServerFixture fixture(on({"127.0.0.1:0", "unix:" + (folder.path() / "socket").string()}));
  const std::string address = fixture.endpoint().substr(std::string("http://").size());
  BOOST_TEST(refusal(fixture, address) == address + ": Address already in use");
  const std::string file = fixture.server->endpoints()[1].substr(std::string("http+").size());
  BOOST_TEST(refusal(fixture, file) == file + ": Address already in use");
  for (const auto& endpoint : fixture.server->endpoints()) BOOST_TEST(Client(endpoint).ask(request).status == 200);
}

BOOST_AUTO_TEST_CASE(a_port_can_be_taken_again_at_once) {
  auto fixture = std::make_unique<ServerFixture>();
  const std::string address = fixture->endpoint().substr(std::string("http://").size());
  Client(fixture->endpoint()).ask("GET /echo HTTP/1.0\r\n\r\n");
  Client left(fixture->endpoint());
  left.ask(request);
  fixture.reset();
  ServerFixture next(on({address}));
  BOOST_TEST(Client(next.endpoint()).ask(request).status == 200);
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_is_left_alone) {
  TemporaryFolder folder;
  const auto path = folder.path() / "notes";
  std::ofstream(path) << "precious";
  ServerFixture fixture;
  BOOST_TEST(refusal(fixture, "unix:" + path.string()) == "unix:" + path.string() + ": there is something else than a socket");
  BOOST_TEST(std::filesystem::file_size(path) == 8U);
}

BOOST_AUTO_TEST_CASE(an_address_that_cannot_be_read_is_refused_by_name) {
  ServerFixture fixture;
  const std::string rule = ": must be HOST:PORT, [IPV6]:PORT or :PORT, or unix:PATH";
  for (const std::string address : {"", "8080", "localhost", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:8o8o", "127.0.0.1:-1",
                                    "127.1:8080", "1.2.3.256:8080", "::1:8080", "[127.0.0.1]:8080", "[]:8080", "[::1]",
                                    "[localhost]:8080", "*:8080", "http://localhost:8080", "a b:8080"})
    BOOST_TEST(refusal(fixture, address, Errc::invalid) == address + rule);
  for (const std::string& address : {std::string("unix:"), "unix:/" + std::string(200, 'a')})
    BOOST_TEST(refusal(fixture, address, Errc::invalid) == address + ": the path of a socket must have 1 to 107 bytes");
}

BOOST_AUTO_TEST_CASE(an_address_that_is_not_of_this_machine_is_refused_with_the_cause) {
  ServerFixture fixture;
  BOOST_TEST(refusal(fixture, "192.0.2.1:0") == "192.0.2.1:0: Cannot assign requested address");
  BOOST_TEST(refusal(fixture, "unknown.invalid:0").starts_with("unknown.invalid:0: Host not found"));
}

BOOST_AUTO_TEST_CASE(a_name_stands_for_all_its_addresses_on_one_port) {
  ServerFixture fixture(on({"localhost:0"}));
  const auto& endpoints = fixture.server->endpoints();
  BOOST_REQUIRE(!endpoints.empty());
  const auto port = endpoints.front().substr(endpoints.front().rfind(':'));
  BOOST_TEST(port != ":0");
  for (const auto& endpoint : endpoints) {
    BOOST_TEST((endpoint == "http://127.0.0.1" + port || endpoint == "http://[::1]" + port), endpoint);
    BOOST_TEST(Client(endpoint).ask(request).body.find(" at localhost:0\n") != std::string::npos);
  }
  BOOST_TEST(refusal(fixture, "localhost" + port).ends_with(": Address already in use"));
  BOOST_TEST(refusal(fixture, "localhost" + port).starts_with("localhost" + port + ": "));
}

BOOST_AUTO_TEST_CASE(a_port_alone_is_every_interface_of_both_families) {
  ServerFixture fixture(on({":0"}));
  const auto& endpoints = fixture.server->endpoints();
  const auto port = endpoints.front().substr(endpoints.front().rfind(':'));
  BOOST_TEST(endpoints == (std::vector<std::string>{"http://0.0.0.0" + port, "http://[::]" + port}),
             boost::test_tools::per_element());
  BOOST_TEST(Client("http://127.0.0.1" + port).ask(request).body.find("\nfrom 127.0.0.1 at :0\n") != std::string::npos);
  BOOST_TEST(Client("http://[::1]" + port).ask(request).body.find("\nfrom ::1 at :0\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_mode_of_a_unix_socket_is_as_asked_whatever_the_umask) {
  TemporaryFolder folder;
  const std::string path = (folder.path() / "socket").string();
  for (const mode_t umask : {0U, 022U, 0777U})
    for (const unsigned mode : {0600U, 0660U, 0666U}) {
      HttpOptions options = on({"unix:" + path});
      options.socket_mode = mode;
      const auto before = ::umask(umask);
      ServerFixture fixture(std::move(options));
      ::umask(before);
      BOOST_TEST(mode_of(path) == mode);
      BOOST_TEST(Client(fixture.endpoint()).ask(request).status == 200);
    }
}

BOOST_AUTO_TEST_CASE(who_connects_before_the_engine_is_there_is_answered_once_it_is) {
  ServerFixture fixture;
  const auto server = HttpServer::bind(on({"127.0.0.1:0"})).value();
  Client early(server->endpoints().front());
  early.send(request);
  BOOST_REQUIRE(server->serve(*fixture.engine).has_value());
  BOOST_TEST(early.read_answer().status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
