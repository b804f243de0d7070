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

/// SIGTERM and SIGINT, kept from every thread until someone waits for them. To be made before any thread.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  int wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
    return signal;
  }

  /// From now on such a signal ends the process, and so does the time after which nobody waits any longer.
  void end_process_on_next() const {
    struct sigaction action {};
    action.sa_handler = [](int signal) { ::_exit(128 + signal); };
    for (int signal : {SIGTERM, SIGINT, SIGALRM}) sigaction(signal, &action, nullptr);
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

void note(Log& log, std::string_view event, std::initializer_list<LogField> fields) {
  log.write(Severity::info, event, {fields.begin(), fields.size()});
}

}  // namespace

int serve(const Settings& settings) {
  const StopSignals stop_signals;
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();

  StderrLog log(settings.log_level);
  auto house = open_house(settings, log);
  if (!house) return complain(house.error());
  auto server = HttpServer::start(*house->engine, {.listen = settings.listen, .threads = settings.threads});
  if (!server) return complain(server.error());
  auto courier = Courier::start(house->engine->postbox(),
                                {.may_reach_private = settings.reaches_private, .ca_file = settings.webhook_ca, .log = &log});
  if (!courier) return complain(courier.error());
  for (const auto& endpoint : (*server)->endpoints()) std::cout << "listening on " << endpoint << '\n';
  std::cout.flush();
  const auto status = house->store->status();
  note(log, "started", {{"version", INNKEEPER_VERSION}, {"db", settings.db}, {"durability", status.durability}});

  const bool is_interrupt = stop_signals.wait() == SIGINT;
  stop_signals.end_process_on_next();
  note(log, "stopping", {{"signal", is_interrupt ? "SIGINT" : "SIGTERM"}});
  const bool is_clean = (*server)->drain(patience);
  server->reset();
  courier->reset();
  house->engine->drain();
  note(log, "stopped", {{"cut_connections", is_clean ? "no" : "yes"}});
  return 0;
}

}  // namespace innkeeper::daemon
