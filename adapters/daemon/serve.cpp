#include "adapters/daemon/serve.hpp"

#include <innkeeper/courier.hpp>
#include <innkeeper/http.hpp>

#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/house.hpp"
#include "adapters/daemon/logfmt.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <iostream>
#include <utility>

namespace innkeeper::daemon {

namespace {

constexpr std::chrono::milliseconds patience{3'000};
constexpr unsigned last_resort = 5;  ///< Seconds after which a process that does not end is ended.

/// SIGTERM, SIGINT and SIGHUP, kept from every thread until someone waits for them. To be made before any thread.
class Signals {
 public:
  Signals() {
    sigemptyset(&signals_);
    for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  int wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
    return signal;
  }

  /// From now on a signal to stop ends the process, and so does the time after which nobody waits any longer.
  void end_process_on_next() const {
    struct sigaction action {};
    action.sa_handler = [](int signal) { ::_exit(128 + signal); };
    for (int signal : {SIGTERM, SIGINT, SIGALRM}) sigaction(signal, &action, nullptr);
    std::signal(SIGHUP, SIG_IGN);
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    ::alarm(last_resort);
  }

 private:
  sigset_t signals_{};
};

/// Ten thousand connections need as many descriptors, and the usual limit is lower than what a process may ask for.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void note(Log& log, std::string_view event, std::initializer_list<LogField> fields, Severity severity = Severity::info) {
  log.write(severity, event, {fields.begin(), fields.size()});
}

void reload(HttpServer& server, const Settings& settings, Log& log) {
  if (settings.listen_tls.empty()) return note(log, "signal.ignored", {{"signal", "SIGHUP"}});
  const auto reloaded = server.reload_tls();
  if (reloaded)
    note(log, "tls.reloaded", {{"certificate", settings.tls_certificate}});
  else
    note(log, "tls.reload_failed", {{"cause", reloaded.error().detail}}, Severity::error);
}

}  // namespace

int serve(const Settings& settings) {
  const Signals signals;
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();

  StderrLog log(settings.log_level);
  auto house = open_house(settings, log);
  if (!house) return complain(house.error());
  auto server = HttpServer::start(*house->engine, {.listen = settings.listen,
                                                   .listen_tls = settings.listen_tls,
                                                   .tls_certificate = settings.tls_certificate,
                                                   .tls_key = settings.tls_key,
                                                   .threads = settings.threads});
  if (!server) return complain(server.error());
  auto courier = Courier::start(house->engine->postbox(),
                                {.may_reach_private = settings.reaches_private, .ca_file = settings.webhook_ca, .log = &log});
  if (!courier) return complain(courier.error());
  for (const auto& endpoint : (*server)->endpoints()) std::cout << "listening on " << endpoint << '\n';
  std::cout.flush();
  const auto status = house->store->status();
  note(log, "started", {{"version", INNKEEPER_VERSION}, {"db", settings.db}, {"durability", status.durability}});

  int signal = 0;
  while ((signal = signals.wait()) == SIGHUP) reload(**server, settings, log);
  signals.end_process_on_next();
  note(log, "stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  const bool is_clean = (*server)->drain(patience);
  server->reset();
  courier->reset();
  house->engine->drain();
  note(log, "stopped", {{"cut_connections", is_clean ? "no" : "yes"}});
  return 0;
}

}  // namespace innkeeper::daemon
