// The floor: what a server costs that is written by hand for two calls of the SkyWay contract, GET of an app and its durable
// create, served by one thread over bare epoll, SQLite and Botan. It serves a database that innkeeper made, makes the same
// checks, answers the same bytes and writes the same rows.
//
//     innkeeper_floor DB PORT TOKEN TENANT_UID     lets TOKEN in to that tenant, first of all

#include "by_hand.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <semaphore>
#include <thread>
#include <vector>

namespace {

using by_hand::append_number;
using by_hand::require;
using by_hand::Service;
using by_hand::Text;

struct Connection {
  explicit Connection(int number) : socket(number) {}
  ~Connection() { ::close(socket); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const int socket;
  bool is_last = false;
  std::size_t size = 0;   ///< Bytes in `in`.
  std::size_t taken = 0;  ///< Of these, the request that is being answered.
  std::string out{};
  std::array<char, 16'384> in;
};

/// One request, in views of its connection's `in`.
struct Call {
  Connection* from = nullptr;
  Text tenant{}, token{}, body{};
  std::int64_t app = 0;
};

struct Answer {
  Text status, title, message;
};
constexpr Answer malformed{"400", "Bad Request", "Malformed request"}, not_found{"404", "Not Found", "Not Found"};
constexpr std::array<Answer, 5> answers{{{"200", "OK", ""},
                                         {"403", "Forbidden", "Not authenticated"},
                                         {"403", "Forbidden", "App doesn't exist"},
                                         {"400", "Bad Request", "Invalid request body"},
                                         {"503", "Service Unavailable", "Service Unavailable"}}};

/// Copies the log into the database on a thread of its own. Only what is written meanwhile is left for a moment between two
/// rounds, when the log can begin anew.
class LogCopier {
 public:
  LogCopier(Service& service, const char* path) : service_(service) {
    std::thread([this, path] {
      for (Service own(path, "");;) {
        start_.acquire();
        own.copy_log();
        is_done_ = true;
      }
    }).detach();
  }
  void maintain(bool is_pause) {
    const bool was_copying = is_copying_ && is_done_.exchange(false);
    if (was_copying) is_copying_ = false;
    if (is_copying_) return;
    if (was_copying || is_pause) return service_.copy_log();
    if (service_.log_pages() < long_enough) return;
    is_copying_ = true;
    start_.release();
  }

 private:
  static constexpr int long_enough = 4'000;
  Service& service_;
  bool is_copying_ = false;
  std::atomic<bool> is_done_{false};
  std::binary_semaphore start_{0};
};

class Server {
 public:
  Server(Service& service, LogCopier& log, std::uint16_t port) : service_(service), log_(log) {
    const int yes = 1;
    const sockaddr_in address{AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {}};
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    require(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "cannot bind");
    require(listen(listener_, 1'024) == 0, "cannot listen");
    watch(listener_, nullptr);
  }

  /// Takes one request of each connection that sent one; answers those that read, from one snapshot that is taken when all are
  /// here; then those that write, when all are on disk together. What was sent behind them has its turn after that.
  void serve_round() {
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), has_written_ ? 20 : -1);
    log_.maintain(count == 0);
    has_written_ = has_written_ && count > 0;
    service_.moment.tick();
    for (int i = 0; i < count; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      connection == nullptr ? accept() : receive(*connection);
    }
    while (!finds_.empty() || !creates_.empty()) {
      perform(finds_, [this](const Call& call) { return service_.find(call.token, call.tenant, call.app, body_); });
      if (creates_.empty()) continue;
      has_written_ = true;
      perform(creates_, [this](const Call& call) { return service_.create(call.token, call.tenant, call.body, body_); });
    }
  }

 private:
  template <class Step>
  void perform(std::vector<Call>& calls, Step step) {
    now_.swap(calls);
    try {
      if (&calls == &creates_)
        service_.begin_to_write();
      else if (now_.size() > 1)
        service_.begin();
      for (const auto& each : now_) {
        body_.clear();
        answer(*each.from, answers[static_cast<std::size_t>(step(each))]);
      }
      if (&calls == &creates_ || now_.size() > 1) service_.commit();
    } catch (const std::runtime_error& failure) {
      std::fprintf(stderr, "innkeeper_floor: %s\n", failure.what());
      service_.roll_back();
      for (const auto& each : now_) answer(*each.from, answers[4]);
    }
    for (const auto& each : now_) send(*each.from);
    now_.clear();
  }

  void answer(Connection& to, const Answer& how) {
    if (!how.message.empty()) {
      body_.assign("{\"error\":{\"code\":").append(how.status).append(",\"title\":\"").append(how.title);
      body_.append("\",\"message\":\"").append(how.message).append("\"}}");
    }
    to.out.assign("HTTP/1.1 ")
        .append(how.status)
        .append(" ")
        .append(how.title)
        .append("\r\nDate: ")
        .append(service_.moment.date());
    to.out += "\r\nContent-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\nVary: X-Auth-Token";
    to.out.append("\r\nECL-Transaction-ID: ").append(service_.secrets.make_uuid());
    to.out += "\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: SAMEORIGIN\r\nX-Xss-Protection: 1; mode=block";
    append_number(to.out += "\r\nContent-Length: ", static_cast<std::int64_t>(body_.size()));
    to.out.append(to.is_last ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n").append(body_);
  }

  /// A peer that lets answers pile up until one does not fit into its socket is cut off.
  void send(Connection& to) {
    const auto sent = ::send(to.socket, to.out.data(), to.out.size(), MSG_NOSIGNAL);
    if (to.is_last || sent != static_cast<ssize_t>(to.out.size())) return close(to);
    to.size -= to.taken;
    if (to.size == 0) return;
    std::copy_n(to.in.data() + to.taken, to.size, to.in.data());
    take(to);
  }

  void refuse(Connection& from, const Answer& why) {
    from.is_last = true;
    answer(from, why);
    send(from);
  }

  void receive(Connection& from) {
    const auto got = ::recv(from.socket, from.in.data() + from.size, from.in.size() - from.size, 0);
    if (got <= 0) return close(from);
    from.size += static_cast<std::size_t>(got);
    take(from);
  }

  static Text next_line(Text& head) {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    return line;
  }
  static bool is_named(Text name, Text wanted) {
    return name.size() == wanted.size() && strncasecmp(name.data(), wanted.data(), wanted.size()) == 0;
  }

  /// Takes the request at the front of what was received, if it is whole.
  void take(Connection& from) {
    const Text in(from.in.data(), from.size);
    const auto end = in.find("\r\n\r\n");
    if (end == Text::npos) return from.size < from.in.size() ? void() : refuse(from, malformed);
    Text head = in.substr(0, end + 2);
    Text line = next_line(head);
    Call call{.from = &from};
    std::size_t length = 0;
    int hosts = 0, lengths = 0;
    while (!head.empty()) {
      const auto field = next_line(head);
      const auto colon = field.find(':');
      if (colon == Text::npos || colon == 0 || field[colon - 1] <= ' ') return refuse(from, malformed);
      const auto name = field.substr(0, colon);
      auto value = field.substr(std::min(field.find_first_not_of(" \t", colon + 1), field.size()));
      value = value.substr(0, value.find_last_not_of(" \t\r") + 1);
      if (is_named(name, "Host")) ++hosts;
      if (is_named(name, "X-Auth-Token")) call.token = value;
      if (is_named(name, "Connection")) from.is_last = is_named(value, "close");
      if (is_named(name, "Transfer-Encoding")) return refuse(from, malformed);
      if (is_named(name, "Content-Length") && (!read_number(value, length) || ++lengths > 1)) return refuse(from, malformed);
    }
    if (hosts != 1 || !line.ends_with(" HTTP/1.1") || length > from.in.size() - end - 4) return refuse(from, malformed);
    from.taken = end + 4 + length;
    if (from.size < from.taken) return;
    call.body = in.substr(end + 4, length);

    line.remove_suffix(9);
    const bool is_create = line.starts_with("POST /tenants/");
    if (!is_create && !line.starts_with("GET /tenants/")) return refuse(from, not_found);
    line.remove_prefix(is_create ? 14 : 13);
    call.tenant = line.substr(0, line.find('/'));
    line.remove_prefix(call.tenant.size());
    if (is_create && line == "/apps") return creates_.push_back(call);
    if (is_create || !line.starts_with("/apps/") || !read_number(line.substr(6), call.app)) return refuse(from, not_found);
    finds_.push_back(call);
  }

  template <class Number>
  static bool read_number(Text digits, Number& out) {
    const auto [stop, fault] = std::from_chars(digits.begin(), digits.end(), out);
    return fault == std::errc{} && stop == digits.end() && digits.front() != '-' && (digits.front() != '0' || digits.size() == 1);
  }

  void accept() {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const auto place = static_cast<std::size_t>(socket);
    connections_.resize(std::max(connections_.size(), place + 1));
    connections_[place] = std::make_unique<Connection>(socket);
    watch(socket, connections_[place].get());
  }
  void watch(int socket, Connection* connection) const {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = connection}};
    require(epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0, "cannot watch a socket");
  }
  void close(const Connection& connection) { connections_[static_cast<std::size_t>(connection.socket)].reset(); }

  Service& service_;
  LogCopier& log_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  const int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::vector<std::unique_ptr<Connection>> connections_;  ///< Each at the place of its socket.
  std::vector<Call> finds_, creates_, now_;
  std::string body_;
  bool has_written_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "usage: innkeeper_floor DB PORT TOKEN TENANT_UID\n"), 64;
  try {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    Service service(argv[1], "PRAGMA mmap_size = 2147418112; PRAGMA cache_size = -65536");
    service.let_in(argv[3], argv[4]);
    LogCopier log(service, argv[1]);
    Server server(service, log, static_cast<std::uint16_t>(std::atoi(argv[2])));
    std::printf("listening\n");
    std::fflush(stdout);
    for (;;) server.serve_round();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "innkeeper_floor: %s\n", failure.what());
    return 1;
  }
}
