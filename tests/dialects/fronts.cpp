#include "tests/dialects/fronts.hpp"

#include <innkeeper/memory.hpp>
#ifdef INNKEEPER_HAS_SQLITE
#include <innkeeper/sqlite.hpp>
#endif
#ifdef INNKEEPER_HAS_BEAST
#include "tests/dialects/socket_client.hpp"

#include <innkeeper/field_names.hpp>
#include <innkeeper/http.hpp>
#endif

#include <algorithm>
#include <stdexcept>

namespace innkeeper::tests {

namespace {

constexpr std::string_view default_host = "innkeeper.test";

/// Hands a front end's request over in person: header values without what a front end takes off them.
class DirectClient final : public Client {
 public:
  explicit DirectClient(Engine& engine) : engine_(engine) {}
  Answer exchange(const Sent& sent) override {
    Request request{.method = parse_method(sent.method), .target = sent.target, .body = sent.body};
    for (const auto& [name, value] : sent.headers) {
      const auto end = value.find_last_not_of(" \t\r");
      if (!request.headers.add(name, value.substr(0, end + 1))) throw std::runtime_error("not a header: " + name);
    }
    if (!request.headers.find(header::host)) request.headers.add(header::host, default_host);
    const auto response = engine_.handle(request);
    Answer answer{response.status, {}, sent.method == "HEAD" ? std::string{} : response.body};
    for (std::size_t i = 0; i < response.headers.size(); ++i)
      answer.headers.emplace_back(response.headers[i].name, response.headers[i].value);
    return answer;
  }

 private:
  Engine& engine_;
};

std::unique_ptr<Client> open_direct(Engine& engine) { return std::make_unique<DirectClient>(engine); }
std::unique_ptr<Store> open_in_memory() { return open_memory(); }

#ifdef INNKEEPER_HAS_SQLITE
std::unique_ptr<Store> open_in_sqlite() { return open_sqlite({.path = ":memory:"}).value(); }
#endif

#ifdef INNKEEPER_HAS_BEAST
/// One connection to a server on a socket, opened anew only when the server closed it.
class BeastClient final : public Client {
 public:
  explicit BeastClient(Engine& engine)
      : server_(HttpServer::start(engine, {.listen = {"127.0.0.1:0"}, .threads = 1}).value()),
        client_(server_->endpoints().front()) {}
  Answer exchange(const Sent& sent) override {
    auto complete = sent;
    const auto is_host = [](const auto& field) { return field.first == header::host; };
    if (std::none_of(sent.headers.begin(), sent.headers.end(), is_host))
      complete.headers.emplace_back(header::host, default_host);
    return client_.exchange(complete);
  }

 private:
  std::unique_ptr<HttpServer> server_;
  SocketClient client_;
};
std::unique_ptr<Client> open_beast(Engine& engine) { return std::make_unique<BeastClient>(engine); }
#endif

}  // namespace

std::vector<Front> fronts() {
  return {
    {"direct call over memory", open_in_memory, open_direct},
#ifdef INNKEEPER_HAS_SQLITE
        {"direct call over sqlite", open_in_sqlite, open_direct},
#endif
#ifdef INNKEEPER_HAS_BEAST
        {"beast over memory", open_in_memory, open_beast},
#endif
#if defined(INNKEEPER_HAS_BEAST) && defined(INNKEEPER_HAS_SQLITE)
        {"beast over sqlite", open_in_sqlite, open_beast},
#endif
  };
}

}  // namespace innkeeper::tests
