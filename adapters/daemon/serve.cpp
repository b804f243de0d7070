#include "adapters/daemon/serve.hpp"

#include <innkeeper/courier.hpp>
#include <innkeeper/http.hpp>
#include <innkeeper/operations.hpp>

#include "adapters/daemon/complain.hpp"
#include "adapters/daemon/instance.hpp"
#include "adapters/daemon/logfmt.hpp"

#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>

namespace innkeeper::daemon {

namespace {

constexpr std::chrono::milliseconds patience{3'000};
constexpr unsigned last_resort = 5;  ///< Seconds after which a process that does not end is ended.

/// The memory of a large answer goes back to the system with it. By itself glibc raises the size from which it does, once such an
/// answer has gone, and may keep the next ones.
void give_back_large_memory() {
#ifdef __GLIBC__
  constexpr int large = 1 << 20;
  ::mallopt(M_MMAP_THRESHOLD, large);
#endif
}

/// SIGTERM, SIGINT and SIGHUP, kept from every thread until someone waits for them. To be made before any thread.
class Signals {
 public:
  Signals() {
    sigemptyset(&signals_);
    for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

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
  sigset_t before_{};
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

/// Whether the contracts fit beside each other where they are mounted, found out over an empty database in memory.
Result<void> check_mounts(const Settings& settings) {
  SilentLog log;
  const auto instance = open_instance({.db = ":memory:", .mounts = settings.mounts}, log);
  if (!instance) return instance.error();
  return {};
}

/// Whether nobody can do anything here yet.
bool has_no_operator(Engine& engine) {
  const auto first = engine.call(operators::list, Principal{.kind = Principal::Kind::host}, {.page_request = {.limit = 1}});
  return first && first->items.empty();
}

/// Says where it listens. Nobody may be reading, which is no reason not to serve.
void announce(const HttpServer& server, Log& log) {
  LineWriter output(STDOUT_FILENO, [](std::uint64_t) { return std::string{}; });
  std::string lines;
  for (const auto& endpoint : server.endpoints()) lines.append("listening on ").append(endpoint).append("\n");
  output.write(lines, /*is_urgent=*/true);
  if (!output.finish()) note(log, "stdout.failed", {{"cause", "standard output cannot be written to"}}, Severity::warning);
}

/// Whatever can be wrong with where it listens is found before there is a database or a key.
Result<void> serve_until_signal(const Settings& settings) {
  const Signals signals;
  raise_descriptor_limit();
  give_back_large_memory();
  StderrLog log(settings.log_level);
  if (auto fit = check_mounts(settings); !fit) return fit;
  Result<Instance> instance = Error{};  // Ends after the server, which uses it, and is opened when that has its addresses.
  auto server = HttpServer::bind({.listen = settings.listen,
                                  .listen_tls = settings.listen_tls,
                                  .tls_certificate = settings.tls_certificate,
                                  .tls_key = settings.tls_key,
                                  .socket_mode = settings.socket_mode,
                                  .threads = settings.threads,
                                  .connections = settings.connections,
                                  .connections_per_address = settings.connections_per_address,
                                  .memory = settings.memory});
  if (!server) return server.error();
  instance = open_instance(settings, log);
  if (!instance) return instance.error();
  if (auto serving = (*server)->serve(*instance->engine); !serving) return serving;
  auto courier = Courier::start(instance->engine->webhook_queue(),
                                {.may_reach_private = settings.reaches_private, .ca_file = settings.webhook_ca, .log = &log});
  if (!courier) return courier.error();
  announce(**server, log);
  const auto status = instance->store->status();
  note(log, "started", {{"version", INNKEEPER_VERSION}, {"db", settings.db}, {"durability", status.durability}});
  if (has_no_operator(*instance->engine))
    note(log, "no_operator", {{"make_one", "innkeeperd operator create --db " + settings.db + " NAME"}}, Severity::warning);

  int signal = 0;
  while ((signal = signals.wait()) == SIGHUP) reload(**server, settings, log);
  signals.end_process_on_next();
  note(log, "stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  const bool is_clean = (*server)->drain(patience);
  server->reset();
  courier->reset();
  instance->engine->drain();
  note(log, "stopped", {{"cut_connections", is_clean ? "no" : "yes"}});
  return {};
}

}  // namespace

int serve(const Settings& settings) {
  const auto served = serve_until_signal(settings);
  return served ? 0 : complain(served.error());
}

}  // namespace innkeeper::daemon
