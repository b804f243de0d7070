// A peer: the same two calls as a user of cpp-httplib would write them, with a thread and a database connection for each client.
//
//     innkeeper_peer_httplib DB PORT TOKEN TENANT_UID     lets TOKEN in to that tenant, first of all

#include "by_hand.hpp"

#include <httplib.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <mutex>

using by_hand::Outcome;
using by_hand::Service;

namespace {

constexpr std::size_t threads = 64;

void answer(Service& service, Outcome outcome, const std::string& body, httplib::Response& response) {
  constexpr std::array statuses{200, 403, 403, 400, 503};
  response.status = statuses[static_cast<std::size_t>(outcome)];
  response.set_header("Date", std::string{service.moment.date()});
  response.set_header("Cache-Control", "no-store");
  response.set_header("Vary", "X-Auth-Token");
  response.set_header("ECL-Transaction-ID", service.secrets.make_uuid());
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("X-Frame-Options", "SAMEORIGIN");
  response.set_header("X-Xss-Protection", "1; mode=block");
  response.set_content(outcome == Outcome::done ? body : R"({"error":{}})", "application/json; charset=utf-8");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "usage: innkeeper_peer_httplib DB PORT TOKEN TENANT_UID\n"), 64;
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  Service(argv[1], "").let_in(argv[3], argv[4]);
  const auto own_service = [&]() -> Service& {
    thread_local Service service(argv[1], "");
    service.moment.tick();
    return service;
  };
  std::mutex writing;
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(threads); };
  server.set_keep_alive_max_count(1'000'000'000);
  server.set_tcp_nodelay(true);
  server.Get(R"(/tenants/([^/]+)/apps/(\d+))", [&](const httplib::Request& request, httplib::Response& response) {
    auto& service = own_service();
    std::string body;
    const auto outcome =
        service.find(request.get_header_value("X-Auth-Token"), request.matches[1].str(), std::stoll(request.matches[2]), body);
    answer(service, outcome, body, response);
  });
  server.Post(R"(/tenants/([^/]+)/apps)", [&](const httplib::Request& request, httplib::Response& response) {
    auto& service = own_service();
    std::string body;
    auto outcome = Outcome::unavailable;
    const std::lock_guard lock(writing);
    try {
      service.begin_to_write();
      outcome = service.create(request.get_header_value("X-Auth-Token"), request.matches[1].str(), request.body, body);
      service.commit();
    } catch (const std::runtime_error&) {
      service.roll_back();
      outcome = Outcome::unavailable;
    }
    answer(service, outcome, body, response);
  });
  return server.listen("127.0.0.1", std::atoi(argv[2])) ? 0 : 1;
}
